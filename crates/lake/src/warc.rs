//! WARC 1.1 (ISO 28500:2017), written and read back: one gzip member a record, so that each can be read alone.
//!
//! Record identifiers are made from content, not drawn: the same run gives the same bytes. What is stored is the
//! response as decoded: the headers that spoke of its transfer are dropped, and its length is that of the body.

use std::fmt::Write as _;
use std::io::{self, Read, Write};

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use jiff::Timestamp;
use moisson_model::{Capture, Digest, Request};

/// Headers that speak of the transfer of a body, not of the body.
const TRANSFER: [&str; 4] = [
    "content-encoding",
    "transfer-encoding",
    "content-length",
    "connection",
];

/// Request headers that are secrets of the operator.
const SECRET: [&str; 3] = ["authorization", "cookie", "proxy-authorization"];

/// A WARC record, before it is written.
pub(crate) struct WarcRecord {
    kind: &'static str,
    fields: Vec<(&'static str, String)>,
    block: Vec<u8>,
}

impl WarcRecord {
    /// What begins a file: who wrote it.
    pub(crate) fn info(at: Timestamp, file: &str) -> Self {
        let block = format!(
            "software: moisson\r\nformat: WARC File Format 1.1\r\nconformsTo: \
             http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/\r\nisPartOf: {file}\r\n"
        );
        let fields = vec![
            ("WARC-Date", date(at)),
            ("WARC-Filename", file.to_owned()),
            ("Content-Type", "application/warc-fields".to_owned()),
        ];
        Self {
            kind: "warcinfo",
            fields,
            block: block.into_bytes(),
        }
    }

    /// A response; where its body is held already, a `revisit` that says where.
    pub(crate) fn response(capture: &Capture, held: Option<&Held>) -> Self {
        if capture.url.starts_with("file:") {
            return Self::resource(capture);
        }
        let mut block = format!("HTTP/1.1 {} {}\r\n", capture.status, reason(capture.status));
        let kept = capture
            .headers
            .iter()
            .filter(|(name, _)| !TRANSFER.contains(&name.as_str()));
        for (name, value) in kept {
            let _infallible = write!(block, "{name}: {}\r\n", one_line(value));
        }
        let length = if held.is_some() && capture.status == 304 {
            0
        } else {
            capture.body.len()
        };
        let _infallible = write!(block, "content-length: {length}\r\n\r\n");
        let mut block = block.into_bytes();
        let mut fields = vec![
            ("WARC-Target-URI", uri(&capture.url)),
            ("WARC-Date", date(capture.fetched_at)),
            (
                "Content-Type",
                "application/http; msgtype=response".to_owned(),
            ),
            (
                "WARC-Payload-Digest",
                format!("sha256:{}", capture.sha256()),
            ),
        ];
        let kind = match held {
            None => {
                block.extend_from_slice(&capture.body);
                "response"
            }
            Some(held) => {
                fields.push(("WARC-Profile", profile(capture.status).to_owned()));
                fields.push(("WARC-Refers-To-Target-URI", uri(&held.url)));
                fields.push(("WARC-Refers-To-Date", date(held.fetched_at)));
                "revisit"
            }
        };
        Self {
            kind,
            fields,
            block,
        }
    }

    /// What was read from a file: its bytes, without HTTP.
    fn resource(capture: &Capture) -> Self {
        let fields = vec![
            ("WARC-Target-URI", uri(&capture.url)),
            ("WARC-Date", date(capture.fetched_at)),
            ("Content-Type", "application/octet-stream".to_owned()),
            (
                "WARC-Payload-Digest",
                format!("sha256:{}", capture.sha256()),
            ),
        ];
        Self {
            kind: "resource",
            fields,
            block: capture.body.to_vec(),
        }
    }

