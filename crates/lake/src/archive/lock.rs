//! Who writes the archive and who rewrites it, of any process, take turns.
//!
//! Two locks of the system, which end with the process that holds them. Writers share the door; who rewrites has it
//! alone. Both pass a turnstile on their way to it, and who rewrites stays in there: so writers that come again and
//! again cannot keep it waiting.

use std::fs::{File, OpenOptions};

use super::Archive;
use crate::{Error, files};

const TURNSTILE: &str = ".turnstile";
const DOOR: &str = ".door";

/// The right to write, until it is dropped.
pub(super) struct Writing {
    _door: File,
}

/// The right to rewrite, until it is dropped.
pub(super) struct Rewriting {
    _turnstile: File,
    _door: File,
}

impl Archive {
    /// Waits until nobody rewrites.
    pub(super) fn writing(&self) -> Result<Writing, Error> {
        let _turnstile = self.locked(TURNSTILE, File::lock_shared)?;
        let door = self.locked(DOOR, File::lock_shared)?;
        Ok(Writing { _door: door })
    }

    /// Waits until nobody writes, or rewrites.
    pub(super) fn rewriting(&self) -> Result<Rewriting, Error> {
        let turnstile = self.locked(TURNSTILE, File::lock)?;
        let door = self.locked(DOOR, File::lock)?;
        Ok(Rewriting {
            _turnstile: turnstile,
            _door: door,
        })
    }

    fn locked(&self, name: &str, lock: fn(&File) -> std::io::Result<()>) -> Result<File, Error> {
        files::create_folder(&self.root)?;
        let path = self.path(name);
        let file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&path)
            .map_err(Error::file("open", &path))?;
        lock(&file).map_err(Error::file("lock", &path))?;
        Ok(file)
    }
}
