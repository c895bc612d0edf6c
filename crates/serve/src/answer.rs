//! One answer: a file of the tree with its headers, conditional and partial requests honoured (RFC 9110 §13, §14).

use std::io::{Seek, SeekFrom};

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use moisson_lake::tree::Entry;
use tokio::io::AsyncReadExt;
use tokio_util::io::ReaderStream;

use crate::media_type;
use crate::range::{Part, part};

/// For paths whose content never changes.
const FOREVER: &str = "max-age=31536000, immutable";
/// For the rest: `latest`, feeds, the index of releases.
const SHORT: &str = "max-age=60, must-revalidate";

/// Answers with a file. `stable` says whether the path that was asked for always leads to this content.
pub(crate) fn file(entry: Entry, method: &Method, asked: &HeaderMap, stable: bool) -> Response {
    let headers = headers(&entry, stable && entry.immutable);
    if is_unmodified(asked, &headers) {
        return (StatusCode::NOT_MODIFIED, headers).into_response();
    }
    let range = asked
        .get(header::RANGE)
        .and_then(|value| value.to_str().ok());
    let range = range.filter(|_| if_range_holds(asked, &headers));
    match part(range, entry.bytes) {
        Part::Whole => body(entry, method, headers, None),
        Part::Bytes(first, last) => body(entry, method, headers, Some((first, last))),
        Part::Unsatisfiable => unsatisfiable(&entry, headers),
    }
}

fn headers(entry: &Entry, immutable: bool) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let text = |text: &'static str| HeaderValue::from_static(text);
    headers.insert(header::CONTENT_TYPE, text(media_type(&entry.path)));
    headers.insert(
        header::CACHE_CONTROL,
        text(if immutable { FOREVER } else { SHORT }),
    );
    headers.insert(header::ACCEPT_RANGES, text("bytes"));
    let tag = match (&entry.sha256, entry.modified) {
        (Some(digest), _) => Some(format!("\"{digest}\"")),
        (None, Some(modified)) => Some(format!(
            "W/\"{}-{}\"",
            entry.bytes,
            httpdate::fmt_http_date(modified)
        )),
        (None, None) => None,
    };
    if let Some(tag) = tag.and_then(|tag| HeaderValue::from_str(&tag).ok()) {
        headers.insert(header::ETAG, tag);
    }
    let modified = entry.modified.map(httpdate::fmt_http_date);
    if let Some(modified) = modified.and_then(|date| HeaderValue::from_str(&date).ok()) {
        headers.insert(header::LAST_MODIFIED, modified);
    }
    headers
}

/// `If-None-Match` decides where it is given, `If-Modified-Since` only where it is not.
fn is_unmodified(asked: &HeaderMap, headers: &HeaderMap) -> bool {
    if let Some(tags) = asked
        .get(header::IF_NONE_MATCH)
        .and_then(|value| value.to_str().ok())
    {
        let held = headers
            .get(header::ETAG)
            .and_then(|value| value.to_str().ok());
        return held.is_some_and(|held| tags.split(',').any(|tag| same_tag(tag.trim(), held)));
    }
    let date =
        |map: &HeaderMap, name| httpdate::parse_http_date(map.get(name)?.to_str().ok()?).ok();
    match (
        date(asked, header::IF_MODIFIED_SINCE),
        date(headers, header::LAST_MODIFIED),
    ) {
        (Some(since), Some(modified)) => modified <= since,
        _ => false,
    }
}

fn same_tag(tag: &str, held: &str) -> bool {
    let strong = |tag: &str| tag.trim_start_matches("W/").to_owned();
    tag == "*" || strong(tag) == strong(held)
}

fn if_range_holds(asked: &HeaderMap, headers: &HeaderMap) -> bool {
    let Some(condition) = asked.get(header::IF_RANGE) else {
        return true;
    };
    let strong = headers
        .get(header::ETAG)
        .filter(|tag| tag.as_bytes().starts_with(b"\""));
    strong == Some(condition) || headers.get(header::LAST_MODIFIED) == Some(condition)
}

fn body(
    mut entry: Entry,
    method: &Method,
    mut headers: HeaderMap,
    range: Option<(u64, u64)>,
) -> Response {
    let (first, length) = match range {
        Some((first, last)) => (first, last - first + 1),
        None => (0, entry.bytes),
    };
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    let mut status = StatusCode::OK;
    if let Some((first, last)) = range {
        status = StatusCode::PARTIAL_CONTENT;
        let stated = format!("bytes {first}-{last}/{}", entry.bytes);
        headers.extend(
            HeaderValue::from_str(&stated)
                .ok()
                .map(|value| (header::CONTENT_RANGE, value)),
        );
    }
    if method == Method::HEAD {
        return (status, headers).into_response();
    }
    if entry.file.seek(SeekFrom::Start(first)).is_err() {
        return StatusCode::NOT_FOUND.into_response();
    }
    let reader = tokio::fs::File::from_std(entry.file).take(length);
    (
        status,
        headers,
        Body::from_stream(ReaderStream::new(reader)),
    )
        .into_response()
}

fn unsatisfiable(entry: &Entry, mut headers: HeaderMap) -> Response {
    let stated = format!("bytes */{}", entry.bytes);
    headers.extend(
        HeaderValue::from_str(&stated)
            .ok()
            .map(|value| (header::CONTENT_RANGE, value)),
    );
    (StatusCode::RANGE_NOT_SATISFIABLE, headers).into_response()
}
