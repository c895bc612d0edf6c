//! WARC files that others made (wget, warcio, Heritrix …), read as captures.
//!
//! Such files differ in what ours never do: a member of gzip for each record, one for all, or none; a request before its
//! response or behind it; bodies as they were transferred, chunked and compressed, or with these codings undone and the
//! headers left as they were; addresses in angle brackets. All of that is read. What cannot be is told with the byte
//! where its record begins, and the next record is read nevertheless, where it can be found.
//!
//! No crate reads this far: `warc` and `rust_warc` give records without their place and hold a block of any size;
//! `warcat`, which gives both, brings two hundred others. The parts come from libraries: HTTP heads, chunks, codings.

mod body;
mod index;
mod records;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use jiff::Timestamp;
use moisson_model::{Capture, Change, Digest, Request, Role};

use crate::Error;
pub use index::Index;
use records::{Position, Record, Records};

/// A response that was recorded, and the request that it answered, where that was recorded too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// Where its record begins: a byte of the file, of its gzip member where it is packed.
    pub offset: u64,
    position: Position,
    /// What was asked.
    pub request: Option<Request>,
    /// What came; a listing, and new, as far as a recording can tell.
    pub capture: Capture,
}

/// The responses of a file, in its order.
pub struct Recording {
    path: PathBuf,
    records: Records,
    cap: u64,
    /// Where the body is that a revisit may refer to: by its digest, and by address and time.
    bodies: BTreeMap<Digest, Position>,
    /// A request or a response whose counterpart may come next.
    waiting: Option<Waiting>,
}

/// What was read and not given yet.
enum Waiting {
    Request(Record),
    Response(Record, Box<Result<Recorded, Error>>),
    Fault(Error),
}

impl Recording {
    /// Opens a file; a record or a body of more than `cap` bytes is told and passed over.
    pub fn open(path: &Path, cap: u64) -> Result<Self, Error> {
        Ok(Self {
            path: path.to_owned(),
            records: Records::open(path, cap)?,
            cap,
            bodies: BTreeMap::new(),
            waiting: None,
        })
    }

    /// What is wrong with the record at a place.
    fn fault(&self, position: Position, what: impl std::fmt::Display) -> Error {
        Error::content(&self.path, format!("the record at {position}: {what}"))
    }

    fn advance(&mut self) -> Option<Result<Recorded, Error>> {
        loop {
            let record = match self.records.next() {
                Ok(Some(record)) => record,
                Ok(None) => return self.waiting.take().and_then(given),
                Err((position, fault)) => {
                    let fault = Waiting::Fault(self.fault(position, fault));
                    match self.waiting.replace(fault).and_then(given) {
                        Some(recorded) => return Some(recorded),
                        None => return self.waiting.take().and_then(given),
                    }
                }
            };
            if let Some(recorded) = self.take(record) {
                return Some(recorded);
            }
        }
    }

    /// Takes a record in; gives a response where one is complete by that.
    fn take(&mut self, record: Record) -> Option<Result<Recorded, Error>> {
        match record.kind() {
            "request" => match self.waiting.take() {
                Some(Waiting::Response(response, recorded)) if belong(&record, &response) => {
                    Some(with_request(*recorded, &record))
                }
                waiting => {
                    self.waiting = Some(Waiting::Request(record));
                    waiting.and_then(given)
                }
            },
            "response" | "resource" | "revisit" if record.is_web() => {
                let recorded = self.recorded(&record);
                match self.waiting.take() {
                    Some(Waiting::Request(request)) if belong(&request, &record) => {
                        Some(with_request(recorded, &request))
                    }
                    waiting => {
                        self.waiting = Some(Waiting::Response(record, Box::new(recorded)));
                        waiting.and_then(given)
                    }
                }
            }
            _ => None,
        }
    }

    fn recorded(&mut self, record: &Record) -> Result<Recorded, Error> {
        let position = record.position;
        let capture = self
            .capture(record)
            .map_err(|what| self.fault(position, what))?;
        Ok(Recorded {
            offset: position.offset,
            position,
            request: None,
            capture,
        })
    }

