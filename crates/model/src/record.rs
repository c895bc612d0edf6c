//! A record: raw fields, as a source states them, and the capture they were read in.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::Provenance;

/// Raw fields in the order of the source.
pub type Fields = Map<String, Value>;

/// One record of a listing, raw: text is decoded, nothing is cleaned.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Position in its capture, from 0. For messages only: never an identity.
    pub index: usize,
    /// The raw fields.
    pub fields: Fields,
    /// The capture it was read in.
    pub provenance: Provenance,
}

impl Record {
    /// The value of a field: a name, or a JSON pointer where it begins with `/`.
    pub fn get(&self, field: &str) -> Option<&Value> {
        lookup(&self.fields, field)
    }
}

fn lookup<'a>(fields: &'a Fields, field: &str) -> Option<&'a Value> {
    let Some(pointer) = field.strip_prefix('/') else {
        return fields.get(field);
    };
    let (first, rest) = pointer
        .split_once('/')
        .map_or((pointer, None), |(a, b)| (a, Some(b)));
    let value = fields.get(&first.replace("~1", "/").replace("~0", "~"))?;
    rest.map_or(Some(value), |rest| value.pointer(&format!("/{rest}")))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::lookup;

    #[test]
    fn a_field_is_found_by_name_or_by_pointer() {
        let value = json!({"a/b": 1, "place": {"town": "Lisbonne"}, "tags": ["x"]});
        let fields = value.as_object().unwrap();
        assert_eq!(lookup(fields, "a/b"), Some(&json!(1)));
        assert_eq!(lookup(fields, "/a~1b"), Some(&json!(1)));
        assert_eq!(lookup(fields, "/place/town"), Some(&json!("Lisbonne")));
        assert_eq!(lookup(fields, "/tags/0"), Some(&json!("x")));
        assert_eq!(lookup(fields, "/tags/1"), None);
    }
}
