//! The lake as its callers use it: leases, runs, promotion, and what a kill leaves.

use jiff::{SignedDuration, Timestamp};
use moisson_model::{
    Cause, Digest, Entity, EntityId, Kind, Member, Outcome, Provenance, RecordKey, SourceId,
    Version,
};
use moisson_publish::Folder as _;
use proptest::prelude::*;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{Lake, LedgerChange, Minted, Redirect, ReleaseRecord, RunCommit};

const GRACE: SignedDuration = SignedDuration::from_hours(24);

fn lake() -> (TempDir, Lake) {
    let folder = tempfile::tempdir().unwrap();
    let lake = Lake::open(folder.path()).unwrap();
    (folder, lake)
}

fn at(hour: i64) -> Timestamp {
    Timestamp::from_second(1_795_000_000 + hour * 3600).unwrap()
}

fn source() -> SourceId {
    SourceId::new("liste").unwrap()
}

fn entity(key: &str, name: &str) -> Entity {
    let columns = json!({ "name": name }).as_object().unwrap().clone();
    let sha256 = Digest::of(b"page");
    let provenance = Provenance {
        url: "http://liste.example/".to_owned(),
        fetched_at: at(0),
        sha256,
    };
    let key = RecordKey::join([key]);
    Entity {
        kind: Kind::Actor,
        source: source(),
        key,
        columns,
        provenance,
        traces: Vec::new(),
    }
}

fn commit(lake: &Lake, hour: i64, outcome: Outcome, entities: Vec<Entity>) -> crate::RunSummary {
    let run = lake.begin_run(&source(), at(hour)).unwrap();
    lake.commit_run(run, &ended(hour, outcome, entities))
        .unwrap()
}

fn ended(hour: i64, outcome: Outcome, entities: Vec<Entity>) -> RunCommit {
    RunCommit {
        source: source(),
        at: at(hour),
        outcome,
        cause: (outcome == Outcome::Failed).then_some(Cause::Timeout),
        harvested: Some(outcome),
        spec_digest: Digest::of(b"rules"),
        records: entities.len() as u64,
        entities,
        rejects: Vec::new(),
        issues: Vec::new(),
        due: Some(at(hour + 24)),
    }
}

fn keys(lake: &Lake, hour: i64) -> Vec<String> {
    let held = lake.entities(&source(), at(hour), GRACE).unwrap();
    held.into_iter()
        .map(|held| held.entity.key.to_string())
        .collect()
}

#[test]
fn a_lease_is_taken_once_and_taken_over_when_it_is_over() {
    let (_folder, lake) = lake();
    let ttl = SignedDuration::from_mins(2);
    assert!(lake.take_lease("source:liste", "one", at(0), ttl).unwrap());
    assert!(
        !lake
            .take_lease(
                "source:liste",
                "two",
                at(0) + SignedDuration::from_mins(1),
                ttl
            )
            .unwrap()
    );
    lake.renew_lease(
        "source:liste",
        "one",
        at(0) + SignedDuration::from_mins(1),
        ttl,
    )
    .unwrap();
    assert!(
        !lake
            .take_lease(
                "source:liste",
                "two",
                at(0) + SignedDuration::from_mins(2),
                ttl
            )
            .unwrap()
    );
    assert!(lake.take_lease("source:liste", "two", at(1), ttl).unwrap());
    lake.drop_lease("source:liste", "one").unwrap();
    assert_eq!(lake.leases(at(1)).unwrap()[0].owner, "two");
}

