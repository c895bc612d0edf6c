//! Appends the exchanges of one run to its file.
//!
//! A thread takes all that waits, writes it at once, and says so to each who asked: from then on a kill of the process
//! loses nothing. Once a second, or after 256 exchanges, the disk is flushed and the index follows, in one transaction.
//! Where a write fails, the file is cut back to what it was, those who asked are told, and later exchanges are tried
//! anew.
//!
//! What waits is bounded in bytes: whoever brings more is held up until some of it is written.

use std::collections::{BTreeMap, VecDeque};
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use moisson_model::{Digest, Exchange, SourceId};

use super::lock::Writing;
use super::{Archive, Holder, Place};
use crate::history::RunId;
use crate::warc::{self, Packer, Referred, Scanned};
use crate::{Error, Lake, files};

/// Bytes of bodies that wait at most.
const WAITING: usize = 32 << 20;
/// Exchanges that are written and not indexed, at most.
const UNINDEXED: usize = 256;
/// Bytes that the headers of an exchange count for.
const HEADERS: usize = 1 << 10;
/// How long an exchange is not indexed, at most.
const UNFLUSHED: Duration = Duration::from_secs(1);

/// Who is told that an exchange is kept, or why it is not.
type Done = Box<dyn FnOnce(Result<(), Error>) + Send>;

/// Keeps the exchanges of a run, in the order in which they are given.
pub struct Writer {
    queue: Arc<Queue>,
    thread: Option<JoinHandle<Result<(), Error>>>,
}

impl Lake {
    /// Opens the file of a run for writing. One writer a run.
    pub fn writer(&self, run: RunId, source: &SourceId) -> Result<Writer, Error> {
        let file = Archive::file(source, run, self.database.started(run)?);
        let queue = Arc::new(Queue::new(self.archive.path(&file)));
        let appender = Appender {
            lake: self.clone(),
            run,
            source: source.clone(),
            file,
            packer: Packer::new(),
            tail: None,
        };
        let taken = Ending(Arc::clone(&queue));
        let thread = std::thread::Builder::new()
            .name("archive".to_owned())
            .spawn(move || appender.run(&taken.0))
            .map_err(|error| queue.refusal(&error))?;
        Ok(Writer {
            queue,
            thread: Some(thread),
        })
    }
}

impl Writer {
    /// Keeps an exchange; `done` is called once a kill of this process no longer loses it, or where it cannot be kept.
    /// Waits only where more is given than can be written.
    pub fn keep(&self, exchange: Exchange, done: impl FnOnce(Result<(), Error>) + Send + 'static) {
        self.queue.put(exchange, Box::new(done));
    }

    /// Writes all that waits, flushes the disk, and indexes.
    pub fn finish(mut self) -> Result<(), Error> {
        self.close()
    }

    fn close(&mut self) -> Result<(), Error> {
        self.queue.lock().closed = true;
        self.queue.changed.notify_all();
        let Some(thread) = self.thread.take() else {
            return Ok(());
        };
        thread.join().unwrap_or(Err(Error::Ended))
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        // Nobody asks how it ended: what is not indexed is read from the file when the source next runs.
        let _unasked = self.close();
    }
}

/// What waits to be written.
struct Queue {
    /// The file that it will be written to.
    path: PathBuf,
    waiting: Mutex<Waiting>,
    changed: Condvar,
}

#[derive(Default)]
struct Waiting {
    exchanges: VecDeque<(Exchange, Done)>,
    bytes: usize,
    closed: bool,
}

/// Whatever ends the thread, nobody waits for it in vain.
struct Ending(Arc<Queue>);

impl Drop for Ending {
    fn drop(&mut self) {
        let mut waiting = self.0.lock();
        waiting.closed = true;
        let left = std::mem::take(&mut waiting.exchanges);
        drop(waiting);
        self.0.changed.notify_all();
        self.0
            .refuse(left.into_iter().map(|(_, done)| done), &Error::Ended);
    }
}

