//! Progress: a line for each source that moves on a terminal, plain lines otherwise, nothing at all with `--json`.

use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use indicatif::{HumanBytes, MultiProgress, ProgressBar, ProgressStyle};
use moisson_harvest::{Progress, Tally};
use moisson_model::{Change, Outcome, SourceId};
use moisson_pipeline::{Event, Observer, SourceReport};

use crate::output;

/// Issues of a run that are shown.
const SHOWN: usize = 3;
/// How often a line moves.
const BEAT: Duration = Duration::from_millis(120);
/// The shortest wait that is worth a line where lines do not move.
const LONG: Duration = Duration::from_secs(5);

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
    let board = Board::new(sources);
    Arc::new(move |event| board.show(event))
}

/// The lines of a terminal.
struct Board {
    lines: MultiProgress,
    /// How many sources have ended.
    whole: ProgressBar,
    running: Mutex<BTreeMap<SourceId, Line>>,
}

/// The line of a source, and what it counts.
struct Line {
    bar: ProgressBar,
    pages: u64,
    bytes: u64,
    unchanged: u64,
}

impl Board {
    fn new(sources: usize) -> Self {
        let lines = MultiProgress::new();
        let whole = lines.add(ProgressBar::new(sources as u64));
        whole.set_style(style("{spinner} [{pos}/{len}] {wide_msg}"));
        whole.enable_steady_tick(BEAT);
        Self {
            lines,
            whole,
            running: Mutex::default(),
        }
    }

    fn show(&self, event: &Event) {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            Event::Started(source) => _ = running.insert(source.clone(), self.line(source)),
            Event::Harvest(source, progress) => {
                let line = running
                    .entry(source.clone())
                    .or_insert_with(|| self.line(source));
                line.show(progress);
            }
            Event::Ended(report) => {
                if let Some(line) = running.remove(&report.source) {
                    line.bar.finish_and_clear();
                }
                self.whole.inc(1);
                self.whole.println(ended(report));
            }
            Event::Resolving(dataset) => self.whole.set_message(format!("resolving {dataset}")),
            Event::Publishing(_, version) => {
                self.whole.set_message(format!("publishing {version}"));
                self.whole.finish_and_clear();
            }
        }
    }

    fn line(&self, source: &SourceId) -> Line {
        let bar = self.lines.add(ProgressBar::new_spinner());
        bar.set_style(style("  {spinner} {prefix}  {wide_msg}"));
        bar.set_prefix(source.to_string());
        bar.enable_steady_tick(BEAT);
        Line {
            bar,
            pages: 0,
            bytes: 0,
            unchanged: 0,
        }
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

impl Line {
    fn show(&mut self, progress: &Progress) {
        if let Progress::Page { bytes, change, .. } = progress {
            self.pages += 1;
            self.bytes += bytes;
            self.unchanged += u64::from(matches!(change, Change::NotModified | Change::Fresh));
        }
        let (pages, bytes, unchanged) = (self.pages, HumanBytes(self.bytes), self.unchanged);
        let so_far = format!("{pages} pages, {bytes}, {unchanged} not modified");
        self.bar.set_message(match progress {
            Progress::Page { url, .. } => format!("{so_far}  {url}"),
            other => format!("{so_far}  {}", event(other)),
        });
    }
}

/// A wait or an open circuit, and why.
fn event(progress: &Progress) -> String {
    match progress {
        Progress::Page { url, .. } => url.clone(),
        Progress::Wait {
            host,
            pause,
            reason,
        } => {
            let pause = if pause.is_zero() {
                String::new()
            } else {
                format!(" {}", seconds(*pause))
            };
            format!("waiting{pause} for {host}: {}", reason.words())
        }
        Progress::Circuit { host, pause } => {
            format!("nothing is requested from {host} for {}", seconds(*pause))
        }
    }
}

fn seconds(pause: Duration) -> String {
    format!("{:.1} s", pause.as_secs_f64())
}

fn words(event: &Event) -> Option<String> {
    match event {
        Event::Started(_) => None,
        Event::Harvest(source, progress) => waits(source, progress),
        Event::Ended(report) => Some(ended(report)),
        Event::Resolving(dataset) => Some(format!("resolve    {dataset}")),
        Event::Publishing(dataset, version) => Some(format!("publish    {dataset} {version}")),
    }
}

/// What is worth a line of its own: long waits, and open circuits.
fn waits(source: &SourceId, progress: &Progress) -> Option<String> {
    let is_long = match progress {
        Progress::Page { .. } => false,
        Progress::Wait { pause, .. } => *pause >= LONG,
        Progress::Circuit { .. } => true,
    };
    is_long.then(|| format!("harvest    {source}: {}", event(progress)))
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
    lines[0].push_str(&report.harvest.as_ref().map(counted).unwrap_or_default());
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

/// A harvest in numbers, without those that say nothing.
pub(crate) fn counted(tally: &Tally) -> String {
    let mut words = vec![format!("{} received", HumanBytes(tally.bytes))];
    let mut say = |count: u64, what: &str| {
        if count > 0 {
            words.push(format!("{count} {what}"));
        }
    };
    say(tally.not_modified, "not modified");
    say(tally.fresh, "still fresh");
    say(tally.resumed, "kept before");
    if tally.waited_ms >= 1000 {
        words.push(format!(
            "{} waited",
            seconds(Duration::from_millis(tally.waited_ms))
        ));
    }
    format!(" ({})", words.join(", "))
}
