//! Runs: begun, committed in one transaction, and what a source holds after them.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use moisson_model::{Digest, Entity, Kind, Outcome, Reject, SourceId};
use rusqlite::{OptionalExtension, Row, Transaction, TransactionBehavior, params};

use super::{Sqlite, from_json, from_word, instant, stored, to_json, word};
use crate::history::{Run, RunCommit, RunSummary, StoredEntity};
use crate::{Error, RunId};

const RUN: &str = "SELECT id, source, ended, outcome, cause, spec_digest, records FROM run WHERE ended IS NOT NULL";

impl Sqlite {
    /// Begins a run; one that reads the archive alone where it is a replay.
    pub(crate) fn begin_run(
        &self,
        source: &SourceId,
        at: Timestamp,
        replay: bool,
    ) -> Result<RunId, Error> {
        let connection = self.lock();
        connection.execute(
            "INSERT INTO run (source, started, replay) VALUES (?1, ?2, ?3)",
            params![source.as_str(), stored(at), replay],
        )?;
        Ok(RunId(connection.last_insert_rowid()))
    }

    /// The newest run of a source, where its harvest never ended and it began after an instant.
    pub(crate) fn interrupted(
        &self,
        source: &SourceId,
        since: Timestamp,
    ) -> Result<Option<RunId>, Error> {
        let asked = "SELECT id FROM (SELECT * FROM run WHERE source = ?1 AND NOT replay ORDER BY id DESC LIMIT 1) \
                     WHERE ended IS NULL AND harvested IS NULL AND started > ?2";
        let run = self
            .lock()
            .query_row(asked, params![source.as_str(), stored(since)], |row| {
                row.get(0)
            })
            .optional()?;
        Ok(run.map(RunId))
    }

    pub(crate) fn started(&self, run: RunId) -> Result<Timestamp, Error> {
        let asked = "SELECT started FROM run WHERE id = ?1";
        let at: String = self.lock().query_row(asked, [run.0], |row| row.get(0))?;
        instant(&at)
    }

