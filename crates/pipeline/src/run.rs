//! One source, once: harvest, extract, normalise, gate, commit.
//!
//! Whatever happens, a run ends with one commit that says how: a source that fails keeps its last good set and its
//! age, and never stops the others. A run that the operator stops is left open, and goes on when the source next runs.

use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use moisson_harvest::{Harvest, Planned, Tally};
use moisson_lake::{Page, RunCommit, RunId, RunSummary};
use moisson_model::{Capture, Cause, Digest, Issue, Level, Outcome, Record, Role, SourceId, Stage};
use serde::Serialize;

use crate::definition::Definition;
use crate::engine::{Engine, Event, is_good};
use crate::error::Error;
use crate::expect;
use crate::kept::{InLake, Recorded};
use crate::links::Selected;
use crate::records::{Harvested, Pages, extracted, harvested};
use crate::schedule::lease_of;

/// Where a run takes its captures from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// The network.
    Live,
    /// The archive alone.
    Replay(Period),
}

/// The harvests that a replay takes: those that began between two instants, oldest first; without either, the newest
/// alone.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Period {
    /// The first instant.
    pub from: Option<Timestamp>,
    /// The last instant.
    pub until: Option<Timestamp>,
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
    /// Pages read.
    pub captures: usize,
    /// The harvest in numbers; none where it is replayed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub harvest: Option<Tally>,
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

/// What a harvest would do.
#[derive(Debug, Clone, Serialize)]
pub struct Explanation {
    /// The source.
    pub source: SourceId,
    /// The first request of each part of its listing.
    pub requests: Vec<Planned>,
    /// Pages of the newest harvest, as a measure of what follows the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pages_before: Option<usize>,
}

/// What a run reads: how the harvest went, and which run's pages they are.
struct Gathered {
    outcome: Outcome,
    cause: Option<Cause>,
    issues: Vec<Issue>,
    tally: Option<Tally>,
    pages: RunId,
}

impl Engine {
    /// Runs a source. The error is the lake's or the operator's; what the source does wrong is in the report.
    pub async fn run_source(
        self: &Arc<Self>,
        id: &SourceId,
        mode: Mode,
    ) -> Result<SourceReport, Error> {
        self.tell(&Event::Started(id.clone()));
        let report = match mode {
            Mode::Live => self.run_live(id).await?,
            Mode::Replay(period) => self.replay(id, period).await?,
        };
        self.tell(&Event::Ended(Box::new(report.clone())));
        Ok(report)
    }

    async fn run_live(self: &Arc<Self>, id: &SourceId) -> Result<SourceReport, Error> {
        let run = self.lake.begin_run(id, self.now())?;
        let harvest = self.harvest(run, self.definition(id)?, None).await?;
        if self.is_cut_short(&harvest) {
            return Ok(left_open(id, harvest));
        }
        let Harvest {
            outcome,
            cause,
            issues,
            tally,
        } = harvest;
        let gathered = Gathered {
            outcome,
            cause,
            issues,
            tally: Some(tally),
            pages: run,
        };
        let report = self.settled(id, run, gathered).await?;
        self.retain(id).await?;
        Ok(report)
    }

    /// Reads harvests of the archive again, each as a run of its own.
    async fn replay(
        self: &Arc<Self>,
        id: &SourceId,
        period: Period,
    ) -> Result<SourceReport, Error> {
        let mut last = None;
        for (pages, harvested) in self.archived(id, period)? {
            let run = self.lake.begin_replay(id, self.now())?;
            // The captures of a harvest that was not whole make no whole set.
            let outcome = if is_good(harvested) {
                Outcome::Complete
            } else {
                Outcome::Partial
            };
            let gathered = Gathered {
                outcome,
                cause: None,
                issues: Vec::new(),
                tally: None,
                pages,
            };
            last = Some(self.settled(id, run, gathered).await?);
        }
        last.ok_or_else(|| Error::NothingArchived(id.to_string()))
    }

