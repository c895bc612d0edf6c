//! What goes wrong with storage: always for the operator.

use std::io;
use std::path::{Path, PathBuf};

use moisson_model::Digest;

/// A failure of storage.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file or folder.
    #[error("cannot {action} `{}`", path.display())]
    File {
        /// What was tried: `read`, `write`, `move` …
        action: &'static str,
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The database.
    #[error("the database failed")]
    Database(#[from] rusqlite::Error),
    /// A file is over the cap that it is read with.
    #[error("`{}` has more than {cap} bytes", path.display())]
    TooLarge {
        /// Which.
        path: PathBuf,
        /// The cap, in bytes.
        cap: u64,
    },
    /// A file or a value does not hold what it should.
    #[error("`{}` cannot be understood: {message}", path.display())]
    Content {
        /// Which.
        path: PathBuf,
        /// What is wrong.
        message: String,
    },
    /// A page cannot be added to the archive.
    #[error(
        "cannot keep a page in `{}`: {why}; make room on its disk, or see who may write there, and run the source again: \
         it goes on from the last page kept",
        path.display()
    )]
    Keeping {
        /// The file.
        path: PathBuf,
        /// Why: of several pages, each is told.
        why: String,
    },
    /// A run gives a page to the archive after it said that it has no more.
    #[error("the writer of the archive has ended")]
    Ended,
    /// The archive does not have a body: it was purged, or never came.
    #[error("the archive has no body `{0}`: harvest its page again")]
    NoBody(Digest),
    /// Parquet between stages.
    #[error("a table cannot be read or written")]
    Table(#[from] moisson_publish::Error),
    /// A version exists already, with other content.
    #[error("release `{0}` exists with other content: a release is never edited")]
    Published(String),
    /// A release read again is not what was written.
    #[error("{0}")]
    Disagreement(String),
}

impl Error {
    pub(crate) fn file(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::File {
            action,
            path,
            source,
        }
    }

    pub(crate) fn content(path: impl Into<PathBuf>, message: impl std::fmt::Display) -> Self {
        Self::Content {
            path: path.into(),
            message: message.to_string(),
        }
    }
}
