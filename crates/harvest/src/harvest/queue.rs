//! What is still to be fetched of a source, and in which order.
//!
//! Listings come first, one page after the other, since each tells of the next; the pages of records come in any
//! order, and before the next listing page where many of them wait, so that memory stays small. Places are given as
//! pages are discovered: the same whatever arrives first.

use std::collections::{BTreeSet, VecDeque};

use jiff::civil::Date;
use moisson_model::{Digest, Request, Role};

use crate::fetch::Page;
use crate::paging::{Follow, Pager, without_fragment};
use crate::spec::Spec;

/// Pages that wait before the next listing page is read.
const BACKLOG: usize = 1000;

/// The queue of a harvest.
pub(super) struct Queue<'a> {
    spec: &'a Spec,
    today: Date,
    /// Addresses of the definition that are not begun.
    starts: VecDeque<&'a str>,
    listing: Option<Listing>,
    /// Pages in any order.
    pages: VecDeque<Page>,
    /// What was ever queued.
    known: BTreeSet<Digest>,
    ordinal: u64,
}

/// The listing under way.
struct Listing {
    pager: Pager,
    /// The page that is next; none while it is fetched.
    next: Option<Page>,
    /// The place of that page.
    place: u64,
}

impl<'a> Queue<'a> {
    pub(super) fn new(spec: &'a Spec, today: Date) -> Self {
        Self {
            spec,
            today,
            starts: spec.url.iter().map(String::as_str).collect(),
            listing: None,
            pages: VecDeque::new(),
            known: BTreeSet::new(),
            ordinal: 0,
        }
    }

    /// The next page to fetch; none where the rest is known only when one that is under way has come.
    pub(super) fn next(&mut self) -> Option<Page> {
        self.begin_listing();
        let has_room = self.pages.len() < BACKLOG;
        let listing = self.listing.as_mut().filter(|_| has_room);
        let next = listing.and_then(|listing| listing.next.take());
        next.or_else(|| self.pages.pop_front())
    }

    /// Begins with the next address where no listing is under way.
    fn begin_listing(&mut self) {
        if self.listing.is_some() {
            return;
        }
        let Some(url) = self.starts.pop_front() else {
            return;
        };
        let (pager, request, role) = Pager::new(self.spec, url, self.today);
        let declared = request.url == without_fragment(url);
        let first = Page {
            declared,
            ..self.page(request, role)
        };
        self.listing = Some(Listing {
            pager,
            place: first.ordinal,
            next: Some(first),
        });
    }

    /// The pager of the listing under way, where a page is the one that it waits for.
    pub(super) fn pager(&mut self, page: &Page) -> Option<&mut Pager> {
        let listing = self
            .listing
            .as_mut()
            .filter(|listing| listing.place == page.ordinal);
        listing.map(|listing| &mut listing.pager)
    }

    /// Goes on with the listing as its pager says. At its end the pager is handed back.
    pub(super) fn go_on(&mut self, follow: Follow) -> Option<Pager> {
        for (request, role) in follow.pages {
            let page = self.page(request, role);
            self.pages.push_back(page);
        }
        let next = follow.next.map(|(request, role)| self.page(request, role));
        match (&mut self.listing, next) {
            (Some(listing), Some(next)) => {
                listing.place = next.ordinal;
                listing.next = Some(next);
                None
            }
            _ => self.end_listing(),
        }
    }

    /// Leaves the listing under way.
    pub(super) fn end_listing(&mut self) -> Option<Pager> {
        self.listing.take().map(|listing| listing.pager)
    }

    /// Queues the page of a record, once; whether it is new.
    pub(super) fn add(&mut self, request: Request, role: Role) -> bool {
        if self.known.contains(&request.key()) {
            return false;
        }
        let page = self.page(request, role);
        self.pages.push_back(page);
        true
    }

    /// Leaves out what waits for a host; how many pages that were.
    pub(super) fn leave_out(&mut self, host: &str) -> usize {
        let before = self.pages.len();
        self.pages.retain(|page| !is_of(&page.request.url, host));
        before - self.pages.len()
    }

    /// Pages that are known to be missing if nothing more is fetched.
    pub(super) fn left(&self) -> usize {
        let listing = self
            .listing
            .as_ref()
            .and_then(|listing| listing.next.as_ref());
        self.pages.len() + self.starts.len() + usize::from(listing.is_some())
    }

    fn page(&mut self, request: Request, role: Role) -> Page {
        let key = request.key();
        self.known.insert(key);
        self.ordinal += 1;
        Page {
            key,
            request,
            role,
            ordinal: self.ordinal,
            declared: false,
        }
    }
}

fn is_of(url: &str, host: &str) -> bool {
    url::Url::parse(url).is_ok_and(|url| url.host_str() == Some(host))
}
