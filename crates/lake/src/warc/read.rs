//! Reads what [`mod@super::exchange`] writes, and nothing else: whatever differs from that is where a file was torn.

use std::io::{self, BufRead, Read};

use bytes::Bytes;
use flate2::bufread::{GzDecoder, MultiGzDecoder};
use moisson_model::{Capture, Digest, Exchange, Request};

use super::SHA256;
use super::counted::Counted;
use super::exchange::{is_file, no_request};
use crate::word::value;

/// Bytes that a record may have: far more than a body may.
const LARGEST: u64 = 4 << 30;

/// An exchange found in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Scanned {
    /// Where its first member begins.
    pub(crate) offset: u64,
    /// Bytes of its members.
    pub(crate) size: u64,
    /// What it says; with the body where that stands in it.
    pub(crate) exchange: Exchange,
    /// Bytes of that body.
    pub(crate) length: u64,
    /// Whether the body stands in it.
    pub(crate) whole: bool,
}

/// Goes through a file, exchange by exchange, up to where it is whole.
pub(crate) struct Scan<R> {
    input: Counted<R>,
    /// Where the last whole exchange ends.
    whole: u64,
}

impl<R: BufRead> Scan<R> {
    /// Begins with what a reader gives, which stands at an offset of its file.
    pub(crate) fn new(input: R, offset: u64) -> Self {
        Self {
            input: Counted::new(input, offset),
            whole: offset,
        }
    }

    /// Where the last whole exchange ends.
    pub(crate) fn whole(&self) -> u64 {
        self.whole
    }

    /// The next exchange; none at the end of the file, or where it was torn. The error is the disk's.
    pub(crate) fn next(&mut self) -> io::Result<Option<Scanned>> {
        match self.exchange() {
            Ok(found) => Ok(found),
            Err(error) if is_torn(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn exchange(&mut self) -> io::Result<Option<Scanned>> {
        let mut records: Vec<Record> = Vec::new();
        loop {
            let offset = self.whole;
            let Some(record) = self.record()? else {
                return Ok(None);
            };
            if record.kind == "warcinfo" && records.is_empty() {
                self.whole = self.input.taken();
                continue;
            }
            let last = record.kind == "metadata";
            records.push(record);
            if last {
                let (exchange, whole) = assembled(records).ok_or_else(torn)?;
                self.whole = self.input.taken();
                let size = self.whole - offset;
                return Ok(Some(Scanned {
                    offset,
                    size,
                    length: exchange.capture.body.len() as u64,
                    exchange,
                    whole,
                }));
            }
        }
    }

    fn record(&mut self) -> io::Result<Option<Record>> {
        if self.input.fill_buf()?.is_empty() {
            return Ok(None);
        }
        Record::read(&member(&mut self.input)?)
            .ok_or_else(torn)
            .map(Some)
    }
}

/// The one exchange that a reader gives.
pub(crate) fn exchange(input: impl BufRead) -> io::Result<Exchange> {
    let scanned = Scan::new(input, 0).exchange()?.ok_or_else(torn)?;
    Ok(scanned.exchange)
}

/// The body of an exchange that has it: its first member alone is read.
pub(crate) fn body(mut input: impl BufRead) -> io::Result<Bytes> {
    let record = Record::read(&member(&mut input)?).ok_or_else(torn)?;
    match record.kind.as_str() {
        "resource" => Ok(record.block),
        "response" => Ok(record.http().ok_or_else(torn)?.body),
        _ => Err(torn()),
    }
}

/// The records of an exchange as they stand, unpacked.
pub(crate) fn record(input: impl BufRead) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    MultiGzDecoder::new(input)
        .take(LARGEST)
        .read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// One member, unpacked.
fn member(input: &mut impl BufRead) -> io::Result<Bytes> {
    let mut bytes = Vec::new();
    let read = GzDecoder::new(input)
        .take(LARGEST)
        .read_to_end(&mut bytes)?;
    if read as u64 == LARGEST {
        return Err(io::Error::new(
            io::ErrorKind::FileTooLarge,
            "a record of more than 4 GiB",
        ));
    }
    Ok(bytes.into())
}

fn torn() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "this is no record of ours")
}

/// Whether an error is of what the file holds, not of the disk.
fn is_torn(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput | io::ErrorKind::UnexpectedEof
    )
}

/// A record read: its block shares the bytes of the member.
struct Record {
    kind: String,
    fields: Vec<(String, String)>,
    block: Bytes,
}

