//! What a release is written from: the rows of all clusters, the records behind them, the ledger's redirects.

use std::collections::BTreeMap;

use moisson_model::{EntityId, Kind, Row, SourceId, SourceState};
use moisson_publish::{Redirect, SourceRecord, Tombstone};

use crate::Ledger;
use crate::resolution::{Resolution, identifiers};
use crate::rows::{Made, shown};

/// The content of one release, held in memory.
pub struct Content {
    rows: BTreeMap<Kind, Vec<Row>>,
    states: Vec<SourceState>,
    records: Vec<SourceRecord>,
    redirects: Vec<Redirect>,
    tombstones: Vec<Tombstone>,
}

impl Content {
    /// Puts together what `publish` asks for. `program` is the version of the program that read the records.
    pub fn new(
        base_iri: &str,
        made: Vec<Made>,
        resolution: &Resolution,
        states: Vec<SourceState>,
        ledger: &Ledger,
        program: &str,
    ) -> Self {
        let licences: BTreeMap<&SourceId, &String> = states
            .iter()
            .map(|state| (&state.id, &state.licence))
            .collect();
        let records = records(base_iri, resolution, &licences, program);
        let iri = |id: &EntityId| id.iri(base_iri);
        let redirects = ledger.redirects.iter().map(|redirect| Redirect {
            old_id: iri(&redirect.old),
            new_id: iri(&redirect.new),
            reason: redirect.reason.clone(),
            since: redirect.since,
        });
        let tombstones = ledger.tombstones.iter().map(|tombstone| Tombstone {
            id: iri(&tombstone.id),
            kind: tombstone.id.kind,
            deleted_at: tombstone.deleted_at,
            reason: tombstone.reason.clone(),
            replaced_by: tombstone.replaced_by.as_ref().map(iri),
        });
        let (redirects, tombstones) = (redirects.collect(), tombstones.collect());
        let mut rows: BTreeMap<Kind, Vec<Row>> = BTreeMap::new();
        for Made { row, .. } in made {
            rows.entry(row.id.kind).or_default().push(row);
        }
        Self {
            rows,
            states,
            records,
            redirects,
            tombstones,
        }
    }
}

fn records(
    base_iri: &str,
    resolution: &Resolution,
    licences: &BTreeMap<&SourceId, &String>,
    program: &str,
) -> Vec<SourceRecord> {
    let ids = identifiers(resolution);
    let record = |statement: &crate::StoredEntity| {
        let entity = &statement.entity;
        Some(SourceRecord {
            entity_id: ids.get(&entity.member())?.iri(base_iri),
            source_id: entity.source.clone(),
            source_record_id: shown(&entity.key).into_owned(),
            url: entity.provenance.url.clone(),
            fetched_at: entity.provenance.fetched_at,
            content_sha256: entity.provenance.sha256,
            licence: licences
                .get(&entity.source)
                .map(|licence| (*licence).clone())
                .unwrap_or_default(),
            extractor_version: program.to_owned(),
        })
    };
    let mut records: Vec<SourceRecord> = resolution.linked.iter().filter_map(record).collect();
    records.sort_by(|left, right| {
        let order = |record: &SourceRecord| {
            (
                record.entity_id.clone(),
                record.source_id.clone(),
                record.source_record_id.clone(),
            )
        };
        order(left).cmp(&order(right))
    });
    records
}

impl moisson_publish::Content for Content {
    fn rows(&self, kind: Kind) -> Box<dyn Iterator<Item = Row> + '_> {
        Box::new(self.rows.get(&kind).into_iter().flatten().cloned())
    }

    fn sources(&self) -> Vec<SourceState> {
        self.states.clone()
    }

    fn source_records(&self) -> Box<dyn Iterator<Item = SourceRecord> + '_> {
        Box::new(self.records.iter().cloned())
    }

    fn redirects(&self) -> Vec<Redirect> {
        self.redirects.clone()
    }

    fn tombstones(&self) -> Vec<Tombstone> {
        self.tombstones.clone()
    }
}
