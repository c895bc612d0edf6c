//! The normal form of a relation whose ends are resolved: one row per subject, predicate and object.

use moisson_model::EntityId;
use serde::{Deserialize, Serialize};

/// Predicates that say the same both ways.
const SYMMETRIC: &[&str] = &["partnerOf", "associatedWith"];

/// Inverses, written the other way round.
const INVERSES: &[(&str, &str)] = &[
    ("member", "memberOf"),
    ("hasPart", "partOf"),
    ("operatedBy", "operatorOf"),
    ("organizer", "organiserOf"),
    ("supportedBy", "supporterOf"),
    ("initiatedBy", "initiatorOf"),
    ("participant", "participantIn"),
    ("superEvent", "subEventOf"),
    ("author", "authorOf"),
    ("laureate", "laureateOf"),
    ("contributor", "contributorTo"),
    ("mentions", "mentionedIn"),
];

/// What makes a relation one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RelationKey {
    /// The subject of the row.
    pub subject: EntityId,
    /// The word of the predicate, in its direct form.
    pub predicate: String,
    /// The object of the row.
    pub object: EntityId,
}

/// The key of a relation: the predicate's word (an IRI may end in it), inverses turned round, and the ends of a
/// symmetric predicate in order.
pub fn relation_key(subject: &EntityId, predicate: &str, object: &EntityId) -> RelationKey {
    let word = predicate
        .rsplit(['#', '/', ':'])
        .next()
        .unwrap_or(predicate);
    let inverse = INVERSES.iter().find(|(inverse, _)| *inverse == word);
    let (word, turned) = inverse.map_or((word, false), |(_, direct)| (*direct, true));
    let turned = turned || (SYMMETRIC.contains(&word) && object < subject);
    let (subject, object) = if turned {
        (object, subject)
    } else {
        (subject, object)
    };
    RelationKey {
        subject: subject.clone(),
        predicate: word.to_owned(),
        object: object.clone(),
    }
}

#[cfg(test)]
mod tests {
    use moisson_model::{EntityId, Kind};

    use super::relation_key;

    fn id(kind: Kind, local: &str) -> EntityId {
        EntityId {
            kind,
            local: local.to_owned(),
        }
    }

    #[test]
    fn partners_are_one_pair_both_ways_and_members_are_not() {
        let (a, b) = (id(Kind::Actor, "a"), id(Kind::Actor, "b"));
        assert_eq!(
            relation_key(&a, "partnerOf", &b),
            relation_key(&b, "partnerOf", &a)
        );
        assert_ne!(
            relation_key(&a, "memberOf", &b),
            relation_key(&b, "memberOf", &a)
        );
    }

    #[test]
    fn an_inverse_and_an_iri_say_the_same_as_the_word() {
        let (a, b) = (id(Kind::Actor, "a"), id(Kind::Event, "b"));
        let plain = relation_key(&a, "organiserOf", &b);
        assert_eq!(plain, relation_key(&b, "organizer", &a));
        assert_eq!(
            plain,
            relation_key(&a, "https://base.example/ns#organiserOf", &b)
        );
        assert_eq!(relation_key(&b, "partnerOf", &a).subject, a);
    }
}
