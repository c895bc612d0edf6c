//! `moisson archive`: what was harvested, found, shown, and taken out.

use clap::{Args, Subcommand};
use indicatif::HumanBytes;
use moisson_lake::{Entry, Lake, Removed, RunFile};
use moisson_model::{Capture, Digest, SourceId};
use moisson_pipeline::retention::Retention;
use serde_json::{Value, json};

use crate::args::{At, Global};
use crate::output::{self, Done, usage};
use crate::{engine, progress, project};

/// Arguments of `archive`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    moisson archive list ville-agenda                    its files, one a run\n  \
    moisson archive find 'https://ville.example/agenda*' every time these pages were fetched\n  \
    moisson archive show https://ville.example/agenda    the newest of them\n  \
    moisson archive purge 'https://ville.example/moi*'   as if it had never been fetched\n  \
    moisson archive prune --older-than '2 years'         runs that are not wanted any more")]
pub(crate) struct Arguments {
    #[command(subcommand)]
    question: Question,
}

#[derive(Debug, Subcommand)]
enum Question {
    /// The files of the archive: one a run of a source.
    List {
        /// Slugs of sources; all where none is named.
        sources: Vec<String>,
    },
    /// Every page kept of an address, or with a body.
    Find {
        /// An address, the beginning of some with `*` behind it, or the SHA-256 of a body.
        #[arg(value_name = "URL or SHA-256")]
        what: String,
    },
    /// The newest page kept of an address, or with a body: its body, as it is.
    Show {
        /// An address, or the SHA-256 of a body.
        #[arg(value_name = "URL or SHA-256")]
        what: String,
        /// Print its WARC records instead.
        #[arg(long)]
        records: bool,
    },
    /// Take an address out, in all that was ever kept; bodies that other pages came with as well stay for them.
    Purge {
        /// An address, or the beginning of some with `*` behind it.
        url: String,
        /// Say what would be taken out, and leave it.
        #[arg(long)]
        dry_run: bool,
    },
    /// Take out the runs of sources that are over the `retention` of their definitions.
    Prune {
        /// Slugs of sources; all that are defined where none is named.
        sources: Vec<String>,
        /// Another span than that of the definition: `90 days`, `1 year`.
        #[arg(long, value_name = "SPAN")]
        older_than: Option<Retention>,
        #[command(flatten)]
        clock: At,
    },
}

/// Runs it.
pub(crate) async fn run(arguments: Arguments, global: &Global) -> anyhow::Result<Done> {
    match arguments.question {
        Question::List { sources } => list(&engine::lake(global)?, &sources, global),
        Question::Find { what } => find(&engine::lake(global)?, &what, global),
        Question::Show { what, records } => show(&engine::lake(global)?, &what, records, global),
        Question::Purge { url, dry_run } => {
            let lake = engine::lake(global)?;
            if dry_run {
                return find(&lake, &url, global);
            }
            tell(None, lake.purge(&url)?, global);
            Ok(Done::Well)
        }
        Question::Prune {
            sources,
            older_than,
            clock,
        } => prune(&sources, older_than, clock, global).await,
    }
}

fn list(lake: &Lake, sources: &[String], global: &Global) -> anyhow::Result<Done> {
    let asked: Vec<SourceId> = slugs(sources)?;
    let files = lake.archive_files()?;
    let asked = |file: &&RunFile| asked.is_empty() || asked.contains(&file.source);
    for file in files.iter().filter(asked) {
        if global.json {
            output::ndjson(file);
        } else {
            let outcome = file.outcome.map_or("cut short", |outcome| outcome.name());
            let (size, pages, name) = (HumanBytes(file.size), file.pages, &file.file);
            output::line(format!("{name}  {pages} pages  {size}  {outcome}"));
        }
    }
    Ok(Done::Well)
}

fn find(lake: &Lake, what: &str, global: &Global) -> anyhow::Result<Done> {
    let found = found(lake, what)?;
    for entry in &found {
        if global.json {
            output::ndjson(entry);
        } else {
            output::line(line(entry));
        }
    }
    Ok(if found.is_empty() {
        output::note(format!("nothing is kept of `{what}`"));
        Done::Failed
    } else {
        Done::Well
    })
}

