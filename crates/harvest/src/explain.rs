//! What a harvest would request first, when, and what it knows of each: told from memory, without a request.
//!
//! What follows a first request is known only when that has come: `explain` tells the first page of every part of the
//! listing, and how far the definition lets it go.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;
use moisson_model::Held;
use serde::Serialize;
use url::Url;

use crate::client::Client;
use crate::conditional;
use crate::fetch::Fetch;
use crate::kept::{HostState, Kept, Links};
use crate::paging::Pager;
use crate::progress::Count;
use crate::robots;
use crate::spec::Spec;

/// First requests that are told of.
const SHOWN: usize = 50;

/// A request that would be made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Planned {
    /// `GET` or `POST`; `FILE` for one that is read.
    pub method: &'static str,
    /// Its address.
    pub url: String,
    /// Its headers, names in lower case, validators included; secrets stand in none.
    pub headers: Vec<(String, String)>,
    /// What robots.txt says.
    pub robots: Permission,
    /// What is held of it.
    pub standing: Standing,
    /// Milliseconds between requests to its host: the longest of what the definition, robots.txt and the host's own
    /// slowness ask for.
    pub delay_ms: u64,
    /// Milliseconds until it may begin; none where that is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wait_ms: Option<u64>,
    /// Why it does not begin at once, or not at all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// What robots.txt says of an address, as far as is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "is")]
pub enum Permission {
    /// It would be fetched first.
    Unknown,
    /// The address may be requested.
    Allowed {
        /// When robots.txt was fetched.
        fetched_at: Timestamp,
    },
    /// It may not.
    Forbidden {
        /// When robots.txt was fetched.
        fetched_at: Timestamp,
        /// By which line.
        why: String,
    },
    /// A file has none.
    None,
}

/// What is held of a page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "is")]
pub enum Standing {
    /// Nothing: the whole page would come.
    New,
    /// A page without validators: the whole page would come, and is compared.
    Held {
        /// When.
        fetched_at: Timestamp,
    },
    /// A page with validators: nothing would come where it has not changed.
    Conditional {
        /// When it came.
        fetched_at: Timestamp,
    },
    /// A page that is still fresh: it would not be asked for.
    Fresh {
        /// When it came.
        fetched_at: Timestamp,
    },
}

/// Tells what a harvest of a definition would request first; `today` is the day in the zone of its source.
pub fn explain(
    client: &Client,
    spec: &Spec,
    today: Date,
    kept: &dyn Kept,
    links: &dyn Links,
) -> Vec<Planned> {
    let (secrets, count) = (Arc::default(), Count::default());
    let fetch = Fetch {
        client,
        spec,
        kept,
        links,
        secrets,
        count,
    };
    let urls = spec.url.iter();
    let firsts = urls.flat_map(|url| firsts(spec, url, today));
    firsts
        .take(SHOWN)
        .map(|request| planned(&fetch, &request))
        .collect()
}

/// The first request of each part of a listing.
fn firsts(spec: &Spec, url: &str, today: Date) -> Vec<moisson_model::Request> {
    let (mut pager, first, _) = Pager::new(spec, url, today);
    let mut firsts = vec![first];
    while firsts.len() < SHOWN
        && let Some((next, _)) = pager.pass_over().next
    {
        firsts.push(next);
    }
    firsts
}

fn planned(fetch: &Fetch<'_>, request: &moisson_model::Request) -> Planned {
    let held = fetch.kept.held(request.key());
    let url = Url::parse(&request.url)
        .ok()
        .filter(|url| url.scheme() != "file");
    let Some(url) = url else {
        return file(request, held.as_ref());
    };
    let mut ask = fetch.ask(request, url);
    let standing = match &held {
        None => Standing::New,
        Some(held) if fetch.is_fresh(held, &ask) => Standing::Fresh {
            fetched_at: held.capture.fetched_at,
        },
        Some(held) if conditional::validators(held).is_empty() => Standing::Held {
            fetched_at: held.capture.fetched_at,
        },
        Some(held) => {
            ask.headers.extend(conditional::validators(held));
            Standing::Conditional {
                fetched_at: held.capture.fetched_at,
            }
        }
    };
    let (robots, asked_for) = permission(fetch, &ask.url);
    let host = ask.url.host_str().unwrap_or_default();
    let state = fetch.kept.take_host(host);
    if let Some(state) = &state {
        fetch.kept.give_host(host, state);
    }
    let slow = state.map(|state| state.slow).unwrap_or_default();
    let (wait_ms, reason) = wait(
        &robots,
        fetch
            .client
            .inner
            .guard
            .check(&ask.url)
            .err()
            .map(|failure| failure.message),
        state,
    );
    Planned {
        method: ask.method.name(),
        url: request.url.clone(),
        headers: ask.headers,
        robots,
        standing,
        delay_ms: millis(fetch.spec.delay.max(asked_for) + slow),
        wait_ms,
        reason,
    }
}

