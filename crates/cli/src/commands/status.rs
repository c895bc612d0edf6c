//! `moisson status`: how each source is, and what is published.

use clap::Args;
use jiff::Timestamp;
use moisson_model::{Cause, Outcome, SourceId, Version};
use moisson_pipeline::HostStatus;
use serde::Serialize;

use crate::args::Global;
use crate::engine;
use crate::output::{self, Done};

/// Arguments of `status`.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  moisson status --json | jq '.sources[] | select(.outcome == \"failed\")'"
)]
pub(crate) struct Arguments {}

#[derive(Debug, Serialize)]
struct Status {
    latest: Option<Version>,
    sources: Vec<SourceStatus>,
    /// Those that are left alone, or asked slower than their sources say.
    hosts: Vec<HostStatus>,
}

#[derive(Debug, Serialize)]
struct SourceStatus {
    id: SourceId,
    outcome: Outcome,
    cause: Option<Cause>,
    records: u64,
    last_run: Timestamp,
    last_success: Option<Timestamp>,
    due: Option<Timestamp>,
}

/// Runs it.
pub(crate) fn run(_: &Arguments, global: &Global) -> anyhow::Result<Done> {
    let lake = engine::lake(global)?;
    let latest = moisson_lake::tree::Tree::new(&global.data.join("publish")).latest();
    let mut sources = Vec::new();
    for id in lake.sources()? {
        let Some(last) = lake.last_run(&id)? else {
            continue;
        };
        let last_success = lake.last_good_run(&id)?.map(|run| run.at);
        let due = lake.due(&id)?;
        let (outcome, cause, records, last_run) = (last.outcome, last.cause, last.records, last.at);
        sources.push(SourceStatus {
            id,
            outcome,
            cause,
            records,
            last_run,
            last_success,
            due,
        });
    }
    let hosts = moisson_pipeline::unwell_hosts(&lake, engine::clock(None)())?;
    let status = Status {
        latest,
        sources,
        hosts,
    };
    if global.json {
        output::json(&status);
        return Ok(Done::Well);
    }
    print(&status);
    Ok(Done::Well)
}

fn print(status: &Status) {
    let latest = status
        .latest
        .as_ref()
        .map_or("none yet", |version| version.as_str());
    output::line(format!("latest release: {latest}"));
    if status.sources.is_empty() {
        output::line("no source has run yet");
        return;
    }
    let width = status
        .sources
        .iter()
        .map(|source| source.id.as_str().len())
        .max()
        .unwrap_or_default();
    for source in &status.sources {
        let why = source
            .cause
            .map(|cause| format!(" ({})", cause.name()))
            .unwrap_or_default();
        let success = source
            .last_success
            .map_or("never".to_owned(), |at| at.to_string());
        let due = source.due.map_or("-".to_owned(), |at| at.to_string());
        let (id, outcome, records) = (source.id.as_str(), source.outcome.name(), source.records);
        output::line(format!(
            "{id:width$}  {outcome}{why}  {records} records  last success {success}  due {due}"
        ));
    }
    status.hosts.iter().map(unwell).for_each(output::line);
}

/// How a host is that is not well.
fn unwell(host: &HostStatus) -> String {
    let HostStatus {
        host,
        left_alone_until,
        slow_ms,
        failures,
    } = host;
    match left_alone_until {
        Some(until) => format!(
            "{host}: nothing is requested until {until:.0}, after {failures} pages that failed in a row or by its own wish"
        ),
        None => format!("{host}: asked {slow_ms} ms slower, since it had too much to do"),
    }
}
