//! The archive: WARC files, one for each run of a source, and the index of what stands where.
//!
//! A file is the log, and the truth. The database indexes it, a little later: what a kill left out of the index is read
//! from the file when its source next runs, and what it left half-written is cut off. So a page is safe as soon as it was
//! handed to the system in one write; the disk is flushed, and the index follows, once in a while and together.
//!
//! A body is kept once. Other exchanges that brought the same, of whichever run or source, are `revisit` records; when
//! the one that has the body is purged or pruned, another takes it over first.
//!
//! Who writes and who rewrites files exclude each other by a lock ([`lock`]): a writer holds it while something of its
//! own is not in the index yet, a second at most. Who only reads needs none: every body is read against its digest, and
//! looked up again where a rewriting moved it under the reader's eyes.

mod lock;
mod lookup;
mod recovery;
mod rewrite;
#[cfg(test)]
mod tests;
mod writer;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom, Take};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use moisson_model::{Digest, SourceId};

use crate::history::RunId;
use crate::{Error, files};

pub use lookup::{Entry, Page, RunFile};
pub(crate) use recovery::Log;
pub use rewrite::Removed;
pub use writer::Writer;

/// How the second of a run's beginning stands in the name of its file.
const STARTED: &str = "%Y%m%dT%H%M%SZ";
/// What every file's name ends with.
const ENDING: &str = ".warc.gz";

/// Where an exchange stands: a file relative to the archive, and the bytes of its members.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) run: RunId,
    pub(crate) file: String,
    /// What is to be put in the place of that file first.
    pub(crate) aside: Option<String>,
    pub(crate) offset: u64,
    pub(crate) size: u64,
}

/// The exchange that a body stands in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Holder {
    pub(crate) place: Place,
    /// The address that it answered.
    pub(crate) url: String,
    /// When.
    pub(crate) at: Timestamp,
}

/// The folder of all files, and the bodies that writers of this process did not index yet.
#[derive(Clone)]
pub(crate) struct Archive {
    root: PathBuf,
    unindexed: Arc<Mutex<BTreeMap<Digest, Holder>>>,
}

impl Archive {
    pub(crate) fn new(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
            unindexed: Arc::default(),
        }
    }

    /// The file of a run.
    fn file(source: &SourceId, run: RunId, started: Timestamp) -> String {
        format!(
            "{source}/{}-{:06}{ENDING}",
            started.strftime(STARTED),
            run.0
        )
    }

    /// When the run of a file began, and its number; none where the name is not one of ours.
    fn named(file: &str) -> Option<(Timestamp, RunId)> {
        let (_, name) = file.rsplit_once('/')?;
        let (started, number) = name.strip_suffix(ENDING)?.split_once('-')?;
        let began = jiff::civil::DateTime::strptime(STARTED, started).ok()?;
        let began = began.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp();
        Some((
            began,
            RunId(number.parse().ok().filter(|number| *number > 0)?),
        ))
    }

    fn path(&self, file: &str) -> PathBuf {
        self.root.join(file)
    }

    /// The bytes of an exchange.
    fn open(&self, place: &Place) -> Result<BufReader<Take<File>>, Error> {
        let path = self.path(&place.file);
        let mut file = files::open(&path)?;
        file.seek(SeekFrom::Start(place.offset))
            .map_err(Error::file("read", &path))?;
        Ok(BufReader::with_capacity(16 << 10, file.take(place.size)))
    }

    fn unindexed(&self) -> MutexGuard<'_, BTreeMap<Digest, Holder>> {
        self.unindexed
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
