//! Names of things: sources, records within a source, entities for ever.
//!
//! A record is known by its source and its raw key values, never by a position or a cleaned value: cleaning
//! changes with every version of the rules, and identifiers must not.

use serde::{Deserialize, Serialize};

use crate::Kind;

/// The slug of a source: the stem of its file, lower-case letters, digits and hyphens.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SourceId(String);

impl SourceId {
    /// A slug, or `None` where it holds anything but `a-z`, `0-9` and `-`, or is longer than 80 characters.
    pub fn new(slug: &str) -> Option<Self> {
        let fits = !slug.is_empty()
            && slug.len() <= 80
            && slug
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        fits.then(|| Self(slug.to_owned()))
    }

    /// The slug.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for SourceId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// The raw key values of a record, joined by `|`; a `|` or `\` inside a value is escaped by `\`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RecordKey(String);

impl RecordKey {
    /// Joins raw values; a single value without `|` or `\` stays as it is.
    pub fn join<'a>(values: impl IntoIterator<Item = &'a str>) -> Self {
        let escaped: Vec<String> = values
            .into_iter()
            .map(|value| value.replace('\\', r"\\").replace('|', r"\|"))
            .collect();
        Self(escaped.join("|"))
    }

    /// A key that was joined before, as read back from a file or a database.
    pub fn from_joined(joined: &str) -> Self {
        Self(joined.to_owned())
    }

    /// The joined form.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for RecordKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// The public identifier of an entity without its base: kind and opaque local part.
///
/// It is minted once and kept for ever; the whole IRI is `BASE/{kind}/{local}`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct EntityId {
    /// The kind, first segment of the path.
    pub kind: Kind,
    /// The opaque part, `[A-Za-z0-9_-]+`.
    pub local: String,
}

impl EntityId {
    /// The whole IRI under a base that ends in `/`.
    pub fn iri(&self, base: &str) -> String {
        format!("{base}{}/{}", self.kind, self.local)
    }

    /// Reads an IRI back, or `None` where it is not of this base or shape.
    pub fn from_iri(base: &str, iri: &str) -> Option<Self> {
        let (kind, local) = iri.strip_prefix(base)?.split_once('/')?;
        let fits = !local.is_empty()
            && local
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
        let kind = Kind::ALL.into_iter().find(|k| k.name() == kind)?;
        fits.then(|| Self {
            kind,
            local: local.to_owned(),
        })
    }
}

impl std::fmt::Display for EntityId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.kind, self.local)
    }
}

#[cfg(test)]
mod tests {
    use super::{EntityId, RecordKey, SourceId};
    use crate::Kind;

    #[test]
    fn keys_of_different_values_never_join_to_the_same_text() {
        assert_ne!(RecordKey::join(["a|b", "c"]), RecordKey::join(["a", "b|c"]));
        assert_ne!(RecordKey::join(["a\\", "b"]), RecordKey::join(["a", "\\b"]));
    }

    #[test]
    fn an_identifier_is_read_back_from_its_iri() {
        let id = EntityId {
            kind: Kind::Place,
            local: "m4q8f2x6v0kl".to_owned(),
        };
        let iri = id.iri("https://data.example.org/");
        assert_eq!(
            EntityId::from_iri("https://data.example.org/", &iri),
            Some(id)
        );
        assert_eq!(
            EntityId::from_iri(
                "https://data.example.org/",
                "https://data.example.org/place/a/b"
            ),
            None
        );
    }

    #[test]
    fn a_slug_is_lower_case_and_short() {
        assert!(SourceId::new("demo-annuaire").is_some());
        assert!(SourceId::new("Démo").is_none());
        assert!(SourceId::new("../etc").is_none());
    }
}
