//! Brings index and files together again, after a kill: complete exchanges that the index lacks are added to it, and
//! what was half-written behind them is cut off.
//!
//! Files that the index does not know at all, because the database was lost, are taken in as partial runs. Files whose
//! names are not ours are left alone.

use std::collections::BTreeSet;
use std::fs::OpenOptions;
use std::io::{BufReader, Seek, SeekFrom};
use std::path::Path;

use bytes::Bytes;
use moisson_model::SourceId;

use super::Archive;
use crate::history::RunId;
use crate::warc::Scan;
use crate::{Error, Lake, files};

/// Exchanges added to the index at a time.
const BATCH: usize = 256;
/// How the name of a file ends that is not in its place yet.
pub(super) const ASIDE: &str = "new";

/// A file of the archive, and what the index knows of it.
#[derive(Debug, Clone)]
pub(crate) struct Log {
    pub(crate) run: RunId,
    pub(crate) source: SourceId,
    pub(crate) file: String,
    /// Bytes that are indexed.
    pub(crate) size: u64,
    /// What is to be put in the file's place first.
    pub(crate) aside: Option<String>,
}

impl Lake {
    /// Recovers the files of a source, under its lease.
    pub(crate) fn recover(&self, source: &SourceId) -> Result<(), Error> {
        let _writing = self.archive.writing()?;
        self.recover_locked(source)
    }

    pub(super) fn recover_locked(&self, source: &SourceId) -> Result<(), Error> {
        let folder = self.archive.path(source.as_str());
        self.adopt(source, &folder)?;
        for log in self.database.logs_of(source)? {
            self.catch_up(log)?;
        }
        for left in files::walk(&folder, &[ASIDE])? {
            std::fs::remove_file(&left).map_err(Error::file("remove", &left))?;
        }
        Ok(())
    }

    /// Takes in the files that no run is known to have.
    fn adopt(&self, source: &SourceId, folder: &Path) -> Result<(), Error> {
        let known = self
            .database
            .logs_of(source)?
            .into_iter()
            .map(|log| log.file);
        let known: BTreeSet<String> = known.collect();
        for path in files::walk(folder, &["gz"])? {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let file = format!("{source}/{name}");
            if let Some((started, run)) = Archive::named(&file)
                && !known.contains(&file)
            {
                self.database.adopt(source, started, run, &file)?;
            }
        }
        Ok(())
    }

    /// Adds to the index what stands in a file behind what it knows, and cuts off what is not whole. Gives the size of
    /// the file.
    pub(super) fn catch_up(&self, mut log: Log) -> Result<u64, Error> {
        let path = self.archive.path(&log.file);
        if let Some(aside) = &log.aside {
            self.settle(log.run, &log.file, aside)?;
        }
        let size = std::fs::metadata(&path).map_or(0, |about| about.len());
        if size < log.size {
            // It lost its end, or is gone: the index begins again.
            self.database.forget(log.run)?;
            log.size = 0;
        }
        if size == log.size {
            return Ok(size);
        }
        let whole = self.index_tail(&log, &path)?;
        if whole < size {
            truncate(&path, whole)?;
        }
        Ok(whole)
    }

    fn index_tail(&self, log: &Log, path: &Path) -> Result<u64, Error> {
        let mut file = files::open(path)?;
        file.sync_data().map_err(Error::file("flush", path))?;
        file.seek(SeekFrom::Start(log.size))
            .map_err(Error::file("read", path))?;
        let mut scan = Scan::new(BufReader::with_capacity(64 << 10, file), log.size);
        loop {
            let mut found = Vec::new();
            while let Some(mut scanned) = scan.next().map_err(Error::file("read", path))? {
                scanned.exchange.capture.body = Bytes::new();
                found.push(scanned);
                if found.len() == BATCH {
                    break;
                }
            }
            let (whole, ended) = (scan.whole(), found.len() < BATCH);
            self.database.index(log.run, &log.source, whole, &found)?;
            if ended {
                return Ok(whole);
            }
        }
    }

    /// Puts a file that was written anew in its place; where another process did so already, nothing is left to do.
    pub(super) fn settle(&self, run: RunId, file: &str, aside: &str) -> Result<(), Error> {
        let (path, aside_path) = (self.archive.path(file), self.archive.path(aside));
        match std::fs::rename(&aside_path, &path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            renamed => renamed.map_err(Error::file("replace", &path))?,
        }
        files::sync_folder(path.parent().unwrap_or(&path))?;
        self.database.settled(run, aside)
    }
}

pub(super) fn truncate(path: &Path, size: u64) -> Result<(), Error> {
    let file = OpenOptions::new()
        .write(true)
        .open(path)
        .map_err(Error::file("repair", path))?;
    file.set_len(size)
        .and_then(|()| file.sync_all())
        .map_err(Error::file("repair", path))
}
