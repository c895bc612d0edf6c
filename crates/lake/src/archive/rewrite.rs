//! Takes pages out of the archive: all of an address, or those of runs that are older than a source keeps them.
//!
//! A body that other pages came with as well stays: one of these takes it over. For a purge that is the first of them,
//! and all the others are made to refer to it, so that the address purged stands nowhere any more. For retention it is
//! the newest, so that a body which does not change moves once in that time and not every day; what the others say of
//! the record that they once referred to is left as it is, their digest tells which body is meant.
//!
//! A file is written anew aside. One transaction then makes the index say so; from there on it is the file, even if a
//! kill comes before it is renamed into place, which is done by whoever opens it next. A kill before that leaves all as
//! it was, and doing the same again does the rest: bodies are taken over first, and what is purged goes last.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{File, OpenOptions};
use std::io::{BufWriter, Read, Seek, SeekFrom, Write};
use std::sync::atomic::{AtomicU64, Ordering};

use jiff::Timestamp;
use moisson_model::{Digest, Outcome, SourceId};
use serde::Serialize;

use super::Archive;
use super::recovery::{ASIDE, Log};
use crate::history::RunId;
use crate::sqlite::Standing;
use crate::warc::{self, Packer, Referred};
use crate::{Error, Lake, files};

/// Files written aside by this process.
static ASIDES: AtomicU64 = AtomicU64::new(0);

/// What was taken out of the archive.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Removed {
    /// Pages.
    pub pages: u64,
    /// Files that are no more.
    pub files: u64,
    /// Files that were written anew.
    pub rewritten: u64,
    /// Bytes by which the archive is smaller.
    pub bytes: i64,
}

/// What is to happen.
#[derive(Default)]
struct Plan {
    /// The exchanges to be taken out.
    doomed: BTreeSet<i64>,
    /// The runs that these are of.
    doomed_runs: BTreeSet<RunId>,
    /// Who takes over the bodies that stand in them.
    heirs: BTreeMap<Digest, Heir>,
    /// Runs with exchanges that refer to what is taken out.
    referring: BTreeSet<RunId>,
}

impl Plan {
    /// The runs with exchanges that take over a body from another file.
    fn moved(&self) -> BTreeSet<RunId> {
        let heirs = self.heirs.values();
        let moved = heirs.filter(|heir| !heir.whole && heir.run != heir.from);
        moved.map(|heir| heir.run).collect()
    }
}

/// An exchange that takes over a body.
struct Heir {
    id: i64,
    run: RunId,
    /// Whether the body stands in it already.
    whole: bool,
    /// The run that it takes it over from.
    from: RunId,
}

/// Which exchange takes over a body.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Next {
    First,
    Newest,
}

impl Lake {
    /// Takes an address out of the archive, as it was asked for or led to; with all that begin with it where it ends with
    /// `*`. Waits until no run has pages that are not indexed: a second at most.
    pub fn purge(&self, url: &str) -> Result<Removed, Error> {
        let _rewriting = self.rewriting()?;
        let doomed = self.database.standing_at(url)?;
        let plan = self.plan(&doomed, Next::First)?;
        let mut removed = Removed {
            pages: doomed.len() as u64,
            ..Removed::default()
        };
        let moved = plan.moved();
        let rewritten = |run: &&RunId| plan.doomed_runs.contains(run) || moved.contains(run);
        for run in plan.referring.iter().filter(|run| !rewritten(run)) {
            self.rewrite(*run, &plan, false, &mut removed)?;
        }
        self.carry_out(&plan, &mut removed)?;
        self.database.checkpoint()?;
        Ok(removed)
    }

    /// Takes the runs of a source out of the archive that began before an instant: its retention. The newest run stays,
    /// and the newest whose harvest was whole.
    pub fn prune(&self, source: &SourceId, older_than: Timestamp) -> Result<Removed, Error> {
        if self.outdated(source, older_than)?.is_empty() {
            return Ok(Removed::default());
        }
        let _rewriting = self.rewriting()?;
        let mut doomed = Vec::new();
        for run in self.outdated(source, older_than)? {
            doomed.extend(self.database.standing(run)?);
        }
        let plan = self.plan(&doomed, Next::Newest)?;
        let mut removed = Removed {
            pages: doomed.len() as u64,
            ..Removed::default()
        };
        self.carry_out(&plan, &mut removed)?;
        Ok(removed)
    }

    /// The right to rewrite, with an index that lacks nothing.
    fn rewriting(&self) -> Result<super::lock::Rewriting, Error> {
        let rewriting = self.archive.rewriting()?;
        for source in self.archive.sources()? {
            self.recover_locked(&source)?;
        }
        Ok(rewriting)
    }

