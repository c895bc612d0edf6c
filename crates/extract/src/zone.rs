//! The time zones of a calendar: an IANA or Windows name, else the rules of its own VTIMEZONE.
//!
//! Names are trusted over rules, since the rules of a file are copies, often old ones. Rules become a POSIX zone,
//! which knows one yearly pair of changes: right for the years that the latest rule covers.

use std::collections::BTreeMap;

use calcard::common::PartialDateTime;
use calcard::common::timezone::Tz;
use calcard::icalendar::{
    ICalendar, ICalendarComponent, ICalendarComponentType, ICalendarProperty, ICalendarValue,
    ICalendarWeekday,
};
use jiff::tz::{Offset, TimeZone};

/// The zones that a calendar may refer to.
pub(crate) struct Zones {
    own: BTreeMap<String, (TimeZone, String)>,
    floating: TimeZone,
}

impl Zones {
    /// The zones of a calendar, and the one of its floating times: `X-WR-TIMEZONE`, else UTC.
    pub(crate) fn of(calendar: &ICalendar) -> Self {
        let own = calendar.timezones().filter_map(|component| {
            let id = text(component, &ICalendarProperty::Tzid)?;
            let zone = component
                .timezone()
                .and_then(|(_, zone)| named(zone))
                .or_else(|| Some((ruled(calendar, component)?, id.to_owned())));
            Some((id.to_owned(), zone?))
        });
        let own: BTreeMap<_, _> = own.collect();
        let wanted = ICalendarProperty::Other("X-WR-TIMEZONE".to_owned());
        let floating = calendar.components.first();
        let floating = floating
            .and_then(|component| text(component, &wanted))
            .and_then(|name| own.get(name).cloned().or_else(|| by_name(name)))
            .map_or(TimeZone::UTC, |(zone, _)| zone);
        Self { own, floating }
    }

    /// The zone of a `TZID`, with its name: IANA's where it has one.
    pub(crate) fn get(&self, id: &str) -> Option<(TimeZone, String)> {
        self.own.get(id).cloned().or_else(|| by_name(id))
    }

    /// The zone of times that state none.
    pub(crate) fn floating(&self) -> TimeZone {
        self.floating.clone()
    }
}

fn by_name(name: &str) -> Option<(TimeZone, String)> {
    named(name.parse().ok()?)
}

fn named(zone: Tz) -> Option<(TimeZone, String)> {
    let name = zone.name()?;
    let zone = TimeZone::get(&name).ok()?;
    Some((zone, name.into_owned()))
}

fn text<'a>(component: &'a ICalendarComponent, property: &ICalendarProperty) -> Option<&'a str> {
    component.property(property)?.values.first()?.as_text()
}

/// The zone that the latest rules of a VTIMEZONE describe.
fn ruled(calendar: &ICalendar, zone: &ICalendarComponent) -> Option<TimeZone> {
    let latest = |wanted: &ICalendarComponentType| {
        let parts = zone.component_ids.iter();
        parts
            .filter_map(|id| calendar.component_by_id(*id))
            .filter(|part| part.component_type == *wanted)
            .max_by_key(|part| date(part, &ICalendarProperty::Dtstart).cloned())
    };
    let standard = latest(&ICalendarComponentType::Standard);
    let daylight = latest(&ICalendarComponentType::Daylight);
    let pair = standard
        .zip(daylight)
        .and_then(|(standard, daylight)| posix(standard, daylight));
    pair.or_else(|| Some(TimeZone::fixed(offset(standard.or(daylight)?)?)))
}

fn posix(standard: &ICalendarComponent, daylight: &ICalendarComponent) -> Option<TimeZone> {
    let rule = format!(
        "<STD>{}<DST>{},{},{}",
        sign(offset(standard)?),
        sign(offset(daylight)?),
        change(daylight)?,
        change(standard)?,
    );
    TimeZone::posix(&rule).ok()
}

/// POSIX counts offsets towards the west.
fn sign(offset: Offset) -> String {
    let seconds = -offset.seconds();
    let (sign, seconds) = (if seconds < 0 { "-" } else { "+" }, seconds.abs());
    format!("{sign}{:02}:{:02}", seconds / 3600, seconds / 60 % 60)
}

/// The yearly change to an observance: `M3.5.0/02:00`.
fn change(part: &ICalendarComponent) -> Option<String> {
    let values = &part.property(&ICalendarProperty::Rrule)?.values;
    let Some(ICalendarValue::RecurrenceRule(rule)) = values.first() else {
        return None;
    };
    let (month, day) = (rule.bymonth.first()?.month(), rule.byday.first()?);
    let week = match day.ordwk? {
        -1 => 5,
        week @ 1..=4 => week,
        _ => return None,
    };
    let weekday = match day.weekday {
        ICalendarWeekday::Sunday => 0,
        ICalendarWeekday::Monday => 1,
        ICalendarWeekday::Tuesday => 2,
        ICalendarWeekday::Wednesday => 3,
        ICalendarWeekday::Thursday => 4,
        ICalendarWeekday::Friday => 5,
        ICalendarWeekday::Saturday => 6,
    };
    let time = date(part, &ICalendarProperty::Dtstart)?;
    let (hour, minute) = (time.hour.unwrap_or(0), time.minute.unwrap_or(0));
    Some(format!("M{month}.{week}.{weekday}/{hour:02}:{minute:02}"))
}

fn offset(part: &ICalendarComponent) -> Option<Offset> {
    let stated = date(part, &ICalendarProperty::Tzoffsetto)?;
    let seconds = i32::from(stated.tz_hour?) * 3600 + i32::from(stated.tz_minute.unwrap_or(0)) * 60;
    Offset::from_seconds(if stated.tz_minus { -seconds } else { seconds }).ok()
}

fn date<'a>(
    part: &'a ICalendarComponent,
    property: &ICalendarProperty,
) -> Option<&'a PartialDateTime> {
    part.property(property)?
        .values
        .first()?
        .as_partial_date_time()
}
