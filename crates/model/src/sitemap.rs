//! What a sitemap names: read by `extract`, walked by `harvest`, which do not know each other.

use serde::{Deserialize, Serialize};

use crate::Issue;

/// A sitemap or an index of sitemaps (sitemaps.org, protocol 0.9), or what the protocol allows in its place: a feed,
/// a text of addresses.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sitemap {
    /// The pages, in document order.
    pub pages: Vec<Location>,
    /// Further sitemaps, in document order.
    pub sitemaps: Vec<Location>,
    /// What could not be read.
    pub issues: Vec<Issue>,
}

/// An entry of a sitemap.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Location {
    /// The absolute address.
    pub url: String,
    /// When it last changed, as stated: W3C Datetime.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lastmod: Option<String>,
}