    fn outdated(&self, source: &SourceId, older_than: Timestamp) -> Result<Vec<RunId>, Error> {
        let runs = self.database.captured_runs(source)?;
        let newest = runs.last().map(|(run, ..)| *run);
        let good = |outcome: Outcome| matches!(outcome, Outcome::Complete | Outcome::Unchanged);
        let whole = runs.iter().rev().find(|(.., outcome)| good(*outcome));
        let kept = [newest, whole.map(|(run, ..)| *run)];
        let outdated = runs
            .iter()
            .filter(|(run, began, _)| *began < older_than && !kept.contains(&Some(*run)));
        Ok(outdated.map(|(run, ..)| *run).collect())
    }

    fn plan(&self, doomed: &[Standing], next: Next) -> Result<Plan, Error> {
        let mut plan = Plan {
            doomed: doomed.iter().map(|standing| standing.id).collect(),
            doomed_runs: doomed.iter().map(|standing| standing.run).collect(),
            ..Plan::default()
        };
        for holder in doomed.iter().filter(|standing| standing.whole) {
            if self.database.holding(holder.sha256)? == Some(holder.id) {
                self.find_heir(&mut plan, holder, next)?;
            }
        }
        Ok(plan)
    }

    /// Who takes over the body of an exchange that is to be taken out; and who refers to it.
    fn find_heir(&self, plan: &mut Plan, holder: &Standing, next: Next) -> Result<(), Error> {
        let mut others = self.database.standing_with(holder.sha256)?;
        others.retain(|other| !plan.doomed.contains(&other.id));
        let heir = others.iter().find(|other| other.whole).or(match next {
            Next::First => others.first(),
            Next::Newest => others.last(),
        });
        let Some(heir) = heir else {
            return Ok(());
        };
        let heir = Heir {
            id: heir.id,
            run: heir.run,
            whole: heir.whole,
            from: holder.run,
        };
        plan.heirs.insert(holder.sha256, heir);
        plan.referring.extend(
            others
                .iter()
                .filter(|other| !other.whole)
                .map(|other| other.run),
        );
        Ok(())
    }

    /// Lets bodies be taken over in files that stay, then takes out what is doomed.
    fn carry_out(&self, plan: &Plan, removed: &mut Removed) -> Result<(), Error> {
        let whole = plan.heirs.iter().filter(|(_, heir)| heir.whole);
        self.database
            .hand_over(&whole.map(|(sha256, heir)| (*sha256, heir.id)).collect())?;
        for run in plan.moved() {
            self.rewrite(run, plan, false, removed)?;
        }
        for run in &plan.doomed_runs {
            self.rewrite(*run, plan, true, removed)?;
        }
        Ok(())
    }

    /// Writes the file of a run anew: with the bodies that its exchanges take over and, in the end, without what is
    /// doomed. A file that nothing is left in is removed.
    fn rewrite(
        &self,
        run: RunId,
        plan: &Plan,
        drop: bool,
        removed: &mut Removed,
    ) -> Result<(), Error> {
        let Some(log) = self.database.log_of(run)? else {
            return Ok(());
        };
        let path = self.archive.path(&log.file);
        let mut kept = self.database.standing(run)?;
        let first = kept.first().map_or(0, |standing| standing.offset);
        kept.retain(|standing| !(drop && plan.doomed.contains(&standing.id)));
        if kept.is_empty() {
            std::fs::remove_file(&path).map_err(Error::file("remove", &path))?;
            removed.files += 1;
            removed.bytes += log.size.cast_signed();
            return self.database.emptied(run);
        }
        let mut copy = Copy::begin(self, &log, first, plan)?;
        for standing in &mut kept {
            copy.add(standing)?;
        }
        let (aside, size, heirs) = copy.end()?;
        self.database.rewritten(run, &aside, size, &kept, &heirs)?;
        removed.rewritten += 1;
        removed.bytes += log.size.cast_signed() - size.cast_signed();
        self.settle(run, &log.file, &aside)
    }
}

impl Archive {
    /// The sources with a folder.
    fn sources(&self) -> Result<Vec<SourceId>, Error> {
        let mut sources = Vec::new();
        for entry in std::fs::read_dir(&self.root).map_err(Error::file("list", &self.root))? {
            let entry = entry.map_err(Error::file("list", &self.root))?;
            sources.extend(SourceId::new(&entry.file_name().to_string_lossy()));
        }
        sources.sort();
        Ok(sources)
    }
}

