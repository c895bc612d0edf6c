//! What `harvest` asks of a page without being able to read it: the links to follow, a cursor, whether it lists
//! anything. `extract` answers, and neither crate knows the other.

use moisson_extract::Extractor;
use moisson_harvest::Links;
use moisson_model::{Capture, Digest, Fields, Role, Seen, Sitemap, Wanted};

/// Answers from the source's own extraction.
pub(crate) struct Selected<'a>(pub(crate) &'a Extractor);

impl Links for Selected<'_> {
    fn see(&self, capture: &Capture, wanted: Wanted<'_>) -> Seen {
        moisson_extract::see(self.0, capture, wanted)
    }

    fn sitemap(&self, capture: &Capture, pattern: &str) -> Sitemap {
        moisson_extract::sitemap(capture, pattern)
    }

    fn content(&self, capture: &Capture) -> Option<Digest> {
        let fields = match capture.role {
            Role::Listing => {
                let records = moisson_extract::records(self.0, capture)
                    .records
                    .into_iter();
                records.map(|record| record.fields).collect()
            }
            Role::Detail if self.0.has_detail() => vec![moisson_extract::detail(self.0, capture).0],
            Role::Detail | Role::Sitemap => Vec::new(),
        };
        let texts: Vec<String> = fields
            .iter()
            .filter(|fields| !fields.is_empty())
            .map(text)
            .collect();
        (!texts.is_empty()).then(|| Digest::of_parts(texts.iter().map(String::as_str)))
    }
}

/// The fields of a record as one text: their order is that of the definition, or of the page.
fn text(fields: &Fields) -> String {
    serde_json::to_string(fields).unwrap_or_default()
}
