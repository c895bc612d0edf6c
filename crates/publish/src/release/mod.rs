//! A release, written: one pass over the rows feeds every writer, then the papers, the manifest, the sums.

use std::collections::BTreeMap;

use moisson_model::{Kind, Row, Schema, SourceState};
use serde_json::Value;

use crate::context::Terms;
use crate::dump::{Dump, Dumped};
use crate::folder::Sink;
use crate::jsonld::JsonLd;
use crate::manifest::{Facts, manifest, sums};
use crate::node::Nodes;
use crate::papers::{Papers, attribution};
use crate::tables::{Metadata, Table, identifiers, identifiers_of, kinds_by_iri, support};
use crate::{Content, Dataset, Edition, Error, File, Folder, context_iri};

/// What was written.
#[derive(Debug, Clone)]
pub struct Release {
    /// The manifest, as in `manifest.json`.
    pub manifest: Value,
    /// Entities by table.
    pub counts: BTreeMap<String, u64>,
    /// Every file, `manifest.json` included, `SHA256SUMS` not; sorted by path.
    pub files: Vec<File>,
    /// Lines of the dump.
    pub quads: u64,
}

/// Writes a release into a folder.
///
/// `content` holds only what may be published; nothing is filtered here. An error leaves the folder half written: the
/// caller throws it away.
pub fn release(
    dataset: &Dataset,
    edition: &Edition,
    schemas: &BTreeMap<Kind, Schema>,
    content: &dyn Content,
    folder: &mut dyn Folder,
) -> Result<Release, Error> {
    if let Some(kind) = Kind::ALL
        .into_iter()
        .find(|kind| !schemas.contains_key(kind))
    {
        return Err(Error::NoSchema(kind));
    }
    let sources = content.sources();
    let attribution = attribution(dataset, edition, &sources);
    let metadata = metadata(dataset, edition, &attribution);
    let (dumped, mut files) = entities(dataset, schemas, content, folder, &metadata)?;
    files.extend(support(folder, content, &metadata)?);
    let counts = counts(&files);
    let papers = Papers {
        dataset,
        edition,
        sources: &sources,
        counts: &counts,
        attribution: &attribution,
    };
    files.extend(papers.write(folder)?);
    files.sort_by(|left, right| left.path.cmp(&right.path));
    let facts = Facts {
        dataset,
        edition,
        schemas,
        sources: &sources,
        counts: &counts,
        attribution: &attribution,
        dumped: &dumped,
        files: &files,
    };
    let manifest = manifest(&facts);
    let text = serde_json::to_string_pretty(&manifest).expect("a manifest is JSON") + "\n";
    files.push(Sink::put(folder, "manifest.json", &text)?);
    files.sort_by(|left, right| left.path.cmp(&right.path));
    Sink::put(folder, "SHA256SUMS", &sums(&files))?;
    Ok(Release {
        manifest,
        counts,
        files,
        quads: dumped.quads,
    })
}

/// Feeds every row to every writer. Kinds come in the order of their IRIs, so that the dump is sorted as it is made.
fn entities(
    dataset: &Dataset,
    schemas: &BTreeMap<Kind, Schema>,
    content: &dyn Content,
    folder: &mut dyn Folder,
    metadata: &Metadata,
) -> Result<(Dumped, Vec<File>), Error> {
    let base_iri = dataset.base_iri.as_str();
    let terms = Terms::new(schemas, base_iri)?;
    let context = context_iri(base_iri);
    let mut dump = Dump::create(folder)?;
    let mut identifiers = identifiers(folder, metadata)?;
    let mut files = Vec::new();
    for schema in kinds_by_iri().iter().filter_map(|kind| schemas.get(kind)) {
        let nodes = Nodes::new(schema, &terms, base_iri)?;
        let mut table = Table::of_kind(folder, schema, metadata)?;
        let mut jsonld = JsonLd::create(folder, schema.kind, &context)?;
        let mut before = String::new();
        for row in content.rows(schema.kind) {
            let id = in_order(&row, base_iri, &before)?;
            let node = nodes.node(&row)?;
            table.feed(&row.columns)?;
            jsonld.feed(&node)?;
            dump.feed(&terms, &id, &node)?;
            identifiers_of(schema, &row, &id)
                .iter()
                .try_for_each(|row| identifiers.feed(row))?;
            before = id;
        }
        let table = table.finish()?;
        let schema = table.schema.clone();
        files.push(table);
        files.extend(jsonld.finish()?.map(|file| File {
            schema: schema.clone(),
            ..file
        }));
    }
    files.push(identifiers.finish()?);
    let dumped = dump.finish(folder)?;
    files.extend(dumped.files.iter().cloned());
    Ok((dumped, files))
}

/// The IRI of a row, which follows that of the row before and is what its column `id` says.
fn in_order(row: &Row, base_iri: &str, before: &str) -> Result<String, Error> {
    let id = row.id.iri(base_iri);
    if id.as_str() <= before {
        return Err(Error::Order {
            before: before.to_owned(),
            after: id,
        });
    }
    if row.columns.get("id").and_then(Value::as_str) != Some(&id) {
        return Err(Error::Value {
            row: id,
            column: "id".to_owned(),
            expected: "IRI of its own",
        });
    }
    Ok(id)
}

fn metadata(dataset: &Dataset, edition: &Edition, attribution: &str) -> Metadata {
    vec![
        ("dataset_version", edition.version.to_string()),
        ("license", dataset.licence.clone()),
        ("source", dataset.base_iri.clone()),
        ("attribution", attribution.to_owned()),
        ("jsonld_context", context_iri(&dataset.base_iri)),
    ]
}

/// Entities by table, from the files written.
fn counts(files: &[File]) -> BTreeMap<String, u64> {
    let rows = |kind: Kind| {
        let path = format!("tables/{}.parquet", kind.table());
        files
            .iter()
            .find(|file| file.path == path)
            .and_then(|file| file.rows)
            .unwrap_or_default()
    };
    Kind::ALL
        .into_iter()
        .map(|kind| (kind.table().to_owned(), rows(kind)))
        .collect()
}

/// The sources that stand behind the rows: those that gave records, in order.
pub(crate) fn contributing(sources: &[SourceState]) -> impl Iterator<Item = &SourceState> {
    sources.iter().filter(|source| {
        source.redistribution.is_open()
            && source.records > 0
            && source.status != moisson_model::FetchStatus::Failed
    })
}

#[cfg(test)]
mod tests;
