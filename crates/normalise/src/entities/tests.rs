//! Records through whole definitions, against the published schemas.

use std::sync::LazyLock;

use moisson_model::{Entity, Record, Reference};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::{Normalised, entities};
use crate::mapping::tests::record;
use crate::rules::Rules;
use crate::rules::tests::rules;

fn run(spec: &str, fields: &Value) -> Normalised {
    entities(&rules(spec).unwrap(), &record(fields))
}

fn codes(normalised: &Normalised) -> Vec<&str> {
    normalised
        .issues
        .iter()
        .map(|issue| issue.code.as_str())
        .collect()
}

fn only(normalised: &Normalised) -> &Entity {
    assert_eq!(normalised.rejects, []);
    assert_eq!(normalised.entities.len(), 1);
    &normalised.entities[0]
}

const ACTOR: &str = r#"
schema = "actor/1"
key    = ["id", "rang"]
ignore = ["logo", "/contact/fax"]
[map]
name            = "nom"
alternate_names = { from = "alias", split = ";" }
families        = { from = "themes", lookup = "familles" }
kind            = { value = "organisation" }
country         = "pays"
town            = "/adresse/ville"
website         = { first = ["site", "page"] }
same_as         = "liens"
siret           = "siret"
wikidata        = "wd"
lon             = "/adresse/geo/0"
lat             = "/adresse/geo/1"
founded         = "cree"
[lookup.familles]
"Démocratie" = "civic-tech"
"Communs et démocratie" = ["communs-numeriques", "civic-tech"]
"Divers" = []
"#;

#[test]
fn a_record_becomes_an_entity_in_the_order_of_the_schema() {
    let fields = json!({
        "id": "a|b", "rang": 7, "nom": " <b>L&rsquo;Atelier</b> ", "alias": "Atelier; L’A;;", "themes": ["DEMOCRATIE", "Digital commons", "divers"],
        "pays": "Allemagne", "adresse": {"ville": "Lyon", "geo": [4.83573, "45,764"]}, "site": "-", "page": "www.atelier.example/#haut",
        "liens": ["https://social.example/@atelier?utm_source=x", "mailto:a@b.example"], "siret": "13002603200016.0",
        "wd": "http://www.wikidata.org/entity/Q42", "cree": "6 novembre 2017", "logo": "x"
    });
    let normalised = run(ACTOR, &fields);
    let entity = only(&normalised);
    assert_eq!(entity.key.as_str(), r"a\|b|7");
    assert_eq!(
        Value::Object(entity.columns.clone()),
        json!({
            "name": "L’Atelier", "alternate_names": ["Atelier", "L’A"], "kind": "organisation",
            "families": ["civic-tech", "communs-numeriques"], "country": "DE", "town": "Lyon", "lon": 4.8357, "lat": 45.764,
            "siret": "13002603200016", "wikidata": "Q42", "website": "https://www.atelier.example/",
            "same_as": ["https://social.example/@atelier"], "founded": "2017-11-06"
        })
    );
    let names: Vec<&String> = entity.columns.keys().collect();
    assert_eq!(names[..4], ["name", "alternate_names", "kind", "families"]);
    assert_eq!(codes(&normalised), ["identifier-repaired", "invalid-url"]);
    assert_eq!(normalised.issues[0].record.as_deref(), Some(r"a\|b|7"));
    assert_eq!(normalised.issues[0].location.as_deref(), Some("/siret"));
    let trace = entity
        .traces
        .iter()
        .find(|trace| trace.column == "website")
        .unwrap();
    assert_eq!(trace.raw, json!("www.atelier.example/#haut"));
    assert_eq!(
        trace.rule,
        "first > values > decode > text > url > private > list"
    );
}

#[test]
fn fields_that_nobody_knows_are_reported_once_each() {
    let fields = json!({"id": 1, "rang": 1, "nom": "x", "new": null, "contact": {"fax": 1, "nom": "y"}, "adresse": {"rue": "z"}});
    let normalised = run(ACTOR, &fields);
    let places: Vec<_> = normalised
        .issues
        .iter()
        .filter_map(|issue| issue.location.as_deref())
        .collect();
    assert_eq!(places, ["/adresse/rue", "/contact/nom", "/new"]);
    assert!(
        normalised
            .issues
            .iter()
            .all(|issue| issue.code == "unmapped-field")
    );
}

#[test]
fn a_record_without_key_or_name_is_a_reject_with_its_reason() {
    let normalised = run(ACTOR, &json!({"id": 1, "nom": "x"}));
    assert_eq!(normalised.rejects[0].code, "missing-key");
    let normalised = run(ACTOR, &json!({"id": 1, "rang": 1, "nom": "N/A"}));
    let reject = &normalised.rejects[0];
    assert_eq!(
        (reject.code.as_str(), reject.pointer.as_str()),
        ("missing-required", "/name")
    );
    assert_eq!(reject.raw["nom"], "N/A");
}

