//! Candidate pairs: statements that share a key, compared once each.
//!
//! Entries of key and statement are sorted and read block by block; a block over its cap proposes nothing, so that a
//! key that everything has cannot explode. Keys, scores and gates are `resolve`'s; only sets are moved here.

use std::collections::{BTreeMap, BTreeSet};

use moisson_model::{Edge, Entity, Judge, Member};
use moisson_resolve::{Decision, Features, Judgements, Key, Rules, Zone};

/// What comparing the candidates came to.
#[derive(Debug, Default)]
pub(crate) struct Pairs {
    /// Pairs that are the same, with the indices of both.
    pub(crate) same: Vec<(usize, usize, Edge)>,
    /// Pairs that a person should look at.
    pub(crate) review: Vec<Edge>,
}

/// Keys and the statements that have them, sorted.
pub(crate) struct Index {
    entries: Vec<(Key, usize)>,
}

impl Index {
    /// Sorts the keys of all statements.
    pub(crate) fn of(features: &[Features]) -> Self {
        let mut entries: Vec<(Key, usize)> = features
            .iter()
            .enumerate()
            .flat_map(|(at, features)| {
                moisson_resolve::keys(features)
                    .into_iter()
                    .map(move |key| (key, at))
            })
            .collect();
        entries.sort_unstable();
        entries.dedup();
        Self { entries }
    }

    /// The statements that share a key with some features.
    pub(crate) fn sharing(&self, features: &Features) -> BTreeSet<usize> {
        let mut found = BTreeSet::new();
        for key in moisson_resolve::keys(features) {
            let from = self.entries.partition_point(|entry| entry.0 < key);
            let block = self.entries[from..]
                .iter()
                .take_while(|entry| entry.0 == key);
            found.extend(block.map(|entry| entry.1));
        }
        found
    }

    fn candidates(&self) -> BTreeSet<(usize, usize)> {
        let mut pairs = BTreeSet::new();
        for block in self.entries.chunk_by(|left, right| left.0 == right.0) {
            if block.len() > block[0].0.scheme.cap() {
                continue;
            }
            for (at, left) in block.iter().enumerate() {
                pairs.extend(block[at + 1..].iter().map(|right| (left.1, right.1)));
            }
        }
        pairs
    }
}

/// Compares every candidate pair; what people decided stands above any rule.
pub(crate) fn compare(
    rules: &Rules,
    judgements: &Judgements,
    entities: &[&Entity],
    features: &[Features],
    index: &Index,
) -> Pairs {
    let mut pairs = Pairs::default();
    let mut candidates = index.candidates();
    candidates.extend(judged(judgements, entities));
    for (left, right) in candidates {
        let (one, two) = (entities[left].member(), entities[right].member());
        let compared = moisson_resolve::compare(rules, &features[left], &features[right]);
        let decided = judgements.between(&one, &two);
        let zone = match decided.as_ref().map(|judgement| judgement.decision) {
            Some(Decision::Same) => Zone::Same,
            Some(Decision::Different) => Zone::Different,
            Some(Decision::Unsure) => Zone::Review,
            None => compared.zone,
        };
        let judge = if decided.is_some() {
            Judge::Review
        } else {
            Judge::Rule
        };
        let edge = Edge {
            left: one,
            right: two,
            score: compared.score,
            reasons: compared.reasons,
            judge,
        };
        match zone {
            Zone::Same => pairs.same.push((left, right, edge)),
            Zone::Review => pairs.review.push(edge),
            Zone::Different => {}
        }
    }
    pairs
}

fn judged(judgements: &Judgements, entities: &[&Entity]) -> Vec<(usize, usize)> {
    let places: BTreeMap<Member, usize> = entities
        .iter()
        .enumerate()
        .map(|(at, entity)| (entity.member(), at))
        .collect();
    let pair = |(left, right)| {
        let (left, right) = (*places.get(&left)?, *places.get(&right)?);
        Some((left.min(right), left.max(right)))
    };
    judgements.same().filter_map(pair).collect()
}
