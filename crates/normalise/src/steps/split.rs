//! `split`: a text that holds a list becomes its items.

use serde_json::Value;

use super::{Field, Notes};

pub(super) fn apply(field: &Field, values: Vec<Value>, _: &mut Notes) -> Vec<Value> {
    let Some(separator) = &field.split else {
        return values;
    };
    let items = |value: Value| match value {
        Value::String(text) => text
            .split(separator.as_str())
            .map(|item| Value::String(item.to_owned()))
            .collect(),
        other => vec![other],
    };
    values.into_iter().flat_map(items).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::steps::Sort;
    use crate::steps::tests::{field, run};

    #[test]
    fn items_are_trimmed_and_empty_ones_dropped() {
        let mut names = field("alternate_names", Sort::Text);
        names.list = true;
        names.split = Some("|".to_owned());
        assert_eq!(run(&names, json!("a | b||a")).0, ["a", "b"]);
    }
}
