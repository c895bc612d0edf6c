//! The way through a source: as many pages at a time as the definition allows, each kept before its place is free.

use std::pin::Pin;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use jiff::civil::Date;
use moisson_model::{Capture, Cause, Change, Exchange, Issue, Role, Stage};
use tokio::time::Instant;

use super::Report;
use super::queue::Queue;
use crate::failure::Failure;
use crate::fetch::{Came, Fetch, Page};
use crate::paging::{End, Follow, Pager, detail};
use crate::progress::Progress;
use crate::sight::Sight;

/// Pages of records of one harvest at most: a selector that is too wide ends here.
const MAX_DETAILS: usize = 100_000;

/// Something under way.
type Task<'a> = Pin<Box<dyn Future<Output = Done> + Send + 'a>>;

/// Something that ended.
enum Done {
    Fetched(Page, Box<Result<Came, Failure>>),
    Kept(Arrival, Result<(), String>),
}

/// What is noted of a page once it is kept.
struct Arrival {
    url: String,
    change: Change,
    /// Bytes received.
    received: u64,
    /// Bytes of the body.
    length: u64,
    resumed: bool,
}

/// Harvests all pages of a source.
pub(super) async fn walk(fetch: &Fetch<'_>, today: Date, report: &mut Report<'_>) {
    let mut walk = Walk {
        fetch,
        report,
        queue: Queue::new(fetch.spec, today),
        details: 0,
        bytes: 0,
        ends: false,
    };
    let deadline = Instant::now() + fetch.spec.max_time;
    if tokio::time::timeout_at(deadline, walk.all()).await.is_err() {
        let message = format!(
            "the harvest took longer than `max_time`, {:?}: {}",
            fetch.spec.max_time,
            walk.rest()
        );
        walk.report.cut_short(Cause::Timeout, "time-bound", message);
    }
}

struct Walk<'a, 'b, 'c> {
    fetch: &'a Fetch<'a>,
    report: &'b mut Report<'c>,
    queue: Queue<'a>,
    /// Pages of records so far.
    details: usize,
    /// Bytes of the bodies so far.
    bytes: u64,
    /// Whether nothing more is begun.
    ends: bool,
}

impl<'a> Walk<'a, '_, '_> {
    async fn all(&mut self) {
        let mut under_way: FuturesUnordered<Task<'a>> = FuturesUnordered::new();
        loop {
            while under_way.len() < self.fetch.spec.concurrency
                && let Some(page) = self.next()
            {
                under_way.push(self.fetched(page));
            }
            match under_way.next().await {
                None => return,
                Some(Done::Fetched(page, came)) => under_way.extend(self.came(&page, *came)),
                Some(Done::Kept(arrival, kept)) => self.kept(arrival, kept),
            }
        }
    }

    fn next(&mut self) -> Option<Page> {
        if self.fetch.kept.stopped() {
            self.stop();
        }
        if self.ends { None } else { self.queue.next() }
    }

    fn stop(&mut self) {
        if !self.ends {
            self.ends = true;
            let message = format!("stopped by the operator: {}", self.rest());
            self.report.cut_short(Cause::Stopped, "stopped", message);
        }
    }