impl Record {
    fn read(member: &Bytes) -> Option<Self> {
        let (head, block) = cut(member)?;
        let mut lines = head.split("\r\n");
        let fields: Vec<(String, String)> =
            (lines.next() == Some("WARC/1.1")).then(|| pairs(lines))??;
        let length: usize = field(&fields, "Content-Length")?.parse().ok()?;
        let ended = block.get(length..)? == b"\r\n\r\n";
        Some(Self {
            kind: field(&fields, "WARC-Type").filter(|_| ended)?.to_owned(),
            block: block.slice(..length),
            fields,
        })
    }

    fn field(&self, name: &str) -> Option<&str> {
        field(&self.fields, name)
    }

    fn http(&self) -> Option<Http> {
        let (head, body) = cut(&self.block)?;
        let mut lines = head.split("\r\n");
        let first = lines.next()?.to_owned();
        let headers = pairs(lines)?;
        Some(Http {
            first,
            headers,
            body,
        })
    }
}

/// A message of HTTP, as a block holds it.
struct Http {
    first: String,
    headers: Vec<(String, String)>,
    body: Bytes,
}

/// The exchange of some records, the last being its metadata; and whether its body stands in it.
fn assembled(mut records: Vec<Record>) -> Option<(Exchange, bool)> {
    let metadata = records.pop()?;
    let request = records
        .pop_if(|record| record.kind == "request")
        .map(|record| asked(&record).ok_or(()))
        .transpose()
        .ok()?;
    let response = records.pop()?;
    let carried = records.pop_if(|record| record.kind == "resource");
    if !records.is_empty() {
        return None;
    }
    let whole = carried.is_some() || response.kind != "revisit";
    let about = std::str::from_utf8(&metadata.block).ok()?;
    let about = pairs(about.strip_suffix("\r\n")?.split("\r\n"))?;
    let mut capture = captured(&response, &about)?;
    if let Some(carried) = carried {
        capture.body = carried.block;
    }
    let exchange = Exchange {
        key: digest(field(&about, "key")?)?,
        request: request.unwrap_or_else(|| no_request(&capture)),
        capture,
        sha256: digest(response.field("WARC-Payload-Digest")?)?,
        content: digest(field(&about, "content")?)?,
        evidence: match field(&about, "evidence") {
            None => None,
            Some(word) => Some(value(word)?),
        },
        ordinal: field(&about, "ordinal")?.parse().ok()?,
    };
    Some((exchange, whole))
}

fn captured(response: &Record, about: &[(String, String)]) -> Option<Capture> {
    let mut capture = Capture {
        url: response.field("WARC-Target-URI")?.to_owned(),
        final_url: field(about, "final-url")?.to_owned(),
        fetched_at: response.field("WARC-Date")?.parse().ok()?,
        status: 200,
        headers: Vec::new(),
        body: response.block.clone(),
        role: value(field(about, "role")?)?,
        change: value(field(about, "change")?)?,
    };
    if is_file(&capture) {
        let headers = about.iter().filter(|(name, _)| name == "header");
        let pair = |(_, line): &(String, String)| pair(line);
        capture.headers = headers.map(pair).collect::<Option<_>>()?;
    } else {
        let http = response.http()?;
        capture.status = http.first.split(' ').nth(1)?.parse().ok()?;
        capture.headers = http.headers;
        if response.kind == "response" {
            length(&mut capture.headers)?;
        }
        capture.body = http.body;
    }
    Some(capture)
}

fn asked(record: &Record) -> Option<Request> {
    let mut http = record.http()?;
    if !http.body.is_empty() {
        length(&mut http.headers)?;
    }
    // The first names the host, which the address does.
    http.headers.drain(..1.min(http.headers.len()));
    Some(Request {
        method: http.first.split(' ').next()?.to_owned(),
        url: record.field("WARC-Target-URI")?.to_owned(),
        headers: http.headers,
        body: http.body,
    })
}

/// The length that we stated last: the block has it too.
fn length(headers: &mut Vec<(String, String)>) -> Option<(String, String)> {
    headers.pop_if(|(name, _)| name == "content-length")
}

fn digest(text: &str) -> Option<Digest> {
    Digest::from_hex(text.strip_prefix(SHA256)?)
}

fn field<'a>(fields: &'a [(String, String)], name: &str) -> Option<&'a str> {
    fields
        .iter()
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.as_str())
}

fn pairs<'a>(lines: impl Iterator<Item = &'a str>) -> Option<Vec<(String, String)>> {
    lines.map(pair).collect()
}

fn pair(line: &str) -> Option<(String, String)> {
    let (name, value) = line.split_once(": ")?;
    Some((name.to_owned(), value.to_owned()))
}

/// Head, which is text, and rest, about the first empty line.
fn cut(bytes: &Bytes) -> Option<(&str, Bytes)> {
    let at = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = std::str::from_utf8(bytes.get(..at)?).ok()?;
    Some((head, bytes.slice(at + 4..)))
}