impl Queue {
    fn new(path: PathBuf) -> Self {
        Self {
            path,
            waiting: Mutex::default(),
            changed: Condvar::new(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn put(&self, exchange: Exchange, done: Done) {
        let full = |waiting: &mut Waiting| waiting.bytes > WAITING && !waiting.closed;
        let waited = self.changed.wait_while(self.lock(), full);
        let mut waiting = waited.unwrap_or_else(PoisonError::into_inner);
        if waiting.closed {
            drop(waiting);
            return self.refuse([done], &Error::Ended);
        }
        waiting.bytes += exchange.capture.body.len() + exchange.request.body.len() + HEADERS;
        waiting.exchanges.push_back((exchange, done));
        drop(waiting);
        self.changed.notify_all();
    }

    /// Tells some why their exchange is not kept.
    fn refuse(&self, refused: impl IntoIterator<Item = Done>, why: &dyn std::error::Error) {
        for done in refused {
            done(Err(self.refusal(why)));
        }
    }

    fn refusal(&self, why: &dyn std::error::Error) -> Error {
        let causes = std::iter::successors(Some(why), |error| error.source());
        let causes: Vec<String> = causes.map(ToString::to_string).collect();
        Error::Keeping {
            path: self.path.clone(),
            why: causes.join(": "),
        }
    }

    /// All that waits; nothing after a while, where that is given; none at the end.
    fn take(&self, patience: Option<Duration>) -> Option<VecDeque<(Exchange, Done)>> {
        let mut waiting = self.lock();
        let idle = |waiting: &mut Waiting| waiting.exchanges.is_empty() && !waiting.closed;
        waiting = match patience {
            None => self
                .changed
                .wait_while(waiting, idle)
                .unwrap_or_else(PoisonError::into_inner),
            Some(patience) => {
                let waited = self.changed.wait_timeout_while(waiting, patience, idle);
                waited.unwrap_or_else(PoisonError::into_inner).0
            }
        };
        if waiting.exchanges.is_empty() && waiting.closed {
            return None;
        }
        waiting.bytes = 0;
        let taken = std::mem::take(&mut waiting.exchanges);
        drop(waiting);
        self.changed.notify_all();
        Some(taken)
    }
}

/// The thread that writes.
struct Appender {
    lake: Lake,
    run: RunId,
    source: SourceId,
    file: String,
    packer: Packer,
    tail: Option<Tail>,
}

/// The end of the file, which the index does not know yet.
struct Tail {
    file: File,
    size: u64,
    found: Vec<Scanned>,
    since: Instant,
    _writing: Writing,
}

/// Exchanges as they are to be written, and what they will be to the index.
#[derive(Default)]
struct Batch {
    bytes: Vec<u8>,
    found: Vec<Scanned>,
    holders: BTreeMap<Digest, Holder>,
    done: Vec<Done>,
}

impl Appender {
    fn run(mut self, queue: &Queue) -> Result<(), Error> {
        // What is indexed at last tells; a failure before that is made good by the next time, or told by it.
        while let Some(exchanges) = queue.take(self.patience()) {
            if !exchanges.is_empty() {
                self.append(exchanges, queue);
            }
            if self.is_due() {
                let _told_at_last = self.flush();
            }
        }
        self.flush()?;
        let _writing = self.lake.archive.writing()?;
        match self.lake.database.log_of(self.run)? {
            Some(log) => self.lake.catch_up(log).map(drop),
            None => Ok(()),
        }
    }

    fn patience(&self) -> Option<Duration> {
        let tail = self.tail.as_ref()?;
        Some(UNFLUSHED.saturating_sub(tail.since.elapsed()))
    }

    fn is_due(&self) -> bool {
        let due = |tail: &Tail| tail.found.len() >= UNINDEXED || tail.since.elapsed() >= UNFLUSHED;
        self.tail.as_ref().is_some_and(due)
    }

    /// Writes exchanges and tells those who asked.
    fn append(&mut self, exchanges: VecDeque<(Exchange, Done)>, queue: &Queue) {
        if let Err(error) = self.open() {
            return queue.refuse(exchanges.into_iter().map(|(_, done)| done), &error);
        }
        let batch = self.batch(exchanges);
        if let Err(error) = self.write(&batch.bytes) {
            return queue.refuse(batch.done, &error);
        }
        if let Some(tail) = &mut self.tail {
            tail.found.extend(batch.found);
        }
        self.lake.archive.unindexed().extend(batch.holders);
        for done in batch.done {
            done(Ok(()));
        }
    }

    /// Appends all, or nothing. Where the file cannot even be cut back to what it was, it is closed: opened again, it is
    /// recovered as after a kill.
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        let Some(tail) = &mut self.tail else {
            return Ok(());
        };
        let written = tail.file.write_all(bytes);
        if written.is_ok() {
            tail.size += bytes.len() as u64;
        } else if tail.file.set_len(tail.size).is_err() {
            let _told_at_last = self.flush();
        }
        written
    }

    /// Opens the file at its end, where it is not open; the index knows all of it then.
    fn open(&mut self) -> Result<(), Error> {
        if self.tail.is_some() {
            return Ok(());
        }
        let writing = self.lake.archive.writing()?;
        match self.lake.database.log_of(self.run)? {
            Some(log) => self.lake.catch_up(log).map(drop)?,
            None => self.lake.database.set_file(self.run, &self.file)?,
        }
        let path = self.lake.archive.path(&self.file);
        let folder = path.parent().unwrap_or(&path);
        files::create_folder(folder)?;
        let file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&path)
            .map_err(Error::file("write", &path))?;
        let size = file.metadata().map_err(Error::file("write", &path))?.len();
        if size == 0 {
            files::sync_folder(folder)?;
        }
        self.tail = Some(Tail {
            file,
            size,
            found: Vec::new(),
            since: Instant::now(),
            _writing: writing,
        });
        Ok(())
    }

    /// Packs exchanges; one that cannot be is told so at once.
    fn batch(&mut self, exchanges: VecDeque<(Exchange, Done)>) -> Batch {
        let mut batch = Batch::default();
        let begins = self.tail.as_ref().map_or(0, |tail| tail.size);
        for (exchange, done) in exchanges {
            let length = batch.bytes.len();
            let packed = self.pack(begins, &mut batch, warc::canonical(exchange));
            match packed {
                Ok(()) => batch.done.push(done),
                Err(error) => {
                    batch.bytes.truncate(length);
                    done(Err(error));
                }
            }
        }
        batch
    }

    fn pack(&mut self, begins: u64, batch: &mut Batch, exchange: Exchange) -> Result<(), Error> {
        let refers = self.refers(batch, &exchange)?;
        let path = self.lake.archive.path(&self.file);
        let failed = |error| Error::file("pack a page for", &path)(error);
        if begins == 0 && batch.bytes.is_empty() {
            let (at, name) = (
                exchange.capture.fetched_at,
                path.file_name().unwrap_or_default(),
            );
            warc::info(
                at,
                &name.to_string_lossy(),
                &mut self.packer,
                &mut batch.bytes,
            )
            .map_err(failed)?;
        }
        let offset = batch.bytes.len() as u64;
        let failed = |error| Error::file("pack a page for", &path)(error);
        warc::write(
            &self.source,
            &exchange,
            refers.as_ref(),
            &mut self.packer,
            &mut batch.bytes,
        )
        .map_err(failed)?;
        let size = batch.bytes.len() as u64 - offset;
        batch.add(
            self.place(begins + offset, size),
            exchange,
            refers.is_none(),
        );
        Ok(())
    }

    fn place(&self, offset: u64, size: u64) -> Place {
        Place {
            run: self.run,
            file: self.file.clone(),
            aside: None,
            offset,
            size,
        }
    }

    /// The response that has the body of an exchange already.
    fn refers(&self, batch: &Batch, exchange: &Exchange) -> Result<Option<Referred>, Error> {
        let sha256 = exchange.sha256;
        // Not those of other runs: a kill may lose one without the other.
        let own = |holder: &&Holder| holder.place.run == self.run;
        let unindexed = self
            .lake
            .archive
            .unindexed()
            .get(&sha256)
            .filter(own)
            .cloned();
        let holder = match batch.holders.get(&sha256).cloned().or(unindexed) {
            Some(holder) => Some(holder),
            None => self.lake.database.holder(sha256)?,
        };
        match holder {
            Some(Holder { url, at, .. }) => Ok(Some(Referred { url, at })),
            None if exchange.capture.change.is_bodiless() => Err(Error::NoBody(sha256)),
            None => Ok(None),
        }
    }

    /// Flushes the disk and indexes what was written; the file is closed, so that who waits to rewrite it can.
    fn flush(&mut self) -> Result<(), Error> {
        let Some(tail) = self.tail.take() else {
            return Ok(());
        };
        let path = self.lake.archive.path(&self.file);
        let flushed = tail.file.sync_data().map_err(Error::file("flush", &path));
        let indexed = flushed.and_then(|()| {
            let database = &self.lake.database;
            database.index(self.run, &self.source, tail.size, &tail.found)
        });
        let mut unindexed = self.lake.archive.unindexed();
        for scanned in &tail.found {
            let sha256 = scanned.exchange.sha256;
            if unindexed
                .get(&sha256)
                .is_some_and(|holder| holder.place.run == self.run)
            {
                unindexed.remove(&sha256);
            }
        }
        indexed
    }
}

impl Batch {
    fn add(&mut self, place: Place, mut exchange: Exchange, whole: bool) {
        let body = std::mem::take(&mut exchange.capture.body);
        let scanned = Scanned {
            offset: place.offset,
            size: place.size,
            length: body.len() as u64,
            exchange,
            whole,
        };
        if whole {
            let capture = &scanned.exchange.capture;
            let (url, at) = (capture.url.clone(), capture.fetched_at);
            let holder = Holder { place, url, at };
            self.holders.insert(scanned.exchange.sha256, holder);
        }
        self.found.push(scanned);
    }
}
