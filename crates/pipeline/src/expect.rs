//! The gate: what a source must give for its rows to replace those held.
//!
//! Bounds are asymmetric on purpose: under a minimum the run fails and the last good set stays, with its age; over
//! a maximum only a warning is raised, since growth is seldom a fault.

use std::collections::BTreeMap;

use moisson_model::{Issue, Kind, Stage};
use serde::{Deserialize, Serialize};

use crate::records::Harvested;

/// How long a record that is no longer listed is kept, unless the source says otherwise.
const GRACE_DAYS: u32 = 7;
/// How long rows of a failing source are published, unless the source says otherwise.
const EXPIRY_DAYS: u32 = 90;

/// The `[expect]` table of a source.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// How many records a complete harvest gives.
    pub records: Bounds,
    /// Least share of entities, from 0 to 1, that have a column filled; columns of the first schema.
    #[serde(default)]
    pub filled: BTreeMap<String, f64>,
    /// Days that a record no longer listed is still published.
    #[serde(default = "grace")]
    pub grace: u32,
    /// Days after which the rows of a source that no longer succeeds are not published any more.
    #[serde(default = "expiry")]
    pub expiry: u32,
}

/// Bounds on a count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bounds {
    /// Under it, the run fails.
    pub min: u64,
    /// Over it, a warning.
    #[serde(default)]
    pub max: Option<u64>,
}

const fn grace() -> u32 {
    GRACE_DAYS
}

const fn expiry() -> u32 {
    EXPIRY_DAYS
}

/// What the gate finds: `drift` errors stop the source, warnings do not. `kind` is that of the first schema, whose
/// columns are counted; a record that was rejected has none of them filled.
pub(crate) fn issues(spec: &Spec, kind: Kind, found: &Harvested) -> Vec<Issue> {
    let mut issues = Vec::new();
    let records = found.records;
    if records < spec.records.min {
        let message = format!("{records} records, expected {} at least", spec.records.min);
        issues.push(Issue::error(Stage::Normalise, "drift", message));
    }
    if records > 0 && found.entities.is_empty() {
        let message = format!("none of {records} records gave an entity");
        issues.push(Issue::error(Stage::Normalise, "drift", message));
    }
    if let Some(max) = spec.records.max.filter(|max| records > *max) {
        let message = format!("{records} records, expected {max} at most");
        issues.push(Issue::warning(
            Stage::Normalise,
            "more-than-expected",
            message,
        ));
    }
    let thin = spec
        .filled
        .iter()
        .filter_map(|(column, least)| thin(column, *least, kind, found));
    issues.extend(thin);
    issues
}

fn thin(column: &str, least: f64, kind: Kind, found: &Harvested) -> Option<Issue> {
    let of_kind = || found.entities.iter().filter(|entity| entity.kind == kind);
    let rejected = found.rejects.iter().filter(|reject| reject.kind == kind);
    let all = of_kind().count() + rejected.count();
    if all == 0 {
        return None;
    }
    let filled = of_kind()
        .filter(|entity| entity.columns.contains_key(column))
        .count();
    #[expect(
        clippy::cast_precision_loss,
        reason = "counts of records are far below 2^52"
    )]
    let share = filled as f64 / all as f64;
    (share < least).then(|| {
        let (share, least) = (share * 100.0, least * 100.0);
        let message = format!("column `{column}` is filled in {share:.1} %, expected {least:.1} %");
        Issue::error(Stage::Normalise, "drift", message).at(format!("/{column}"))
    })
}

#[cfg(test)]
mod tests {
    use moisson_model::Kind;

    use super::{Bounds, Harvested, Spec, issues};

    fn spec() -> Spec {
        Spec {
            records: Bounds {
                min: 2,
                max: Some(3),
            },
            filled: std::iter::once(("name".to_owned(), 0.5)).collect(),
            grace: 7,
            expiry: 90,
        }
    }

    fn found(records: u64) -> Harvested {
        Harvested {
            records,
            ..Harvested::default()
        }
    }

    #[test]
    fn too_few_records_are_fatal_and_too_many_only_warn() {
        let codes = |records| -> Vec<String> {
            issues(&spec(), Kind::Actor, &found(records))
                .into_iter()
                .map(|issue| issue.code)
                .collect()
        };
        assert_eq!(codes(0), ["drift"]);
        assert!(codes(9).contains(&"more-than-expected".to_owned()));
    }

    #[test]
    fn records_that_give_nothing_are_fatal() {
        let issues = issues(&spec(), Kind::Actor, &found(2));
        assert!(issues[0].message.contains("none of 2 records"));
    }
}
