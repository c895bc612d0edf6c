//! The stages from files to files, without a project: for debugging a definition, and for measuring a stage.
//!
//! Nothing is kept between two calls: identifiers are minted as in a fresh lake, and nothing is promoted.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use moisson_extract::{Extractor, Format};
use moisson_lake::between::{self, Clustered};
use moisson_lake::content::Content;
use moisson_lake::resolution::{Question, Resolution, Stated, identifiers, resolution};
use moisson_lake::rows::{Making, rows};
use moisson_lake::{Folder, Ledger, StoredEntity};
use moisson_model::{
    Capture, Change, Digest, Entity, EntityId, FetchStatus, Issue, Kind, Provenance, Record,
    Redistribution, Role, SourceId, SourceState, Stage, Version,
};
use moisson_publish::Edition;
use serde::{Deserialize, Serialize};

use crate::definition::{Contract, Dataset, Definition};
use crate::engine::Program;
use crate::error::Error;
use crate::records::{Harvested, state};

/// The largest file that is read whole.
const FILE_CAP: u64 = 4 << 30;

/// What a file gives.
pub use moisson_extract::Extraction as Reading;

/// The extractor of a format's name.
pub fn extractor_for(format: &str) -> Option<Extractor> {
    Format::from_name(format).map(Extractor::library)
}

/// The names of all formats.
pub fn formats() -> Vec<&'static str> {
    Format::ALL.iter().map(|format| format.name()).collect()
}

/// Reads the records of a file. `url` is where it came from; else its path stands for it.
pub fn records(extractor: &Extractor, path: &Path, url: Option<&str>) -> Result<Reading, Error> {
    let body = moisson_lake::files::read_bytes(path, FILE_CAP)?;
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let url = url.map_or_else(|| format!("file://{}", absolute.display()), str::to_owned);
    let capture = Capture {
        final_url: url.clone(),
        url,
        fetched_at: Timestamp::UNIX_EPOCH,
        status: 200,
        headers: Vec::new(),
        body: body.into(),
        role: Role::Listing,
        change: Change::New,
    };
    Ok(moisson_extract::records(extractor, &capture))
}

/// What `normalise` wrote: rows by file, and what was found wrong.
#[derive(Debug, Default)]
pub struct Written {
    /// Rows by file.
    pub summary: BTreeMap<String, u64>,
    /// What was found wrong.
    pub issues: Vec<Issue>,
}

/// A line of what `extract` prints.
#[derive(Debug, Deserialize)]
struct Line {
    #[serde(default)]
    file: String,
    #[serde(default)]
    index: usize,
    record: moisson_model::Fields,
}

/// Normalises records as `extract` prints them. Entities of the first schema go to `target`, those of another beside
/// it (`entities.places.parquet`), rejects to `entities.rejects.parquet`.
pub fn normalise(
    definition: &Definition,
    contract: &Contract,
    input: &mut dyn Read,
    target: &Path,
    at: Timestamp,
) -> Result<Written, Error> {
    let mut found = Harvested::default();
    let (mut broken, mut failed) = (Vec::new(), None);
    let lines = BufReader::new(input).lines().zip(1..);
    let lines = lines.map_while(|(line, number)| match line {
        Ok(line) => Some((line, number)),
        Err(source) => {
            failed = Some(Error::Input {
                line: number,
                source,
            });
            None
        }
    });
    let records = lines
        .filter(|(line, _)| !line.trim().is_empty())
        .filter_map(|(line, number)| {
            let read = record_of(&line, at);
            read.map_err(|error| broken.push(malformed(number, &error)))
                .ok()
        });
    state(definition, records, &mut found);
    match failed {
        Some(error) => Err(error),
        None => write(definition, contract, found, broken, target),
    }
}

fn malformed(line: usize, error: &serde_json::Error) -> Issue {
    let message = format!("not a record: {error}");
    Issue::error(Stage::Normalise, "invalid-json", message).at(format!("line {line}"))
}

