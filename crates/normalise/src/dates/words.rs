//! Dates in words: a day, a range of days, hours, in French, English and their neighbours.
//!
//! The text is cut into marks (day, month, year, hour, "to", "and"); a word that is none of them makes the whole
//! unreadable, since "before 6 November" and "every 6 November" are not 6 November. What one end of a range leaves
//! out it takes from the other, but no year is ever taken from elsewhere.

use std::sync::LazyLock;

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use regex::Regex;

use super::{Partial, Reading, Unread, plausible};
use crate::fold::fold;

/// Longer texts are prose, not dates.
const LONGEST: usize = 160;

const MONTHS: [&str; 12] = [
    "janvier janv january jan januar janner enero ene gennaio gen janeiro",
    "fevrier fevr fev february feb februar febrero febbraio fevereiro",
    "mars march mar marz marzo marco maerz",
    "avril avr april apr abril abr aprile",
    "mai may mayo mag maggio maio",
    "juin june jun juni junio giugno giu junho",
    "juillet juil july jul juli julio luglio lug julho",
    "aout august aug agosto ago",
    "septembre sept september sep septiembre settembre set setembro",
    "octobre oct october oktober okt octubre ottobre ott outubro out",
    "novembre nov november noviembre novembro",
    "decembre dec december dezember dez diciembre dic dicembre dezembro",
];

const WEEKDAYS: &str = "lundi lun mardi mercredi mer jeudi jeu vendredi ven samedi sam dimanche dim \
    monday mon tuesday tue tues wednesday wed thursday thu thur thurs friday fri saturday sat sunday sun \
    montag dienstag mittwoch donnerstag freitag samstag sonnabend sonntag mo di mi do fr sa so \
    lunes martes miercoles jueves viernes sabado domingo \
    lunedi martedi mercoledi giovedi venerdi sabato domenica segunda terca quarta quinta sexta segunda-feira \
    terca-feira quarta-feira quinta-feira sexta-feira";

const FILLERS: &str = "le les the du de des del della dal dalle dalla from of on at am um der den dem vom von im in \
    el la il i lo los las das do da dos desde em no a partir uhr h date dates : ore um";

const TO: &str = "au aux to until till through bis al hasta fino ate - / >";

const AND: &str = "et and und y e & , ;";

/// One mark of a text.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Mark {
    Number(i16),
    Month(i8),
    Hour(Time),
    Whole(Date),
    To,
    /// "at" or "to": what stands around it tells.
    At,
    And,
}

static TOKEN: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(concat!(
        r"(?P<iso>\d{4}[-/.]\d{1,2}[-/.]\d{1,2})",
        r"|(?P<numeric>\d{1,2}[./-]\d{1,2}[./-]\d{4})",
        r"|(?P<half>\d{1,2}(?:[:.]\d{2})?)\s?(?P<meridiem>[ap]\.?m\b\.?)",
        r"|(?P<clock>\d{1,2})\s?(?:heures?\b|[h:]|u\b)\s?(?P<minutes>\d{2})?(?:\s?(?:min|mn|uhr)\b)?(?::\d{2}\b)?",
        r"|(?P<number>\d{1,4})(?:er|ere|e|st|nd|rd|th|\.|º|°|o|a)?",
        r"|(?P<word>\p{L}[\p{L}'-]*)\.?",
        r"|(?P<sign>[-/,;:&>()|])|(?P<space>\s+)|(?P<other>.)",
    ))
    .expect("a constant pattern")
});

/// Reads a text of a language.
pub(super) fn read(text: &str, language: &str, zone: &TimeZone) -> Result<Reading, Unread> {
    if text.len() > LONGEST {
        return Err(Unread::Unknown);
    }
    let marks = marks(&fold(text), language).ok_or(Unread::Unknown)?;
    let cut = range_mark(&marks);
    let (left, right) = match cut {
        Some(at) => (marks.get(..at), marks.get(at + 1..)),
        None => (Some(marks.as_slice()), None),
    };
    let mut left = End::of(left.unwrap_or_default()).ok_or(Unread::Unknown)?;
    let right = match right {
        Some(right) => Some(End::of(right).ok_or(Unread::Unknown)?),
        None => None,
    };
    let Some(mut right) = right else {
        return left.alone(zone);
    };
    share(&mut left, &mut right);
    let start = left.partial(left.first, left.from, zone)?;
    let end = right.partial(right.last.or(right.first), right.until.or(right.from), zone)?;
    Ok(Reading {
        start,
        end: Some(end),
        machine: false,
    })
}