    /// The runs of a source that kept a page, oldest first, when they began, and how their harvest ended.
    pub(crate) fn captured_runs(
        &self,
        source: &SourceId,
    ) -> Result<Vec<(RunId, Timestamp, Outcome)>, Error> {
        let reader = self.reader();
        let mut asked = reader.prepare_cached(
            "SELECT id, started, coalesce(harvested, 'partial') FROM run WHERE source = ?1 \
             AND EXISTS (SELECT 1 FROM capture WHERE capture.run = run.id) ORDER BY started, id",
        )?;
        let (mut rows, mut runs) = (asked.query([source.as_str()])?, Vec::new());
        while let Some(row) = rows.next()? {
            let at = instant(&row.get::<_, String>(1)?)?;
            let outcome = from_word(&row.get::<_, String>(2)?)?;
            runs.push((RunId(row.get(0)?), at, outcome));
        }
        Ok(runs)
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
            .reader()
            .query_row(asked, [source.as_str()], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .optional()?;
        row.map(|(run, outcome)| Ok((RunId(run), from_word(&outcome)?)))
            .transpose()
    }

    /// Everything that a run leaves behind becomes visible at once.
    pub(crate) fn commit_run(&self, run: RunId, commit: &RunCommit) -> Result<RunSummary, Error> {
        let mut connection = self.lock();
        let writer = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let summary = match commit.outcome {
            Outcome::Complete | Outcome::Partial => replace(&writer, commit)?,
            Outcome::Unchanged => touch(&writer, commit)?,
            Outcome::Failed => RunSummary::default(),
        };
        let ended = writer.execute(
            "UPDATE run SET ended = ?2, outcome = ?3, cause = ?4, spec_digest = ?5, records = ?6, \
             harvested = coalesce(?7, harvested), \
             ending = (SELECT coalesce(max(ending), 0) + 1 FROM run) WHERE id = ?1 AND ended IS NULL",
            params![
                run.0,
                stored(commit.at),
                word(&commit.outcome),
                commit.cause.as_ref().map(word),
                commit.spec_digest.to_string(),
                commit.records,
                commit.harvested.as_ref().map(word),
            ],
        )?;
        if ended != 1 {
            return Err(Error::content("lake.sqlite", "a run ends once"));
        }
        remarks(&writer, run, commit)?;
        if let Some(due) = commit.due {
            let put = "INSERT OR REPLACE INTO due (source, at) VALUES (?1, ?2)";
            writer.execute(put, params![commit.source.as_str(), stored(due)])?;
        }
        writer.commit()?;
        Ok(summary)
    }

    /// The newest run of a source that ended in one of some ways.
    pub(crate) fn last_run(
        &self,
        source: &SourceId,
        outcomes: &[Outcome],
    ) -> Result<Option<Run>, Error> {
        let words: Vec<String> = outcomes
            .iter()
            .map(|outcome| format!("'{}'", outcome.name()))
            .collect();
        let asked = format!(
            "{RUN} AND source = ?1 AND outcome IN ({}) ORDER BY id DESC LIMIT 1",
            words.join(", ")
        );
        let connection = self.lock();
        let row = connection
            .prepare_cached(&asked)?
            .query_row([source.as_str()], raw_run)
            .optional()?;
        row.map(run_of).transpose()
    }

    pub(crate) fn set_harvested(&self, run: RunId, outcome: Outcome) -> Result<(), Error> {
        let put = "UPDATE run SET harvested = ?2 WHERE id = ?1";
        self.lock().execute(put, params![run.0, word(&outcome)])?;
        Ok(())
    }

    /// The newest ending of a run of some sources.
    pub(crate) fn newest_ending(&self, sources: &[SourceId]) -> Result<Option<i64>, Error> {
        let connection = self.lock();
        let mut asked = connection.prepare("SELECT max(ending) FROM run WHERE source = ?1")?;
        let mut newest = None;
        for source in sources {
            let ending: Option<i64> = asked.query_row([source.as_str()], |row| row.get(0))?;
            newest = newest.max(ending);
        }
        Ok(newest)
    }

    /// The sources that ever ran.
    pub(crate) fn sources(&self) -> Result<Vec<SourceId>, Error> {
        let connection = self.lock();
        let mut asked = connection
            .prepare("SELECT DISTINCT source FROM run WHERE ended IS NOT NULL ORDER BY source")?;
        let rows = asked.query_map([], |row| row.get::<_, String>(0))?;
        let slugs: Vec<String> = rows.collect::<Result<_, _>>()?;
        Ok(slugs
            .iter()
            .filter_map(|slug| SourceId::new(slug))
            .collect())
    }

    /// What a source states: all that is not missing for longer than the grace, by kind and key.
    pub(crate) fn entities(
        &self,
        source: &SourceId,
        as_of: Timestamp,
        grace: SignedDuration,
    ) -> Result<Vec<StoredEntity>, Error> {
        let connection = self.lock();
        let mut asked = connection.prepare(
            "SELECT content, first_seen, last_seen FROM entity \
             WHERE source = ?1 AND (missing_since IS NULL OR missing_since >= ?2)",
        )?;
        let since = stored(as_of.saturating_sub(grace).unwrap_or(Timestamp::MIN));
        let rows = asked.query_map(params![source.as_str(), since], |row| {
            Ok((
                row.get::<_, String>(0)?,
                row.get::<_, String>(1)?,
                row.get::<_, String>(2)?,
            ))
        })?;
        let mut held: Vec<StoredEntity> = rows
            .map(|row| {
                let (content, first, last) = row?;
                let (first_seen, last_seen) = (instant(&first)?, instant(&last)?);
                Ok(StoredEntity {
                    entity: from_json(&content)?,
                    first_seen,
                    last_seen,
                })
            })
            .collect::<Result<_, Error>>()?;
        held.sort_by_key(|left| left.entity.member());
        Ok(held)
    }

    /// The rejects of a source's newest reading.
    pub(crate) fn rejects(&self, source: &SourceId) -> Result<Vec<Reject>, Error> {
        let connection = self.lock();
        let mut asked =
            connection.prepare("SELECT content FROM reject WHERE source = ?1 ORDER BY rowid")?;
        let rows = asked.query_map([source.as_str()], |row| row.get::<_, String>(0))?;
        rows.map(|row| from_json(&row?)).collect()
    }
}

/// Puts the entities of a run in place; a complete run marks what it does not list as missing.
fn replace(writer: &Transaction<'_>, commit: &RunCommit) -> Result<RunSummary, Error> {
    let mut held = held(writer, &commit.source)?;
    let mut summary = RunSummary::default();
    let mut put = writer.prepare(
        "INSERT INTO entity (source, kind, key, content, digest, first_seen, last_seen) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6) ON CONFLICT (source, kind, key) DO UPDATE \
         SET content = ?4, digest = ?5, last_seen = ?6, missing_since = NULL",
    )?;
    for entity in &commit.entities {
        let digest = content_digest(entity);
        match held.remove(&(entity.kind, entity.key.as_str().to_owned())) {
            None => summary.added += 1,
            Some((_, true)) => summary.returned += 1,
            Some((known, false)) if known == digest.to_string() => summary.unchanged += 1,
            Some(_) => summary.changed += 1,
        }
        put.execute(params![
            commit.source.as_str(),
            entity.kind.name(),
            entity.key.as_str(),
            to_json(entity),
            digest.to_string(),
            stored(commit.at),
        ])?;
    }
    if commit.outcome == Outcome::Complete {
        let mut miss = writer.prepare(
            "UPDATE entity SET missing_since = ?4 WHERE source = ?1 AND kind = ?2 AND key = ?3",
        )?;
        for ((kind, key), _) in held.iter().filter(|(_, (_, missing))| !missing) {
            summary.missing += 1;
            miss.execute(params![
                commit.source.as_str(),
                kind.name(),
                key,
                stored(commit.at)
            ])?;
        }
    }
    Ok(summary)
}

/// Digest, and whether it is missing, by kind and key.
type HeldDigests = BTreeMap<(Kind, String), (String, bool)>;

/// What is held of a source.
fn held(writer: &Transaction<'_>, source: &SourceId) -> Result<HeldDigests, Error> {
    let mut asked = writer.prepare(
        "SELECT kind, key, digest, missing_since IS NOT NULL FROM entity WHERE source = ?1",
    )?;
    let rows = asked.query_map([source.as_str()], |row| {
        Ok((
            row.get::<_, String>(0)?,
            row.get::<_, String>(1)?,
            (row.get(2)?, row.get(3)?),
        ))
    })?;
    let mut held = BTreeMap::new();
    for row in rows {
        let (kind, key, about) = row?;
        held.extend(Kind::from_name(&kind).map(|kind| ((kind, key), about)));
    }
    Ok(held)
}

/// An unchanged run has seen everything again that is not missing.
fn touch(writer: &Transaction<'_>, commit: &RunCommit) -> Result<RunSummary, Error> {
    let seen = "UPDATE entity SET last_seen = ?2 WHERE source = ?1 AND missing_since IS NULL";
    let unchanged = writer.execute(seen, params![commit.source.as_str(), stored(commit.at)])?;
    Ok(RunSummary {
        unchanged: unchanged as u64,
        ..RunSummary::default()
    })
}

/// Rejects replace those of the reading before, where something was read; issues are kept by run.
fn remarks(writer: &Transaction<'_>, run: RunId, commit: &RunCommit) -> Result<(), Error> {
    if matches!(commit.outcome, Outcome::Complete | Outcome::Partial) {
        writer.execute(
            "DELETE FROM reject WHERE source = ?1",
            [commit.source.as_str()],
        )?;
    }
    let mut put =
        writer.prepare("INSERT INTO reject (source, run, content) VALUES (?1, ?2, ?3)")?;
    for reject in &commit.rejects {
        put.execute(params![commit.source.as_str(), run.0, to_json(reject)])?;
    }
    let mut put = writer.prepare("INSERT INTO issue (source, run, content) VALUES (?1, ?2, ?3)")?;
    for issue in &commit.issues {
        put.execute(params![commit.source.as_str(), run.0, to_json(issue)])?;
    }
    Ok(())
}

/// What counts as a change of a statement: its columns, not the capture it was read in.
fn content_digest(entity: &Entity) -> Digest {
    let sorted: BTreeMap<&String, &serde_json::Value> = entity.columns.iter().collect();
    Digest::of(to_json(&sorted).as_bytes())
}

type RawRun = (
    i64,
    String,
    String,
    String,
    Option<String>,
    Option<String>,
    Option<u64>,
);

fn raw_run(row: &Row<'_>) -> rusqlite::Result<RawRun> {
    Ok((
        row.get(0)?,
        row.get(1)?,
        row.get(2)?,
        row.get(3)?,
        row.get(4)?,
        row.get(5)?,
        row.get(6)?,
    ))
}

fn run_of(raw: RawRun) -> Result<Run, Error> {
    let (id, source, ended, outcome, cause, digest, records) = raw;
    Ok(Run {
        id: RunId(id),
        source: SourceId::new(&source)
            .ok_or_else(|| Error::content("lake.sqlite", "a run of no source"))?,
        at: instant(&ended)?,
        outcome: from_word(&outcome)?,
        cause: cause.map(|cause| from_word(&cause)).transpose()?,
        spec_digest: digest.and_then(|digest| Digest::from_hex(&digest)),
        records: records.unwrap_or_default(),
    })
}
