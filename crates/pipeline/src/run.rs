//! One source, once: harvest, extract, normalise, gate, commit.
//!
//! Whatever happens, a run ends with one commit that says how: a source that fails keeps its last good set and its
//! age, and never stops the others.

use std::sync::Arc;

use moisson_harvest::{Harvest, Kept, Robots};
use moisson_lake::{RunCommit, RunId, RunSummary, StoredRobots};
use moisson_model::{
    Capture, Cause, Digest, Exchange, Issue, Level, Outcome, Record, Request, SourceId, Stage,
};
use serde::Serialize;

use crate::definition::Definition;
use crate::engine::{Engine, Event, is_good};
use crate::error::Error;
use crate::expect;
use crate::links::Selected;
use crate::records::{Harvested, extracted, harvested};
use crate::schedule::lease_of;

/// Where a run takes its captures from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// The network.
    Live,
    /// The archive alone: the captures of the last run.
    Replay,
}

/// What a run of a source came to.
#[derive(Debug, Clone, Serialize)]
pub struct SourceReport {
    /// The source.
    pub source: SourceId,
    /// How it ended.
    pub outcome: Outcome,
    /// Why it is partial or failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<Cause>,
    /// Responses read.
    pub captures: usize,
    /// Records found.
    pub records: u64,
    /// Entities stated.
    pub entities: usize,
    /// Records that gave none.
    pub rejects: usize,
    /// What differs from the set held before.
    pub changes: RunSummary,
    /// What was found wrong.
    pub issues: Vec<Issue>,
}

impl SourceReport {
    /// Whether it read all that it was to read.
    pub fn succeeded(&self) -> bool {
        is_good(self.outcome)
    }
}

impl Engine {
    /// Runs a source. The error is the lake's or the operator's; what the source does wrong is in the report.
    pub async fn run_source(
        self: &Arc<Self>,
        id: &SourceId,
        mode: Mode,
    ) -> Result<SourceReport, Error> {
        let definition = self.definition(id)?;
        self.tell(&Event::Started(id.clone()));
        let at = self.now();
        let run = self.lake.begin_run(id, at)?;
        let harvest = match mode {
            Mode::Live => self.harvest(run, definition).await?,
            Mode::Replay => self.archived(id)?,
        };
        let engine = Arc::clone(self);
        let id = id.clone();
        let report = tokio::task::spawn_blocking(move || engine.settle(&id, run, harvest))
            .await
            .map_err(|error| Error::Panicked(error.to_string()))??;
        self.tell(&Event::Ended(Box::new(report.clone())));
        Ok(report)
    }

    /// Requests a source's pages and keeps them, under its lease; nothing is read out of them, and what is held does
    /// not change.
    pub async fn harvest_source(
        self: &Arc<Self>,
        id: &SourceId,
        owner: &str,
    ) -> Result<Harvest, Error> {
        let definition = self.definition(id)?;
        let harvest = async {
            let run = self.lake.begin_run(id, self.now())?;
            self.harvest(run, definition).await
        };
        let harvested = self.leased(&lease_of(id), owner, harvest).await?;
        harvested.ok_or_else(|| Error::Busy(id.to_string()))
    }

    /// The records of a source's newest captures, and what is wrong with them.
    pub fn archived_records(&self, id: &SourceId) -> Result<(Vec<Record>, Vec<Issue>), Error> {
        let definition = self.definition(id)?;
        let harvest = self.archived(id)?;
        let mut issues = Vec::new();
        let records = extracted(definition, &harvest.captures, &mut issues);
        Ok((records, issues))
    }

    /// The definition of a slug.
    pub fn definition(&self, id: &SourceId) -> Result<&Definition, Error> {
        self.project
            .definitions
            .get(id)
            .ok_or_else(|| Error::UnknownSource(id.to_string()))
    }

    /// Harvests a run, and notes how that ended: what its captures are worth to a replay.
    async fn harvest(&self, run: RunId, definition: &Definition) -> Result<Harvest, Error> {
        let kept = InLake { engine: self, run };
        let links = Selected(&definition.extractor);
        let (id, spec) = (&definition.source.id, &definition.harvest);
        let harvest = moisson_harvest::capture(&self.client, id, spec, &kept, &links).await;
        self.lake.set_harvested(run, harvest.outcome)?;
        Ok(harvest)
    }

    /// The newest captures of a source; those of a harvest that was not whole make no whole set.
    fn archived(&self, id: &SourceId) -> Result<Harvest, Error> {
        let held = self.lake.last_captured_run(id)?;
        let (run, harvested) = held.ok_or_else(|| Error::NothingArchived(id.to_string()))?;
        let outcome = if is_good(harvested) {
            Outcome::Complete
        } else {
            Outcome::Partial
        };
        Ok(Harvest {
            captures: self.lake.captures(run)?,
            outcome,
            cause: None,
            issues: Vec::new(),
        })
    }

