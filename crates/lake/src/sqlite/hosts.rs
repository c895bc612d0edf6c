//! What is remembered of hosts, each of one process at a time.

use jiff::{SignedDuration, Timestamp};
use rusqlite::{OptionalExtension, TransactionBehavior, params};

use super::schedule::{drop_lease, take_lease};
use super::{Sqlite, instant, stored};
use crate::Error;

/// How long a process that dies with a host, on a machine that cannot tell, keeps it from the others.
const TTL: SignedDuration = SignedDuration::from_hours(2);
/// How long ago another may have asked for a host and still wait for it.
const WAITING: SignedDuration = SignedDuration::from_secs(10);

impl Sqlite {
    pub(crate) fn take_host(
        &self,
        name: &str,
        owner: &str,
        now: Timestamp,
    ) -> Result<Option<String>, Error> {
        let mut connection = self.index_connection();
        let writer = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let taken = take_lease(&writer, &lease(name), owner, now, TTL)?;
        let state = if taken {
            let asked = "SELECT state FROM host WHERE name = ?1";
            let known: Option<String> = writer
                .query_row(asked, [name], |row| row.get(0))
                .optional()?;
            Some(known.unwrap_or_default())
        } else {
            let put = "INSERT INTO host (name, state, wanted) VALUES (?1, '', ?2) \
                       ON CONFLICT (name) DO UPDATE SET wanted = ?2";
            writer.execute(put, params![name, stored(now)])?;
            None
        };
        writer.commit()?;
        Ok(state)
    }

    pub(crate) fn give_host(
        &self,
        name: &str,
        owner: &str,
        state: &str,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let mut connection = self.index_connection();
        let writer = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let asked = "SELECT wanted FROM host WHERE name = ?1";
        let wanted: Option<Option<String>> = writer
            .query_row(asked, [name], |row| row.get(0))
            .optional()?;
        let wanted = wanted.flatten().map(|at| instant(&at)).transpose()?;
        let put = "INSERT INTO host (name, state) VALUES (?1, ?2) \
                   ON CONFLICT (name) DO UPDATE SET state = ?2, wanted = NULL";
        writer.execute(put, [name, state])?;
        drop_lease(&writer, &lease(name), owner)?;
        writer.commit()?;
        Ok(wanted.is_some_and(|at| now.duration_since(at) <= WAITING))
    }

    pub(crate) fn hosts(&self) -> Result<Vec<(String, String)>, Error> {
        let reader = self.reader();
        let mut asked = reader.prepare_cached("SELECT name, state FROM host ORDER BY name")?;
        let rows = asked.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

fn lease(name: &str) -> String {
    format!("host:{name}")
}
