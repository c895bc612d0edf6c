//! A source, once: its listings page by page, the pages of its records, and what that came to.
//!
//! Whatever goes wrong is an issue and a cause; what came before it is kept. A partial harvest never looks complete.

use jiff::civil::Date;
use moisson_model::{Cause, Issue, Level, Outcome, SourceId, Stage};

use crate::client::Client;
use crate::fetch::Fetch;
use crate::kept::{Kept, Links};
use crate::progress::{Count, Tally};
use crate::secret::Secrets;
use crate::spec::Spec;

mod queue;
#[cfg(test)]
mod tests;
mod walk;

/// What a harvest came to. Its pages are where [`Kept::keep`] put them.
#[derive(Debug, Clone)]
pub struct Harvest {
    /// Complete, partial, unchanged or failed.
    pub outcome: Outcome,
    /// The first thing that went wrong.
    pub cause: Option<Cause>,
    /// Everything that went wrong.
    pub issues: Vec<Issue>,
    /// In numbers.
    pub tally: Tally,
}

/// Harvests a source; `today` is the day in its zone.
///
/// Pages are handed to [`Kept::keep`] as they come. A stop is obeyed between two requests.
pub async fn capture(
    client: &Client,
    source: &SourceId,
    spec: &Spec,
    today: Date,
    kept: &dyn Kept,
    links: &dyn Links,
) -> Harvest {
    let mut report = Report::new(source);
    let secrets = match Secrets::read(spec, kept) {
        Ok(secrets) => secrets.into(),
        Err(failure) => {
            report.cause = Some(failure.cause);
            report.lost(failure.issue(source, ""));
            return report.harvest(Tally::default());
        }
    };
    let count = Count::default();
    let fetch = Fetch {
        client,
        spec,
        kept,
        links,
        secrets,
        count,
    };
    walk::walk(&fetch, today, &mut report).await;
    client.inner.hosts.give_back(kept);
    report.harvest(fetch.count.now())
}

/// What is to be said of a harvest under way.
pub(crate) struct Report<'a> {
    source: &'a SourceId,
    issues: Vec<Issue>,
    pub(crate) cause: Option<Cause>,
    /// Whether nothing is missing so far.
    whole: bool,
    /// Whether every page is as it was.
    same: bool,
}

impl<'a> Report<'a> {
    fn new(source: &'a SourceId) -> Self {
        Self {
            source,
            issues: Vec::new(),
            cause: None,
            whole: true,
            same: true,
        }
    }

    /// Something is to be said; an error means that something is missing.
    pub(crate) fn say(&mut self, issue: Issue) {
        self.whole &= issue.level != Level::Error;
        self.issues.push(issue.in_source(self.source));
    }

    /// Something is missing.
    pub(crate) fn lost(&mut self, issue: Issue) {
        self.whole = false;
        self.issues.push(issue.in_source(self.source));
    }

    /// Something is missing, for a cause that is not a page's own.
    pub(crate) fn cut_short(&mut self, cause: Cause, code: &str, message: String) {
        self.cause.get_or_insert(cause);
        self.lost(Issue::error(Stage::Harvest, code, message));
    }

    /// A page failed.
    pub(crate) fn failed(&mut self, failure: &crate::failure::Failure, url: &str) {
        self.cause.get_or_insert(failure.cause);
        self.lost(failure.issue(self.source, url));
    }

    /// The set of pages, or one of them, is not as it was.
    pub(crate) fn differs(&mut self) {
        self.same = false;
    }

    fn harvest(self, tally: Tally) -> Harvest {
        let outcome = match (tally.pages, self.whole, self.same) {
            (0, ..) => Outcome::Failed,
            (_, false, _) => Outcome::Partial,
            (_, true, true) => Outcome::Unchanged,
            (_, true, false) => Outcome::Complete,
        };
        Harvest {
            outcome,
            cause: self.cause,
            issues: self.issues,
            tally,
        }
    }
}