/// The mark that parts a range of days: one between two hours only parts the hours.
fn range_mark(marks: &[Mark]) -> Option<usize> {
    let hours_only = |at: usize| {
        let before = at.checked_sub(1).and_then(|before| marks.get(before));
        let days_after = marks
            .get(at + 1..)
            .unwrap_or_default()
            .iter()
            .any(|mark| !matches!(mark, Mark::Hour(_) | Mark::To | Mark::And));
        matches!(before, Some(Mark::Hour(_))) && !days_after
    };
    // "10h - 12h, 6 novembre 2017": the hours stand first.
    let hours_first = |at: usize| {
        matches!(marks.get(at.wrapping_sub(1)), Some(Mark::Hour(_)))
            && matches!(marks.get(at + 1), Some(Mark::Hour(_)))
    };
    (0..marks.len())
        .find(|at| marks.get(*at) == Some(&Mark::To) && !hours_only(*at) && !hours_first(*at))
}

/// One end of a range, or the whole of a text without one.
#[derive(Debug, Default)]
struct End {
    first: Option<i8>,
    last: Option<i8>,
    month: Option<i8>,
    year: Option<i16>,
    from: Option<Time>,
    until: Option<Time>,
}

impl End {
    fn of(marks: &[Mark]) -> Option<Self> {
        let mut end = Self::default();
        for mark in marks {
            match *mark {
                Mark::Number(year) if year >= 1000 => {
                    end.year.replace(year).is_none().then_some(())?;
                }
                Mark::Number(day) => end.day(i8::try_from(day).ok()?)?,
                Mark::Month(month) => {
                    end.month.replace(month).is_none().then_some(())?;
                }
                Mark::Hour(hour) if end.from.is_none() => end.from = Some(hour),
                Mark::Hour(hour) => end.until.replace(hour).is_none().then_some(())?,
                Mark::Whole(date) => {
                    end.day(date.day())?;
                    end.month.replace(date.month()).is_none().then_some(())?;
                    end.year.replace(date.year()).is_none().then_some(())?;
                }
                Mark::To | Mark::At | Mark::And => {}
            }
        }
        Some(end)
    }

    /// Days of a list must follow each other: with gaps between them they are no range.
    fn day(&mut self, day: i8) -> Option<()> {
        if !(1..=31).contains(&day) {
            return None;
        }
        match self.last.or(self.first) {
            None => self.first = Some(day),
            Some(before) if day == before + 1 && self.month.is_none() => self.last = Some(day),
            Some(_) => return None,
        }
        Some(())
    }

    fn alone(&self, zone: &TimeZone) -> Result<Reading, Unread> {
        let start = self.partial(self.first, self.from, zone)?;
        let end = match (self.last, self.until) {
            (None, None) => None,
            (Some(day), until) => Some(self.partial(Some(day), until, zone)?),
            (None, until) => Some(self.partial(self.first, until, zone)?),
        };
        Ok(Reading {
            start,
            end,
            machine: false,
        })
    }

    fn partial(
        &self,
        day: Option<i8>,
        hour: Option<Time>,
        zone: &TimeZone,
    ) -> Result<Partial, Unread> {
        let Some(year) = self.year else {
            return Err(if self.month.is_some() {
                Unread::NoYear
            } else {
                Unread::Unknown
            });
        };
        if !plausible(year) {
            return Err(Unread::Unknown);
        }
        match (self.month, day) {
            (Some(month), Some(day)) => {
                let date = Date::new(year, month, day).map_err(|_| Unread::Unknown)?;
                match hour {
                    None => Ok(Partial::Day(date)),
                    Some(hour) => {
                        Partial::of_local(date.to_datetime(hour), zone).ok_or(Unread::Unknown)
                    }
                }
            }
            (Some(month), None) if hour.is_none() => Ok(Partial::Month(year, month)),
            (None, None) if hour.is_none() => Ok(Partial::Year(year)),
            _ => Err(Unread::Unknown),
        }
    }
}

/// What one end leaves out it takes from the other.
fn share(left: &mut End, right: &mut End) {
    let days = left.first.is_some() && right.first.is_some();
    // "6 novembre 2017 de 9h à 18h" was cut at no range; here both ends have days or both have none.
    if days || left.first.is_none() && right.first.is_none() {
        left.month = left.month.or(right.month);
        right.month = right.month.or(left.month);
    }
    let turns = left.month > right.month && left.month.is_some() && right.month.is_some();
    match (left.year, right.year) {
        (None, Some(year)) => left.year = Some(if turns { year - 1 } else { year }),
        (Some(year), None) => right.year = Some(if turns { year + 1 } else { year }),
        _ => {}
    }
}

