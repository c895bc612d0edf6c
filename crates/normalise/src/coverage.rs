//! Which input fields the definition knows: mapped, in a key, or ignored. Every other one is reported, so that a
//! new column of a source cannot pass unnoticed.
//!
//! The known paths are a tree built once; a record is walked beside it, and only where a pointer reaches into a
//! field does the walk enter that field.

use std::collections::{BTreeMap, BTreeSet};

use moisson_model::Fields;
use serde_json::Value;

use crate::mapping::pointer;

/// The tree of known paths.
#[derive(Debug, Clone, Default)]
pub(crate) struct Coverage {
    whole: bool,
    children: BTreeMap<String, Coverage>,
}

impl Coverage {
    /// Adds a path; all below it is known too.
    pub(crate) fn add(&mut self, segments: &[String]) {
        match segments.split_first() {
            None => self.whole = true,
            Some((first, rest)) => self.children.entry(first.clone()).or_default().add(rest),
        }
    }

    /// Pointers of the fields that are not known, each once, list positions as `*`.
    pub(crate) fn unknown(&self, fields: &Fields) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        if self.whole {
            return found;
        }
        for (name, value) in fields {
            let path = vec![name.clone()];
            match self.children.get(name) {
                None => {
                    found.insert(pointer(&path));
                }
                Some(known) => known.walk(value, &path, &mut found),
            }
        }
        found
    }

    fn walk(&self, value: &Value, path: &[String], found: &mut BTreeSet<String>) {
        if self.whole {
            return;
        }
        match value {
            Value::Null => {}
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    let known = self
                        .children
                        .get(&index.to_string())
                        .or_else(|| self.children.get("*"));
                    step(known, item, &extended(path, "*"), found);
                }
            }
            Value::Object(fields) => {
                // A list of one may be written without its brackets.
                let known = self.children.get("*").unwrap_or(self);
                if known.whole {
                    return;
                }
                for (name, value) in fields {
                    step(
                        known.children.get(name),
                        value,
                        &extended(path, name),
                        found,
                    );
                }
            }
            // A list of one scalar may be written without its brackets too.
            _ if self.children.get("*").is_some_and(|known| known.whole) => {}
            Value::String(text) if text.is_empty() => {}
            // A text where the definition looks inside is a field it does not know.
            _ => {
                found.insert(pointer(path));
            }
        }
    }
}

fn step(known: Option<&Coverage>, value: &Value, path: &[String], found: &mut BTreeSet<String>) {
    match known {
        Some(known) => known.walk(value, path, found),
        None => leaves(value, path, found),
    }
}

fn leaves(value: &Value, path: &[String], found: &mut BTreeSet<String>) {
    match value {
        Value::Array(items) if !items.is_empty() => {
            for item in items {
                leaves(item, &extended(path, "*"), found);
            }
        }
        Value::Object(fields) if !fields.is_empty() => {
            for (name, value) in fields {
                leaves(value, &extended(path, name), found);
            }
        }
        _ => {
            found.insert(pointer(path));
        }
    }
}

fn extended(path: &[String], step: &str) -> Vec<String> {
    let mut path = path.to_vec();
    path.push(step.to_owned());
    path
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Coverage;
    use crate::mapping::Path;

    fn unknown(known: &[&str], fields: &serde_json::Value) -> Vec<String> {
        let mut coverage = Coverage::default();
        for path in known {
            coverage.add(&Path::new(path).segments());
        }
        let found = coverage.unknown(fields.as_object().unwrap());
        found.into_iter().collect()
    }

    #[test]
    fn a_new_field_is_seen_once_even_when_it_is_empty() {
        let fields = json!({"a": 1, "new": null, "deep": {"x": 1, "y": 2}});
        assert_eq!(unknown(&["a"], &fields), ["/deep", "/new"]);
    }

    #[test]
    fn where_a_pointer_reaches_inside_each_other_leaf_is_seen() {
        let fields = json!({"place": {"town": "Lyon", "geo": {"lat": 1, "lon": 2}}, "gone": null});
        assert_eq!(
            unknown(&["/place/town", "/place/geo/lat", "gone"], &fields),
            ["/place/geo/lon"]
        );
    }

    #[test]
    fn positions_of_a_list_are_one_field() {
        let fields = json!({"venues": [{"id": 1, "tel": "x"}, {"id": 2, "tel": null}]});
        assert_eq!(unknown(&["/venues/*/id"], &fields), ["/venues/*/tel"]);
        assert_eq!(unknown(&["/venues/*/id", "venues"], &fields), [""; 0]);
    }
}
