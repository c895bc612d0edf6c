//! What comes out of the demonstration: the gold and nothing else, the same on the next run, the same to the byte.

use std::collections::{BTreeMap, BTreeSet};

use moisson_model::Digest;
use serde_json::Value;

use crate::support::{AT, DEMO, demo_into, manifest, records, root, shared, tree};

/// What a row is judged by: its name, and what else the gold states of it.
type Facts = BTreeSet<Vec<String>>;

fn gold(table: &str) -> Vec<BTreeMap<String, String>> {
    let path = root().join(format!("tests/fixtures/gold/{table}.csv"));
    let mut reader = csv::Reader::from_path(path).unwrap();
    reader.deserialize().map(|row| row.unwrap()).collect()
}

fn text(record: &Value, key: &str) -> String {
    record
        .get(key)
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned()
}

/// The last segment of a concept's IRI.
fn notation(iri: &str) -> &str {
    iri.rsplit('/').next().unwrap_or_default()
}

fn notations(record: &Value, key: &str) -> String {
    let items = record
        .get(key)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str);
    items
        .map(notation)
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect::<Vec<_>>()
        .join("|")
}

/// A closing parenthesis is a note, and may be left out.
fn plain(name: &str) -> String {
    let cut = name
        .strip_suffix(')')
        .and_then(|head| head.rsplit_once(" ("));
    cut.map_or(name, |(head, _)| head).to_owned()
}

/// Prints precision and recall, and wants both to be whole.
#[track_caller]
fn judge(table: &str, gold: &Facts, found: &[Vec<String>]) {
    let set: Facts = found.iter().cloned().collect();
    assert_eq!(set.len(), found.len(), "{table}: something stands twice");
    let right = gold.intersection(&set).count();
    let share = |of: usize| {
        f64::from(u32::try_from(right).unwrap()) / f64::from(u32::try_from(of.max(1)).unwrap())
    };
    println!(
        "{table}: precision {:.3}, recall {:.3} ({right} of {})",
        share(set.len()),
        share(gold.len()),
        gold.len()
    );
    let missing: Vec<_> = gold.difference(&set).collect();
    let extra: Vec<_> = set.difference(gold).collect();
    assert!(
        missing.is_empty() && extra.is_empty(),
        "{table}\nmissing: {missing:#?}\nextra: {extra:#?}"
    );
}

fn pick(rows: &[BTreeMap<String, String>], columns: &[&str]) -> Facts {
    let row = |row: &BTreeMap<String, String>| {
        columns
            .iter()
            .map(|column| {
                if *column == "name" {
                    plain(&row[*column])
                } else {
                    row[*column].clone()
                }
            })
            .collect()
    };
    rows.iter().map(row).collect()
}

#[test]
fn every_actor_comes_out_once_with_its_families() {
    let gold = pick(&gold("actors"), &["name", "country", "families"]);
    let found: Vec<Vec<String>> = records(&DEMO.latest(), "actors")
        .iter()
        .map(|actor| {
            let country = actor
                .pointer("/address/addressCountry")
                .and_then(Value::as_str)
                .unwrap_or_default();
            vec![
                plain(&text(actor, "name")),
                country.to_owned(),
                notations(actor, "classification"),
            ]
        })
        .collect();
    judge("actors", &gold, &found);
}

#[test]
fn every_event_comes_out_once_on_its_days() {
    let gold = pick(&gold("events"), &["name", "start_date", "end_date"]);
    let day = |event: &Value, whole: &str, minute: &str| {
        let stated = [text(event, whole), text(event, minute)].concat();
        stated.split('T').next().unwrap_or_default().to_owned()
    };
    let found: Vec<Vec<String>> = records(&DEMO.latest(), "events")
        .iter()
        .map(|event| {
            vec![
                plain(&text(event, "name")),
                day(event, "startDay", "startDate"),
                day(event, "endDay", "endDate"),
            ]
        })
        .collect();
    judge("events", &gold, &found);
}

#[test]
fn every_programme_comes_out_once() {
    let gold = pick(&gold("programmes"), &["name", "kind"]);
    let found: Vec<Vec<String>> = records(&DEMO.latest(), "programmes")
        .iter()
        .map(|programme| {
            vec![
                plain(&text(programme, "name")),
                notation(&text(programme, "serviceType")).to_owned(),
            ]
        })
        .collect();
    judge("programmes", &gold, &found);
}

#[test]
fn every_article_comes_out_once_and_one_has_no_title() {
    let gold = pick(&gold("documents"), &["title", "published"]);
    let found: Vec<Vec<String>> = records(&DEMO.latest(), "documents")
        .iter()
        .map(|document| vec![text(document, "headline"), text(document, "datePublished")])
        .collect();
    judge("documents", &gold, &found);
}

