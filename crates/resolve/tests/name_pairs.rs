//! The labelled pairs of names, names alone, through the real rules: no false merge, and how much is found.
#![expect(
    clippy::disallowed_methods,
    reason = "a test reads its labelled pairs from disk"
)]

use std::path::Path;

use jiff::Timestamp;
use moisson_model::{Digest, Entity, Kind, Provenance, RecordKey, SourceId};
use moisson_resolve::{Rules, Spec, Zone, compare, features, keys};
use serde_json::{Map, Value};

fn named(kind: Kind, source: &str, name: &str) -> Entity {
    let mut columns = Map::new();
    columns.insert("name".to_owned(), Value::from(name));
    Entity {
        kind,
        source: SourceId::new(source).expect("a slug"),
        key: RecordKey::join([name]),
        columns,
        provenance: Provenance {
            url: "https://essai.example/".to_owned(),
            fetched_at: Timestamp::UNIX_EPOCH,
            sha256: Digest::of(b""),
        },
        traces: Vec::new(),
    }
}

struct Pair {
    left: String,
    right: String,
    same: bool,
}

fn pairs() -> Option<Vec<Pair>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/domain/name_pairs.csv");
    let text = std::fs::read_to_string(path).ok()?;
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let rows = reader.records().map(|row| {
        let row = row.expect("three columns and a reason");
        Pair {
            left: row[0].to_owned(),
            right: row[1].to_owned(),
            same: &row[2] == "same",
        }
    });
    Some(rows.collect())
}

fn share(part: usize, whole: usize) -> String {
    let percent = (1000 * part).checked_div(whole).unwrap_or(0);
    format!("{part}/{whole} ({}.{} %)", percent / 10, percent % 10)
}

#[test]
fn labelled_pairs_never_merge_falsely() {
    let Some(pairs) = pairs() else {
        println!("skipped: `shared/domain/name_pairs.csv` is not here");
        return;
    };
    let rules = Rules::new(&Spec::default()).unwrap();
    for kind in [Kind::Actor, Kind::Programme, Kind::Event] {
        let (mut merged, mut right, mut reviewed, mut blocked, mut wrong) =
            (0, 0, 0, 0, Vec::new());
        for pair in &pairs {
            let left = features(&rules, &named(kind, "a", &pair.left));
            let other = features(&rules, &named(kind, "b", &pair.right));
            let found = compare(&rules, &left, &other);
            merged += usize::from(found.zone == Zone::Same);
            right += usize::from(found.zone == Zone::Same && pair.same);
            reviewed += usize::from(found.zone == Zone::Review && pair.same);
            let meets = keys(&left).iter().any(|key| keys(&other).contains(key));
            blocked += usize::from(meets && pair.same && found.zone != Zone::Different);
            if found.zone == Zone::Same && !pair.same {
                wrong.push(format!("{} / {}", pair.left, pair.right));
            }
            if pair.same && found.zone != Zone::Same {
                println!("{kind}: {} / {}: {:?}", pair.left, pair.right, found.zone);
            }
        }
        let same = pairs.iter().filter(|pair| pair.same).count();
        println!("{kind}: precision {}", share(right, merged));
        println!("{kind}: recall of `same` {}", share(right, same));
        println!(
            "{kind}: recall of `same` or `review` {}",
            share(right + reviewed, same)
        );
        println!(
            "{kind}: of these met by a blocking key {}",
            share(blocked, right + reviewed)
        );
        assert!(wrong.is_empty(), "{kind}: merged falsely: {wrong:?}");
    }
}
