//! `resolve`: features and keys of every statement, and the comparison of each pair that has a key in common.
//!
//! Grouping by key is the lake's work; here a sorted map in memory stands for it, under the same caps.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Result;
use moisson_model::Entity;
use moisson_resolve::{Features, Rules, Spec, Zone, compare, features, keys};

use crate::arguments::Arguments;
use crate::generate::organisations::{Organisations, organisations as generated};
use crate::measure::{Workload, timed};

const STATEMENTS: usize = 50_000;

/// Two places in the list of statements, the lower first.
type Pair = (usize, usize);

/// Organisations stated up to three times.
pub(crate) fn organisations(arguments: &Arguments, _folder: &Path) -> Result<Workload> {
    let count = arguments.scale.of(STATEMENTS);
    let rules = Rules::new(&Spec::default())?;
    let made = generated(count)?;
    let remark = quality(&made, &decided(&rules, &made.statements));
    let statements = made.statements;
    Ok(Workload {
        name: "resolve: organisations",
        records: count,
        remark,
        peers: Vec::new(),
        round: Box::new(move || Ok(timed(|| decided(&rules, &statements)).0.into())),
    })
}

/// Every pair that meets in a block, with what is decided of it; sorted, each once.
fn decided(rules: &Rules, statements: &[Entity]) -> Vec<(Pair, Zone)> {
    let features: Vec<Features> = statements
        .iter()
        .map(|entity| features(rules, entity))
        .collect();
    let zone = |pair: Pair| {
        let (left, right) = (features.get(pair.0)?, features.get(pair.1)?);
        Some((pair, compare(rules, left, right).zone))
    };
    pairs(&features).into_iter().filter_map(zone).collect()
}

fn pairs(features: &[Features]) -> Vec<Pair> {
    let mut blocks: BTreeMap<[u8; 16], (usize, Vec<usize>)> = BTreeMap::new();
    for (place, features) in features.iter().enumerate() {
        for key in keys(features) {
            let (_, block) = blocks
                .entry(key.digest())
                .or_insert((key.scheme.cap(), Vec::new()));
            block.push(place);
        }
    }
    let mut pairs = Vec::new();
    for (cap, block) in blocks.values() {
        if block.len() > *cap {
            continue;
        }
        for (at, right) in block.iter().enumerate() {
            pairs.extend(block.iter().take(at).map(|left| (*left, *right)));
        }
    }
    pairs.sort_unstable();
    pairs.dedup();
    pairs
}

/// A rate means nothing without what was found.
fn quality(made: &Organisations, decided: &[(Pair, Zone)]) -> String {
    let is_true = |pair: &Pair| made.truth.contains(pair);
    let of = |zones: &[Zone]| -> Vec<Pair> {
        let chosen = decided.iter().filter(|(_, zone)| zones.contains(zone));
        chosen.map(|(pair, _)| *pair).collect()
    };
    let (same, open) = (of(&[Zone::Same]), of(&[Zone::Same, Zone::Review]));
    let right = same.iter().filter(|pair| is_true(pair)).count();
    let found = open.iter().filter(|pair| is_true(pair)).count();
    format!(
        "{} pairs compared. Of {} true pairs, {right} are `same` and {} more are left to a review; {} pairs are `same` \
         wrongly. Features, keys, blocks and comparisons; not clusters, identifiers or the database. No peer: \
         what a linker finds in other data says little, and its clusters are not these pairs.",
        decided.len(),
        made.truth.len(),
        found - right,
        same.len() - right,
    )
}