/// A file on its way to be another's successor.
struct Copy<'a> {
    lake: &'a Lake,
    log: &'a Log,
    plan: &'a Plan,
    from: File,
    aside: String,
    to: BufWriter<File>,
    size: u64,
    heirs: BTreeMap<Digest, i64>,
    packer: Packer,
}

impl<'a> Copy<'a> {
    /// Begins with what stands before the first exchange.
    fn begin(lake: &'a Lake, log: &'a Log, first: u64, plan: &'a Plan) -> Result<Self, Error> {
        let from = files::open(&lake.archive.path(&log.file))?;
        // Never the same name twice: another process may be late in putting the last one in its place.
        let number = ASIDES.fetch_add(1, Ordering::Relaxed);
        let aside = format!("{}.{}-{number}.{ASIDE}", log.file, std::process::id());
        let path = lake.archive.path(&aside);
        let opened = OpenOptions::new().write(true).create_new(true).open(&path);
        let to = BufWriter::new(opened.map_err(Error::file("write", &path))?);
        let mut copy = Self {
            lake,
            log,
            plan,
            from,
            aside,
            to,
            size: 0,
            heirs: BTreeMap::new(),
            packer: Packer::new(),
        };
        let bytes = copy.bytes(0, first)?;
        copy.put(&bytes)?;
        Ok(copy)
    }

    /// Adds an exchange, and says where it stands now.
    fn add(&mut self, standing: &mut Standing) -> Result<(), Error> {
        let heir = self.plan.heirs.get(&standing.sha256);
        let takes_over = !standing.whole && heir.is_some_and(|heir| heir.id == standing.id);
        let doomed = self.plan.doomed.contains(&standing.id);
        let bytes = if standing.whole || doomed {
            self.bytes(standing.offset, standing.size)?
        } else {
            self.again(standing, takes_over)?
        };
        if takes_over {
            standing.whole = true;
            self.heirs.insert(standing.sha256, standing.id);
        }
        (standing.offset, standing.size) = (self.size, bytes.len() as u64);
        self.put(&bytes)
    }

    /// The members of an exchange made anew: with its body, or referring to who has it now.
    fn again(&mut self, standing: &Standing, takes_over: bool) -> Result<Vec<u8>, Error> {
        let path = self.lake.archive.path(&self.log.file);
        let old = self.bytes(standing.offset, standing.size)?;
        let mut exchange = warc::exchange(&old[..]).map_err(Error::file("read", &path))?;
        let refers = if takes_over {
            exchange.capture.body = self.lake.body(standing.sha256)?;
            None
        } else {
            Some(self.referred(standing.sha256)?)
        };
        let mut bytes = Vec::new();
        warc::write(
            &self.log.source,
            &exchange,
            refers.as_ref(),
            &mut self.packer,
            &mut bytes,
        )
        .map_err(Error::file("pack a page for", &path))?;
        Ok(bytes)
    }

    /// Who has a body when all is done.
    fn referred(&self, sha256: Digest) -> Result<Referred, Error> {
        if let Some(heir) = self.plan.heirs.get(&sha256) {
            let (capture, _) = self.lake.indexed(heir.id, sha256)?;
            return Ok(Referred {
                url: capture.url,
                at: capture.fetched_at,
            });
        }
        let holder = self
            .lake
            .database
            .holder(sha256)?
            .ok_or(Error::NoBody(sha256))?;
        Ok(Referred {
            url: holder.url,
            at: holder.at,
        })
    }

    fn bytes(&mut self, offset: u64, size: u64) -> Result<Vec<u8>, Error> {
        let path = self.lake.archive.path(&self.log.file);
        let mut bytes = Vec::new();
        self.from
            .seek(SeekFrom::Start(offset))
            .map_err(Error::file("read", &path))?;
        (&self.from)
            .take(size)
            .read_to_end(&mut bytes)
            .map_err(Error::file("read", &path))?;
        Ok(bytes)
    }

    fn put(&mut self, bytes: &[u8]) -> Result<(), Error> {
        let path = self.lake.archive.path(&self.aside);
        self.size += bytes.len() as u64;
        self.to
            .write_all(bytes)
            .map_err(Error::file("write", &path))
    }

    /// Flushes it; gives its name, its size, and who took over which body.
    fn end(self) -> Result<(String, u64, BTreeMap<Digest, i64>), Error> {
        let path = self.lake.archive.path(&self.aside);
        let file = self
            .to
            .into_inner()
            .map_err(|error| Error::file("write", &path)(error.into_error()))?;
        file.sync_all().map_err(Error::file("write", &path))?;
        Ok((self.aside, self.size, self.heirs))
    }
}
