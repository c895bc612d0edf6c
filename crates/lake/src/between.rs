//! Parquet between stages run apart: entities, rejects and clusters in files, without a database.
//!
//! A file of entities has the columns of its table, typed as in a release, after those that say which record they
//! come from. References are not resolved yet: they are JSON texts.

use std::io::Write;
use std::path::Path;

use moisson_model::{
    Column, Digest, Entity, Kind, Provenance, RecordKey, Reject, Schema, Shape, SourceId,
};
use moisson_publish::Field;
use moisson_publish::parquet::{read_rows, write_rows};
use serde_json::{Map, Value, json};

use crate::Error;
use crate::files;

/// Columns that say where an entity comes from, before those of its table.
const ORIGIN: [(&str, Shape); 6] = [
    ("entity_kind", Shape::Text),
    ("source_id", Shape::Text),
    ("source_record_id", Shape::Text),
    ("source_url", Shape::Text),
    ("fetched_at", Shape::Timestamp),
    ("content_sha256", Shape::Text),
];

/// A row of a file of clusters.
#[derive(Debug, Clone, PartialEq)]
pub struct Clustered {
    /// The record: source and key, `slug/key`.
    pub record: String,
    /// IRI of its entity.
    pub entity: String,
    /// The best score that joins it to another record of its entity; 1 where it is alone.
    pub score: f64,
    /// Why, in words.
    pub reason: String,
}

/// Writes entities of one kind; returns the rows written.
pub fn write_entities(schema: &Schema, entities: &[Entity], path: &Path) -> Result<u64, Error> {
    let rows = entities.iter().map(|entity| row_of(schema, entity));
    write(&fields(schema), rows, path)
}

/// Reads entities of one kind back.
pub fn read_entities(
    schemas: &dyn Fn(Kind) -> Option<Schema>,
    path: &Path,
) -> Result<Vec<Entity>, Error> {
    let fault = |message: &str| Error::Content {
        path: path.to_owned(),
        message: message.to_owned(),
    };
    let mut entities = Vec::new();
    for row in read(path)? {
        let row = row.map_err(|error| fault(&error.to_string()))?;
        let kind = row
            .get("entity_kind")
            .and_then(Value::as_str)
            .and_then(Kind::from_name);
        let schema = kind
            .and_then(schemas)
            .ok_or_else(|| fault("no column `entity_kind`: this is no file of entities"))?;
        entities
            .push(entity_of(&schema, row).ok_or_else(|| fault("a row says no source or record"))?);
    }
    Ok(entities)
}

/// Writes rejects, without their raw values; returns the rows written.
pub fn write_rejects(rejects: &[Reject], path: &Path) -> Result<u64, Error> {
    let text = |name| Field::new(name, Shape::Text);
    let fields = [
        text("source_id").required(),
        text("source_record_id"),
        text("schema").required(),
        text("pointer").required(),
        text("code").required(),
        text("message").required(),
    ];
    let row = |reject: &Reject| {
        object(json!({
            "source_id": reject.source, "source_record_id": reject.key, "schema": reject.kind.name(),
            "pointer": reject.pointer, "code": reject.code, "message": reject.message,
        }))
    };
    write(&fields, rejects.iter().map(row), path)
}

/// Writes clusters; returns the rows written.
pub fn write_clusters(clusters: &[Clustered], path: &Path) -> Result<u64, Error> {
    let fields = [
        Field::new("record", Shape::Text).required(),
        Field::new("entity", Shape::Text).required(),
        Field::new("score", Shape::Number).required(),
        Field::new("reason", Shape::Text).required(),
    ];
    let row = |row: &Clustered| {
        object(
            json!({ "record": row.record, "entity": row.entity, "score": row.score, "reason": row.reason }),
        )
    };
    write(&fields, clusters.iter().map(row), path)
}

