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

/// How a capture compares with the one before of the same request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Change {
    /// Never seen before.
    New,
    /// The page differs from the one held.
    Modified,
    /// The server said so: 304 to a conditional request.
    NotModified,
    /// It was not asked: the page held is still fresh by its `Cache-Control` (RFC 9111).
    Fresh,
    /// The server sent the body again, byte for byte.
    SameBody,
    /// The server sent another body, in which the same records stand.
    SameContent,
}

impl Change {
    /// Whether there is nothing new.
    pub const fn is_none(self) -> bool {
        !matches!(self, Self::New | Self::Modified)
    }

    /// Whether no body came: the one held stands for it.
    pub const fn is_bodiless(self) -> bool {
        matches!(self, Self::NotModified | Self::Fresh)
    }
}

/// What told how a capture compares with the one before: the first of a ladder that could.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Evidence {
    /// `Cache-Control`, `Expires`, `Age`: it was not asked.
    Freshness,
    /// A 304, or a changed answer, to an `If-None-Match`.
    Etag,
    /// A 304, or a changed answer, to an `If-Modified-Since` alone.
    LastModified,
    /// The length of the body.
    Length,
    /// The digest of the body.
    Body,
    /// The digest of the records in it.
    Records,
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
    /// The body, after content decoding. Where none came it is the body held, or empty until that is asked for.
    pub body: Bytes,
    /// What it is to its source.
    pub role: Role,
    /// How it compares with the one before.
    pub change: Change,
}

/// A request: as a definition states it, or as it was sent.
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

impl Request {
    /// What tells a request from others: method, address, headers and body.
    pub fn key(&self) -> Digest {
        let body = Digest::of(&self.body).to_string();
        let headers = self
            .headers
            .iter()
            .flat_map(|(name, value)| [name.as_str(), value]);
        Digest::of_parts(
            [self.method.as_str(), &self.url, &body]
                .into_iter()
                .chain(headers),
        )
    }
}

/// A request and its response: what the archive keeps of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchange {
    /// The key of the request as the definition states it, before the client's own headers.
    pub key: Digest,
    /// What was asked, as it was sent; secrets are left out.
    pub request: Request,
    /// What came. The body is empty where [`Change::is_bodiless`].
    pub capture: Capture,
    /// SHA-256 of the body that came, or of the one that stands for it.
    pub sha256: Digest,
    /// SHA-256 of the first body known to hold the same: another than `sha256` where a body changed and its records
    /// did not.
    pub content: Digest,
    /// What told how it compares with the one before; none for a new page.
    pub evidence: Option<Evidence>,
    /// Its place among the pages of its run, as the run discovered them: the same however they arrive.
    pub ordinal: u64,
}

/// The newest exchange kept of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// What came, without its body.
    pub capture: Capture,
    /// SHA-256 of its body.
    pub sha256: Digest,
    /// SHA-256 of the first body known to hold the same.
    pub content: Digest,
    /// Bytes of its body.
    pub length: u64,
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
