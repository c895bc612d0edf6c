//! What the operator must fix in an `[extract]` table. Bad data is never an error: it gives issues.

use crate::Format;

/// A definition that cannot be obeyed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A CSS selector that does not parse.
    #[error("`{key}`: selector `{selector}` does not parse: {reason}")]
    Selector {
        /// The key in the table: `records`, `fields.title` …
        key: String,
        /// The selector as stated.
        selector: String,
        /// What the parser said.
        reason: String,
    },
    /// A JSON pointer that does not parse.
    #[error("`{key}`: pointer `{pointer}` does not parse: {reason}")]
    Pointer {
        /// The key in the table.
        key: String,
        /// The pointer as stated.
        pointer: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A regular expression that does not parse.
    #[error("`{key}`: regular expression `{regex}` does not parse: {reason}")]
    Regex {
        /// The key in the table.
        key: String,
        /// The expression as stated.
        regex: String,
        /// What the parser said.
        reason: String,
    },
    /// A key that the format needs.
    #[error("`{key}` is required for the format `{format}`")]
    Missing {
        /// The key in the table.
        key: String,
        /// The format.
        format: Format,
    },
    /// A key, or a form of its value, that the format does not have.
    #[error("`{key}` has no meaning for the format `{format}`: {reason}")]
    Meaningless {
        /// The key in the table.
        key: String,
        /// The format.
        format: Format,
        /// What stands there instead.
        reason: String,
    },
    /// An unknown encoding label.
    #[error(
        "`csv.encoding`: unknown encoding `{label}`, expected a label such as `utf-8` or `windows-1252`"
    )]
    Encoding {
        /// The label as stated.
        label: String,
    },
    /// A delimiter that is not one ASCII character.
    #[error("`csv.delimiter`: expected one ASCII character, found `{delimiter}`")]
    Delimiter {
        /// The delimiter as stated.
        delimiter: String,
    },
}

impl Error {
    /// The key at fault, relative to the `[extract]` table, with dots: for a message with line and column.
    pub fn key(&self) -> &str {
        match self {
            Self::Selector { key, .. }
            | Self::Pointer { key, .. }
            | Self::Regex { key, .. }
            | Self::Missing { key, .. }
            | Self::Meaningless { key, .. } => key,
            Self::Encoding { .. } => "csv.encoding",
            Self::Delimiter { .. } => "csv.delimiter",
        }
    }
}