    /// Reads what was harvested and commits the run.
    fn settle(&self, id: &SourceId, run: RunId, harvest: Harvest) -> Result<SourceReport, Error> {
        let definition = self.definition(id)?;
        let digest = read_digest(self.rules_digest(definition.digest), &harvest.captures);
        let before = self.lake.last_run(id)?;
        let same = before
            .as_ref()
            .is_some_and(|last| last.spec_digest == Some(digest) && is_good(last.outcome));
        let reading = match harvest.outcome {
            Outcome::Failed => Harvested::default(),
            Outcome::Complete | Outcome::Unchanged if same => Harvested::default(),
            Outcome::Complete | Outcome::Partial | Outcome::Unchanged => {
                harvested(definition, &harvest.captures)
            }
        };
        let verdict = verdict(definition, &harvest, &reading, same);
        let mut issues = harvest.issues;
        issues.extend(reading.issues);
        issues.extend(verdict.issues);
        let at = self.now();
        // What is unchanged has as many records as when it was last read.
        let records = match (verdict.outcome, &before) {
            (Outcome::Unchanged, Some(before)) => before.records,
            _ => reading.records,
        };
        let commit = RunCommit {
            source: id.clone(),
            at,
            outcome: verdict.outcome,
            cause: verdict.cause,
            spec_digest: digest,
            records,
            entities: reading.entities,
            rejects: reading.rejects,
            issues,
            due: definition.cadence.after(at),
        };
        let changes = self.lake.commit_run(run, &commit)?;
        Ok(SourceReport {
            source: commit.source,
            outcome: commit.outcome,
            cause: commit.cause,
            captures: harvest.captures.len(),
            records: commit.records,
            entities: commit.entities.len(),
            rejects: commit.rejects.len(),
            changes,
            issues: commit.issues,
        })
    }
}

/// What the entities of a run are a function of: the rules, and every page that was read. A server's word that a
/// page has not changed is not enough: it may compare with one that a killed run kept and never read.
fn read_digest(rules: Digest, captures: &[Capture]) -> Digest {
    let mut parts = vec![rules.to_string()];
    parts.extend(
        captures
            .iter()
            .map(|capture| format!("{:?} {} {}", capture.role, capture.url, capture.sha256())),
    );
    Digest::of_parts(parts.iter().map(String::as_str))
}

struct Verdict {
    outcome: Outcome,
    cause: Option<Cause>,
    issues: Vec<Issue>,
}

/// The gate: a whole harvest under its expectations fails, an unchanged one needs no gate.
fn verdict(definition: &Definition, harvest: &Harvest, reading: &Harvested, same: bool) -> Verdict {
    let plain = |outcome| Verdict {
        outcome,
        cause: harvest.cause,
        issues: Vec::new(),
    };
    match harvest.outcome {
        Outcome::Failed | Outcome::Partial => return plain(harvest.outcome),
        Outcome::Complete | Outcome::Unchanged if same => return plain(Outcome::Unchanged),
        Outcome::Complete | Outcome::Unchanged => {}
    }
    let issues = expect::issues(&definition.expect, definition.kind, reading);
    if issues.iter().any(|issue| issue.level == Level::Error) {
        let unreadable = reading.records == 0
            && reading
                .issues
                .iter()
                .any(|issue| issue.code.starts_with("invalid"));
        let cause = if unreadable {
            Cause::Decode
        } else {
            Cause::Drift
        };
        return Verdict {
            outcome: Outcome::Failed,
            cause: Some(cause),
            issues,
        };
    }
    // Part of a page was lost: what is not listed may be in that part.
    let lost = reading
        .issues
        .iter()
        .any(|issue| issue.stage == Stage::Extract && issue.level == Level::Error);
    let (outcome, cause) = if lost {
        (Outcome::Partial, Some(Cause::Decode))
    } else {
        (Outcome::Complete, None)
    };
    Verdict {
        outcome,
        cause,
        issues,
    }
}

/// `harvest`'s memory, kept in the lake.
struct InLake<'a> {
    engine: &'a Engine,
    run: RunId,
}

impl Kept for InLake<'_> {
    fn held(&self, source: &SourceId, request: &Request) -> Option<Capture> {
        let held = self
            .engine
            .lake
            .held(source, &request.method, &request.url, &request.body);
        held.unwrap_or_else(|error| {
            tracing::warn!(target: "harvest", url = request.url, %error, "the capture held cannot be read");
            None
        })
    }

    fn robots(&self, host: &str) -> Option<Robots> {
        let held = self.engine.lake.robots(host).ok().flatten()?;
        Some(Robots {
            fetched_at: held.fetched_at,
            status: held.status,
            body: held.body,
        })
    }

    fn keep_robots(&self, host: &str, robots: &Robots) {
        let Robots {
            fetched_at,
            status,
            body,
        } = robots.clone();
        if let Err(error) = self.engine.lake.keep_robots(
            host,
            &StoredRobots {
                fetched_at,
                status,
                body,
            },
        ) {
            tracing::warn!(target: "harvest", host, %error, "robots.txt cannot be kept");
        }
    }

    fn keep(&self, source: &SourceId, exchange: &Exchange) -> Result<(), String> {
        let capture = &exchange.capture;
        self.engine.tell(&Event::Captured(
            source.clone(),
            capture.url.clone(),
            capture.body.len(),
        ));
        self.engine
            .lake
            .keep(self.run, source, exchange)
            .map_err(|error| error.to_string())
    }

    fn file(&self, path: &str) -> Result<bytes::Bytes, String> {
        let bytes = moisson_lake::files::read_bytes(std::path::Path::new(path), FILE_CAP);
        bytes.map(Into::into).map_err(|error| error.to_string())
    }

    fn stopped(&self) -> bool {
        self.engine.stopped()
    }
}

/// The largest file that a `file:` source may be.
const FILE_CAP: u64 = 1 << 30;
