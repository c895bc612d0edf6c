//! iCalendar: one record a VEVENT, with the same keys in every calendar; null where absent.
//!
//! Times are RFC 3339 with the offset of their zone, or dates when all day; a rule of recurrence is kept as text.
//! An end stays as stated, that is exclusive.

use calcard::common::PartialDateTime;
use calcard::icalendar::{
    ICalendar, ICalendarComponent, ICalendarComponentType, ICalendarDuration, ICalendarEntry,
    ICalendarParameterName, ICalendarProperty, ICalendarValue,
};
use calcard::{Entry, Parser};
use jiff::civil::{Date, DateTime};
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Span, Zoned};
use moisson_model::{Capture, Fields, Issue, Stage};
use serde_json::{Value, json};

use crate::encoding::{Declares, decode};
use crate::zone::Zones;

/// A time as a calendar states it.
enum Time {
    Day(Date),
    /// With the name of the zone, none for a floating time.
    Minute(Zoned, Option<String>),
}

/// The events of a calendar.
pub(crate) fn records(capture: &Capture) -> (Vec<Fields>, Vec<Issue>) {
    let decoded = decode(capture, Declares::Nothing);
    let mut issues = decoded.issues;
    let calendars = calendars(&decoded.text);
    let open = open_at_end(&decoded.text);
    if let Some(component) = open.first() {
        let message = format!("the file ends inside a `{component}`");
        let line = decoded.text.lines().count();
        let issue = Issue::error(Stage::Extract, "truncated-calendar", message);
        issues.push(issue.at(format!("line {line}")));
    } else if calendars.is_empty() {
        let message = "expected a `VCALENDAR`, found none";
        issues.push(Issue::error(Stage::Extract, "invalid-calendar", message).at("line 1"));
    }
    let mut records = Vec::new();
    for calendar in &calendars {
        let zones = Zones::of(calendar);
        let events = calendar
            .components
            .iter()
            .filter(|component| component.component_type == ICalendarComponentType::VEvent);
        for event in events {
            let (fields, faults) = fields(event, &zones);
            let record = records.len().to_string();
            issues.extend(
                faults
                    .into_iter()
                    .map(|issue| issue.in_record(record.clone())),
            );
            records.push(fields);
        }
    }
    if open.iter().any(|component| component == "VEVENT") {
        let cut = records.len().saturating_sub(1);
        records.truncate(cut);
        issues.retain(|issue| issue.record.as_deref() != Some(&cut.to_string()));
    }
    (records, issues)
}

fn calendars(text: &str) -> Vec<ICalendar> {
    let mut parser = Parser::new(text);
    let mut calendars = Vec::new();
    loop {
        match parser.entry() {
            Entry::ICalendar(calendar) => calendars.push(calendar),
            Entry::Eof => return calendars,
            _ => (),
        }
    }
}

/// The components that the file opens and does not close, outermost first.
fn open_at_end(text: &str) -> Vec<String> {
    let mut open: Vec<String> = Vec::new();
    for line in text.lines() {
        let Some((property, name)) = line.split_once(':') else {
            continue;
        };
        let name = name.trim().to_ascii_uppercase();
        if property
            .trim_start_matches('\u{feff}')
            .eq_ignore_ascii_case("BEGIN")
        {
            open.push(name);
        } else if property.eq_ignore_ascii_case("END")
            && let Some(index) = open.iter().rposition(|other| *other == name)
        {
            open.truncate(index);
        }
    }
    open
}

fn fields(event: &ICalendarComponent, zones: &Zones) -> (Fields, Vec<Issue>) {
    let mut issues = Vec::new();
    let text = |property| text(event, &property);
    let mut time = |property: ICalendarProperty, name: &str| {
        let entry = event.property(&property)?;
        let time = read(entry, zones, name, &mut issues);
        if time.is_none() {
            let message = format!("`{name}` is not a date");
            issues.push(Issue::error(Stage::Extract, "invalid-date", message));
        }
        time
    };
    let start = time(ICalendarProperty::Dtstart, "DTSTART");
    let end = time(ICalendarProperty::Dtend, "DTEND")
        .or_else(|| after(start.as_ref()?, duration(event)?));
    let recurrence = time(ICalendarProperty::RecurrenceId, "RECURRENCE-ID");
    let zone = match &start {
        Some(Time::Minute(_, name)) => name.clone(),
        _ => None,
    };
    let fields = [
        ("uid", text(ICalendarProperty::Uid)),
        ("summary", text(ICalendarProperty::Summary)),
        ("start", stated(start.as_ref())),
        ("end", stated(end.as_ref())),
        ("all_day", json!(matches!(start, Some(Time::Day(_))))),
        ("timezone", json!(zone)),
        ("rrule", text(ICalendarProperty::Rrule)),
        ("recurrence_id", stated(recurrence.as_ref())),
        ("status", text(ICalendarProperty::Status)),
        ("location", text(ICalendarProperty::Location)),
        ("url", text(ICalendarProperty::Url)),
        ("organizer", organizer(event)),
        ("categories", categories(event)),
        ("sequence", sequence(event)),
    ];
    let named = fields.map(|(name, value)| (name.to_owned(), value));
    (Fields::from_iter(named), issues)
}

