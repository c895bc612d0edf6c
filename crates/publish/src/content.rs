//! What a release holds: the trait that hands over its rows, and the rows of the tables about them.
//!
//! Memory stays with the caller: iterators may read a database, and each may be asked for more than once.

use jiff::Timestamp;
use moisson_model::{Digest, Kind, Row, SourceId, SourceState};

/// The content of a release.
///
/// Only what may be published stands here: rows of sources with an open licence, without personal data. The caller
/// filters; nothing downstream looks at redistribution again.
pub trait Content {
    /// The rows of a table, sorted by IRI, each IRI once.
    fn rows(&self, kind: Kind) -> Box<dyn Iterator<Item = Row> + '_>;

    /// All sources of the dataset, those without rows included, sorted by slug.
    fn sources(&self) -> Vec<SourceState>;

    /// The records that rows were made from, sorted by entity, source and record.
    fn source_records(&self) -> Box<dyn Iterator<Item = SourceRecord> + '_>;

    /// Identifiers that lead to another one, sorted by the old one. The list never shrinks.
    fn redirects(&self) -> Vec<Redirect>;

    /// Identifiers that lead nowhere any more, sorted. The list never shrinks.
    fn tombstones(&self) -> Vec<Tombstone>;
}

/// A row of table `source_records`: a record that an entity was derived from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceRecord {
    /// IRI of the entity.
    pub entity_id: String,
    /// The source.
    pub source_id: SourceId,
    /// The record's key in its source.
    pub source_record_id: String,
    /// Address of the response it was read in.
    pub url: String,
    /// When that response was received.
    pub fetched_at: Timestamp,
    /// SHA-256 of its body.
    pub content_sha256: Digest,
    /// SPDX identifier of the source's licence.
    pub licence: String,
    /// Version of the program that read it.
    pub extractor_version: String,
}

/// A row of table `redirects`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redirect {
    /// IRI that is no more.
    pub old_id: String,
    /// IRI that it leads to.
    pub new_id: String,
    /// `merge`, `split` or `rename`.
    pub reason: String,
    /// The release that first said so.
    pub since: Timestamp,
}

/// A row of table `tombstones`: no content, no personal data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tombstone {
    /// IRI that is no more.
    pub id: String,
    /// What it was.
    pub kind: Kind,
    /// When it left.
    pub deleted_at: Timestamp,
    /// Why, in one word.
    pub reason: String,
    /// IRI that stands in its place, where one does.
    pub replaced_by: Option<String>,
}
