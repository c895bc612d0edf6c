//! Rows of a release: clusters merged, ledger columns filled, what changed told from what did not.
//!
//! `modified` is the instant at which the published content of an entity last changed: the time of a fetch alone is
//! no change, so `last_seen` has no part in the digest.

use std::borrow::Cow;
use std::collections::BTreeMap;

use jiff::{Timestamp, tz::TimeZone};
use moisson_model::{Digest, EntityId, Kind, RecordKey, Row, Schema, SourceId};
use moisson_resolve::Rules;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value, json};

use crate::StoredEntity;
use crate::resolution::Resolution;

/// Columns that say when, not what.
const TIMES: [&str; 2] = ["last_seen", "modified"];

/// Characters of a record key that stay as they are in the fragment of an IRI.
const KEY: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Hexadecimal digits of a digest that stands for a key.
const SHOWN_DIGITS: usize = 32;

/// What rows are made from, beside the clusters.
pub struct Making<'a> {
    /// The base of identifiers.
    pub base_iri: &'a str,
    /// Order of trust.
    pub rules: &'a Rules,
    /// The schemas.
    pub schemas: &'a BTreeMap<Kind, Schema>,
    /// The SPDX identifier of each source's licence.
    pub licences: &'a BTreeMap<SourceId, String>,
    /// The licence of rows whose sources differ in theirs.
    pub licence: &'a str,
    /// Digest and `modified` of what the last release published.
    pub published: &'a BTreeMap<EntityId, (Digest, Timestamp)>,
    /// The instant of publication.
    pub at: Timestamp,
}

/// A row and the digest of its content.
#[derive(Debug, Clone)]
pub struct Made {
    /// The row.
    pub row: Row,
    /// Digest of its content, without times.
    pub digest: Digest,
    /// When that content was first published.
    pub modified: Timestamp,
}

/// The rows of all clusters, sorted by IRI.
pub fn rows(making: &Making<'_>, resolution: &Resolution) -> Vec<Made> {
    let places: BTreeMap<_, _> = resolution
        .linked
        .iter()
        .map(|statement| (statement.entity.member(), statement))
        .collect();
    let mut rows = Vec::with_capacity(resolution.clusters.len());
    for cluster in &resolution.clusters {
        let statements: Vec<&StoredEntity> = cluster
            .members
            .iter()
            .filter_map(|member| places.get(member).copied())
            .collect();
        if let (false, Some(schema)) = (statements.is_empty(), making.schemas.get(&cluster.kind)) {
            rows.push(making.row(schema, &cluster.id, &statements));
        }
    }
    rows.sort_by(|left, right| left.row.id.cmp(&right.row.id));
    rows
}

/// The IRI of a source record: the fragment is its kind and its key.
pub fn record_iri(base_iri: &str, statement: &StoredEntity) -> String {
    let entity = &statement.entity;
    let key = shown(&entity.key);
    let key = utf8_percent_encode(&key, KEY);
    format!("{base_iri}source/{}#{}/{key}", entity.source, entity.kind)
}

/// A record's key as it is published. Keys are raw, and some are, or look like, e-mail addresses (those of calendars
/// often do): these are shown as a digest.
pub fn shown(key: &RecordKey) -> Cow<'_, str> {
    if !key.as_str().contains('@') {
        return Cow::Borrowed(key.as_str());
    }
    let digest = Digest::of(key.as_str().as_bytes()).to_string();
    Cow::Owned(digest.chars().take(SHOWN_DIGITS).collect())
}

impl Making<'_> {
    fn row(&self, schema: &Schema, id: &EntityId, statements: &[&StoredEntity]) -> Made {
        let mut entities: Vec<_> = statements
            .iter()
            .map(|statement| &statement.entity)
            .collect();
        moisson_resolve::order(self.rules, &mut entities);
        let merged = moisson_resolve::merge(schema, &entities);
        let mut stated = merged.columns;
        self.fill(&mut stated, id, statements);
        let digest = content_digest(&stated);
        let modified = match self.published.get(id) {
            Some((known, modified)) if *known == digest => *modified,
            _ => self.at,
        };
        stated.insert("modified".to_owned(), json!(modified.to_string()));
        let columns = in_order(schema, stated);
        Made {
            row: Row {
                id: id.clone(),
                columns,
            },
            digest,
            modified,
        }
    }

    fn fill(&self, columns: &mut Map<String, Value>, id: &EntityId, statements: &[&StoredEntity]) {
        let day = |instant: Timestamp| json!(instant.to_zoned(TimeZone::UTC).date().to_string());
        let mut records: Vec<String> = statements
            .iter()
            .map(|at| record_iri(self.base_iri, at))
            .collect();
        records.sort();
        let first = statements.iter().map(|at| at.first_seen).min();
        let last = statements.iter().map(|at| at.last_seen).max();
        columns.insert("id".to_owned(), json!(id.iri(self.base_iri)));
        columns.entry("status").or_insert_with(|| json!("active"));
        columns
            .entry("confidence")
            .or_insert_with(|| json!("stated"));
        columns.insert("licence".to_owned(), json!(self.licence_of(statements)));
        columns.insert("first_seen".to_owned(), first.map_or(Value::Null, day));
        columns.insert("last_seen".to_owned(), last.map_or(Value::Null, day));
        columns.insert("derived_from".to_owned(), json!(records));
    }

    /// The licence that all sources of a row share, else the dataset's.
    fn licence_of(&self, statements: &[&StoredEntity]) -> &str {
        let mut licences = statements
            .iter()
            .filter_map(|at| self.licences.get(&at.entity.source));
        match licences.next() {
            Some(first) if licences.all(|licence| licence == first) => first,
            _ => self.licence,
        }
    }
}

fn content_digest(columns: &Map<String, Value>) -> Digest {
    let sorted: BTreeMap<&String, &Value> = columns
        .iter()
        .filter(|(name, _)| !TIMES.contains(&name.as_str()))
        .collect();
    let text = serde_json::to_string(&sorted).expect("a map of texts and JSON values is JSON");
    Digest::of(text.as_bytes())
}

/// The columns in the order of the schema; one that the schema does not have is dropped.
fn in_order(schema: &Schema, mut stated: Map<String, Value>) -> Map<String, Value> {
    let take = |name: &String| {
        stated
            .remove(name)
            .filter(|value| !value.is_null())
            .map(|value| (name.clone(), value))
    };
    schema
        .columns
        .iter()
        .map(|column| &column.name)
        .filter_map(take)
        .collect()
}

#[cfg(test)]
mod tests {
    use moisson_model::RecordKey;

    use super::shown;

    #[test]
    fn a_key_that_looks_like_an_address_is_shown_as_a_digest() {
        let plain = RecordKey::join(["https://fabrique.example/1"]);
        assert_eq!(shown(&plain), "https://fabrique.example/1");
        let address = RecordKey::join(["agenda-17@fabrique.example"]);
        assert!(!shown(&address).contains('@'));
        assert_eq!(shown(&address), shown(&address));
    }
}
