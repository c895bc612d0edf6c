//! The `[normalise]` table of a source: which schema, which key, which column from where.
//!
//! Only the shape of the table is known here; whether its words mean something in a schema is judged by
//! [`Rules`](crate::Rules), which names what is wrong by its path.

use std::collections::BTreeMap;

use moisson_model::Kind;
use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

/// The `[normalise]` table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// Entity and major version: `event/1`.
    pub schema: String,
    /// The raw fields that identify a record in its source.
    pub key: Vec<String>,
    /// Input fields left out on purpose: a name or a pointer covers its subtree, `*` is any item of a list.
    #[serde(default)]
    pub ignore: Vec<String>,
    /// Column of the table → where it comes from.
    pub map: BTreeMap<String, From>,
    /// Tables of raw value → notations, by name.
    #[serde(default)]
    pub lookup: BTreeMap<String, BTreeMap<String, Meaning>>,
    /// Further entities out of the same record.
    #[serde(default)]
    pub also: Vec<Also>,
}

/// A `[[normalise.also]]` table: another entity out of the same record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Also {
    /// Entity and major version.
    pub schema: String,
    /// The raw fields that identify the entity; where all are empty there is none.
    pub key: Vec<String>,
    /// One entity per item of this list field. Fields are then those of the item, `^field` reaches the record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub each: Option<String>,
    /// Input fields left out on purpose; in an item, fields of the item.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ignore: Vec<String>,
    /// Column → where it comes from.
    pub map: BTreeMap<String, From>,
    /// Tables of raw value → notations, before those of the whole definition.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub lookup: BTreeMap<String, BTreeMap<String, Meaning>>,
}

/// Notations that a raw value stands for; an empty list is a value known to mean nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Meaning {
    /// One.
    One(String),
    /// Several, or none.
    Many(Vec<String>),
}

/// Unit of a time counted from 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Epoch {
    /// Seconds.
    Seconds,
    /// Milliseconds.
    Milliseconds,
}

/// Where a column comes from: a field or a pointer, or a table of options.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum From {
    /// A field's name, or a JSON pointer where it begins with `/`.
    Field(String),
    /// With options.
    Table(Box<FromTable>),
}

/// Where a column comes from, with options. Exactly one of `from`, `value`, `first`, `join` and `type` stands.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FromTable {
    /// A field or pointer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// A constant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
    /// The first of these that is not empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub first: Vec<String>,
    /// All of these that are not empty, joined.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub join: Vec<String>,
    /// What stands between joined values; a space where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub with: Option<String>,
    /// The first group, or the whole match, is kept of each text; a text that does not match is empty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub regex: Option<String>,
    /// Each text is a list with this between its items.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub split: Option<String>,
    /// Name of the table in `[normalise.lookup]`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lookup: Option<String>,
    /// The day an end names is the first one after, as in iCalendar.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub exclusive: bool,
    /// A date counts seconds or milliseconds from 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epoch: Option<Epoch>,
    /// A reference: the type of the entity meant.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<Kind>,
    /// A reference by the raw key fields of a record of this source.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub record: Vec<String>,
    /// One reference per item of this list field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub each: Option<String>,
    /// A reference by name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<From>,
    /// A reference by website.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub website: Option<From>,
}

impl From {
    /// As a table; a bare field is `{ from = … }`.
    pub(crate) fn table(&self) -> FromTable {
        match self {
            Self::Field(field) => FromTable {
                from: Some(field.clone()),
                ..FromTable::default()
            },
            Self::Table(table) => FromTable::clone(table),
        }
    }
}

/// By hand, not `untagged`: the position and the words of a fault inside the table are kept.
impl<'de> Deserialize<'de> for From {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(FromVisitor)
    }
}

struct FromVisitor;

impl<'de> Visitor<'de> for FromVisitor {
    type Value = From;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a field, or a table such as { from = \"field\" }")
    }

    fn visit_str<E>(self, field: &str) -> Result<From, E> {
        Ok(From::Field(field.to_owned()))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<From, A::Error> {
        let table = FromTable::deserialize(MapAccessDeserializer::new(map))?;
        Ok(From::Table(Box::new(table)))
    }
}

#[cfg(test)]
mod tests {
    use super::{From, Meaning, Spec};

    #[test]
    fn a_column_is_a_field_or_a_table() {
        let spec: Spec = toml::from_str(
            "schema = \"actor/1\"\nkey = [\"id\"]\n[map]\nname = \"nom\"\nwebsite = { first = [\"a\", \"b\"] }\n\
             [lookup.x]\n\"a\" = \"b\"\n\"c\" = []\n",
        )
        .unwrap();
        assert_eq!(spec.map["name"], From::Field("nom".to_owned()));
        assert_eq!(spec.map["website"].table().first, ["a", "b"]);
        assert_eq!(spec.lookup["x"]["c"], Meaning::Many(Vec::new()));
    }

    #[test]
    fn a_misspelt_option_is_named_with_those_that_exist() {
        let error = toml::from_str::<Spec>(
            "schema = \"actor/1\"\nkey = [\"id\"]\n[map]\nname = { form = \"nom\" }\n",
        );
        let message = error.unwrap_err().to_string();
        assert!(message.contains("unknown field `form`"), "{message}");
        assert!(message.contains("line 4"), "{message}");
    }

    #[test]
    fn a_number_is_no_origin() {
        let error = toml::from_str::<Spec>("schema = \"a/1\"\nkey = []\n[map]\nname = 3\n");
        assert!(
            error
                .unwrap_err()
                .to_string()
                .contains("a field, or a table")
        );
    }
}
