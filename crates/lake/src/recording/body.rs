//! The HTTP in a block: head, chunks and content codings, as they were transferred or with that undone already.
//!
//! Some recorders keep what came on the wire, others undo chunks and codings and leave the headers that spoke of them.
//! So a coding is undone where the body begins as it would; else it was undone before.

use std::io::Read;

use brotli_decompressor::{BrotliDecoderParameter, Decompressor};
use bytes::Bytes;
use flate2::read::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};
use moisson_model::Request;

/// Headers that a message may have.
const HEADERS: usize = 256;
/// Codings that one body may be wrapped in.
const STACKED: usize = 2;
const BUFFER: usize = 16 << 10;
/// The largest zstd window, 8 MiB, as RFC 9659 rules for HTTP.
const ZSTD_WINDOW_LOG: u32 = 23;

/// A response as it was recorded.
pub(super) struct Response {
    pub(super) status: u16,
    /// Names in lower case.
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Bytes,
}

/// Reads a response; of HTTP/2 and 3 as recorders write them, in the words of HTTP/1.
pub(super) fn response(block: &Bytes) -> Option<Response> {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS];
    let mut parsed = httparse::Response::new(&mut headers);
    let (version, _) = block.split_at_checked(block.iter().position(|byte| *byte == b' ')?)?;
    let old = [b"HTTP/1.1", block.get(version.len()..)?].concat();
    let newer = !version.starts_with(b"HTTP/1.");
    let read = if newer { &old } else { &block[..] };
    let mut config = httparse::ParserConfig::default();
    config
        .allow_spaces_after_header_name_in_responses(true)
        .allow_obsolete_multiline_headers_in_responses(true)
        .allow_multiple_spaces_in_response_status_delimiters(true)
        .ignore_invalid_headers_in_responses(true);
    let httparse::Status::Complete(end) = config.parse_response(&mut parsed, read).ok()? else {
        return None;
    };
    let end = end + block.len() - read.len();
    Some(Response {
        status: parsed.code?,
        headers: named(parsed.headers),
        body: block.slice(end..),
    })
}

/// Reads a request of an address.
pub(super) fn request(block: &Bytes, url: &str) -> Option<Request> {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS];
    let mut parsed = httparse::Request::new(&mut headers);
    let read = parsed.parse(block).ok()?;
    let httparse::Status::Complete(end) = read else {
        return None;
    };
    Some(Request {
        method: parsed.method?.to_owned(),
        url: url.to_owned(),
        headers: named(parsed.headers),
        body: block.slice(end..),
    })
}

fn named(headers: &[httparse::Header<'_>]) -> Vec<(String, String)> {
    let header = |header: &httparse::Header<'_>| {
        let value = String::from_utf8_lossy(header.value).trim().to_owned();
        (header.name.to_ascii_lowercase(), value)
    };
    headers.iter().map(header).collect()
}

/// A body of `cap` bytes at most, without its codings; nor do the headers speak of them any more.
pub(super) fn decoded(
    body: Bytes,
    headers: &mut Vec<(String, String)>,
    cap: u64,
) -> Result<Bytes, String> {
    let chunked = named_in(headers, "transfer-encoding")
        .iter()
        .any(|coding| coding == "chunked");
    let codings = named_in(headers, "content-encoding");
    headers.retain(|(name, _)| {
        !["transfer-encoding", "content-encoding", "content-length"].contains(&name.as_str())
    });
    if codings.len() > STACKED {
        return Err(format!("its body is wrapped in {} codings", codings.len()));
    }
    let mut body = if chunked { unchunked(body, cap)? } else { body };
    for coding in codings.iter().rev() {
        body = undone(coding, body, cap)?;
    }
    if body.len() as u64 > cap {
        return Err(too_large(cap));
    }
    Ok(body)
}

