//! Statements about the same thing: edges between them, and the cluster they form.
//!
//! A merge is an edge with a score, reasons and a judge, so that it can be explained and revoked; clusters are
//! derived from edges, never stored as a truth of their own.

use serde::{Deserialize, Serialize};

use crate::{EntityId, Kind, Member};

/// Who decided that two statements are about the same thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Judge {
    /// A rule of `resolve`.
    Rule,
    /// A person, in the judgements file.
    Review,
}

/// One reason of a comparison, in words.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reason {
    /// The feature: `siren`, `domain`, `name` …
    pub feature: String,
    /// Its weight in the score.
    pub weight: f64,
    /// What was found, for a reader.
    pub words: String,
}

/// A merge: two statements judged to be about the same thing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Edge {
    /// The lesser member.
    pub left: Member,
    /// The greater member.
    pub right: Member,
    /// From 0 to 1.
    pub score: f64,
    /// Why.
    pub reasons: Vec<Reason>,
    /// Who.
    pub judge: Judge,
}

/// Statements about one entity, under its identifier.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cluster {
    /// The type.
    pub kind: Kind,
    /// The public identifier.
    pub id: EntityId,
    /// The members, sorted.
    pub members: Vec<Member>,
}
