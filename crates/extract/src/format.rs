//! The closed enum of formats: names, media types, extensions.
//!
//! A new format is a variant here, a file beside it and an arm in `extractor.rs`; the compiler finds the rest.

use serde::{Deserialize, Serialize};

/// What a body is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// A page, read by CSS selectors.
    Html,
    /// JSON, or JSON documents one after the other.
    Json,
    /// Delimited text with a header.
    Csv,
    /// RSS, Atom, JSON Feed.
    Feed,
    /// iCalendar.
    Ical,
    /// JSON-LD, alone or embedded in a page.
    Jsonld,
}

impl Format {
    /// All formats, in the order of the documentation.
    pub const ALL: [Self; 6] = [
        Self::Html,
        Self::Json,
        Self::Csv,
        Self::Feed,
        Self::Ical,
        Self::Jsonld,
    ];

    /// The word in definitions and on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Html => "html",
            Self::Json => "json",
            Self::Csv => "csv",
            Self::Feed => "feed",
            Self::Ical => "ical",
            Self::Jsonld => "jsonld",
        }
    }

    /// Media types, the usual one first.
    pub const fn media_types(self) -> &'static [&'static str] {
        match self {
            Self::Html => &["text/html", "application/xhtml+xml"],
            Self::Json => &[
                "application/json",
                "application/x-ndjson",
                "application/jsonl",
                "text/json",
            ],
            Self::Csv => &["text/csv", "text/tab-separated-values", "application/csv"],
            Self::Feed => &[
                "application/atom+xml",
                "application/rss+xml",
                "application/feed+json",
                "application/rdf+xml",
            ],
            Self::Ical => &["text/calendar"],
            Self::Jsonld => &["application/ld+json"],
        }
    }

    /// File extensions without the dot, the usual one first.
    pub const fn extensions(self) -> &'static [&'static str] {
        match self {
            Self::Html => &["html", "htm", "xhtml"],
            Self::Json => &["json", "ndjson", "jsonl"],
            Self::Csv => &["csv", "tsv"],
            Self::Feed => &["atom", "rss", "rdf"],
            Self::Ical => &["ics", "ical", "ifb"],
            Self::Jsonld => &["jsonld"],
        }
    }

    /// The format of a word.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.name() == name)
    }

    /// The format of a media type; parameters and case do not matter.
    pub fn from_media_type(media_type: &str) -> Option<Self> {
        let essence = media_type.split(';').next().unwrap_or_default().trim();
        let known = |name: &&str| name.eq_ignore_ascii_case(essence);
        Self::ALL
            .into_iter()
            .find(|format| format.media_types().iter().any(known))
    }

    /// The format of a file extension, without its dot.
    pub fn from_extension(extension: &str) -> Option<Self> {
        let known = |name: &&str| name.eq_ignore_ascii_case(extension);
        Self::ALL
            .into_iter()
            .find(|format| format.extensions().iter().any(known))
    }
}

impl std::fmt::Display for Format {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::Format;

    #[test]
    fn a_format_is_found_by_each_of_its_signs() {
        for format in Format::ALL {
            assert_eq!(Format::from_name(format.name()), Some(format));
            for name in format.media_types() {
                assert_eq!(Format::from_media_type(name), Some(format));
            }
            for name in format.extensions() {
                assert_eq!(Format::from_extension(name), Some(format));
            }
        }
        assert_eq!(
            Format::from_media_type("Text/CSV; charset=utf-8"),
            Some(Format::Csv)
        );
        assert_eq!(Format::from_name("pdf"), None);
    }
}
