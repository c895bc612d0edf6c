//! `/health`: what is published and how old each source is, for a monitor.

use jiff::Timestamp;
use moisson_lake::Lake;
use moisson_model::{Cause, Outcome, SourceId, Version};
use serde::Serialize;

/// The answer of `/health`.
#[derive(Debug, Clone, Serialize)]
pub struct Health {
    /// `ok` where every source's last run succeeded, else `degraded`.
    pub status: &'static str,
    /// The newest release.
    pub latest: Option<Version>,
    /// The sources.
    pub sources: Vec<SourceHealth>,
}

/// A source, for a monitor.
#[derive(Debug, Clone, Serialize)]
pub struct SourceHealth {
    /// Its slug.
    pub id: SourceId,
    /// How its last run ended.
    pub outcome: Outcome,
    /// Why it is partial or failed.
    pub cause: Option<Cause>,
    /// When its last run was.
    pub last_run: Timestamp,
    /// When it last gave a whole set.
    pub last_success: Option<Timestamp>,
    /// Seconds since then.
    pub age_seconds: Option<i64>,
    /// When it is due next.
    pub due: Option<Timestamp>,
}

/// Looks at the lake.
pub(crate) fn health(
    lake: &Lake,
    latest: Option<Version>,
    now: Timestamp,
) -> Result<Health, moisson_lake::Error> {
    let mut sources = Vec::new();
    for id in lake.sources()? {
        let Some(last) = lake.last_run(&id)? else {
            continue;
        };
        let success = lake.last_good_run(&id)?.map(|run| run.at);
        sources.push(SourceHealth {
            outcome: last.outcome,
            cause: last.cause,
            last_run: last.at,
            last_success: success,
            age_seconds: success.map(|at| (now.as_second() - at.as_second()).max(0)),
            due: lake.due(&id)?,
            id,
        });
    }
    let well = sources
        .iter()
        .all(|source| source.outcome != Outcome::Failed);
    Ok(Health {
        status: if well { "ok" } else { "degraded" },
        latest,
        sources,
    })
}
