//! One dataset, once: resolve the sets that its sources hold, and publish a release where something changed.
//!
//! The release is written whole into staging, read again, and only then promoted. Where nothing changed since the
//! last one, nothing is written: a release that says nothing new is noise to those who follow the changes.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use moisson_lake::content::Content;
use moisson_lake::resolution::{Question, Resolution, resolution};
use moisson_lake::rows::{Made, Making, rows};
use moisson_lake::{ReleaseRecord, StoredEntity};
use moisson_model::{Digest, FetchStatus, Issue, Outcome, Reject, SourceId, SourceState, Version};
use moisson_publish::Edition;
use serde::Serialize;

use crate::definition::{Dataset, Definition};
use crate::engine::{Engine, Event};
use crate::error::Error;

/// What considering a release came to.
#[derive(Debug, Clone, Serialize)]
pub struct ReleaseReport {
    /// The dataset.
    pub dataset: String,
    /// The newest version: a new one where `changed`.
    pub version: Option<Version>,
    /// Whether a release was made.
    pub changed: bool,
    /// Rows by table.
    pub counts: BTreeMap<String, u64>,
    /// Pairs of statements judged to be the same.
    pub merges: usize,
    /// Pairs that a person should look at.
    pub reviews: usize,
    /// Relations with an end that is no entity.
    pub rejects: Vec<Reject>,
    /// References left open.
    pub issues: Vec<Issue>,
    /// Freshness of each source.
    pub sources: Vec<SourceState>,
    /// Files written.
    pub files: usize,
}

impl Engine {
    /// Resolves and publishes a dataset.
    pub fn release(&self, slug: &str) -> Result<ReleaseReport, Error> {
        let dataset = self.dataset(slug)?;
        self.tell(&Event::Resolving(slug.to_owned()));
        let at = self.now();
        let held = self.held(dataset);
        let newest = self.lake.newest_ending(
            &held
                .iter()
                .map(|held| held.source.id.clone())
                .collect::<Vec<_>>(),
        )?;
        let (states, resolved) = self.resolved(dataset, &held, at)?;
        let made = self.rows(dataset, &held, &resolved, at)?;
        let digest = self.content_digest(dataset, &made, &states);
        let latest = self.lake.latest_release(slug)?;
        let mut report = report(slug, &resolved, &made, &states);
        if let Some(latest) = latest.as_ref().filter(|latest| latest.digest == digest) {
            report.version = Some(latest.version.clone());
        } else {
            self.lake.commit_resolution(slug, &resolved.change)?;
            let version = Version::at(at);
            self.tell(&Event::Publishing(slug.to_owned(), version.clone()));
            let record = ReleaseRecord {
                version: version.clone(),
                previous: latest.map(|latest| latest.version),
                digest,
                schema: serde_json::Value::Null,
                rows: made
                    .iter()
                    .map(|made| (made.row.id.clone(), (made.digest, made.modified)))
                    .collect(),
            };
            report.files = self.publish(dataset, record, made, &resolved, states)?;
            report.version = Some(version);
            report.changed = true;
        }
        if let Some(ending) = newest {
            self.lake.set_considered(slug, ending)?;
        }
        Ok(report)
    }

    /// What a release would merge, without making one.
    pub fn resolve(&self, slug: &str) -> Result<Resolution, Error> {
        let dataset = self.dataset(slug)?;
        Ok(self.resolved(dataset, &self.held(dataset), self.now())?.1)
    }

    fn held(&self, dataset: &Dataset) -> Vec<&Definition> {
        self.project
            .definitions
            .values()
            .filter(|held| dataset.holds(&held.source.id))
            .collect()
    }

    fn resolved(
        &self,
        dataset: &Dataset,
        held: &[&Definition],
        at: Timestamp,
    ) -> Result<(Vec<SourceState>, Resolution), Error> {
        let slug = &dataset.about.slug;
        let (states, statements) = self.statements(held, at)?;
        if states
            .iter()
            .all(|state| state.status == FetchStatus::Failed)
        {
            return Err(Error::NothingToPublish(slug.clone()));
        }
        let ledger = self.lake.ledger(slug)?;
        let question = Question {
            dataset: slug,
            base_iri: &dataset.about.base_iri,
            rules: &dataset.resolve,
            judgements: &dataset.judgements,
            ledger: &ledger,
            schemas: &self.project.contract.schemas,
            at,
        };
        Ok((states, resolution(&question, statements)))
    }

    /// The dataset of a slug.
    pub fn dataset(&self, slug: &str) -> Result<&Dataset, Error> {
        self.project
            .datasets
            .get(slug)
            .ok_or_else(|| Error::UnknownDataset(slug.to_owned()))
    }

    /// How fresh each source is, and what those with an open licence state.
    fn statements(
        &self,
        held: &[&Definition],
        at: Timestamp,
    ) -> Result<(Vec<SourceState>, Vec<StoredEntity>), Error> {
        let mut states = Vec::new();
        let mut statements = Vec::new();
        for definition in held {
            let state = self.state(definition, at)?;
            if state.status != FetchStatus::Failed && state.redistribution.is_open() {
                let grace = days(definition.expect.grace);
                statements.extend(self.lake.entities(&definition.source.id, at, grace)?);
            }
            states.push(state);
        }
        statements.sort_by_key(|left| left.entity.member());
        Ok((states, statements))
    }

