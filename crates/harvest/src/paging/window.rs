//! Windows of dates: a listing that answers for a span of days only is asked span by span.
//!
//! Windows touch and never leave a day out: a day that two of them share is the same record twice, a day that none
//! has is lost. They end on the same days whenever the run is, the first and the last apart: tomorrow's requests are
//! today's, and can be answered with "not modified".

use jiff::civil::Date;
use jiff::fmt::strtime;
use jiff::{Span, ToSpan};
use moisson_model::Request;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::form::Place;
use super::request;

/// The longest way back or ahead, in days: a century.
const FARTHEST: u32 = 36_525;

/// The day from which windows are counted.
const EPOCH: Date = Date::constant(1970, 1, 1);

/// `paging.window`: from `today - back` to `today + ahead`, so many days at a time. The first and the last window are shorter, as
/// the day of the run has it.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Window {
    /// The parameter of the first day.
    pub from: String,
    /// The parameter of the end: the day after the last, so that windows touch however the server counts.
    pub until: String,
    /// Whether `until` is the last day itself. Only where the server includes it.
    #[serde(default)]
    pub inclusive: bool,
    /// Days in a window, at most.
    #[serde(default = "month")]
    pub days: u32,
    /// Days before today.
    #[serde(default = "month")]
    pub back: u32,
    /// Days after today.
    #[serde(default = "year")]
    pub ahead: u32,
    /// How a day is written, in the conversions of `strftime`.
    #[serde(default = "iso")]
    pub format: String,
    /// Whether the parameters are in the query, in headers or in the body.
    #[serde(default)]
    pub place: Place,
}

impl Window {
    pub(super) fn parameters(&self) -> [&str; 2] {
        [&self.from, &self.until]
    }

    /// Refuses what no calendar has; the error is a reason for a reader.
    pub(super) fn check(&self, pages: u64) -> Result<(), String> {
        if self.days == 0 {
            return Err("has a `window` without days: `days` must be above zero".to_owned());
        }
        if self.back > FARTHEST || self.ahead > FARTHEST {
            return Err(format!(
                "has a `window` farther than {FARTHEST} days from today"
            ));
        }
        if self.from == self.until {
            return Err("has a `window` with one parameter for both ends".to_owned());
        }
        if let Err(error) = strtime::format(&self.format, Date::constant(2026, 1, 31)) {
            return Err(format!("has a `format` that is none of a day: {error}"));
        }
        let windows = (self.back + self.ahead + 1).div_ceil(self.days) + 1;
        if u64::from(windows) > pages {
            return Err(format!(
                "has up to {windows} windows, and `pages` allows {pages} requests"
            ));
        }
        Ok(())
    }

    /// The request of each window.
    pub(super) fn requests(&self, first: &Request, today: Date) -> Vec<Request> {
        let mut start = today.saturating_sub(days(self.back));
        let end = today
            .saturating_add(days(self.ahead))
            .saturating_add(days(1));
        let mut requests = Vec::new();
        while start < end {
            let until = self.after(start).min(end);
            let last = until.saturating_sub(days(self.inclusive.into()));
            let request = request::with(first, &self.from, self.place, &self.day(start));
            let request = request::with(&request, &self.until, self.place, &self.day(last));
            requests.push(request);
            start = until;
        }
        requests
    }

    /// Where the window that holds a day ends: after a whole number of windows since the beginning of the calendar.
    fn after(&self, day: Date) -> Date {
        let length = i64::from(self.days.max(1));
        let number = day.duration_since(EPOCH).as_hours() / 24;
        day.saturating_add((length - number.rem_euclid(length)).days())
    }

    fn day(&self, date: Date) -> Value {
        // A format that cannot write a day was refused.
        strtime::format(&self.format, date).map_or(Value::Null, Value::from)
    }
}

fn days(count: u32) -> Span {
    i64::from(count).days()
}

const fn month() -> u32 {
    30
}

const fn year() -> u32 {
    365
}

fn iso() -> String {
    "%Y-%m-%d".to_owned()
}

#[cfg(test)]
mod tests {
    use jiff::civil::{Date, date};
    use moisson_model::Request;

    use super::Window;

    fn window(text: &str) -> Window {
        toml::from_str(&format!("from = \"a\"\nuntil = \"b\"\n{text}")).unwrap()
    }

    fn queries(text: &str) -> Vec<String> {
        on(date(2026, 2, 27), text)
    }

    fn on(today: Date, text: &str) -> Vec<String> {
        let first = Request {
            method: "GET".to_owned(),
            url: "http://a.example/".to_owned(),
            headers: Vec::new(),
            body: "{}".into(),
        };
        let requests = window(text).requests(&first, today);
        let query = |request: Request| {
            request
                .url
                .split_once('?')
                .map(|(_, query)| query.to_owned())
        };
        requests.into_iter().filter_map(query).collect()
    }

    #[test]
    fn windows_touch_and_the_ends_are_cut() {
        assert_eq!(
            queries("days = 3\nback = 1\nahead = 4"),
            [
                "a=2026-02-26&b=2026-02-27",
                "a=2026-02-27&b=2026-03-02",
                "a=2026-03-02&b=2026-03-04"
            ]
        );
        assert_eq!(
            queries("days = 3\nback = 0\nahead = 3\ninclusive = true\nformat = \"%d.%m.%Y\""),
            ["a=27.02.2026&b=01.03.2026", "a=02.03.2026&b=02.03.2026"]
        );
        assert_eq!(queries("").len(), 14);
    }

    #[test]
    fn tomorrow_asks_for_the_same_windows_but_for_the_ends() {
        let (today, tomorrow) = (on(date(2026, 2, 27), ""), on(date(2026, 2, 28), ""));
        let same = today
            .iter()
            .filter(|query| tomorrow.contains(query))
            .count();
        assert!(same >= today.len() - 2, "{today:?} {tomorrow:?}");
    }

    #[test]
    fn what_no_calendar_has_is_refused() {
        for (text, part) in [
            ("days = 0", "above zero"),
            ("ahead = 40000", "farther"),
            ("format = \"%H\"", "none of a day"),
            ("format = \"%Q\"", "none of a day"),
            ("days = 1", "397 windows"),
        ] {
            let reason = window(text).check(100).unwrap_err();
            assert!(reason.contains(part), "{text}: {reason}");
        }
        assert!(window("format = \"%Y-%m-%dT00:00:00Z\"").check(100).is_ok());
    }
}
