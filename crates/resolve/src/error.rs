//! What the operator must fix: a dataset's `[resolve]` table or its judgements file.

/// Why the rules or the judgements cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A trusted source is no slug.
    #[error("`prefer`: `{slug}` is no slug of a source")]
    Slug {
        /// The text as written.
        slug: String,
    },
    /// A shared host is no host name.
    #[error("`shared_hosts`: `{host}` is no host name; write it without scheme, port or path")]
    Host {
        /// The text as written.
        host: String,
    },
    /// A common name or a qualifier holds no letter or digit.
    #[error("`{field}`: `{word}` holds no letter or digit")]
    Word {
        /// The field of the table.
        field: &'static str,
        /// The text as written.
        word: String,
    },
    /// The judgements file is no CSV of the five columns.
    #[error("judgements, line {line}: {message}")]
    Judgements {
        /// The line, from 1.
        line: u64,
        /// What is wrong there.
        message: String,
    },
}

impl Error {
    /// The line of the judgements file, where the fault is there.
    pub const fn line(&self) -> Option<u64> {
        match self {
            Self::Judgements { line, .. } => Some(*line),
            _ => None,
        }
    }
}
