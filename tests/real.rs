//! Real files of other projects, where they are beside the repository: harvested over loopback HTTP, released, and
//! counted against what `tests/real/expected.toml` says of the files themselves.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value;

use crate::consumers::consume;
use crate::support::contacts::{Values, contacts};
use crate::support::real::{Field, REAL, Statement, run, server};
use crate::support::{manifest, records, root, shared};

const TABLES: [&str; 6] = [
    "actors",
    "events",
    "programmes",
    "relations",
    "places",
    "documents",
];

/// How many bear each text of a column.
fn tally<'a>(items: impl IntoIterator<Item = &'a Value>, column: &str) -> BTreeMap<String, usize> {
    let mut found = BTreeMap::new();
    for item in items {
        let word = item[column].as_str().unwrap_or_default().to_owned();
        *found.entry(word).or_default() += 1;
    }
    found
}

/// The statements that a record of the release was made of, as `source#type/key`, decoded.
fn statements(record: &Value) -> Vec<String> {
    let derived = record["wasDerivedFrom"].as_array().into_iter().flatten();
    let iris = derived.filter_map(Value::as_str);
    let own = iris.map(|iri| iri.rsplit_once("/source/").unwrap().1);
    own.map(|own| {
        let plain = percent_encoding::percent_decode_str(own).decode_utf8_lossy();
        plain.into_owned()
    })
    .collect()
}

#[test]
fn every_source_gives_what_its_file_holds() {
    let Some(real) = &*REAL else { return };
    println!("the whole run took {:.1?}", real.took);
    let failed = real
        .expected
        .source
        .iter()
        .any(|source| source.outcome != "complete");
    assert_eq!(real.code, if failed { 3 } else { 0 });
    for source in &real.expected.source {
        let (slug, found) = (&source.slug, real.source(&source.slug));
        assert_eq!(found["outcome"], source.outcome.as_str(), "{slug}: {found}");
        assert_eq!(found["records"], source.records, "{slug}");
        let entities: usize = source.entities.values().sum();
        assert_eq!(found["entities"], entities, "{slug}");
        let rejects = real.rejects.iter().filter(|item| item["source"] == **slug);
        assert_eq!(tally(rejects, "code"), source.rejects, "{slug}");
        let issues = found["issues"].as_array().unwrap();
        assert_eq!(tally(issues, "code"), source.issues, "{slug}: {issues:?}");
    }
    let reported = real.report["sources"].as_array().unwrap().len();
    assert_eq!(reported, real.expected.source.len());
}

#[test]
fn every_statement_of_a_source_is_in_the_release() {
    let Some(real) = &*REAL else { return };
    let mut found: BTreeMap<String, BTreeMap<String, usize>> = BTreeMap::new();
    for table in TABLES {
        for statement in records(&real.latest(), table).iter().flat_map(statements) {
            let (slug, _) = statement.split_once('#').unwrap();
            let of_source = found.entry(slug.to_owned()).or_default();
            *of_source.entry(table.to_owned()).or_default() += 1;
        }
    }
    for source in &real.expected.source {
        assert_eq!(found[&source.slug], source.entities, "{}", source.slug);
    }
}

#[test]
fn tables_have_the_rows_that_are_expected_and_stated() {
    let Some(real) = &*REAL else { return };
    let manifest = manifest(&real.latest());
    for (table, bounds) in &real.expected.tables {
        let rows = records(&real.latest(), table).len();
        println!("{table}: {rows} rows");
        assert!((bounds.min..=bounds.max).contains(&rows), "{table}: {rows}");
        assert_eq!(manifest["entity_counts"][table], rows, "{table}");
    }
    for file in manifest["files"].as_array().unwrap() {
        let path = file["path"].as_str().unwrap();
        if path.starts_with("tables/") {
            assert_eq!(file["rows"], real.texts[path].lines().count(), "{path}");
        }
    }
    consume("read.py", &[&real.latest(), &root().join("schemas/v1")]);
}

#[test]
fn what_is_certainly_one_shares_an_identifier() {
    let Some(real) = &*REAL else { return };
    for merge in &real.expected.merge {
        let kind = merge.table.trim_end_matches('s');
        let iri = |statement: &Statement| {
            let wanted = format!("{}#{kind}/{}", statement.source, statement.key);
            let rows = records(&real.latest(), &merge.table);
            let row = rows.iter().find(|row| statements(row).contains(&wanted));
            let row = row.unwrap_or_else(|| panic!("{wanted} is not in the release"));
            row["id"].as_str().unwrap().to_owned()
        };
        assert_eq!(iri(&merge.left), iri(&merge.right), "{}", merge.why);
    }
}

#[test]
fn a_reject_says_why() {
    let Some(real) = &*REAL else { return };
    for reject in &real.rejects {
        for column in ["code", "message", "kind"] {
            assert!(!reject[column].as_str().unwrap().is_empty(), "{reject}");
        }
        assert!(reject["raw"].is_object(), "{reject}");
    }
}

