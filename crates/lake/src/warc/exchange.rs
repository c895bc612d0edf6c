//! An exchange as records.
//!
//! What cannot be written is put right first, by [`canonical`]: a header value never breaks a line, no secret of the
//! operator is kept, an instant is as fine as the database has it. So what is read back equals what was written.

use std::fmt::Write as _;
use std::io;

use jiff::Timestamp;
use moisson_model::{Capture, Exchange, Request, SourceId};

use super::gzip::Packer;
use super::{FIELDS, Record, SHA256, date};
use crate::word::word;

/// Headers that speak of the transfer of a body, not of the body.
const TRANSFER: [&str; 4] = [
    "content-encoding",
    "transfer-encoding",
    "content-length",
    "connection",
];
/// Request headers that are secrets of the operator.
const SECRET: [&str; 3] = ["authorization", "cookie", "proxy-authorization"];

/// The media type of bytes that nothing is said of.
const UNKNOWN: &str = "application/octet-stream";
const RESPONSE: &str = "application/http; msgtype=response";
const REQUEST: &str = "application/http; msgtype=request";
const SAME_BODY: &str = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest";
const NOT_MODIFIED: &str = "http://netpreserve.org/warc/1.1/revisit/server-not-modified";

/// The response that a revisit refers to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Referred {
    /// The address that it answered.
    pub(crate) url: String,
    /// When.
    pub(crate) at: Timestamp,
}

/// What of an exchange can be written, as it will be read back.
pub(crate) fn canonical(mut exchange: Exchange) -> Exchange {
    let capture = &mut exchange.capture;
    let at = Timestamp::from_microsecond(capture.fetched_at.as_microsecond());
    capture.fetched_at = at.unwrap_or(capture.fetched_at);
    capture.url = address(&capture.url);
    capture.final_url = address(&capture.final_url);
    clean(&mut capture.headers, &TRANSFER);
    if capture.change.is_bodiless() {
        capture.body = bytes::Bytes::new();
    }
    if is_file(capture) {
        capture.status = 200;
    }
    if is_requested(capture) {
        let request = &mut exchange.request;
        request.url = address(&request.url);
        clean(&mut request.headers, &SECRET);
        clean(&mut request.headers, &TRANSFER);
        request.headers.retain(|(name, _)| name != "host");
        if !is_token(&request.method) {
            "GET".clone_into(&mut request.method);
        }
    } else {
        exchange.request = no_request(&exchange.capture);
    }
    exchange
}

/// Stands for the request of a page that none was made for.
pub(super) fn no_request(capture: &Capture) -> Request {
    Request {
        method: "GET".to_owned(),
        url: capture.url.clone(),
        headers: Vec::new(),
        body: bytes::Bytes::new(),
    }
}

pub(super) fn is_file(capture: &Capture) -> bool {
    capture.url.starts_with("file:")
}

/// Whether a server was asked.
fn is_requested(capture: &Capture) -> bool {
    !is_file(capture) && capture.change != moisson_model::Change::Fresh
}

/// Appends the members of a canonical exchange; its body stands elsewhere where it `refers` to that.
pub(crate) fn write(
    source: &SourceId,
    exchange: &Exchange,
    refers: Option<&Referred>,
    packer: &mut Packer,
    out: &mut Vec<u8>,
) -> io::Result<()> {
    let capture = &exchange.capture;
    let carried = refers.is_none() && capture.change.is_bodiless();
    if carried {
        // The body of a page that came without one: of a server that said 304, or was not asked, no response has it.
        resource(exchange).pack(packer, out)?;
    }
    let own = Referred {
        url: capture.url.clone(),
        at: capture.fetched_at,
    };
    let refers = if carried { Some(&own) } else { refers };
    let response = match refers {
        None if is_file(capture) => resource(exchange),
        None => response(exchange),
        Some(referred) => revisit(exchange, referred),
    }
    .pack(packer, out)?;
    if is_requested(capture) {
        request(exchange, &response).pack(packer, out)?;
    }
    metadata(source, exchange, &response).pack(packer, out)?;
    Ok(())
}

/// What a file, or a page without a response of its own, consists of: bytes without HTTP.
fn resource(exchange: &Exchange) -> Record<'_> {
    let mut fields = named(exchange);
    let media = exchange.capture.content_type();
    let media = media
        .filter(|media| !media.trim().is_empty())
        .unwrap_or(UNKNOWN);
    fields.push(("Content-Type", media.to_owned()));
    fields.push(payload(exchange));
    Record {
        kind: "resource",
        fields,
        block: (String::new(), &exchange.capture.body),
    }
}

fn response(exchange: &Exchange) -> Record<'_> {
    let mut fields = named(exchange);
    fields.push(("Content-Type", RESPONSE.to_owned()));
    fields.push(payload(exchange));
    let body = &exchange.capture.body;
    Record {
        kind: "response",
        fields,
        block: (head(&exchange.capture, Some(body.len())), body),
    }
}

