//! The split on small components of our own, and the promise that no contradiction is left.

use std::collections::BTreeSet;

use jiff::Timestamp;
use moisson_model::{Digest, Edge, Entity, Judge, Kind, Member, Provenance, RecordKey, SourceId};
use proptest::prelude::*;
use serde_json::json;

use super::split;
use crate::{Features, Rules, Spec, features};

fn member(number: usize, siren: Option<u8>) -> (Member, Features) {
    let siren = siren.map(|digit| digit.to_string().repeat(9));
    let columns = json!({"name": "Tilleulade", "siren": siren});
    let entity = Entity {
        kind: Kind::Actor,
        source: SourceId::new("essai").unwrap(),
        key: RecordKey::join([number.to_string().as_str()]),
        columns: columns.as_object().unwrap().clone(),
        provenance: Provenance {
            url: "https://essai.example/".to_owned(),
            fetched_at: Timestamp::UNIX_EPOCH,
            sha256: Digest::of(b""),
        },
        traces: Vec::new(),
    };
    let rules = Rules::new(&Spec::default()).unwrap();
    (entity.member(), features(&rules, &entity))
}

fn members(sirens: &[Option<u8>]) -> Vec<(Member, Features)> {
    sirens
        .iter()
        .enumerate()
        .map(|(at, siren)| member(at, *siren))
        .collect()
}

fn edge(
    members: &[(Member, Features)],
    left: usize,
    right: usize,
    score: f64,
    judge: Judge,
) -> Edge {
    Edge {
        left: members[left].0.clone(),
        right: members[right].0.clone(),
        score,
        reasons: Vec::new(),
        judge,
    }
}

#[test]
fn two_keys_are_cut_at_the_weakest_edge() {
    let members = members(&[Some(1), None, Some(2)]);
    let edges = [
        edge(&members, 0, 1, 0.85, Judge::Rule),
        edge(&members, 1, 2, 0.95, Judge::Rule),
    ];
    assert_eq!(
        split(&members, &edges, &|_, _| false),
        [vec![0], vec![1, 2]]
    );
}

#[test]
fn a_person_wins_over_a_score_and_over_keys() {
    let members = members(&[Some(1), None, Some(2)]);
    let mut edges = vec![
        edge(&members, 0, 1, 0.5, Judge::Review),
        edge(&members, 1, 2, 0.99, Judge::Rule),
    ];
    assert_eq!(
        split(&members, &edges, &|_, _| false),
        [vec![0, 1], vec![2]]
    );
    edges.push(edge(&members, 0, 2, 0.5, Judge::Review));
    assert_eq!(split(&members, &edges, &|_, _| false), [vec![0, 1, 2]]);
}

#[test]
fn a_pair_judged_different_is_never_together() {
    let members = members(&[None, None, None]);
    let edges = [
        edge(&members, 0, 1, 0.9, Judge::Rule),
        edge(&members, 1, 2, 0.8, Judge::Rule),
    ];
    let ends = [members[0].0.clone(), members[2].0.clone()];
    let different = |a: &Member, b: &Member| ends.contains(a) && ends.contains(b);
    assert_eq!(split(&members, &edges, &different), [vec![0, 1], vec![2]]);
}

proptest! {
    #[test]
    fn no_contradiction_is_left(
        sirens in prop::collection::vec(prop::option::of(1_u8..4), 2..9),
        links in prop::collection::vec((0_usize..8, 0_usize..8, 0_u8..10), 0..20),
        apart in prop::collection::btree_set((0_usize..8, 0_usize..8), 0..4),
    ) {
        let members = members(&sirens);
        let fits = |a: usize, b: usize| a < members.len() && b < members.len() && a != b;
        let edges: Vec<Edge> = links
            .iter()
            .filter(|(a, b, _)| fits(*a, *b))
            .map(|(a, b, score)| edge(&members, *a, *b, f64::from(*score) / 10.0, Judge::Rule))
            .collect();
        let judged: BTreeSet<(Member, Member)> = apart
            .iter()
            .filter(|(a, b)| fits(*a, *b))
            .flat_map(|(a, b)| [(*a, *b), (*b, *a)])
            .map(|(a, b)| (members[a].0.clone(), members[b].0.clone()))
            .collect();
        let different = |a: &Member, b: &Member| judged.contains(&(a.clone(), b.clone()));
        let groups = split(&members, &edges, &different);
        let mut all: Vec<usize> = groups.concat();
        all.sort_unstable();
        prop_assert_eq!(all, (0..members.len()).collect::<Vec<_>>());
        for group in &groups {
            let keys: BTreeSet<u8> = group.iter().filter_map(|at| sirens[*at]).collect();
            prop_assert!(keys.len() <= 1);
            for a in group {
                prop_assert!(group.iter().all(|b| !different(&members[*a].0, &members[*b].0)));
            }
        }
        let reversed: Vec<Edge> = edges.iter().rev().cloned().collect();
        prop_assert_eq!(&groups, &split(&members, &reversed, &different));
    }
}
