//! What follows a page, and why a listing ends before it says so itself.

use moisson_model::{Issue, Request, Role, Stage};

/// What follows a page.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Follow {
    /// The page of the listing that must be read next: one after the other.
    pub(crate) next: Option<(Request, Role)>,
    /// Pages to harvest in any order (those that a sitemap names).
    pub(crate) pages: Vec<(Request, Role)>,
    /// Why the listing ends here, where that is worth saying. With a `next` it is a part that ends: a window of
    /// dates, a sitemap that was named before.
    pub(crate) end: Option<End>,
}

/// Why a listing ends before it says so itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// The page has the body of an earlier one: it is no page of its own, and nothing of it counts.
    Same,
    /// What follows was requested already.
    Repeats,
    /// Pages that differ and list nothing.
    Barren,
    /// More would follow than the bound allows.
    Bound,
}

impl End {
    /// The issue that says so: an error where something is missing.
    pub(crate) fn issue(self) -> Issue {
        let warning = |code, message: &str| Issue::warning(Stage::Harvest, code, message);
        match self {
            Self::Same => warning(
                "paging-repeats",
                "the page is one that was read already: the listing ends here",
            ),
            Self::Repeats => warning(
                "paging-repeats",
                "the listing leads back to what was requested already: it is not asked for again",
            ),
            Self::Barren => warning(
                "paging-barren",
                "the listing goes on without a record for as many pages as `paging.patience` allows: it ends here",
            ),
            Self::Bound => Issue::error(
                Stage::Harvest,
                "page-bound",
                "the listing goes on after the last page that `paging.pages` allows, or the last sitemap that is read",
            ),
        }
    }
}
