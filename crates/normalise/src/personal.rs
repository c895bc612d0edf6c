//! The guard: e-mail addresses and phone numbers, of anyone, in any text.
//!
//! Columns are allow-listed by the mapping; this is the second net. French numbers and those with an international
//! prefix are known by their form, the national forms of neighbours by the numbering plans of a library, and after
//! a word such as "tél." any long number. Years, prices, coordinates and numbers of registers do not begin as
//! phone numbers do, or stand against letters and digits that a phone number does not.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::LazyLock;

use phonenumber::country::Id;
use regex::Regex;

use crate::steps::text::cleaned;

/// Cutting may bring what stood around together: it is looked at again so often.
const ROUNDS: usize = 8;

/// National numbers of these plans begin with a zero, as French ones do.
const PLANS: [Id; 6] = [Id::FR, Id::BE, Id::DE, Id::CH, Id::GB, Id::NL];

static EMAIL: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(concat!(
        r"(?i)(?:\b(?:e-?mails?|courriels?|mails?|m[ée]l|contacts?|[ée]crire à)\s*:?\s*)?(?:mailto:)?",
        r"[\p{L}\p{N}][\p{L}\p{N}._+%-]{0,63}\s?(?:@|%40|[\[({<]\s*(?:at|arobase|arobas|chez|à|@)\s*[\])}>])\s?",
        r"(?:[\p{L}\p{N}-]+\s?(?:\.|[\[({<]\s*(?:dot|point)\s*[\])}>])\s?)+\p{L}{2,24}",
    ))
    .expect("a constant pattern")
});
static CUED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(concat!(
        r"(?i)(?:\b(?:t[ée]l(?:[ée]phone)?s?|phone|fax|whatsapp|gsm|telefon[oe]?)\b|☎|📞|📱)\s*\.?\s*(?:fixe|mobile|portable)?\s*[:=]?\s*",
        r"(?P<number>[+(]?\d(?:[\s.()/·-]{0,3}\d){5,14})",
    ))
    .expect("a constant pattern")
});
static FRENCH: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?:\(?(?:\+|00)33\)?[\s.·-]?(?:\(0\)[\s.·-]?)?|0)[1-9](?:(?:[\s.·-]?\d\d){4}|(?:/\d\d){4})")
        .expect("a constant pattern")
});
static WORLD: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\(?(?:\+|00)[1-9]\d{0,2}[\s.()-]{0,3}(?:\d[\s.()-]{0,2}){6,12}\d")
        .expect("a constant pattern")
});
static NATIONAL: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\(?0\d{1,5}\)?[\s./-]{1,3}\d(?:[\s./-]?\d){4,8}").expect("a constant pattern")
});

/// Whether a text holds an address or a number.
pub(crate) fn holds(text: &str) -> bool {
    suspicious(text) && next(text).is_some()
}

/// Whether an address of the web holds one, also percent-encoded.
pub(crate) fn holds_in_address(address: &str) -> bool {
    if address.contains('%') {
        let plain = percent_decoded(address);
        return plain.contains('@') && EMAIL.is_match(&plain);
    }
    address.contains('@') && EMAIL.is_match(address)
}

/// The text without them, and how many there were.
pub(crate) fn without(text: &str) -> (Cow<'_, str>, usize) {
    if !suspicious(text) {
        return (Cow::Borrowed(text), 0);
    }
    let mut kept = text.to_owned();
    let mut found = 0;
    while let Some(range) = next(&kept) {
        let before = kept.get(..range.start).unwrap_or_default();
        let after = kept.get(range.end..).unwrap_or_default();
        kept = format!("{before} {after}");
        found += 1;
        // Many in one text: it is a list of contacts, and nothing else in it is worth the risk.
        if found > ROUNDS * ROUNDS {
            kept.clear();
        }
    }
    if found == 0 {
        return (Cow::Borrowed(text), 0);
    }
    (Cow::Owned(tidied(&kept)), found)
}

/// A cheap look: an at sign or its disguise, or digits enough for a number.
fn suspicious(text: &str) -> bool {
    let disguised = || text.contains(['(', '[', '{', '<']);
    text.contains('@')
        || text.contains("%40")
        || disguised()
        || text.bytes().filter(u8::is_ascii_digit).take(6).count() == 6
}

fn next(text: &str) -> Option<Range<usize>> {
    EMAIL
        .find(text)
        .map(|found| found.range())
        .or_else(|| CUED.find_iter(text).map(|found| found.range()).next())
        .or_else(|| bounded(&FRENCH, text, |_| true))
        .or_else(|| bounded(&WORLD, text, |_| true))
        .or_else(|| {
            bounded(&NATIONAL, text, |range| {
                is_alone(text, range) && is_in_a_plan(text.get(range.clone()).unwrap_or_default())
            })
        })
}

/// The first match that stands free: not inside a longer number, a word, a code or an address.
fn bounded(
    pattern: &Regex,
    text: &str,
    accept: impl Fn(&Range<usize>) -> bool,
) -> Option<Range<usize>> {
    let mut at = 0;
    while let Some(found) = pattern.find_at(text, at) {
        if stands_free(text, &found.range()) && accept(&found.range()) {
            return Some(found.range());
        }
        // All patterns begin with one of these bytes, so the next place to look is one byte on.
        at = found.start() + 1;
    }
    None
}

