//! What happens while a source is harvested, as values: who watches shows them, and nothing here decides anything.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use moisson_model::Change;
use serde::Serialize;

/// Why nothing is requested for a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// The delay of the definition, or `Crawl-delay`, since the last request.
    Delay,
    /// The server answered that it has too much to do: the delay is longer for all.
    SlowedDown,
    /// The server asked for a pause, by `Retry-After`.
    RetryAfter,
    /// A pause of ours after trouble.
    BackOff,
    /// As many requests to the host as may be are under way.
    Busy,
    /// Another process is requesting from the host.
    OtherProcess,
}

impl Reason {
    /// For a reader.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Delay => "the delay of the host",
            Self::SlowedDown => "the host has too much to do",
            Self::RetryAfter => "the host asked for a pause",
            Self::BackOff => "after trouble with the host",
            Self::Busy => "requests under way",
            Self::OtherProcess => "another process is requesting from the host",
        }
    }
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// A wait of over a tenth of a second begins.
    Wait {
        /// The host waited for.
        host: String,
        /// For how long, as far as is known.
        pause: Duration,
        /// Why.
        reason: Reason,
    },
    /// A page came, or was known to be as it was.
    Page {
        /// Its address.
        url: String,
        /// Bytes received; none where nothing was sent.
        bytes: u64,
        /// How it compares with the one before.
        change: Change,
    },
    /// Too much failed: nothing is requested from a host for a while.
    Circuit {
        /// The host.
        host: String,
        /// For how long.
        pause: Duration,
    },
}

/// What a harvest came to, in numbers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// Pages harvested.
    pub pages: u64,
    /// Of these, those that an earlier part of the same run had kept.
    pub resumed: u64,
    /// Of these, those that the server said have not changed.
    pub not_modified: u64,
    /// Of these, those that were not asked for because they are still fresh.
    pub fresh: u64,
    /// Requests sent, robots.txt and repeats included.
    pub requests: u64,
    /// Bytes of the bodies received, as they came over the wire.
    pub bytes: u64,
    /// Milliseconds of waiting for the turn of a host, pauses included.
    pub waited_ms: u64,
}

/// A tally that several pages under way add to.
#[derive(Debug, Default)]
pub(crate) struct Count(Mutex<Tally>);

impl Count {
    pub(crate) fn now(&self) -> Tally {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A request is sent, after a wait.
    pub(crate) fn request(&self, waited: Duration) {
        let waited = u64::try_from(waited.as_millis()).unwrap_or(u64::MAX);
        self.add(|tally| {
            tally.requests += 1;
            tally.waited_ms += waited;
        });
    }

    /// Bytes came.
    pub(crate) fn bytes(&self, received: u64) {
        self.add(|tally| tally.bytes += received);
    }

    /// A page came, or was kept by an earlier part of the run.
    pub(crate) fn page(&self, change: Change, resumed: bool) {
        self.add(|tally| {
            tally.pages += 1;
            tally.resumed += u64::from(resumed);
            tally.not_modified += u64::from(!resumed && change == Change::NotModified);
            tally.fresh += u64::from(!resumed && change == Change::Fresh);
        });
    }

    fn add(&self, add: impl FnOnce(&mut Tally)) {
        add(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }
}
