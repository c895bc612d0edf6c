//! robots.txt by RFC 9309: fetched once per origin and day, asked before every request and every redirect.
//!
//! `rules` reads the file and decides, `pattern` compares paths; here is what surrounds them: fetching, age, and what the
//! file's absence means. The reader is ours because no crate that is kept says which line decides.

mod pattern;
mod rules;
#[cfg(test)]
mod tests;

pub use rules::{Decision, RobotsTxt, Rule};

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use moisson_model::Cause;
use url::Url;

use crate::client::Client;
use crate::decode;
use crate::exchange::{Answer, Ask, Over, Pace};
use crate::failure::Failure;
use crate::kept::{Kept, Robots};
use crate::retry::patiently;
use crate::spec::Method;

/// How long rules are believed.
const FRESH: SignedDuration = SignedDuration::from_hours(24);
/// How long a server's own trouble is believed.
const TROUBLE: SignedDuration = SignedDuration::from_hours(1);
/// Redirects that are followed to a robots.txt (RFC 9309, 2.3.1.2).
const REDIRECTS: usize = 5;
/// The longest delay that a robots.txt gets; one longer is a mistake more often than a wish.
const CRAWL_DELAY: Duration = Duration::from_mins(1);

/// How much of a rule a message repeats.
const SHOWN: usize = 100;

/// The rules met so far, by origin.
pub(crate) type Memory = BTreeMap<String, Arc<Rules>>;

/// What an origin lets us do.
pub(crate) struct Rules {
    fetched_at: Timestamp,
    status: u16,
    token: String,
    /// None where the server is in trouble: nothing may be requested.
    stated: Option<RobotsTxt>,
}

impl Rules {
    /// What an answer means (RFC 9309, 2.3.1): no file, or too many redirects to it, allows.
    fn read(answer: &Robots, token: &str) -> Self {
        let stated = match answer.status {
            200..=299 => Some(RobotsTxt::read(&answer.body)),
            300..=499 => Some(RobotsTxt::default()),
            _ => None,
        };
        Self {
            fetched_at: answer.fetched_at,
            status: answer.status,
            token: token.to_owned(),
            stated,
        }
    }

    /// Refuses what the rules forbid.
    pub(crate) fn check(&self, url: &Url) -> Result<(), Failure> {
        let Some(stated) = &self.stated else {
            let message = format!(
                "robots.txt answers {}: nothing may be requested",
                self.status
            );
            return Err(Failure::new(Cause::Robots, message));
        };
        match stated.decide(&self.token, url) {
            Decision {
                allowed: false,
                rule: Some(rule),
                ..
            } => Err(Failure::new(Cause::Robots, forbidden(rule))),
            _ => Ok(()),
        }
    }

    /// When they were fetched.
    pub(crate) const fn fetched_at(&self) -> Timestamp {
        self.fetched_at
    }

    /// The delay asked for.
    pub(crate) fn delay(&self) -> Duration {
        let stated = self.stated.as_ref();
        let delay = stated.and_then(|stated| stated.crawl_delay(&self.token));
        delay.unwrap_or_default().min(CRAWL_DELAY)
    }
}

/// Names the rule, however long its path is.
fn forbidden(rule: &Rule) -> String {
    let text = rule.to_string();
    let start: String = text.chars().take(SHOWN).collect();
    let more = if start.len() < text.len() { "…" } else { "" };
    format!(
        "line {} of robots.txt forbids it: `{start}{more}`",
        rule.line
    )
}

fn is_fresh(status: u16, fetched_at: Timestamp, now: Timestamp) -> bool {
    let age = now.duration_since(fetched_at);
    let limit = if status >= 500 { TROUBLE } else { FRESH };
    !age.is_negative() && age < limit
}

/// The rules of an address's origin: remembered, kept, or fetched.
pub(crate) async fn rules(
    client: &Client,
    url: &Url,
    pace: &Pace<'_>,
    kept: &dyn Kept,
) -> Result<Arc<Rules>, Failure> {
    let origin = url.origin().ascii_serialization();
    let host = client.inner.hosts.get(url.host_str().unwrap_or_default());
    let now = (client.inner.clock)();
    let mut memory = host.robots.lock().await;
    if let Some(rules) = memory.get(&origin)
        && is_fresh(rules.status, rules.fetched_at, now)
    {
        return Ok(Arc::clone(rules));
    }
    let rules = if let Some(held) = held(client, url, kept) {
        held
    } else {
        let stated = fetched(client, url, pace, kept).await?;
        kept.keep_robots(&origin, &stated);
        Rules::read(&stated, &client.inner.token)
    };
    let rules = Arc::new(rules);
    memory.insert(origin, Arc::clone(&rules));
    Ok(rules)
}

/// The rules of an address's origin that are kept and still believed.
pub(crate) fn held(client: &Client, url: &Url, kept: &dyn Kept) -> Option<Rules> {
    let held = kept.robots(&url.origin().ascii_serialization())?;
    let now = (client.inner.clock)();
    is_fresh(held.status, held.fetched_at, now).then(|| Rules::read(&held, &client.inner.token))
}

async fn fetched(
    client: &Client,
    url: &Url,
    pace: &Pace<'_>,
    kept: &dyn Kept,
) -> Result<Robots, Failure> {
    let mut url = address(url)?;
    // One byte more than is read: the last line is then known to be cut.
    let pace = Pace {
        max_bytes: rules::LIMIT as u64 + 1,
        over: Over::Cut,
        ..*pace
    };
    let mut answer = None;
    for _ in 0..=REDIRECTS {
        client.inner.guard.check(&url)?;
        let came = match ask(client, &url, &pace, kept).await {
            Ok(came) => came,
            Err(Failure {
                status: Some(status),
                ..
            }) => return Ok(without_body(status, client)),
            Err(failure) => return Err(unread(failure)),
        };
        let next = came.redirect(&url);
        let last = answer.insert(came);
        match next {
            Some(next) => url = next,
            None => return Ok(stated(last)),
        }
    }
    Ok(without_body(
        answer.map_or(500, |answer| answer.status),
        client,
    ))
}

/// Where the robots.txt of an address's origin is.
fn address(url: &Url) -> Result<Url, Failure> {
    let no_host = |_| {
        Failure::new(
            Cause::ForbiddenAddress,
            "an address without a host: not requested",
        )
    };
    url.join("/robots.txt").map_err(no_host)
}

async fn ask(
    client: &Client,
    url: &Url,
    pace: &Pace<'_>,
    kept: &dyn Kept,
) -> Result<Answer, Failure> {
    let own = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let ask = Ask {
        method: Method::Get,
        url: url.clone(),
        headers: vec![
            own("user-agent", &client.inner.settings.user_agent),
            own("accept-encoding", decode::ACCEPTED),
        ],
        body: Bytes::new(),
        secrets: Arc::default(),
    };
    patiently(client, &ask, pace, kept).await
}

fn stated(answer: &Answer) -> Robots {
    Robots {
        fetched_at: answer.at,
        status: answer.status,
        body: answer.body.clone(),
    }
}

fn without_body(status: u16, client: &Client) -> Robots {
    Robots {
        fetched_at: (client.inner.clock)(),
        status,
        body: Bytes::new(),
    }
}

/// A host that does not answer at all is named as that, not as one that forbids.
fn unread(failure: Failure) -> Failure {
    if failure.cause == Cause::Stopped {
        return failure;
    }
    let message = format!("robots.txt cannot be read: {}", failure.message);
    Failure { message, ..failure }
}
