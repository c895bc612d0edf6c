//! Each annotation of a schema, and what it makes of a row.

use std::collections::BTreeMap;

use moisson_model::{EntityId, Kind, Row, Schema};
use serde_json::{Value, json};

use super::Nodes;
use crate::context::Terms;

const BASE: &str = "https://data.example.org/";

const SCHEMA: &str = r#"{
  "x-table": "events", "x-version": "1.0.0", "required": ["id"],
  "x-jsonld-type": {"base": ["Event"], "by": {"tags": {"course": ["CourseInstance", "Event"]}}},
  "x-jsonld-nodes": {"location": {"type": "Place"}},
  "x-jsonld-context": {
    "Event": "schema:Event", "CourseInstance": "schema:CourseInstance", "Place": "schema:Place",
    "EventScheduled": "schema:EventScheduled", "location": {"@id": "schema:location", "@container": "@set"}},
  "properties": {
    "id": {"type": "string"},
    "name": {"type": "string", "x-jsonld-context": {"name": {"@id": "schema:name", "@language": "FR"}}},
    "lat": {"type": "number", "x-jsonld-node": "location",
            "x-jsonld-context": {"latitude": {"@id": "schema:latitude", "@type": "xsd:decimal"}}},
    "status": {"type": "string", "x-jsonld-map": {"planned": "EventScheduled"},
               "x-jsonld-context": {"eventStatus": {"@id": "schema:eventStatus", "@type": "@vocab"}}},
    "start": {"type": "string", "format": "date-time",
              "x-jsonld-context": {"startDate": {"@id": "schema:startDate", "@type": "xsd:dateTime"}}},
    "start_date": {"type": "string", "format": "date", "x-jsonld-unless": "start",
                   "x-jsonld-context": {"startDay": {"@id": "schema:startDate", "@type": "xsd:date"}}},
    "tags": {"type": "array", "items": {"type": "string"}, "x-vocabulary": "tags",
             "x-jsonld-context": {"about": {"@id": "schema:about", "@type": "@id", "@container": "@set"},
                                  "keywords": {"@id": "schema:keywords", "@container": "@set"}}},
    "number": {"type": "string", "x-identifier": "A-Number", "x-jsonld-template": "https://number.example/{}",
               "x-jsonld-context": {"sameAs": {"@id": "schema:sameAs", "@type": "@id", "@container": "@set"}}},
    "pages": {"type": "array", "items": {"type": "string"},
              "x-jsonld-context": {"sameAs": {"@id": "schema:sameAs", "@type": "@id", "@container": "@set"}}},
    "host": {"type": "string", "x-jsonld-when": {"organizer": {"status": ["planned"]}},
             "x-jsonld-context": {"organizer": {"@id": "schema:organizer", "@type": "@id"}}},
    "licence": {"type": "string", "x-jsonld-context": {"licence": {"@id": "dct:license", "@type": "@id"}}},
    "inner": {"type": "string"}
  }
}"#;

fn node(columns: Value) -> Value {
    let Value::Object(columns) = columns else {
        panic!("columns are an object")
    };
    let schema = Schema::from_json(SCHEMA).unwrap();
    let schemas = BTreeMap::from([(Kind::Event, schema.clone())]);
    let terms = Terms::new(&schemas, BASE).unwrap();
    let row = Row {
        id: EntityId {
            kind: Kind::Event,
            local: "a".to_owned(),
        },
        columns,
    };
    let node = Nodes::new(&schema, &terms, BASE)
        .unwrap()
        .node(&row)
        .unwrap();
    assert_eq!(node.keys().take(2).collect::<Vec<_>>(), ["type", "id"]);
    Value::Object(node)
}

#[test]
fn types_are_the_base_and_those_of_a_value_each_once() {
    assert_eq!(node(json!({}))["type"], json!(["Event"]));
    assert_eq!(
        node(json!({"tags": ["course"]}))["type"],
        json!(["Event", "CourseInstance"])
    );
}

#[test]
fn a_mapped_value_is_its_term_and_another_says_nothing() {
    assert_eq!(
        node(json!({"status": "planned"}))["eventStatus"],
        "EventScheduled"
    );
    assert_eq!(node(json!({"status": "odd"})).get("eventStatus"), None);
}

#[test]
fn a_day_gives_way_to_an_instant() {
    let both = node(json!({"start": "2026-12-08T09:00:00+01:00", "start_date": "2026-12-08"}));
    assert_eq!(both["startDate"], "2026-12-08T08:00:00Z");
    assert_eq!(both.get("startDay"), None);
    assert_eq!(
        node(json!({"start_date": "2026-12-08"}))["startDay"],
        "2026-12-08"
    );
}

#[test]
fn an_inner_node_has_a_fragment_and_decimals_are_texts() {
    assert_eq!(
        node(json!({"lat": 45.5}))["location"],
        json!([{"type": "Place", "id": "https://data.example.org/event/a#location", "latitude": "45.5"}])
    );
    assert_eq!(super::decimal(1e-7), "0.0000001");
    assert_eq!(super::decimal(-0.0), "0");
}

#[test]
fn a_coded_value_is_a_concept_where_the_key_holds_iris() {
    let node = node(json!({"tags": ["b", "a", "b"]}));
    assert_eq!(
        node["about"],
        json!([
            "https://data.example.org/vocab/tags/a",
            "https://data.example.org/vocab/tags/b"
        ])
    );
    assert_eq!(node["keywords"], json!(["a", "b"]));
}

#[test]
fn columns_of_one_key_are_joined_and_what_is_no_iri_is_left_out() {
    let node = node(
        json!({"number": "7", "pages": ["www.a.example", "https://number.example/7", "https://a.example/"]}),
    );
    assert_eq!(
        node["sameAs"],
        json!(["https://a.example/", "https://number.example/7"])
    );
    assert_eq!(
        node["identifier"],
        json!([{"type": "PropertyValue", "id": "https://data.example.org/event/a#a-number",
                "propertyID": "A-Number", "value": "7"}])
    );
}

#[test]
fn a_key_is_kept_only_where_its_condition_holds() {
    let host = "https://data.example.org/actor/h";
    assert_eq!(
        node(json!({"host": host, "status": "planned"}))["organizer"],
        host
    );
    assert_eq!(
        node(json!({"host": host, "status": "odd"})).get("organizer"),
        None
    );
    assert_eq!(node(json!({"host": host})).get("organizer"), None);
}

#[test]
fn a_licence_is_the_page_of_its_text() {
    let node = node(json!({"licence": "CC0-1.0", "inner": "kept in the table"}));
    assert_eq!(
        node["licence"],
        "https://creativecommons.org/publicdomain/zero/1.0/"
    );
    assert_eq!(node.as_object().unwrap().len(), 3);
}

#[test]
fn a_term_that_nobody_defines_is_refused_before_any_row() {
    let text = SCHEMA.replace(r#""Place": "schema:Place","#, "");
    let schema = Schema::from_json(&text).unwrap();
    let schemas = BTreeMap::from([(Kind::Event, schema.clone())]);
    let terms = Terms::new(&schemas, BASE).unwrap();
    assert!(Nodes::new(&schema, &terms, BASE).is_err());
}