#[test]
fn every_relation_comes_out_once_between_the_right_ends() {
    let latest = DEMO.latest();
    let mut names = BTreeMap::new();
    for table in ["actors", "events", "programmes", "documents"] {
        for record in records(&latest, table) {
            names.insert(text(&record, "id"), plain(&text(&record, "name")));
        }
    }
    let found: Vec<Vec<String>> = records(&latest, "relations")
        .iter()
        .map(|relation| {
            let (subject, object) = (
                &names[&text(relation, "subject")],
                &names[&text(relation, "object")],
            );
            let predicate = notation(&text(relation, "role")).to_owned();
            one_way(
                subject,
                &predicate,
                object,
                &text(relation, "confidence"),
                &text(relation, "asOf"),
            )
        })
        .collect();
    let gold: Facts = gold("relations")
        .iter()
        .map(|row| {
            let (subject, object) = (plain(&row["subject_name"]), plain(&row["object_name"]));
            one_way(
                &subject,
                &row["predicate"],
                &object,
                &row["confidence"],
                &row["as_of"],
            )
        })
        .collect();
    judge("relations", &gold, &found);
}

/// A partnership says the same in both directions: the gold is not asked which.
fn one_way(
    subject: &str,
    predicate: &str,
    object: &str,
    confidence: &str,
    as_of: &str,
) -> Vec<String> {
    let mut ends = [subject, object];
    if predicate == "partnerOf" {
        ends.sort_unstable();
    }
    [ends[0], predicate, ends[1], confidence, as_of]
        .map(str::to_owned)
        .to_vec()
}

#[test]
fn the_counts_of_the_manifest_are_those_of_the_facts() {
    let counts = &manifest(&DEMO.latest())["entity_counts"];
    for (table, expected) in [
        ("actors", 63),
        ("events", 15),
        ("programmes", 20),
        ("documents", 5),
        ("relations", 44),
    ] {
        assert_eq!(counts[table], expected, "{table}");
    }
}

#[test]
fn a_second_run_says_that_nothing_changed() {
    let folder = tempfile::tempdir().unwrap();
    demo_into(folder.path(), AT).exits(0);
    let before = tree(&folder.path().join("publish"));
    let again = demo_into(folder.path(), AT).exits(0);
    assert!(again.stdout.contains("nothing changed"), "{}", again.stdout);
    let later = demo_into(folder.path(), "2026-11-21T08:00:00Z").exits(0);
    assert!(later.stdout.contains("nothing changed"), "{}", later.stdout);
    assert_eq!(
        before.keys().collect::<Vec<_>>(),
        tree(&folder.path().join("publish"))
            .keys()
            .collect::<Vec<_>>()
    );
}

#[test]
fn two_fresh_folders_at_one_time_give_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    demo_into(folder.path(), AT).exits(0);
    let (one, two) = (
        tree(&DEMO.data().join("publish")),
        tree(&folder.path().join("publish")),
    );
    assert_eq!(
        one.keys().collect::<Vec<_>>(),
        two.keys().collect::<Vec<_>>()
    );
    for (name, content) in &one {
        assert!(content == &two[name], "{name} differs");
    }
}

#[test]
fn no_port_and_no_address_of_the_machine_is_published() {
    for (name, content) in texts() {
        assert!(
            !content.contains("127.0.0.1") && !content.contains("localhost"),
            "{name}"
        );
    }
}

#[test]
fn no_person_and_no_address_of_a_person_is_published() {
    for (name, content) in texts() {
        let contact = content.replace("contact@moisson.example", "");
        assert!(
            !contact.contains("@annuaire.example") && !contact.contains("mailto:"),
            "{name}"
        );
    }
    let Some(facts) = shared("domain/seed_facts.json") else {
        return;
    };
    let facts: Value = serde_json::from_str(&std::fs::read_to_string(facts).unwrap()).unwrap();
    let people = facts["people_never_published"].as_array().unwrap();
    let hashed: BTreeSet<&str> = people
        .iter()
        .filter_map(|person| person["name_sha256"].as_str())
        .collect();
    assert_eq!(hashed.len(), people.len());
    for (name, content) in texts() {
        let words: Vec<&str> = content
            .split(|c: char| !c.is_alphanumeric() && c != '-' && c != '\'')
            .collect();
        let words: Vec<&str> = words.into_iter().filter(|word| !word.is_empty()).collect();
        for length in 1..=4 {
            for group in words.windows(length) {
                let digest = Digest::of(group.join(" ").as_bytes()).to_string();
                assert!(!hashed.contains(digest.as_str()), "{name} names a person");
            }
        }
    }
}

/// The texts of a release: what is text, and what is gzip of text.
fn texts() -> Vec<(String, String)> {
    let latest = DEMO.latest();
    let mut texts: Vec<(String, String)> = [
        "actors",
        "events",
        "programmes",
        "relations",
        "places",
        "documents",
    ]
    .iter()
    .map(|table| {
        (
            (*table).to_owned(),
            records(&latest, table)
                .iter()
                .map(Value::to_string)
                .collect::<Vec<_>>()
                .join(
                    "
",
                ),
        )
    })
    .collect();
    for name in ["README.md", "LICENCES.md", "CHANGELOG.md", "manifest.json"] {
        texts.push((
            name.to_owned(),
            std::fs::read_to_string(latest.join(name)).unwrap(),
        ));
    }
    texts
}
