//! Files, for those who may not open any: read through a cap, written whole or not at all.

use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use crate::Error;

/// Opens a file for reading.
pub fn open(path: &Path) -> Result<File, Error> {
    File::open(path).map_err(Error::file("read", path))
}

/// Reads a file of `cap` bytes at most.
pub fn read_bytes(path: &Path, cap: u64) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    let mut capped = open(path)?.take(cap.saturating_add(1));
    capped
        .read_to_end(&mut bytes)
        .map_err(Error::file("read", path))?;
    if bytes.len() as u64 > cap {
        return Err(Error::TooLarge {
            path: path.to_owned(),
            cap,
        });
    }
    Ok(bytes)
}

/// Reads a UTF-8 file of `cap` bytes at most.
pub fn read_text(path: &Path, cap: u64) -> Result<String, Error> {
    String::from_utf8(read_bytes(path, cap)?).map_err(|error| Error::content(path, error))
}

/// The files under a folder with one of some extensions, sorted; none where there is no such folder.
pub fn walk(folder: &Path, extensions: &[&str]) -> Result<Vec<PathBuf>, Error> {
    let mut found = Vec::new();
    if folder.is_dir() {
        collect(folder, extensions, &mut found)?;
    }
    found.sort();
    Ok(found)
}

fn collect(folder: &Path, extensions: &[&str], found: &mut Vec<PathBuf>) -> Result<(), Error> {
    for entry in std::fs::read_dir(folder).map_err(Error::file("list", folder))? {
        let path = entry.map_err(Error::file("list", folder))?.path();
        let extension = path.extension().and_then(|extension| extension.to_str());
        if path.is_dir() {
            collect(&path, extensions, found)?;
        } else if extension.is_some_and(|extension| extensions.contains(&extension)) {
            found.push(path);
        }
    }
    Ok(())
}

/// Writes a file whole: beside its place, flushed, then renamed over it.
pub fn write_atomic(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    create_folder(folder)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let aside = folder.join(format!(".{name}.{}.new", std::process::id()));
    let mut file = File::create(&aside).map_err(Error::file("write", &aside))?;
    let written = file.write_all(bytes).and_then(|()| file.sync_all());
    written.map_err(Error::file("write", &aside))?;
    std::fs::rename(&aside, path).map_err(Error::file("write", path))?;
    sync_folder(folder)
}

/// Makes a folder and those above it.
pub fn create_folder(path: &Path) -> Result<(), Error> {
    std::fs::create_dir_all(path).map_err(Error::file("make the folder", path))
}

/// Makes a rename within a folder survive a power cut.
pub(crate) fn sync_folder(path: &Path) -> Result<(), Error> {
    open(path)?.sync_all().map_err(Error::file("flush", path))
}

#[cfg(test)]
mod tests {
    use super::{Error, read_bytes, walk, write_atomic};

    #[test]
    fn a_file_is_written_whole_and_nothing_is_left_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/b.txt");
        write_atomic(&path, b"one").unwrap();
        write_atomic(&path, b"two").unwrap();
        assert_eq!(read_bytes(&path, 3).unwrap(), b"two");
        assert_eq!(walk(folder.path(), &["txt", "new"]).unwrap(), [path]);
    }

    #[test]
    fn a_file_over_its_cap_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("b.txt");
        write_atomic(&path, b"four").unwrap();
        assert!(matches!(
            read_bytes(&path, 3),
            Err(Error::TooLarge { cap: 3, .. })
        ));
    }
}
