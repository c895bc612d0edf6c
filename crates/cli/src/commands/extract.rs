//! `moisson extract`: records out of files, by a definition or a format, or out of a source's archive.

use std::path::PathBuf;

use clap::Args;
use moisson_model::{Issue, Level};
use moisson_pipeline::files::{self, Reading};
use serde_json::json;

use crate::args::Global;
use crate::output::{self, Done, usage};
use crate::{engine, progress, project};

/// Arguments of `extract`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  moisson extract ville-agenda                       from the archive of a source\n  \
    moisson extract --spec ville-agenda.toml page.html\n  \
    moisson extract --format ical calendar.ics\n\n\
    Records are NDJSON on standard output, issues NDJSON on standard error."
)]
pub(crate) struct Arguments {
    /// Files, or the slug of a source where neither --spec nor --format is given.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Read the files as this source's definition says.
    #[arg(long, value_name = "SOURCE.toml", conflicts_with = "format")]
    spec: Option<PathBuf>,
    /// Read the files in this format: html, json, csv, feed, ical, jsonld.
    #[arg(long, value_name = "FORMAT")]
    format: Option<String>,
    /// The address that the files came from: the base of their relative links.
    #[arg(long, value_name = "URL")]
    url: Option<String>,
}

/// Runs it.
pub(crate) fn run(arguments: &Arguments, global: &Global) -> anyhow::Result<Done> {
    let extractor = match (&arguments.spec, &arguments.format) {
        (Some(spec), _) => project::definition(spec)?.extractor,
        (None, Some(format)) => files::extractor_for(format).ok_or_else(|| {
            usage(format!(
                "`{format}` is no format: {} are",
                files::formats().join(", ")
            ))
        })?,
        (None, None) => return archived(arguments, global),
    };
    let mut done = Done::Well;
    for file in &arguments.files {
        let name = file.display().to_string();
        match files::records(&extractor, file, arguments.url.as_deref()) {
            Ok(reading) => {
                if !print(&name, &reading) {
                    done = Done::SomeFailed;
                }
            }
            Err(error) => {
                output::note_json(&json!({
                    "file": name, "code": "unreadable-file", "level": "error", "message": error.to_string(),
                }));
                done = Done::Failed;
            }
        }
    }
    Ok(done)
}

/// Prints records and issues; false where the file gave errors and nothing else.
fn print(file: &str, reading: &Reading) -> bool {
    for record in &reading.records {
        output::ndjson(&json!({ "file": file, "index": record.index, "record": record.fields }));
    }
    reading
        .issues
        .iter()
        .for_each(|issue| output::note_json(&of_file(file, issue)));
    !reading.records.is_empty()
        || reading
            .issues
            .iter()
            .all(|issue| issue.level != Level::Error)
}

fn of_file(file: &str, issue: &Issue) -> serde_json::Value {
    let mut value =
        json!({ "file": file, "code": issue.code, "level": issue.level, "message": issue.message });
    if let Some(location) = &issue.location {
        value["location"] = json!(location);
    }
    if let Some(record) = &issue.record {
        value["record"] = json!(record);
    }
    value
}

/// Records of a source, from the archive of its last harvest.
fn archived(arguments: &Arguments, global: &Global) -> anyhow::Result<Done> {
    let [slug] = arguments.files.as_slice() else {
        return Err(usage(
            "name one source, or say how the files are to be read with --spec or --format",
        ));
    };
    let id = super::slug(&slug.to_string_lossy())?;
    let engine = engine::engine(
        global,
        project::load(global)?,
        None,
        progress::observer(true, 1),
    )?;
    let (records, issues) = engine.archived_records(&id)?;
    for record in &records {
        output::ndjson(
            &json!({ "file": record.provenance.url, "index": record.index, "record": record.fields }),
        );
    }
    issues.iter().for_each(output::note_json);
    Ok(Done::Well)
}
