//! What the archive is asked: the pages of a run, the newest page of a request, a body by its digest, an address.

use bytes::Bytes;
use jiff::Timestamp;
use moisson_model::{Capture, Change, Digest, Evidence, Held, Outcome, Role, SourceId};
use serde::Serialize;

use super::{Holder, Place};
use crate::history::RunId;
use crate::{Error, Lake, warc};

/// A page that a run kept, without headers and body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    pub(crate) id: i64,
    /// The address requested.
    pub url: String,
    /// What it is to its source.
    pub role: Role,
    /// Its place among the pages of its run.
    pub ordinal: u64,
    /// SHA-256 of its body.
    pub sha256: Digest,
    /// SHA-256 of the first body known to hold the same.
    pub content: Digest,
    /// How it compares with the one before.
    pub change: Change,
    /// What told so.
    pub evidence: Option<Evidence>,
}

/// An exchange as the index tells of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entry {
    #[serde(skip)]
    pub(crate) id: i64,
    /// The source.
    pub source: SourceId,
    /// The run.
    pub run: RunId,
    /// The address requested.
    pub url: String,
    /// When the response was received.
    pub fetched_at: Timestamp,
    /// HTTP status.
    pub status: u16,
    /// How it compares with the one before.
    pub change: Change,
    /// What told so.
    pub evidence: Option<Evidence>,
    /// SHA-256 of its body.
    pub sha256: Digest,
    /// Its file, relative to the archive.
    pub file: String,
    /// Where in that file its records begin.
    pub offset: u64,
    /// Bytes of its records, packed.
    pub length: u64,
}

/// A file of the archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RunFile {
    /// The run that wrote it.
    pub run: RunId,
    /// The source.
    pub source: SourceId,
    /// When the run began.
    pub started: Timestamp,
    /// The file, relative to the archive.
    pub file: String,
    /// Its bytes.
    pub size: u64,
    /// The pages in it.
    pub pages: u64,
    /// How the harvest ended; none while it is not over, or where it was cut short.
    pub outcome: Option<Outcome>,
}

impl Lake {
    /// The newest page kept of a request of a source, by its key; without its body.
    pub fn held(&self, source: &SourceId, key: Digest) -> Result<Option<Held>, Error> {
        self.database.held(source, key)
    }

    /// The page that a run kept of a request; as recorded, without its body.
    pub fn done(&self, run: RunId, key: Digest) -> Result<Option<Held>, Error> {
        self.database.done(run, key)
    }

    /// A body of the archive, by its digest.
    pub fn body(&self, sha256: Digest) -> Result<Bytes, Error> {
        let first = self
            .holder(sha256)
            .and_then(|holder| self.read(sha256, &holder));
        // The file may have been rewritten between the look-up and the reading.
        first.or_else(|_| {
            let holder = self.holder(sha256)?;
            self.read(sha256, &holder)
        })
    }

    fn holder(&self, sha256: Digest) -> Result<Holder, Error> {
        self.holding(sha256)?.ok_or(Error::NoBody(sha256))
    }

    /// The exchange that has a body: of those not indexed yet, else of the index.
    pub(super) fn holding(&self, sha256: Digest) -> Result<Option<Holder>, Error> {
        let unindexed = self.archive.unindexed().get(&sha256).cloned();
        match unindexed {
            Some(holder) => Ok(Some(holder)),
            None => self.database.holder(sha256),
        }
    }

    fn read(&self, sha256: Digest, holder: &Holder) -> Result<Bytes, Error> {
        let path = self.archive.path(&holder.place.file);
        let body = warc::body(self.records(&holder.place)?).map_err(Error::file("read", &path))?;
        if Digest::of(&body) == sha256 {
            return Ok(body);
        }
        let offset = holder.place.offset;
        let message = format!("at byte {offset} there is another body than the index says");
        Err(Error::content(path, message))
    }

    fn records(&self, place: &Place) -> Result<impl std::io::BufRead, Error> {
        if let Some(aside) = &place.aside {
            self.settle(place.run, &place.file, aside)?;
        }
        self.archive.open(place)
    }

    /// The pages of a run, in the order of their ordinals.
    pub fn pages(&self, run: RunId) -> Result<Vec<Page>, Error> {
        self.database.pages(run)
    }

    /// A page, with headers and body.
    pub fn capture(&self, page: &Page) -> Result<Capture, Error> {
        self.whole(page.id, page.sha256)
    }

    /// The exchanges of an address, as it was asked for or led to, or of all that begin with it where it ends with `*`: in
    /// order of address and time.
    pub fn find(&self, url: &str) -> Result<Vec<Entry>, Error> {
        self.database.find_url(url)
    }

    /// The exchanges that a body came with, in the order of time.
    pub fn find_body(&self, sha256: Digest) -> Result<Vec<Entry>, Error> {
        self.database.find_body(sha256)
    }

    /// What an entry stands for, with headers and body.
    pub fn entry_capture(&self, entry: &Entry) -> Result<Capture, Error> {
        self.whole(entry.id, entry.sha256)
    }

    /// The records of an entry as its file has them, unpacked.
    pub fn entry_records(&self, entry: &Entry) -> Result<Vec<u8>, Error> {
        let (_, place) = self.indexed(entry.id, entry.sha256)?;
        let path = self.archive.path(&place.file);
        warc::record(self.records(&place)?).map_err(Error::file("read", &path))
    }

    /// The files of the archive, by source, oldest first.
    pub fn archive_files(&self) -> Result<Vec<RunFile>, Error> {
        self.database.files()
    }

    /// The runs of a source that kept a page and began between two instants, both included: oldest first, with their
    /// beginning and how their harvest ended.
    pub fn captured_runs(
        &self,
        source: &SourceId,
        from: Option<Timestamp>,
        until: Option<Timestamp>,
    ) -> Result<Vec<(RunId, Timestamp, Outcome)>, Error> {
        let mut runs = self.database.captured_runs(source)?;
        runs.retain(|(_, at, _)| {
            from.is_none_or(|from| *at >= from) && until.is_none_or(|until| *at <= until)
        });
        Ok(runs)
    }

    fn whole(&self, id: i64, sha256: Digest) -> Result<Capture, Error> {
        let (mut capture, _) = self.indexed(id, sha256)?;
        capture.body = self.body(sha256)?;
        Ok(capture)
    }

    pub(super) fn indexed(&self, id: i64, sha256: Digest) -> Result<(Capture, Place), Error> {
        self.database.capture(id)?.ok_or(Error::NoBody(sha256))
    }
}
