//! When a source is due: five-field cron in the source's own time zone.
//!
//! The expression is iterated over wall-clock times, and each is then placed in the zone: an hour that the change to
//! summer time skips runs once, just after the gap; an hour that winter time doubles runs once, the first time.

use std::str::FromStr;

use chrono::{DateTime, Utc};
use jiff::{Timestamp, civil, tz::TimeZone};

/// Ticks looked at before giving up on an expression that never comes.
const HORIZON: usize = 4;

/// A cron expression in a time zone.
#[derive(Debug, Clone)]
pub struct Cadence {
    schedule: cron::Schedule,
    zone: TimeZone,
}

impl Cadence {
    /// Reads a five-field expression and an IANA zone; the error says which of the two is wrong, and why.
    pub fn new(expression: &str, zone: &str) -> Result<Self, Fault> {
        let zone = TimeZone::get(zone).map_err(|error| Fault::Zone(error.to_string()))?;
        let fields: Vec<&str> = expression.split_whitespace().collect();
        let [minute, hour, day, month, weekday] = fields.as_slice() else {
            return Err(Fault::Cron(
                "expected five fields: minute hour day month weekday".to_owned(),
            ));
        };
        if *day != "*" && *weekday != "*" {
            // Implementations differ on whether both must hold, or either.
            return Err(Fault::Cron(
                "a day of the month and a weekday at once can be read in two ways".to_owned(),
            ));
        }
        let weekday = named(weekday)?;
        let schedule =
            cron::Schedule::from_str(&format!("0 {minute} {hour} {day} {month} {weekday}"))
                .map_err(|error| Fault::Cron(error.to_string()))?;
        Ok(Self { schedule, zone })
    }

    /// The day of an instant, in the zone.
    pub fn day(&self, instant: Timestamp) -> civil::Date {
        instant.to_zoned(self.zone.clone()).date()
    }

    /// The first tick after an instant; `None` where the expression never comes again.
    pub fn after(&self, instant: Timestamp) -> Option<Timestamp> {
        let wall = instant.to_zoned(self.zone.clone()).datetime();
        // One day earlier, so that a wall-clock time pushed over the gap, or repeated, is not passed by.
        let from = wall.checked_sub(jiff::Span::new().days(1)).unwrap_or(wall);
        let mut seen = 0;
        for tick in self.schedule.after(&as_utc(from)?) {
            let placed = self.zone.to_timestamp(as_civil(&tick)?).ok()?;
            if placed > instant {
                return Some(placed);
            }
            seen += 1;
            if seen > HORIZON * 1440 {
                break;
            }
        }
        None
    }
}

/// Which half of a cadence cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The expression.
    #[error("not a cron expression: {0}")]
    Cron(String),
    /// The zone.
    #[error("not a time zone: {0}")]
    Zone(String),
}

/// Weekdays by name: in cron 1 is Monday and both 0 and 7 are Sunday, in the library 1 is Sunday.
fn named(field: &str) -> Result<String, Fault> {
    const NAMES: [&str; 8] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    if !field.contains(|c: char| c.is_ascii_digit()) || field.starts_with('*') {
        return Ok(field.to_owned());
    }
    let fault = || Fault::Cron(format!("`{field}` is no list of weekdays from 0 to 7"));
    let mut days = Vec::new();
    for item in field.split(',') {
        let (range, step) = item.split_once('/').unwrap_or((item, "1"));
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        let number = |text: &str| text.parse::<usize>().ok().filter(|day| *day < NAMES.len());
        let (first, last) = (
            number(first).ok_or_else(fault)?,
            number(last).ok_or_else(fault)?,
        );
        let step = step
            .parse()
            .ok()
            .filter(|step| *step > 0)
            .ok_or_else(fault)?;
        days.extend(
            (first..=last)
                .step_by(step)
                .filter_map(|day| NAMES.get(day).copied()),
        );
    }
    if days.is_empty() {
        Err(fault())
    } else {
        Ok(days.join(","))
    }
}

fn as_utc(wall: civil::DateTime) -> Option<DateTime<Utc>> {
    let instant = wall.to_zoned(TimeZone::UTC).ok()?.timestamp();
    DateTime::from_timestamp(instant.as_second(), 0)
}

fn as_civil(tick: &DateTime<Utc>) -> Option<civil::DateTime> {
    let instant = Timestamp::from_second(tick.timestamp()).ok()?;
    Some(instant.to_zoned(TimeZone::UTC).datetime())
}

#[cfg(test)]
mod tests {
    use super::{Cadence, Fault};

    fn ticks(expression: &str, from: &str, count: usize) -> Vec<String> {
        let cadence = Cadence::new(expression, "Europe/Paris").unwrap();
        let mut at = from.parse().unwrap();
        (0..count)
            .map(|_| {
                at = cadence.after(at).unwrap();
                at.to_string()
            })
            .collect()
    }

    #[test]
    fn an_hour_that_summer_time_skips_runs_once_after_the_gap() {
        let found = ticks("30 2 * * *", "2026-03-28T12:00:00Z", 2);
        assert_eq!(found, ["2026-03-29T01:30:00Z", "2026-03-30T00:30:00Z"]);
    }

    #[test]
    fn an_hour_that_winter_time_doubles_runs_once() {
        let found = ticks("30 2 * * *", "2026-10-24T12:00:00Z", 2);
        assert_eq!(found, ["2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"]);
    }

    #[test]
    fn ticks_follow_the_wall_clock_of_the_zone() {
        let found = ticks("0 6 * * 1", "2026-11-20T00:00:00Z", 1);
        assert_eq!(found, ["2026-11-23T05:00:00Z"]);
    }

    #[test]
    fn weekdays_are_numbered_as_in_cron() {
        let days = |field: &str| ticks(&format!("0 6 * * {field}"), "2026-11-22T12:00:00Z", 2);
        assert_eq!(
            days("1-5"),
            ["2026-11-23T05:00:00Z", "2026-11-24T05:00:00Z"]
        );
        assert_eq!(days("0"), ["2026-11-29T05:00:00Z", "2026-12-06T05:00:00Z"]);
        assert_eq!(days("7"), days("0"));
        assert_eq!(days("Mon"), days("1"));
        assert_eq!(
            days("5-7"),
            ["2026-11-27T05:00:00Z", "2026-11-28T05:00:00Z"]
        );
        assert!(matches!(
            Cadence::new("0 6 * * 8", "Europe/Paris"),
            Err(Fault::Cron(_))
        ));
        assert!(matches!(
            Cadence::new("0 6 1 * 1", "Europe/Paris"),
            Err(Fault::Cron(_))
        ));
    }

    #[test]
    fn what_cannot_be_read_says_which_half() {
        assert!(matches!(
            Cadence::new("61 * * * *", "Europe/Paris"),
            Err(Fault::Cron(_))
        ));
        assert!(matches!(
            Cadence::new("* * * *", "Europe/Paris"),
            Err(Fault::Cron(_))
        ));
        assert!(matches!(
            Cadence::new("0 4 * * *", "Europe/Nowhere"),
            Err(Fault::Zone(_))
        ));
    }

    #[test]
    fn a_date_that_never_comes_is_none() {
        let cadence = Cadence::new("0 0 31 2 *", "Europe/Paris").unwrap();
        assert_eq!(cadence.after("2026-01-01T00:00:00Z".parse().unwrap()), None);
    }
}