    /// The request that a response answers.
    pub(crate) fn request(request: &Request, at: Timestamp, response: &str) -> Self {
        let (host, target) = split(&request.url);
        let mut block = format!("{} {target} HTTP/1.1\r\nhost: {host}\r\n", request.method);
        for (name, value) in request
            .headers
            .iter()
            .filter(|(name, _)| name != "host" && !SECRET.contains(&name.as_str()))
        {
            let _infallible = write!(block, "{name}: {}\r\n", one_line(value));
        }
        block.push_str("\r\n");
        let mut block = block.into_bytes();
        block.extend_from_slice(&request.body);
        let fields = vec![
            ("WARC-Target-URI", uri(&request.url)),
            ("WARC-Date", date(at)),
            ("WARC-Concurrent-To", response.to_owned()),
            (
                "Content-Type",
                "application/http; msgtype=request".to_owned(),
            ),
        ];
        Self {
            kind: "request",
            fields,
            block,
        }
    }

    /// Its identifier, from its content.
    pub(crate) fn id(&self) -> String {
        let mut parts: Vec<&str> = vec![self.kind];
        parts.extend(self.fields.iter().map(|(_, value)| value.as_str()));
        let block = Digest::of(&self.block).to_string();
        parts.push(&block);
        let digest = Digest::of_parts(parts).to_string();
        let cut = |from: usize, to: usize| digest.get(from..to).unwrap_or_default();
        // A name-based UUID, version 8 (RFC 9562): the digest is ours.
        format!(
            "<urn:uuid:{}-{}-8{}-8{}-{}>",
            cut(0, 8),
            cut(8, 12),
            cut(12, 15),
            cut(15, 18),
            cut(18, 30)
        )
    }

    /// One gzip member.
    pub(crate) fn member(&self) -> io::Result<Vec<u8>> {
        let mut head = format!(
            "WARC/1.1\r\nWARC-Type: {}\r\nWARC-Record-ID: {}\r\n",
            self.kind,
            self.id()
        );
        for (name, value) in &self.fields {
            let _infallible = write!(head, "{name}: {value}\r\n");
        }
        let digest = Digest::of(&self.block);
        let _infallible = write!(
            head,
            "WARC-Block-Digest: sha256:{digest}\r\nContent-Length: {}\r\n\r\n",
            self.block.len()
        );
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(head.as_bytes())?;
        encoder.write_all(&self.block)?;
        encoder.write_all(b"\r\n\r\n")?;
        encoder.finish()
    }
}

/// Where a body is held already.
pub(crate) struct Held {
    /// The address that it answered.
    pub(crate) url: String,
    /// When.
    pub(crate) fetched_at: Timestamp,
}

/// The body of the response in one gzip member.
pub(crate) fn body(member: impl Read) -> io::Result<Vec<u8>> {
    let mut record = Vec::new();
    GzDecoder::new(member).read_to_end(&mut record)?;
    let fault = || io::Error::new(io::ErrorKind::InvalidData, "no WARC record of a response");
    let (head, block) = cut(&record).ok_or_else(fault)?;
    let head = String::from_utf8_lossy(head);
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("Content-Length: "))
        .and_then(|value| value.parse().ok());
    let block = block.get(..length.ok_or_else(fault)?).ok_or_else(fault)?;
    if head.contains("WARC-Type: resource") {
        return Ok(block.to_vec());
    }
    cut(block).map(|(_, body)| body.to_vec()).ok_or_else(fault)
}

/// Head and rest, about the first empty line.
fn cut(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
    Some((bytes.get(..at)?, bytes.get(at + 4..)?))
}

fn date(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// Header values never break a line.
fn one_line(value: &str) -> String {
    value.replace(['\r', '\n'], " ")
}

fn uri(url: &str) -> String {
    url.replace([' ', '\r', '\n'], "%20")
}

/// Host and target of an address; a query without a path is one of the root.
fn split(url: &str) -> (&str, &str) {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    match rest
        .find(['/', '?'])
        .and_then(|at| rest.split_at_checked(at))
    {
        Some((host, target)) => (host, target),
        None => (rest, "/"),
    }
}

fn profile(status: u16) -> &'static str {
    if status == 304 {
        "http://netpreserve.org/warc/1.1/revisit/server-not-modified"
    } else {
        "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
    }
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        304 => "Not Modified",
        404 => "Not Found",
        _ => "-",
    }
}
