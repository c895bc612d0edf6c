//! One request and its answer, under caps: silence, whole time, speed, size of the head, bytes as they come and as they
//! are decoded.
//!
//! An answer that is no answer is a [`Failure`] with its cause, never half a page.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};
use jiff::Timestamp;
use moisson_model::{Capture, Cause};
use tokio::time::Instant;
use url::Url;

use crate::challenge;
use crate::client::Client;
use crate::decode::Decoder;
use crate::failure::Failure;
use crate::host::Manners;
use crate::progress::Count;
use crate::retry;
use crate::secret::Secrets;
use crate::spec::Method;

/// A whole answer may take this many times the silence allowed: large files come, slow drips end.
const WHOLE: u32 = 20;
/// The slowest that a body may come, in bytes a second: an eighth of an old modem.
const SLOWEST: u64 = 512;
/// The largest head, its names and values counted. The HTTP library reads 100 fields and 400 KiB at most in any case.
const HEAD: usize = 64 << 10;
/// A part of a page, which nobody asked for: no `Range` is ever sent.
const PARTIAL: u16 = 206;

/// A request, ready to send but for its secrets.
#[derive(Debug, Clone)]
pub(crate) struct Ask {
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Bytes,
    pub(crate) secrets: Arc<Secrets>,
}

/// The manners and caps of a request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace<'a> {
    pub(crate) manners: Manners,
    pub(crate) timeout: Duration,
    pub(crate) max_bytes: u64,
    pub(crate) over: Over,
    pub(crate) count: &'a Count,
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
    /// The body, its content codings undone.
    pub(crate) body: Bytes,
    /// How many bytes the body had on the wire.
    pub(crate) received: u64,
    pub(crate) at: Timestamp,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str())
    }

    /// What others recorded, where it is an answer that would be taken from the network too.
    pub(crate) fn of_recording(capture: Capture) -> Result<Self, Failure> {
        let Capture {
            status,
            headers,
            body,
            fetched_at: at,
            ..
        } = capture;
        refuse(status, &headers, &body, at)?;
        let received = body.len() as u64;
        Ok(Self {
            status,
            headers,
            body,
            received,
            at,
        })
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
pub(crate) async fn exchange(
    client: &Client,
    ask: &Ask,
    pace: &Pace<'_>,
) -> Result<Answer, Failure> {
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

async fn converse(client: &Client, ask: &Ask, pace: &Pace<'_>) -> Result<Answer, Failure> {
    let mut response = sent(client, ask, pace).await?;
    let status = response.status().as_u16();
    let mut headers = readable(response.headers(), &ask.secrets);
    check_head(&headers)?;
    let mut decoder = decoder(status, &headers, pace)?;
    let gathered = gather(&mut response, &mut decoder, pace).await;
    let body = ask.secrets.strike_bytes(decoder.take().into());
    let at = (client.inner.clock)();
    refuse(status, &headers, &body, at)?;
    match gathered {
        Err(failure) if is_page(status) && !cut(&failure, pace) => return Err(failure),
        _ => {}
    }
    if decoder.is_coded() {
        headers.retain(|(name, _)| !matches!(name.as_str(), "content-encoding" | "content-length"));
    }
    Ok(Answer {
        status,
        headers,
        body,
        received: decoder.received(),
        at,
    })
}

/// The head of the answer.
async fn sent(client: &Client, ask: &Ask, pace: &Pace<'_>) -> Result<reqwest::Response, Failure> {
    let http = &client.inner.http;
    let headers = ask.headers.iter().chain(ask.secrets.headers(&ask.url));
    let request = http
        .request(method(ask.method), ask.secrets.address(&ask.url))
        .headers(sendable(headers))
        .body(ask.body.clone());
    tokio::time::timeout(pace.timeout, request.send())
        .await
        .map_err(|_| Failure::silence(pace.timeout))?
        .map_err(|error| Failure::of_client(&error))
}

const fn is_page(status: u16) -> bool {
    matches!(status, 200..=299)
}

/// What undoes the codings of an answer. Those of an error or a redirect are no fault: the status says all that matters.
fn decoder(status: u16, headers: &[(String, String)], pace: &Pace<'_>) -> Result<Decoder, Failure> {
    let codings = codings(headers);
    if is_page(status) {
        return Ok(Decoder::new(&codings, pace.max_bytes)?);
    }
    let beginning = challenge::LOOKED_AT as u64;
    Ok(Decoder::new(&codings, beginning).or_else(|_| Decoder::new("", beginning))?)
}

/// Fails where the answer is no page, or one that keeps programs out.
fn refuse(
    status: u16,
    headers: &[(String, String)],
    body: &[u8],
    at: Timestamp,
) -> Result<(), Failure> {
    if let Some(guard) = challenge::guard(status, headers, body) {
        return Err(Failure::of_challenge(status, guard));
    }
    if status == PARTIAL || status >= 400 {
        return Err(Failure::of_status(status, retry::stated_pause(headers, at)));
    }
    Ok(())
}

/// Whether a body was cut as wanted.
fn cut(failure: &Failure, pace: &Pace<'_>) -> bool {
    failure.cause == Cause::TooLarge && pace.over == Over::Cut
}

fn check_head(headers: &[(String, String)]) -> Result<(), Failure> {
    let size: usize = headers
        .iter()
        .map(|(name, value)| name.len() + value.len())
        .sum();
    if size > HEAD {
        let message = format!("the head of the answer is over {HEAD} bytes");
        return Err(Failure::new(Cause::TooLarge, message));
    }
    Ok(())
}

/// All that `Content-Encoding` says, in however many fields.
fn codings(headers: &[(String, String)]) -> String {
    let stated = headers
        .iter()
        .filter(|(name, _)| name == "content-encoding");
    stated
        .map(|(_, value)| value.as_str())
        .collect::<Vec<_>>()
        .join(",")
}

async fn gather(
    response: &mut reqwest::Response,
    decoder: &mut Decoder,
    pace: &Pace<'_>,
) -> Result<(), Failure> {
    if pace.over == Over::Refuse {
        decoder.announce(response.content_length().unwrap_or_default())?;
    }
    let mut speed = Speed {
        since: Instant::now(),
        bytes: 0,
    };
    while let Some(chunk) = next_chunk(response, pace).await? {
        decoder.push(&chunk)?;
        speed.check(chunk.len() as u64, pace.timeout)?;
    }
    Ok(decoder.end()?)
}

/// How fast a body comes, over stretches as long as the silence allowed.
struct Speed {
    since: Instant,
    bytes: u64,
}

impl Speed {
    fn check(&mut self, bytes: u64, stretch: Duration) -> Result<(), Failure> {
        self.bytes += bytes;
        let elapsed = self.since.elapsed();
        if elapsed < stretch {
            return Ok(());
        }
        if u128::from(self.bytes) * 1000 < u128::from(SLOWEST) * elapsed.as_millis() {
            let message = format!("the body comes at under {SLOWEST} bytes a second");
            return Err(Failure::new(Cause::Timeout, message));
        }
        *self = Self {
            since: Instant::now(),
            bytes: 0,
        };
        Ok(())
    }
}

async fn next_chunk(
    response: &mut reqwest::Response,
    pace: &Pace<'_>,
) -> Result<Option<Bytes>, Failure> {
    let chunk = tokio::time::timeout(pace.timeout, response.chunk()).await;
    chunk
        .map_err(|_| Failure::silence(pace.timeout))?
        .map_err(|error| Failure::of_client(&error))
}

fn method(method: Method) -> http::Method {
    match method {
        Method::Get => http::Method::GET,
        Method::Post => http::Method::POST,
    }
}

/// Headers for the wire. A definition was checked; a cursor out of a response may hold anything, and is then left out.
fn sendable<'a>(headers: impl Iterator<Item = &'a (String, String)>) -> HeaderMap {
    let pair = |(name, value): &(String, String)| {
        Some((
            name.parse::<HeaderName>().ok()?,
            HeaderValue::from_str(value).ok()?,
        ))
    };
    headers.filter_map(pair).collect()
}

fn readable(headers: &HeaderMap, secrets: &Secrets) -> Vec<(String, String)> {
    let text = |value: &HeaderValue| secrets.strike(&String::from_utf8_lossy(value.as_bytes()));
    headers
        .iter()
        .map(|(name, value)| (name.as_str().to_owned(), text(value)))
        .collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use moisson_model::Cause;
    use tokio::time::{Instant, advance};

    use super::{HEAD, SLOWEST, Speed, check_head, codings};

    const STRETCH: Duration = Duration::from_secs(10);

    /// Whether a body that comes so many bytes a second is still taken after a while.
    async fn is_taken(bytes: u64, seconds: u64) -> bool {
        let mut speed = Speed {
            since: Instant::now(),
            bytes: 0,
        };
        for _ in 0..seconds {
            advance(Duration::from_secs(1)).await;
            if speed.check(bytes, STRETCH).is_err() {
                return false;
            }
        }
        true
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_is_as_fast_as_an_old_modem_or_given_up_after_one_stretch() {
        assert!(is_taken(SLOWEST, 60).await);
        assert!(is_taken(1, 9).await);
        assert!(!is_taken(SLOWEST - 1, 10).await);
    }

    #[test]
    fn a_head_has_a_cap_and_its_codings_are_read_in_order() {
        let field = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let stated = [
            field("content-encoding", "deflate"),
            field("x", "y"),
            field("content-encoding", "gzip, br"),
        ];
        assert_eq!(codings(&stated), "deflate,gzip, br");
        assert!(check_head(&stated).is_ok());
        let large = [field("x", &"y".repeat(HEAD))];
        assert_eq!(check_head(&large).unwrap_err().cause, Cause::TooLarge);
    }
}
