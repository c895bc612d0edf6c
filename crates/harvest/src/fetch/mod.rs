//! One page: its request made conditional, its redirects followed hop by hop, its answer made a capture.
//!
//! Every hop passes the guard and the robots.txt of its own origin, and waits the turn of its own host.

use std::collections::BTreeSet;

use bytes::Bytes;
use moisson_model::{Capture, Cause, Change, Exchange, Request, Role, SourceId};
use url::Url;

use crate::client::Client;
use crate::conditional;
use crate::decode;
use crate::exchange::{Answer, Ask, Over, Pace};
use crate::failure::Failure;
use crate::kept::Kept;
use crate::retry::patiently;
use crate::robots;
use crate::soft_404::is_soft_404;
use crate::spec::{Method, Spec};

#[cfg(test)]
mod tests;

/// How many redirects are followed.
const REDIRECTS: usize = 10;
/// The stated headers that go along to another origin; anything else may be meant for the first alone.
const PASSED_ON: [&str; 5] = [
    "accept",
    "accept-encoding",
    "accept-language",
    "content-type",
    "user-agent",
];

/// Fetches the pages of a source.
pub(crate) struct Fetch<'a> {
    pub(crate) client: &'a Client,
    pub(crate) source: &'a SourceId,
    pub(crate) spec: &'a Spec,
    pub(crate) kept: &'a dyn Kept,
}

impl Fetch<'_> {
    /// Requests a page. The capture bears the address requested, wherever it was served from.
    pub(crate) async fn page(&self, request: &Request, role: Role) -> Result<Exchange, Failure> {
        let no_address =
            |error: url::ParseError| Failure::new(Cause::ForbiddenAddress, error.to_string());
        let url = Url::parse(&request.url).map_err(no_address)?;
        let held = self.kept.held(self.source, request);
        let mut ask = self.ask(request, url);
        let mut seen = BTreeSet::new();
        for _ in 0..=REDIRECTS {
            if !seen.insert((ask.method.name(), ask.url.clone())) {
                break;
            }
            let conditional = make_conditional(&mut ask, held.as_ref());
            let answer = self.hop(&ask).await?;
            let Some(next) = answer.redirect(&ask.url) else {
                let held = held.as_ref();
                let capture = arrived(request, role, held, conditional, &ask, answer)?;
                return Ok(exchange(request, ask.headers, capture));
            };
            ask = redirected(ask, &answer, next);
        }
        Err(Failure::new(Cause::RedirectLoop, "redirects without end"))
    }

    /// Reads a `file:` address of the definition. Pages cannot lead to one.
    pub(crate) fn file(&self, request: &Request) -> Result<Exchange, Failure> {
        if self.kept.stopped() {
            return Err(Failure::stopped());
        }
        let unreadable =
            |why: String| Failure::new(Cause::Connect, format!("the file cannot be read: {why}"));
        let path = Url::parse(&request.url)
            .ok()
            .and_then(|url| url.to_file_path().ok());
        let path = path.ok_or_else(|| unreadable("this is no path".to_owned()))?;
        let body = self
            .kept
            .file(&path.to_string_lossy())
            .map_err(unreadable)?;
        if u64::try_from(body.len()).unwrap_or(u64::MAX) > self.spec.max_bytes {
            let message = format!("the file is over {} bytes", self.spec.max_bytes);
            return Err(Failure::new(Cause::TooLarge, message));
        }
        let body = not_empty(body, None)?;
        let held = self.kept.held(self.source, request);
        let capture = Capture {
            url: request.url.clone(),
            final_url: request.url.clone(),
            fetched_at: (self.client.inner.clock)(),
            status: 200,
            headers: Vec::new(),
            role: Role::Listing,
            change: conditional::change(held.as_ref(), &body),
            body,
        };
        Ok(exchange(request, request.headers.clone(), capture))
    }

    async fn hop(&self, ask: &Ask) -> Result<Answer, Failure> {
        self.client.inner.guard.check(&ask.url)?;
        let mut pace = Pace {
            delay: self.spec.delay,
            timeout: self.spec.timeout,
            max_bytes: self.spec.max_bytes,
            over: Over::Refuse,
        };
        let rules = robots::rules(self.client, &ask.url, &pace, self.kept).await?;
        rules.check(&ask.url)?;
        pace.delay = pace.delay.max(rules.delay());
        patiently(self.client, ask, &pace, &|| self.kept.stopped()).await
    }

    /// The request with the client's own headers before the stated ones.
    fn ask(&self, request: &Request, url: Url) -> Ask {
        let own = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let mut headers = vec![
            own("user-agent", &self.client.inner.settings.user_agent),
            own("accept-encoding", decode::ACCEPTED),
        ];
        if !request.headers.iter().any(|(name, _)| name == "accept") {
            headers.push(own("accept", "*/*"));
        }
        headers.extend(request.headers.iter().cloned());
        Ask {
            method: if request.method == Method::Post.name() {
                Method::Post
            } else {
                Method::Get
            },
            url,
            headers,
            body: request.body.clone(),
        }
    }
}

