//! On its own: sources run when they are due, and one release follows the last of them.
//!
//! Due times and leases live in the lake, so that several processes share the work: a source never runs twice at
//! once, a dead worker's run is taken over when its lease ends, and ticks missed while nothing ran collapse into one.
//! What has run since a dataset was last considered decides whether a release is due, so that a process killed
//! between the two is made up for by the next.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use moisson_model::SourceId;
use serde::Serialize;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::engine::Engine;
use crate::error::Error;
use crate::release::ReleaseReport;
use crate::run::{Mode, SourceReport};

/// How long a worker that no longer gives a sign is believed alive.
const LEASE: SignedDuration = SignedDuration::from_secs(120);
/// How often a worker gives one.
const HEARTBEAT: Duration = Duration::from_secs(30);
/// The longest sleep between two looks at what is due: a definition may have been added.
const NAP: Duration = Duration::from_secs(30);
/// How often a sleeper looks whether it is to stop.
const BLINK: Duration = Duration::from_millis(200);

/// How to run on its own.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Sources that run at the same time.
    pub workers: usize,
    /// Run what is due, then end.
    pub once: bool,
    /// Who takes the leases: unique to this process.
    pub owner: String,
}

/// What a tick came to.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Tick {
    /// The sources that ran.
    pub sources: Vec<SourceReport>,
    /// Sources that another worker holds.
    pub held: Vec<SourceId>,
    /// The releases considered.
    pub releases: Vec<ReleaseReport>,
}

impl Tick {
    /// Whether any source failed.
    pub fn failed(&self) -> bool {
        self.sources.iter().any(|source| !source.succeeded())
    }
}

impl Engine {
    /// Runs until stopped, or once; `report` is told of every tick at which something ran.
    pub async fn schedule(
        self: &Arc<Self>,
        settings: &Settings,
        report: &(dyn Fn(&Tick) + Sync),
    ) -> Result<Tick, Error> {
        loop {
            let tick = self.tick(settings).await?;
            let idle = tick.sources.is_empty() && tick.releases.is_empty();
            if !idle {
                report(&tick);
            }
            if settings.once || self.stopped() {
                return Ok(tick);
            }
            self.sleep().await?;
        }
    }

    /// Runs what is due, then considers a release of every dataset that something ran for.
    pub async fn tick(self: &Arc<Self>, settings: &Settings) -> Result<Tick, Error> {
        let due = self.due()?;
        let mut tick = self.run_all(due, settings, Mode::Live, true).await?;
        tick.releases = self.release_where_due(&settings.owner).await?;
        Ok(tick)
    }

    /// The sources that are due, the longest waiting first; one that never ran is due.
    pub fn due(&self) -> Result<Vec<SourceId>, Error> {
        let now = self.now();
        let mut due = Vec::new();
        for id in self.project.definitions.keys() {
            let at = self.lake.due(id)?.unwrap_or(Timestamp::MIN);
            if at <= now {
                due.push((at, id.clone()));
            }
        }
        due.sort();
        Ok(due.into_iter().map(|(_, id)| id).collect())
    }

    /// Runs sources side by side, each under its lease.
    pub async fn run_all(
        self: &Arc<Self>,
        ids: Vec<SourceId>,
        settings: &Settings,
        mode: Mode,
        only_due: bool,
    ) -> Result<Tick, Error> {
        let permits = Arc::new(Semaphore::new(settings.workers.max(1)));
        let mut running = JoinSet::new();
        for id in ids {
            let (engine, permits, owner) = (
                Arc::clone(self),
                Arc::clone(&permits),
                settings.owner.clone(),
            );
            running.spawn(async move {
                let _permit = permits.acquire_owned().await;
                let ran = engine.run_leased(&id, &owner, mode, only_due).await;
                (id, ran)
            });
        }
        let mut tick = Tick::default();
        while let Some(ended) = running.join_next().await {
            let (id, ran) = ended.map_err(|error| Error::Panicked(error.to_string()))?;
            match ran? {
                Leased::Ran(report) => tick.sources.push(*report),
                Leased::Held => tick.held.push(id),
                Leased::Stopped => {}
            }
        }
        tick.sources
            .sort_by(|left, right| left.source.cmp(&right.source));
        Ok(tick)
    }

