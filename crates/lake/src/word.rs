//! A word of the model (`complete`, `not-modified`) as it is stored, in the database and in the archive, and back.

use serde::Serialize;
use serde::de::DeserializeOwned;

/// The word of a value that is one.
pub(crate) fn word(value: &impl Serialize) -> String {
    serde_json::to_string(value)
        .expect("a word of the model is JSON")
        .trim_matches('"')
        .to_owned()
}

/// The value of a word.
pub(crate) fn value<T: DeserializeOwned>(word: &str) -> Option<T> {
    serde_json::from_str(&format!("\"{word}\"")).ok()
}
