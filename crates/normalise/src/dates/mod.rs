//! Dates as listings state them: of machines, or in words, with the precision that they have.
//!
//! A reading never invents: without a year there is no date, a month has no day, an hour is taken in the zone of
//! the source only where none is stated. What is read from words is settled in [`words`], the rest in [`machine`].

mod machine;
mod words;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

use crate::spec::Epoch;

/// A point in time, as far as it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Partial {
    /// An instant, and its day in the zone of the source.
    Minute(Timestamp, Date),
    /// A day.
    Day(Date),
    /// A month of a year.
    Month(i16, i8),
    /// A year.
    Year(i16),
}

impl Partial {
    /// An hour of a day in a zone.
    pub(crate) fn of_local(local: DateTime, zone: &TimeZone) -> Option<Self> {
        let zoned = local.to_zoned(zone.clone()).ok()?;
        Some(Self::Minute(zoned.timestamp(), local.date()))
    }

    /// An instant, seen in a zone.
    pub(crate) fn of_instant(instant: Timestamp, zone: &TimeZone) -> Self {
        Self::Minute(instant, instant.to_zoned(zone.clone()).date())
    }

    /// The day, where it is known.
    pub(crate) const fn day(&self) -> Option<Date> {
        match self {
            Self::Minute(_, day) | Self::Day(day) => Some(*day),
            Self::Month(..) | Self::Year(_) => None,
        }
    }

    /// The word of `date_precision`.
    pub(crate) const fn precision(&self) -> &'static str {
        match self {
            Self::Minute(..) => "minute",
            Self::Day(_) => "day",
            Self::Month(..) => "month",
            Self::Year(_) => "year",
        }
    }
}

/// `2017-11-06`, `2017-11`, `2017`: as much of an ISO 8601 date as is known.
impl std::fmt::Display for Partial {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Minute(_, day) | Self::Day(day) => write!(f, "{day}"),
            Self::Month(year, month) => write!(f, "{year:04}-{month:02}"),
            Self::Year(year) => write!(f, "{year:04}"),
        }
    }
}

/// What a text says of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Reading {
    pub(crate) start: Partial,
    /// The end, where the text states a range.
    pub(crate) end: Option<Partial>,
    /// Whether it is a date for machines: its words need not be kept.
    pub(crate) machine: bool,
}

/// Why a text gives no date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unread {
    /// It names a day but no year.
    NoYear,
    /// It is no date we can read.
    Unknown,
}

impl std::fmt::Display for Unread {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::NoYear => "states no year",
            Self::Unknown => "is no date that can be read",
        })
    }
}

/// Reads a clean text.
pub(crate) fn read(
    text: &str,
    language: &str,
    zone: &TimeZone,
    epoch: Option<Epoch>,
) -> Result<Reading, Unread> {
    let stated = |start| Reading {
        start,
        end: None,
        machine: true,
    };
    if let Some(unit) = epoch {
        return machine::counted(text, unit, zone)
            .map(stated)
            .ok_or(Unread::Unknown);
    }
    match machine::read(text, zone) {
        Some(start) => Ok(stated(start)),
        None => words::read(text, language, zone),
    }
}

/// A day of a year in which listings can be meant; others are placeholders or slips.
pub(crate) fn plausible(year: i16) -> bool {
    (1000..2200).contains(&year)
}

#[cfg(test)]
mod tests;