/// Writes a file for each kind of entity, and one of rejects.
fn write(
    definition: &Definition,
    contract: &Contract,
    found: Harvested,
    broken: Vec<Issue>,
    target: &Path,
) -> Result<Written, Error> {
    let mut written = Written {
        issues: found.issues,
        ..Written::default()
    };
    written.issues.extend(broken);
    let first = definition.kind;
    let mut entities: BTreeMap<Kind, Vec<Entity>> = BTreeMap::from([(first, Vec::new())]);
    for entity in found.entities {
        entities.entry(entity.kind).or_default().push(entity);
    }
    for (kind, entities) in &entities {
        let path = if *kind == first {
            target.to_owned()
        } else {
            beside(target, kind.table())
        };
        let schema = contract
            .schemas
            .get(kind)
            .ok_or_else(|| Error::UnknownSource(kind.to_string()))?;
        let rows = between::write_entities(schema, entities, &path)?;
        written.summary.insert(path.display().to_string(), rows);
    }
    let path = beside(target, "rejects");
    let rows = between::write_rejects(&found.rejects, &path)?;
    written.summary.insert(path.display().to_string(), rows);
    Ok(written)
}

fn record_of(line: &str, fetched_at: Timestamp) -> Result<Record, serde_json::Error> {
    let stated: Line = serde_json::from_str(line)?;
    let sha256 = Digest::of(line.as_bytes());
    let provenance = Provenance {
        url: stated.file,
        fetched_at,
        sha256,
    };
    Ok(Record {
        index: stated.index,
        fields: stated.record,
        provenance,
    })
}

/// `entities.parquet` and `rejects` give `entities.rejects.parquet`.
fn beside(target: &Path, word: &str) -> PathBuf {
    let stem = target.file_stem().unwrap_or_default().to_string_lossy();
    target.with_file_name(format!("{stem}.{word}.parquet"))
}

/// What `resolve` found.
#[derive(Debug, Clone, Serialize)]
pub struct Resolved {
    /// Statements read.
    pub records: usize,
    /// Entities that they are about.
    pub entities: usize,
    /// Pairs judged to be the same.
    pub merges: usize,
    /// Pairs that a person should look at.
    pub reviews: usize,
}

/// Resolves files of entities into a file of clusters.
pub fn resolve(
    dataset: &Dataset,
    contract: &Contract,
    inputs: &[PathBuf],
    target: &Path,
    at: Timestamp,
) -> Result<Resolved, Error> {
    let statements = statements(contract, inputs)?;
    let records = statements.len();
    let ledger = Ledger::default();
    let resolved = resolution(&question(dataset, contract, &ledger, at), statements);
    let ids = identifiers(&resolved);
    let clusters: Vec<Clustered> = ids
        .iter()
        .map(|(member, id)| {
            let edges = resolved
                .edges
                .iter()
                .filter(|edge| edge.left == **member || edge.right == **member);
            let best = edges.max_by(|left, right| left.score.total_cmp(&right.score));
            let words = best.map(|edge| {
                edge.reasons
                    .iter()
                    .map(|reason| reason.words.as_str())
                    .collect::<Vec<_>>()
                    .join("; ")
            });
            Clustered {
                record: member.to_string(),
                entity: id.iri(&dataset.about.base_iri),
                score: best.map_or(1.0, |edge| edge.score),
                reason: words.unwrap_or_else(|| "alone".to_owned()),
            }
        })
        .collect();
    between::write_clusters(&clusters, target)?;
    let (merges, reviews) = (resolved.edges.len(), resolved.reviews.len());
    Ok(Resolved {
        records,
        entities: resolved.clusters.len(),
        merges,
        reviews,
    })
}

fn question<'a>(
    dataset: &'a Dataset,
    contract: &'a Contract,
    ledger: &'a Ledger,
    at: Timestamp,
) -> Question<'a> {
    Question {
        dataset: &dataset.about.slug,
        base_iri: &dataset.about.base_iri,
        rules: &dataset.resolve,
        judgements: &dataset.judgements,
        ledger,
        schemas: &contract.schemas,
        at,
    }
}