fn text(event: &ICalendarComponent, property: &ICalendarProperty) -> Value {
    let entry = event.property(property);
    let value = entry.and_then(|entry| entry.values.first());
    let text = value.and_then(|value| value.clone().into_text());
    let text = text.map(|text| text.trim().to_owned());
    json!(text.filter(|text| !text.is_empty()))
}

/// The name of the organiser, else its address without `mailto:`.
fn organizer(event: &ICalendarComponent) -> Value {
    let Some(entry) = event.property(&ICalendarProperty::Organizer) else {
        return Value::Null;
    };
    let name = entry
        .parameter(&ICalendarParameterName::Cn)
        .and_then(|name| name.as_text())
        .or_else(|| entry.calendar_address())
        .map(str::trim);
    json!(name.filter(|name| !name.is_empty()))
}

fn categories(event: &ICalendarComponent) -> Value {
    let entries = event.properties(&ICalendarProperty::Categories);
    let texts = entries.flat_map(|entry| entry.values.iter().filter_map(ICalendarValue::as_text));
    let texts = texts.map(str::trim).filter(|text| !text.is_empty());
    json!(texts.collect::<Vec<_>>())
}

fn sequence(event: &ICalendarComponent) -> Value {
    let entry = event.property(&ICalendarProperty::Sequence);
    let value = entry.and_then(|entry| entry.values.first());
    json!(value.and_then(ICalendarValue::as_integer))
}

fn read(
    entry: &ICalendarEntry,
    zones: &Zones,
    name: &str,
    issues: &mut Vec<Issue>,
) -> Option<Time> {
    let stated = entry.values.first()?.as_partial_date_time()?;
    let day = Date::new(
        i16::try_from(stated.year?).ok()?,
        i8::try_from(stated.month?).ok()?,
        i8::try_from(stated.day?).ok()?,
    );
    let day = day.ok()?;
    let Some(time) = civil(day, stated) else {
        return Some(Time::Day(day));
    };
    if let Some(offset) = offset(stated) {
        let zone = if offset == Offset::UTC {
            (TimeZone::UTC, Some("UTC".to_owned()))
        } else {
            (TimeZone::fixed(offset), None)
        };
        return Some(Time::Minute(time.to_zoned(zone.0).ok()?, zone.1));
    }
    let (zone, zone_name) = match entry.tz_id().map(|id| (id, zones.get(id))) {
        Some((_, Some((zone, name)))) => (zone, Some(name)),
        Some((id, None)) => {
            let message = format!("`{name}`: unknown time zone `{id}`, read as floating");
            issues.push(Issue::warning(Stage::Extract, "unknown-timezone", message));
            (zones.floating(), None)
        }
        None => (zones.floating(), None),
    };
    // Compatible with the standard: the first of a repeated hour, the offset before the gap of a missing one.
    Some(Time::Minute(time.to_zoned(zone).ok()?, zone_name))
}

fn civil(day: Date, stated: &PartialDateTime) -> Option<DateTime> {
    let (hour, minute) = (stated.hour?, stated.minute.unwrap_or(0));
    // A leap second is not a time that a calendar means.
    let second = stated.second.unwrap_or(0).min(59);
    let small = |part: u8| i8::try_from(part).ok();
    let time = jiff::civil::Time::new(small(hour)?, small(minute)?, small(second)?, 0);
    Some(day.to_datetime(time.ok()?))
}

fn offset(stated: &PartialDateTime) -> Option<Offset> {
    let minutes = i32::from(stated.tz_hour?) * 60 + i32::from(stated.tz_minute.unwrap_or(0));
    let seconds = if stated.tz_minus { -60 } else { 60 } * minutes;
    Offset::from_seconds(seconds).ok()
}

fn duration(event: &ICalendarComponent) -> Option<&ICalendarDuration> {
    match event
        .property(&ICalendarProperty::Duration)?
        .values
        .first()?
    {
        ICalendarValue::Duration(duration) => Some(duration),
        _ => None,
    }
}

/// Days are days of the calendar, hours are time passed: both hold over a change of the clocks.
fn after(start: &Time, duration: &ICalendarDuration) -> Option<Time> {
    let sign = if duration.neg { -1 } else { 1 };
    let days = (i64::from(duration.weeks) * 7 + i64::from(duration.days)) * sign;
    let seconds = duration.as_seconds() - days * 86_400;
    match start {
        Time::Day(day) => {
            let days = days + seconds / 86_400;
            let end = day.checked_add(Span::new().try_days(days).ok()?).ok()?;
            Some(Time::Day(end))
        }
        Time::Minute(start, zone) => {
            let end = start.checked_add(Span::new().try_days(days).ok()?).ok()?;
            let end = end.checked_add(SignedDuration::from_secs(seconds)).ok()?;
            Some(Time::Minute(end, zone.clone()))
        }
    }
}

