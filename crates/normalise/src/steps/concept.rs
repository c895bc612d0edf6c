//! `concept`: a coded column holds notations only.
//!
//! Notations, labels and other labels of the scheme in all its languages are known, codes of national
//! nomenclatures too; for an enumeration its words and the terms they have in JSON-LD. Nothing is near enough: an
//! unknown word is an issue and left out, never a default.

use serde_json::Value;

use super::{Field, Notes};
use crate::fold::{fold, hyphenated};
use crate::mapping::scalar;
use crate::personal;

/// Longer values are not shown: they are no category but a text that went astray.
const SHOWN: usize = 60;

pub(super) fn apply(field: &Field, values: Vec<Value>, notes: &mut Notes) -> Vec<Value> {
    let mut found = Vec::with_capacity(values.len());
    for value in values {
        let raw = scalar(&value).unwrap_or_default();
        match notation(field, &raw) {
            Some(notation) => found.push(Value::String(notation)),
            None => unknown(field, &raw, notes),
        }
    }
    found
}

fn notation(field: &Field, raw: &str) -> Option<String> {
    if let Some((word, notation)) = field.words.get_key_value(raw)
        && word == notation
    {
        return Some(notation.clone());
    }
    // A word of a vocabulary on the web is often given as its whole IRI.
    let word = match raw
        .strip_prefix("http")
        .and_then(|iri| iri.rsplit(['/', '#']).next())
    {
        Some(last) => last,
        None => raw.strip_prefix("schema:").unwrap_or(raw),
    };
    let words = &field.words;
    words
        .get(&fold(word))
        .or_else(|| words.get(&hyphenated(word)))
        .cloned()
}

/// A value that no table knows: shown where it is short and nobody's address.
pub(super) fn unknown(field: &Field, raw: &str, notes: &mut Notes) {
    let shown = raw.chars().count() <= SHOWN && !personal::holds(raw);
    let message = if shown {
        format!("`{raw}` is no known value of `{}`", field.name)
    } else {
        format!("a value of `{}` is not known", field.name)
    };
    notes.lost("unknown-category", message);
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use crate::steps::Sort;
    use crate::steps::tests::{field, run};

    fn families() -> crate::steps::Field {
        let mut families = field("families", Sort::Code);
        families.list = true;
        let words = [
            ("civic-tech", "civic-tech"),
            ("civic tech", "civic-tech"),
            ("communs", "communs-numeriques"),
            ("communs-numeriques", "communs-numeriques"),
        ];
        families.words = words
            .map(|(word, notation)| (word.to_owned(), notation.to_owned()))
            .into();
        families
    }

    #[test]
    fn labels_become_notations_and_the_unknown_is_left_out() {
        let (values, issues) = run(
            &families(),
            json!(["Civic Tech", "CIVIC_TECH", "Communs", "Blockchain"]),
        );
        assert_eq!(values, ["civic-tech", "communs-numeriques"]);
        assert_eq!(issues, ["unknown-category"]);
    }

    #[test]
    fn the_lookup_comes_first_and_may_mean_nothing_or_several() {
        let mut families = families();
        families.lookup = Some(BTreeMap::from([
            ("divers".to_owned(), vec![]),
            (
                "communs".to_owned(),
                vec!["civic-tech".to_owned(), "communs-numeriques".to_owned()],
            ),
        ]));
        let (values, issues) = run(&families, json!(["Divers", "COMMUNS"]));
        assert_eq!(values, ["civic-tech", "communs-numeriques"]);
        assert!(issues.is_empty());
    }

    #[test]
    fn terms_of_schema_org_are_words_too() {
        let mut status = field("event_status", Sort::Code);
        status.words = BTreeMap::from([("eventcancelled".to_owned(), "cancelled".to_owned())]);
        assert_eq!(
            run(&status, json!("https://schema.org/EventCancelled")).0,
            ["cancelled"]
        );
    }
}
