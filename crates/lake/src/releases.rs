//! Releases: staged, read again, promoted by one rename, never edited.
//!
//! The order is what makes a kill harmless: folder into place, then the database, then the index and `latest`, each
//! of which is rewritten from the database. A folder that the database does not know was never announced; it is left
//! where it is, since nothing published is ever deleted here, and is adopted when the same version is made again.
//! Pointers that lag behind are brought up when the newest release is next asked for.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use moisson_model::{Digest, EntityId, Version};
use serde_json::{Value, json};

use crate::staging::Folder;
use crate::{Error, files};

/// A release, as recorded.
#[derive(Debug, Clone, PartialEq)]
pub struct ReleaseRecord {
    /// Its version.
    pub version: Version,
    /// The version before.
    pub previous: Option<Version>,
    /// Digest of its content, by which a repetition is known.
    pub digest: Digest,
    /// Versions of the schemas.
    pub schema: Value,
    /// Digest and `modified` of each entity; empty where a record is only listed.
    pub rows: BTreeMap<EntityId, (Digest, Timestamp)>,
}

/// The published tree, for writing.
#[derive(Debug, Clone)]
pub(crate) struct Tree {
    root: PathBuf,
}

impl Tree {
    pub(crate) fn new(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
        }
    }

    /// An empty folder to write a version into, under the dataset's lease; what a killed attempt left is removed.
    pub(crate) fn stage(&self, dataset: &str, version: &Version) -> Result<Folder, Error> {
        files::create_folder(&self.root.join("releases"))?;
        let own = format!(".staging-{dataset}-");
        for entry in std::fs::read_dir(&self.root)
            .map_err(Error::file("list", &self.root))?
            .flatten()
        {
            if entry.file_name().to_string_lossy().starts_with(&own) {
                remove(&entry.path())?;
            }
        }
        Folder::empty(&self.root.join(format!("{own}{version}")))
    }

    /// Moves a staged folder into place; a version that is there already must hold the same.
    pub(crate) fn place(&self, staging: &Folder, version: &Version) -> Result<(), Error> {
        staging.sync()?;
        let target = self.root.join("releases").join(version.as_str());
        if target.exists() {
            let sums =
                |folder: &Path| files::read_bytes(&folder.join("SHA256SUMS"), u64::from(u32::MAX));
            if sums(&target)? == sums(staging.path())? {
                return remove(staging.path());
            }
            return Err(Error::Published(version.to_string()));
        }
        std::fs::rename(staging.path(), &target).map_err(Error::file("move", staging.path()))?;
        files::sync_folder(&self.root.join("releases"))
    }

    /// Writes the index and the link `latest` anew, from what is recorded.
    pub(crate) fn point(&self, records: &[ReleaseRecord]) -> Result<(), Error> {
        let Some(latest) = records.last() else {
            return Ok(());
        };
        let index = json!({
            "latest": latest.version,
            "releases": records.iter().map(listed).collect::<Vec<_>>(),
        });
        let text = serde_json::to_string_pretty(&index).expect("it is made of JSON values") + "\n";
        let path = self.root.join("releases/index.json");
        if files::read_bytes(&path, u64::from(u32::MAX))
            .ok()
            .as_deref()
            != Some(text.as_bytes())
        {
            files::write_atomic(&path, text.as_bytes())?;
        }
        self.link(&format!("releases/{}", latest.version))
    }

    /// `latest` is replaced by one rename: there is no instant without it.
    fn link(&self, target: &str) -> Result<(), Error> {
        let latest = self.root.join("latest");
        if std::fs::read_link(&latest).is_ok_and(|found| found == Path::new(target)) {
            return Ok(());
        }
        let aside = self
            .root
            .join(format!(".latest.{}.new", std::process::id()));
        if aside.symlink_metadata().is_ok() {
            std::fs::remove_file(&aside).map_err(Error::file("remove", &aside))?;
        }
        std::os::unix::fs::symlink(target, &aside).map_err(Error::file("write", &aside))?;
        std::fs::rename(&aside, &latest).map_err(Error::file("write", &latest))?;
        files::sync_folder(&self.root)
    }

    /// Writes a file of the site, beside the releases, unless it holds the same already.
    pub(crate) fn put(&self, name: &str, bytes: &[u8]) -> Result<(), Error> {
        let path = self.root.join(name);
        if files::read_bytes(&path, u64::from(u32::MAX))
            .ok()
            .as_deref()
            == Some(bytes)
        {
            return Ok(());
        }
        files::write_atomic(&path, bytes)
    }
}

/// A release, in the index (publication §3).
fn listed(record: &ReleaseRecord) -> Value {
    json!({
        "version": record.version,
        "previous": record.previous,
        "published_at": record.version.instant().to_string(),
        "schema": record.schema,
        "manifest": format!("{}/manifest.json", record.version),
        "delta": null,
    })
}

fn remove(path: &Path) -> Result<(), Error> {
    std::fs::remove_dir_all(path).map_err(Error::file("remove", path))
}
