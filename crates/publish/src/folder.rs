//! Where files go: a folder that opens them by relative name, and the writer that counts and digests on the way.

use std::io::{self, Write};

use moisson_model::Digest;
use sha2::Digest as _;

use crate::Error;

/// A folder that a release is written into: staging on disk, a map in tests.
///
/// Several files are open at once, since one pass over the rows feeds all of them: a handle owns what it needs.
pub trait Folder {
    /// Opens a new file by its name relative to the folder (`tables/actors.parquet`); parents are made on the way.
    fn create(&mut self, path: &str) -> io::Result<Box<dyn Write + Send>>;
}

/// A file of a release, as the manifest lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Name relative to the release.
    pub path: String,
    /// Size.
    pub bytes: u64,
    /// Digest of the content.
    pub sha256: Digest,
    /// Media type, without parameters.
    pub media_type: &'static str,
    /// Rows, where it holds a table.
    pub rows: Option<u64>,
    /// Schema and version (`actor/1.0.0`), where it holds entities.
    pub schema: Option<String>,
}

/// A file being written: counts and digests what passes.
pub(crate) struct Sink {
    path: String,
    out: Box<dyn Write + Send>,
    hasher: sha2::Sha256,
    bytes: u64,
}

impl Sink {
    /// Opens a file of the folder.
    pub(crate) fn create(folder: &mut dyn Folder, path: &str) -> Result<Self, Error> {
        let out = folder.create(path).map_err(failure(path))?;
        Ok(Self {
            path: path.to_owned(),
            out,
            hasher: sha2::Sha256::new(),
            bytes: 0,
        })
    }

    /// Writes a whole file at once.
    pub(crate) fn put(folder: &mut dyn Folder, path: &str, content: &str) -> Result<File, Error> {
        let mut sink = Self::create(folder, path)?;
        sink.write_all(content.as_bytes()).map_err(failure(path))?;
        sink.finish()
    }

    /// The name of the file.
    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    /// Flushes, and says what was written.
    pub(crate) fn finish(mut self) -> Result<File, Error> {
        self.out.flush().map_err(failure(&self.path))?;
        Ok(File {
            bytes: self.bytes,
            sha256: digest(self.hasher),
            media_type: media_type(&self.path),
            path: self.path,
            rows: None,
            schema: None,
        })
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.hasher.update(bytes.get(..written).unwrap_or(bytes));
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// The digest of what a hasher has seen.
pub(crate) fn digest(hasher: sha2::Sha256) -> Digest {
    let hex = hasher
        .finalize()
        .iter()
        .fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
    Digest::from_hex(&hex).expect("32 bytes are 64 hexadecimal digits")
}

/// Says which file an I/O error is about.
pub(crate) fn failure(path: &str) -> impl Fn(io::Error) -> Error {
    move |source| Error::Write {
        path: path.to_owned(),
        source,
    }
}

fn media_type(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or_default() {
        "parquet" => "application/vnd.apache.parquet",
        "gz" => "application/gzip",
        "zst" => "application/zstd",
        "json" => "application/json",
        "md" => "text/markdown",
        _ => "text/plain",
    }
}