    fn fetched(&self, page: Page) -> Task<'a> {
        let fetch = self.fetch;
        Box::pin(async move {
            let came = fetch.page(&page).await;
            Done::Fetched(page, Box::new(came))
        })
    }

    /// Looks at a page, and keeps it where it is one.
    fn came(&mut self, page: &Page, came: Result<Came, Failure>) -> Option<Task<'a>> {
        match came {
            Ok(came) => self.arrived(page, came),
            Err(failure) => {
                self.failed(page, &failure);
                None
            }
        }
    }

    fn arrived(&mut self, page: &Page, came: Came) -> Option<Task<'a>> {
        let Came {
            exchange,
            received,
            resumed,
        } = came;
        let end = match self.follow(page, &exchange) {
            Ok(end) => end,
            Err(message) => {
                self.lost_to_the_archive(&page.request.url, message);
                return None;
            }
        };
        // The page of an earlier request again: nothing of it counts.
        if end == Some(End::Same) {
            return None;
        }
        let Capture {
            url, change, body, ..
        } = &exchange.capture;
        let (url, change, length) = (url.clone(), *change, body.len() as u64);
        let arrival = Arrival {
            url,
            change,
            received,
            length,
            resumed,
        };
        if resumed {
            self.note(arrival);
            return None;
        }
        let keeping = self.fetch.kept.keep(exchange);
        Some(Box::pin(async move { Done::Kept(arrival, keeping.await) }))
    }

    fn kept(&mut self, arrival: Arrival, kept: Result<(), String>) {
        match kept {
            Ok(()) => self.note(arrival),
            Err(message) => {
                self.ends = true;
                self.lost_to_the_archive(&arrival.url, message);
            }
        }
    }

    fn note(&mut self, arrival: Arrival) {
        let Arrival {
            url,
            change,
            received,
            length,
            resumed,
        } = arrival;
        self.fetch.count.page(change, resumed);
        if !change.is_none() {
            self.report.differs();
        }
        self.fetch.kept.tell(&Progress::Page {
            url,
            bytes: received,
            change,
        });
        self.bytes += length;
        let most = self.fetch.spec.max_total;
        if self.bytes > most && !self.ends {
            self.ends = true;
            let message = format!(
                "the pages come to over `max_total`, {most} bytes: {}",
                self.rest()
            );
            self.report
                .cut_short(Cause::TooLarge, "total-bound", message);
        }
    }

    fn lost_to_the_archive(&mut self, url: &str, message: String) {
        self.report.cause.get_or_insert(Cause::Archive);
        self.report
            .lost(Issue::error(Stage::Harvest, "not-kept", message).at(url));
    }

    /// What follows a page; how its listing ends, if it does.
    fn follow(&mut self, page: &Page, exchange: &Exchange) -> Result<Option<End>, String> {
        let is_next = self.queue.pager(page).is_some();
        let spec = self.fetch.spec;
        let leads = page.role == Role::Listing && spec.detail.is_some();
        if !is_next && !leads {
            return Ok(None);
        }
        let capture = self.whole(exchange)?;
        let counts = self.queue.pager(page).is_some_and(|pager| pager.counts());
        let sight = Sight::of(self.fetch.links, &capture, spec, counts);
        let follow = self
            .queue
            .pager(page)
            .map(|pager| pager.follow(&capture, exchange.sha256, &sight));
        let end = follow.as_ref().and_then(|follow| follow.end);
        if leads && end != Some(End::Same) {
            self.note_details(&sight, &capture.url);
        }
        if let Some(follow) = follow {
            self.go_on(follow, &page.request.url);
        }
        Ok(end)
    }

    /// The capture with its body, also where none came.
    fn whole(&self, exchange: &Exchange) -> Result<Capture, String> {
        let mut capture = exchange.capture.clone();
        if capture.body.is_empty() {
            capture.body = self.fetch.kept.body(exchange.sha256)?;
        }
        Ok(capture)
    }

    fn go_on(&mut self, follow: Follow, url: &str) {
        if let Some(end) = follow.end {
            self.report.say(end.issue().at(url));
        }
        self.end(|queue| queue.go_on(follow));
    }

    /// What a listing that may have ended leaves to be said.
    fn end(&mut self, end: impl FnOnce(&mut Queue<'a>) -> Option<Pager>) {
        let ended = end(&mut self.queue).map(|pager| pager.ended());
        ended
            .into_iter()
            .flatten()
            .for_each(|issue| self.report.say(issue));
    }

    fn note_details(&mut self, listing: &Sight<'_>, url: &str) {
        let Some(selector) = &self.fetch.spec.detail else {
            return;
        };
        for link in listing.links(selector) {
            if self.details == MAX_DETAILS {
                let message = format!("the listing names more than {MAX_DETAILS} pages of records");
                self.report
                    .lost(Issue::error(Stage::Harvest, "page-bound", message).at(url));
                return;
            }
            let is_new = self.queue.add(detail(self.fetch.spec, link), Role::Detail);
            self.details += usize::from(is_new);
        }
    }

    fn failed(&mut self, page: &Page, failure: &Failure) {
        let url = &page.request.url;
        let is_end = self
            .queue
            .pager(page)
            .is_some_and(|pager| pager.ends_with(failure));
        // A listing that ends before a page that an earlier run holds has shrunk.
        if is_end && self.fetch.kept.held(page.key).is_some() {
            self.report.differs();
        }
        match failure.cause {
            Cause::Stopped => return self.stop(),
            _ if !is_end => self.report.failed(failure, url),
            _ => {}
        }
        if failure.circuit.is_some() && self.queue.pager(page).is_some() {
            self.end(Queue::end_listing);
        } else if let Some(follow) = self.queue.pager(page).map(Pager::pass_over) {
            self.go_on(follow, url);
        }
        self.leave_out(failure);
    }

    /// What waits for a host whose circuit is open is left for the next run.
    fn leave_out(&mut self, failure: &Failure) {
        let Some(host) = &failure.circuit else {
            return;
        };
        let count = self.queue.leave_out(host);
        if count > 0 {
            let message = format!("{count} more pages of `{host}` are left for the next run");
            self.report
                .lost(Issue::error(Stage::Harvest, "circuit-open", message));
        }
    }

    /// What is left, for a reader.
    fn rest(&self) -> String {
        format!(
            "what is left, {} pages as far as is known, is for the next run",
            self.queue.left()
        )
    }
}
