//! What the end-to-end tests hold against a text: e-mail addresses and phone numbers of anyone, and given values.
//!
//! The forms are written here anew and not taken from the program, so that a fault of its guard is not repeated. A
//! number counts where it stands free: inside a longer number, a word, a hash or an encoded address it is none.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use regex::Regex;

/// The publisher's own address, the only one that a release may state.
const OWN: &str = "contact@moisson.example";

static EMAIL: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"[\p{L}\p{N}][\p{L}\p{N}._+-]*@(?:[\p{L}\p{N}-]+\.)+\p{L}{2,}").unwrap()
});
/// French numbers, with or without the prefix of the country.
static FRENCH: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?:(?:\+|00)33[ .-]?(?:\(0\))?[ .-]?|0)[1-9](?:[ .-]?[0-9]{2}){4}").unwrap()
});
/// Numbers with the prefix of any country.
static WORLD: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?:\+|00)[1-9](?:[ .()-]{0,2}[0-9]){8,13}").unwrap());

/// The e-mail addresses and phone numbers in a text, and in what is percent-encoded in it.
pub(crate) fn contacts(text: &str) -> Vec<String> {
    let text = percent_encoding::percent_decode_str(text).decode_utf8_lossy();
    let emails = EMAIL.find_iter(&text).map(|found| found.as_str());
    let mut found: Vec<String> = emails
        .filter(|email| *email != OWN)
        .map(str::to_owned)
        .collect();
    for pattern in [&*FRENCH, &*WORLD] {
        let numbers = pattern
            .find_iter(&text)
            .filter(|number| stands_free(&text, number.start(), number.end()));
        found.extend(numbers.map(|number| number.as_str().to_owned()));
    }
    found
}

/// Given values, found in a text by their first word, whatever their case.
pub(crate) struct Values {
    by_word: BTreeMap<String, Vec<String>>,
}

impl Values {
    /// Those values.
    pub(crate) fn new<'a>(values: impl IntoIterator<Item = &'a String>) -> Self {
        let mut by_word: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for value in values {
            let value = value.to_lowercase();
            let value = value.trim_start_matches(|mark: char| !mark.is_alphanumeric());
            if let Some((_, word)) = words(value).next() {
                let of_word = by_word.entry(word.to_owned()).or_default();
                of_word.push(value.to_owned());
            }
        }
        Self { by_word }
    }

    /// Those that stand in a text, and in what is percent-encoded in it.
    pub(crate) fn found_in(&self, text: &str) -> BTreeSet<String> {
        let text = percent_encoding::percent_decode_str(text).decode_utf8_lossy();
        let text = text.to_lowercase();
        let mut found = BTreeSet::new();
        for (at, word) in words(&text) {
            let candidates = self.by_word.get(word).into_iter().flatten();
            let there = candidates.filter(|value| {
                let rest = text
                    .get(at..)
                    .and_then(|rest| rest.strip_prefix(value.as_str()));
                rest.is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
            });
            found.extend(there.cloned());
        }
        found
    }
}

/// The words of a text, each with its place.
fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let words = text.split(|mark: char| !mark.is_alphanumeric());
    words
        .filter(|word| !word.is_empty())
        .map(|word| (word.as_ptr().addr() - text.as_ptr().addr(), word))
}

fn stands_free(text: &str, start: usize, end: usize) -> bool {
    let joins = |mark: char| matches!(mark, '.' | ',' | '-' | '/' | ':' | '_' | '+');
    let part = |mark: Option<char>, further: Option<char>| match (mark, further) {
        (Some(mark), _) if mark.is_alphanumeric() => true,
        (Some(mark), Some(further)) => joins(mark) && further.is_ascii_digit(),
        _ => false,
    };
    let mut before = text.get(..start).unwrap_or_default().chars().rev();
    let mut after = text.get(end..).unwrap_or_default().chars();
    !part(before.next(), before.next()) && !part(after.next(), after.next())
}

#[test]
fn contacts_are_seen_in_the_forms_they_have() {
    for text in [
        "Écrire à jean.tilleul@exemple.example.",
        "mailto:a%40b.example",
        r#"{"tel":"0612345678"}"#,
        "tél. 01 02 03 04 05",
        "01.02.03.04.05",
        "+33 (0)1 02 03 04 05",
        "0033612345678",
        "+351 912 345 678",
        "rue%20des%20Tilleuls%2006%2012%2034%2056%2078",
    ] {
        assert_eq!(contacts(text).len().min(1), 1, "{text}");
    }
}

#[test]
fn numbers_of_registers_dates_and_addresses_are_no_contacts() {
    for text in [
        "13002526500013",
        "035600000 00048",
        "2018-05-08T10:00:00+02:00",
        "2026-11-20T08-00-00Z",
        "https://exemple.example/a/0612345678901",
        "Q24568626-FC2558BC-6FB4-0612-3456-8CF196BCB966",
        "48.0612345678",
        "https://medium.example/@tilleul",
        OWN,
    ] {
        assert_eq!(contacts(text), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn given_values_are_seen_whole_whatever_their_case() {
    let held = ["Jeanne Tilleul".to_owned(), "(061) 234".to_owned()];
    let values = Values::new(&held);
    assert_eq!(values.found_in("par JEANNE TILLEUL, (061) 234.").len(), 2);
    assert_eq!(values.found_in("a/Jeanne%20Tilleul").len(), 1);
    assert!(
        values
            .found_in("Jeanne Tilleuls, 061 234, 061) 2345")
            .is_empty()
    );
}
