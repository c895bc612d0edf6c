//! One page: known already, still fresh, or requested: conditionally, hop by hop through its redirects.
//!
//! Every hop passes the guard and the robots.txt of its own origin, and waits the turn of its own host.

use std::collections::BTreeSet;
use std::sync::Arc;

use bytes::Bytes;
use moisson_model::{Capture, Cause, Change, Digest, Evidence, Exchange, Held, Request, Role};
use url::Url;

use crate::client::Client;
use crate::conditional;
use crate::decode;
use crate::exchange::{Answer, Ask, Over, Pace};
use crate::failure::Failure;
use crate::host::Manners;
use crate::kept::{Kept, Links, Recording};
use crate::progress::Count;
use crate::retry::patiently;
use crate::robots;
use crate::secret::Secrets;
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
    pub(crate) spec: &'a Spec,
    pub(crate) kept: &'a dyn Kept,
    pub(crate) links: &'a dyn Links,
    pub(crate) secrets: Arc<Secrets>,
    pub(crate) count: Count,
}

/// A page to be fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Page {
    pub(crate) request: Request,
    pub(crate) key: Digest,
    pub(crate) role: Role,
    /// Its place in the run.
    pub(crate) ordinal: u64,
    /// Whether the definition itself states its address: no other may be one of a file.
    pub(crate) declared: bool,
}

/// A page that came.
#[derive(Debug)]
pub(crate) struct Came {
    pub(crate) exchange: Exchange,
    /// Bytes received for it.
    pub(crate) received: u64,
    /// Whether an earlier part of the run kept it.
    pub(crate) resumed: bool,
}