#[test]
fn what_names_anyone_is_removed_and_never_quoted() {
    let fields = json!({"id": 1, "rang": 1, "nom": "Atelier (prenom.nom@asso.example, 06 12 34 56 78)", "site": "bonjour@asso.example"});
    let normalised = run(ACTOR, &fields);
    assert_eq!(only(&normalised).text("name"), Some("Atelier"));
    assert_eq!(codes(&normalised), ["personal-data-removed", "invalid-url"]);
    let all = format!("{:?} {:?}", normalised.entities, normalised.issues);
    assert!(
        !all.contains("prenom") && !all.contains("34 56") && !all.contains("bonjour"),
        "{all}"
    );
}

#[test]
fn half_a_point_is_none() {
    let normalised = run(
        ACTOR,
        &json!({"id": 1, "rang": 1, "nom": "x", "adresse": {"geo": [4.8]}}),
    );
    assert!(!only(&normalised).columns.contains_key("lon"));
    assert_eq!(codes(&normalised), ["invalid-coordinates"]);
}

const EVENT: &str = r#"
schema = "event/1"
key    = ["url"]
[map]
name          = "titre"
start         = "debut"
end           = { from = "fin", exclusive = true }
url           = "url"
event_status  = "statut"
languages     = "langues"
free          = "gratuit"
place_ids     = { type = "place", each = "lieux", record = ["id"] }
organiser_ids = { type = "actor", each = "par", name = "/nom", website = "/site" }
partner_ids   = { type = "actor", name = { from = "avec", split = "," } }
[[also]]
schema = "place/1"
key    = ["id"]
each   = "lieux"
[also.map]
name    = "nom"
town    = "ville"
country = "^pays"
"#;

fn event(fields: &Value) -> Normalised {
    let mut all = json!({"url": "https://agenda.example/1", "titre": "Rencontre"});
    all.as_object_mut()
        .unwrap()
        .extend(fields.as_object().unwrap().clone());
    run(EVENT, &all)
}

fn dates(fields: &Value) -> Value {
    let normalised = event(fields);
    let names = [
        "start",
        "end",
        "start_date",
        "end_date",
        "date_precision",
        "dates_as_stated",
        "date_basis",
    ];
    let columns = &only(&normalised).columns;
    let dates = names
        .into_iter()
        .filter_map(|name| Some((name.to_owned(), columns.get(name)?.clone())));
    Value::Object(dates.collect())
}

#[test]
fn dates_of_an_event_are_filled_together() {
    assert_eq!(
        dates(&json!({"debut": "du 6 au 9 novembre 2017"})),
        json!({"start_date": "2017-11-06", "end_date": "2017-11-09", "date_precision": "day", "dates_as_stated": "du 6 au 9 novembre 2017", "date_basis": "stated"})
    );
    assert_eq!(
        dates(&json!({"debut": "2017-11-06T23:30:00Z", "fin": "2017-11-07T01:00:00Z"})),
        json!({"start": "2017-11-06T23:30:00Z", "end": "2017-11-07T01:00:00Z", "start_date": "2017-11-07", "end_date": "2017-11-07", "date_precision": "minute", "date_basis": "stated"})
    );
    assert_eq!(
        dates(&json!({"debut": "2026-07-14", "fin": "2026-07-15"})),
        json!({"start_date": "2026-07-14", "end_date": "2026-07-14", "date_precision": "day", "date_basis": "stated"})
    );
    assert_eq!(
        dates(&json!({"debut": "2026-07-14", "fin": "2026-07-14"}))["end_date"],
        "2026-07-14"
    );
    assert_eq!(
        dates(&json!({"debut": "novembre 2017"})),
        json!({"date_precision": "month", "dates_as_stated": "novembre 2017", "date_basis": "stated"})
    );
    assert_eq!(dates(&json!({})), json!({"date_precision": "unknown"}));
}

#[test]
fn words_without_a_year_are_kept_and_not_guessed() {
    let normalised = event(&json!({"debut": "jeudi 12 mars 19:00"}));
    assert_eq!(codes(&normalised), ["unreadable-date"]);
    let entity = only(&normalised);
    assert_eq!(entity.text("dates_as_stated"), Some("jeudi 12 mars 19:00"));
    assert_eq!(entity.text("date_precision"), Some("unknown"));
    let normalised = event(&json!({"debut": "2017-11-06", "fin": "2016-11-06"}));
    assert_eq!(codes(&normalised), ["end-before-start"]);
}

