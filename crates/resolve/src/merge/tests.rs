//! Survivors on two or three statements of our own.

use jiff::Timestamp;
use moisson_model::{Digest, Entity, Kind, Provenance, RecordKey, Schema, SourceId};
use serde_json::{Value, json};

use super::{merge, order};
use crate::{Rules, Spec};

const SCHEMA: &str = r#"{
  "x-table": "events", "x-version": "1.0.0", "type": "object", "required": ["id", "name"],
  "properties": {
    "id": {"type": "string"},
    "confidence": {"type": "string"},
    "modified": {"type": "string"},
    "name": {"type": "string"},
    "alternate_names": {"type": "array", "items": {"type": "string"}},
    "town": {"type": ["string", "null"]},
    "postal_code": {"type": ["string", "null"]},
    "event_type": {"type": ["string", "null"]},
    "start": {"type": ["string", "null"], "format": "date-time"},
    "start_date": {"type": ["string", "null"], "format": "date"},
    "end_date": {"type": ["string", "null"], "format": "date"},
    "date_precision": {"type": ["string", "null"]},
    "lon": {"type": ["number", "null"]},
    "lat": {"type": ["number", "null"]},
    "themes": {"type": "array", "items": {"type": "string"}}
  }
}"#;

fn entity(source: &str, key: &str, columns: &Value) -> Entity {
    Entity {
        kind: Kind::Event,
        source: SourceId::new(source).unwrap(),
        key: RecordKey::join([key]),
        columns: columns.as_object().unwrap().clone(),
        provenance: Provenance {
            url: "https://essai.example/".to_owned(),
            fetched_at: Timestamp::UNIX_EPOCH,
            sha256: Digest::of(b""),
        },
        traces: Vec::new(),
    }
}

fn merged(members: &[Entity]) -> (Value, Vec<String>) {
    let schema = Schema::from_json(SCHEMA).unwrap();
    let made = merge(&schema, &members.iter().collect::<Vec<_>>());
    let origins = made
        .origins
        .iter()
        .map(|(column, member)| format!("{column}={member}"))
        .collect();
    (Value::Object(made.columns), origins)
}

#[test]
fn trust_orders_sources_then_slug_and_key() {
    let spec = Spec {
        prefer: vec!["zeta".to_owned()],
        ..Spec::default()
    };
    let rules = Rules::new(&spec).unwrap();
    let all = ["beta", "zeta", "alpha", "beta"];
    let entities: Vec<Entity> = all
        .iter()
        .enumerate()
        .map(|(at, source)| entity(source, &(9 - at).to_string(), &json!({})))
        .collect();
    let mut members: Vec<&Entity> = entities.iter().collect();
    order(&rules, &mut members);
    let shown: Vec<String> = members
        .iter()
        .map(|member| member.member().to_string())
        .collect();
    assert_eq!(shown, ["zeta/8", "alpha/7", "beta/6", "beta/9"]);
}

#[test]
fn the_first_gives_scalars_and_all_give_lists() {
    let (columns, origins) = merged(&[
        entity(
            "a",
            "1",
            &json!({"name": "Tilleul", "themes": ["x"], "event_type": "unknown", "confidence": "doubtful"}),
        ),
        entity(
            "b",
            "2",
            &json!({"name": "Le Tilleul", "themes": ["y", "x"], "event_type": "week", "confidence": "implied", "id": "no", "alternate_names": ["Tilleul", "TILL"]}),
        ),
    ]);
    assert_eq!(
        columns,
        json!({
            "confidence": "implied", "name": "Tilleul", "alternate_names": ["Le Tilleul", "TILL"],
            "event_type": "week", "themes": ["x", "y"]
        })
    );
    assert!(
        origins.contains(&"name=a/1".to_owned()) && origins.contains(&"event_type=b/2".to_owned())
    );
}

#[test]
fn dates_come_together_from_the_finest() {
    let (columns, _) = merged(&[
        entity(
            "a",
            "1",
            &json!({"date_precision": "day", "start_date": "2030-05-02", "end_date": "2030-05-09"}),
        ),
        entity(
            "b",
            "2",
            &json!({"date_precision": "minute", "start": "2030-05-02T08:00:00Z", "start_date": "2030-05-02"}),
        ),
        entity(
            "c",
            "3",
            &json!({"date_precision": "minute", "start": "2030-05-02T09:00:00Z"}),
        ),
    ]);
    let expected = json!({"start": "2030-05-02T08:00:00Z", "start_date": "2030-05-02", "date_precision": "minute"});
    assert_eq!(columns, expected);
}

#[test]
fn a_point_and_a_postal_code_never_come_from_another_town() {
    let (columns, _) = merged(&[
        entity("a", "1", &json!({"town": "Hem", "lon": 3.2})),
        entity(
            "b",
            "2",
            &json!({"town": "Pau", "postal_code": "64000", "lon": 1.0, "lat": 2.0}),
        ),
        entity(
            "c",
            "3",
            &json!({"town": "HEM", "postal_code": "59510", "lon": 3.1, "lat": 50.6}),
        ),
    ]);
    assert_eq!(
        columns,
        json!({"town": "Hem", "postal_code": "59510", "lon": 3.1, "lat": 50.6})
    );
}
