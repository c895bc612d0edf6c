//! How a listing goes on: from a page to the request for the next, until its end, its bound, or a repeat.
//!
//! A listing comes in parts (windows of dates, sitemaps; most have one), a part in pages. Whatever is to be learnt
//! of a body is asked of [`Links`], so that a page which has not changed need not be read again; headers are read
//! here.

use std::collections::{BTreeSet, VecDeque};

use jiff::civil::Date;
use moisson_model::{Capture, Digest, Issue, Request, Role, Stage};
use serde_json::Value;

use crate::failure::Failure;
use crate::sight::Sight;
use crate::spec::Spec;

mod follow;
mod form;
mod link;
mod look;
mod request;
mod sitemap;
mod total;
mod window;

#[cfg(test)]
mod tests;

pub(crate) use follow::{End, Follow};
use form::Form;
pub use form::{Paging, Place};
use look::Look;
pub use request::without_fragment;
pub(crate) use request::{detail, with_query};
use total::Total;
pub use window::Window;

/// What WordPress says of a listing; asking past it is an error there.
const TOTAL_PAGES: &str = "x-wp-totalpages";
/// The code of pages shorter than the step of their offset: said once.
const GAP: &str = "paging-gap";

/// The pages of one start address.
pub(crate) struct Pager {
    paging: Paging,
    form: Form,
    /// The most requests one after the other: pages, or sitemaps.
    bound: u64,
    /// The request as it is declared.
    first: Request,
    /// The first requests of the parts to come.
    parts: VecDeque<Request>,
    /// The request that this part began with.
    start: Request,
    /// Requests of this part.
    turned: u64,
    /// Requests of all parts.
    count: u64,
    /// Pages that sitemaps named.
    named: u64,
    /// Pages in a row without a record.
    barren: u64,
    /// Records of the page before, in this part.
    before: usize,
    asked: BTreeSet<Digest>,
    /// The bodies of this part.
    bodies: BTreeSet<Digest>,
    total: Total,
    issues: Vec<Issue>,
}

impl Pager {
    /// The pager of an address of a definition, and the first request with its role. `today` is the day on which
    /// windows of dates hinge, in the zone of the source.
    pub(crate) fn new(spec: &Spec, url: &str, today: Date) -> (Self, Request, Role) {
        let paging = spec.paging.clone().unwrap_or_default();
        // What has no form was refused, but for a listing of one page.
        let form = paging.form().unwrap_or(Form::Single);
        let first = request::listing(spec, url);
        let window = paging.window.as_ref();
        let parts = window.map_or_else(
            || vec![first.clone()],
            |window| window.requests(&first, today),
        );
        let bound = if paging.sitemap {
            sitemap::SITEMAPS
        } else {
            paging.bound()
        };
        let mut pager = Self {
            paging,
            form,
            bound,
            start: first.clone(),
            first,
            parts: parts.into(),
            turned: 0,
            count: 0,
            named: 0,
            barren: 0,
            before: 0,
            asked: BTreeSet::new(),
            bodies: BTreeSet::new(),
            total: Total::default(),
            issues: Vec::new(),
        };
        let (request, role) = pager
            .go_on(None)
            .next
            .unwrap_or_else(|| (pager.first.clone(), Role::Listing));
        (pager, request, role)
    }

    /// Whether a failure is how this listing, or a part of it, ends: a page number past the last. What comes after
    /// is told by [`Self::pass_over`].
    pub(crate) fn ends_with(&self, failure: &Failure) -> bool {
        let counted = matches!(self.form, Form::Counted { .. });
        counted && self.turned > 1 && matches!(failure.status, Some(404 | 410))
    }

    /// What follows a page that did not come: the next window of dates, the next sitemap.
    pub(crate) fn pass_over(&mut self) -> Follow {
        self.go_on(None)
    }

    /// Whether the records of pages are counted.
    pub(crate) const fn counts(&self) -> bool {
        !matches!(self.form, Form::Sitemap)
            && (!matches!(self.form, Form::Single) || self.paging.total.is_some())
    }

    /// What follows a page. `digest` is that of the page's body, `eyes` sees the page.
    pub(crate) fn follow(&mut self, capture: &Capture, digest: Digest, eyes: &Sight<'_>) -> Follow {
        if self.form == Form::Sitemap {
            return match capture.role {
                Role::Sitemap => self.sitemap(capture, eyes),
                _ => Follow::default(),
            };
        }
        match self.turn(capture, digest, eyes) {
            Ok(Some(next)) => Follow {
                next: Some(next),
                ..Follow::default()
            },
            Ok(None) => self.go_on(None),
            Err(end) => self.go_on(Some(end)),
        }
    }

