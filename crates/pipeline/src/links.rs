//! What `harvest` asks of a page without being able to read it: the links to follow, a cursor, whether it lists
//! anything. `extract` answers, and neither crate knows the other.

use moisson_extract::Extractor;
use moisson_harvest::Links;
use moisson_model::{Capture, Sitemap};

/// Answers from the source's own extraction.
pub(crate) struct Selected<'a>(pub(crate) &'a Extractor);

impl Links for Selected<'_> {
    fn links(&self, capture: &Capture, selector: &str) -> Vec<String> {
        moisson_extract::links(capture, selector)
    }

    fn text(&self, capture: &Capture, pointer: &str) -> Option<String> {
        moisson_extract::text_at(capture, pointer)
    }

    fn records(&self, capture: &Capture) -> usize {
        moisson_extract::records(self.0, capture).records.len()
    }

    fn sitemap(&self, capture: &Capture, pattern: &str) -> Sitemap {
        moisson_extract::sitemap(capture, pattern)
    }
}
