//! The dates of an event, whose columns are filled together: `start`, `end`, `start_date`, `end_date`,
//! `date_precision`, `dates_as_stated`, `date_basis`.
//!
//! One text may state a range, a day may have no hour, an all-day end of iCalendar is the day after: so the words
//! of all date columns are gathered first and read as a whole here. What a definition maps to one of these columns
//! by itself stays as it came.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use moisson_model::{Schema, Trace};
use serde_json::{Map, Value};

use crate::dates::{Partial, Reading, Unread, read};
use crate::personal;
use crate::spec::Epoch;
use crate::steps::Notes;

/// The column whose presence in a schema says that dates are filled together.
pub(crate) const PRECISION: &str = "date_precision";

/// The columns that are filled here.
pub(crate) const COLUMNS: [&str; 7] = [
    "start",
    "end",
    "start_date",
    "end_date",
    PRECISION,
    "dates_as_stated",
    "date_basis",
];

/// What a record states for one of the date columns.
#[derive(Debug)]
pub(crate) struct Stated<'a> {
    pub(crate) text: String,
    pub(crate) raw: Value,
    pub(crate) rule: &'a str,
    pub(crate) location: Option<&'a str>,
    pub(crate) exclusive: bool,
    pub(crate) epoch: Option<Epoch>,
}

/// The entity under way: its columns and their traces.
pub(crate) struct Filled<'a> {
    pub(crate) schema: &'a Schema,
    pub(crate) columns: &'a mut Map<String, Value>,
    pub(crate) traces: &'a mut Vec<Trace>,
}

/// Reads what is stated and fills the columns of the schema.
pub(crate) fn fill(
    stated: &BTreeMap<&str, Stated>,
    language: &str,
    zone: &TimeZone,
    filled: &mut Filled,
    notes: &mut Notes,
) {
    let first = |names: [&str; 2]| names.into_iter().find_map(|name| stated.get(name));
    let (from, until) = (first(["start", "start_date"]), first(["end", "end_date"]));
    let start = from.and_then(|from| reading(from, language, zone, notes));
    let end = until.and_then(|until| reading(until, language, zone, notes));
    let begins = start.map(|reading| reading.start);
    let mut ends = end
        .map(|reading| reading.end.unwrap_or(reading.start))
        .or(start.and_then(|reading| reading.end));
    if end.is_some() && until.is_some_and(|until| until.exclusive) {
        ends = ends.map(|end| inclusive(end, begins.and_then(|start| start.day())));
    }
    if begins
        .zip(ends)
        .is_some_and(|(start, end)| is_before(end, start))
    {
        let mut notes = notes.at(until.and_then(|until| until.location));
        notes.lost(
            "end-before-start",
            "the end is before the start and is left out",
        );
        ends = None;
    }
    let origin = from.or(until);
    point(filled, ["start", "start_date"], begins, origin);
    point(filled, ["end", "end_date"], ends, until.or(from));
    let precision = begins
        .or(ends)
        .map_or("unknown", |partial| partial.precision());
    filled.put(PRECISION, precision.to_owned(), origin);
    let words = [(from, start), (until, end)].map(|(stated, reading)| words(stated, reading));
    if let Some(words) = sentence(words) {
        filled.put("dates_as_stated", words, origin);
    }
    let required = filled
        .schema
        .column("date_basis")
        .is_some_and(|column| column.required);
    if origin.is_some() || required {
        filled.put("date_basis", "stated".to_owned(), origin);
    }
}

impl Filled<'_> {
    /// Sets a column that the schema has and the definition did not map by itself.
    fn put(&mut self, column: &str, value: String, origin: Option<&Stated>) {
        if self.schema.column(column).is_none() || self.columns.contains_key(column) {
            return;
        }
        self.columns.insert(column.to_owned(), Value::String(value));
        self.traces.push(Trace {
            column: column.to_owned(),
            raw: origin.map_or(Value::Null, |stated| stated.raw.clone()),
            rule: origin.map_or_else(
                || "moments".to_owned(),
                |stated| format!("{} > moments", stated.rule),
            ),
        });
    }
}

fn reading(stated: &Stated, language: &str, zone: &TimeZone, notes: &mut Notes) -> Option<Reading> {
    let reading: Result<Reading, Unread> = read(&stated.text, language, zone, stated.epoch);
    reading
        .inspect_err(|why| {
            let mut notes = notes.at(stated.location);
            notes.lost("unreadable-date", format!("a date {why}"));
        })
        .ok()
}

/// The instant, where a minute is known, and the day, where that is.
fn point(
    filled: &mut Filled,
    [instant, day]: [&str; 2],
    partial: Option<Partial>,
    origin: Option<&Stated>,
) {
    if let Some(Partial::Minute(at, _)) = partial {
        filled.put(instant, at.to_string(), origin);
    }
    if let Some(date) = partial.and_then(|partial| partial.day()) {
        filled.put(day, date.to_string(), origin);
    }
}

/// The last day of a range that names the first one after, but never before its start.
fn inclusive(end: Partial, start: Option<Date>) -> Partial {
    match end {
        // A source that names the start twice means that one day; an earlier end is a fault, told elsewhere.
        Partial::Day(day) if start.is_none_or(|start| day > start) => {
            Partial::Day(day.yesterday().unwrap_or(day))
        }
        other => other,
    }
}

fn is_before(end: Partial, start: Partial) -> bool {
    if let (Partial::Minute(end, _), Partial::Minute(start, _)) = (end, start) {
        return end < start;
    }
    // As far as both are known: `2017` is not before `2017-11`.
    let (end, start) = (end.to_string(), start.to_string());
    let length = end.len().min(start.len());
    end.get(..length) < start.get(..length)
}

/// The words to keep: those that are no date for machines, or say less than a day.
fn words(stated: Option<&Stated>, reading: Option<Reading>) -> Option<String> {
    let stated = stated?;
    let exact = reading.is_some_and(|reading| reading.machine && reading.start.day().is_some());
    let kept = (!exact).then(|| personal::without(&stated.text).0.into_owned())?;
    (!kept.is_empty()).then_some(kept)
}

fn sentence(words: [Option<String>; 2]) -> Option<String> {
    match words {
        [Some(start), Some(end)] if start != end => Some(format!("{start} – {end}")),
        [start, end] => start.or(end),
    }
}
