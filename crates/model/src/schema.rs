//! A schema, read from its JSON Schema file: the columns of a table and what each becomes in JSON-LD.
//!
//! The files in `schemas/` are the one place where a field is declared; the Arrow schema, validation, the JSON-LD
//! context and the documentation are all derived from what is read here. The annotation keywords are those of
//! the REST API Linked Data Keywords draft (`x-jsonld-type`, `x-jsonld-context`) and ours beside them; their
//! grammar is in `schemas/README.md`. This module reads; it derives nothing.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::Kind;

/// The type of a column's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Text, codes and IRIs included.
    Text,
    /// A 64-bit integer.
    Integer,
    /// A 64-bit floating-point number.
    Number,
    /// True or false.
    Boolean,
    /// A day.
    Date,
    /// An instant, UTC, microseconds.
    Timestamp,
}

/// What a reference column may point to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// Entities of one kind.
    Kind(Kind),
    /// Entities of any kind.
    Any,
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// Its name, in every format.
    pub name: String,
    /// English title.
    pub title: String,
    /// French title.
    pub title_fr: String,
    /// English description.
    pub description: String,
    /// French description.
    pub description_fr: String,
    /// The type of its values, or of its items.
    pub shape: Shape,
    /// Whether it holds a list.
    pub list: bool,
    /// Whether every row has a value.
    pub required: bool,
    /// Whether its values are URIs.
    pub uri: bool,
    /// The SKOS scheme of a coded column.
    pub vocabulary: Option<String>,
    /// The scheme under which its value is an identifier: `SIREN`.
    pub identifier: Option<String>,
    /// What it refers to, where it holds an entity's identifier.
    pub reference: Option<Target>,
    /// JSON-LD keys and their term definitions.
    pub keys: Vec<(String, Value)>,
    /// The inner node that the keys go into.
    pub node: Option<String>,
    /// Value to enumeration term.
    pub terms: Option<BTreeMap<String, String>>,
    /// The keys are left out where this column is filled.
    pub unless: Option<String>,
    /// A key is kept only where a column has one of some values: key → (column, values).
    pub when: BTreeMap<String, (String, Vec<String>)>,
    /// The value is put in place of `{}`.
    pub template: Option<String>,
}

/// A schema: one table, one kind of entity.
#[derive(Debug, Clone, PartialEq)]
pub struct Schema {
    /// The kind.
    pub kind: Kind,
    /// Semantic version.
    pub version: String,
    /// The columns in order.
    pub columns: Vec<Column>,
    /// JSON-LD types of every node.
    pub types: Vec<String>,
    /// More types by the value of a column: column → value → types.
    pub types_by: BTreeMap<String, BTreeMap<String, Vec<String>>>,
    /// Term definitions that no property gives: classes, enumerations, inner nodes.
    pub context: Map<String, Value>,
    /// Inner nodes: key → type.
    pub nodes: BTreeMap<String, String>,
    /// The file as it stands.
    pub document: Value,
}

/// Why a schema file cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum SchemaError {
    /// It is no JSON.
    #[error("not a JSON document: {0}")]
    Json(#[from] serde_json::Error),
    /// A keyword is missing or has another shape than it must.
    #[error("at `{pointer}`: {message}")]
    Keyword {
        /// JSON pointer into the file.
        pointer: String,
        /// What was expected.
        message: String,
    },
}

impl Schema {
    /// Columns that the ledger fills: no source needs to give them.
    pub const LEDGER: [&str; 8] = [
        "id",
        "status",
        "confidence",
        "licence",
        "first_seen",
        "last_seen",
        "modified",
        "derived_from",
    ];

