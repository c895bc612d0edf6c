//! `boolean`: yes and no, in the words that listings use.

use serde_json::Value;

use super::{Field, Notes};
use crate::fold::fold;
use crate::mapping::scalar;

const YES: [&str; 12] = [
    "true", "1", "oui", "o", "yes", "y", "vrai", "x", "on", "ja", "si", "sim",
];
const NO: [&str; 9] = ["false", "0", "non", "n", "no", "faux", "off", "nein", "nao"];

pub(super) fn apply(field: &Field, values: Vec<Value>, notes: &mut Notes) -> Vec<Value> {
    let mut found = Vec::with_capacity(values.len());
    for value in values {
        let word = fold(&scalar(&value).unwrap_or_default());
        if YES.contains(&word.as_str()) {
            found.push(Value::Bool(true));
        } else if NO.contains(&word.as_str()) {
            found.push(Value::Bool(false));
        } else {
            notes.lost(
                "invalid-boolean",
                format!("`{}` is neither yes nor no", field.name),
            );
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::steps::Sort;
    use crate::steps::tests::{field, run};

    #[test]
    fn words_of_listings_are_read() {
        let free = field("free", Sort::Boolean);
        for (raw, expected) in [
            (json!("Oui"), true),
            (json!(0), false),
            (json!("NÃO"), false),
            (json!(true), true),
        ] {
            assert_eq!(run(&free, raw).0, [json!(expected)]);
        }
        assert_eq!(run(&free, json!("peut-être")).1, ["invalid-boolean"]);
    }
}
