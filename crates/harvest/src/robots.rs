//! robots.txt by RFC 9309: fetched once per origin and day, asked before every request and every redirect.
//!
//! The rules are read by `robotxt`; here is what surrounds them: fetching, age, and what its absence means.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use moisson_model::Cause;
use robotxt::AccessResult;
use url::Url;

use crate::client::Client;
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

/// The rules met so far, by origin.
pub(crate) type Memory = BTreeMap<String, Arc<Rules>>;

/// What an origin lets us do.
pub(crate) struct Rules {
    fetched_at: Timestamp,
    status: u16,
    robots: robotxt::Robots,
}

impl Rules {
    fn read(stated: &Robots, token: &str) -> Self {
        let access = match stated.status {
            200..=299 => AccessResult::Successful(&stated.body),
            300..=399 => AccessResult::TooManyRedirects,
            400..=499 => AccessResult::Unavailable,
            _ => AccessResult::Unreachable,
        };
        Self {
            fetched_at: stated.fetched_at,
            status: stated.status,
            robots: robotxt::Robots::from_access(access, token),
        }
    }

    /// Refuses what the rules forbid.
    pub(crate) fn check(&self, url: &Url) -> Result<(), Failure> {
        if self.robots.is_url_allowed(url) {
            return Ok(());
        }
        let message = match self.status {
            500.. => format!(
                "robots.txt answers {}: nothing may be requested",
                self.status
            ),
            _ => "robots.txt forbids it".to_owned(),
        };
        Err(Failure::new(Cause::Robots, message))
    }

    /// The delay asked for.
    pub(crate) fn delay(&self) -> Duration {
        self.robots
            .crawl_delay()
            .unwrap_or_default()
            .min(CRAWL_DELAY)
    }
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
    let held = kept.robots(&origin);
    let fresh = held.filter(|held| is_fresh(held.status, held.fetched_at, now));
    let stated = if let Some(held) = fresh {
        held
    } else {
        let stated = fetched(client, url, pace, kept).await?;
        kept.keep_robots(&origin, &stated);
        stated
    };
    let rules = Arc::new(Rules::read(&stated, &client.inner.token));
    memory.insert(origin, Arc::clone(&rules));
    Ok(rules)
}

async fn fetched(
    client: &Client,
    url: &Url,
    pace: &Pace<'_>,
    kept: &dyn Kept,
) -> Result<Robots, Failure> {
    let no_host = |_| {
        Failure::new(
            Cause::ForbiddenAddress,
            "an address without a host: not requested",
        )
    };
    let mut url = robotxt::robots_url(url).map_err(no_host)?;
    let cap = u64::try_from(robotxt::BYTE_LIMIT).unwrap_or(u64::MAX);
    // One byte more than is read: the last line is then known to be cut.
    let pace = Pace {
        max_bytes: cap + 1,
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

async fn ask(
    client: &Client,
    url: &Url,
    pace: &Pace<'_>,
    kept: &dyn Kept,
) -> Result<Answer, Failure> {
    let agent = client.inner.settings.user_agent.clone();
    let ask = Ask {
        method: Method::Get,
        url: url.clone(),
        headers: vec![("user-agent".to_owned(), agent)],
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use jiff::Timestamp;
    use url::Url;

    use super::{Rules, is_fresh};
    use crate::kept::Robots;

    fn rules(status: u16, body: &str) -> Rules {
        let body = body.to_owned().into();
        let stated = Robots {
            fetched_at: Timestamp::UNIX_EPOCH,
            status,
            body,
        };
        Rules::read(&stated, "Moisson")
    }

    fn allowed(status: u16, body: &str) -> bool {
        let url = Url::parse("http://a.example/members?page=2").unwrap();
        rules(status, body).check(&url).is_ok()
    }

    #[test]
    fn an_absent_file_allows_and_a_server_in_trouble_forbids() {
        assert!(allowed(404, "Disallow: /"));
        assert!(allowed(403, ""));
        assert!(!allowed(500, ""));
        assert!(!allowed(503, ""));
        assert!(allowed(302, ""));
    }

    #[test]
    fn our_own_group_goes_before_that_of_everybody() {
        assert!(!allowed(200, "User-agent: *\nDisallow: /"));
        assert!(allowed(
            200,
            "User-agent: *\nDisallow: /\n\nUser-agent: moisson\nDisallow: /x"
        ));
        assert!(!allowed(200, "user-agent: MOISSON\rDisallow: /*?page="));
        assert!(allowed(200, "<html><body>Not found</body></html>"));
    }

    #[test]
    fn the_delay_is_the_sites_up_to_a_minute() {
        let delay =
            |seconds: &str| rules(200, &format!("User-agent: *\nCrawl-delay: {seconds}")).delay();
        assert_eq!(delay("2"), Duration::from_secs(2));
        assert_eq!(delay("86400"), Duration::from_mins(1));
        assert_eq!(delay("nonsense"), Duration::ZERO);
    }

    #[test]
    fn rules_age_in_a_day_and_trouble_in_an_hour() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let fetched = at("2026-11-24T08:00:00Z");
        assert!(is_fresh(200, fetched, at("2026-11-25T07:59:00Z")));
        assert!(!is_fresh(200, fetched, at("2026-11-25T08:00:00Z")));
        assert!(!is_fresh(503, fetched, at("2026-11-24T09:00:00Z")));
        assert!(!is_fresh(200, fetched, at("2026-11-24T07:00:00Z")));
    }
}