    /// Reads a schema file.
    pub fn from_json(text: &str) -> Result<Self, SchemaError> {
        let document: Value = serde_json::from_str(text)?;
        let table = text_at(&document, "x-table")?;
        let kind = Kind::from_name(&table)
            .ok_or_else(|| fault("/x-table", "expected the name of a table"))?;
        let version = text_at(&document, "x-version")?;
        let properties = document
            .get("properties")
            .and_then(Value::as_object)
            .ok_or_else(|| fault("/properties", "expected an object"))?;
        let required: Vec<&str> = texts(document.get("required"));
        let columns = properties
            .iter()
            .map(|(name, property)| column(name, property, required.contains(&name.as_str())))
            .collect::<Result<_, _>>()?;
        let types = texts(document.pointer("/x-jsonld-type/base"))
            .into_iter()
            .map(str::to_owned)
            .collect();
        Ok(Self {
            kind,
            version,
            columns,
            types,
            types_by: read(&document, "/x-jsonld-type/by")?,
            context: read(&document, "/x-jsonld-context")?,
            nodes: read::<BTreeMap<String, BTreeMap<String, String>>>(
                &document,
                "/x-jsonld-nodes",
            )?
            .into_iter()
            .filter_map(|(key, mut node)| Some((key, node.remove("type")?)))
            .collect(),
            document,
        })
    }

    /// A column by name.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// The schema that an entity obeys before `resolve`: ledger columns are not required, references are objects.
    pub fn before_resolve(&self) -> Value {
        let mut document = self.document.clone();
        if let Some(required) = document.get_mut("required").and_then(Value::as_array_mut) {
            required.retain(|name| {
                !name
                    .as_str()
                    .is_some_and(|name| Self::LEDGER.contains(&name))
            });
        }
        for column in self
            .columns
            .iter()
            .filter(|column| column.reference.is_some())
        {
            let reference = json!({"type": "object", "required": ["type"]});
            let property = if column.list {
                json!({"type": "array", "items": reference})
            } else {
                reference
            };
            document["properties"][&column.name] = property;
        }
        document
    }
}