#[test]
fn a_host_is_of_one_process_and_another_that_wants_it_is_told_of() {
    let (_folder, lake) = lake();
    let second = SignedDuration::from_secs(1);
    assert_eq!(
        lake.take_host("h.example", "one", at(0)).unwrap(),
        Some(String::new())
    );
    assert_eq!(lake.take_host("h.example", "two", at(0)).unwrap(), None);
    assert!(
        lake.give_host("h.example", "one", "{}", at(0) + second * 9)
            .unwrap()
    );
    assert_eq!(
        lake.take_host("h.example", "two", at(1)).unwrap(),
        Some("{}".to_owned())
    );
    assert!(
        !lake
            .give_host("h.example", "two", "{\"a\":1}", at(1))
            .unwrap()
    );
    assert_eq!(
        lake.take_host("h.example", "one", at(1))
            .unwrap()
            .as_deref(),
        Some("{\"a\":1}")
    );
    assert_eq!(lake.take_host("h.example", "two", at(1)).unwrap(), None);
    assert!(
        !lake
            .give_host("h.example", "one", "{}", at(1) + second * 11)
            .unwrap()
    );
    assert_eq!(
        lake.hosts().unwrap(),
        [("h.example".to_owned(), "{}".to_owned())]
    );
}

#[test]
fn only_a_complete_run_marks_a_record_missing_and_a_grace_follows() {
    let (_folder, lake) = lake();
    let added = commit(
        &lake,
        0,
        Outcome::Complete,
        vec![entity("a", "A"), entity("b", "B")],
    );
    assert_eq!(added.added, 2);
    commit(&lake, 1, Outcome::Partial, vec![entity("a", "A")]);
    commit(&lake, 2, Outcome::Failed, Vec::new());
    assert_eq!(keys(&lake, 2), ["a", "b"]);
    let missing = commit(&lake, 3, Outcome::Complete, vec![entity("a", "A bis")]);
    assert_eq!((missing.changed, missing.missing), (1, 1));
    assert_eq!(keys(&lake, 27), ["a", "b"]);
    assert_eq!(keys(&lake, 28), ["a"]);
    let back = commit(
        &lake,
        29,
        Outcome::Complete,
        vec![entity("a", "A bis"), entity("b", "B")],
    );
    assert_eq!((back.unchanged, back.returned), (1, 1));
    assert_eq!(keys(&lake, 99), ["a", "b"]);
}

#[test]
fn a_run_ends_once_and_sets_when_the_source_is_due() {
    let (_folder, lake) = lake();
    let run = lake.begin_run(&source(), at(0)).unwrap();
    assert_eq!(lake.due(&source()).unwrap(), None);
    assert_eq!(lake.last_run(&source()).unwrap(), None);
    lake.commit_run(run, &ended(0, Outcome::Complete, Vec::new()))
        .unwrap();
    assert!(
        lake.commit_run(run, &ended(1, Outcome::Failed, Vec::new()))
            .is_err()
    );
    assert_eq!(lake.due(&source()).unwrap(), Some(at(24)));
    assert_eq!(
        lake.last_run(&source()).unwrap().unwrap().outcome,
        Outcome::Complete
    );
}

#[test]
fn the_ledger_comes_back_as_it_was() {
    let (_folder, lake) = lake();
    let id = |local: &str| EntityId {
        kind: Kind::Actor,
        local: local.to_owned(),
    };
    let member = Member {
        kind: Kind::Actor,
        source: source(),
        key: RecordKey::join(["a|b"]),
    };
    let redirect = Redirect {
        old: id("old"),
        new: id("new"),
        reason: "merge".to_owned(),
        since: at(0),
    };
    let change = LedgerChange {
        minted: vec![(
            id("new"),
            Minted {
                at: at(0),
                first: member.clone(),
            },
        )],
        members: vec![(member.clone(), id("new"))],
        redirects: vec![redirect.clone()],
        ..LedgerChange::default()
    };
    lake.commit_resolution("jeu", &change).unwrap();
    let ledger = lake.ledger("jeu").unwrap();
    assert_eq!(ledger.members[&member], id("new"));
    assert_eq!(ledger.ids[&id("new")].first, member);
    assert_eq!(ledger.redirects, [redirect]);
    assert!(lake.ledger("other").unwrap().ids.is_empty());
}

