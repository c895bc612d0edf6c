//! `lookup`: the source's own words to ours, by a table of its definition, without regard to case and accents.
//!
//! A word that the table does not know passes on to the step that judges it; in a column of free text nothing
//! judges it, so there the table is the whole vocabulary.

use serde_json::Value;

use super::concept::unknown;
use super::{Field, Notes, Sort};
use crate::fold::fold;
use crate::mapping::scalar;

pub(super) fn apply(field: &Field, values: Vec<Value>, notes: &mut Notes) -> Vec<Value> {
    let Some(table) = &field.lookup else {
        return values;
    };
    let mut found = Vec::with_capacity(values.len());
    for value in values {
        let raw = scalar(&value).unwrap_or_default();
        match table.get(&fold(&raw)) {
            Some(notations) => found.extend(notations.iter().cloned().map(Value::String)),
            None if field.sort == Sort::Text => unknown(field, &raw, notes),
            None => found.push(value),
        }
    }
    found
}
