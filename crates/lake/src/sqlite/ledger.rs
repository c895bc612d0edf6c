//! The id ledger in the database.

use moisson_model::{EntityId, Kind, Member, RecordKey, SourceId};
use rusqlite::{Transaction, TransactionBehavior, params};

use super::{Sqlite, from_json, instant, stored, to_json};
use crate::Error;
use crate::ledger::{Ledger, LedgerChange, Minted, Redirect, Tombstone};

impl Sqlite {
    pub(crate) fn ledger(&self, dataset: &str) -> Result<Ledger, Error> {
        let mut ledger = Ledger::default();
        for (id, at, first) in self.three(
            dataset,
            "SELECT id, at, first FROM identifier WHERE dataset = ?1",
        )? {
            ledger.ids.insert(
                identifier(&id)?,
                Minted {
                    at: instant(&at)?,
                    first: from_json(&first)?,
                },
            );
        }
        for (old, new, rest) in self.three(
            dataset,
            "SELECT old, new, since || ' ' || reason FROM redirect WHERE dataset = ?1 ORDER BY old",
        )? {
            let (since, reason) = rest.split_once(' ').unwrap_or((rest.as_str(), ""));
            let (old, new) = (identifier(&old)?, identifier(&new)?);
            ledger.redirects.push(Redirect {
                old,
                new,
                reason: reason.to_owned(),
                since: instant(since)?,
            });
        }
        let asked = "SELECT id, deleted_at || ' ' || reason, coalesce(replaced_by, '') FROM tombstone WHERE dataset = ?1 \
                     ORDER BY id";
        for (id, rest, replaced) in self.three(dataset, asked)? {
            let (at, reason) = rest.split_once(' ').unwrap_or((rest.as_str(), ""));
            let replaced_by = if replaced.is_empty() {
                None
            } else {
                Some(identifier(&replaced)?)
            };
            let (id, deleted_at) = (identifier(&id)?, instant(at)?);
            ledger.tombstones.push(Tombstone {
                id,
                deleted_at,
                reason: reason.to_owned(),
                replaced_by,
            });
        }
        self.members(dataset, &mut ledger)?;
        Ok(ledger)
    }

    fn members(&self, dataset: &str, ledger: &mut Ledger) -> Result<(), Error> {
        let connection = self.lock();
        let mut asked =
            connection.prepare("SELECT kind, source, key, id FROM member WHERE dataset = ?1")?;
        let rows = asked.query_map([dataset], |row| {
            Ok((
                row.get::<_, String>(0)?,
                row.get::<_, String>(1)?,
                row.get::<_, String>(2)?,
                row.get::<_, String>(3)?,
            ))
        })?;
        for row in rows {
            let (kind, source, key, id) = row?;
            if let (Some(kind), Some(source)) = (Kind::from_name(&kind), SourceId::new(&source)) {
                let key = RecordKey::from_joined(&key);
                ledger
                    .members
                    .insert(Member { kind, source, key }, identifier(&id)?);
            }
        }
        Ok(())
    }

    fn three(&self, dataset: &str, asked: &str) -> Result<Vec<(String, String, String)>, Error> {
        let connection = self.lock();
        let mut asked = connection.prepare(asked)?;
        let rows = asked.query_map([dataset], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    pub(crate) fn commit_resolution(
        &self,
        dataset: &str,
        change: &LedgerChange,
    ) -> Result<(), Error> {
        let mut connection = self.lock();
        let writer = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        identifiers(&writer, dataset, change)?;
        endings(&writer, dataset, change)?;
        writer.execute("DELETE FROM merge WHERE dataset = ?1", [dataset])?;
        for edge in &change.edges {
            writer.execute(
                "INSERT INTO merge (dataset, content) VALUES (?1, ?2)",
                params![dataset, to_json(edge)],
            )?;
        }
        Ok(writer.commit()?)
    }
}

fn identifiers(
    writer: &Transaction<'_>,
    dataset: &str,
    change: &LedgerChange,
) -> Result<(), Error> {
    for (id, minted) in &change.minted {
        writer.execute(
            "INSERT OR IGNORE INTO identifier (dataset, id, at, first) VALUES (?1, ?2, ?3, ?4)",
            params![
                dataset,
                id.to_string(),
                stored(minted.at),
                to_json(&minted.first)
            ],
        )?;
    }
    for (member, id) in &change.members {
        writer.execute(
            "INSERT OR REPLACE INTO member (dataset, kind, source, key, id) VALUES (?1, ?2, ?3, ?4, ?5)",
            params![dataset, member.kind.name(), member.source.as_str(), member.key.as_str(), id.to_string()],
        )?;
    }
    Ok(())
}

fn endings(writer: &Transaction<'_>, dataset: &str, change: &LedgerChange) -> Result<(), Error> {
    for redirect in &change.redirects {
        writer.execute(
            "INSERT OR REPLACE INTO redirect (dataset, old, new, reason, since) VALUES (?1, ?2, ?3, ?4, ?5)",
            params![dataset, redirect.old.to_string(), redirect.new.to_string(), redirect.reason, stored(redirect.since)],
        )?;
    }
    for tombstone in &change.tombstones {
        let replaced = tombstone.replaced_by.as_ref().map(ToString::to_string);
        writer.execute(
            "INSERT OR REPLACE INTO tombstone (dataset, id, deleted_at, reason, replaced_by) VALUES (?1, ?2, ?3, ?4, ?5)",
            params![dataset, tombstone.id.to_string(), stored(tombstone.deleted_at), tombstone.reason, replaced],
        )?;
    }
    for id in &change.returned {
        let gone = "DELETE FROM tombstone WHERE dataset = ?1 AND id = ?2";
        writer.execute(gone, params![dataset, id.to_string()])?;
    }
    Ok(())
}

fn identifier(text: &str) -> Result<EntityId, Error> {
    EntityId::from_iri("", text)
        .ok_or_else(|| Error::content("lake.sqlite", format!("`{text}` is no identifier")))
}
