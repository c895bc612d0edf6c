//! What keeps a server from serving at all; what a consumer does wrong is an HTTP status.

/// A failure of the server itself.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address cannot be bound.
    #[error("cannot listen on `{address}`")]
    Bind {
        /// The address.
        address: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The server broke while running.
    #[error("the server stopped")]
    Io(#[from] std::io::Error),
    /// A recorded site cannot be read.
    #[error("site `{site}`: {message}")]
    Site {
        /// Its folder.
        site: String,
        /// What is wrong.
        message: String,
    },
}