    async fn run_leased(
        self: &Arc<Self>,
        id: &SourceId,
        owner: &str,
        mode: Mode,
        only_due: bool,
    ) -> Result<Leased, Error> {
        if self.stopped() {
            return Ok(Leased::Stopped);
        }
        let run = async {
            // Another worker may have run it between the look and the lease.
            let still_due = self.lake.due(id)?.is_none_or(|at| at <= self.now());
            if only_due && !still_due {
                return Ok(Leased::Held);
            }
            let report = self.run_source(id, mode).await?;
            Ok(Leased::Ran(Box::new(report)))
        };
        let ran = self.leased(&lease_of(id), owner, run).await?;
        Ok(ran.unwrap_or(Leased::Held))
    }

    /// Does some work under a lease, with signs of life until it ends; `None` where another holds the lease.
    pub(crate) async fn leased<T>(
        self: &Arc<Self>,
        name: &str,
        owner: &str,
        work: impl Future<Output = Result<T, Error>>,
    ) -> Result<Option<T>, Error> {
        if !self.lake.take_lease(name, owner, self.now(), LEASE)? {
            return Ok(None);
        }
        let beating = tokio::spawn(Arc::clone(self).beat(name.to_owned(), owner.to_owned()));
        let done = work.await;
        beating.abort();
        self.lake.drop_lease(name, owner)?;
        done.map(Some)
    }

    async fn beat(self: Arc<Self>, lease: String, owner: String) {
        loop {
            tokio::time::sleep(HEARTBEAT).await;
            if let Err(error) = self.lake.renew_lease(&lease, &owner, self.now(), LEASE) {
                tracing::warn!(target: "schedule", lease, %error, "the lease cannot be renewed");
            }
        }
    }

    /// Releases every dataset for which something ran since it was last considered, unless another worker still
    /// holds one of its sources: the last to end releases.
    async fn release_where_due(self: &Arc<Self>, owner: &str) -> Result<Vec<ReleaseReport>, Error> {
        let mut reports = Vec::new();
        let busy: BTreeSet<String> = self
            .lake
            .leases(self.now())?
            .into_iter()
            .map(|lease| lease.name)
            .collect();
        for (slug, dataset) in &self.project.datasets {
            let sources = || {
                self.project
                    .definitions
                    .keys()
                    .filter(|id| dataset.holds(id))
            };
            let newest = self
                .lake
                .newest_ending(&sources().cloned().collect::<Vec<_>>())?;
            let considered = self.lake.considered(slug)?;
            if newest.is_none()
                || newest <= considered
                || sources().any(|id| busy.contains(&lease_of(id)))
            {
                continue;
            }
            reports.extend(self.release_leased(slug, owner).await?);
        }
        Ok(reports)
    }

    /// Resolves and publishes a dataset under its lease; `None` where another process is at it.
    pub async fn release_leased(
        self: &Arc<Self>,
        slug: &str,
        owner: &str,
    ) -> Result<Option<ReleaseReport>, Error> {
        let (engine, dataset) = (Arc::clone(self), slug.to_owned());
        let release = async {
            tokio::task::spawn_blocking(move || engine.release(&dataset))
                .await
                .map_err(|error| Error::Panicked(error.to_string()))?
        };
        match self
            .leased(&format!("dataset:{slug}"), owner, release)
            .await
        {
            Err(Error::NothingToPublish(dataset)) => {
                tracing::warn!(target: "publish", dataset, "no source has given anything yet");
                Ok(None)
            }
            released => released,
        }
    }

    /// Sleeps until something is due, or the operator stops.
    async fn sleep(&self) -> Result<(), Error> {
        let mut next = NAP;
        for id in self.project.definitions.keys() {
            let wait = self.lake.due(id)?.map(|at| at.duration_since(self.now()));
            let wait = wait
                .and_then(|wait| Duration::try_from(wait).ok())
                .unwrap_or_default();
            next = next.min(wait);
        }
        let mut slept = Duration::ZERO;
        while slept < next.max(BLINK) && !self.stopped() {
            tokio::time::sleep(BLINK).await;
            slept += BLINK;
        }
        Ok(())
    }
}

enum Leased {
    Ran(Box<SourceReport>),
    Held,
    Stopped,
}

/// The name of a source's lease.
pub(crate) fn lease_of(id: &SourceId) -> String {
    format!("source:{id}")
}
