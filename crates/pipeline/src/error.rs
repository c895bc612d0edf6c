//! What an operator must act on: everything else is an issue of a source.

/// A failure of the pipeline itself.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The lake failed.
    #[error(transparent)]
    Lake(#[from] moisson_lake::Error),
    /// Writing a release failed.
    #[error("cannot publish `{dataset}`")]
    Publish {
        /// The dataset.
        dataset: String,
        /// Why.
        #[source]
        source: moisson_publish::Error,
    },
    /// No source has this slug.
    #[error("no source is called `{0}`")]
    UnknownSource(String),
    /// No dataset has this slug.
    #[error("no dataset is called `{0}`")]
    UnknownDataset(String),
    /// Another process runs it now.
    #[error("`{0}` is being run by another process: try again later")]
    Busy(String),
    /// A replay of a source that was never harvested.
    #[error("nothing of `{0}` is in the archive")]
    NothingArchived(String),
    /// No source of a dataset has ever succeeded.
    #[error("no source of `{0}` has given anything yet: nothing can be published")]
    NothingToPublish(String),
    /// A release does not hold what it says it holds.
    #[error("the release of `{dataset}` does not agree with itself: {message}")]
    Disagreement {
        /// The dataset.
        dataset: String,
        /// What differs.
        message: String,
    },
    /// A line of input cannot be read.
    #[error("line {line} of the input cannot be read")]
    Input {
        /// The line, from 1.
        line: usize,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A worker panicked: a fault of ours.
    #[error("a worker panicked: {0}")]
    Panicked(String),
}
