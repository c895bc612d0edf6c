//! What harvesting asks of others: memory, which the lake has, and eyes for a page, which `extract` has.
//!
//! Both are traits, so that this crate neither opens a file nor reads a record.

use bytes::Bytes;
use jiff::Timestamp;
use moisson_model::{Capture, Exchange, Request, Sitemap, SourceId};

/// What a server answered when asked for its robots.txt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Robots {
    /// When.
    pub fetched_at: Timestamp,
    /// The status after redirects.
    pub status: u16,
    /// The body; empty where the status is no success.
    pub body: Bytes,
}

/// What outlives a run. All functions are quick; they may be called from any thread.
pub trait Kept: Send + Sync {
    /// The last capture with a body for the same method, address and body: its validators are sent, and a 304 stands for it.
    fn held(&self, source: &SourceId, request: &Request) -> Option<Capture>;

    /// The last robots.txt of an origin, written `http://annuaire.example`.
    fn robots(&self, origin: &str) -> Option<Robots>;

    /// Keeps the robots.txt of an origin.
    fn keep_robots(&self, origin: &str, robots: &Robots);

    /// Keeps a page. Called as each comes, before the next request: what was kept is never asked for again.
    fn keep(&self, source: &SourceId, exchange: &Exchange) -> Result<(), String>;

    /// The bytes of a file, for a `file:` address.
    fn file(&self, path: &str) -> Result<Bytes, String>;

    /// Whether the operator asked to stop: the page in flight is finished, no other is begun.
    fn stopped(&self) -> bool;
}

/// What can be seen in a page.
pub trait Links: Send + Sync {
    /// Absolute addresses, in the order of the page.
    fn links(&self, capture: &Capture, selector: &str) -> Vec<String>;

    /// A scalar, as text, at a pointer or a selector: a cursor, a total.
    fn text(&self, capture: &Capture, pointer: &str) -> Option<String>;

    /// How many records the page lists.
    fn records(&self, capture: &Capture) -> usize;

    /// What a sitemap names: of the pages those whose address a regular expression fits, all where it is empty.
    fn sitemap(&self, capture: &Capture, pattern: &str) -> Sitemap;
}
