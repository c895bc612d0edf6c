//! A source, once: its listings page by page, then the pages of its records, and what that came to.
//!
//! Whatever goes wrong is an issue and a cause; what came before it is kept. A partial harvest never looks complete.

use std::collections::{BTreeSet, VecDeque};

use jiff::civil::Date;
use jiff::tz::TimeZone;
use moisson_model::{
    Capture, Cause, Change, Exchange, Issue, Level, Outcome, Role, SourceId, Stage,
};

use crate::client::Client;
use crate::failure::Failure;
use crate::fetch::Fetch;
use crate::kept::{Kept, Links};
use crate::paging::{End, Follow, Pager, detail, without_fragment};
use crate::spec::Spec;

#[cfg(test)]
mod tests;

/// Detail pages of one harvest at most: a selector that is too wide ends here.
const MAX_DETAILS: usize = 20_000;
/// Detail pages that may fail in a row for the host's sake before the rest is left alone.
const PATIENCE: usize = 5;

/// What a harvest came to.
#[derive(Debug, Clone)]
pub struct Harvest {
    /// The pages, in the order in which they came: listings, then details.
    pub captures: Vec<Capture>,
    /// Complete, partial, unchanged or failed.
    pub outcome: Outcome,
    /// The first thing that went wrong.
    pub cause: Option<Cause>,
    /// Everything that went wrong.
    pub issues: Vec<Issue>,
}

/// Harvests a source.
///
/// Pages are handed to [`Kept::keep`] as they come. A stop is obeyed between two requests.
pub async fn capture(
    client: &Client,
    source: &SourceId,
    spec: &Spec,
    kept: &dyn Kept,
    links: &dyn Links,
) -> Harvest {
    let fetch = Fetch {
        client,
        source,
        spec,
        kept,
    };
    let mut run = Run {
        fetch,
        links,
        captures: Vec::new(),
        issues: Vec::new(),
        details: Vec::new(),
        known: BTreeSet::new(),
        cause: None,
        whole: true,
        shrunk: false,
        today: TimeZone::UTC.to_datetime((client.inner.clock)()).date(),
    };
    if let Err(error) = spec.check() {
        run.lost(Issue::error(
            Stage::Harvest,
            "invalid-definition",
            error.to_string(),
        ));
        return run.harvest();
    }
    let mut go = Go::On;
    for url in &spec.url {
        go = run.listing(url).await;
        if go == Go::Stop {
            break;
        }
    }
    if go == Go::On {
        run.details().await;
    }
    run.harvest()
}

/// Whether anything more is requested.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Go {
    On,
    Stop,
}

struct Run<'a> {
    fetch: Fetch<'a>,
    links: &'a dyn Links,
    captures: Vec<Capture>,
    issues: Vec<Issue>,
    /// Detail pages to come, in the order of the listings.
    details: Vec<String>,
    /// Addresses that are harvested or to be: none is requested twice.
    known: BTreeSet<String>,
    cause: Option<Cause>,
    /// Whether nothing is missing so far.
    whole: bool,
    /// Whether a listing ended before a page that an earlier run holds.
    shrunk: bool,
    /// The day of the run.
    today: Date,
}