    /// A source is stale when its last run failed, and failed when none succeeded before its rows expire.
    fn state(&self, definition: &Definition, at: Timestamp) -> Result<SourceState, Error> {
        let source = &definition.source;
        let last = self.lake.last_run(&source.id)?;
        let good = self.lake.last_useful_run(&source.id)?;
        let expiry = days(definition.expect.expiry);
        let fresh = good
            .as_ref()
            .filter(|good| at.duration_since(good.at) <= expiry);
        let status = match (&last, fresh) {
            (_, None) => FetchStatus::Failed,
            (Some(last), Some(_)) if last.outcome == Outcome::Failed => FetchStatus::Stale,
            (_, Some(_)) => FetchStatus::Ok,
        };
        Ok(SourceState {
            id: source.id.clone(),
            name: source.title.fr.clone(),
            url: source.homepage.clone(),
            licence: source.licence.id.clone(),
            redistribution: source.licence.redistribution,
            attribution: source.licence.attribution.clone(),
            last_fetch: good.as_ref().map(|good| good.at),
            status,
            records: good.as_ref().map_or(0, |good| good.records),
        })
    }

    fn rows(
        &self,
        dataset: &Dataset,
        held: &[&Definition],
        resolved: &Resolution,
        at: Timestamp,
    ) -> Result<Vec<Made>, Error> {
        let licences: BTreeMap<SourceId, String> = held
            .iter()
            .map(|held| (held.source.id.clone(), held.source.licence.id.clone()))
            .collect();
        let published = self.lake.published(&dataset.about.slug)?;
        let making = Making {
            base_iri: &dataset.about.base_iri,
            rules: &dataset.resolve,
            schemas: &self.project.contract.schemas,
            licences: &licences,
            licence: &dataset.about.licence,
            published: &published,
            at,
        };
        Ok(rows(&making, resolved))
    }

    /// What makes a release new: its rows, its sources and their freshness, what it is declared to be.
    fn content_digest(&self, dataset: &Dataset, made: &[Made], states: &[SourceState]) -> Digest {
        let mut parts = vec![self.rules_digest(dataset.digest).to_string()];
        parts.extend(
            made.iter()
                .map(|made| format!("{} {}", made.row.id, made.digest)),
        );
        for state in states {
            let (status, licence) = (state.status.name(), &state.licence);
            parts.push(format!(
                "{} {status} {licence} {} {}",
                state.id, state.name, state.attribution
            ));
        }
        Digest::of_parts(parts.iter().map(String::as_str))
    }

    fn publish(
        &self,
        dataset: &Dataset,
        record: ReleaseRecord,
        made: Vec<Made>,
        resolved: &Resolution,
        states: Vec<SourceState>,
    ) -> Result<usize, Error> {
        let about = &dataset.about;
        let schemas = &self.project.contract.schemas;
        let edition = Edition {
            version: record.version.clone(),
            previous: record.previous.clone(),
            git_commit: self.program.git_commit.clone(),
            generator_version: self.program.version.clone(),
        };
        let ledger = self.lake.ledger(&about.slug)?;
        let version = self.program.version.clone();
        let content = Content::new(&about.base_iri, made, resolved, states, &ledger, &version);
        let mut staging = self.lake.stage(&about.slug, &record.version)?;
        let fail = |source| Error::Publish {
            dataset: about.slug.clone(),
            source,
        };
        let release = moisson_publish::release(about, &edition, schemas, &content, &mut staging)
            .map_err(fail)?;
        self.lake
            .reopen(&staging, &release)
            .map_err(|error| Error::Disagreement {
                dataset: about.slug.clone(),
                message: error.to_string(),
            })?;
        self.put_context(dataset)?;
        let record = ReleaseRecord {
            schema: release.manifest["schema"].clone(),
            ..record
        };
        self.lake.promote(&staging, &about.slug, &record)?;
        Ok(release.files.len())
    }

    /// The context that the release names: the full version never changes, the major's is its newest.
    fn put_context(&self, dataset: &Dataset) -> Result<(), Error> {
        let context =
            moisson_publish::context(&self.project.contract.schemas, &dataset.about.base_iri);
        let text = serde_json::to_string_pretty(&context).expect("a context is JSON") + "\n";
        let version = moisson_publish::CONTEXT_VERSION;
        let major = version.split('.').next().unwrap_or(version);
        for name in [
            format!("context/{version}.jsonld"),
            format!("context/v{major}.jsonld"),
        ] {
            self.lake.put_site_file(&name, text.as_bytes())?;
        }
        Ok(())
    }
}

fn report(
    slug: &str,
    resolved: &Resolution,
    made: &[Made],
    states: &[SourceState],
) -> ReleaseReport {
    let mut counts = BTreeMap::new();
    for made in made {
        *counts
            .entry(made.row.id.kind.table().to_owned())
            .or_default() += 1;
    }
    ReleaseReport {
        dataset: slug.to_owned(),
        version: None,
        changed: false,
        counts,
        merges: resolved.edges.len(),
        reviews: resolved.reviews.len(),
        rejects: resolved.rejects.clone(),
        issues: resolved.issues.clone(),
        sources: states.to_vec(),
        files: 0,
    }
}

fn days(days: u32) -> SignedDuration {
    SignedDuration::from_hours(24 * i64::from(days))
}
