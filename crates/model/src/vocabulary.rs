//! SKOS schemes as data: the concepts that coded columns may hold, with labels in three languages.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A concept of a scheme.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Concept {
    /// The code that columns hold and that ends the concept's IRI.
    pub notation: String,
    /// Preferred labels by language.
    #[serde(rename = "prefLabel")]
    pub pref_label: BTreeMap<String, String>,
    /// Other labels by language.
    #[serde(rename = "altLabel", default)]
    pub alt_label: BTreeMap<String, Vec<String>>,
    /// Definitions by language.
    #[serde(default)]
    pub definition: BTreeMap<String, String>,
    /// Notation of the broader concept.
    #[serde(default)]
    pub broader: Option<String>,
    /// IRIs of close concepts elsewhere.
    #[serde(rename = "closeMatch", default)]
    pub close_match: Vec<String>,
    /// Codes of the same thing in national nomenclatures (INSEE legal categories).
    #[serde(default)]
    pub codes: Vec<String>,
}

/// A SKOS concept scheme.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vocabulary {
    /// The word of the scheme, last segment of its IRI: `families`.
    pub scheme: String,
    /// Titles by language.
    pub title: BTreeMap<String, String>,
    /// Semantic version.
    pub version: String,
    /// The concepts, in the order of the scheme.
    pub concepts: Vec<Concept>,
}

impl Vocabulary {
    /// Reads a vocabulary file.
    pub fn from_json(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }

    /// The concept of a notation.
    pub fn concept(&self, notation: &str) -> Option<&Concept> {
        self.concepts
            .iter()
            .find(|concept| concept.notation == notation)
    }
}

/// All schemes by their word.
pub type Vocabularies = BTreeMap<String, Vocabulary>;
