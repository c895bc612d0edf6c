//! What `publish` is given and what a run comes to: rows, outcomes, versions.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{EntityId, Redistribution, SourceId};

/// A row of a release: an entity, merged, with every column filled and references as whole IRIs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// The public identifier.
    pub id: EntityId,
    /// All columns of the schema that are not null, `id` included.
    pub columns: Map<String, Value>,
}

/// The version of a release: the UTC instant of publication, hyphens for colons. Names sort in time order.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Version(String);

impl Version {
    /// The version of an instant, to the second: `2026-11-22T04-00-00Z`.
    pub fn at(instant: Timestamp) -> Self {
        Self(instant.strftime("%Y-%m-%dT%H-%M-%SZ").to_string())
    }

    /// Reads a version, or `None` where the text is not of that shape.
    pub fn parse(text: &str) -> Option<Self> {
        Self::instant_of(text).map(|_| Self(text.to_owned()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The instant of publication.
    pub fn instant(&self) -> Timestamp {
        Self::instant_of(&self.0).expect("a version is made from an instant or checked when read")
    }

    fn instant_of(text: &str) -> Option<Timestamp> {
        let (day, time) = text.split_once('T')?;
        let instant = format!("{day}T{}", time.replace('-', ":")).parse().ok()?;
        (Self::at(instant).0 == text).then_some(instant)
    }
}

impl std::fmt::Display for Version {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a run of a source came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// Everything was read.
    Complete,
    /// Something is missing: the set may not be compared for losses.
    Partial,
    /// Nothing differs from the last complete run.
    Unchanged,
    /// Nothing usable came: the last good set is kept, with its age.
    Failed,
}

impl Outcome {
    /// The word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Partial => "partial",
            Self::Unchanged => "unchanged",
            Self::Failed => "failed",
        }
    }
}

/// Why a run is partial or failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// The name of the host was not found.
    Dns,
    /// The connection was refused or broken.
    Connect,
    /// The certificate or handshake failed.
    Tls,
    /// No answer in time.
    Timeout,
    /// A status that is no success.
    HttpStatus,
    /// robots.txt forbids it.
    Robots,
    /// A challenge page or a block.
    Blocked,
    /// Redirects without end.
    RedirectLoop,
    /// The body is over the cap.
    TooLarge,
    /// The bytes could not be read as what they claim to be.
    Decode,
    /// An address that may not be requested: private, local, or of another scheme.
    ForbiddenAddress,
    /// The page is there and lists nothing.
    Empty,
    /// The set is under what the source declares to expect.
    Drift,
    /// Stopped by the operator.
    Stopped,
    /// A secret that the source needs cannot be read.
    Secret,
    /// The archive could not keep a page, or give one back.
    Archive,
}

impl Cause {
    /// The kebab-case word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Dns => "dns",
            Self::Connect => "connect",
            Self::Tls => "tls",
            Self::Timeout => "timeout",
            Self::HttpStatus => "http-status",
            Self::Robots => "robots",
            Self::Blocked => "blocked",
            Self::RedirectLoop => "redirect-loop",
            Self::TooLarge => "too-large",
            Self::Decode => "decode",
            Self::ForbiddenAddress => "forbidden-address",
            Self::Empty => "empty",
            Self::Drift => "drift",
            Self::Stopped => "stopped",
            Self::Secret => "secret",
            Self::Archive => "archive",
        }
    }
}

/// How fresh a source is in a release.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FetchStatus {
    /// The last run succeeded.
    Ok,
    /// The last run failed; the rows are of an earlier one.
    Stale,
    /// No run ever succeeded: no rows.
    Failed,
}

impl FetchStatus {
    /// The word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Stale => "stale",
            Self::Failed => "failed",
        }
    }
}

/// A row of table `sources`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceState {
    /// The slug.
    pub id: SourceId,
    /// Its title.
    pub name: String,
    /// Where people read it.
    pub url: Option<String>,
    /// SPDX identifier of its licence.
    pub licence: String,
    /// What the licence lets us do.
    pub redistribution: Redistribution,
    /// The attribution to print.
    pub attribution: String,
    /// When its last good set was fetched.
    pub last_fetch: Option<Timestamp>,
    /// Fresh, stale or failed.
    pub status: FetchStatus,
    /// Records that it gave.
    pub records: u64,
}

#[cfg(test)]
mod tests {
    use super::Version;

    #[test]
    fn a_version_is_an_instant_with_hyphens() {
        let instant = "2026-11-22T04:00:00Z".parse().unwrap();
        let version = Version::at(instant);
        assert_eq!(version.as_str(), "2026-11-22T04-00-00Z");
        assert_eq!(version.instant(), instant);
        assert_eq!(Version::parse(version.as_str()), Some(version));
        assert_eq!(Version::parse("../2026"), None);
        assert_eq!(Version::parse("2026-11-22T04:00:00Z"), None);
    }
}