/// A response whose body is held already.
fn revisit<'a>(exchange: &'a Exchange, referred: &Referred) -> Record<'a> {
    let capture = &exchange.capture;
    let bodiless = capture.change.is_bodiless();
    let mut fields = named(exchange);
    if !is_file(capture) {
        fields.push(("Content-Type", RESPONSE.to_owned()));
    }
    fields.push(payload(exchange));
    let profile = if bodiless { NOT_MODIFIED } else { SAME_BODY };
    fields.push(("WARC-Profile", profile.to_owned()));
    fields.push(("WARC-Refers-To-Target-URI", referred.url.clone()));
    fields.push(("WARC-Refers-To-Date", date(referred.at)));
    let head = if is_file(capture) {
        String::new()
    } else {
        head(capture, None)
    };
    Record {
        kind: "revisit",
        fields,
        block: (head, &[]),
    }
}

/// The request that a response answers.
fn request<'a>(exchange: &'a Exchange, response: &str) -> Record<'a> {
    let request = &exchange.request;
    let (host, target) = split(&request.url);
    let mut head = format!("{} {target} HTTP/1.1\r\nhost: {host}\r\n", request.method);
    lines(&mut head, &request.headers);
    if !request.body.is_empty() {
        let _infallible = write!(head, "content-length: {}\r\n", request.body.len());
    }
    head.push_str("\r\n");
    let fields = vec![
        ("WARC-Target-URI", request.url.clone()),
        ("WARC-Date", date(exchange.capture.fetched_at)),
        ("WARC-Concurrent-To", response.to_owned()),
        ("Content-Type", REQUEST.to_owned()),
    ];
    Record {
        kind: "request",
        fields,
        block: (head, &request.body),
    }
}

/// What the index needs and HTTP does not say.
fn metadata<'a>(source: &SourceId, exchange: &'a Exchange, response: &str) -> Record<'a> {
    let capture = &exchange.capture;
    let mut block = format!(
        "source: {source}\r\nrole: {}\r\nordinal: {}\r\nchange: {}\r\n",
        word(&capture.role),
        exchange.ordinal,
        word(&capture.change)
    );
    if let Some(evidence) = &exchange.evidence {
        let _infallible = write!(block, "evidence: {}\r\n", word(evidence));
    }
    let _infallible = write!(
        block,
        "key: {SHA256}{}\r\ncontent: {SHA256}{}\r\nfinal-url: {}\r\n",
        exchange.key, exchange.content, capture.final_url
    );
    if is_file(capture) {
        for (name, value) in &capture.headers {
            let _infallible = write!(block, "header: {name}: {value}\r\n");
        }
    }
    let mut fields = named(exchange);
    fields.push(("WARC-Concurrent-To", response.to_owned()));
    fields.push(("Content-Type", FIELDS.to_owned()));
    Record {
        kind: "metadata",
        fields,
        block: (block, &[]),
    }
}

fn named(exchange: &Exchange) -> Vec<(&'static str, String)> {
    vec![
        ("WARC-Target-URI", exchange.capture.url.clone()),
        ("WARC-Date", date(exchange.capture.fetched_at)),
    ]
}

fn payload(exchange: &Exchange) -> (&'static str, String) {
    (
        "WARC-Payload-Digest",
        format!("{SHA256}{}", exchange.sha256),
    )
}

/// Status line and headers, with the length of the body as it is kept, where it follows.
fn head(capture: &Capture, length: Option<usize>) -> String {
    let mut head = format!("HTTP/1.1 {} {}\r\n", capture.status, reason(capture.status));
    lines(&mut head, &capture.headers);
    if let Some(length) = length {
        let _infallible = write!(head, "content-length: {length}\r\n");
    }
    head.push_str("\r\n");
    head
}

fn lines(head: &mut String, headers: &[(String, String)]) {
    for (name, value) in headers {
        let _infallible = write!(head, "{name}: {value}\r\n");
    }
}

/// Drops some headers, and those that are none; a value stays on its line.
fn clean(headers: &mut Vec<(String, String)>, dropped: &[&str]) {
    for (name, _) in headers.iter_mut() {
        name.make_ascii_lowercase();
    }
    headers.retain(|(name, _)| is_token(name) && !dropped.contains(&name.as_str()));
    for (_, value) in headers {
        if value.contains(['\r', '\n']) {
            *value = value.replace(['\r', '\n'], " ");
        }
    }
}

/// A token of RFC 9110: a method, a header name.
fn is_token(text: &str) -> bool {
    let mark = |byte: u8| b"!#$%&'*+-.^_`|~".contains(&byte);
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || mark(byte))
}

/// An address that breaks no line.
fn address(url: &str) -> String {
    let mut kept = String::with_capacity(url.len());
    for letter in url.chars() {
        if letter == ' ' || letter.is_ascii_control() {
            let _infallible = write!(kept, "%{:02X}", u32::from(letter));
        } else {
            kept.push(letter);
        }
    }
    kept
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

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        304 => "Not Modified",
        404 => "Not Found",
        _ => "-",
    }
}
