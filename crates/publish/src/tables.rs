//! The tables of a release: one per kind of entity, and those that say where entities come from and went.

use moisson_model::{Kind, Row, Schema, Shape, SourceState};
use serde_json::{Map, Value, json};

use crate::field::{Field, fields};
use crate::folder::Sink;
use crate::node::items;
use crate::parquet::{Order, TableWriter};
use crate::{Content, Error, File, Folder, Redirect, SourceRecord, Tombstone};

/// Key-value metadata of the files of a release.
pub(crate) type Metadata = Vec<(&'static str, String)>;

/// Version of the tables that have no schema file.
pub(crate) const SUPPORT_VERSION: &str = "1.0.0";

/// Tables that are not sorted by `id`: table → column.
pub(crate) const SORT: [(&str, &str); 3] = [
    ("source_records", "entity_id"),
    ("identifiers", "entity_id"),
    ("redirects", "old_id"),
];

/// A Parquet table of a release being written.
pub(crate) struct Table {
    writer: TableWriter<Sink>,
    schema: Option<String>,
}

impl Table {
    /// Begins the table of a kind.
    pub(crate) fn of_kind(
        folder: &mut dyn Folder,
        schema: &Schema,
        metadata: &Metadata,
    ) -> Result<Self, Error> {
        let version = format!("{}/{}", schema.kind, schema.version);
        let mut table = Self::create(
            folder,
            schema.kind.table(),
            &fields(schema),
            metadata,
            &schema.version,
        )?;
        table.schema = Some(version);
        Ok(table)
    }

    fn create(
        folder: &mut dyn Folder,
        name: &str,
        fields: &[Field],
        metadata: &Metadata,
        version: &str,
    ) -> Result<Self, Error> {
        let sink = Sink::create(folder, &format!("tables/{name}.parquet"))?;
        let path = sink.path().to_owned();
        let mut pairs = vec![("schema_version", version.to_owned())];
        pairs.extend(metadata.iter().cloned());
        let writer = TableWriter::new(&path, fields, sink, &pairs, Order::First)?.filling_lists();
        Ok(Self {
            writer,
            schema: None,
        })
    }

    /// Adds a row.
    pub(crate) fn feed(&mut self, row: &Map<String, Value>) -> Result<(), Error> {
        self.writer.push(row)
    }

    /// Ends the file.
    pub(crate) fn finish(self) -> Result<File, Error> {
        let rows = Some(self.writer.rows());
        Ok(File {
            rows,
            schema: self.schema,
            ..self.writer.finish()?.finish()?
        })
    }
}

/// Begins table `identifiers`: every identifier of every entity, flat, for joins.
pub(crate) fn identifiers(folder: &mut dyn Folder, metadata: &Metadata) -> Result<Table, Error> {
    let fields = [
        text("entity_id", "IRI of the entity").required(),
        text(
            "scheme",
            "what the value is an identifier in: SIREN, RNA, Wikidata",
        )
        .required(),
        text("value", "the identifier").required(),
        text("uri", "the identifier as an IRI, where it has one"),
        text("confidence", "how firmly the entity's sources state it"),
        text("source_id", "the source that states it, where known"),
    ];
    Table::create(folder, "identifiers", &fields, metadata, SUPPORT_VERSION)
}

/// The identifiers that a row holds, sorted by scheme and value.
pub(crate) fn identifiers_of(schema: &Schema, row: &Row, id: &str) -> Vec<Map<String, Value>> {
    let confidence = row.columns.get("confidence").cloned().unwrap_or_default();
    let mut found = Vec::new();
    for column in &schema.columns {
        let Some((scheme, stated)) = column
            .identifier
            .as_ref()
            .zip(row.columns.get(&column.name))
        else {
            continue;
        };
        let template = column
            .template
            .as_ref()
            .filter(|template| template.starts_with("http"));
        for value in items(stated)
            .iter()
            .filter_map(Value::as_str)
            .filter(|value| !value.is_empty())
        {
            let uri = template.map(|template| template.replace("{}", value));
            found.push((scheme.clone(), value.to_owned(), uri));
        }
    }
    found.sort();
    let row = |(scheme, value, uri): (String, String, Option<String>)| {
        object(
            json!({"entity_id": id, "scheme": scheme, "value": value, "uri": uri, "confidence": confidence}),
        )
    };
    found.into_iter().map(row).collect()
}

/// Writes the tables about entities: sources, their records, identifiers that moved or ended.
pub(crate) fn support(
    folder: &mut dyn Folder,
    content: &dyn Content,
    metadata: &Metadata,
) -> Result<Vec<File>, Error> {
    let mut write = |name: &str, fields: &[Field], rows: &mut dyn Iterator<Item = Value>| {
        let mut table = Table::create(folder, name, fields, metadata, SUPPORT_VERSION)?;
        for row in rows {
            table.feed(&object(row))?;
        }
        table.finish()
    };
    let (sources, redirects, tombstones) =
        (content.sources(), content.redirects(), content.tombstones());
    let mut records = content.source_records().map(|stated| record(&stated));
    Ok(vec![
        write("sources", &source_fields(), &mut sources.iter().map(source))?,
        write("source_records", &record_fields(), &mut records)?,
        write(
            "redirects",
            &redirect_fields(),
            &mut redirects.iter().map(redirect),
        )?,
        write(
            "tombstones",
            &tombstone_fields(),
            &mut tombstones.iter().map(tombstone),
        )?,
    ])
}

fn source_fields() -> [Field; 9] {
    [
        text("id", "slug of the source").required(),
        text("name", "its title"),
        text("url", "where people read it"),
        text("licence", "SPDX identifier of its licence").required(),
        text("redistribution", "what the licence lets us do"),
        text("attribution", "the attribution it asks for"),
        Field::new("last_fetch", Shape::Timestamp).described("when its last good set was fetched"),
        text("status", "ok, stale or failed"),
        Field::new("records", Shape::Integer).described("records that it gave"),
    ]
}

fn source(state: &SourceState) -> Value {
    json!({
        "id": state.id, "name": state.name, "url": state.url, "licence": state.licence,
        "redistribution": state.redistribution.name(), "attribution": state.attribution,
        "last_fetch": state.last_fetch.map(|instant| instant.to_string()),
        "status": state.status.name(), "records": state.records,
    })
}

fn record_fields() -> [Field; 8] {
    [
        text("entity_id", "IRI of the entity").required(),
        text("source_id", "slug of the source").required(),
        text("source_record_id", "key of the record in its source").required(),
        text("url", "address of the response it was read in"),
        Field::new("fetched_at", Shape::Timestamp).described("when that response was received"),
        text("content_sha256", "SHA-256 of the body of that response"),
        text("licence", "SPDX identifier of the source's licence"),
        text("extractor_version", "version of the program that read it"),
    ]
}

fn record(record: &SourceRecord) -> Value {
    json!({
        "entity_id": record.entity_id, "source_id": record.source_id, "source_record_id": record.source_record_id,
        "url": record.url, "fetched_at": record.fetched_at.to_string(),
        "content_sha256": record.content_sha256.to_string(), "licence": record.licence,
        "extractor_version": record.extractor_version,
    })
}

fn redirect_fields() -> [Field; 4] {
    [
        text("old_id", "IRI that is no more").required(),
        text("new_id", "IRI that it leads to").required(),
        text("reason", "merge, split or rename"),
        Field::new("since", Shape::Timestamp).described("the release that first said so"),
    ]
}

fn redirect(redirect: &Redirect) -> Value {
    json!({"old_id": redirect.old_id, "new_id": redirect.new_id, "reason": redirect.reason, "since": redirect.since.to_string()})
}

fn tombstone_fields() -> [Field; 5] {
    [
        text("id", "IRI that is no more").required(),
        text("type", "what it was"),
        Field::new("deleted_at", Shape::Timestamp).described("when it left"),
        text("reason", "why"),
        text(
            "replaced_by",
            "IRI that stands in its place, where one does",
        ),
    ]
}

fn tombstone(tombstone: &Tombstone) -> Value {
    json!({
        "id": tombstone.id, "type": tombstone.kind.name(), "deleted_at": tombstone.deleted_at.to_string(),
        "reason": tombstone.reason, "replaced_by": tombstone.replaced_by,
    })
}

fn text(name: &str, description: &str) -> Field {
    Field::new(name, Shape::Text).described(description)
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

/// Kinds in the order of their words, which is that of the IRIs of their entities.
pub(crate) fn kinds_by_iri() -> [Kind; 6] {
    let mut kinds = Kind::ALL;
    kinds.sort_by_key(|kind| kind.name());
    kinds
}
