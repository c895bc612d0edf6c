//! The published tree, for reading: a path as a consumer asks for it becomes an open file, or nothing.
//!
//! `latest` is followed once, when the file is opened, so that one answer never mixes two releases. No path leads out
//! of the tree: segments are checked before the disk is touched, and where links lead is checked after.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use moisson_model::{Digest, Version};

/// Files that no manifest lists are digested whole when they are no larger than this.
const SMALL: u64 = 4 << 20;

/// Why a path gives no file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// No such path can exist: `..`, a backslash, a control character.
    Malformed,
    /// There is no file here.
    Absent,
}

/// An open file of the tree.
#[derive(Debug)]
pub struct Entry {
    /// The file, at its beginning.
    pub file: File,
    /// Its size in bytes.
    pub bytes: u64,
    /// Its path in the tree, `latest` replaced by the release it leads to.
    pub path: String,
    /// SHA-256 of its content: from the manifest, or computed where the file is small.
    pub sha256: Option<Digest>,
    /// When it last changed on disk.
    pub modified: Option<SystemTime>,
    /// Whether its content at this path will never change.
    pub immutable: bool,
}

/// Digests of the files of a release, by their path in it.
type Digests = Arc<BTreeMap<String, Digest>>;

/// A published tree.
#[derive(Debug)]
pub struct Tree {
    root: PathBuf,
    digests: Mutex<BTreeMap<String, Digests>>,
}

impl Tree {
    /// The tree under a folder, which need not hold anything yet.
    pub fn new(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
            digests: Mutex::default(),
        }
    }

    /// The version that `latest` leads to.
    pub fn latest(&self) -> Option<Version> {
        let target = std::fs::read_link(self.root.join("latest")).ok()?;
        Version::parse(target.file_name()?.to_str()?)
    }

    /// Opens the file at a decoded path, without leading slash.
    pub fn find(&self, path: &str) -> Result<Entry, Missing> {
        let mut segments = segments(path)?;
        if segments.first() == Some(&"latest") {
            let version = self.latest().ok_or(Missing::Absent)?;
            let rest = segments.split_off(1).join("/");
            return self.open(&format!("releases/{version}/{rest}"));
        }
        self.open(&segments.join("/"))
    }

    fn open(&self, path: &str) -> Result<Entry, Missing> {
        let absent = |_: io::Error| Missing::Absent;
        let root = self.root.canonicalize().map_err(absent)?;
        let whole = root.join(path).canonicalize().map_err(absent)?;
        if !whole.starts_with(&root) {
            return Err(Missing::Absent);
        }
        // Looked at before it is opened: opening a pipe would wait for its writer.
        if !std::fs::metadata(&whole).map_err(absent)?.is_file() {
            return Err(Missing::Absent);
        }
        let file = File::open(&whole).map_err(absent)?;
        let about = file.metadata().map_err(absent)?;
        let release = path
            .strip_prefix("releases/")
            .and_then(|rest| rest.split_once('/'));
        let listed = release.and_then(|(version, inner)| self.listed(version)?.get(inner).copied());
        Ok(Entry {
            sha256: listed.or_else(|| small_digest(&whole, about.len())),
            file,
            bytes: about.len(),
            modified: about.modified().ok(),
            immutable: release.is_some() || is_versioned_context(path),
            path: path.to_owned(),
        })
    }

    /// The digests of a release, from its manifest; a release never changes, so they are read once.
    fn listed(&self, version: &str) -> Option<Digests> {
        let mut known = self.digests.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(digests) = known.get(version) {
            return Some(Arc::clone(digests));
        }
        Version::parse(version)?;
        let text = std::fs::read_to_string(
            self.root
                .join("releases")
                .join(version)
                .join("manifest.json"),
        )
        .ok()?;
        let manifest: serde_json::Value = serde_json::from_str(&text).ok()?;
        let files = manifest.get("files")?.as_array()?;
        let digest = |file: &serde_json::Value| {
            let path = file.get("path")?.as_str()?.to_owned();
            Some((path, Digest::from_hex(file.get("sha256")?.as_str()?)?))
        };
        let digests: Digests = Arc::new(files.iter().filter_map(digest).collect());
        known.insert(version.to_owned(), Arc::clone(&digests));
        Some(digests)
    }
}

/// The segments of a path, each of which can name a file of the tree.
fn segments(path: &str) -> Result<Vec<&str>, Missing> {
    let segments: Vec<&str> = path.split('/').collect();
    let fits = |segment: &&str| {
        !segment.is_empty()
            && !segment.starts_with('.')
            && !segment.contains('\\')
            && !segment.chars().any(char::is_control)
            || *segment == ".well-known"
    };
    let whole = segments.iter().all(fits);
    whole.then_some(segments).ok_or(Missing::Malformed)
}

fn small_digest(path: &Path, bytes: u64) -> Option<Digest> {
    if bytes > SMALL {
        return None;
    }
    let mut content = Vec::new();
    File::open(path)
        .ok()?
        .take(SMALL)
        .read_to_end(&mut content)
        .ok()?;
    Some(Digest::of(&content))
}

/// `context/1.0.0.jsonld` never changes; `context/v1.jsonld` is the newest of its major.
fn is_versioned_context(path: &str) -> bool {
    path.strip_prefix("context/")
        .is_some_and(|name| name.starts_with(|first: char| first.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::{Missing, Tree, segments};

    #[test]
    fn no_spelling_of_a_way_out_is_a_path() {
        for path in [
            "../x",
            "a/../../x",
            "a//b",
            "a\\b",
            "a/\0",
            ".staging-x/y",
            "",
            "a/.",
        ] {
            assert_eq!(segments(path), Err(Missing::Malformed), "{path:?}");
        }
        assert!(segments("tables/actors.parquet").is_ok());
    }

    #[test]
    fn a_link_out_of_the_tree_leads_nowhere() {
        let folder = tempfile::tempdir().unwrap();
        let outside = folder.path().join("secret");
        std::fs::write(&outside, "x").unwrap();
        let root = folder.path().join("publish");
        std::fs::create_dir(&root).unwrap();
        std::os::unix::fs::symlink(&outside, root.join("leak")).unwrap();
        assert_eq!(Tree::new(&root).find("leak").unwrap_err(), Missing::Absent);
    }

    #[test]
    fn latest_is_the_release_it_leads_to() {
        let folder = tempfile::tempdir().unwrap();
        let release = folder.path().join("releases/2026-11-22T04-00-00Z");
        std::fs::create_dir_all(&release).unwrap();
        std::fs::write(release.join("README.md"), "hello").unwrap();
        std::os::unix::fs::symlink(
            "releases/2026-11-22T04-00-00Z",
            folder.path().join("latest"),
        )
        .unwrap();
        let entry = Tree::new(folder.path()).find("latest/README.md").unwrap();
        assert_eq!(entry.path, "releases/2026-11-22T04-00-00Z/README.md");
        assert!(entry.immutable && entry.sha256.is_some());
    }
}
