//! The database: one SQLite file, and the only place with SQL. A file for each area, all methods of [`Sqlite`].
//!
//! Instants are texts of one width (`2026-11-20T08:00:00.000000Z`), so that they sort, and read well in `sqlite3` or
//! Datasette; nouns of the model are kept as JSON in one column, with the columns that are asked for beside it.

mod captures;
mod ledger;
mod releases;
mod runs;
mod schedule;

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::Connection;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::Error;

/// How long a writer waits for another process.
const PATIENCE: Duration = Duration::from_secs(30);

/// The statements that bring a database from one version to the next, in order.
const MIGRATIONS: &[&str] = &[include_str!("schema.sql")];

/// The database.
pub(crate) struct Sqlite {
    connection: Mutex<Connection>,
}

impl Sqlite {
    /// Opens the file, and brings it to the newest version.
    pub(crate) fn open(path: &Path) -> Result<Self, Error> {
        let mut connection = Connection::open(path)?;
        connection.busy_timeout(PATIENCE)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "foreign_keys", "ON")?;
        migrate(&mut connection)?;
        Ok(Self {
            connection: Mutex::new(connection),
        })
    }

    /// The connection; a thread that panicked with it left no transaction open.
    fn lock(&self) -> MutexGuard<'_, Connection> {
        self.connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
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

/// A word of the model (`complete`, `drift`) as it is stored, and back.
fn word(value: &impl Serialize) -> String {
    to_json(value).trim_matches('"').to_owned()
}

fn from_word<T: DeserializeOwned>(text: &str) -> Result<T, Error> {
    from_json(&format!("\"{text}\""))
}
