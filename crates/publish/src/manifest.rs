//! The manifest: the machine's description of a release, enough to mirror it; and the sums.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use moisson_model::{Kind, Schema, SourceState};
use serde_json::{Value, json};

use crate::dump::Dumped;
use crate::tables::SORT;
use crate::{Dataset, Edition, File, context_iri};

/// Version of the manifest's shape.
const MANIFEST_VERSION: &str = "1.0";

/// What the manifest is made from.
pub(crate) struct Facts<'a> {
    pub(crate) dataset: &'a Dataset,
    pub(crate) edition: &'a Edition,
    pub(crate) schemas: &'a BTreeMap<Kind, Schema>,
    pub(crate) sources: &'a [SourceState],
    pub(crate) counts: &'a BTreeMap<String, u64>,
    pub(crate) attribution: &'a str,
    pub(crate) dumped: &'a Dumped,
    pub(crate) files: &'a [File],
}

/// The manifest. `files` are all files but itself and the sums, sorted by path.
pub(crate) fn manifest(facts: &Facts<'_>) -> Value {
    let (dataset, edition) = (facts.dataset, facts.edition);
    let versions = facts
        .schemas
        .values()
        .map(|schema| (schema.kind.name().to_owned(), json!(schema.version)));
    let schema: serde_json::Map<String, Value> = versions.collect();
    let files: Vec<Value> = facts
        .files
        .iter()
        .map(|file| entry(file, &dataset.licence))
        .collect();
    json!({
        "manifest_version": MANIFEST_VERSION,
        "version": edition.version,
        "previous": edition.previous,
        "published_at": edition.version.instant().to_string(),
        "base_iri": dataset.base_iri,
        "context": context_iri(&dataset.base_iri),
        "schema": schema,
        "licence": dataset.licence,
        "attribution": facts.attribution,
        "generator": {"name": "moisson", "version": edition.generator_version, "git_commit": edition.git_commit},
        "entity_counts": facts.counts,
        "sort": BTreeMap::from(SORT),
        "rdf": {"quads": facts.dumped.quads, "rdfc10_sha256": facts.dumped.sha256.to_string()},
        "delta": null,
        "sources": facts.sources.iter().map(source).collect::<Vec<_>>(),
        "files": files,
    })
}

fn source(state: &SourceState) -> Value {
    json!({
        "id": state.id, "name": state.name, "licence": state.licence,
        "fetched_at": state.last_fetch.map(|instant| instant.to_string()),
        "records": state.records, "status": state.status.name(),
    })
}

fn entry(file: &File, licence: &str) -> Value {
    let mut entry = json!({
        "path": file.path, "bytes": file.bytes, "sha256": file.sha256.to_string(),
        "media_type": file.media_type, "licence": licence,
    });
    if let Some(rows) = file.rows {
        entry["rows"] = json!(rows);
    }
    if let Some(schema) = &file.schema {
        entry["schema"] = json!(schema);
    }
    entry
}

/// The sums of files, as `sha256sum -c` reads them.
pub(crate) fn sums(files: &[File]) -> String {
    files.iter().fold(String::new(), |mut sums, file| {
        writeln!(sums, "{}  {}", file.sha256, file.path).expect("a String takes any text");
        sums
    })
}
