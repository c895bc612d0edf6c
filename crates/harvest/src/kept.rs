//! What harvesting asks of others: memory, which the lake has, and eyes for a page, which `extract` has.
//!
//! Both are traits, so that this crate neither opens a file nor reads a record.

use std::pin::Pin;
use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use moisson_model::{Capture, Digest, Exchange, Held, Request, Seen, Sitemap, Wanted};
use serde::{Deserialize, Serialize};

use crate::progress::Progress;
use crate::secret::Secret;

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

/// What is remembered of a host between two runs, and between two processes. Times are counted from now.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostState {
    /// How long it is still to be left alone: its rest, its own wish, our back-off.
    pub rest: Duration,
    /// What is added to every delay since it said that it has too much to do.
    pub slow: Duration,
    /// Pages in a row that failed for the host's sake.
    pub failures: u32,
    /// How often in a row the circuit opened.
    pub opened: u32,
    /// How long nothing is requested, because too much failed.
    pub open: Duration,
}

/// A page on its way into the archive: ready when a kill of this process no longer loses it.
pub type Keeping<'a> = Pin<Box<dyn Future<Output = Result<(), String>> + Send + 'a>>;

/// What outlives a run, as one run of one source sees it. All functions are quick; they may be called from any thread.
pub trait Kept: Send + Sync {
    /// The newest page kept of a request, by [`moisson_model::Request::key`]: its validators are sent, and a 304 stands for it.
    fn held(&self, key: Digest) -> Option<Held>;

    /// The page of a request that this very run kept already, before it was killed: it is not requested again.
    fn done(&self, key: Digest) -> Option<Held>;

    /// The body with a digest.
    fn body(&self, sha256: Digest) -> Result<Bytes, String>;

    /// Keeps a page. What was kept is never asked for again in this run.
    fn keep(&self, exchange: Exchange) -> Keeping<'_>;

    /// The last robots.txt of an origin, written `http://annuaire.example`.
    fn robots(&self, origin: &str) -> Option<Robots>;

    /// Keeps the robots.txt of an origin.
    fn keep_robots(&self, origin: &str, robots: &Robots);

    /// Takes a host for this process, with what is remembered of it; `None` while another process has it.
    fn take_host(&self, host: &str) -> Option<HostState>;

    /// Gives a host back; says whether another process waits for it.
    fn give_host(&self, host: &str, state: &HostState) -> bool;

    /// The bytes of a file, for a `file:` address.
    fn file(&self, path: &str) -> Result<Bytes, String>;

    /// What others recorded, where the pages come from that and not from the network.
    fn recording(&self) -> Option<&dyn Recording>;

    /// The value of a secret: of an environment variable, of a file.
    fn secret(&self, secret: &Secret) -> Result<String, String>;

    /// Whether the operator asked to stop: the page in flight is finished, no other is begun.
    fn stopped(&self) -> bool;

    /// Hears what happens.
    fn tell(&self, progress: &Progress);
}

/// A harvest that others made and recorded.
pub trait Recording: Send + Sync {
    /// The answer to a request, and what was sent for it where that is known; none where it was not recorded. The
    /// address is in its normal form (WHATWG URL), without a fragment.
    fn answer(
        &self,
        method: &str,
        url: &str,
        body: &[u8],
    ) -> Result<Option<(Option<Request>, Capture)>, String>;
}

/// What can be seen in a page.
pub trait Links: Send + Sync {
    /// What is wanted of a page.
    fn see(&self, capture: &Capture, wanted: Wanted<'_>) -> Seen;

    /// What a sitemap names: of the pages those whose address a regular expression fits, all where it is empty.
    fn sitemap(&self, capture: &Capture, pattern: &str) -> Sitemap;

    /// The digest of what is read out of a page, wherever on it it stands; none where nothing is.
    fn content(&self, capture: &Capture) -> Option<Digest>;
}