/// The codings that the headers of a name list, in order.
fn named_in(headers: &[(String, String)], name: &str) -> Vec<String> {
    let values = headers.iter().filter(|(key, _)| key == name);
    let codings = values.flat_map(|(_, value)| value.split(','));
    let codings = codings.map(|coding| coding.trim().to_ascii_lowercase());
    codings
        .filter(|coding| !coding.is_empty() && coding != "identity")
        .collect()
}

/// What stands in chunks; a body that does not begin with one was put together before. Trailers say nothing of it.
fn unchunked(body: Bytes, cap: u64) -> Result<Bytes, String> {
    let (mut whole, mut rest) = (Vec::new(), &body[..]);
    while let Ok(httparse::Status::Complete((head, size))) = httparse::parse_chunk_size(rest) {
        if size == 0 {
            return Ok(whole.into());
        }
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        let chunk = rest
            .get(head..)
            .and_then(|rest| rest.split_at_checked(size));
        let (chunk, behind) = chunk.ok_or("its chunks break off")?;
        let Some(next) = behind.strip_prefix(b"\r\n") else {
            break;
        };
        whole.extend_from_slice(chunk);
        if whole.len() as u64 > cap {
            return Err(too_large(cap));
        }
        rest = next;
    }
    if whole.is_empty() {
        return Ok(body);
    }
    Err("its chunks break off".to_owned())
}

fn undone(coding: &str, body: Bytes, cap: u64) -> Result<Bytes, String> {
    let begins = |magic: &[u8]| body.starts_with(magic);
    match coding {
        "gzip" | "x-gzip" if begins(&[0x1f, 0x8b]) => {
            read(coding, MultiGzDecoder::new(&body[..]), cap)
        }
        "zstd" if begins(&[0x28, 0xb5, 0x2f, 0xfd]) => {
            let mut decoder =
                zstd::Decoder::with_buffer(&body[..]).map_err(|error| broken(coding, &error))?;
            decoder
                .window_log_max(ZSTD_WINDOW_LOG)
                .map_err(|error| broken(coding, &error))?;
            read(coding, decoder, cap)
        }
        "deflate" if is_zlib(&body) => read(coding, ZlibDecoder::new(&body[..]), cap),
        // Nothing tells how these two begin: where they cannot be undone and the body is text, they were before.
        "deflate" => or_text(read(coding, DeflateDecoder::new(&body[..]), cap), &body),
        "br" => {
            let mut decoder = Decompressor::new(&body[..], BUFFER);
            decoder.set_parameter(BrotliDecoderParameter::BROTLI_DECODER_PARAM_LARGE_WINDOW, 0);
            or_text(read(coding, decoder, cap), &body)
        }
        "gzip" | "x-gzip" | "zstd" => Ok(body),
        _ => Err(format!("its content coding `{coding}` is not known")),
    }
}

fn or_text(read: Result<Bytes, String>, body: &Bytes) -> Result<Bytes, String> {
    read.or_else(|fault| match std::str::from_utf8(body) {
        Ok(_) => Ok(body.clone()),
        Err(_) => Err(fault),
    })
}

/// The two bytes that zlib begins with: a method, and a checksum of both.
fn is_zlib(body: &[u8]) -> bool {
    let [method, flags, ..] = *body else {
        return false;
    };
    method & 0x0f == 8 && u16::from_be_bytes([method, flags]).is_multiple_of(31)
}

fn read(coding: &str, decoder: impl Read, cap: u64) -> Result<Bytes, String> {
    let mut bytes = Vec::new();
    let mut capped = decoder.take(cap.saturating_add(1));
    capped
        .read_to_end(&mut bytes)
        .map_err(|error| broken(coding, &error))?;
    if bytes.len() as u64 > cap {
        return Err(too_large(cap));
    }
    Ok(bytes.into())
}

fn broken(coding: &str, error: &std::io::Error) -> String {
    format!("its body is not the `{coding}` that it claims to be ({error})")
}

fn too_large(cap: u64) -> String {
    format!("its body has more than {cap} bytes")
}
