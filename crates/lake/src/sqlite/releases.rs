//! Releases: which there are, and what the newest published of each entity.

use std::collections::BTreeMap;

use jiff::Timestamp;
use moisson_model::{Digest, EntityId, Version};
use rusqlite::{TransactionBehavior, params};

use super::{Sqlite, from_json, instant, stored, to_json};
use crate::Error;
use crate::releases::ReleaseRecord;

impl Sqlite {
    /// All releases of a dataset, oldest first, without their rows.
    pub(crate) fn releases(&self, dataset: &str) -> Result<Vec<ReleaseRecord>, Error> {
        let connection = self.lock();
        let mut asked = connection
            .prepare("SELECT version, previous, digest, schema FROM release WHERE dataset = ?1 ORDER BY version")?;
        let rows = asked.query_map([dataset], |row| {
            Ok((
                row.get::<_, String>(0)?,
                row.get::<_, Option<String>>(1)?,
                row.get::<_, String>(2)?,
                row.get::<_, String>(3)?,
            ))
        })?;
        let fault = || Error::content("lake.sqlite", "a release without version or digest");
        rows.map(|row| {
            let (version, previous, digest, schema) = row?;
            Ok(ReleaseRecord {
                version: Version::parse(&version).ok_or_else(fault)?,
                previous: previous.and_then(|previous| Version::parse(&previous)),
                digest: Digest::from_hex(&digest).ok_or_else(fault)?,
                schema: from_json(&schema)?,
                rows: BTreeMap::new(),
            })
        })
        .collect()
    }

    /// Records a release and what it published of each entity.
    pub(crate) fn record_release(
        &self,
        dataset: &str,
        record: &ReleaseRecord,
    ) -> Result<(), Error> {
        let mut connection = self.lock();
        let writer = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        writer.execute(
            "INSERT OR REPLACE INTO release (dataset, version, previous, digest, schema) VALUES (?1, ?2, ?3, ?4, ?5)",
            params![
                dataset,
                record.version.as_str(),
                record.previous.as_ref().map(Version::as_str),
                record.digest.to_string(),
                to_json(&record.schema),
            ],
        )?;
        writer.execute("DELETE FROM published WHERE dataset = ?1", [dataset])?;
        let mut put = writer.prepare(
            "INSERT INTO published (dataset, id, digest, modified) VALUES (?1, ?2, ?3, ?4)",
        )?;
        for (id, (digest, modified)) in &record.rows {
            put.execute(params![
                dataset,
                id.to_string(),
                digest.to_string(),
                stored(*modified)
            ])?;
        }
        drop(put);
        Ok(writer.commit()?)
    }

    /// Digest and `modified` of each entity of the newest release.
    pub(crate) fn published(
        &self,
        dataset: &str,
    ) -> Result<BTreeMap<EntityId, (Digest, Timestamp)>, Error> {
        let connection = self.lock();
        let mut asked =
            connection.prepare("SELECT id, digest, modified FROM published WHERE dataset = ?1")?;
        let rows = asked.query_map([dataset], |row| {
            Ok((
                row.get::<_, String>(0)?,
                row.get::<_, String>(1)?,
                row.get::<_, String>(2)?,
            ))
        })?;
        let mut published = BTreeMap::new();
        for row in rows {
            let (id, digest, modified) = row?;
            if let (Some(id), Some(digest)) =
                (EntityId::from_iri("", &id), Digest::from_hex(&digest))
            {
                published.insert(id, (digest, instant(&modified)?));
            }
        }
        Ok(published)
    }
}
