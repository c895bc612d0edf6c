//! What is refused before anything runs, and by which path of the file.

use std::collections::BTreeMap;

use moisson_model::{
    Kind, Label, Licence, Publisher, Redistribution, Schema, Source, SourceId, Vocabularies,
    Vocabulary,
};

use super::Rules;
use crate::{Error, Spec};

const ACTOR: &str = include_str!("../../../../schemas/v1/actor.schema.json");
const EVENT: &str = include_str!("../../../../schemas/v1/event.schema.json");
const PLACE: &str = include_str!("../../../../schemas/v1/place.schema.json");
const RELATION: &str = include_str!("../../../../schemas/v1/relation.schema.json");
const PROGRAMME: &str = include_str!("../../../../schemas/v1/programme.schema.json");
const DOCUMENT: &str = include_str!("../../../../schemas/v1/document.schema.json");

pub(crate) fn schemas() -> BTreeMap<Kind, Schema> {
    [ACTOR, EVENT, PLACE, RELATION, PROGRAMME, DOCUMENT]
        .into_iter()
        .map(|text| Schema::from_json(text).unwrap())
        .map(|schema| (schema.kind, schema))
        .collect()
}

/// A concept or two for every scheme that the schemas name.
pub(crate) fn vocabularies() -> Vocabularies {
    let schemes: Vec<String> = schemas()
        .values()
        .flat_map(|schema| schema.columns.clone())
        .filter_map(|column| column.vocabulary)
        .collect();
    let concepts = |scheme: &str| match scheme {
        "families" => {
            r#"{"notation": "civic-tech", "prefLabel": {"fr": "Civic tech"}},
            {"notation": "communs-numeriques", "prefLabel": {"fr": "Communs numériques", "en": "Digital commons"}}"#
        }
        "predicates" => r#"{"notation": "memberOf", "prefLabel": {"fr": "membre de"}}"#,
        _ => {
            r#"{"notation": "organisation", "prefLabel": {"fr": "Organisation"}, "altLabel": {"fr": ["structure"]}}"#
        }
    };
    schemes
        .into_iter()
        .map(|scheme| {
            let text = format!(
                r#"{{"scheme": "{scheme}", "title": {{}}, "version": "1.0.0", "concepts": [{}]}}"#,
                concepts(&scheme)
            );
            (scheme, Vocabulary::from_json(&text).unwrap())
        })
        .collect()
}

pub(crate) fn source() -> Source {
    Source {
        id: SourceId::new("demo-annuaire").unwrap(),
        title: Label {
            fr: "Annuaire".to_owned(),
            en: "Directory".to_owned(),
        },
        homepage: None,
        publisher: Publisher {
            name: "Annuaire".to_owned(),
            url: None,
            official: false,
            email: None,
        },
        licence: Licence {
            id: "etalab-2.0".to_owned(),
            redistribution: Redistribution::Open,
            attribution: "Annuaire".to_owned(),
            evidence: None,
            checked: None,
        },
        language: "fr".to_owned(),
        timezone: "Europe/Paris".to_owned(),
    }
}

pub(crate) fn rules(spec: &str) -> Result<Rules, Error> {
    let spec: Spec = toml::from_str(spec).unwrap();
    Rules::new(&spec, &source(), &schemas(), &vocabularies())
}

fn refused(spec: &str) -> (String, String) {
    let error = rules(spec).unwrap_err();
    (error.path().to_owned(), error.to_string())
}

