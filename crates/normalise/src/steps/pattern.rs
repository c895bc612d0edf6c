//! `regex`: of each text the first group of a pattern, or the whole match; a text that does not match is dropped
//! without a word, since choosing is what the pattern is for.

use serde_json::Value;

use super::{Field, Notes};
use crate::mapping::scalar;

pub(super) fn apply(field: &Field, values: Vec<Value>, _: &mut Notes) -> Vec<Value> {
    let Some(pattern) = &field.regex else {
        return values;
    };
    let chosen = |value: Value| {
        let text = scalar(&value)?;
        let captures = pattern.captures(&text)?;
        let group = captures.get(1).or_else(|| captures.get(0))?;
        Some(Value::String(group.as_str().to_owned()))
    };
    values.into_iter().filter_map(chosen).collect()
}

#[cfg(test)]
mod tests {
    use regex::Regex;
    use serde_json::json;

    use crate::steps::Sort;
    use crate::steps::tests::{field, run};

    #[test]
    fn the_first_group_is_kept() {
        let mut edition = field("edition", Sort::Text);
        edition.regex = Some(Regex::new(r"(\d{4})$").unwrap());
        assert_eq!(run(&edition, json!("Semaine 2016")).0, ["2016"]);
        assert!(run(&edition, json!("Semaine")).0.is_empty());
    }
}
