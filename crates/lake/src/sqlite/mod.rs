//! The database: one SQLite file, and the only place with SQL. A file for each area, all methods of [`Sqlite`].
//!
//! Instants are texts of one width (`2026-11-20T08:00:00.000000Z`), so that they sort, and read well in `sqlite3` or
//! Datasette; nouns of the model are kept as JSON in one column, with the columns that are asked for beside it. Digests
//! that something is looked up by are raw bytes: there are millions.
//!
//! Three connections, so that none waits for another's disk. What a run commits, an id, a release outlive a power cut:
//! `synchronous` is FULL. The index of the archive, and what is remembered of hosts, is written at NORMAL, without
//! flushing the disk each time: a power cut may take the newest of it back, never a part of a transaction, and never
//! what a later FULL commit stands on; the archive is read again for what the index lacks, and a host is only asked as
//! if it had rested longer. The third only reads, and never waits.

mod captures;
mod files;
mod hosts;
mod ledger;
mod releases;
mod runs;
mod schedule;

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use moisson_model::SourceId;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode};
use serde::Serialize;
use serde::de::DeserializeOwned;

pub(crate) use files::Standing;

use crate::Error;
use crate::word::{value, word};

/// How long a writer waits for another process.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long between two looks at a database that is being made.
const GLANCE: Duration = Duration::from_millis(20);

/// The statements that bring a database from one version to the next, in order.
const MIGRATIONS: &[&str] = &[include_str!("schema.sql")];

/// Pages of the log after which the index moves them into the database: fewer flushes, 16 MB at most.
const CHECKPOINT: u32 = 4_000;

/// The database.
pub(crate) struct Sqlite {
    connection: Mutex<Connection>,
    index: Mutex<Connection>,
    reader: Mutex<Connection>,
}

impl Sqlite {
    /// Opens the file, and brings it to the newest version.
    pub(crate) fn open(path: &Path) -> Result<Self, Error> {
        let mut connection = connection(path, "FULL")?;
        migrate(&mut connection)?;
        let index = self::connection(path, "NORMAL")?;
        index.pragma_update(None, "wal_autocheckpoint", CHECKPOINT)?;
        let reader = self::connection(path, "FULL")?;
        reader.pragma_update(None, "query_only", "ON")?;
        Ok(Self {
            connection: Mutex::new(connection),
            index: Mutex::new(index),
            reader: Mutex::new(reader),
        })
    }

    /// The connection whose commits outlive a power cut.
    fn lock(&self) -> MutexGuard<'_, Connection> {
        held(&self.connection)
    }

    /// The connection for what the archive can tell again.
    fn index_connection(&self) -> MutexGuard<'_, Connection> {
        held(&self.index)
    }

    /// The connection that only reads.
    fn reader(&self) -> MutexGuard<'_, Connection> {
        held(&self.reader)
    }
}

/// A connection; a thread that panicked with it left no transaction open.
fn held(connection: &Mutex<Connection>) -> MutexGuard<'_, Connection> {
    connection.lock().unwrap_or_else(PoisonError::into_inner)
}

fn connection(path: &Path, synchronous: &str) -> Result<Connection, Error> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(PATIENCE)?;
    write_ahead(&connection)?;
    connection.pragma_update(None, "synchronous", synchronous)?;
    connection.pragma_update(None, "foreign_keys", "ON")?;
    // What is purged is overwritten.
    connection.pragma_update(None, "secure_delete", "ON")?;
    // Else a statement is planned anew whenever other values are bound to it, which costs more than running it.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

/// Turns the log on. Where two processes make the file at once, `SQLite` refuses one of them without waiting.
fn write_ahead(connection: &Connection) -> rusqlite::Result<()> {
    let until = Instant::now() + PATIENCE;
    loop {
        match connection.pragma_update(None, "journal_mode", "WAL") {
            Err(error) if is_busy(&error) && Instant::now() < until => std::thread::sleep(GLANCE),
            done => return done,
        }
    }
}

fn is_busy(error: &rusqlite::Error) -> bool {
    let code = error.sqlite_error_code();
    matches!(
        code,
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked)
    )
}

fn migrate(connection: &mut Connection) -> Result<(), Error> {
    let writer = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    let version: usize = writer.pragma_query_value(None, "user_version", |row| row.get(0))?;
    for migration in MIGRATIONS.iter().skip(version) {
        writer.execute_batch(migration)?;
    }
    if version > MIGRATIONS.len() {
        return Err(Error::content(
            "lake.sqlite",
            "it was written by a newer version of this program",
        ));
    }
    writer.pragma_update(None, "user_version", MIGRATIONS.len())?;
    Ok(writer.commit()?)
}

/// An instant as it is stored.
fn stored(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S%.6fZ").to_string()
}

/// An instant as it was stored.
fn instant(text: &str) -> Result<Timestamp, Error> {
    text.parse()
        .map_err(|error| Error::content("lake.sqlite", error))
}

fn to_json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("the nouns of the model are JSON")
}

fn from_json<T: DeserializeOwned>(text: &str) -> Result<T, Error> {
    serde_json::from_str(text).map_err(|error| Error::content("lake.sqlite", error))
}

fn from_word<T: DeserializeOwned>(text: &str) -> Result<T, Error> {
    let unknown = || {
        Error::content(
            "lake.sqlite",
            format!("`{text}` is no word of this version"),
        )
    };
    value(text).ok_or_else(unknown)
}

fn source(slug: &str) -> Result<SourceId, Error> {
    let unnamed = || Error::content("lake.sqlite", format!("`{slug}` is no name of a source"));
    SourceId::new(slug).ok_or_else(unnamed)
}
