//! What is written is read back, and written alike twice.

use bytes::Bytes;
use moisson_model::Shape;
use serde_json::{Map, Value, json};

use super::{read_rows, write_rows};
use crate::Field;

fn fields() -> Vec<Field> {
    vec![
        Field::new("id", Shape::Text)
            .required()
            .described("what it is"),
        Field::new("seen", Shape::Timestamp).described("when"),
        Field::new("day", Shape::Date),
        Field::new("lon", Shape::Number),
        Field::new("records", Shape::Integer),
        Field::new("free", Shape::Boolean),
        Field::new("names", Shape::Text).list(),
        Field::new("days", Shape::Date).list(),
    ]
}

fn rows() -> Vec<Map<String, Value>> {
    let rows = json!([
        {"id": "a", "seen": "2026-11-22T04:00:00.000001Z", "day": "1969-12-31", "lon": -1.5, "records": 7, "free": false,
         "names": ["é", "b"], "days": ["2026-02-28"]},
        {"id": "b", "names": []},
    ]);
    rows.as_array()
        .unwrap()
        .iter()
        .map(|row| row.as_object().unwrap().clone())
        .collect()
}

fn written(rows: Vec<Map<String, Value>>) -> Vec<u8> {
    let mut out = Vec::new();
    write_rows(&fields(), rows, &mut out, &[("source", "x".to_owned())]).unwrap();
    out
}

#[test]
fn rows_are_read_back_as_they_were_written() {
    let read: Result<Vec<_>, _> = read_rows(Bytes::from(written(rows()))).unwrap().collect();
    assert_eq!(read.unwrap(), rows());
}

#[test]
fn an_empty_table_is_read_back_empty() {
    assert_eq!(
        read_rows(Bytes::from(written(Vec::new()))).unwrap().count(),
        0
    );
}

#[test]
fn the_same_rows_give_the_same_bytes() {
    let first = written(rows());
    for _ in 0..8 {
        assert_eq!(written(rows()), first);
    }
}

#[test]
fn more_rows_than_a_batch_are_all_kept() {
    let many = (0..10_000)
        .map(|n| {
            json!({"id": format!("{n:05}")})
                .as_object()
                .unwrap()
                .clone()
        })
        .collect();
    let ids = read_rows(Bytes::from(written(many)))
        .unwrap()
        .map(|row| row.unwrap()["id"].clone());
    assert!(
        ids.enumerate()
            .all(|(n, id)| id == json!(format!("{n:05}")))
    );
}

#[test]
fn a_value_of_another_type_is_refused_by_its_row_and_column() {
    for (row, column) in [
        (json!({"id": "a", "day": "yesterday"}), "`day`"),
        (json!({"id": "a", "names": "one"}), "`names`"),
        (json!({"id": "a", "names": [null]}), "`names`"),
        (json!({"seen": "2026-11-22T04:00:00Z"}), "`id`"),
    ] {
        let error = write_rows(
            &fields(),
            [row.as_object().unwrap().clone()],
            Vec::new(),
            &[],
        )
        .unwrap_err();
        assert!(error.to_string().contains(column), "{error}");
    }
}