/// Stages and promotes a version of one file.
fn release(lake: &Lake, hour: i64, content: &str) -> Result<(), crate::Error> {
    let version = Version::at(at(hour));
    let mut staging = lake.stage("jeu", &version).unwrap();
    for name in ["README.md", "SHA256SUMS"] {
        staging
            .create(name)
            .unwrap()
            .write_all(content.as_bytes())
            .unwrap();
    }
    let previous = lake
        .latest_release("jeu")
        .unwrap()
        .map(|latest| latest.version);
    let digest = Digest::of(content.as_bytes());
    let record = ReleaseRecord {
        version,
        previous,
        digest,
        schema: Value::Null,
        rows: [].into(),
    };
    lake.promote(&staging, "jeu", &record)
}

#[test]
fn a_promotion_moves_the_pointer_and_is_never_edited() {
    let (folder, lake) = lake();
    let publish = folder.path().join("publish");
    release(&lake, 0, "one").unwrap();
    release(&lake, 1, "two").unwrap();
    let latest = std::fs::read_link(publish.join("latest")).unwrap();
    assert_eq!(
        latest.to_str().unwrap(),
        format!("releases/{}", Version::at(at(1)))
    );
    assert_eq!(
        std::fs::read(publish.join("latest/README.md")).unwrap(),
        b"two"
    );
    release(&lake, 1, "two").unwrap();
    assert!(matches!(
        release(&lake, 1, "three"),
        Err(crate::Error::Published(_))
    ));
    assert_eq!(
        std::fs::read(publish.join("latest/README.md")).unwrap(),
        b"two"
    );
    let index: Value =
        serde_json::from_slice(&std::fs::read(publish.join("releases/index.json")).unwrap())
            .unwrap();
    assert_eq!(index["releases"].as_array().unwrap().len(), 2);
    assert_eq!(
        index["releases"][1]["previous"],
        Version::at(at(0)).as_str()
    );
}

#[test]
fn a_pointer_that_a_kill_left_behind_is_brought_up() {
    let (folder, lake) = lake();
    release(&lake, 0, "one").unwrap();
    release(&lake, 1, "two").unwrap();
    let latest = folder.path().join("publish/latest");
    std::fs::remove_file(&latest).unwrap();
    std::os::unix::fs::symlink(format!("releases/{}", Version::at(at(0))), &latest).unwrap();
    lake.latest_release("jeu").unwrap();
    assert_eq!(std::fs::read(latest.join("README.md")).unwrap(), b"two");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whatever the runs, what is held is the last complete set and what partial runs added to it since.
    #[test]
    fn what_is_held_is_the_last_complete_set_and_what_came_since(
        runs in proptest::collection::vec((0..4_usize, proptest::collection::btree_set(0..6_u8, 0..6)), 1..8)
    ) {
        let (_folder, lake) = lake();
        let mut expected = std::collections::BTreeSet::new();
        for (hour, (outcome, listed)) in runs.iter().enumerate() {
            let outcome = [Outcome::Complete, Outcome::Partial, Outcome::Unchanged, Outcome::Failed][*outcome];
            let listed: std::collections::BTreeSet<String> = listed.iter().map(ToString::to_string).collect();
            match outcome {
                Outcome::Complete => expected.clone_from(&listed),
                Outcome::Partial => expected.extend(listed.iter().cloned()),
                Outcome::Unchanged | Outcome::Failed => {}
            }
            let entities = listed.iter().map(|key| entity(key, key)).collect();
            commit(&lake, i64::try_from(hour).unwrap(), outcome, entities);
        }
        let long_after = keys(&lake, 10_000);
        prop_assert_eq!(long_after, expected.into_iter().collect::<Vec<_>>());
    }
}

#[test]
fn a_lake_can_be_made_by_many_at_once() {
    for _ in 0..5 {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        std::thread::scope(|scope| {
            let opening = [(); 8].map(|()| scope.spawn(|| Lake::open(path).map(drop)));
            for opened in opening {
                opened.join().unwrap().unwrap();
            }
        });
    }
}
