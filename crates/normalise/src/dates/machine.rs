//! Dates for machines: ISO 8601 and RFC 3339, RFC 2822, and counts of seconds where the definition says so.

use std::sync::LazyLock;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use regex::Regex;

use super::{Partial, plausible};
use crate::spec::Epoch;

static ISO: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"^(?P<day>\d{4}-\d{2}-\d{2})(?:(?:[Tt]|\s)\s?(?P<time>\d{2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?)\s?(?P<offset>[Zz]|UTC|GMT|[+-]\d{2}(?::?\d{2})?)?)?(?:\[[A-Za-z_/+-]+\])?$",
    )
    .expect("a constant pattern")
});
static COMPACT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(\d{4})(\d{2})(\d{2})(?:T(\d{2})(\d{2})(?:\d{2})?(Z)?)?$")
        .expect("a constant pattern")
});
static MONTH: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^(\d{4})(?:-(\d{2}))?$").expect("a constant pattern"));

/// A date for machines, if it is one.
pub(super) fn read(text: &str, zone: &TimeZone) -> Option<Partial> {
    if let Some(found) = MONTH.captures(text) {
        let year: i16 = found[1].parse().ok().filter(|year| plausible(*year))?;
        return match found.get(2) {
            None => Some(Partial::Year(year)),
            Some(month) => {
                let month = month.as_str().parse().ok()?;
                (1..=12)
                    .contains(&month)
                    .then_some(Partial::Month(year, month))
            }
        };
    }
    if let Some(found) = COMPACT.captures(text) {
        let mut iso = format!("{}-{}-{}", &found[1], &found[2], &found[3]);
        if let (Some(hour), Some(minute)) = (found.get(4), found.get(5)) {
            let utc = if found.get(6).is_some() { "Z" } else { "" };
            iso = format!("{iso}T{}:{}{utc}", hour.as_str(), minute.as_str());
        }
        return iso_date(&iso, zone);
    }
    iso_date(text, zone).or_else(|| rfc_2822(text, zone))
}

/// A count of seconds or milliseconds from 1970.
pub(super) fn counted(text: &str, unit: Epoch, zone: &TimeZone) -> Option<Partial> {
    let count: i64 = text.strip_suffix(".0").unwrap_or(text).parse().ok()?;
    let instant = match unit {
        Epoch::Seconds => Timestamp::from_second(count),
        Epoch::Milliseconds => Timestamp::from_millisecond(count),
    };
    instant
        .ok()
        .filter(in_range)
        .map(|instant| Partial::of_instant(instant, zone))
}

fn iso_date(text: &str, zone: &TimeZone) -> Option<Partial> {
    let found = ISO.captures(text)?;
    let day: Date = found["day"].parse().ok()?;
    if !plausible(day.year()) {
        return None;
    }
    let Some(time) = found.name("time") else {
        return Some(Partial::Day(day));
    };
    let local = format!("{day}T{}", time.as_str().replace(',', "."));
    let Some(offset) = found.name("offset") else {
        return Partial::of_local(local.parse::<DateTime>().ok()?, zone);
    };
    let offset = match offset.as_str() {
        "Z" | "z" | "UTC" | "GMT" => "Z",
        stated => stated,
    };
    let instant: Timestamp = format!("{local}{offset}").parse().ok()?;
    in_range(&instant).then(|| Partial::of_instant(instant, zone))
}

fn rfc_2822(text: &str, zone: &TimeZone) -> Option<Partial> {
    // Only a text with an hour and a zone can be one: words without are read as words.
    if !text.contains(':') || !text.is_ascii() {
        return None;
    }
    let zoned = jiff::fmt::rfc2822::parse(text).ok()?;
    let instant = zoned.timestamp();
    in_range(&instant).then(|| Partial::of_instant(instant, zone))
}

/// Far enough from the ends of time that every zone can show it.
fn in_range(instant: &Timestamp) -> bool {
    plausible(instant.to_zoned(TimeZone::UTC).year())
}