impl Fetch<'_> {
    /// A page, from wherever it is to be had.
    pub(crate) async fn page(&self, page: &Page) -> Result<Came, Failure> {
        if let Some(done) = self.kept.done(page.key) {
            return Ok(resumed(page, done));
        }
        let held = self.kept.held(page.key);
        if let Some(recording) = self.kept.recording() {
            return self.recorded(page, held.as_ref(), recording);
        }
        if page.declared && page.request.url.starts_with("file:") {
            return self.file(page, held.as_ref());
        }
        self.requested(page, held.as_ref()).await
    }

    /// Takes a page out of what others recorded: the same checks, and no request.
    fn recorded(
        &self,
        page: &Page,
        held: Option<&Held>,
        recording: &dyn Recording,
    ) -> Result<Came, Failure> {
        let mut ask = self.ask(&page.request, parsed(&page.request.url)?);
        for _ in 0..=REDIRECTS {
            let found = recording.answer(ask.method.name(), ask.url.as_str(), &ask.body);
            let found = found.map_err(|why| Failure::new(Cause::Archive, why))?;
            let (sent, capture) = found.ok_or_else(Failure::not_recorded)?;
            if capture.body.len() as u64 > self.spec.max_bytes {
                let message = format!("the page is over {} bytes", self.spec.max_bytes);
                return Err(Failure::new(Cause::TooLarge, message));
            }
            ask.headers = sent.map(|sent| sent.headers).unwrap_or_default();
            let answer = Answer::of_recording(capture)?;
            match answer.redirect(&ask.url) {
                Some(next) => ask = redirected(ask, &answer, next),
                None => return self.arrived(page, (held, None), ask, answer),
            }
        }
        Err(Failure::new(Cause::RedirectLoop, "redirects without end"))
    }

    /// Requests a page, unless it is still fresh. It bears the address requested, wherever it was served from.
    async fn requested(&self, page: &Page, held: Option<&Held>) -> Result<Came, Failure> {
        let mut ask = self.ask(&page.request, parsed(&page.request.url)?);
        if let Some(held) = held.filter(|held| self.is_fresh(held, &ask)) {
            return Ok(fresh(page, held, ask.headers));
        }
        let mut seen = BTreeSet::new();
        for _ in 0..=REDIRECTS {
            if !seen.insert((ask.method.name(), ask.url.clone())) {
                break;
            }
            let conditional = make_conditional(&mut ask, held);
            let answer = self.hop(&ask).await?;
            let Some(next) = answer.redirect(&ask.url) else {
                let held_there = held.filter(|_| conditional);
                return self.arrived(page, (held, held_there), ask, answer);
            };
            ask = redirected(ask, &answer, next);
        }
        Err(Failure::new(Cause::RedirectLoop, "redirects without end"))
    }

    pub(crate) fn is_fresh(&self, held: &Held, ask: &Ask) -> bool {
        let now = (self.client.inner.clock)();
        conditional::is_fresh(held, ask, self.spec.fresh.as_secs(), now)
    }

    /// Reads a `file:` address of the definition. Pages cannot lead to one.
    fn file(&self, page: &Page, held: Option<&Held>) -> Result<Came, Failure> {
        let unreadable =
            |why: String| Failure::new(Cause::Connect, format!("the file cannot be read: {why}"));
        let path = Url::parse(&page.request.url)
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
        let capture = Capture {
            url: page.request.url.clone(),
            final_url: page.request.url.clone(),
            fetched_at: (self.client.inner.clock)(),
            status: 200,
            headers: Vec::new(),
            role: page.role,
            change: Change::New,
            body: not_empty(body, None)?,
        };
        let exchange = self.compared(page, held, page.request.headers.clone(), capture);
        Ok(Came {
            received: exchange.capture.body.len() as u64,
            exchange,
            resumed: false,
        })
    }

    async fn hop(&self, ask: &Ask) -> Result<Answer, Failure> {
        self.client.inner.guard.check(&ask.url)?;
        let mut pace = self.pace();
        let rules = robots::rules(self.client, &ask.url, &pace, self.kept).await?;
        rules.check(&ask.url)?;
        pace.manners.delay = pace.manners.delay.max(rules.delay());
        patiently(self.client, ask, &pace, self.kept).await
    }

    fn pace(&self) -> Pace<'_> {
        Pace {
            manners: Manners {
                delay: self.spec.delay,
                concurrency: self.spec.concurrency,
            },
            timeout: self.spec.timeout,
            max_bytes: self.spec.max_bytes,
            over: Over::Refuse,
            count: &self.count,
        }
    }

    /// The request with the client's own headers before the stated ones.
    pub(crate) fn ask(&self, request: &Request, url: Url) -> Ask {
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
            secrets: Arc::clone(&self.secrets),
        }
    }

    /// Makes an exchange of an answer. `held` is the page held, and the same where a 304 may stand for it.
    fn arrived(
        &self,
        page: &Page,
        held: (Option<&Held>, Option<&Held>),
        ask: Ask,
        answer: Answer,
    ) -> Result<Came, Failure> {
        let (at, status) = (answer.at, answer.status);
        let capture = |headers, body| Capture {
            url: page.request.url.clone(),
            final_url: ask.url.to_string(),
            fetched_at: at,
            status,
            headers,
            body,
            role: page.role,
            change: Change::NotModified,
        };
        let received = answer.received;
        let exchange = match (answer.status, held) {
            (304, (_, Some(held))) => {
                let headers = conditional::refreshed(&held.capture.headers, &answer.headers);
                let capture = capture(headers, Bytes::new());
                stands(
                    page,
                    held,
                    ask.headers,
                    capture,
                    conditional::evidence_of_304(held),
                )
            }
            (200..=299, (held, _)) => {
                let body = not_empty(answer.body, Some(answer.status))?;
                if is_soft_404(&asked(page, &ask), &ask.url, &body) {
                    return Err(Failure::soft_404(answer.status));
                }
                let capture = capture(answer.headers, body);
                self.compared(page, held, ask.headers, capture)
            }
            (status, _) => return Err(Failure::of_status(status, None)),
        };
        Ok(Came {
            exchange,
            received,
            resumed: false,
        })
    }

    /// An exchange whose capture is told how it compares with the page held: by length, by body, by what is read in it.
    fn compared(
        &self,
        page: &Page,
        held: Option<&Held>,
        headers: Vec<(String, String)>,
        mut capture: Capture,
    ) -> Exchange {
        let sha256 = capture.sha256();
        let (mut change, mut evidence) = conditional::compare(held, sha256, capture.body.len());
        if let Some(held) = held.filter(|_| change == Change::Modified)
            && let Some(same) = self.has_same_content(held, &capture)
        {
            evidence = Some(Evidence::Records);
            change = if same { Change::SameContent } else { change };
        }
        capture.change = change;
        let content = held
            .filter(|_| change.is_none())
            .map_or(sha256, |held| held.content);
        Exchange {
            content,
            evidence,
            ..exchange(page, headers, capture, sha256)
        }
    }

    /// Whether the same is read in the page as in the one held; none where that cannot be told.
    fn has_same_content(&self, held: &Held, capture: &Capture) -> Option<bool> {
        let now = self.links.content(capture)?;
        let body = self.kept.body(held.sha256).ok()?;
        let before = Capture {
            body,
            role: capture.role,
            ..held.capture.clone()
        };
        Some(self.links.content(&before)? == now)
    }
}

