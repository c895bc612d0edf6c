//! Readings of dates, as tables: the words, and what they say.

use jiff::tz::{TimeZone, TimeZoneDatabase};
use proptest::prelude::*;

use super::{Partial, Unread, read};
use crate::spec::Epoch;

fn paris() -> TimeZone {
    TimeZoneDatabase::bundled().get("Europe/Paris").unwrap()
}

fn shown(partial: Partial) -> String {
    match partial {
        Partial::Minute(instant, _) => instant.to_string(),
        other => other.to_string(),
    }
}

fn said(text: &str, language: &str) -> String {
    match read(text, language, &paris(), None) {
        Err(why) => format!("{why:?}"),
        Ok(reading) => match reading.end {
            None => shown(reading.start),
            Some(end) => format!("{} / {}", shown(reading.start), shown(end)),
        },
    }
}

#[test]
fn dates_of_machines_are_read_with_their_offset_or_in_the_zone() {
    for (text, expected) in [
        ("2017-11-06", "2017-11-06"),
        ("2017-11", "2017-11"),
        ("2018", "2018"),
        ("2017-11-06T18:30:00+01:00", "2017-11-06T17:30:00Z"),
        ("2017-11-06T18:30:00.000Z", "2017-11-06T18:30:00Z"),
        ("2017-11-06 18:30", "2017-11-06T17:30:00Z"),
        ("2017-07-06T18:30", "2017-07-06T16:30:00Z"),
        ("2017-11-06T18:30:00+0100", "2017-11-06T17:30:00Z"),
        ("20171106", "2017-11-06"),
        ("20171106T183000Z", "2017-11-06T18:30:00Z"),
        ("Mon, 06 Nov 2017 18:30:00 +0100", "2017-11-06T17:30:00Z"),
        ("2017-02-30", "Unknown"),
        ("2017-13", "Unknown"),
        ("0000-00-00", "Unknown"),
        ("9999-12-31", "Unknown"),
    ] {
        assert_eq!(said(text, "fr"), expected, "{text}");
    }
}

#[test]
fn french_words_are_read() {
    for (text, expected) in [
        ("6 novembre 2017", "2017-11-06"),
        ("le 1er février 2018", "2018-02-01"),
        ("du 6 au 9 novembre 2017", "2017-11-06 / 2017-11-09"),
        (
            "Du 30 novembre au 2 décembre 2016",
            "2016-11-30 / 2016-12-02",
        ),
        (
            "du 30 décembre au 2 janvier 2018",
            "2017-12-30 / 2018-01-02",
        ),
        (
            "du 30 décembre 2017 au 2 janvier 2018",
            "2017-12-30 / 2018-01-02",
        ),
        ("22 et 23 mars 2024", "2024-03-22 / 2024-03-23"),
        (
            "lundi 5 décembre 2016 de 9h à 12h30",
            "2016-12-05T08:00:00Z / 2016-12-05T11:30:00Z",
        ),
        ("le 12 mars 2018 à 18h30", "2018-03-12T17:30:00Z"),
        ("Lundi 11 décembre 2017, 19h30", "2017-12-11T18:30:00Z"),
        (
            "mardi 5 juin 2018 10:00 - 12:00",
            "2018-06-05T08:00:00Z / 2018-06-05T10:00:00Z",
        ),
        (
            "6 novembre 2017 9h - 9 novembre 2017 18 h 30",
            "2017-11-06T08:00:00Z / 2017-11-09T17:30:00Z",
        ),
        ("novembre 2017", "2017-11"),
        ("de novembre à décembre 2017", "2017-11 / 2017-12"),
        ("06/11/2017", "2017-11-06"),
        ("du 06/11/2017 au 09/11/2017", "2017-11-06 / 2017-11-09"),
        ("06/11/2017 18:30", "2017-11-06T17:30:00Z"),
        ("2014-2017", "2014 / 2017"),
    ] {
        assert_eq!(said(text, "fr"), expected, "{text}");
    }
}

#[test]
fn english_words_and_those_of_neighbours_are_read() {
    for (text, language, expected) in [
        ("November 6, 2017", "en", "2017-11-06"),
        ("November 6-9, 2017", "en", "2017-11-06 / 2017-11-09"),
        ("6th of November 2017", "en", "2017-11-06"),
        (
            "Thursday 8 March 2018, 7:30 pm",
            "en",
            "2018-03-08T18:30:00Z",
        ),
        ("25/12/2017", "en", "2017-12-25"),
        ("03/04/2018", "en", "Unknown"),
        (
            "Dienstag 27. März 2018, 19:30 Uhr",
            "de",
            "2018-03-27T17:30:00Z",
        ),
        ("Miércoles 16 de enero de 2019", "es", "2019-01-16"),
        (
            "Venerdì 31 gennaio 2020, 20:00",
            "it",
            "2020-01-31T19:00:00Z",
        ),
        ("6 de novembro de 2017", "pt", "2017-11-06"),
    ] {
        assert_eq!(said(text, language), expected, "{text}");
    }
}

#[test]
fn nothing_is_guessed() {
    for (text, expected) in [
        ("6 novembre", "NoYear"),
        ("jeudi 12 mars 19:00", "NoYear"),
        ("du 2 au 8 novembre prochain", "Unknown"),
        ("avant le 6 novembre 2017", "Unknown"),
        ("tous les lundis de 2017", "Unknown"),
        ("31 février 2017", "Unknown"),
        ("6, 9 et 12 mai 2017", "Unknown"),
        ("une vingtaine", "Unknown"),
        ("12", "Unknown"),
    ] {
        assert_eq!(said(text, "fr"), expected, "{text}");
    }
}

#[test]
fn seconds_are_counted_only_where_the_definition_says_so() {
    let reading = read("1509989400", "fr", &paris(), Some(Epoch::Seconds)).unwrap();
    assert_eq!(shown(reading.start), "2017-11-06T17:30:00Z");
    assert_eq!(
        read("1509989400", "fr", &paris(), None),
        Err(Unread::Unknown)
    );
}

proptest! {
    #[test]
    fn no_text_panics(text in "\\PC{0,60}") {
        let _reading = read(&text, "fr", &paris(), None);
    }

    #[test]
    fn no_string_of_marks_panics(text in "((le|du|au|à|et|-|/|,|6|31|99|2017|0000|9h|24h|25:61|12:30 pm|mars|novembre|06/13/2017) ?){0,9}") {
        let _reading = read(&text, "en", &paris(), Some(Epoch::Seconds));
        let _reading = read(&text, "fr", &paris(), None);
    }
}
