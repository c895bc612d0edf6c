//! What is seen in one page, looked at once: all that its definition may want of it, when the first of it is wanted.

use std::cell::OnceCell;

use moisson_model::{Capture, Seen, Sitemap, Wanted};

use crate::kept::Links;
use crate::spec::Spec;

/// A page that is looked at when something is wanted of it.
pub(crate) struct Sight<'a> {
    eyes: &'a dyn Links,
    capture: &'a Capture,
    links: Vec<&'a str>,
    texts: Vec<&'a str>,
    records: bool,
    seen: OnceCell<Seen>,
}

impl<'a> Sight<'a> {
    /// A page of a definition; `records` says whether they may have to be counted.
    pub(crate) fn of(
        eyes: &'a dyn Links,
        capture: &'a Capture,
        spec: &'a Spec,
        records: bool,
    ) -> Self {
        let (mut links, mut texts) = (Vec::new(), Vec::new());
        for (key, place) in spec.selectors() {
            match key {
                "detail" | "paging.next" => links.push(place),
                _ => texts.push(place),
            }
        }
        Self {
            eyes,
            capture,
            links,
            texts,
            records,
            seen: OnceCell::new(),
        }
    }

    fn seen(&self) -> &Seen {
        self.seen.get_or_init(|| {
            let wanted = Wanted {
                links: &self.links,
                texts: &self.texts,
                records: self.records,
            };
            self.eyes.see(self.capture, wanted)
        })
    }

    /// The links of a selector of the definition.
    pub(crate) fn links(&self, selector: &str) -> &[String] {
        let at = self.links.iter().position(|known| *known == selector);
        let found = at.and_then(|at| self.seen().links.get(at));
        found.map(Vec::as_slice).unwrap_or_default()
    }

    /// The text at a place of the definition.
    pub(crate) fn text(&self, place: &str) -> Option<String> {
        let at = self.texts.iter().position(|known| *known == place)?;
        self.seen().texts.get(at)?.clone()
    }

    /// How many records the page lists.
    pub(crate) fn records(&self) -> usize {
        self.seen().records
    }

    /// What the page names, as a sitemap.
    pub(crate) fn sitemap(&self, pattern: &str) -> Sitemap {
        self.eyes.sitemap(self.capture, pattern)
    }
}