fn show(lake: &Lake, what: &str, records: bool, global: &Global) -> anyhow::Result<Done> {
    let mut found = found(lake, what)?;
    found.sort_by_key(|entry| entry.fetched_at);
    let Some(entry) = found.pop() else {
        output::note(format!("nothing is kept of `{what}`"));
        return Ok(Done::Failed);
    };
    if records {
        output::bytes(&lake.entry_records(&entry)?);
    } else {
        let capture = lake.entry_capture(&entry)?;
        if global.json {
            output::json(&whole(&entry, &capture));
        } else {
            output::note(line(&entry));
            output::bytes(&capture.body);
        }
    }
    Ok(Done::Well)
}

/// The entry with all that was kept; the body only where it is text.
fn whole(entry: &Entry, capture: &Capture) -> Value {
    let text = std::str::from_utf8(&capture.body).ok();
    json!({
        "entry": entry, "final_url": capture.final_url, "headers": capture.headers, "bytes": capture.body.len(), "text": text,
    })
}

async fn prune(
    sources: &[String],
    older_than: Option<Retention>,
    clock: At,
    global: &Global,
) -> anyhow::Result<Done> {
    let project = project::load(global)?;
    let mut ids = slugs(sources)?;
    if ids.is_empty() {
        ids.extend(project.definitions.keys().cloned());
    }
    let observer = progress::observer(global.json, ids.len());
    let engine = engine::engine(global, project, clock.at, observer)?;
    let owner = engine::settings(1, true).owner;
    for id in ids {
        if let Some(retention) = older_than.or(engine.definition(&id)?.retention) {
            let removed = engine.prune_source(&id, retention, &owner).await?;
            tell(Some(&id), removed, global);
        } else if !sources.is_empty() {
            output::note(format!("`{id}` has no `retention`: nothing is taken out"));
        }
    }
    Ok(Done::Well)
}

fn found(lake: &Lake, what: &str) -> anyhow::Result<Vec<Entry>> {
    let digest = Digest::from_hex(what.strip_prefix("sha256:").unwrap_or(what));
    if digest.is_none() && !what.contains(':') {
        return Err(usage(format!(
            "`{what}` is neither an address, as `https://ville.example/agenda`, nor a SHA-256"
        )));
    }
    Ok(match digest {
        Some(digest) => lake.find_body(digest)?,
        None => lake.find(what)?,
    })
}

fn line(entry: &Entry) -> String {
    let (at, status, source, url) = (entry.fetched_at, entry.status, &entry.source, &entry.url);
    let change = word(&json!(entry.change));
    let evidence = entry.evidence.map(|evidence| word(&json!(evidence)));
    let evidence = evidence
        .map(|word| format!(" ({word})"))
        .unwrap_or_default();
    format!(
        "{at}  {status}  {change}{evidence}  {source}  {url}  sha256:{}",
        entry.sha256
    )
}

fn word(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn tell(source: Option<&SourceId>, removed: Removed, global: &Global) {
    if global.json {
        output::ndjson(&json!({
            "source": source, "pages": removed.pages, "files": removed.files, "rewritten": removed.rewritten,
            "bytes": removed.bytes,
        }));
        return;
    }
    let whose = source
        .map(|source| format!("{source}: "))
        .unwrap_or_default();
    let (pages, files, rewritten) = (removed.pages, removed.files, removed.rewritten);
    let smaller = HumanBytes(removed.bytes.unsigned_abs());
    let (size, than) = (smaller, if removed.bytes < 0 { "more" } else { "less" });
    output::line(format!(
        "{whose}{pages} pages taken out, {files} files removed, {rewritten} written anew, {size} {than}"
    ));
}

fn slugs(sources: &[String]) -> anyhow::Result<Vec<SourceId>> {
    sources.iter().map(|slug| super::slug(slug)).collect()
}
