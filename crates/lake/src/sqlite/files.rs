//! The files of the archive as the database knows them, and what a rewriting changes in its index.

use std::collections::BTreeMap;

use jiff::Timestamp;
use moisson_model::{Digest, Outcome, SourceId};
use rusqlite::{OptionalExtension, Row, TransactionBehavior, params};

use super::captures::{AT, digest, range};
use super::{Sqlite, from_word, instant, source, stored, word};
use crate::archive::{Log, RunFile};
use crate::{Error, RunId};

const LOG: &str = "SELECT id, source, file, size, aside FROM run WHERE file IS NOT NULL";

/// An exchange, as a rewriting needs to know it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Standing {
    pub(crate) id: i64,
    pub(crate) run: RunId,
    pub(crate) offset: u64,
    pub(crate) size: u64,
    pub(crate) whole: bool,
    pub(crate) sha256: Digest,
}

const STANDING: &str = "SELECT id, run, offset, size, whole, sha256 FROM capture";

impl Sqlite {
    /// The file of a run; none where it has none yet.
    pub(crate) fn log_of(&self, run: RunId) -> Result<Option<Log>, Error> {
        Ok(self.logs("AND id = ?1", params![run.0])?.pop())
    }

    /// The files of a source, oldest first.
    pub(crate) fn logs_of(&self, source: &SourceId) -> Result<Vec<Log>, Error> {
        let asked = "AND source = ?1 ORDER BY started, id";
        self.logs(asked, params![source.as_str()])
    }

    fn logs(&self, asked: &str, values: &[&dyn rusqlite::ToSql]) -> Result<Vec<Log>, Error> {
        let reader = self.reader();
        let mut asked = reader.prepare_cached(&format!("{LOG} {asked}"))?;
        let (mut rows, mut logs) = (asked.query(values)?, Vec::new());
        while let Some(row) = rows.next()? {
            logs.push(Log {
                run: RunId(row.get(0)?),
                source: source(&row.get::<_, String>(1)?)?,
                file: row.get(2)?,
                size: row.get(3)?,
                aside: row.get(4)?,
            });
        }
        Ok(logs)
    }

    /// What is to be told of every file, by source, oldest first.
    pub(crate) fn files(&self) -> Result<Vec<RunFile>, Error> {
        let reader = self.reader();
        let mut asked = reader.prepare_cached(
            "SELECT id, source, started, file, size, harvested, \
             (SELECT count(*) FROM capture WHERE capture.run = run.id) \
             FROM run WHERE file IS NOT NULL ORDER BY source, started, id",
        )?;
        let (mut rows, mut files) = (asked.query([])?, Vec::new());
        while let Some(row) = rows.next()? {
            let harvested: Option<String> = row.get(5)?;
            files.push(RunFile {
                run: RunId(row.get(0)?),
                source: source(&row.get::<_, String>(1)?)?,
                started: instant(&row.get::<_, String>(2)?)?,
                file: row.get(3)?,
                size: row.get(4)?,
                outcome: harvested.map(|word| from_word(&word)).transpose()?,
                pages: row.get(6)?,
            });
        }
        Ok(files)
    }

    /// Says which file a run writes; of which the index knows nothing yet.
    pub(crate) fn set_file(&self, run: RunId, file: &str) -> Result<(), Error> {
        let put = "UPDATE run SET file = ?2, size = 0 WHERE id = ?1";
        self.index_connection().execute(put, params![run.0, file])?;
        Ok(())
    }

    /// Finds a run for a file that none is known to have: that of its number where that lacks one and began then, else
    /// a new one, partial as far as anybody can tell.
    pub(crate) fn adopt(
        &self,
        source: &SourceId,
        started: Timestamp,
        run: RunId,
        file: &str,
    ) -> Result<(), Error> {
        let mut connection = self.index_connection();
        let writer = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let (second, partial) = (
            started.strftime("%Y-%m-%dT%H:%M:%S.%").to_string(),
            word(&Outcome::Partial),
        );
        let put = "UPDATE run SET file = ?4, size = 0 WHERE id = ?1 AND source = ?2 AND started LIKE ?3 AND file IS NULL";
        if writer.execute(put, params![run.0, source.as_str(), second, file])? == 0 {
            let put = "INSERT INTO run (id, source, started, harvested, file) \
                       SELECT (SELECT ?1 WHERE NOT EXISTS (SELECT 1 FROM run WHERE id = ?1)), ?2, ?3, ?4, ?5";
            let values = params![run.0, source.as_str(), stored(started), partial, file];
            writer.execute(put, values)?;
        }
        Ok(writer.commit()?)
    }

    /// Drops the index of a run's file.
    pub(crate) fn forget(&self, run: RunId) -> Result<(), Error> {
        let mut connection = self.index_connection();
        let writer = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        // A body that stands elsewhere too is held there from now on.
        writer.execute(
            "UPDATE OR IGNORE body SET capture = (SELECT min(other.id) FROM capture AS other \
             WHERE other.sha256 = body.sha256 AND other.whole AND other.run <> ?1) \
             WHERE capture IN (SELECT id FROM capture WHERE run = ?1)",
            [run.0],
        )?;
        let gone = "DELETE FROM body WHERE capture IN (SELECT id FROM capture WHERE run = ?1)";
        writer.execute(gone, [run.0])?;
        writer.execute("DELETE FROM capture WHERE run = ?1", [run.0])?;
        writer.execute(
            "UPDATE run SET size = 0, aside = NULL WHERE id = ?1",
            [run.0],
        )?;
        Ok(writer.commit()?)
    }

