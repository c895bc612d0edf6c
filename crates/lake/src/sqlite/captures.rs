//! The index of the archive: what was exchanged in which run, where it stands, and which exchange has a body.

use bytes::Bytes;
use jiff::Timestamp;
use moisson_model::{Capture, Digest, Exchange, Held, SourceId};
use rusqlite::{OptionalExtension, Row, TransactionBehavior, params};

use super::{Sqlite, from_json, from_word, instant, stored, to_json, word};
use crate::archive::{Entry, Holder, Page, Place};
use crate::warc::Scanned;
use crate::{Error, RunId};

/// What a [`Capture`] is made from, in the order of [`capture`].
const CAPTURE: &str = "capture.url, final_url, fetched_at, status, headers, role, change";
/// Where an exchange stands, in the order of [`place`].
const PLACE: &str = "run.id, run.file, run.aside, capture.offset, capture.size";

/// Where the exchange stands that has a body, and what it answered when.
fn holder() -> String {
    format!(
        "SELECT {PLACE}, capture.url, fetched_at FROM body JOIN capture ON capture.id = body.capture \
         JOIN run ON run.id = capture.run WHERE body.sha256 = ?1"
    )
}

/// What is of an address, or of those between two.
pub(super) const AT: &str =
    "(url BETWEEN ?1 AND ?2 OR (final_url BETWEEN ?1 AND ?2 AND final_url <> url))";

/// The first and the last of the addresses that one stands for.
pub(super) fn range(url: &str) -> (&str, String) {
    match url.strip_suffix('*') {
        None => (url, url.to_owned()),
        // The last of all characters: what begins so sorts before it.
        Some(from) => (from, format!("{from}\u{10ffff}")),
    }
}

impl Sqlite {
    /// The exchange that has a body.
    pub(crate) fn holder(&self, sha256: Digest) -> Result<Option<Holder>, Error> {
        let reader = self.reader();
        let mut asked = reader.prepare_cached(&holder())?;
        let row = asked.query_row([sha256.bytes()], |row| {
            Ok((place(row)?, row.get(5)?, row.get::<_, String>(6)?))
        });
        let Some((place, url, at)) = row.optional()? else {
            return Ok(None);
        };
        let at = instant(&at)?;
        Ok(Some(Holder { place, url, at }))
    }

    /// Adds exchanges of a run to the index, in one transaction; `size` is that of its file up to them.
    pub(crate) fn index(
        &self,
        run: RunId,
        source: &SourceId,
        size: u64,
        found: &[Scanned],
    ) -> Result<(), Error> {
        let mut connection = self.index_connection();
        let writer = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        for scanned in found {
            let Exchange { capture, .. } = &scanned.exchange;
            let put = "INSERT INTO capture (run, source, key, url, final_url, fetched_at, status, headers, role, change, \
                       evidence, sha256, content, ordinal, offset, size, whole) \
                       VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)";
            writer.prepare_cached(put)?.execute(params![
                run.0,
                source.as_str(),
                scanned.exchange.key.bytes(),
                capture.url,
                capture.final_url,
                stored(capture.fetched_at),
                capture.status,
                to_json(&capture.headers),
                word(&capture.role),
                word(&capture.change),
                scanned.exchange.evidence.as_ref().map(word),
                scanned.exchange.sha256.bytes(),
                scanned.exchange.content.bytes(),
                scanned.exchange.ordinal,
                scanned.offset,
                scanned.size,
                scanned.whole,
            ])?;
            if scanned.whole {
                let put = "INSERT OR IGNORE INTO body (sha256, length, capture) VALUES (?1, ?2, last_insert_rowid())";
                let (sha256, length) = (scanned.exchange.sha256.bytes(), scanned.length);
                writer
                    .prepare_cached(put)?
                    .execute(params![sha256, length])?;
            }
        }
        writer.execute(
            "UPDATE run SET size = ?2 WHERE id = ?1",
            params![run.0, size],
        )?;
        Ok(writer.commit()?)
    }

    /// The newest exchange kept of a request of a source whose body is there.
    pub(crate) fn held(&self, source: &SourceId, key: Digest) -> Result<Option<Held>, Error> {
        let asked = "WHERE capture.key = ?1 AND capture.source = ?2 ORDER BY capture.run DESC, capture.id DESC LIMIT 1";
        self.held_where(asked, params![key.bytes(), source.as_str()])
    }

    /// The exchange that a run kept of a request.
    pub(crate) fn done(&self, run: RunId, key: Digest) -> Result<Option<Held>, Error> {
        let asked = "WHERE capture.key = ?1 AND capture.source = (SELECT source FROM run WHERE id = ?2) \
                     AND capture.run = ?2 ORDER BY capture.id DESC LIMIT 1";
        self.held_where(asked, params![key.bytes(), run.0])
    }

    fn held_where(
        &self,
        asked: &str,
        values: &[&dyn rusqlite::ToSql],
    ) -> Result<Option<Held>, Error> {
        let reader = self.reader();
        let mut asked = reader.prepare_cached(&format!(
            "SELECT {CAPTURE}, capture.sha256, content, length FROM capture JOIN body USING (sha256) {asked}"
        ))?;
        let mut rows = asked.query(values)?;
        let Some(row) = rows.next()? else {
            return Ok(None);
        };
        Ok(Some(Held {
            capture: capture(row)?,
            sha256: digest(row, 7)?,
            content: digest(row, 8)?,
            length: row.get(9)?,
        }))
    }