/// Reads clusters back.
pub fn read_clusters(path: &Path) -> Result<Vec<Clustered>, Error> {
    let fault = |message: String| Error::Content {
        path: path.to_owned(),
        message,
    };
    let text = |row: &Map<String, Value>, name: &str| {
        row.get(name).and_then(Value::as_str).map(str::to_owned)
    };
    let mut clusters = Vec::new();
    for row in read(path)? {
        let row = row.map_err(|error| fault(error.to_string()))?;
        let (Some(record), Some(entity)) = (text(&row, "record"), text(&row, "entity")) else {
            return Err(fault(
                "no columns `record` and `entity`: this is no file of clusters".to_owned(),
            ));
        };
        let score = row.get("score").and_then(Value::as_f64).unwrap_or(1.0);
        clusters.push(Clustered {
            record,
            entity,
            score,
            reason: text(&row, "reason").unwrap_or_default(),
        });
    }
    Ok(clusters)
}

fn fields(schema: &Schema) -> Vec<Field> {
    let origin = ORIGIN
        .iter()
        .map(|(name, shape)| Field::new(name, *shape).required());
    let columns = columns(schema).map(|column| {
        let shape = if column.reference.is_some() {
            Shape::Text
        } else {
            column.shape
        };
        Field {
            shape,
            required: false,
            ..Field::from(column)
        }
    });
    origin.chain(columns).collect()
}

/// Columns that a source can state: those that the ledger alone fills are left out.
fn columns(schema: &Schema) -> impl Iterator<Item = &Column> {
    let stated = |column: &&Column| {
        !Schema::LEDGER.contains(&column.name.as_str())
            || ["status", "confidence"].contains(&column.name.as_str())
    };
    schema.columns.iter().filter(stated)
}

fn row_of(schema: &Schema, entity: &Entity) -> Map<String, Value> {
    let mut row = object(json!({
        "entity_kind": entity.kind.name(),
        "source_id": entity.source,
        "source_record_id": entity.key,
        "source_url": entity.provenance.url,
        "fetched_at": entity.provenance.fetched_at,
        "content_sha256": entity.provenance.sha256,
    }));
    for column in columns(schema) {
        if let Some(value) = entity.columns.get(&column.name) {
            let value = if column.reference.is_some() {
                as_text(value)
            } else {
                value.clone()
            };
            row.insert(column.name.clone(), value);
        }
    }
    row
}

fn entity_of(schema: &Schema, mut row: Map<String, Value>) -> Option<Entity> {
    let mut take = |name: &str| {
        row.remove(name)
            .and_then(|value| value.as_str().map(str::to_owned))
    };
    let kind = Kind::from_name(&take("entity_kind")?)?;
    let source = SourceId::new(&take("source_id")?)?;
    let key = RecordKey::from_joined(&take("source_record_id")?);
    let provenance = Provenance {
        url: take("source_url")?,
        fetched_at: take("fetched_at")?.parse().ok()?,
        sha256: Digest::from_hex(&take("content_sha256")?)?,
    };
    let mut columns = Map::new();
    for column in &schema.columns {
        let value = row.remove(&column.name).filter(|value| !value.is_null());
        let value = if column.reference.is_some() {
            value.map(|value| from_text(&value))
        } else {
            value
        };
        columns.extend(value.map(|value| (column.name.clone(), value)));
    }
    Some(Entity {
        kind,
        source,
        key,
        columns,
        provenance,
        traces: Vec::new(),
    })
}

/// A reference as text; of a list, each item.
fn as_text(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(as_text).collect(),
        value => Value::String(value.to_string()),
    }
}

fn from_text(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(from_text).collect(),
        Value::String(text) => serde_json::from_str(text).unwrap_or_else(|_| value.clone()),
        value => value.clone(),
    }
}

fn write(
    fields: &[Field],
    rows: impl Iterator<Item = Map<String, Value>>,
    path: &Path,
) -> Result<u64, Error> {
    let mut bytes = Vec::new();
    let written = write_rows(fields, rows, &mut bytes as &mut (dyn Write + Send), &[])?;
    files::write_atomic(path, &bytes)?;
    Ok(written)
}

fn read(path: &Path) -> Result<moisson_publish::parquet::Rows, Error> {
    Ok(read_rows(files::open(path)?)?)
}

/// The fields of an object literal, without nulls.
fn object(value: Value) -> Map<String, Value> {
    let Value::Object(mut object) = value else {
        return Map::new();
    };
    object.retain(|_, value| !value.is_null());
    object
}