fn stated(time: Option<&Time>) -> Value {
    match time {
        None => Value::Null,
        Some(Time::Day(day)) => json!(day.to_string()),
        Some(Time::Minute(time, _)) => {
            let instant = time.timestamp();
            json!(if time.time_zone() == &TimeZone::UTC {
                instant.to_string()
            } else {
                instant.display_with_offset(time.offset()).to_string()
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::records;
    use crate::tests::capture;

    fn read(lines: &str) -> (Value, Vec<String>) {
        let text = lines.replace('|', "\r\n");
        let (records, issues) = records(&capture(text.as_bytes()));
        (
            json!(records),
            issues.into_iter().map(|issue| issue.code).collect(),
        )
    }

    #[test]
    fn an_event_has_the_keys_of_every_calendar() {
        let (records, issues) = read(
            "BEGIN:VCALENDAR|BEGIN:VEVENT|UID:u1|SUMMARY:Fête\\, du|  lac|DTSTART;TZID=Europe/Paris:20220701T180000|\
             DURATION:P1DT2H|RRULE:FREQ=WEEKLY;COUNT=2|CATEGORIES:a,b|CATEGORIES:c|SEQUENCE:3|STATUS:CONFIRMED|\
             ORGANIZER;CN=Mairie:mailto:m@site.example|URL:https://site.example/f|LOCATION:Lac|END:VEVENT|END:VCALENDAR|",
        );
        assert!(issues.is_empty());
        assert_eq!(
            records,
            json!([{
                "uid": "u1", "summary": "Fête, du lac", "start": "2022-07-01T18:00:00+02:00",
                "end": "2022-07-02T20:00:00+02:00", "all_day": false, "timezone": "Europe/Paris",
                "rrule": "FREQ=WEEKLY;COUNT=2", "recurrence_id": null, "status": "CONFIRMED", "location": "Lac",
                "url": "https://site.example/f", "organizer": "Mairie", "categories": ["a", "b", "c"], "sequence": 3
            }])
        );
    }

    #[test]
    fn each_way_of_stating_a_time_is_read() {
        let zone = "BEGIN:VTIMEZONE|TZID:Chez nous|BEGIN:STANDARD|DTSTART:19701025T030000|TZOFFSETFROM:+0200|\
                    TZOFFSETTO:+0100|RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU|END:STANDARD|BEGIN:DAYLIGHT|\
                    DTSTART:19700329T020000|TZOFFSETFROM:+0100|TZOFFSETTO:+0200|RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU|\
                    END:DAYLIGHT|END:VTIMEZONE|";
        let start = |stated: &str| {
            let (records, issues) = read(&format!(
                "BEGIN:VCALENDAR|X-WR-TIMEZONE:Europe/Lisbon|{zone}BEGIN:VEVENT|{stated}|END:VEVENT|END:VCALENDAR"
            ));
            let event = &records[0];
            (event["start"].clone(), event["timezone"].clone(), issues)
        };
        assert_eq!(start("DTSTART;VALUE=DATE:20220701").0, "2022-07-01");
        assert_eq!(start("DTSTART:20220701T100000Z").0, "2022-07-01T10:00:00Z");
        assert_eq!(
            start("DTSTART:20220701T100000").0,
            "2022-07-01T10:00:00+01:00"
        );
        assert_eq!(start("DTSTART:20220701T100000").1, Value::Null);
        assert_eq!(
            start("DTSTART;TZID=Romance Standard Time:20220101T100000").1,
            "Europe/Paris"
        );
        assert_eq!(
            start("DTSTART;TZID=Chez nous:20220701T100000").0,
            "2022-07-01T10:00:00+02:00"
        );
        assert_eq!(
            start("DTSTART;TZID=Chez nous:20220101T100000").0,
            "2022-01-01T10:00:00+01:00"
        );
        assert_eq!(
            start("DTSTART;TZID=Ailleurs:20220101T100000").2,
            ["unknown-timezone"]
        );
        assert_eq!(start("DTSTART:demain").2, ["invalid-date"]);
    }

    #[test]
    fn a_calendar_cut_short_gives_its_whole_events() {
        let (records, issues) = read(
            "BEGIN:VCALENDAR|BEGIN:VEVENT|UID:1|DTSTART;VALUE=DATE:20220701|END:VEVENT|BEGIN:VEVENT|UID:2|DTSTA",
        );
        assert_eq!(records[0]["uid"], "1");
        assert_eq!(records.as_array().unwrap().len(), 1);
        assert_eq!(issues, ["truncated-calendar"]);
        assert_eq!(read("<html>404</html>").1, ["invalid-calendar"]);
    }
}