fn file(request: &moisson_model::Request, held: Option<&Held>) -> Planned {
    Planned {
        method: "FILE",
        url: request.url.clone(),
        headers: Vec::new(),
        robots: Permission::None,
        standing: held.map_or(Standing::New, |held| Standing::Held {
            fetched_at: held.capture.fetched_at,
        }),
        delay_ms: 0,
        wait_ms: Some(0),
        reason: None,
    }
}

/// What the robots.txt held says, and the delay that it asks for.
fn permission(fetch: &Fetch<'_>, url: &Url) -> (Permission, Duration) {
    let Some(rules) = robots::held(fetch.client, url, fetch.kept) else {
        return (Permission::Unknown, Duration::ZERO);
    };
    let fetched_at = rules.fetched_at();
    let permission = match rules.check(url) {
        Ok(()) => Permission::Allowed { fetched_at },
        Err(failure) => Permission::Forbidden {
            fetched_at,
            why: failure.message,
        },
    };
    (permission, rules.delay())
}

/// How long a request would wait, and why it would.
fn wait(
    robots: &Permission,
    refused: Option<String>,
    state: Option<HostState>,
) -> (Option<u64>, Option<String>) {
    if let Some(why) = refused {
        return (None, Some(why));
    }
    if let Permission::Forbidden { why, .. } = robots {
        return (None, Some(why.clone()));
    }
    match state {
        None => (
            None,
            Some("another process is requesting from the host".to_owned()),
        ),
        Some(HostState { open, failures, .. }) if !open.is_zero() => {
            let why = format!(
                "nothing is requested from the host: {failures} pages in a row failed, or it asked for this"
            );
            (Some(millis(open)), Some(why))
        }
        Some(HostState { rest, .. }) if !rest.is_zero() => {
            (Some(millis(rest)), Some("the host rests".to_owned()))
        }
        Some(_) => (Some(0), None),
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Permission, Standing, explain};
    use crate::kept::HostState;
    use crate::testing::{Eyes, Memory, Reply, Site, harvest, spec};

    #[tokio::test]
    async fn what_would_be_requested_is_told_and_nothing_is() {
        let site = Site::start(|seen| match seen.line.as_str() {
            "GET /robots.txt" => Reply::page("User-agent: *\nDisallow: /private\nCrawl-delay: 2"),
            _ => Reply::page("record: a").with("etag", "\"1\""),
        })
        .await;
        let (memory, client) = (Memory::default(), site.client());
        let text = "url = [\"http://site.example/list\", \"http://site.example/private\"]";
        let today = "2026-11-24".parse().unwrap();
        let before = explain(&client, &spec(text), today, &memory, &Eyes);
        assert_eq!(before.len(), 2);
        assert_eq!(
            (&before[0].robots, &before[0].standing),
            (&Permission::Unknown, &Standing::New)
        );
        assert_eq!(site.seen().len(), 0);
        harvest(&client, &memory, "").await;
        let asked = site.seen().len();
        let after = explain(&client, &spec(text), today, &memory, &Eyes);
        assert!(matches!(after[0].standing, Standing::Conditional { .. }));
        assert!(
            after[0]
                .headers
                .contains(&("if-none-match".to_owned(), "\"1\"".to_owned()))
        );
        assert_eq!(after[0].delay_ms, 2000);
        assert!(
            matches!(&after[1].robots, Permission::Forbidden { why, .. } if why.contains("line 2"))
        );
        assert_eq!((after[1].wait_ms, site.seen().len()), (None, asked));
    }

    #[tokio::test]
    async fn a_host_that_is_left_alone_or_in_use_is_said_to_be() {
        let site = Site::start(|_| Reply::page("a")).await;
        let memory = Memory::default();
        let told = |state| {
            memory
                .hosts
                .lock()
                .unwrap()
                .insert("site.example".to_owned(), state);
            let today = "2026-11-24".parse().unwrap();
            let planned = explain(&site.client(), &spec(""), today, &memory, &Eyes);
            (planned[0].wait_ms, planned[0].reason.clone())
        };
        let open = HostState {
            open: Duration::from_mins(1),
            ..HostState::default()
        };
        assert_eq!(told((false, open)).0, Some(60_000));
        assert!(
            told((true, HostState::default()))
                .1
                .unwrap()
                .contains("another process")
        );
        assert_eq!(told((false, HostState::default())), (Some(0), None));
    }
}
