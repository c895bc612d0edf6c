//! The lake: one folder with the database, the archive and the published tree, and every operation on them by name.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use moisson_model::{Digest, EntityId, Outcome, Reject, SourceId, Version};
use moisson_publish::Release;

use crate::archive::Archive;
use crate::history::{Lease, Run, RunCommit, RunId, RunSummary, StoredEntity, StoredRobots};
use crate::ledger::{Ledger, LedgerChange};
use crate::releases::{ReleaseRecord, Tree};
use crate::sqlite::Sqlite;
use crate::staging::Folder;
use crate::{Error, files};

/// How long after its beginning a run is taken up again: what it holds is a set of one day.
const RESUMED: SignedDuration = SignedDuration::from_hours(24);

const ALL: [Outcome; 4] = [
    Outcome::Complete,
    Outcome::Partial,
    Outcome::Unchanged,
    Outcome::Failed,
];
const GOOD: [Outcome; 2] = [Outcome::Complete, Outcome::Unchanged];
const USEFUL: [Outcome; 3] = [Outcome::Complete, Outcome::Partial, Outcome::Unchanged];

/// Storage, cheap to clone.
#[derive(Clone)]
pub struct Lake {
    pub(crate) database: Arc<Sqlite>,
    pub(crate) archive: Archive,
    tree: Tree,
}

impl Lake {
    /// Opens the lake of a folder, made where it is not there.
    pub fn open(folder: &Path) -> Result<Self, Error> {
        files::create_folder(folder)?;
        Ok(Self {
            database: Arc::new(Sqlite::open(&folder.join("lake.sqlite"))?),
            archive: Archive::new(&folder.join("harvest")),
            tree: Tree::new(&folder.join("publish")),
        })
    }

    /// When a source is due; `None` where it never ran.
    pub fn due(&self, source: &SourceId) -> Result<Option<Timestamp>, Error> {
        self.database.due(source)
    }

    /// Takes a lease that is free, over, one's own, or of a process that has ended; false where another holds it.
    pub fn take_lease(
        &self,
        name: &str,
        owner: &str,
        now: Timestamp,
        ttl: SignedDuration,
    ) -> Result<bool, Error> {
        self.database.take_lease(name, owner, now, ttl)
    }

    /// Gives a sign of life.
    pub fn renew_lease(
        &self,
        name: &str,
        owner: &str,
        now: Timestamp,
        ttl: SignedDuration,
    ) -> Result<(), Error> {
        self.database.renew_lease(name, owner, now + ttl)
    }

    /// Gives a lease back.
    pub fn drop_lease(&self, name: &str, owner: &str) -> Result<(), Error> {
        self.database.drop_lease(name, owner)
    }

    /// The leases that are alive.
    pub fn leases(&self, now: Timestamp) -> Result<Vec<Lease>, Error> {
        let mut leases = self.database.leases(now)?;
        leases.retain(|lease| !crate::owner::is_gone(&lease.owner));
        Ok(leases)
    }

    /// robots.txt of an origin, as last kept.
    pub fn robots(&self, origin: &str) -> Result<Option<StoredRobots>, Error> {
        self.database.robots(origin)
    }

    /// Keeps robots.txt of an origin.
    pub fn keep_robots(&self, origin: &str, robots: &StoredRobots) -> Result<(), Error> {
        self.database.keep_robots(origin, robots)
    }

    /// Takes a host for a process, with what is remembered of it, nothing at first; none where another process has it,
    /// which is told that it is waited for.
    pub fn take_host(
        &self,
        name: &str,
        owner: &str,
        now: Timestamp,
    ) -> Result<Option<String>, Error> {
        self.database.take_host(name, owner, now)
    }

    /// Gives a host back, with what is to be remembered of it; says whether another process asked for it just now.
    pub fn give_host(
        &self,
        name: &str,
        owner: &str,
        state: &str,
        now: Timestamp,
    ) -> Result<bool, Error> {
        self.database.give_host(name, owner, state, now)
    }

    /// What is remembered of each host, by name.
    pub fn hosts(&self) -> Result<Vec<(String, String)>, Error> {
        self.database.hosts()
    }

    /// Begins a run, under the source's lease, or takes up its newest again where its harvest was cut short less than a
    /// day ago. What a killed run wrote into the archive is found again; what it left half-written is cut off.
    ///
    /// An interrupted run that is not the newest, or older, is abandoned: what it kept is there, nothing is added to it.
    pub fn begin_run(&self, source: &SourceId, at: Timestamp) -> Result<RunId, Error> {
        self.recover(source)?;
        let since = at.saturating_sub(RESUMED).unwrap_or(Timestamp::MIN);
        match self.database.interrupted(source, since)? {
            Some(run) => Ok(run),
            None => self.database.begin_run(source, at, false),
        }
    }

    /// Begins a run anew, under the source's lease, whatever became of the one before.
    pub fn begin_run_anew(&self, source: &SourceId, at: Timestamp) -> Result<RunId, Error> {
        self.recover(source)?;
        self.database.begin_run(source, at, false)
    }

    /// Begins a run that reads the archive and writes none; it is never taken up again.
    pub fn begin_replay(&self, source: &SourceId, at: Timestamp) -> Result<RunId, Error> {
        self.recover(source)?;
        self.database.begin_run(source, at, true)
    }

