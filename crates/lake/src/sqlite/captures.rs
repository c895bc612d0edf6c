//! The index of the archive: where each response stands, and where its body does.

use jiff::Timestamp;
use moisson_model::{Capture, Change, Digest, Exchange, Outcome, Role, SourceId};
use rusqlite::{OptionalExtension, Row, params};

use super::{Sqlite, from_json, from_word, instant, stored, to_json, word};
use crate::archive::Location;
use crate::{Error, RunId};

/// A capture without its body, and where the body is.
pub(crate) struct Indexed {
    pub(crate) capture: Capture,
    pub(crate) body: Location,
}

/// Where a body is held, and what it answered.
pub(crate) struct HeldBody {
    pub(crate) url: String,
    pub(crate) fetched_at: Timestamp,
    pub(crate) location: Location,
}

const COLUMNS: &str = "url, final_url, fetched_at, status, headers, role, change, body_file, body_offset, body_length";

impl Sqlite {
    /// Where the body with a digest is held.
    pub(crate) fn body_of(&self, sha256: Digest) -> Result<Option<HeldBody>, Error> {
        let connection = self.lock();
        let mut asked = connection.prepare_cached(
            "SELECT url, fetched_at, body_file, body_offset, body_length FROM capture WHERE sha256 = ?1 ORDER BY id LIMIT 1",
        )?;
        let row = asked.query_row([sha256.to_string()], |row| {
            let location = Location {
                file: row.get(2)?,
                offset: row.get(3)?,
                length: row.get(4)?,
            };
            Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, location))
        });
        row.optional()?
            .map(|(url, at, location)| {
                Ok(HeldBody {
                    url,
                    fetched_at: instant(&at)?,
                    location,
                })
            })
            .transpose()
    }

    /// Adds a response to the index; `size` is that of its file, now.
    pub(crate) fn index(
        &self,
        run: RunId,
        source: &SourceId,
        exchange: &Exchange,
        file: (&str, u64),
        body: &Location,
    ) -> Result<(), Error> {
        let (request, capture) = (&exchange.request, &exchange.capture);
        let (name, size) = file;
        self.lock().execute(
            "INSERT INTO capture (run, source, method, url, request, final_url, fetched_at, status, headers, role, \
             change, sha256, file, size, body_file, body_offset, body_length) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)",
            params![
                run.0,
                source.as_str(),
                request.method,
                request.url,
                Digest::of(&request.body).to_string(),
                capture.final_url,
                stored(capture.fetched_at),
                capture.status,
                to_json(&capture.headers),
                word(&capture.role),
                word(&capture.change),
                capture.sha256().to_string(),
                name,
                size,
                body.file,
                body.offset,
                body.length,
            ],
        )?;
        Ok(())
    }

    /// The newest capture of a request.
    pub(crate) fn held(
        &self,
        source: &SourceId,
        method: &str,
        url: &str,
        body: &[u8],
    ) -> Result<Option<Indexed>, Error> {
        let connection = self.lock();
        let mut asked = connection.prepare_cached(&format!(
            "SELECT {COLUMNS} FROM capture WHERE source = ?1 AND url = ?2 AND method = ?3 AND request = ?4 \
             ORDER BY id DESC LIMIT 1"
        ))?;
        let request = Digest::of(body).to_string();
        let row = asked
            .query_row(params![source.as_str(), url, method, request], raw)
            .optional()?;
        row.map(indexed).transpose()
    }

    /// The captures of a run, in the order in which they came.
    pub(crate) fn captures(&self, run: RunId) -> Result<Vec<Indexed>, Error> {
        let connection = self.lock();
        let mut asked = connection.prepare(&format!(
            "SELECT {COLUMNS} FROM capture WHERE run = ?1 ORDER BY id"
        ))?;
        let rows = asked.query_map([run.0], raw)?;
        rows.map(|row| indexed(row?)).collect()
    }

    /// The newest run of a source whose harvest was whole, else the newest that kept a response.
    pub(crate) fn last_captured_run(
        &self,
        source: &SourceId,
    ) -> Result<Option<(RunId, Outcome)>, Error> {
        let asked = "SELECT id, coalesce(harvested, 'partial') FROM run WHERE source = ?1 \
                     AND EXISTS (SELECT 1 FROM capture WHERE capture.run = run.id) \
                     ORDER BY coalesce(harvested, '') IN ('complete', 'unchanged') DESC, id DESC LIMIT 1";
        let row: Option<(i64, String)> = self
            .lock()
            .query_row(asked, [source.as_str()], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .optional()?;
        row.map(|(run, outcome)| Ok((RunId(run), from_word(&outcome)?)))
            .transpose()
    }

    /// The size that the index knows of a file of the archive.
    pub(crate) fn size_of(&self, file: &str) -> Result<Option<u64>, Error> {
        Ok(self.lock().query_row(
            "SELECT max(size) FROM capture WHERE file = ?1",
            [file],
            |row| row.get(0),
        )?)
    }
}

type Raw = (
    String,
    String,
    String,
    u16,
    String,
    String,
    String,
    Location,
);

fn raw(row: &Row<'_>) -> rusqlite::Result<Raw> {
    let body = Location {
        file: row.get(7)?,
        offset: row.get(8)?,
        length: row.get(9)?,
    };
    Ok((
        row.get(0)?,
        row.get(1)?,
        row.get(2)?,
        row.get(3)?,
        row.get(4)?,
        row.get(5)?,
        row.get(6)?,
        body,
    ))
}

fn indexed(raw: Raw) -> Result<Indexed, Error> {
    let (url, final_url, at, status, headers, role, change, body) = raw;
    let role: Role = from_word(&role)?;
    let change: Change = from_word(&change)?;
    let capture = Capture {
        url,
        final_url,
        fetched_at: instant(&at)?,
        status,
        headers: from_json(&headers)?,
        body: bytes::Bytes::new(),
        role,
        change,
    };
    Ok(Indexed { capture, body })
}
