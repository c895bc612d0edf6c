//! `language`: BCP 47 tags in lower case; names of common languages are known in French, English and themselves.

use serde_json::Value;

use super::{Field, Notes, each_text};
use crate::languages;

pub(super) fn apply(field: &Field, values: Vec<Value>, notes: &mut Notes) -> Vec<Value> {
    each_text(values, |text| {
        let found = languages::tag(&text);
        if found.is_none() {
            let message = format!("`{}` is no language that is known", field.name);
            notes.lost("unknown-language", message);
        }
        found.map(Value::from)
    })
}
