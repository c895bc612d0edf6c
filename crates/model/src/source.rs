//! What a source says of itself: title, publisher, licence, language, zone.
//!
//! The stages' own tables live beside their code (`harvest::Spec` …); this is what all of them share and what
//! the publication shows.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Deserializer, Serialize, de::Error as _};

use crate::SourceId;

/// A text in the languages of the publication.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Label {
    /// French.
    pub fr: String,
    /// English.
    pub en: String,
}

/// Who publishes a source, or a dataset.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Publisher {
    /// Its name.
    pub name: String,
    /// Its website.
    #[serde(default)]
    pub url: Option<String>,
    /// Whether it is the official publisher of these facts.
    #[serde(default)]
    pub official: bool,
    /// The contact point of a dataset's publisher: the one address that a release may hold.
    #[serde(default)]
    pub email: Option<String>,
}

/// What the licence of a source lets us do with its rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Redistribution {
    /// Published without conditions.
    Open,
    /// Published with attribution.
    OpenAttribution,
    /// Published in files of their own, under the same licence.
    OpenSharealike,
    /// Facts and a link, no text.
    FactsOnly,
    /// Non-commercial only: not published.
    Nc,
    /// Not known: not published.
    Unknown,
    /// Not allowed: not published.
    Restricted,
}

impl Redistribution {
    /// Whether rows of this class may enter the main, open files.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Open | Self::OpenAttribution | Self::FactsOnly)
    }

    /// The word in definitions and tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::OpenAttribution => "open-attribution",
            Self::OpenSharealike => "open-sharealike",
            Self::FactsOnly => "facts-only",
            Self::Nc => "nc",
            Self::Unknown => "unknown",
            Self::Restricted => "restricted",
        }
    }
}

/// The licence of a source, with the evidence for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Licence {
    /// SPDX identifier: `etalab-2.0`.
    pub id: String,
    /// What it lets us do.
    pub redistribution: Redistribution,
    /// The attribution to print.
    pub attribution: String,
    /// Where the licence is stated.
    #[serde(default)]
    pub evidence: Option<String>,
    /// When that was looked at.
    #[serde(default, deserialize_with = "day")]
    pub checked: Option<Date>,
}

/// A date as text, or as the TOML reader hands its own dates over: a map of one text.
fn day<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Date>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Day {
        Text(String),
        Toml(BTreeMap<String, String>),
    }
    let text = match Day::deserialize(deserializer)? {
        Day::Text(text) => text,
        Day::Toml(map) => map.into_values().next().unwrap_or_default(),
    };
    text.parse()
        .map(Some)
        .map_err(|_| D::Error::custom(format!("expected a date, found `{text}`")))
}

/// A source, as the stages and the publication know it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// The slug.
    pub id: SourceId,
    /// What it is called.
    pub title: Label,
    /// Where people read it.
    pub homepage: Option<String>,
    /// Who publishes it.
    pub publisher: Publisher,
    /// Its licence.
    pub licence: Licence,
    /// Its main language, BCP 47.
    pub language: String,
    /// Its time zone, IANA.
    pub timezone: String,
}
