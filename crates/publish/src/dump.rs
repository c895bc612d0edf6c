//! The dump: the N-Quads of all tables, sorted by code point, each line once.
//!
//! Entities come sorted by IRI, and every line of an entity begins with its IRI. A line is therefore final as soon as
//! it is less than `<` and the IRI that comes next, and only the lines around the current entity are held.

use std::collections::BTreeSet;
use std::io::Write;

use moisson_model::Digest;
use serde_json::{Map, Value};
use sha2::Digest as _;
use zstd::stream::write::Encoder;

use crate::context::Terms;
use crate::folder::{Sink, digest, failure};
use crate::nquads::quads;
use crate::{Error, File, Folder};

const PATH: &str = "rdf/dump.nq.zst";
const SUM_PATH: &str = "rdf/dump.nq.sha256";

/// Level of zstd; unit tests write small files, quickly.
const ZSTD_LEVEL: i32 = if cfg!(test) { 1 } else { 9 };

/// The dump being written.
pub(crate) struct Dump {
    out: Encoder<'static, Sink>,
    hasher: sha2::Sha256,
    quads: u64,
    held: BTreeSet<String>,
    lines: Vec<String>,
}

/// What was dumped.
pub(crate) struct Dumped {
    /// The dump and its sum.
    pub(crate) files: [File; 2],
    /// Lines.
    pub(crate) quads: u64,
    /// Digest of the lines: the RDFC-1.0 hash of the graph.
    pub(crate) sha256: Digest,
}

impl Dump {
    /// Begins `rdf/dump.nq.zst`.
    pub(crate) fn create(folder: &mut dyn Folder) -> Result<Self, Error> {
        let out = Encoder::new(Sink::create(folder, PATH)?, ZSTD_LEVEL).map_err(failure(PATH))?;
        Ok(Self {
            out,
            hasher: sha2::Sha256::new(),
            quads: 0,
            held: BTreeSet::new(),
            lines: Vec::new(),
        })
    }

    /// Adds the lines of a node; nodes come sorted by IRI.
    pub(crate) fn feed(
        &mut self,
        terms: &Terms,
        id: &str,
        node: &Map<String, Value>,
    ) -> Result<(), Error> {
        let bound = format!("<{id}");
        while self.held.first().is_some_and(|line| *line < bound) {
            self.write_first()?;
        }
        quads(terms, node, &mut self.lines)?;
        self.held.extend(self.lines.drain(..));
        Ok(())
    }

    /// Ends the dump, and writes its sum beside it.
    pub(crate) fn finish(mut self, folder: &mut dyn Folder) -> Result<Dumped, Error> {
        while !self.held.is_empty() {
            self.write_first()?;
        }
        let dump = self.out.finish().map_err(failure(PATH))?.finish()?;
        let sha256 = digest(self.hasher);
        let sum = Sink::put(folder, SUM_PATH, &format!("{sha256}  dump.nq\n"))?;
        Ok(Dumped {
            files: [dump, sum],
            quads: self.quads,
            sha256,
        })
    }

    fn write_first(&mut self) -> Result<(), Error> {
        if let Some(line) = self.held.pop_first() {
            self.out.write_all(line.as_bytes()).map_err(failure(PATH))?;
            self.hasher.update(line.as_bytes());
            self.quads += 1;
        }
        Ok(())
    }
}