fn statements(contract: &Contract, inputs: &[PathBuf]) -> Result<Vec<StoredEntity>, Error> {
    let mut statements = Vec::new();
    for path in inputs {
        for entity in between::read_entities(&|kind| contract.schemas.get(&kind).cloned(), path)? {
            let seen = entity.provenance.fetched_at;
            statements.push(StoredEntity {
                entity,
                first_seen: seen,
                last_seen: seen,
            });
        }
    }
    statements.sort_by_key(|left| left.entity.member());
    statements.dedup_by(|left, right| left.entity.member() == right.entity.member());
    Ok(statements)
}

/// Publishes files of entities into a folder, merged as the clusters say; without clusters, each stands alone.
pub fn publish(
    dataset: &Dataset,
    contract: &Contract,
    program: &Program,
    inputs: &[PathBuf],
    clusters: &[PathBuf],
    target: &Path,
    at: Timestamp,
) -> Result<BTreeMap<String, u64>, Error> {
    let statements = statements(contract, inputs)?;
    let states = states(dataset, &statements, at);
    let resolved = given(dataset, contract, statements, clusters, at)?;
    let licences = states
        .iter()
        .map(|state| (state.id.clone(), state.licence.clone()))
        .collect();
    let making = Making {
        base_iri: &dataset.about.base_iri,
        rules: &dataset.resolve,
        schemas: &contract.schemas,
        licences: &licences,
        licence: &dataset.about.licence,
        published: &BTreeMap::new(),
        at,
    };
    let made = rows(&making, &resolved);
    let ledger = Ledger::default();
    let content = Content::new(
        &dataset.about.base_iri,
        made,
        &resolved,
        states,
        &ledger,
        &program.version,
    );
    let edition = Edition {
        version: Version::at(at),
        previous: None,
        git_commit: program.git_commit.clone(),
        generator_version: program.version.clone(),
    };
    let mut folder = Folder::empty(target)?;
    let release = moisson_publish::release(
        &dataset.about,
        &edition,
        &contract.schemas,
        &content,
        &mut folder,
    )
    .map_err(|source| Error::Publish {
        dataset: dataset.about.slug.clone(),
        source,
    })?;
    Ok(release.counts)
}

/// The resolution that files of clusters state, references followed by it.
fn given(
    dataset: &Dataset,
    contract: &Contract,
    statements: Vec<StoredEntity>,
    clusters: &[PathBuf],
    at: Timestamp,
) -> Result<Resolution, Error> {
    let mut stated = Stated::new();
    for row in clusters
        .iter()
        .map(|path| between::read_clusters(path))
        .collect::<Result<Vec<_>, _>>()?
        .concat()
    {
        if let Some(id) = EntityId::from_iri(&dataset.about.base_iri, &row.entity) {
            stated.insert((id.kind, row.record), id);
        }
    }
    let ledger = Ledger::default();
    Ok(moisson_lake::resolution::given(
        &question(dataset, contract, &ledger, at),
        statements,
        &stated,
    ))
}

/// Sources of which only the entities are known: named by their slug, under the dataset's licence.
fn states(dataset: &Dataset, statements: &[StoredEntity], at: Timestamp) -> Vec<SourceState> {
    let mut counts: BTreeMap<SourceId, u64> = BTreeMap::new();
    for statement in statements {
        *counts.entry(statement.entity.source.clone()).or_default() += 1;
    }
    let state = |(id, records): (SourceId, u64)| SourceState {
        name: id.to_string(),
        url: None,
        licence: dataset.about.licence.clone(),
        redistribution: Redistribution::OpenAttribution,
        attribution: id.to_string(),
        last_fetch: Some(at),
        status: FetchStatus::Ok,
        records,
        id,
    };
    counts.into_iter().map(state).collect()
}
