//! The archive: WARC files, one for each run of a source, appended to and flushed response by response.
//!
//! The index of what stands where is in the database; a file's tail that the index does not know was cut off by a
//! kill, and is removed when the source next runs.

use std::fs::OpenOptions;
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use moisson_model::{Exchange, SourceId};

use crate::history::RunId;
use crate::warc::{Held, WarcRecord, body};
use crate::{Error, files};

/// Where a record stands: a file relative to the archive, and the bytes of its gzip member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Location {
    pub(crate) file: String,
    pub(crate) offset: u64,
    pub(crate) length: u64,
}

/// The folder of all WARC files.
#[derive(Debug, Clone)]
pub(crate) struct Archive {
    root: PathBuf,
}

impl Archive {
    pub(crate) fn new(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
        }
    }

    /// The file of a run.
    pub(crate) fn file(source: &SourceId, run: RunId, started: Timestamp) -> String {
        format!(
            "{source}/{}-{:06}.warc.gz",
            started.strftime("%Y%m%dT%H%M%SZ"),
            run.0
        )
    }

    /// Appends request and response, flushed to the disk; returns where the response stands. An attempt that fails
    /// leaves the file as it was.
    pub(crate) fn append(
        &self,
        file: &str,
        exchange: &Exchange,
        held: Option<&Held>,
    ) -> Result<Location, Error> {
        let path = self.root.join(file);
        let fail = || Error::file("write", &path);
        files::create_folder(path.parent().unwrap_or(&self.root))?;
        let mut out = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&path)
            .map_err(fail())?;
        let size = out.metadata().map_err(fail())?.len();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let written = members(&name, size == 0, exchange, held).and_then(|(bytes, response)| {
            out.write_all(&bytes)?;
            out.sync_data()?;
            Ok(response)
        });
        match written {
            Ok((offset, length)) => Ok(Location {
                file: file.to_owned(),
                offset: size + offset,
                length,
            }),
            Err(error) => {
                out.set_len(size).map_err(fail())?;
                Err(fail()(error))
            }
        }
    }

    /// The size of a file as the index must know it.
    pub(crate) fn size(&self, file: &str) -> u64 {
        std::fs::metadata(self.root.join(file)).map_or(0, |about| about.len())
    }

    /// The body of the response at a place.
    pub(crate) fn body(&self, location: &Location) -> Result<Vec<u8>, Error> {
        use std::io::Read;

        let path = self.root.join(&location.file);
        let mut file = files::open(&path)?;
        let fail = |error| Error::file("read", &path)(error);
        file.seek(SeekFrom::Start(location.offset)).map_err(fail)?;
        let fail = |error| Error::file("read", &path)(error);
        body(file.take(location.length)).map_err(fail)
    }

    /// Cuts what the index does not know off the files of a source, under its lease; `known` gives the size that a
    /// file must have.
    pub(crate) fn repair(
        &self,
        source: &SourceId,
        known: &dyn Fn(&str) -> Result<Option<u64>, Error>,
    ) -> Result<(), Error> {
        for path in files::walk(&self.root.join(source.as_str()), &["gz"])? {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let file = format!("{source}/{name}");
            match known(&file)? {
                None => std::fs::remove_file(&path).map_err(Error::file("remove", &path))?,
                Some(size) if self.size(&file) > size => truncate(&path, size)?,
                Some(_) => {}
            }
        }
        Ok(())
    }
}

/// The gzip members of an exchange, and where within them the response stands: offset and length.
fn members(
    file: &str,
    first: bool,
    exchange: &Exchange,
    held: Option<&Held>,
) -> std::io::Result<(Vec<u8>, (u64, u64))> {
    let capture = &exchange.capture;
    let mut bytes = if first {
        WarcRecord::info(capture.fetched_at, file).member()?
    } else {
        Vec::new()
    };
    let offset = bytes.len() as u64;
    let response = WarcRecord::response(capture, held);
    let member = response.member()?;
    let place = (offset, member.len() as u64);
    bytes.extend(member);
    if !capture.url.starts_with("file:") {
        let request = WarcRecord::request(&exchange.request, capture.fetched_at, &response.id());
        bytes.extend(request.member()?);
    }
    Ok((bytes, place))
}

fn truncate(path: &Path, size: u64) -> Result<(), Error> {
    let file = OpenOptions::new()
        .write(true)
        .open(path)
        .map_err(Error::file("repair", path))?;
    file.set_len(size)
        .and_then(|()| file.sync_all())
        .map_err(Error::file("repair", path))
}
