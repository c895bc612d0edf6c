//! What an operator must mend before anything runs. What a site does wrong is a cause and an issue instead.

/// A fault of a definition or of the settings.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// `url` is an empty list.
    #[error("`url` names no address")]
    NoUrl,
    /// An address that can never be requested.
    #[error("cannot harvest `{url}`: {reason}")]
    Url {
        /// The address as stated.
        url: String,
        /// Why not.
        reason: String,
    },
    /// A request header that cannot be sent, or that is not for a definition to set.
    #[error("header `{name}` cannot be set: {reason}")]
    Header {
        /// Its name.
        name: String,
        /// Why not.
        reason: String,
    },
    /// A secret that goes nowhere or comes from nowhere.
    #[error("a secret {0}")]
    Secret(String),
    /// Keys that mean nothing together.
    #[error("{0}")]
    Meaningless(String),
    /// Paging of no known form, or of two.
    #[error("`paging` {0}")]
    Paging(String),
    /// A user agent that does not say who asks.
    #[error(
        "user agent `{0}` needs a product token and a contact, as in `Moisson/0.1 (+https://…)`"
    )]
    UserAgent(String),
    /// Certificates that cannot be read.
    #[error("the certificates of additional authorities cannot be read: {0}")]
    Authorities(String),
    /// The HTTP client cannot be made.
    #[error("cannot set up the HTTP client")]
    Client(#[source] reqwest::Error),
}

impl Error {
    /// The table at fault, for a message with line and column.
    pub const fn path(&self) -> &'static str {
        match self {
            Self::Paging(_) => "harvest.paging",
            _ => "harvest",
        }
    }
}
