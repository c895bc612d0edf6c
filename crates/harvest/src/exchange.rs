//! One request and its answer, under caps: silence, whole time, and bytes as they are decoded.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, HeaderName, HeaderValue};
use jiff::Timestamp;
use moisson_model::Cause;
use url::Url;

use crate::client::Client;
use crate::failure::{Failure, is_challenge};
use crate::retry;
use crate::spec::Method;

/// A whole answer may take this many times the silence allowed: large files come, slow drips end.
const WHOLE: u32 = 20;
/// How much of an error page is read, to tell a challenge from an error.
const ERROR_PAGE: usize = 64 << 10;

/// A request, ready to send.
#[derive(Debug, Clone)]
pub(crate) struct Ask {
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Bytes,
}

/// The manners and caps of a request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    pub(crate) delay: Duration,
    pub(crate) timeout: Duration,
    pub(crate) max_bytes: u64,
    pub(crate) over: Over,
}

/// What becomes of a body over the cap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Over {
    /// It is refused: half a page is no page.
    Refuse,
    /// Its beginning is taken: robots.txt.
    Cut,
}

/// An answer that is no error: a page, a redirect, or nothing new.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Bytes,
    pub(crate) at: Timestamp,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str())
    }

    /// Where it leads, if it leads elsewhere.
    pub(crate) fn redirect(&self, from: &Url) -> Option<Url> {
        if !matches!(self.status, 301 | 302 | 303 | 307 | 308) {
            return None;
        }
        let mut url = from.join(self.header("location")?).ok()?;
        url.set_fragment(None);
        Some(url)
    }
}

/// Sends a request once and reads the answer.
pub(crate) async fn exchange(client: &Client, ask: &Ask, pace: &Pace) -> Result<Answer, Failure> {
    let whole = pace.timeout.saturating_mul(WHOLE);
    let too_slow = || {
        Failure::new(
            Cause::Timeout,
            format!("the answer was not whole after {whole:?}"),
        )
    };
    tokio::time::timeout(whole, converse(client, ask, pace))
        .await
        .unwrap_or_else(|_| Err(too_slow()))
}

async fn converse(client: &Client, ask: &Ask, pace: &Pace) -> Result<Answer, Failure> {
    let request = client
        .inner
        .http
        .request(method(ask.method), ask.url.clone())
        .headers(sendable(&ask.headers))
        .body(ask.body.clone());
    let answered = tokio::time::timeout(pace.timeout, request.send()).await;
    let mut response = answered
        .map_err(|_| Failure::silence(pace.timeout))?
        .map_err(|error| Failure::of_client(&error))?;
    let status = response.status().as_u16();
    let headers = readable(response.headers());
    let body = match status {
        200..=299 => body(&mut response, pace).await?,
        400.. => {
            let page = error_page(&mut response, pace).await;
            let pause = retry::stated_pause(&headers, (client.inner.clock)());
            return Err(Failure::of_status(
                status,
                is_challenge(&headers, &page),
                pause,
            ));
        }
        _ => Bytes::new(),
    };
    if is_challenge(&headers, b"") {
        return Err(Failure::of_status(status, true, None));
    }
    let at = (client.inner.clock)();
    Ok(Answer {
        status,
        headers,
        body,
        at,
    })
}

async fn body(response: &mut reqwest::Response, pace: &Pace) -> Result<Bytes, Failure> {
    let cap = usize::try_from(pace.max_bytes).unwrap_or(usize::MAX);
    let too_large = || {
        Failure::new(
            Cause::TooLarge,
            format!("the body is over {} bytes", pace.max_bytes),
        )
    };
    let announced = response.content_length().unwrap_or_default();
    if announced > pace.max_bytes && pace.over == Over::Refuse {
        return Err(too_large());
    }
    let mut whole = BytesMut::new();
    while let Some(chunk) = next_chunk(response, pace).await? {
        let room = cap - whole.len();
        if chunk.len() > room {
            match pace.over {
                Over::Refuse => return Err(too_large()),
                Over::Cut => {
                    whole.extend_from_slice(&chunk.slice(..room));
                    break;
                }
            }
        }
        whole.extend_from_slice(&chunk);
    }
    Ok(whole.freeze())
}

async fn next_chunk(
    response: &mut reqwest::Response,
    pace: &Pace,
) -> Result<Option<Bytes>, Failure> {
    let chunk = tokio::time::timeout(pace.timeout, response.chunk()).await;
    chunk
        .map_err(|_| Failure::silence(pace.timeout))?
        .map_err(|error| Failure::of_client(&error))
}

/// The beginning of an error page; what cannot be read of it does not matter.
async fn error_page(response: &mut reqwest::Response, pace: &Pace) -> BytesMut {
    let mut page = BytesMut::new();
    while page.len() < ERROR_PAGE {
        match next_chunk(response, pace).await {
            Ok(Some(chunk)) => page.extend_from_slice(&chunk),
            Ok(None) | Err(_) => break,
        }
    }
    page
}

fn method(method: Method) -> http::Method {
    match method {
        Method::Get => http::Method::GET,
        Method::Post => http::Method::POST,
    }
}

/// Headers for the wire. A definition was checked; a cursor out of a response may hold anything, and is then left out.
fn sendable(headers: &[(String, String)]) -> HeaderMap {
    let pair = |(name, value): &(String, String)| {
        Some((
            name.parse::<HeaderName>().ok()?,
            HeaderValue::from_str(value).ok()?,
        ))
    };
    headers.iter().filter_map(pair).collect()
}

fn readable(headers: &HeaderMap) -> Vec<(String, String)> {
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    headers
        .iter()
        .map(|(name, value)| (name.as_str().to_owned(), text(value)))
        .collect()
}