    /// The newest run of a source whose harvest was whole, else the newest that kept a response; and how it ended.
    pub fn last_captured_run(&self, source: &SourceId) -> Result<Option<(RunId, Outcome)>, Error> {
        self.database.last_captured_run(source)
    }

    /// Says how the harvest of a run ended: what its captures are worth to a replay.
    pub fn set_harvested(&self, run: RunId, outcome: Outcome) -> Result<(), Error> {
        self.database.set_harvested(run, outcome)
    }

    /// Commits a run, in one transaction.
    pub fn commit_run(&self, run: RunId, commit: &RunCommit) -> Result<RunSummary, Error> {
        self.database.commit_run(run, commit)
    }

    /// The newest run of a source that has ended.
    pub fn last_run(&self, source: &SourceId) -> Result<Option<Run>, Error> {
        self.database.last_run(source, &ALL)
    }

    /// The newest run of a source that left a whole set.
    pub fn last_good_run(&self, source: &SourceId) -> Result<Option<Run>, Error> {
        self.database.last_run(source, &GOOD)
    }

    /// The newest run of a source that left anything usable.
    pub fn last_useful_run(&self, source: &SourceId) -> Result<Option<Run>, Error> {
        self.database.last_run(source, &USEFUL)
    }

    /// The number of the newest ending of a run of some sources: runs are numbered again as they end.
    pub fn newest_ending(&self, sources: &[SourceId]) -> Result<Option<i64>, Error> {
        self.database.newest_ending(sources)
    }

    /// The sources that ever ran.
    pub fn sources(&self) -> Result<Vec<SourceId>, Error> {
        self.database.sources()
    }

    /// What a source states, without what is missing for longer than the grace; by kind and key.
    pub fn entities(
        &self,
        source: &SourceId,
        as_of: Timestamp,
        grace: SignedDuration,
    ) -> Result<Vec<StoredEntity>, Error> {
        self.database.entities(source, as_of, grace)
    }

    /// The records of a source's newest reading that gave no entity.
    pub fn rejects(&self, source: &SourceId) -> Result<Vec<Reject>, Error> {
        self.database.rejects(source)
    }

    /// The newest ending that was there when a release of a dataset was last considered.
    pub fn considered(&self, dataset: &str) -> Result<Option<i64>, Error> {
        self.database.considered(dataset)
    }

    /// Says up to which ending a release of a dataset was considered.
    pub fn set_considered(&self, dataset: &str, ending: i64) -> Result<(), Error> {
        self.database.set_considered(dataset, ending)
    }

    /// The id ledger of a dataset.
    pub fn ledger(&self, dataset: &str) -> Result<Ledger, Error> {
        self.database.ledger(dataset)
    }

    /// Adds what a resolution found to the ledger, in one transaction.
    pub fn commit_resolution(&self, dataset: &str, change: &LedgerChange) -> Result<(), Error> {
        self.database.commit_resolution(dataset, change)
    }

    /// Digest and `modified` of each entity of the newest release.
    pub fn published(
        &self,
        dataset: &str,
    ) -> Result<BTreeMap<EntityId, (Digest, Timestamp)>, Error> {
        self.database.published(dataset)
    }

    /// The newest release of a dataset; pointers that a kill left behind are brought up to it.
    pub fn latest_release(&self, dataset: &str) -> Result<Option<ReleaseRecord>, Error> {
        let mut records = self.database.releases(dataset)?;
        self.tree.point(&records)?;
        Ok(records.pop())
    }

    /// An empty folder to write a version into.
    pub fn stage(&self, dataset: &str, version: &Version) -> Result<Folder, Error> {
        self.tree.stage(dataset, version)
    }

    /// Reads a staged release again, and compares it with what was meant to be written.
    pub fn reopen(&self, staging: &Folder, release: &Release) -> Result<(), Error> {
        for file in &release.files {
            let path = staging.path().join(&file.path);
            let bytes = files::read_bytes(&path, u64::MAX - 1)?;
            if Digest::of(&bytes) != file.sha256 {
                return Err(Error::Disagreement(format!(
                    "`{}` is not what was written",
                    file.path
                )));
            }
            if file.path.starts_with("tables/") {
                let rows = moisson_publish::parquet::read_rows(files::open(&path)?)?.count() as u64;
                if Some(rows) != file.rows {
                    let stated = file.rows.unwrap_or_default();
                    return Err(Error::Disagreement(format!(
                        "`{}` has {rows} rows, not {stated}",
                        file.path
                    )));
                }
            }
        }
        Ok(())
    }

    /// Promotes a staged release: from here on it is the newest. A version that stands already, with the same content,
    /// stays as it is.
    pub fn promote(
        &self,
        staging: &Folder,
        dataset: &str,
        record: &ReleaseRecord,
    ) -> Result<(), Error> {
        self.tree.place(staging, &record.version)?;
        let known = self.database.releases(dataset)?;
        if known.iter().all(|known| known.version != record.version) {
            self.database.record_release(dataset, record)?;
        }
        self.tree.point(&self.database.releases(dataset)?)
    }

    /// Writes a file of the site beside the releases.
    pub fn put_site_file(&self, name: &str, bytes: &[u8]) -> Result<(), Error> {
        self.tree.put(name, bytes)
    }
}