    async fn settled(
        self: &Arc<Self>,
        id: &SourceId,
        run: RunId,
        gathered: Gathered,
    ) -> Result<SourceReport, Error> {
        let (engine, id) = (Arc::clone(self), id.clone());
        tokio::task::spawn_blocking(move || engine.settle(&id, run, gathered))
            .await
            .map_err(|error| Error::Panicked(error.to_string()))?
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
            let harvest = self.harvest(run, definition, None).await?;
            if !self.is_cut_short(&harvest) {
                self.lake.set_harvested(run, harvest.outcome)?;
            }
            Ok(harvest)
        };
        let harvested = self.leased(&lease_of(id), owner, harvest).await?;
        harvested.ok_or_else(|| Error::Busy(id.to_string()))
    }

    /// Takes a source's pages out of a WARC file that others made, under its lease, as a harvest of its own: its
    /// definition leads through the recording as it would through the site. Nothing is requested.
    pub async fn harvest_recording(
        self: &Arc<Self>,
        id: &SourceId,
        path: &Path,
        owner: &str,
    ) -> Result<Harvest, Error> {
        let definition = self.definition(id)?;
        let harvest = async {
            let (recorded, mut issues) = Recorded::open(path, definition.harvest.max_bytes)?;
            let run = self.lake.begin_run_anew(id, self.now())?;
            let mut harvest = self.harvest(run, definition, Some(recorded)).await?;
            if !issues.is_empty() && is_good(harvest.outcome) {
                harvest.outcome = Outcome::Partial;
                harvest.cause = Some(Cause::Decode);
            }
            harvest.issues.append(&mut issues);
            self.lake.set_harvested(run, harvest.outcome)?;
            Ok(harvest)
        };
        let harvested = self.leased(&lease_of(id), owner, harvest).await?;
        harvested.ok_or_else(|| Error::Busy(id.to_string()))
    }

    /// What a harvest of a source would request first, and how many pages the last one kept; nothing is requested.
    pub fn explain(&self, id: &SourceId) -> Result<Explanation, Error> {
        let definition = self.definition(id)?;
        let kept = InLake::read_only(self, id);
        let links = Selected(&definition.extractor);
        let today = definition.cadence.day(self.now());
        let requests =
            moisson_harvest::explain(&self.client, &definition.harvest, today, &kept, &links);
        let newest = self.lake.last_captured_run(id)?;
        let pages_before = newest.map(|(run, _)| self.lake.pages(run)).transpose()?;
        Ok(Explanation {
            source: id.clone(),
            requests,
            pages_before: pages_before.map(|pages| pages.len()),
        })
    }

    /// The records of a source's newest captures, and what is wrong with them.
    pub fn archived_records(&self, id: &SourceId) -> Result<(Vec<Record>, Vec<Issue>), Error> {
        let definition = self.definition(id)?;
        let newest = self.archived(id, Period::default())?.pop();
        let (run, _) = newest.ok_or_else(|| Error::NothingArchived(id.to_string()))?;
        let mut issues = Vec::new();
        let pages = self.lake.pages(run)?;
        let records = extracted(
            definition,
            &Archived {
                engine: self,
                pages: &pages,
            },
            &mut issues,
        );
        Ok((records, issues))
    }

    /// The definition of a slug.
    pub fn definition(&self, id: &SourceId) -> Result<&Definition, Error> {
        self.project
            .definitions
            .get(id)
            .ok_or_else(|| Error::UnknownSource(id.to_string()))
    }

    /// Harvests a run. How that ended is noted when the run ends: until then it is taken up again after a kill.
    async fn harvest(
        &self,
        run: RunId,
        definition: &Definition,
        recorded: Option<Recorded>,
    ) -> Result<Harvest, Error> {
        let (id, spec) = (&definition.source.id, &definition.harvest);
        let kept = InLake::open(self, run, id)?.with(recorded);
        let links = Selected(&definition.extractor);
        let today = definition.cadence.day(self.now());
        let harvest = moisson_harvest::capture(&self.client, id, spec, today, &kept, &links).await;
        kept.finish().await?;
        Ok(harvest)
    }

    /// Whether a harvest was stopped by the operator before its end: the next run goes on with it.
    fn is_cut_short(&self, harvest: &Harvest) -> bool {
        self.stopped() && harvest.issues.iter().any(|issue| issue.code == "stopped")
    }

    /// The harvests of a source that a replay takes, with how they ended.
    fn archived(&self, id: &SourceId, period: Period) -> Result<Vec<(RunId, Outcome)>, Error> {
        if period == Period::default() {
            return Ok(self.lake.last_captured_run(id)?.into_iter().collect());
        }
        let runs = self.lake.captured_runs(id, period.from, period.until)?;
        Ok(runs
            .into_iter()
            .map(|(run, _, outcome)| (run, outcome))
            .collect())
    }

    /// Reads what was harvested and commits the run.
    fn settle(&self, id: &SourceId, run: RunId, gathered: Gathered) -> Result<SourceReport, Error> {
        let definition = self.definition(id)?;
        let pages = self.lake.pages(gathered.pages)?;
        let digest = read_digest(self.rules_digest(definition.digest), &pages);
        let before = self.lake.last_run(id)?;
        let same = before
            .as_ref()
            .is_some_and(|last| last.spec_digest == Some(digest) && is_good(last.outcome));
        let reading = match gathered.outcome {
            Outcome::Failed => Harvested::default(),
            Outcome::Complete | Outcome::Unchanged if same => Harvested::default(),
            Outcome::Complete | Outcome::Partial | Outcome::Unchanged => harvested(
                definition,
                &Archived {
                    engine: self,
                    pages: &pages,
                },
            ),
        };
        let verdict = verdict(definition, &gathered, &reading, same);
        let mut issues = gathered.issues;
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
            harvested: gathered.tally.map(|_| gathered.outcome),
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
            captures: pages.len(),
            harvest: gathered.tally,
            records: commit.records,
            entities: commit.entities.len(),
            rejects: commit.rejects.len(),
            changes,
            issues: commit.issues,
        })
    }
}

