//! `list`: a list holds each value once; a column that is no list takes the first of several, and says so.
//! What is still a number or a boolean in a column of text becomes text.

use moisson_model::Shape;
use serde_json::Value;

use super::{Field, Notes, Sort};

pub(super) fn apply(field: &Field, values: Vec<Value>, notes: &mut Notes) -> Vec<Value> {
    let textual = field.shape == Shape::Text || field.sort == Sort::Moment;
    let mut found: Vec<Value> = Vec::with_capacity(values.len());
    for value in values {
        let value = match value {
            Value::Number(_) | Value::Bool(_) if textual => Value::String(value.to_string()),
            other => other,
        };
        if !found.contains(&value) {
            found.push(value);
        }
    }
    if !field.list && found.len() > 1 {
        found.truncate(1);
        notes.lost(
            "several-values",
            format!("`{}` takes one value: the first is kept", field.name),
        );
    }
    found
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::steps::Sort;
    use crate::steps::tests::{field, run};

    #[test]
    fn a_single_column_takes_the_first_and_says_so() {
        let (values, issues) = run(&field("edition", Sort::Text), json!([2016, "2017"]));
        assert_eq!(values, ["2016"]);
        assert_eq!(issues, ["several-values"]);
    }
}
