//! A folder that a release is written into: names are relative, and lead nowhere else.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::{Error, files};

/// A folder being filled.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
}

impl Folder {
    /// A folder that is empty, made where it is not there; one that holds something is refused.
    pub fn empty(path: &Path) -> Result<Self, Error> {
        files::create_folder(path)?;
        let mut entries = std::fs::read_dir(path).map_err(Error::file("list", path))?;
        if entries.next().is_some() {
            return Err(Error::content(
                path,
                "the folder is not empty: a release is written into an empty one",
            ));
        }
        Ok(Self {
            path: path.to_owned(),
        })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Flushes every file and folder to the disk.
    pub(crate) fn sync(&self) -> Result<(), Error> {
        sync(&self.path)
    }
}

impl moisson_publish::Folder for Folder {
    fn create(&mut self, name: &str) -> io::Result<Box<dyn Write + Send>> {
        let plain =
            |part: &str| !part.is_empty() && part != "." && part != ".." && !part.contains('\\');
        if !name.split('/').all(plain) {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                format!("`{name}` is no name within a release"),
            ));
        }
        let path = self.path.join(name);
        std::fs::create_dir_all(path.parent().unwrap_or(&self.path))?;
        Ok(Box::new(BufWriter::new(File::create(path)?)))
    }
}

fn sync(path: &Path) -> Result<(), Error> {
    for entry in std::fs::read_dir(path).map_err(Error::file("list", path))? {
        let inner = entry.map_err(Error::file("list", path))?.path();
        if inner.is_dir() {
            sync(&inner)?;
        } else {
            files::sync_folder(&inner)?;
        }
    }
    files::sync_folder(path)
}
