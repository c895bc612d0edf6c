//! The id ledger: which identifier belongs to which records, for ever.

use std::collections::BTreeMap;

use jiff::Timestamp;
use moisson_model::{Edge, EntityId, Member};

/// When and for which record an identifier was minted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Minted {
    /// When.
    pub at: Timestamp,
    /// The record, first of its cluster then.
    pub first: Member,
}

/// An identifier that leads to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redirect {
    /// The one that is no more.
    pub old: EntityId,
    /// The one that stays.
    pub new: EntityId,
    /// `merge`, `split` or `rename`.
    pub reason: String,
    /// Since when.
    pub since: Timestamp,
}

/// An identifier that leads nowhere any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tombstone {
    /// The identifier.
    pub id: EntityId,
    /// When it left.
    pub deleted_at: Timestamp,
    /// Why, in one word.
    pub reason: String,
    /// What stands in its place.
    pub replaced_by: Option<EntityId>,
}

/// All that a dataset's ledger holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ledger {
    /// Identifiers.
    pub ids: BTreeMap<EntityId, Minted>,
    /// The identifier of each record.
    pub members: BTreeMap<Member, EntityId>,
    /// Redirects, sorted by the old identifier.
    pub redirects: Vec<Redirect>,
    /// Tombstones, sorted.
    pub tombstones: Vec<Tombstone>,
}

/// What a resolution adds to the ledger.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LedgerChange {
    /// Identifiers minted.
    pub minted: Vec<(EntityId, Minted)>,
    /// Records that belong to another identifier than before, or to one at last.
    pub members: Vec<(Member, EntityId)>,
    /// Redirects.
    pub redirects: Vec<Redirect>,
    /// Tombstones.
    pub tombstones: Vec<Tombstone>,
    /// Identifiers with a tombstone that are in use again.
    pub returned: Vec<EntityId>,
    /// The merges behind the clusters.
    pub edges: Vec<Edge>,
}
