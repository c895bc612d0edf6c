//! Where a value comes from: the capture it was read in.
//!
//! Terms are those of PROV and DCAT: an entity `wasDerivedFrom` a source record, which was read in a response
//! with an address, a time and a content hash.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::Digest;

/// The capture that a record was read in.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Provenance {
    /// Address of the response, as harvested, without fragment.
    pub url: String,
    /// When the response was received.
    pub fetched_at: Timestamp,
    /// SHA-256 of the decoded body.
    pub sha256: Digest,
}
