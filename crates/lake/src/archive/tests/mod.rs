//! The archive as a harvest uses it, and what kills, full disks, purges and retention leave of it.

mod keeping;
mod properties;
mod recovery;
mod removal;

use std::path::{Path, PathBuf};
use std::sync::mpsc::channel;

use bytes::Bytes;
use jiff::Timestamp;
use moisson_model::{Capture, Change, Exchange, Outcome, Request, Role, SourceId};
use tempfile::TempDir;

use crate::{Error, Lake, RunId};

fn lake() -> (TempDir, Lake) {
    let folder = tempfile::tempdir().unwrap();
    let lake = Lake::open(folder.path()).unwrap();
    (folder, lake)
}

fn at(hour: i64) -> Timestamp {
    Timestamp::from_second(1_795_000_000 + hour * 3600).unwrap()
}

fn liste() -> SourceId {
    SourceId::new("liste").unwrap()
}

fn page(url: &str, body: &str) -> Exchange {
    let request = Request {
        method: "GET".to_owned(),
        url: url.to_owned(),
        headers: vec![("accept".to_owned(), "*/*".to_owned())],
        body: Bytes::new(),
    };
    let capture = Capture {
        url: url.to_owned(),
        final_url: url.to_owned(),
        fetched_at: at(0),
        status: 200,
        headers: vec![("etag".to_owned(), "\"1\"".to_owned())],
        body: Bytes::from(body.to_owned()),
        role: Role::Listing,
        change: Change::New,
    };
    let sha256 = capture.sha256();
    Exchange {
        key: request.key(),
        request,
        capture,
        sha256,
        content: sha256,
        evidence: None,
        ordinal: 0,
    }
}

/// What a 304 makes of a page, some hours later.
fn not_modified(mut exchange: Exchange, hour: i64) -> Exchange {
    exchange.capture.change = Change::NotModified;
    exchange.capture.status = 304;
    exchange.capture.fetched_at = at(hour);
    exchange.capture.body = Bytes::new();
    exchange
}

/// Keeps exchanges and waits for each; how it went.
fn keep_all(
    lake: &Lake,
    run: RunId,
    source: &SourceId,
    exchanges: &[Exchange],
) -> Vec<Result<(), Error>> {
    let writer = lake.writer(run, source).unwrap();
    let (tell, told) = channel();
    for exchange in exchanges {
        let tell = tell.clone();
        writer.keep(exchange.clone(), move |kept| tell.send(kept).unwrap());
    }
    let kept = exchanges.iter().map(|_| told.recv().unwrap()).collect();
    writer.finish().unwrap();
    kept
}

/// A whole harvest.
fn harvest(lake: &Lake, source: &SourceId, hour: i64, exchanges: &[Exchange]) -> RunId {
    let run = lake.begin_run(source, at(hour)).unwrap();
    for kept in keep_all(lake, run, source, exchanges) {
        kept.unwrap();
    }
    lake.set_harvested(run, Outcome::Complete).unwrap();
    run
}

fn bodies(lake: &Lake, run: RunId) -> Vec<Bytes> {
    let pages = lake.pages(run).unwrap();
    let body = |page| lake.capture(page).unwrap().body;
    pages.iter().map(body).collect()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    crate::files::walk(&folder.join("harvest"), &["gz"]).unwrap()
}

/// All records of a file, unpacked.
fn records(path: &Path) -> String {
    let bytes = crate::warc::record(&std::fs::read(path).unwrap()[..]).unwrap();
    String::from_utf8_lossy(&bytes).into_owned()
}

fn count(text: &str, part: &str) -> usize {
    text.matches(part).count()
}
