//! JSON-LD files: one document with a graph, and one record per line, from the same nodes.
//!
//! Both open with the context, so that a reader of the streaming profile never has to wait.

use std::io::Write;

use flate2::{Compression, GzBuilder, write::GzEncoder};
use moisson_model::Kind;
use serde_json::{Map, Value, json};

use crate::folder::{Sink, failure};
use crate::{Error, File, Folder};

/// Level of gzip; unit tests write small files, quickly.
const GZIP_LEVEL: u32 = if cfg!(test) { 1 } else { 9 };

/// A compressed text file of a table.
struct Text {
    path: String,
    out: GzEncoder<Sink>,
    rows: u64,
}

impl Text {
    fn create(folder: &mut dyn Folder, path: String) -> Result<Self, Error> {
        let sink = Sink::create(folder, &path)?;
        let out = GzBuilder::new()
            .mtime(0)
            .write(sink, Compression::new(GZIP_LEVEL));
        Ok(Self { path, out, rows: 0 })
    }

    fn write(&mut self, parts: &[&str]) -> Result<(), Error> {
        parts
            .iter()
            .try_for_each(|part| self.out.write_all(part.as_bytes()))
            .map_err(failure(&self.path))
    }

    fn finish(self) -> Result<File, Error> {
        let rows = Some(self.rows);
        let sink = self.out.finish().map_err(failure(&self.path))?;
        Ok(File {
            rows,
            ..sink.finish()?
        })
    }
}

/// The two JSON-LD files of a table.
pub(crate) struct JsonLd {
    graph: Text,
    lines: Text,
    context: String,
}

impl JsonLd {
    /// Begins `rdf/<table>.jsonld.gz` and `rdf/<table>.ndjsonld.gz`.
    pub(crate) fn create(
        folder: &mut dyn Folder,
        kind: Kind,
        context_iri: &str,
    ) -> Result<Self, Error> {
        let table = kind.table();
        let context = format!("{{\"@context\":{}", json!(context_iri));
        let mut graph = Text::create(folder, format!("rdf/{table}.jsonld.gz"))?;
        graph.write(&[&context, ",\"@graph\":["])?;
        let lines = Text::create(folder, format!("rdf/{table}.ndjsonld.gz"))?;
        Ok(Self {
            graph,
            lines,
            context,
        })
    }

    /// Adds a node.
    pub(crate) fn feed(&mut self, node: &Map<String, Value>) -> Result<(), Error> {
        let text = serde_json::to_string(node).expect("a map of texts and JSON values is JSON");
        let comma = if self.graph.rows == 0 { "\n" } else { ",\n" };
        self.graph.write(&[comma, &text])?;
        self.graph.rows += 1;
        let rest = text.strip_prefix('{').unwrap_or_default();
        self.lines.write(&[&self.context, ",", rest, "\n"])?;
        self.lines.rows += 1;
        Ok(())
    }

    /// Ends both files.
    pub(crate) fn finish(mut self) -> Result<[File; 2], Error> {
        self.graph.write(&["\n]}\n"])?;
        Ok([self.graph.finish()?, self.lines.finish()?])
    }
}
