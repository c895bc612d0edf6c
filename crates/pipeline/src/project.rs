//! A project: the folders `schemas/` and `pipelines/`, read whole.
//!
//! Definitions are read from a set of named texts, so that the same code reads a folder and what the executable
//! carries within it. A problem anywhere is reported with its place; nothing runs until there is none.

use std::collections::BTreeMap;
use std::path::Path;

use include_dir::{Dir, include_dir};
use moisson_model::{Digest, Kind, Schema, SourceId, Vocabulary};

use crate::definition::{Contract, Dataset, Definition};
use crate::problem::Problem;

static SCHEMAS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../schemas");
static PIPELINES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../pipelines");

/// The largest definition, schema or judgements file that is read.
const FILE_CAP: u64 = 4 << 20;

/// Texts by their name, relative to the project.
pub type Files = BTreeMap<String, String>;

/// Everything that is declared: the contract, the sources, the datasets.
pub struct Project {
    /// Schemas and vocabularies.
    pub contract: Contract,
    /// The sources by slug.
    pub definitions: BTreeMap<SourceId, Definition>,
    /// The datasets by slug.
    pub datasets: BTreeMap<String, Dataset>,
}

impl Project {
    /// Reads a project from its files. What can be read is, beside the problems of the rest.
    pub fn read(files: &Files) -> (Self, Vec<Problem>) {
        let (contract, mut problems) = contract(files);
        let mut project = Self {
            contract,
            definitions: BTreeMap::new(),
            datasets: BTreeMap::new(),
        };
        for (file, text) in files.iter().filter(|(file, _)| is_source(file)) {
            match Definition::read(file, text, &project.contract) {
                Ok(definition) => problems.extend(project.add(file, definition)),
                Err(found) => problems.extend(found),
            }
        }
        for (file, text) in files.iter().filter(|(file, _)| is_dataset(file)) {
            let beside = |name: &str| files.get(&sibling(file, name)).cloned();
            match Dataset::read(file, text, &beside) {
                Ok(dataset) => problems.extend(project.add_dataset(file, dataset)),
                Err(found) => problems.extend(found),
            }
        }
        (project, problems)
    }

    /// A project publishes one tree, and a tree is of one dataset: `latest` leads to one release.
    fn add_dataset(&mut self, file: &str, dataset: Dataset) -> Option<Problem> {
        let slug = dataset.about.slug.clone();
        self.datasets.insert(slug, dataset);
        (self.datasets.len() > 1).then(|| {
            Problem::of_file(file, "a project publishes one dataset, and there is another already")
                .hint("keep one file in `pipelines/datasets/`, or give this one a project of its own (--project)")
        })
    }

    fn add(&mut self, file: &str, definition: Definition) -> Option<Problem> {
        let id = definition.source.id.clone();
        let twice = format!("another source has the slug `{id}` already");
        self.definitions.insert(id, definition).map(|_| {
            Problem::of_file(file, twice).hint("slugs are unique over all folders: rename one file")
        })
    }
}

/// The files of a folder that holds `pipelines/` and `schemas/`; schemas that it lacks are those carried within.
pub fn of_folder(root: &Path) -> Result<Files, moisson_lake::Error> {
    let mut files = Files::new();
    for (folder, extensions) in [
        ("schemas", &["json"][..]),
        ("pipelines", &["toml", "csv"][..]),
    ] {
        for path in moisson_lake::files::walk(&root.join(folder), extensions)? {
            let bytes = moisson_lake::files::read_bytes(&path, FILE_CAP)?;
            let text = String::from_utf8_lossy(&bytes).into_owned();
            let name = path.strip_prefix(root).unwrap_or(&path);
            files.insert(name.to_string_lossy().replace('\\', "/"), text);
        }
    }
    if !files.keys().any(|file| is_schema(file)) {
        files.extend(embedded(&SCHEMAS, "schemas"));
    }
    Ok(files)
}

/// The schemas, the demonstration's sources and its dataset, as the executable carries them.
pub fn of_demo() -> Files {
    let mut files = Files::new();
    files.extend(embedded(&SCHEMAS, "schemas"));
    files.extend(
        embedded(&PIPELINES, "pipelines")
            .into_iter()
            .filter(|(name, _)| is_demo(name)),
    );
    files
}

/// The schemas and vocabularies alone: what the stages need from files to files.
pub fn of_contract() -> Files {
    embedded(&SCHEMAS, "schemas")
}

fn embedded(folder: &Dir<'_>, prefix: &str) -> Files {
    let mut files = Files::new();
    for entry in folder.entries() {
        match entry {
            include_dir::DirEntry::Dir(inner) => files.extend(embedded(inner, prefix)),
            include_dir::DirEntry::File(file) => {
                let name = format!("{prefix}/{}", file.path().to_string_lossy());
                files.extend(file.contents_utf8().map(|text| (name, text.to_owned())));
            }
        }
    }
    files
}

fn contract(files: &Files) -> (Contract, Vec<Problem>) {
    let mut contract = Contract {
        schemas: BTreeMap::new(),
        vocabularies: BTreeMap::new(),
        digest: contract_digest(files),
    };
    let mut problems = Vec::new();
    for (file, text) in files {
        if is_schema(file) {
            match Schema::from_json(text) {
                Ok(schema) => _ = contract.schemas.insert(schema.kind, schema),
                Err(error) => problems.push(Problem::of_schema(file, text, &error)),
            }
        } else if is_vocabulary(file) {
            match Vocabulary::from_json(text) {
                Ok(vocabulary) => {
                    _ = contract
                        .vocabularies
                        .insert(vocabulary.scheme.clone(), vocabulary);
                }
                Err(error) => problems.push(Problem::of_json(file, &error)),
            }
        }
    }
    for kind in Kind::ALL {
        if !contract.schemas.contains_key(&kind) {
            let file = format!("schemas/v1/{kind}.schema.json");
            problems.push(
                Problem::of_file(&file, "the schema is missing").hint("all six schemas are needed"),
            );
        }
    }
    (contract, problems)
}

fn contract_digest(files: &Files) -> Digest {
    let contract = files
        .iter()
        .filter(|(file, _)| is_schema(file) || is_vocabulary(file));
    Digest::of_parts(contract.flat_map(|(file, text)| [file.as_str(), text.as_str()]))
}

fn is_schema(file: &str) -> bool {
    within(file, "schemas/v1/", ".schema.json")
}

fn is_vocabulary(file: &str) -> bool {
    within(file, "schemas/v1/vocabularies/", ".json")
}

fn is_source(file: &str) -> bool {
    within(file, "pipelines/sources/", ".toml")
}

fn is_dataset(file: &str) -> bool {
    within(file, "pipelines/datasets/", ".toml")
}

/// Whether a name stands in a folder and ends so: names are as they are written, case and all.
fn within(file: &str, folder: &str, end: &str) -> bool {
    file.starts_with(folder) && file.strip_suffix(end).is_some()
}

fn is_demo(file: &str) -> bool {
    file.starts_with("pipelines/sources/demo/") || file.starts_with("pipelines/datasets/demo.")
}

fn sibling(file: &str, name: &str) -> String {
    match file.rsplit_once('/') {
        Some((folder, _)) => format!("{folder}/{name}"),
        None => name.to_owned(),
    }
}