#[test]
fn references_are_keys_or_names_and_empty_ones_are_left_out() {
    let normalised = event(&json!({
        "pays": "FR", "gratuit": "oui", "langues": ["Français", "EN"], "statut": "https://schema.org/EventCancelled",
        "lieux": [{"id": 3, "nom": "Le Lieu", "ville": "Lyon"}, {"id": null, "nom": "ailleurs"}],
        "par": [{"nom": "L&#39;Atelier", "site": "www.atelier.example"}, {"nom": "-", "site": ""}],
        "avec": "Un, Deux"
    }));
    assert_eq!(normalised.rejects, []);
    let [event, place] = normalised.entities.as_slice() else {
        panic!("an event and a place")
    };
    assert_eq!(
        event.columns["place_ids"],
        json!([{"type": "place", "record": "3"}])
    );
    assert_eq!(
        event.columns["organiser_ids"],
        json!([{"type": "actor", "name": "L'Atelier", "website": "https://www.atelier.example/"}])
    );
    let partners = event.columns["partner_ids"].as_array().unwrap();
    let names: Vec<_> = partners
        .iter()
        .filter_map(Reference::from_value)
        .filter_map(|partner| partner.name)
        .collect();
    assert_eq!(names, ["Un", "Deux"]);
    assert_eq!(event.columns["languages"], json!(["fr", "en"]));
    assert_eq!(event.columns["event_status"], "cancelled");
    assert_eq!(event.columns["free"], true);
    assert_eq!(
        (place.key.as_str(), place.text("country")),
        ("3", Some("FR"))
    );
    assert_eq!(codes(&normalised), [""; 0]);
}

#[test]
fn a_relation_has_two_ends() {
    let spec = r#"
schema = "relation/1"
key    = ["de", "vers"]
[map]
subject   = { type = "actor", record = ["de"] }
predicate = { value = "memberOf" }
object    = { type = "actor", name = "vers", website = { value = "https://reseau.example" } }
"#;
    let normalised = run(spec, &json!({"de": "7", "vers": "Réseau"}));
    let entity = only(&normalised);
    assert_eq!(
        entity.columns["subject"],
        json!({"type": "actor", "record": "7"})
    );
    assert_eq!(
        entity.columns["object"],
        json!({"type": "actor", "name": "Réseau", "website": "https://reseau.example/"})
    );
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "\\PC{0,20}".prop_map(Value::from),
        "[0-9 .+@a-z<>&;:/-]{0,24}".prop_map(Value::from),
        Just(json!("6 novembre 2017")),
        Just(json!("<b>a@b.example</b>")),
    ];
    leaf.prop_recursive(3, 24, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map(field(), inner, 0..5)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

fn field() -> impl Strategy<Value = String> {
    let known = "id rang nom alias themes pays adresse ville geo site page liens siret wd cree titre debut fin url lieux par avec statut langues";
    let known: Vec<String> = known.split(' ').map(str::to_owned).collect();
    prop_oneof![prop::sample::select(known), "\\PC{0,6}"]
}

fn any_record() -> impl Strategy<Value = Record> {
    let fields = prop::collection::btree_map(field(), any_json(), 0..12);
    fields.prop_map(|fields| {
        let mut all: Map<String, Value> = fields.into_iter().collect();
        for (name, value) in [
            ("id", "1"),
            ("rang", "1"),
            ("nom", "x"),
            ("url", "https://a.example/"),
            ("titre", "x"),
        ] {
            all.entry(name).or_insert_with(|| json!(value));
        }
        record(&Value::Object(all))
    })
}

static BOTH: LazyLock<[Rules; 2]> =
    LazyLock::new(|| [rules(ACTOR).unwrap(), rules(EVENT).unwrap()]);

static NAME: LazyLock<Rules> =
    LazyLock::new(|| rules("schema = \"actor/1\"\nkey = [\"id\"]\n[map]\nname = \"nom\"").unwrap());

fn twice(rules: &Rules, record: &Record) -> (Normalised, Normalised) {
    (entities(rules, record), entities(rules, record))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_record_panics_and_the_same_gives_the_same(record in any_record()) {
        for rules in BOTH.iter() {
            let (first, second) = twice(rules, &record);
            prop_assert_eq!(first, second);
        }
    }

    #[test]
    fn a_name_normalised_again_stays_as_it_is(name in "[\\PC<>&;@0-9 ./+-]{1,40}") {
        let once = entities(&NAME, &record(&json!({"id": 1, "nom": name})));
        if let Some(first) = once.entities.first() {
            let again = entities(&NAME, &record(&json!({"id": 1, "nom": first.text("name")})));
            prop_assert_eq!(&first.columns, &again.entities[0].columns);
        }
    }
}
