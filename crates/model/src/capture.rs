//! A response kept: what `harvest` yields and `extract` reads.

use bytes::Bytes;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Digest, Provenance};

/// What a capture is to its source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// A page that lists records.
    Listing,
    /// The page of one record, linked from a listing.
    Detail,
    /// A sitemap: it names pages and holds no record.
    Sitemap,
}

/// How a capture compares with the one before at the same address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Change {
    /// Never seen before.
    New,
    /// The body differs from the one held.
    Modified,
    /// The server said so: 304 to a conditional request.
    NotModified,
    /// The server sent the body again, with the same content.
    SameBody,
}

/// A response, whole: address, time, status, the headers that matter, and the decoded body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Capture {
    /// Address as requested, without fragment: the record's provenance.
    pub url: String,
    /// Address after redirects: the base of relative links.
    pub final_url: String,
    /// When the response was received.
    pub fetched_at: Timestamp,
    /// HTTP status; 200 for a file.
    pub status: u16,
    /// Response headers in order, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body, after content decoding. For a 304 it is the body held.
    pub body: Bytes,
    /// Listing or detail.
    pub role: Role,
    /// How it compares with the one before.
    pub change: Change,
}

/// A request as it was sent: what the archive keeps beside the response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// `GET` or `POST`.
    pub method: String,
    /// The address requested.
    pub url: String,
    /// Request headers in order, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body; empty for a GET.
    pub body: Bytes,
}

/// A request and its response: one pair of WARC records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchange {
    /// What was asked.
    pub request: Request,
    /// What came.
    pub capture: Capture,
}

impl Capture {
    /// The first header of a name, given in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// The media type with its parameters, as the server stated it.
    pub fn content_type(&self) -> Option<&str> {
        self.header("content-type")
    }

    /// SHA-256 of the body.
    pub fn sha256(&self) -> Digest {
        Digest::of(&self.body)
    }

    /// What records read in this capture carry.
    pub fn provenance(&self) -> Provenance {
        Provenance {
            url: self.url.clone(),
            fetched_at: self.fetched_at,
            sha256: self.sha256(),
        }
    }
}