    fn capture(&mut self, record: &Record) -> Result<Capture, String> {
        if let Some(why) = record.field("warc-truncated") {
            return Err(format!("it was cut short when it was recorded ({why})"));
        }
        if record.field("warc-segment-number").is_some() {
            return Err("it is in several segments, which is not read".to_owned());
        }
        let at = record.date().ok_or("it does not say when")?;
        let url = record.url().ok_or("it does not say of which address")?;
        let mut capture = blank(url.to_owned(), at);
        if record.kind() == "resource" {
            let media = record
                .field("content-type")
                .map(|media| ("content-type".to_owned(), media.to_owned()));
            capture.headers.extend(media);
            capture.body = record.block.clone();
        } else {
            let response = body::response(&record.block).ok_or("it has no HTTP response")?;
            capture.status = response.status;
            capture.headers = response.headers;
            capture.body = if record.kind() == "revisit" {
                self.revisited(record)?
            } else {
                body::decoded(response.body, &mut capture.headers, self.cap)?
            };
        }
        self.remember(record, url, at);
        Ok(capture)
    }

    /// Keeps in mind where a body is.
    fn remember(&mut self, record: &Record, url: &str, at: Timestamp) {
        if record.kind() != "revisit" {
            let named = Digest::of_parts([url, &at.to_string()]);
            let digest = record.field("warc-payload-digest").map(payload);
            for key in digest.into_iter().chain([named]) {
                self.bodies.entry(key).or_insert(record.position);
            }
        }
    }

    /// The body of the record that a revisit refers to.
    fn revisited(&mut self, record: &Record) -> Result<Bytes, String> {
        let referred = record
            .field("warc-refers-to-target-uri")
            .zip(record.field("warc-refers-to-date"));
        let named = referred.and_then(|(url, at)| {
            let at: Timestamp = at.parse().ok()?;
            Some(Digest::of_parts([bare(url), &at.to_string()]))
        });
        let digest = record.field("warc-payload-digest").map(payload);
        let known = [named, digest]
            .into_iter()
            .flatten()
            .find_map(|key| self.bodies.get(&key));
        let position = *known.ok_or("the file does not have the body that it refers to")?;
        let record =
            Records::at(&self.path, position, self.cap).map_err(|error| error.to_string())?;
        if record.kind() == "resource" {
            return Ok(record.block);
        }
        let mut response = body::response(&record.block).ok_or("it refers to no HTTP response")?;
        body::decoded(response.body, &mut response.headers, self.cap)
    }
}

impl Iterator for Recording {
    type Item = Result<Recorded, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        self.advance()
    }
}

fn given(waiting: Waiting) -> Option<Result<Recorded, Error>> {
    match waiting {
        Waiting::Request(_) => None,
        Waiting::Response(_, recorded) => Some(*recorded),
        Waiting::Fault(fault) => Some(Err(fault)),
    }
}

fn with_request(recorded: Result<Recorded, Error>, request: &Record) -> Result<Recorded, Error> {
    recorded.map(|recorded| Recorded {
        request: body::request(&request.block, &recorded.capture.url),
        ..recorded
    })
}

/// Whether a request is that of a response: one names the other, or both name the same address and none another record.
fn belong(request: &Record, response: &Record) -> bool {
    let names = |from: &Record, to: &Record| {
        from.field("warc-concurrent-to")
            .map(|id| Some(id) == to.field("warc-record-id"))
    };
    match (names(request, response), names(response, request)) {
        (None, None) => request.url() == response.url(),
        (one, other) => one == Some(true) || other == Some(true),
    }
}

fn blank(url: String, at: Timestamp) -> Capture {
    Capture {
        final_url: url.clone(),
        url,
        fetched_at: at,
        status: 200,
        headers: Vec::new(),
        body: Bytes::new(),
        role: Role::Listing,
        change: Change::New,
    }
}

/// The key of a digest, however it is written.
fn payload(digest: &str) -> Digest {
    Digest::of(digest.to_ascii_lowercase().as_bytes())
}

/// An address without the angle brackets that some wrote about it.
fn bare(url: &str) -> &str {
    url.strip_prefix('<')
        .and_then(|url| url.strip_suffix('>'))
        .unwrap_or(url)
}