    /// The pages of a run, in the order of their ordinals.
    pub(crate) fn pages(&self, run: RunId) -> Result<Vec<Page>, Error> {
        let reader = self.reader();
        let mut asked = reader.prepare_cached(
            "SELECT id, url, role, ordinal, sha256, content, change, evidence FROM capture WHERE run = ?1 \
             ORDER BY ordinal, id",
        )?;
        let (mut rows, mut pages) = (asked.query([run.0])?, Vec::new());
        while let Some(row) = rows.next()? {
            pages.push(Page {
                id: row.get(0)?,
                url: row.get(1)?,
                role: from_word(&row.get::<_, String>(2)?)?,
                ordinal: row.get(3)?,
                sha256: digest(row, 4)?,
                content: digest(row, 5)?,
                change: from_word(&row.get::<_, String>(6)?)?,
                evidence: maybe(row.get(7)?)?,
            });
        }
        Ok(pages)
    }

    /// A capture without its body, and where it stands.
    pub(crate) fn capture(&self, id: i64) -> Result<Option<(Capture, Place)>, Error> {
        let reader = self.reader();
        let mut asked = reader.prepare_cached(&format!(
            "SELECT {CAPTURE}, {PLACE} FROM capture JOIN run ON run.id = capture.run WHERE capture.id = ?1"
        ))?;
        let mut rows = asked.query([id])?;
        let Some(row) = rows.next()? else {
            return Ok(None);
        };
        Ok(Some((capture(row)?, place_at(row, 7)?)))
    }

    /// The exchanges that an address was asked for in, or answered in; of all those that begin with one where it ends
    /// with `*`. In order of address and time.
    pub(crate) fn find_url(&self, url: &str) -> Result<Vec<Entry>, Error> {
        let (from, to) = range(url);
        let asked = format!("WHERE {AT} ORDER BY capture.url, fetched_at, capture.id");
        self.entries(&asked, params![from, to])
    }

    /// The exchanges of a body, in the order of time.
    pub(crate) fn find_body(&self, sha256: Digest) -> Result<Vec<Entry>, Error> {
        let asked = "WHERE capture.sha256 = ?1 ORDER BY fetched_at, capture.id";
        self.entries(asked, params![sha256.bytes()])
    }

    fn entries(&self, asked: &str, values: &[&dyn rusqlite::ToSql]) -> Result<Vec<Entry>, Error> {
        let reader = self.reader();
        let mut asked = reader.prepare_cached(&format!(
            "SELECT capture.id, capture.source, run.id, capture.url, fetched_at, status, change, evidence, capture.sha256, \
             run.file, capture.offset, capture.size FROM capture JOIN run ON run.id = capture.run {asked}"
        ))?;
        let (mut rows, mut entries) = (asked.query(values)?, Vec::new());
        while let Some(row) = rows.next()? {
            entries.push(Entry {
                id: row.get(0)?,
                source: super::source(&row.get::<_, String>(1)?)?,
                run: RunId(row.get(2)?),
                url: row.get(3)?,
                fetched_at: instant(&row.get::<_, String>(4)?)?,
                status: row.get(5)?,
                change: from_word(&row.get::<_, String>(6)?)?,
                evidence: maybe(row.get(7)?)?,
                sha256: digest(row, 8)?,
                file: row.get(9)?,
                offset: row.get(10)?,
                length: row.get(11)?,
            });
        }
        Ok(entries)
    }
}

fn capture(row: &Row<'_>) -> Result<Capture, Error> {
    let at: Timestamp = instant(&row.get::<_, String>(2)?)?;
    Ok(Capture {
        url: row.get(0)?,
        final_url: row.get(1)?,
        fetched_at: at,
        status: row.get(3)?,
        headers: from_json(&row.get::<_, String>(4)?)?,
        body: Bytes::new(),
        role: from_word(&row.get::<_, String>(5)?)?,
        change: from_word(&row.get::<_, String>(6)?)?,
    })
}

fn place(row: &Row<'_>) -> rusqlite::Result<Place> {
    place_at(row, 0)
}

fn place_at(row: &Row<'_>, first: usize) -> rusqlite::Result<Place> {
    Ok(Place {
        run: RunId(row.get(first)?),
        file: row.get(first + 1)?,
        aside: row.get(first + 2)?,
        offset: row.get(first + 3)?,
        size: row.get(first + 4)?,
    })
}

pub(super) fn digest(row: &Row<'_>, column: usize) -> rusqlite::Result<Digest> {
    row.get(column).map(Digest::from_bytes)
}

fn maybe<T: serde::de::DeserializeOwned>(stored: Option<String>) -> Result<Option<T>, Error> {
    stored.map(|stored| from_word(&stored)).transpose()
}

#[cfg(test)]
mod tests {
    use moisson_model::Digest;
    use rusqlite::StatementStatus;

    use super::super::Sqlite;

    #[test]
    fn a_statement_is_planned_once_whatever_is_bound_to_it() {
        let folder = tempfile::tempdir().unwrap();
        let database = Sqlite::open(&folder.path().join("lake.sqlite")).unwrap();
        for body in ["one", "two", "three"] {
            let holder = database.holder(Digest::of(body.as_bytes())).unwrap();
            assert!(holder.is_none());
        }
        let reader = database.reader();
        let asked = reader.prepare_cached(&super::holder()).unwrap();
        assert_eq!(asked.get_status(StatementStatus::Run), 3);
        assert_eq!(asked.get_status(StatementStatus::RePrepare), 0);
    }
}
