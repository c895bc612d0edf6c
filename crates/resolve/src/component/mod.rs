//! The split of one component into clusters without contradiction.
//!
//! Edges are taken from the strongest to the weakest, those of people first; one that would join two parts that
//! contradict each other is left out, which is to cut the component at its weakest edges. Two parts contradict each
//! other where they hold different strong keys of one scheme, different editions, or a pair that people judged
//! different. A person's `same` wins over keys and editions, never over classes of actors.

use std::collections::{BTreeMap, BTreeSet};

use moisson_model::{Edge, Judge, Kind, Member};

use crate::Features;
use crate::features::Class;
use crate::keys::Scheme;

/// Groups of positions in `members`, each sorted, in the order of their first positions. Edges with an end that is
/// no member are ignored.
pub fn split(
    members: &[(Member, Features)],
    edges: &[Edge],
    different: &dyn Fn(&Member, &Member) -> bool,
) -> Vec<Vec<usize>> {
    let positions: BTreeMap<&Member, usize> = members
        .iter()
        .enumerate()
        .map(|(at, (member, _))| (member, at))
        .collect();
    let mut groups: Vec<Option<Group>> = members
        .iter()
        .enumerate()
        .map(|(at, (_, features))| Some(Group::of(at, features)))
        .collect();
    let mut home: Vec<usize> = (0..members.len()).collect();
    for edge in strongest_first(edges) {
        let ends = (positions.get(&edge.left), positions.get(&edge.right));
        let (Some(&left), Some(&right)) = ends else {
            continue;
        };
        let parts = (home[left], home[right]);
        let judged = |a: usize, b: usize| different(&members[a].0, &members[b].0);
        join(&mut groups, &mut home, parts, edge.judge, &judged);
    }
    let mut found: Vec<Vec<usize>> = groups
        .into_iter()
        .flatten()
        .map(|group| {
            let mut positions = group.positions;
            positions.sort_unstable();
            positions
        })
        .collect();
    found.sort_unstable();
    found
}

fn join(
    groups: &mut [Option<Group>],
    home: &mut [usize],
    (one, other): (usize, usize),
    judge: Judge,
    different: &dyn Fn(usize, usize) -> bool,
) {
    if one == other {
        return;
    }
    let (into, from) = (one.min(other), one.max(other));
    let (Some(kept), Some(moved)) = (&groups[into], &groups[from]) else {
        return;
    };
    let mut pairs = kept
        .positions
        .iter()
        .flat_map(|&a| moved.positions.iter().map(move |&b| (a, b)));
    if kept.contradicts(moved, judge) || pairs.any(|(a, b)| different(a, b)) {
        return;
    }
    if let Some(moved) = groups[from].take() {
        for &position in &moved.positions {
            home[position] = into;
        }
        if let Some(kept) = groups[into].as_mut() {
            kept.absorb(moved);
        }
    }
}

fn strongest_first(edges: &[Edge]) -> Vec<&Edge> {
    let mut sorted: Vec<&Edge> = edges.iter().collect();
    sorted.sort_by(|a, b| {
        let judge = |edge: &Edge| edge.judge == Judge::Review;
        judge(b)
            .cmp(&judge(a))
            .then(b.score.total_cmp(&a.score))
            .then_with(|| (&a.left, &a.right).cmp(&(&b.left, &b.right)))
    });
    sorted
}

/// Members joined so far, and what they hold that others may contradict.
struct Group {
    positions: Vec<usize>,
    classes: BTreeSet<Class>,
    keys: BTreeMap<Scheme, BTreeSet<Box<str>>>,
    editions: BTreeSet<Box<str>>,
}

impl Group {
    fn of(position: usize, features: &Features) -> Self {
        let mut keys: BTreeMap<Scheme, BTreeSet<Box<str>>> = BTreeMap::new();
        for (scheme, value) in &features.strong {
            keys.entry(*scheme).or_default().insert(value.clone());
        }
        let dated = features.kind == Kind::Event;
        let numbers = features.numbers().into_iter().filter(|_| dated);
        Self {
            positions: vec![position],
            classes: features.class.into_iter().collect(),
            keys,
            editions: numbers.map(Into::into).collect(),
        }
    }

    fn contradicts(&self, other: &Self, judge: Judge) -> bool {
        if apart(&self.classes, &other.classes) {
            return true;
        }
        let clash = |(scheme, values)| {
            other
                .keys
                .get(scheme)
                .is_some_and(|more| apart(values, more))
        };
        judge == Judge::Rule
            && (self.keys.iter().any(clash) || apart(&self.editions, &other.editions))
    }

    fn absorb(&mut self, other: Self) {
        self.positions.extend(other.positions);
        self.classes.extend(other.classes);
        self.editions.extend(other.editions);
        for (scheme, values) in other.keys {
            self.keys.entry(scheme).or_default().extend(values);
        }
    }
}

/// Both hold something, and nothing in common.
fn apart<T: Ord>(one: &BTreeSet<T>, other: &BTreeSet<T>) -> bool {
    !one.is_empty() && !other.is_empty() && one.is_disjoint(other)
}

#[cfg(test)]
mod tests;