    /// What is to be said when the listing has ended: an announced total that was not reached, sitemaps that could
    /// not be read. Errors mean that something is missing.
    pub(crate) fn ended(&self) -> Vec<Issue> {
        let total = self.paging.total.as_ref().and_then(|_| self.total.issue());
        let total = total.map(|issue| issue.at(&self.first.url));
        self.issues.iter().cloned().chain(total).collect()
    }

    /// The next page of this part.
    fn turn(
        &mut self,
        capture: &Capture,
        digest: Digest,
        eyes: &Sight<'_>,
    ) -> Result<Option<(Request, Role)>, End> {
        if !self.bodies.insert(digest) {
            return Err(End::Same);
        }
        if !self.counts() {
            return Ok(None);
        }
        let records = eyes.records();
        self.count_records(records, capture, eyes);
        let Some(request) = self.successor(records, capture, eyes) else {
            return Ok(None);
        };
        if self.barren >= self.paging.patience() {
            return Err(End::Barren);
        }
        self.ask(request).map(Some)
    }

    fn count_records(&mut self, records: usize, capture: &Capture, eyes: &Sight<'_>) {
        self.barren = if records == 0 { self.barren + 1 } else { 0 };
        self.note_gap(records, &capture.url);
        self.total.see(records);
        if let Some(total) = &self.paging.total
            && !self.total.is_known()
        {
            let text = Look::of(total).text(capture, eyes);
            self.total.announce(text.as_deref());
        }
    }

    /// A server that gives fewer records than `size` asks for, and has more, leads an offset past some of them.
    fn note_gap(&mut self, records: usize, url: &str) {
        let before = std::mem::replace(&mut self.before, records);
        let size = self.paging.size.unwrap_or_default();
        let is_whole = before == 0 || records == 0 || before as u64 >= size;
        if is_whole || self.issues.iter().any(|issue| issue.code == GAP) {
            return;
        }
        let message = format!(
            "the page before gave {before} records where `paging.size` passes over {size}: some may be missed"
        );
        self.issues
            .push(Issue::warning(Stage::Harvest, GAP, message).at(url));
    }

    /// The request for the page after this one, if the page has any.
    fn successor(&self, records: usize, capture: &Capture, eyes: &Sight<'_>) -> Option<Request> {
        if let Some(more) = &self.paging.more {
            let says = Look::of(more).text(capture, eyes);
            says.filter(|text| text != "0")?;
        }
        match &self.form {
            Form::Single | Form::Sitemap => None,
            Form::Next(look) => {
                let url = Look::of(look).next(capture, eyes)?;
                Some(request::to(&self.start, &url))
            }
            Form::Counted { step, .. } => {
                let stated = (*step == 1).then(|| capture.header(TOTAL_PAGES)).flatten();
                let pages = stated.and_then(|total| total.trim().parse::<u64>().ok());
                let last = pages.is_some_and(|pages| self.turned >= pages);
                (!last && records > 0 && !self.total.is_reached()).then(|| self.numbered())
            }
            Form::Cursor(look) => {
                let cursor = Look::of(look).text(capture, eyes)?;
                Some(self.with(&Value::from(cursor)))
            }
        }
    }

    /// The request for the page after those of this part that were requested.
    fn numbered(&self) -> Request {
        let Form::Counted { from, step } = self.form else {
            return self.start.clone();
        };
        let number = from.saturating_add(step.saturating_mul(self.turned));
        self.with(&Value::from(number))
    }

    fn with(&self, value: &Value) -> Request {
        match self.paging.parameter() {
            Some((parameter, place)) => request::with(&self.start, parameter, place, value),
            None => self.start.clone(),
        }
    }

    /// Goes on with the next part that was not requested already.
    fn go_on(&mut self, mut end: Option<End>) -> Follow {
        while let Some(start) = self.parts.pop_front() {
            self.begin(start);
            match self.ask(self.numbered()) {
                Ok(next) => {
                    return Follow {
                        next: Some(next),
                        pages: Vec::new(),
                        end,
                    };
                }
                Err(reason) => end = Some(reason),
            }
            if end == Some(End::Bound) {
                self.parts.clear();
            }
        }
        Follow {
            end,
            ..Follow::default()
        }
    }

    fn begin(&mut self, start: Request) {
        self.start = start;
        (self.turned, self.barren, self.before) = (0, 0, 0);
        self.bodies.clear();
        self.total.begin();
    }

    fn ask(&mut self, request: Request) -> Result<(Request, Role), End> {
        let asked = request.key();
        if self.asked.contains(&asked) {
            return Err(End::Repeats);
        }
        if self.count >= self.bound {
            return Err(End::Bound);
        }
        self.asked.insert(asked);
        (self.turned, self.count) = (self.turned + 1, self.count + 1);
        let role = match self.form {
            Form::Sitemap => Role::Sitemap,
            _ => Role::Listing,
        };
        Ok((request, role))
    }
}
