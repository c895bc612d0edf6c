//! `text`: Unicode NFC, no control or invisible characters, single spaces; what says nothing is nothing.

use std::borrow::Cow;

use serde_json::Value;
use unicode_normalization::{IsNormalized, UnicodeNormalization as _, is_nfc_quick};

use super::{Field, Notes, each_text};
use crate::fold::fold;

/// What sources write where they have no value.
const PLACEHOLDERS: [&str; 15] = [
    "nr",
    "n/r",
    "n.r.",
    "n/a",
    "#n/a",
    "null",
    "nil",
    "none",
    "nan",
    "undefined",
    "non renseigne",
    "non renseignee",
    "non communique",
    "not available",
    "[object object]",
];

pub(super) fn apply(_: &Field, values: Vec<Value>, _: &mut Notes) -> Vec<Value> {
    each_text(values, |text| {
        let text = cleaned(&text).into_owned();
        (!is_placeholder(&text)).then_some(Value::String(text))
    })
}

/// The text in NFC, without control and invisible characters, with single spaces.
pub(crate) fn cleaned(text: &str) -> Cow<'_, str> {
    if text.is_ascii()
        && !text.starts_with(' ')
        && !text.ends_with(' ')
        && !text.contains("  ")
        && !text.bytes().any(|byte| byte.is_ascii_control())
    {
        return Cow::Borrowed(text);
    }
    let visible: String = text
        .chars()
        .filter(|letter| !is_invisible(*letter))
        .collect();
    let words = visible.split(is_space).filter(|word| !word.is_empty());
    let mut spaced = String::with_capacity(visible.len());
    for word in words {
        if !spaced.is_empty() {
            spaced.push(' ');
        }
        spaced.push_str(word);
    }
    match is_nfc_quick(spaced.chars()) {
        IsNormalized::Yes => Cow::Owned(spaced),
        _ => Cow::Owned(spaced.nfc().collect()),
    }
}

/// Spaces of every kind, and the control characters that stand for one.
fn is_space(letter: char) -> bool {
    letter.is_whitespace() || letter.is_control()
}

/// Characters that have no width and no meaning in a name: marks of direction, joiners, soft hyphens, and the
/// replacement character, which only says that something was lost before.
fn is_invisible(letter: char) -> bool {
    matches!(letter,
        '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}'
        | '\u{2066}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffd}')
}

/// Whether a clean text says nothing.
pub(crate) fn is_placeholder(text: &str) -> bool {
    if text
        .chars()
        .all(|letter| matches!(letter, '-' | '–' | '—' | '.' | '…' | '_' | '/' | '?' | ' '))
    {
        return true;
    }
    text.len() <= 20 && PLACEHOLDERS.contains(&fold(text).as_str())
}

/// Whether a raw value says nothing.
pub(crate) fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => is_placeholder(&cleaned(text)),
        Value::Array(items) => items.iter().all(is_empty),
        Value::Object(fields) => fields.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{cleaned, is_placeholder};

    #[test]
    fn spaces_controls_and_invisible_characters_are_tidied() {
        assert_eq!(cleaned(" a\u{a0}\u{200b} b\u{0}c\t\r\n"), "a b c");
        assert_eq!(cleaned("e\u{301}t\u{e9}"), "été");
        assert_eq!(cleaned("as it is"), "as it is");
    }

    #[test]
    fn placeholders_say_nothing() {
        for text in ["", "-", "—", "...", "NR", "N/A", "null", "Non renseigné"] {
            assert!(is_placeholder(text), "{text}");
        }
        assert!(!is_placeholder("Nil Admirari"));
        assert!(!is_placeholder("0"));
    }
}
