//! The nouns of a source's history: runs, what they commit, statements with when they were seen.

use bytes::Bytes;
use jiff::Timestamp;
use moisson_model::{Cause, Digest, Entity, Issue, Outcome, Reject, SourceId};
use serde::Serialize;

/// The number of a run: later runs have greater ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct RunId(pub(crate) i64);

/// A run that has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Its number.
    pub id: RunId,
    /// The source.
    pub source: SourceId,
    /// When it ended.
    pub at: Timestamp,
    /// How.
    pub outcome: Outcome,
    /// Why it is partial or failed.
    pub cause: Option<Cause>,
    /// What its entities were a function of, beside its captures.
    pub spec_digest: Option<Digest>,
    /// Records found.
    pub records: u64,
}

/// What a run commits, in one transaction.
#[derive(Debug, Clone)]
pub struct RunCommit {
    /// The source.
    pub source: SourceId,
    /// When it ended.
    pub at: Timestamp,
    /// How.
    pub outcome: Outcome,
    /// Why it is partial or failed.
    pub cause: Option<Cause>,
    /// How its harvest ended; none where it harvested nothing.
    pub harvested: Option<Outcome>,
    /// What its entities are a function of, beside its captures.
    pub spec_digest: Digest,
    /// Records found.
    pub records: u64,
    /// Entities stated.
    pub entities: Vec<Entity>,
    /// Records that gave none.
    pub rejects: Vec<Reject>,
    /// What was found wrong.
    pub issues: Vec<Issue>,
    /// When the source is due next.
    pub due: Option<Timestamp>,
}

/// What differs from the set held before.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct RunSummary {
    /// Never held before.
    pub added: u64,
    /// Held with other content.
    pub changed: u64,
    /// Held with the same content.
    pub unchanged: u64,
    /// Held, and no longer listed from this run on.
    pub missing: u64,
    /// Missing before, and listed again.
    pub returned: u64,
}

/// An entity as held: what a source states, and when.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredEntity {
    /// The statement.
    pub entity: Entity,
    /// The run that first saw it.
    pub first_seen: Timestamp,
    /// The run that last saw it.
    pub last_seen: Timestamp,
}

/// A lease that is alive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Lease {
    /// What it is on: `source:SLUG`, `dataset:SLUG`.
    pub name: String,
    /// Who holds it.
    pub owner: String,
    /// When it ends unless renewed.
    pub expires: Timestamp,
}

/// robots.txt of an origin, as last fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredRobots {
    /// When.
    pub fetched_at: Timestamp,
    /// HTTP status.
    pub status: u16,
    /// The body.
    pub body: Bytes,
}
