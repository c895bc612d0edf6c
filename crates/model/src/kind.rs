//! The six types of entity, as a closed set.
//!
//! Types never merge with each other, so the kind is part of every key and of every identifier.

use serde::{Deserialize, Serialize};

/// A type of entity: the word of its schema, of its IRI and, in the plural, of its table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// An organisation, project, service, public body, office, medium or network.
    Actor,
    /// Something that takes place: a conference, a week, a workshop, or a series of them.
    Event,
    /// An initiative, fund, award, accelerator, policy, manifesto, study, website.
    Programme,
    /// A statement between two entities, with a predicate.
    Relation,
    /// Where things happen or bodies sit.
    Place,
    /// An article or another text, as metadata: never its body.
    Document,
}

impl Kind {
    /// All kinds, in the order of the publication's tables.
    pub const ALL: [Self; 6] = [
        Self::Actor,
        Self::Event,
        Self::Programme,
        Self::Relation,
        Self::Place,
        Self::Document,
    ];

    /// The word in schemas and IRIs: `actor`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Actor => "actor",
            Self::Event => "event",
            Self::Programme => "programme",
            Self::Relation => "relation",
            Self::Place => "place",
            Self::Document => "document",
        }
    }

    /// The plural, which names tables and files: `actors`.
    pub const fn table(self) -> &'static str {
        match self {
            Self::Actor => "actors",
            Self::Event => "events",
            Self::Programme => "programmes",
            Self::Relation => "relations",
            Self::Place => "places",
            Self::Document => "documents",
        }
    }

    /// The kind of a schema or table word, singular or plural.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.name() == name || kind.table() == name)
    }
}

impl std::fmt::Display for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::Kind;

    #[test]
    fn every_kind_is_found_by_both_of_its_words() {
        for kind in Kind::ALL {
            assert_eq!(Kind::from_name(kind.name()), Some(kind));
            assert_eq!(Kind::from_name(kind.table()), Some(kind));
        }
        assert_eq!(Kind::from_name("person"), None);
    }
}