/// The definitions say nothing of unmapped fields because they name them all: without their `ignore`, what they
/// ignored is reported, once a field.
#[test]
fn a_field_that_is_neither_mapped_nor_ignored_is_reported() {
    let (Some(files), Some(_)) = (shared("data"), &*REAL) else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let source = "pipelines/sources/mednum/real-mednum-angers.toml";
    let definition = std::fs::read_to_string(root().join("tests/real").join(source)).unwrap();
    let mut definition: toml::Table = toml::from_str(&definition).unwrap();
    let normalise = definition["normalise"].as_table_mut().unwrap();
    let ignored = normalise.remove("ignore").unwrap();
    let ignored: BTreeSet<String> = ignored
        .as_array()
        .unwrap()
        .iter()
        .map(|field| format!("/{}", field.as_str().unwrap()))
        .collect();
    let dataset = "pipelines/datasets/real.toml";
    put(folder.path(), source, &definition.to_string());
    let text = std::fs::read_to_string(root().join("tests/real").join(dataset)).unwrap();
    put(folder.path(), dataset, &text);
    let report = run(folder.path(), &folder.path().join("data"), &server(&files))
        .exits(0)
        .json();
    let issues = report["sources"][0]["issues"].as_array().unwrap();
    let unmapped: Vec<&Value> = issues
        .iter()
        .filter(|issue| issue["code"] == "unmapped-field")
        .collect();
    let fields = tally(unmapped.iter().copied(), "location");
    assert_eq!(fields.keys().cloned().collect::<BTreeSet<_>>(), ignored);
    assert_eq!(unmapped.len(), ignored.len());
}

fn put(folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

#[test]
fn no_e_mail_address_and_no_phone_number_of_anyone_comes_out() {
    let Some(real) = &*REAL else { return };
    for (name, text) in &real.texts {
        let found: BTreeSet<String> = contacts(text).into_iter().collect();
        assert!(found.is_empty(), "{name}: {found:?}");
    }
}

#[test]
fn no_value_of_a_contact_column_comes_out() {
    let (Some(files), Some(real)) = (shared("data"), &*REAL) else {
        return;
    };
    let personal = &real.expected.personal;
    let mut held = BTreeSet::new();
    for field in &personal.field {
        let of_field = held_in(&files, field);
        assert!(!of_field.is_empty(), "{field:?} holds nothing");
        held.extend(of_field);
    }
    held.retain(|value| value.chars().count() >= personal.shortest);
    println!("{} values of persons", held.len());
    let held = Values::new(&held);
    for (name, text) in &real.texts {
        let found = held.found_in(text);
        assert!(found.is_empty(), "{name}: {found:?}");
    }
}

/// The values of a field of a file; a number also with the zero that a spreadsheet took.
fn held_in(files: &Path, field: &Field) -> BTreeSet<String> {
    let path = files.join(&field.file);
    let found = match (&field.column, &field.pointer) {
        (Some(column), None) => of_column(&path, column),
        (None, Some(pointer)) => {
            let text = std::fs::read_to_string(path).unwrap();
            let document: Value = serde_json::from_str(&text).unwrap();
            let mut found = Vec::new();
            let steps: Vec<&str> = pointer.split('/').skip(1).collect();
            of_pointer(&document, &steps, &mut found);
            found
        }
        _ => panic!("{field:?} is neither a column nor a pointer"),
    };
    let zeroed = found
        .iter()
        .filter(|value| value.bytes().all(|byte| byte.is_ascii_digit()))
        .map(|value| format!("0{value}"));
    let zeroed: Vec<String> = zeroed.collect();
    let all = found.into_iter().chain(zeroed);
    all.filter(|value| !value.is_empty()).collect()
}

fn of_column(path: &Path, column: &str) -> Vec<String> {
    let mut reader = csv::Reader::from_path(path).unwrap();
    let headers = reader.headers().unwrap();
    let at = headers.iter().position(|name| name == column).unwrap();
    reader
        .records()
        .map(|row| row.unwrap()[at].trim().to_owned())
        .collect()
}

fn of_pointer(value: &Value, steps: &[&str], found: &mut Vec<String>) {
    match (steps.split_first(), value) {
        (None, Value::String(text)) => found.push(text.trim().to_owned()),
        (None, Value::Number(number)) => found.push(number.to_string()),
        (None, _) => {}
        (Some((&"*", rest)), Value::Array(items)) => {
            for item in items {
                of_pointer(item, rest, found);
            }
        }
        (Some((&"*", rest)), Value::Object(fields)) => {
            for item in fields.values() {
                of_pointer(item, rest, found);
            }
        }
        (Some((step, rest)), _) => {
            if let Some(inner) = value.get(*step) {
                of_pointer(inner, rest, found);
            }
        }
    }
}
