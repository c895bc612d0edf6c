//! The gate: what a source must give for its rows to replace those held.
//!
//! Bounds are asymmetric on purpose: under a minimum the run fails and the last good set stays, with its age; over
//! a maximum only a warning is raised, since growth is seldom a fault.

use std::collections::BTreeMap;

use moisson_model::{Entity, Issue, Kind, Stage};
use serde::{Deserialize, Serialize};

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
/// columns are counted.
pub fn issues(spec: &Spec, kind: Kind, records: u64, entities: &[Entity]) -> Vec<Issue> {
    let mut issues = Vec::new();
    if records < spec.records.min {
        let message = format!("{records} records, expected {} at least", spec.records.min);
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
    issues.extend(
        spec.filled
            .iter()
            .filter_map(|(column, least)| thin(column, *least, kind, entities)),
    );
    issues
}

fn thin(column: &str, least: f64, kind: Kind, entities: &[Entity]) -> Option<Issue> {
    let of_kind: Vec<_> = entities
        .iter()
        .filter(|entity| entity.kind == kind)
        .collect();
    if of_kind.is_empty() {
        return None;
    }
    let filled = of_kind
        .iter()
        .filter(|entity| entity.columns.contains_key(column))
        .count();
    #[expect(
        clippy::cast_precision_loss,
        reason = "counts of records are far below 2^52"
    )]
    let share = filled as f64 / of_kind.len() as f64;
    (share < least).then(|| {
        let message = format!(
            "column `{column}` is filled in {:.1} %, expected {:.1} %",
            share * 100.0,
            least * 100.0
        );
        Issue::error(Stage::Normalise, "drift", message).at(format!("/{column}"))
    })
}

#[cfg(test)]
mod tests {
    use moisson_model::Kind;

    use super::{Bounds, Spec, issues};

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

    #[test]
    fn too_few_records_are_fatal_and_too_many_only_warn() {
        assert_eq!(issues(&spec(), Kind::Actor, 1, &[])[0].code, "drift");
        assert_eq!(
            issues(&spec(), Kind::Actor, 9, &[])[0].code,
            "more-than-expected"
        );
        assert!(issues(&spec(), Kind::Actor, 2, &[]).is_empty());
    }
}