    /// The exchanges of a run, as they stand in its file.
    pub(crate) fn standing(&self, run: RunId) -> Result<Vec<Standing>, Error> {
        self.all_standing("WHERE run = ?1 ORDER BY offset", params![run.0])
    }

    /// The exchanges that a body came with, in the order of time.
    pub(crate) fn standing_with(&self, sha256: Digest) -> Result<Vec<Standing>, Error> {
        self.all_standing(
            "WHERE sha256 = ?1 ORDER BY fetched_at, id",
            params![sha256.bytes()],
        )
    }

    /// The exchanges that an address was asked for in, or answered in; where it ends with `*`, all that begin so.
    pub(crate) fn standing_at(&self, url: &str) -> Result<Vec<Standing>, Error> {
        let (from, to) = range(url);
        let asked = format!("WHERE {AT} ORDER BY run, offset");
        self.all_standing(&asked, params![from, to])
    }

    fn all_standing(
        &self,
        asked: &str,
        values: &[&dyn rusqlite::ToSql],
    ) -> Result<Vec<Standing>, Error> {
        let reader = self.reader();
        let mut asked = reader.prepare_cached(&format!("{STANDING} {asked}"))?;
        let rows = asked.query_map(values, standing)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Which exchange has a body.
    pub(crate) fn holding(&self, sha256: Digest) -> Result<Option<i64>, Error> {
        let asked = "SELECT capture FROM body WHERE sha256 = ?1";
        let held = self
            .reader()
            .prepare_cached(asked)?
            .query_row([sha256.bytes()], |row| row.get(0))
            .optional()?;
        Ok(held)
    }

    /// The index of a file as it was written anew, aside: from here on that is the file.
    pub(crate) fn rewritten(
        &self,
        run: RunId,
        aside: &str,
        size: u64,
        kept: &[Standing],
        heirs: &BTreeMap<Digest, i64>,
    ) -> Result<(), Error> {
        let mut connection = self.lock();
        let writer = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let put = "UPDATE run SET aside = ?2, size = ?3 WHERE id = ?1";
        writer.execute(put, params![run.0, aside, size])?;
        // No offset is below zero: what keeps one was not kept.
        writer.execute("UPDATE capture SET size = -1 WHERE run = ?1", [run.0])?;
        for standing in kept {
            let put = "UPDATE capture SET offset = ?2, size = ?3, whole = ?4 WHERE id = ?1";
            let values = params![standing.id, standing.offset, standing.size, standing.whole];
            writer.prepare_cached(put)?.execute(values)?;
        }
        for (sha256, heir) in heirs {
            let put = "UPDATE body SET capture = ?2 WHERE sha256 = ?1";
            writer
                .prepare_cached(put)?
                .execute(params![sha256.bytes(), heir])?;
        }
        let gone = "SELECT id FROM capture WHERE run = ?1 AND size = -1";
        writer.execute(
            &format!("DELETE FROM body WHERE capture IN ({gone})"),
            [run.0],
        )?;
        writer.execute("DELETE FROM capture WHERE run = ?1 AND size = -1", [run.0])?;
        Ok(writer.commit()?)
    }

    /// Says that a file written anew is in its place.
    pub(crate) fn settled(&self, run: RunId, aside: &str) -> Result<(), Error> {
        let put = "UPDATE run SET aside = NULL WHERE id = ?1 AND aside = ?2";
        self.lock().execute(put, params![run.0, aside])?;
        Ok(())
    }

    /// Says that a run has no file any more.
    pub(crate) fn emptied(&self, run: RunId) -> Result<(), Error> {
        self.forget(run)?;
        let put = "UPDATE run SET file = NULL WHERE id = ?1";
        self.lock().execute(put, [run.0])?;
        Ok(())
    }

    /// Lets another exchange, in which it stands too, have a body.
    pub(crate) fn hand_over(&self, heirs: &BTreeMap<Digest, i64>) -> Result<(), Error> {
        let mut connection = self.lock();
        let writer = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        for (sha256, heir) in heirs {
            let put = "UPDATE body SET capture = ?2 WHERE sha256 = ?1";
            writer
                .prepare_cached(put)?
                .execute(params![sha256.bytes(), heir])?;
        }
        Ok(writer.commit()?)
    }

    /// Leaves nothing of what was deleted in the log of the database.
    pub(crate) fn checkpoint(&self) -> Result<(), Error> {
        let emptied = "PRAGMA wal_checkpoint(TRUNCATE)";
        self.lock().query_row(emptied, [], |_| Ok(()))?;
        Ok(())
    }
}

fn standing(row: &Row<'_>) -> rusqlite::Result<Standing> {
    Ok(Standing {
        id: row.get(0)?,
        run: RunId(row.get(1)?),
        offset: row.get(2)?,
        size: row.get(3)?,
        whole: row.get(4)?,
        sha256: digest(row, 5)?,
    })
}