impl Run<'_> {
    async fn listing(&mut self, url: &str) -> Go {
        let spec = self.fetch.spec;
        let today = self.today;
        let (mut pager, request, role) = Pager::new(spec, url, today);
        let mut pages = VecDeque::from([(request, role)]);
        while let Some((request, role)) = pages.pop_front() {
            let came = if request.url.starts_with("file:") && request.url == without_fragment(url) {
                self.fetch.file(&request)
            } else {
                self.fetch.page(&request, role).await
            };
            let follow = match came {
                Ok(exchange) => {
                    let digest = exchange.capture.sha256();
                    let follow = pager.follow(&exchange.capture, digest, self.links);
                    self.note_details(&exchange.capture);
                    if follow.end != Some(End::Same) && self.keep(exchange) == Go::Stop {
                        return Go::Stop;
                    }
                    follow
                }
                Err(failure) if pager.ends_with(&failure) => {
                    self.shrunk |= self.fetch.kept.held(self.fetch.source, &request).is_some();
                    pager.pass_over()
                }
                Err(failure) if self.failed(&request.url, &failure) == Go::Stop => return Go::Stop,
                Err(_) => pager.pass_over(),
            };
            self.note_end(&follow, &request.url);
            pages.extend(follow.pages);
            follow
                .next
                .into_iter()
                .for_each(|next| pages.push_front(next));
        }
        pager.ended().into_iter().for_each(|issue| self.say(issue));
        Go::On
    }

    fn note_end(&mut self, follow: &Follow, url: &str) {
        if let Some(end) = follow.end {
            self.say(end.issue().at(url));
        }
    }

    fn say(&mut self, issue: Issue) {
        self.whole &= issue.level != Level::Error;
        self.issues.push(issue.in_source(self.fetch.source));
    }

    async fn details(&mut self) {
        let mut failures = 0;
        for url in std::mem::take(&mut self.details) {
            let request = detail(self.fetch.spec, &url);
            let go = match self.fetch.page(&request, Role::Detail).await {
                Ok(exchange) => {
                    failures = 0;
                    self.keep(exchange)
                }
                Err(failure) => {
                    failures = if is_of_the_host(&failure) {
                        failures + 1
                    } else {
                        0
                    };
                    self.failed(&url, &failure)
                }
            };
            if go == Go::Stop {
                return;
            }
            if failures == PATIENCE {
                let message =
                    format!("{PATIENCE} pages failed in a row: the rest is left for the next run");
                self.lost(Issue::error(Stage::Harvest, "circuit-open", message).at(&url));
                return;
            }
        }
    }

    fn note_details(&mut self, listing: &Capture) {
        self.known.insert(listing.url.clone());
        let Some(selector) = &self.fetch.spec.detail else {
            return;
        };
        if listing.role == Role::Sitemap {
            return;
        }
        for link in self.links.links(listing, selector) {
            let url = without_fragment(&link);
            if self.known.contains(&url) {
                continue;
            }
            if self.details.len() == MAX_DETAILS {
                let message = format!("the listing names more than {MAX_DETAILS} pages of records");
                self.lost(Issue::error(Stage::Harvest, "page-bound", message).at(&listing.url));
                return;
            }
            self.known.insert(url.clone());
            self.details.push(url);
        }
    }

    fn keep(&mut self, exchange: Exchange) -> Go {
        if let Err(message) = self.fetch.kept.keep(self.fetch.source, &exchange) {
            self.lost(Issue::error(Stage::Harvest, "not-kept", message).at(&exchange.capture.url));
            return Go::Stop;
        }
        self.captures.push(exchange.capture);
        Go::On
    }

    fn failed(&mut self, url: &str, failure: &Failure) -> Go {
        self.cause.get_or_insert(failure.cause);
        self.lost(failure.issue(self.fetch.source, url));
        match failure.cause {
            Cause::Stopped => Go::Stop,
            _ => Go::On,
        }
    }

    /// Something is missing.
    fn lost(&mut self, issue: Issue) {
        self.whole = false;
        self.issues.push(issue.in_source(self.fetch.source));
    }

    fn harvest(self) -> Harvest {
        let same =
            |capture: &Capture| matches!(capture.change, Change::NotModified | Change::SameBody);
        let outcome = if self.captures.is_empty() {
            Outcome::Failed
        } else if !self.whole {
            Outcome::Partial
        } else if !self.shrunk && self.captures.iter().all(same) {
            Outcome::Unchanged
        } else {
            Outcome::Complete
        };
        Harvest {
            captures: self.captures,
            outcome,
            cause: self.cause,
            issues: self.issues,
        }
    }
}

/// Whether a failure tells of the host, not of one page of it.
fn is_of_the_host(failure: &Failure) -> bool {
    match failure.cause {
        Cause::HttpStatus => failure
            .status
            .is_some_and(|status| status == 429 || status >= 500),
        Cause::Dns | Cause::Connect | Cause::Tls | Cause::Timeout | Cause::Blocked => true,
        _ => false,
    }
}
