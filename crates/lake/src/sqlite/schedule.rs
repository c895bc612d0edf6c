//! Due times, leases, robots.txt.

use jiff::{SignedDuration, Timestamp};
use moisson_model::SourceId;
use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};

use super::{Sqlite, instant, stored};
use crate::Error;
use crate::history::{Lease, StoredRobots};
use crate::owner::is_gone;

impl Sqlite {
    pub(crate) fn due(&self, source: &SourceId) -> Result<Option<Timestamp>, Error> {
        let connection = self.lock();
        let mut asked = connection.prepare_cached("SELECT at FROM due WHERE source = ?1")?;
        let at: Option<String> = asked
            .query_row([source.as_str()], |row| row.get(0))
            .optional()?;
        at.map(|at| instant(&at)).transpose()
    }

    /// Takes a lease that is free, over, one's own, or of a process that has ended.
    pub(crate) fn take_lease(
        &self,
        name: &str,
        owner: &str,
        now: Timestamp,
        ttl: SignedDuration,
    ) -> Result<bool, Error> {
        let mut connection = self.lock();
        let writer = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let taken = take_lease(&writer, name, owner, now, ttl)?;
        writer.commit()?;
        Ok(taken)
    }

    pub(crate) fn renew_lease(
        &self,
        name: &str,
        owner: &str,
        expires: Timestamp,
    ) -> Result<(), Error> {
        let renewed = "UPDATE lease SET expires = ?3 WHERE name = ?1 AND owner = ?2";
        self.lock()
            .execute(renewed, params![name, owner, stored(expires)])?;
        Ok(())
    }

    pub(crate) fn drop_lease(&self, name: &str, owner: &str) -> Result<(), Error> {
        drop_lease(&self.lock(), name, owner)
    }

    pub(crate) fn leases(&self, now: Timestamp) -> Result<Vec<Lease>, Error> {
        let connection = self.lock();
        let mut asked = connection
            .prepare("SELECT name, owner, expires FROM lease WHERE expires > ?1 ORDER BY name")?;
        let rows = asked.query_map([stored(now)], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })?;
        rows.map(|row| {
            let (name, owner, expires): (String, String, String) = row?;
            Ok(Lease {
                name,
                owner,
                expires: instant(&expires)?,
            })
        })
        .collect()
    }

    pub(crate) fn robots(&self, origin: &str) -> Result<Option<StoredRobots>, Error> {
        let connection = self.lock();
        let asked = "SELECT fetched_at, status, body FROM robots WHERE origin = ?1";
        let row: Option<(String, u16, Vec<u8>)> = connection
            .query_row(asked, [origin], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            })
            .optional()?;
        row.map(|(at, status, body)| {
            Ok(StoredRobots {
                fetched_at: instant(&at)?,
                status,
                body: body.into(),
            })
        })
        .transpose()
    }

    pub(crate) fn keep_robots(&self, origin: &str, robots: &StoredRobots) -> Result<(), Error> {
        self.lock().execute(
            "INSERT OR REPLACE INTO robots (origin, fetched_at, status, body) VALUES (?1, ?2, ?3, ?4)",
            params![origin, stored(robots.fetched_at), robots.status, robots.body.as_ref()],
        )?;
        Ok(())
    }

    pub(crate) fn considered(&self, dataset: &str) -> Result<Option<i64>, Error> {
        let asked = "SELECT ending FROM considered WHERE dataset = ?1";
        let ending = self
            .lock()
            .query_row(asked, [dataset], |row| row.get(0))
            .optional()?;
        Ok(ending)
    }

    pub(crate) fn set_considered(&self, dataset: &str, ending: i64) -> Result<(), Error> {
        let put = "INSERT OR REPLACE INTO considered (dataset, ending) VALUES (?1, ?2)";
        self.lock().execute(put, params![dataset, ending])?;
        Ok(())
    }
}

pub(super) fn take_lease(
    writer: &Connection,
    name: &str,
    owner: &str,
    now: Timestamp,
    ttl: SignedDuration,
) -> Result<bool, Error> {
    let held: Option<(String, String)> = writer
        .query_row(
            "SELECT owner, expires FROM lease WHERE name = ?1",
            [name],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .optional()?;
    if held.is_some_and(|(holder, expires)| {
        holder != owner && expires > stored(now) && !is_gone(&holder)
    }) {
        return Ok(false);
    }
    writer.execute(
        "INSERT OR REPLACE INTO lease (name, owner, expires) VALUES (?1, ?2, ?3)",
        params![name, owner, stored(now + ttl)],
    )?;
    Ok(true)
}

pub(super) fn drop_lease(writer: &Connection, name: &str, owner: &str) -> Result<(), Error> {
    let gone = "DELETE FROM lease WHERE name = ?1 AND owner = ?2";
    writer.execute(gone, params![name, owner])?;
    Ok(())
}
