//! The comparison of one pair: gates first, then keys, then names, each step with its reason in words.
//!
//! The zone comes from the rules alone; the score only orders what the rules let through, so that a component is
//! cut at its weakest edge and a reviewer sees the likeliest pairs first. Both are the same whichever side comes
//! first.

mod actor;
mod event;
mod gates;
mod names;
#[cfg(test)]
mod tests;
mod things;

use moisson_model::{Kind, Reason};
use serde::{Deserialize, Serialize};

use crate::{Features, Rules};

/// Weights of what agrees (positive) and of what speaks against (negative).
pub(crate) mod weight {
    pub(crate) const KEY: f64 = 0.97;
    pub(crate) const ADDRESS: f64 = 0.9;
    pub(crate) const EDITION: f64 = 0.85;
    pub(crate) const NAME: f64 = 0.85;
    pub(crate) const ALIAS: f64 = 0.85;
    pub(crate) const REPAIRED: f64 = 0.75;
    pub(crate) const SITE: f64 = 0.6;
    pub(crate) const WEAK_NAME: f64 = 0.5;
    pub(crate) const PLACE: f64 = 0.4;
    pub(crate) const DAY: f64 = 0.4;
    pub(crate) const PARTY: f64 = 0.3;
    pub(crate) const COUNTRY: f64 = 0.1;
    pub(crate) const DOUBT: f64 = -0.2;
    pub(crate) const CONFLICT: f64 = -0.5;
    pub(crate) const GATE: f64 = -1.0;
}

/// What a comparison decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Zone {
    /// About the same thing: an edge.
    Same,
    /// A person decides.
    Review,
    /// Not the same, or nothing says so.
    Different,
}

/// The comparison of one pair.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// What is decided.
    pub zone: Zone,
    /// From 0 to 1: `same` from 0.8, `review` from 0.4.
    pub score: f64,
    /// Why, gates first.
    pub reasons: Vec<Reason>,
}

/// Compares two statements of any sources.
///
/// The rules are taken although features hold all that they read today: features of other rules are not comparable.
pub fn compare(_rules: &Rules, left: &Features, right: &Features) -> Comparison {
    let mut case = Case::default();
    if left.kind != right.kind {
        case.gate(
            "type",
            format!("{} and {} never merge", left.kind, right.kind),
        );
        return case.close(Zone::Different);
    }
    let zone = match left.kind {
        Kind::Actor => actor::zone(&mut case, left, right),
        Kind::Event => event::zone(&mut case, left, right),
        Kind::Programme => things::programme(&mut case, left, right),
        Kind::Place => things::place(&mut case, left, right),
        Kind::Document => things::document(&mut case, left, right),
        Kind::Relation => {
            case.gate(
                "type",
                "a relation is known by its resolved ends".to_owned(),
            );
            Zone::Different
        }
    };
    case.close(zone)
}

/// The reasons gathered so far.
#[derive(Debug, Default)]
pub(crate) struct Case {
    reasons: Vec<Reason>,
}

impl Case {
    pub(crate) fn add(&mut self, feature: &str, weight: f64, words: impl Into<String>) {
        self.reasons.push(Reason {
            feature: feature.to_owned(),
            weight,
            words: words.into(),
        });
    }

    pub(crate) fn gate(&mut self, feature: &str, words: impl Into<String>) {
        self.add(feature, weight::GATE, words);
    }

    /// Agreeing reasons make doubt smaller one by one; what speaks against takes its share of what is left.
    fn close(self, zone: Zone) -> Comparison {
        let mut ordered: Vec<f64> = self.reasons.iter().map(|reason| reason.weight).collect();
        ordered.sort_by(f64::total_cmp);
        let doubt: f64 = ordered
            .iter()
            .filter(|w| **w > 0.0)
            .map(|w| 1.0 - w)
            .product();
        let kept: f64 = ordered
            .iter()
            .filter(|w| **w < 0.0)
            .map(|w| 1.0 + w)
            .product();
        let (least, most) = match zone {
            Zone::Same => (0.8, 1.0),
            Zone::Review => (0.4, 0.79),
            Zone::Different => (0.0, 0.39),
        };
        Comparison {
            zone,
            score: ((1.0 - doubt) * kept).clamp(least, most),
            reasons: self.reasons,
        }
    }
}
