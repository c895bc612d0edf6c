//! An entity as one source states it: typed columns, valid against its schema, before any merge.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{Kind, Provenance, RecordKey, SourceId};

/// What one record says of one entity, in the columns of its table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entity {
    /// Its type.
    pub kind: Kind,
    /// The source of the record.
    pub source: SourceId,
    /// The record's key in its source and kind.
    pub key: RecordKey,
    /// Column values; reference columns hold [`Reference`]s. Columns that the ledger fills (`id`, `modified` …)
    /// are absent.
    pub columns: Map<String, Value>,
    /// The capture.
    pub provenance: Provenance,
    /// Which raw value each column came from, and by which steps.
    pub traces: Vec<Trace>,
}

impl Entity {
    /// Who it is.
    pub fn member(&self) -> Member {
        Member {
            kind: self.kind,
            source: self.source.clone(),
            key: self.key.clone(),
        }
    }

    /// The text of a column, where it holds one.
    pub fn text(&self, column: &str) -> Option<&str> {
        self.columns.get(column).and_then(Value::as_str)
    }

    /// The texts of a list column; none where it is absent.
    pub fn texts(&self, column: &str) -> impl Iterator<Item = &str> {
        let items = self.columns.get(column).and_then(Value::as_array);
        items.into_iter().flatten().filter_map(Value::as_str)
    }
}

/// The identity of an entity statement: kind, source and key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Member {
    /// Its type.
    pub kind: Kind,
    /// The source.
    pub source: SourceId,
    /// The record's key.
    pub key: RecordKey,
}

impl std::fmt::Display for Member {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.source, self.key)
    }
}

/// One step of value-level provenance.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Trace {
    /// The column.
    pub column: String,
    /// The raw value or values it was made from.
    pub raw: Value,
    /// The rule: the steps applied, joined by `>`.
    pub rule: String,
}

/// What a reference column holds before `resolve`: another entity, said by key or by name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Reference {
    /// The type of the entity meant.
    #[serde(rename = "type")]
    pub kind: Kind,
    /// The key of a record of the same source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record: Option<RecordKey>,
    /// Its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its website or address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub website: Option<String>,
}

impl Reference {
    /// The JSON form that a column holds.
    pub fn to_value(&self) -> Value {
        serde_json::to_value(self).expect("a reference holds only texts")
    }

    /// Reads the JSON form.
    pub fn from_value(value: &Value) -> Option<Self> {
        serde_json::from_value(value.clone()).ok()
    }
}