fn marks(text: &str, language: &str) -> Option<Vec<Mark>> {
    let mut marks: Vec<Mark> = Vec::new();
    for token in TOKEN.captures_iter(text) {
        let group = |name: &str| token.name(name).map(|found| found.as_str());
        if let Some(date) = group("iso") {
            marks.push(Mark::Whole(whole(date, true, language)?));
        } else if let Some(date) = group("numeric") {
            marks.push(Mark::Whole(whole(date, false, language)?));
        } else if let Some(clock) = group("half") {
            marks.push(Mark::Hour(half(clock, group("meridiem")?)?));
        } else if let Some(hour) = group("clock") {
            let minutes = group("minutes").map_or(Some(0), |minutes| minutes.parse().ok())?;
            marks.push(Mark::Hour(time(hour.parse().ok()?, minutes)?));
        } else if let Some(number) = group("number") {
            marks.push(Mark::Number(number.parse().ok()?));
        } else if let Some(word) = group("word").or_else(|| group("sign")) {
            marks.extend(word_mark(word, !marks.is_empty())?);
        } else if group("space").is_none() {
            return None;
        }
    }
    (!marks.is_empty()).then(|| settled(&marks))
}

/// "le 12 mars 2018 à 18h30": `à` before the first hour leads to it; anywhere else it is "to".
fn settled(marks: &[Mark]) -> Vec<Mark> {
    let mut settled: Vec<Mark> = Vec::with_capacity(marks.len());
    let mut ahead = marks.iter().copied().peekable();
    while let Some(mark) = ahead.next() {
        let before_hour = matches!(ahead.peek(), Some(Mark::Hour(_)));
        match (mark, settled.last()) {
            (Mark::At, None) => {}
            (Mark::At, Some(Mark::Hour(_))) => settled.push(Mark::To),
            (Mark::At, Some(_)) if before_hour => {}
            (Mark::At, Some(_)) => settled.push(Mark::To),
            _ => settled.push(mark),
        }
    }
    settled
}

/// The mark of a word: none for a filler, nothing at all for a word that is not known.
#[expect(
    clippy::option_option,
    reason = "not known and without a mark are two answers"
)]
fn word_mark(word: &str, begun: bool) -> Option<Option<Mark>> {
    let among = |list: &str| list.split_whitespace().any(|known| known == word);
    if let Some(month) = MONTHS.iter().position(|names| among(names)) {
        return Some(Some(Mark::Month(i8::try_from(month).ok()? + 1)));
    }
    if matches!(word, "midi" | "noon") {
        return Some(Some(Mark::Hour(
            Time::midnight().with().hour(12).build().ok()?,
        )));
    }
    if matches!(word, "a" | "as" | "alle") {
        return Some(Some(Mark::At));
    }
    if among(TO) && begun {
        return Some(Some(Mark::To));
    }
    if among(AND) {
        return Some(Some(Mark::And));
    }
    let silent = among(WEEKDAYS) || among(FILLERS) || matches!(word, "(" | ")" | "|" | "-");
    silent.then_some(None)
}

fn whole(text: &str, year_first: bool, language: &str) -> Option<Date> {
    let parts: Vec<i16> = text
        .split(['.', '/', '-'])
        .filter_map(|part| part.parse().ok())
        .collect();
    let [first, second, third] = *parts.as_slice() else {
        return None;
    };
    let (year, month, day) = if year_first {
        (first, second, third)
    } else if language.starts_with("en") && first <= 12 && first != second {
        // 03/04/2018 is two days in English: only a number above twelve tells.
        if second <= 12 {
            return None;
        }
        (third, first, second)
    } else {
        (third, second, first)
    };
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

fn half(clock: &str, meridiem: &str) -> Option<Time> {
    let (hour, minutes) = clock.split_once([':', '.']).unwrap_or((clock, "0"));
    let hour: i8 = hour.parse().ok().filter(|hour| (1..=12).contains(hour))?;
    let afternoon = if meridiem.starts_with('p') { 12 } else { 0 };
    time(hour % 12 + afternoon, minutes.parse().ok()?)
}

fn time(hour: i8, minutes: i8) -> Option<Time> {
    Time::new(hour, minutes, 0, 0).ok()
}