#[test]
fn every_fault_is_named_by_its_path() {
    let actor =
        |map: &str| format!("schema = \"actor/1\"\nkey = [\"id\"]\n[map]\nname = \"nom\"\n{map}");
    for (spec, path, message) in [
        (
            "schema = \"person/1\"\nkey = [\"id\"]\n[map]\n".to_owned(),
            "normalise.schema",
            "unknown schema `person/1`",
        ),
        (
            "schema = \"actor/2\"\nkey = [\"id\"]\n[map]\n".to_owned(),
            "normalise.schema",
            "unknown schema `actor/2`",
        ),
        (
            "schema = \"actor/1\"\nkey = []\n[map]\nname = \"nom\"\n".to_owned(),
            "normalise.key",
            "`key` names no field",
        ),
        (
            "schema = \"actor/1\"\nkey = [\"id\"]\n[map]\n".to_owned(),
            "normalise.map",
            "column `name` is required and not mapped",
        ),
        (
            actor("nmae = \"x\""),
            "normalise.map.nmae",
            "unknown column `nmae`",
        ),
        (
            actor("id = \"x\""),
            "normalise.map.id",
            "unknown column `id`",
        ),
        (
            actor("families = { from = \"x\", lookup = \"f\" }"),
            "normalise.map.families.lookup",
            "unknown lookup `f`",
        ),
        (
            actor("families = { from = \"x\", lookup = \"f\" }\n[lookup.f]\na = \"astrologie\""),
            "normalise.lookup.f",
            "`astrologie` is no notation of column `families`",
        ),
        (
            actor("kind = { value = \"person\" }"),
            "normalise.map.kind",
            "`person` is no notation of column `kind`",
        ),
        (
            actor("town = { from = \"x\", regex = \"(\" }"),
            "normalise.map.town.regex",
            "`(` is no regular expression",
        ),
        (
            actor("town = { from = \"x\", first = [\"y\"] }"),
            "normalise.map.town",
            "column `town` needs exactly one of",
        ),
        (
            actor("town = { type = \"place\", record = [\"x\"] }"),
            "normalise.map.town",
            "column `town` is no reference",
        ),
        (
            actor("town = { from = \"x\", exclusive = true }"),
            "normalise.map.town",
            "column `town` is no end",
        ),
        (
            actor("website = { value = \"x@y.example\" }"),
            "normalise.map.website",
            "column `website` cannot hold this constant",
        ),
    ] {
        let (found, said) = refused(&spec);
        assert_eq!(found, path, "{said}");
        assert!(said.starts_with(message), "{said}");
    }
}

#[test]
fn references_are_checked_against_what_the_column_refers_to() {
    let event =
        |map: &str| format!("schema = \"event/1\"\nkey = [\"id\"]\n[map]\nname = \"nom\"\n{map}");
    for (map, message) in [
        (
            "place_ids = \"x\"",
            "column `place_ids` is a reference: `type` says to what",
        ),
        (
            "place_ids = { type = \"actor\", record = [\"x\"] }",
            "column `place_ids` does not refer to a `actor`",
        ),
        (
            "place_ids = { type = \"place\" }",
            "column `place_ids` needs either `record`, or",
        ),
        (
            "place_ids = { type = \"place\", record = [\"x\"], name = \"y\" }",
            "column `place_ids` needs either",
        ),
        (
            "place_ids = { type = \"place\", from = \"x\", name = \"y\" }",
            "column `place_ids` is a reference: it takes",
        ),
    ] {
        let (path, said) = refused(&event(map));
        assert_eq!(path, "normalise.map.place_ids");
        assert!(said.starts_with(message), "{said}");
    }
}

#[test]
fn a_further_table_is_named_by_its_place() {
    let spec = "schema = \"actor/1\"\nkey = [\"id\"]\n[map]\nname = \"nom\"\n[[also]]\nschema = \"place/1\"\nkey = [\"id\"]\n[also.map]\nnme = \"x\"";
    assert_eq!(refused(spec).0, "normalise.also.0.map.nme");
}

#[test]
fn a_zone_that_nobody_knows_is_refused() {
    let spec: Spec =
        toml::from_str("schema = \"actor/1\"\nkey = [\"id\"]\n[map]\nname = \"nom\"\n").unwrap();
    let source = Source {
        timezone: "Europe/Lutèce".to_owned(),
        ..source()
    };
    let error = Rules::new(&spec, &source, &schemas(), &vocabularies()).unwrap_err();
    assert_eq!(error.path(), "timezone");
}

#[test]
fn words_that_could_have_stood_there_are_given() {
    let error = rules("schema = \"actr/1\"\nkey = [\"id\"]\n[map]\n").unwrap_err();
    assert!(error.expected().contains(&"actor/1".to_owned()));
}

#[test]
fn labels_of_the_published_families_are_known() {
    let text = include_str!("../../../../schemas/v1/vocabularies/families.json");
    let families = Vocabulary::from_json(text).unwrap();
    let mut vocabularies = vocabularies();
    vocabularies.insert(families.scheme.clone(), families.clone());
    for concept in &families.concepts {
        let spec = format!(
            "schema = \"actor/1\"\nkey = [\"id\"]\n[map]\nname = \"nom\"\nfamilies = {{ value = [{:?}, {:?}] }}",
            concept.notation, concept.pref_label["fr"]
        );
        let spec: Spec = toml::from_str(&spec).unwrap();
        Rules::new(&spec, &source(), &schemas(), &vocabularies).unwrap();
    }
}
