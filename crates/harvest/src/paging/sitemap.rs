//! Sitemaps: an address leads to a sitemap or to an index of them, and those to the pages of the listing.
//!
//! Sitemaps are read one after the other, each once however often it is named; pages come in any order. Only
//! addresses of the host that the definition names are taken, as the protocol has it, `www.` aside: sites move
//! between the two and leave their sitemaps behind. The rule on folders is not applied: no site heeds it.

use moisson_model::{Capture, Issue, Location, Request, Role, Stage};
use url::Url;

use super::{End, Follow, Pager, request};
use crate::sight::Sight;

/// The most sitemaps of one source: the protocol allows 50,000 in an index, and an index in an index has no end.
pub(super) const SITEMAPS: u64 = 1000;

impl Pager {
    /// The pages that a sitemap names, and the next sitemap.
    pub(super) fn sitemap(&mut self, capture: &Capture, eyes: &Sight<'_>) -> Follow {
        let pattern = self.paging.pattern.as_deref().unwrap_or_default();
        let found = eyes.sitemap(pattern);
        let located = found.issues.into_iter().map(|issue| issue.at(&capture.url));
        self.issues.extend(located);
        let named = found.pages.len() + found.sitemaps.len();
        let pages = self.own(found.pages);
        let sitemaps = self.own(found.sitemaps);
        self.say_left_out(named - pages.len() - sitemaps.len(), &capture.url);
        let (pages, end) = self.pages(&pages);
        if end.is_some() {
            return Follow {
                pages,
                end,
                next: None,
            };
        }
        self.queue(&sitemaps);
        let follow = self.go_on(None);
        Follow { pages, ..follow }
    }

    /// More sitemaps than may be asked for need not be remembered: one too many meets the bound.
    fn queue(&mut self, urls: &[String]) {
        let parts = urls.iter().map(|url| request::to(&self.first, url));
        let room = usize::try_from(SITEMAPS + 1).unwrap_or(usize::MAX);
        let room = room.saturating_sub(self.parts.len());
        self.parts.extend(parts.take(room));
    }

    /// The addresses that are this site's.
    fn own(&self, locations: Vec<Location>) -> Vec<String> {
        let urls = locations.into_iter().map(|location| location.url);
        let site = site(&self.first.url);
        urls.filter(|url| self.paging.elsewhere || self::site(url) == site)
            .collect()
    }

    /// The requests for pages that were not named before, up to the bound.
    fn pages(&mut self, urls: &[String]) -> (Vec<(Request, Role)>, Option<End>) {
        let mut pages = Vec::new();
        for url in urls {
            let page = request::to(&self.first, url);
            if !self.asked.insert(page.key()) {
                continue;
            }
            if self.named >= self.paging.bound() {
                return (pages, Some(End::Bound));
            }
            self.named += 1;
            pages.push((page, Role::Listing));
        }
        (pages, None)
    }

    fn say_left_out(&mut self, count: usize, url: &str) {
        if count > 0 {
            let message = format!(
                "{count} addresses of other hosts are left out: `paging.elsewhere` would take them"
            );
            self.issues
                .push(Issue::warning(Stage::Harvest, "sitemap-elsewhere", message).at(url));
        }
    }
}

/// The host of an address, without the `www.` that comes and goes.
fn site(url: &str) -> Option<String> {
    let url = Url::parse(url).ok()?;
    let host = url.host_str()?;
    Some(host.strip_prefix("www.").unwrap_or(host).to_owned())
}
