//! Progress: a line that moves on a terminal, plain lines otherwise, nothing at all with `--json`.

use std::io::IsTerminal;
use std::sync::Arc;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use moisson_model::Outcome;
use moisson_pipeline::{Event, Observer, SourceReport};

use crate::output;

/// Issues of a run that are shown.
const SHOWN: usize = 3;
/// How often the line moves.
const BEAT: Duration = Duration::from_millis(120);

/// Who is shown the events of a run.
pub(crate) fn observer(json: bool, sources: usize) -> Observer {
    if json {
        return Arc::new(|_| {});
    }
    if !std::io::stderr().is_terminal() {
        return Arc::new(|event| {
            if let Some(text) = words(event) {
                output::note(text);
            }
        });
    }
    let bar = bar(sources);
    Arc::new(move |event| show(&bar, event))
}

fn bar(sources: usize) -> ProgressBar {
    let style = ProgressStyle::with_template("{spinner} [{pos}/{len}] {wide_msg}");
    let bar = ProgressBar::new(sources as u64);
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar.enable_steady_tick(BEAT);
    bar
}

fn show(bar: &ProgressBar, event: &Event) {
    match event {
        Event::Captured(source, url, _) => bar.set_message(format!("{source}  {url}")),
        Event::Ended(report) => {
            bar.inc(1);
            bar.println(ended(report));
        }
        Event::Started(source) => bar.set_message(source.to_string()),
        Event::Resolving(dataset) => bar.set_message(format!("resolving {dataset}")),
        Event::Publishing(_, version) => {
            bar.set_message(format!("publishing {version}"));
            bar.finish_and_clear();
        }
    }
}

fn words(event: &Event) -> Option<String> {
    match event {
        Event::Started(_) | Event::Captured(..) => None,
        Event::Ended(report) => Some(ended(report)),
        Event::Resolving(dataset) => Some(format!("resolve    {dataset}")),
        Event::Publishing(dataset, version) => Some(format!("publish    {dataset} {version}")),
    }
}

/// A line on a source's run, and one for each of the first things found wrong.
pub(crate) fn ended(report: &SourceReport) -> String {
    let SourceReport {
        source,
        records,
        entities,
        rejects,
        captures,
        ..
    } = report;
    let why = report
        .cause
        .map(|cause| format!(" ({})", cause.name()))
        .unwrap_or_default();
    let outcome = format!("{}{why}", report.outcome.name());
    let mut lines = vec![format!("harvest    {source}: {outcome}, {captures} pages")];
    if report.outcome != Outcome::Unchanged {
        let counts = format!(", {records} records, {entities} entities, {rejects} rejects");
        lines[0].push_str(&counts);
    }
    lines.extend(report.issues.iter().take(SHOWN).map(|issue| {
        let place = issue.location.as_ref();
        let place = place
            .map(|place| format!(" at {place}"))
            .unwrap_or_default();
        format!("             {}{place}: {}", issue.code, issue.message)
    }));
    let more = report.issues.len().saturating_sub(SHOWN);
    if more > 0 {
        lines.push(format!("             and {more} more: --json lists them"));
    }
    lines.join("\n")
}