fn stands_free(text: &str, range: &Range<usize>) -> bool {
    let mut before = text.get(..range.start).unwrap_or_default().chars().rev();
    let mut after = text.get(range.end..).unwrap_or_default().chars();
    let joins = |mark: char| matches!(mark, '.' | ',' | '/' | '-' | ':' | '+');
    let free_before = match (before.next(), before.next()) {
        (Some(mark), _) if mark.is_alphanumeric() || matches!(mark, '_' | '=' | '%') => false,
        (Some(mark), Some(further)) if joins(mark) => !further.is_ascii_digit() && mark != '/',
        _ => true,
    };
    let free_after = match (after.next(), after.next()) {
        (Some(mark), _) if mark.is_alphanumeric() || mark == '_' => false,
        (Some(mark), Some(further)) if joins(mark) => !further.is_ascii_digit(),
        _ => true,
    };
    free_before && free_after
}

/// Whether no group of digits stands next to it: a number of a register is written in groups too.
fn is_alone(text: &str, range: &Range<usize>) -> bool {
    let digit = |letter: Option<char>| letter.is_some_and(|letter| letter.is_ascii_digit());
    let before = text.get(..range.start).unwrap_or_default().trim_end();
    let after = text.get(range.end..).unwrap_or_default().trim_start();
    !digit(before.chars().next_back()) && !digit(after.chars().next())
}

/// Whether a national number is one of a neighbour's plan.
fn is_in_a_plan(number: &str) -> bool {
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    (9..=11).contains(&digits.len())
        && PLANS.into_iter().any(|plan| {
            phonenumber::parse(Some(plan), &digits)
                .is_ok_and(|number| phonenumber::is_valid(&number))
        })
}

/// The rest of a text after a cut: no empty brackets, no label without its value, no mark at the ends.
fn tidied(text: &str) -> String {
    static LEFT_OVER: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?i)[\[({<][\s,;:|/·–-]*[\])}>]|[,;|/·–-]?\s*\b(?:t[ée]l(?:[ée]phone)?|e-?mail|courriel|mail|contact|phone|fax)\s*\.?\s*:\s*$")
            .expect("a constant pattern")
    });
    let bare = LEFT_OVER.replace_all(text, "");
    let ends = |letter: char| {
        letter.is_whitespace()
            || matches!(letter, ',' | ';' | ':' | '|' | '/' | '·' | '-' | '–' | '—')
    };
    let trimmed = cleaned(bare.trim_matches(ends)).into_owned();
    if trimmed.chars().any(char::is_alphanumeric) {
        trimmed
    } else {
        String::new()
    }
}

fn percent_decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut plain = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let coded = (*byte == b'%')
            .then(|| hexadecimal(bytes.get(at + 1..at + 3)?))
            .flatten();
        plain.push(coded.unwrap_or(*byte));
        at += if coded.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&plain).into_owned()
}

fn hexadecimal(digits: &[u8]) -> Option<u8> {
    u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::{holds_in_address, without};

    fn rest(text: &str) -> (String, usize) {
        let (kept, found) = without(text);
        (kept.into_owned(), found)
    }

    #[test]
    fn addresses_and_numbers_are_cut_out() {
        for (text, kept, count) in [
            ("Atelier (contact : prenom.nom@asso.example)", "Atelier", 1),
            ("bonjour@asso.example", "", 1),
            ("bonjour [at] asso [dot] example", "", 1),
            ("Atelier du 01 23 45 67 89 le soir", "Atelier du le soir", 1),
            ("Tél. : 01.23.45.67.89", "", 1),
            ("bonjour%40asso.example", "", 1),
            ("Atelier, tel:0123456789", "Atelier", 1),
            ("Atelier +33 (0)6 12 34 56 78 / a@b.example", "Atelier", 2),
            ("Büro +49 30 901820", "Büro", 1),
            ("Büro 030 / 9018-2000 Berlin", "Büro Berlin", 1),
            ("Tel 213 456 789", "", 1),
        ] {
            assert_eq!(rest(text), (kept.to_owned(), count), "{text}");
        }
    }

    #[test]
    fn years_prices_codes_and_coordinates_are_no_numbers_of_anyone() {
        for text in [
            "2016 2017 2018 2019",
            "13002603200016",
            "130 026 032 00016",
            "75011 Paris",
            "06/11/2017 - 09/11/2017",
            "2017-11-06 18:30",
            "1 250 000 €",
            "48.8566, 2.3522",
            "0.123456789",
            "ISBN 978-2-7071-1234-5",
            "10 000 000 000",
            "logo@2x",
            "@compte",
            "W751234567",
            "06000 Nice, 13001 Marseille",
            "n° 0001234",
            "https://a.example/0612345678",
        ] {
            assert_eq!(rest(text), (text.to_owned(), 0), "{text}");
        }
    }

    #[test]
    fn an_address_of_the_web_may_hold_one_too() {
        assert!(holds_in_address(
            "https://a.example/?to=bonjour%40asso.example"
        ));
        assert!(holds_in_address(
            "https://social.example/@nom@autre.example"
        ));
        assert!(!holds_in_address("https://social.example/@nom"));
    }
}
