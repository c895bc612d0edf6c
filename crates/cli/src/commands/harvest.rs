//! `moisson harvest`: the pages of sources, requested and kept; nothing is read out of them yet.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use indicatif::{HumanBytes, HumanDuration};
use moisson_harvest::{Permission, Planned, Spec, Standing};
use moisson_model::{Issue, Outcome};
use moisson_pipeline::{Engine, Explanation};
use serde_json::json;

use crate::args::{At, Global};
use crate::output::{self, Done};
use crate::{engine, progress, project};

/// Arguments of `harvest`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  moisson harvest ville-agenda && moisson extract ville-agenda | head -1\n  \
    moisson harvest --explain ville-agenda   what would be requested, and when, without a request\n  \
    moisson harvest --from-warc capture.warc.gz ville-agenda && moisson run --replay ville-agenda"
)]
pub(crate) struct Arguments {
    /// Slugs of sources.
    #[arg(required = true)]
    sources: Vec<String>,
    /// Say what would be requested first, when and why then; nothing is requested.
    #[arg(long)]
    explain: bool,
    /// Take the pages of the one source named out of a WARC file that others made (wget, warcio), by its definition;
    /// nothing is requested.
    #[arg(long, value_name = "FILE", conflicts_with = "explain")]
    from_warc: Option<PathBuf>,
    #[command(flatten)]
    clock: At,
}

/// Runs it.
pub(crate) async fn run(arguments: Arguments, global: &Global) -> anyhow::Result<Done> {
    let project = project::load(global)?;
    let count = arguments.sources.len();
    let engine = engine::engine(
        global,
        project,
        arguments.clock.at,
        progress::observer(global.json, count),
    )?;
    if arguments.from_warc.is_some() && count != 1 {
        return Err(output::usage(
            "`--from-warc` takes the pages of one source: name it alone",
        ));
    }
    if arguments.explain {
        return explain(&arguments, global, &engine);
    }
    let owner = engine::settings(1, true).owner;
    let mut done = Done::Well;
    for slug in &arguments.sources {
        let id = super::slug(slug)?;
        let harvest = match &arguments.from_warc {
            Some(file) => engine.harvest_recording(&id, file, &owner).await?,
            None => engine.harvest_source(&id, &owner).await?,
        };
        if harvest.outcome == Outcome::Failed {
            done = Done::SomeFailed;
        }
        let (outcome, pages) = (harvest.outcome.name(), harvest.tally.pages);
        if global.json {
            let issues: &Vec<Issue> = &harvest.issues;
            output::ndjson(&json!({
                "source": id, "outcome": harvest.outcome, "cause": harvest.cause, "captures": pages, "harvest": harvest.tally,
                "issues": issues,
            }));
        } else {
            let counted = progress::counted(&harvest.tally);
            output::line(format!("{id}: {outcome}, {pages} pages kept{counted}"));
            harvest
                .issues
                .iter()
                .for_each(|issue| output::note(format!("  {}: {}", issue.code, issue.message)));
        }
    }
    Ok(done)
}

/// Tells what would be requested.
fn explain(arguments: &Arguments, global: &Global, engine: &Engine) -> anyhow::Result<Done> {
    for slug in &arguments.sources {
        let explanation = engine.explain(&super::slug(slug)?)?;
        if global.json {
            output::ndjson(&explanation);
        } else {
            let spec = &engine.definition(&explanation.source)?.harvest;
            told(&explanation, spec).into_iter().for_each(output::line);
        }
    }
    Ok(Done::Well)
}

fn told(explanation: &Explanation, spec: &Spec) -> Vec<String> {
    let mut lines = vec![format!(
        "{}: nothing is requested now; a harvest would begin with",
        explanation.source
    )];
    for request in &explanation.requests {
        lines.push(format!("  {} {}", request.method, request.url));
        let headers = request.headers.iter();
        lines.extend(headers.map(|(name, value)| format!("      {name}: {value}")));
        lines.extend(
            reasons(request)
                .into_iter()
                .map(|line| format!("    {line}")),
        );
    }
    for secret in &spec.secrets {
        lines.push(format!("  with {secret}"));
    }
    let bounds = (
        spec.concurrency,
        spec.max_bytes,
        spec.max_total,
        spec.max_time,
    );
    let (concurrency, page, total, time) = bounds;
    lines.push(format!(
        "  {concurrency} at a time, {} a page, {} and {} in all, at most",
        HumanBytes(page),
        HumanBytes(total),
        HumanDuration(time)
    ));
    lines.extend(estimate(explanation));
    lines
}

/// Why a request begins when it does.
fn reasons(request: &Planned) -> Vec<String> {
    let robots = match &request.robots {
        Permission::Unknown => "robots.txt: not known, it is requested first".to_owned(),
        Permission::Allowed { fetched_at } => format!("robots.txt of {fetched_at:.0}: allowed"),
        Permission::Forbidden { fetched_at, why } => {
            format!("robots.txt of {fetched_at:.0}: {why}")
        }
        Permission::None => "a file: no robots.txt".to_owned(),
    };
    let standing = match request.standing {
        Standing::New => "held: nothing".to_owned(),
        Standing::Held { fetched_at } => {
            format!("held: a page of {fetched_at:.0} without validators, to compare with")
        }
        Standing::Conditional { fetched_at } => {
            format!("held: a page of {fetched_at:.0}; nothing comes where it has not changed")
        }
        Standing::Fresh { fetched_at } => {
            format!("held: a page of {fetched_at:.0} that is still fresh; it is not requested")
        }
    };
    let why = request
        .reason
        .as_ref()
        .map(|why| format!(": {why}"))
        .unwrap_or_default();
    let wait = match request.wait_ms {
        None => format!("when: not now{why}"),
        Some(0) => "when: at once".to_owned(),
        Some(wait) => format!("when: in {:.1} s{why}", seconds(wait)),
    };
    let delay = format!(
        "then: {:.1} s between two requests to the host",
        seconds(request.delay_ms)
    );
    vec![robots, standing, wait, delay]
}

/// How long it takes at least, if it has as many pages as last time.
fn estimate(explanation: &Explanation) -> Option<String> {
    let (pages, first) = (explanation.pages_before?, explanation.requests.first()?);
    let whole = Duration::from_millis(first.delay_ms.saturating_mul(pages as u64));
    Some(format!(
        "  the last harvest had {pages} pages: as many take {} at least",
        HumanDuration(whole)
    ))
}

#[expect(clippy::cast_precision_loss, reason = "for a reader")]
fn seconds(millis: u64) -> f64 {
    millis as f64 / 1000.0
}