/// The report of a run that goes on another time: nothing is committed.
fn left_open(id: &SourceId, harvest: Harvest) -> SourceReport {
    SourceReport {
        source: id.clone(),
        outcome: harvest.outcome,
        cause: Some(Cause::Stopped),
        captures: usize::try_from(harvest.tally.pages).unwrap_or(usize::MAX),
        harvest: Some(harvest.tally),
        records: 0,
        entities: 0,
        rejects: 0,
        changes: RunSummary::default(),
        issues: harvest.issues,
    }
}

/// The pages of a run, in the archive.
struct Archived<'a> {
    engine: &'a Engine,
    pages: &'a [Page],
}

impl Pages for Archived<'_> {
    fn each(
        &self,
        role: Role,
        issues: &mut Vec<Issue>,
        mut show: impl FnMut(&Capture, &mut Vec<Issue>),
    ) {
        for page in self.pages.iter().filter(|page| page.role == role) {
            match self.engine.lake.capture(page) {
                Ok(capture) => show(&capture, issues),
                Err(error) => {
                    let message = format!("the archive cannot give the page back: {error}");
                    issues
                        .push(Issue::error(Stage::Extract, "not-archived", message).at(&page.url));
                }
            }
        }
    }
}

/// What the entities of a run are a function of: the rules, and what every page says. A server's word that a page has
/// not changed is not enough: it may compare with one that a killed run kept and never read.
fn read_digest(rules: Digest, pages: &[Page]) -> Digest {
    let mut parts = vec![rules.to_string()];
    let page = |page: &Page| format!("{:?} {} {}", page.role, page.url, page.content);
    parts.extend(pages.iter().map(page));
    Digest::of_parts(parts.iter().map(String::as_str))
}

struct Verdict {
    outcome: Outcome,
    cause: Option<Cause>,
    issues: Vec<Issue>,
}

/// The gate: a whole harvest under its expectations fails, an unchanged one needs no gate.
fn verdict(
    definition: &Definition,
    harvest: &Gathered,
    reading: &Harvested,
    same: bool,
) -> Verdict {
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