fn parsed(url: &str) -> Result<Url, Failure> {
    let no_address =
        |error: url::ParseError| Failure::new(Cause::ForbiddenAddress, error.to_string());
    Url::parse(url).map_err(no_address)
}

/// A page that this run has kept already.
fn resumed(page: &Page, done: Held) -> Came {
    let (evidence, headers) = (None, page.request.headers.clone());
    let Held {
        capture,
        sha256,
        content,
        ..
    } = done;
    let exchange = Exchange {
        content,
        evidence,
        ..exchange(page, headers, capture, sha256)
    };
    Came {
        exchange,
        received: 0,
        resumed: true,
    }
}

/// A page that was not asked for. Its time stays that of the answer held, or it would be fresh for ever.
fn fresh(page: &Page, held: &Held, headers: Vec<(String, String)>) -> Came {
    let capture = Capture {
        role: page.role,
        change: Change::Fresh,
        ..held.capture.clone()
    };
    let exchange = stands(page, held, headers, capture, Evidence::Freshness);
    Came {
        exchange,
        received: 0,
        resumed: false,
    }
}

/// An exchange without a body, for which the one held stands.
fn stands(
    page: &Page,
    held: &Held,
    headers: Vec<(String, String)>,
    capture: Capture,
    evidence: Evidence,
) -> Exchange {
    Exchange {
        content: held.content,
        evidence: Some(evidence),
        ..exchange(page, headers, capture, held.sha256)
    }
}

fn exchange(
    page: &Page,
    headers: Vec<(String, String)>,
    capture: Capture,
    sha256: Digest,
) -> Exchange {
    Exchange {
        key: page.key,
        request: Request {
            headers,
            ..page.request.clone()
        },
        capture,
        sha256,
        content: sha256,
        evidence: None,
        ordinal: page.ordinal,
    }
}

fn asked(page: &Page, ask: &Ask) -> Url {
    Url::parse(&page.request.url).unwrap_or_else(|_| ask.url.clone())
}

/// Adds validators to the hop that the held capture came from, and says whether it did.
fn make_conditional(ask: &mut Ask, held: Option<&Held>) -> bool {
    let Some(held) =
        held.filter(|held| ask.method == Method::Get && held.capture.final_url == ask.url.as_str())
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
        secrets: ask.secrets,
    }
}

fn not_empty(body: Bytes, status: Option<u16>) -> Result<Bytes, Failure> {
    if body.is_empty() {
        let failure = Failure::new(Cause::Empty, "the page is empty");
        return Err(Failure { status, ..failure });
    }
    Ok(body)
}