/// Adds validators to the hop that the held capture came from, and says whether it did.
fn make_conditional(ask: &mut Ask, held: Option<&Capture>) -> bool {
    let Some(held) =
        held.filter(|held| ask.method == Method::Get && held.final_url == ask.url.as_str())
    else {
        return false;
    };
    let validators = conditional::validators(held);
    let any = !validators.is_empty();
    ask.headers.extend(validators);
    any
}

/// The request that a redirect asks for. A POST becomes a GET as in browsers; headers meant for one origin stay there.
fn redirected(ask: Ask, answer: &Answer, url: Url) -> Ask {
    let same_origin = ask.url.origin() == url.origin();
    let reads = ask.method == Method::Post && matches!(answer.status, 301..=303);
    let goes_along = |name: &str| {
        !matches!(name, "if-none-match" | "if-modified-since")
            && (same_origin || PASSED_ON.contains(&name))
            && !(reads && name == "content-type")
    };
    Ask {
        method: if reads { Method::Get } else { ask.method },
        url,
        headers: ask
            .headers
            .into_iter()
            .filter(|(name, _)| goes_along(name))
            .collect(),
        body: if reads { Bytes::new() } else { ask.body },
    }
}

fn arrived(
    request: &Request,
    role: Role,
    held: Option<&Capture>,
    conditional: bool,
    ask: &Ask,
    answer: Answer,
) -> Result<Capture, Failure> {
    let asked = Url::parse(&request.url).unwrap_or_else(|_| ask.url.clone());
    let (headers, body, change) = match (answer.status, held) {
        (304, Some(held)) if conditional => {
            let headers = conditional::refreshed(held, &answer.headers);
            (headers, held.body.clone(), Change::NotModified)
        }
        (200..=299, held) => {
            let body = not_empty(answer.body, Some(answer.status))?;
            if is_soft_404(&asked, &ask.url, &body) {
                return Err(Failure::soft_404(answer.status));
            }
            let change = conditional::change(held, &body);
            (answer.headers, body, change)
        }
        (status, _) => return Err(Failure::of_status(status, None)),
    };
    Ok(Capture {
        url: request.url.clone(),
        final_url: ask.url.to_string(),
        fetched_at: answer.at,
        status: answer.status,
        headers,
        body,
        role,
        change,
    })
}

fn not_empty(body: Bytes, status: Option<u16>) -> Result<Bytes, Failure> {
    if body.is_empty() {
        let failure = Failure::new(Cause::Empty, "the page is empty");
        return Err(Failure { status, ..failure });
    }
    Ok(body)
}

fn exchange(request: &Request, headers: Vec<(String, String)>, capture: Capture) -> Exchange {
    let request = Request {
        headers,
        ..request.clone()
    };
    Exchange { request, capture }
}
