//! `values`: from raw JSON to a flat list of texts, numbers and booleans.
//!
//! Lists are flattened, JSON-LD value objects are opened, and of a text in several languages the source's own is
//! taken. Any other object is no value of a column: a pointer should have reached into it. A number or a boolean that
//! came for words becomes text here, so that no later step is passed by: an address that is `2022` is then none.

use serde_json::{Map, Value};

use super::{Field, Notes, Sort};
use crate::languages;

/// Nested lists deeper than this are not followed.
const DEPTH: usize = 4;

/// Keys by which an object is known to hold one text in several languages.
const LANGUAGES: [&str; 7] = ["fr", "en", "de", "es", "it", "pt", "nl"];

pub(super) fn apply(field: &Field, values: Vec<Value>, notes: &mut Notes) -> Vec<Value> {
    // The other sorts have a reading of numbers: an identifier, a degree, seconds since an epoch.
    let words = matches!(
        field.sort,
        Sort::Text | Sort::Url | Sort::Country | Sort::Language
    );
    let flat = |value: &Value| match value {
        Value::String(_) => true,
        Value::Number(_) | Value::Bool(_) => !words,
        _ => false,
    };
    if values.iter().all(flat) {
        return values;
    }
    let mut found = Vec::new();
    for value in values {
        flatten(field, value, DEPTH, &mut found, notes);
    }
    if words {
        found.iter_mut().for_each(spell_out);
    }
    found
}

fn spell_out(value: &mut Value) {
    if matches!(value, Value::Number(_) | Value::Bool(_)) {
        *value = Value::String(value.to_string());
    }
}

fn flatten(field: &Field, value: Value, depth: usize, found: &mut Vec<Value>, notes: &mut Notes) {
    match value {
        Value::Null => {}
        Value::Array(items) if depth > 0 => {
            for item in items {
                flatten(field, item, depth - 1, found, notes);
            }
        }
        Value::Object(mut fields) if depth > 0 => match inner(field, &mut fields) {
            Some(value) => flatten(field, value, depth - 1, found, notes),
            None if fields.is_empty() => {}
            None => notes.lost(
                "unreadable-value",
                format!("`{}` is an object, not a value", field.name),
            ),
        },
        Value::Array(_) | Value::Object(_) => {
            notes.lost(
                "unreadable-value",
                format!("`{}` is nested too deep", field.name),
            );
        }
        scalar => found.push(scalar),
    }
}

/// The value of `{"@value": …}`, or of `{"fr": …, "en": …}` in the source's language.
fn inner(field: &Field, fields: &mut Map<String, Value>) -> Option<Value> {
    if let Some(value) = fields.remove("@value") {
        return Some(value);
    }
    // One of these tells that the keys are languages: `id` and `no` alone are more often fields.
    let spoken_here = |key: &String| LANGUAGES.contains(&key.as_str()) || *key == field.language;
    if !fields.keys().any(spoken_here) || !fields.keys().all(|key| languages::tag(key).is_some()) {
        return None;
    }
    let spoken = |value: &Value| !value.is_null() && value.as_str() != Some("");
    let wanted = [field.language.as_str(), "fr", "en"];
    wanted
        .into_iter()
        .find_map(|language| fields.get(language).filter(|value| spoken(value)).cloned())
        .or_else(|| fields.values().find(|value| spoken(value)).cloned())
        .or(Some(Value::Null))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::steps::Sort;
    use crate::steps::tests::{field, run};

    #[test]
    fn lists_are_flattened_and_language_maps_opened() {
        let mut names = field("alternate_names", Sort::Text);
        names.list = true;
        let (values, issues) = run(
            &names,
            json!(["a", ["b", null], {"en": "x", "fr": "c"}, {"@value": "d"}]),
        );
        assert_eq!(values, ["a", "b", "c", "d"]);
        assert!(issues.is_empty());
    }

    #[test]
    fn a_number_for_words_is_judged_like_the_text_that_it_is() {
        assert_eq!(run(&field("edition", Sort::Text), json!(2016)).0, ["2016"]);
        for (name, sort, code) in [
            ("website", Sort::Url, "invalid-url"),
            ("country", Sort::Country, "unknown-country"),
            ("language", Sort::Language, "unknown-language"),
        ] {
            let (values, issues) = run(&field(name, sort), json!(2022));
            assert!(values.is_empty(), "{name}");
            assert_eq!(issues, [code]);
        }
    }

    #[test]
    fn an_object_is_no_value_and_that_is_said() {
        let (values, issues) = run(&field("name", Sort::Text), json!({"label": "x"}));
        assert!(values.is_empty());
        assert_eq!(issues, ["unreadable-value"]);
    }
}