fn column(name: &str, property: &Value, listed: bool) -> Result<Column, SchemaError> {
    let pointer = format!("/properties/{name}");
    let list = types(property).contains(&"array");
    let item = if list {
        property.get("items").unwrap_or(&Value::Null)
    } else {
        property
    };
    let text = |key: &str| {
        property
            .get(key)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let option = |key: &str| property.get(key).and_then(Value::as_str).map(str::to_owned);
    Ok(Column {
        name: name.to_owned(),
        title: text("title"),
        title_fr: text("x-title-fr"),
        description: text("description"),
        description_fr: text("x-description-fr"),
        shape: shape(item)
            .ok_or_else(|| fault(&pointer, "expected a type that a column can have"))?,
        list,
        required: listed && !types(property).contains(&"null"),
        uri: matches!(
            item.get("format").and_then(Value::as_str),
            Some("uri" | "iri")
        ),
        vocabulary: option("x-vocabulary"),
        identifier: option("x-identifier"),
        reference: option("x-reference")
            .map(|word| Kind::from_name(&word).map_or(Target::Any, Target::Kind)),
        keys: read::<Option<Map<String, Value>>>(property, "/x-jsonld-context")
            .map_err(|_| {
                fault(
                    &pointer,
                    "expected `x-jsonld-context` to be an object or null",
                )
            })?
            .unwrap_or_default()
            .into_iter()
            .collect(),
        node: option("x-jsonld-node"),
        terms: read(property, "/x-jsonld-map")?,
        unless: option("x-jsonld-unless"),
        when: conditions(property, &pointer)?,
        template: option("x-jsonld-template"),
    })
}

fn conditions(
    property: &Value,
    pointer: &str,
) -> Result<BTreeMap<String, (String, Vec<String>)>, SchemaError> {
    let stated: BTreeMap<String, BTreeMap<String, Vec<String>>> = read(property, "/x-jsonld-when")?;
    let single = |(key, columns): (String, BTreeMap<String, Vec<String>>)| {
        let condition = columns.into_iter().next();
        condition
            .map(|condition| (key, condition))
            .ok_or_else(|| fault(pointer, "`x-jsonld-when` names no column"))
    };
    stated.into_iter().map(single).collect()
}

fn shape(item: &Value) -> Option<Shape> {
    let format = item.get("format").and_then(Value::as_str);
    let kinds = types(item);
    let name = kinds.iter().copied().find(|name| *name != "null")?;
    match (name, format) {
        ("string", Some("date")) => Some(Shape::Date),
        ("string", Some("date-time")) => Some(Shape::Timestamp),
        ("string", _) => Some(Shape::Text),
        ("integer", _) => Some(Shape::Integer),
        ("number", _) => Some(Shape::Number),
        ("boolean", _) => Some(Shape::Boolean),
        _ => None,
    }
}

fn types(property: &Value) -> Vec<&str> {
    match property.get("type") {
        Some(Value::String(name)) => vec![name],
        other => texts(other),
    }
}

fn texts(value: Option<&Value>) -> Vec<&str> {
    value
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect()
}

fn text_at(document: &Value, key: &str) -> Result<String, SchemaError> {
    let text = document.get(key).and_then(Value::as_str);
    text.map(str::to_owned)
        .ok_or_else(|| fault(&format!("/{key}"), "expected a text"))
}

/// Reads what stands at a pointer; an absent keyword is the empty value.
fn read<T: Default + serde::de::DeserializeOwned>(
    document: &Value,
    pointer: &str,
) -> Result<T, SchemaError> {
    let Some(value) = document.pointer(pointer) else {
        return Ok(T::default());
    };
    serde_json::from_value(value.clone()).map_err(|error| fault(pointer, &error.to_string()))
}

fn fault(pointer: &str, message: &str) -> SchemaError {
    SchemaError::Keyword {
        pointer: pointer.to_owned(),
        message: message.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Schema, Shape, Target};
    use crate::Kind;

    const PLACE: &str = r#"{
      "x-table": "places", "x-version": "1.0.0", "type": "object", "required": ["id", "name"],
      "x-jsonld-type": {"base": ["Place"], "by": {"kind": {"online": ["VirtualLocation"]}}},
      "x-jsonld-nodes": {"geo": {"type": "GeoCoordinates"}},
      "properties": {
        "id": {"type": "string", "format": "uri"},
        "name": {"type": ["string", "null"], "x-jsonld-context": {"name": {"@id": "schema:name"}}},
        "lat": {"type": ["number", "null"], "x-jsonld-node": "geo"},
        "opened": {"type": ["string", "null"], "format": "date"},
        "operator_ids": {"type": "array", "items": {"type": "string"}, "x-reference": "actor"}
      }
    }"#;

    #[test]
    fn columns_are_read_with_their_shapes_and_annotations() {
        let schema = Schema::from_json(PLACE).unwrap();
        assert_eq!(schema.kind, Kind::Place);
        assert_eq!(schema.types, ["Place"]);
        assert_eq!(schema.nodes["geo"], "GeoCoordinates");
        let shapes: Vec<_> = schema.columns.iter().map(|column| column.shape).collect();
        assert_eq!(
            shapes,
            [
                Shape::Text,
                Shape::Text,
                Shape::Number,
                Shape::Date,
                Shape::Text
            ]
        );
        assert!(schema.column("id").unwrap().required);
        assert!(!schema.column("name").unwrap().required);
        let operator = schema.column("operator_ids").unwrap();
        assert!(operator.list);
        assert_eq!(operator.reference, Some(Target::Kind(Kind::Actor)));
    }

    #[test]
    fn before_resolve_the_ledger_owes_nothing_and_references_are_objects() {
        let document = Schema::from_json(PLACE).unwrap().before_resolve();
        assert_eq!(document["required"], json!(["name"]));
        assert_eq!(
            document["properties"]["operator_ids"]["items"]["type"],
            "object"
        );
    }

    #[test]
    fn a_column_without_a_type_is_refused_with_its_pointer() {
        let error = Schema::from_json(
            &PLACE.replace(r#""type": ["number", "null"]"#, r#""type": "thing""#),
        );
        assert!(error.unwrap_err().to_string().contains("/properties/lat"));
    }
}
