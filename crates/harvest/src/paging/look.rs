//! Where a definition looks for a word about the listing: in a header, which is read here, or in the page, which is
//! read by whoever knows its format.

use moisson_model::Capture;
use url::Url;

use super::link;
use crate::sight::Sight;

/// The header of RFC 8288.
pub(super) const LINK: &str = "link";
/// What a header's name follows. As a selector it would find nothing: no `header` element is a link.
const HEADER: &str = "header:";

/// A place to look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look<'a> {
    /// A response header.
    Header(&'a str),
    /// A selector or a pointer.
    Page(&'a str),
}

impl<'a> Look<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        text.strip_prefix(HEADER)
            .map_or(Self::Page(text), Self::Header)
    }

    /// The text there; none for an empty one, and for the words by which an API says "nothing more".
    pub(super) fn text(self, capture: &Capture, eyes: &Sight<'_>) -> Option<String> {
        let text = match self {
            Self::Header(name) => capture
                .header(&name.to_ascii_lowercase())
                .map(str::to_owned),
            Self::Page(place) => eyes.text(place),
        };
        text.filter(|text| !matches!(text.trim(), "" | "null" | "false"))
    }

    /// The address there of what comes next.
    pub(super) fn next(self, capture: &Capture, eyes: &Sight<'_>) -> Option<String> {
        match self {
            Self::Page(selector) => eyes.links(selector).first().cloned(),
            Self::Header(_) => {
                let fields = capture.headers.iter().filter(|(name, _)| name == LINK);
                let base = Url::parse(&capture.final_url).ok()?;
                link::next(fields.map(|(_, value)| value.as_str()), &base).map(String::from)
            }
        }
    }
}
