//! `private`: e-mail addresses and phone numbers of anyone are cut out of texts and addresses.

use std::borrow::Cow;

use serde_json::Value;

use super::{Field, Notes, Sort, each_text};
use crate::personal;

pub(super) fn apply(field: &Field, values: Vec<Value>, notes: &mut Notes) -> Vec<Value> {
    each_text(values, |text| {
        if field.sort == Sort::Url {
            if !personal::holds_in_address(&text) {
                return Some(Value::String(text));
            }
            note(field, 1, notes);
            return None;
        }
        let (kept, found) = personal::without(&text);
        if found > 0 {
            note(field, found, notes);
        }
        match kept {
            Cow::Borrowed(_) => Some(Value::String(text)),
            Cow::Owned(kept) if kept.is_empty() => None,
            Cow::Owned(kept) => Some(Value::String(kept)),
        }
    })
}

/// Counted, never quoted.
pub(crate) fn note(field: &Field, found: usize, notes: &mut Notes) {
    let message = format!(
        "`{}` held personal contact data: {found} removed",
        field.name
    );
    notes.warn("personal-data-removed", message);
}
