//! `publish`: a Parquet file of events, and a whole release of them.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::{collections::BTreeMap, fs};

use anyhow::{Context as _, Result};
use moisson_model::{Kind, Row, Schema, Shape, SourceState, Version};
use moisson_publish::parquet::write_rows;
use moisson_publish::{
    Content, Dataset, Edition, Field, Folder, Redirect, SourceRecord, Tombstone, context,
    release as publish,
};
use serde_json::{Map, Value, json};

use crate::arguments::Arguments;
use crate::generate::events::{BASE, rows};
use crate::measure::{Peer, Workload, timed};
use crate::project::{self, label};

const TABLE_ROWS: usize = 100_000;
const RELEASE_ROWS: usize = 20_000;
/// Rows of the release that PyLD is given: it is slow.
const FEW_ROWS: usize = 2_000;

/// One table, written from rows in memory.
pub(crate) fn parquet(arguments: &Arguments, folder: &Path) -> Result<Workload> {
    let count = arguments.scale.of(TABLE_ROWS);
    let schemas = project::schemas()?;
    let events = schemas.get(&Kind::Event).context("it is one of the six")?;
    let fields: Vec<Field> = events.columns.iter().map(Field::from).collect();
    let files = ["rows.ndjson", "columns.json", "ours.parquet"].map(|name| folder.join(name));
    let [ndjson, columns, ours] = &files;
    let mut lines = io::BufWriter::new(fs::File::create(ndjson)?);
    for row in rows(count) {
        writeln!(lines, "{}", Value::Object(row.columns))?;
    }
    lines.flush()?;
    fs::write(columns, described(&fields).to_string())?;
    fs::write(ours, written(&fields, table(count)).1?)?;
    Ok(Workload {
        name: "publish: Parquet",
        records: count,
        remark: format!(
            "{} columns, dates and instants given as texts; zstd level 9, row groups of 100,000 rows on both sides. \
             Ours also writes a bloom filter and checks each value. The peer reads both files back: equal tables.",
            fields.len()
        ),
        peers: vec![Peer::function(
            "parquet_pyarrow",
            files.to_vec(),
            count,
            "equal".to_owned(),
        )],
        round: Box::new(move || {
            let (elapsed, bytes) = written(&fields, table(count));
            bytes?;
            Ok(elapsed.into())
        }),
    })
}

fn table(count: usize) -> Vec<Map<String, Value>> {
    rows(count).map(|row| row.columns).collect()
}

fn written(
    fields: &[Field],
    rows: Vec<Map<String, Value>>,
) -> (std::time::Duration, Result<Vec<u8>>) {
    timed(|| {
        let mut bytes = Vec::new();
        write_rows(fields, rows, &mut bytes, &[])?;
        Ok(bytes)
    })
}

/// The columns, for a peer: name, type, whether a list.
fn described(fields: &[Field]) -> Value {
    let shape = |shape| match shape {
        Shape::Text => "text",
        Shape::Integer => "integer",
        Shape::Number => "number",
        Shape::Boolean => "boolean",
        Shape::Date => "date",
        Shape::Timestamp => "timestamp",
    };
    fields
        .iter()
        .map(|field| json!({"name": field.name, "shape": shape(field.shape), "list": field.list}))
        .collect()
}

/// A whole release of events, in every format.
pub(crate) fn release(arguments: &Arguments, folder: &Path) -> Result<Workload> {
    let (count, few) = (
        arguments.scale.of(RELEASE_ROWS),
        arguments.scale.of(FEW_ROWS),
    );
    let schemas = project::schemas()?;
    let context_file = folder.join("context.jsonld");
    fs::write(&context_file, context(&schemas, BASE).to_string())?;
    let peers = vec![
        quads_peer("nquads_pyoxigraph", &schemas, count, &context_file, folder)?,
        quads_peer("nquads_pyld", &schemas, few, &context_file, folder)?,
    ];
    let given = Given(rows(count).collect());
    Ok(Workload {
        name: "publish: release",
        records: count,
        remark: "Ours is all of a release: Parquet, two JSON-LD files (gzip 9), N-Quads (zstd 9), manifest, sums. The \
                 peers only turn the JSON-LD into N-Quads and sort them, uncompressed, to the same digest: their \
                 ratio is a lower bound."
            .to_owned(),
        peers,
        round: Box::new(move || {
            let (elapsed, made) = timed(|| released(&schemas, &given));
            made?;
            Ok(elapsed.into())
        }),
    })
}

/// A peer that makes N-Quads of a release of so many rows.
fn quads_peer(
    function: &'static str,
    schemas: &BTreeMap<Kind, Schema>,
    count: usize,
    context: &Path,
    folder: &Path,
) -> Result<Peer> {
    let made = released(schemas, &Given(rows(count).collect()))?;
    let lines: PathBuf = folder.join(format!("{function}.ndjsonld.gz"));
    fs::write(&lines, made.bytes("rdf/events.ndjsonld.gz")?)?;
    let sum = String::from_utf8(made.bytes("rdf/dump.nq.sha256")?)?;
    let digest = sum
        .split_whitespace()
        .next()
        .context("a sum has a digest")?;
    let files = vec![lines, context.to_owned()];
    Ok(Peer::function(function, files, count, digest.to_owned()))
}

fn released(schemas: &BTreeMap<Kind, Schema>, given: &Given) -> Result<Memory> {
    let dataset = Dataset {
        slug: "mesure".to_owned(),
        title: label("Mesure"),
        description: label("Mesure"),
        base_iri: BASE.to_owned(),
        licence: "etalab-2.0".to_owned(),
        publisher: project::publisher(),
    };
    let edition = Edition {
        version: Version::parse("2026-11-22T04-00-00Z").context("it is a version")?,
        previous: None,
        git_commit: "0".repeat(40),
        generator_version: env!("CARGO_PKG_VERSION").to_owned(),
    };
    let mut folder = Memory::default();
    publish(&dataset, &edition, schemas, given, &mut folder)?;
    Ok(folder)
}

/// Rows of events and nothing else.
struct Given(Vec<Row>);

impl Content for Given {
    fn rows(&self, kind: Kind) -> Box<dyn Iterator<Item = Row> + '_> {
        Box::new(
            self.0
                .iter()
                .filter(move |row| row.id.kind == kind)
                .cloned(),
        )
    }

    fn sources(&self) -> Vec<SourceState> {
        Vec::new()
    }

    fn source_records(&self) -> Box<dyn Iterator<Item = SourceRecord> + '_> {
        Box::new(std::iter::empty())
    }

    fn redirects(&self) -> Vec<Redirect> {
        Vec::new()
    }

    fn tombstones(&self) -> Vec<Tombstone> {
        Vec::new()
    }
}

/// A release in memory.
#[derive(Default)]
struct Memory(BTreeMap<String, Arc<Mutex<Vec<u8>>>>);

impl Memory {
    fn bytes(&self, path: &str) -> Result<Vec<u8>> {
        let file = self.0.get(path).with_context(|| format!("no `{path}`"))?;
        Ok(file.lock().unwrap_or_else(PoisonError::into_inner).clone())
    }
}

impl Folder for Memory {
    fn create(&mut self, path: &str) -> io::Result<Box<dyn Write + Send>> {
        let bytes = Arc::<Mutex<Vec<u8>>>::default();
        self.0.insert(path.to_owned(), Arc::clone(&bytes));
        Ok(Box::new(Handle(bytes)))
    }
}

struct Handle(Arc<Mutex<Vec<u8>>>);

impl Write for Handle {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut file = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
