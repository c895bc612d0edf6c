//! What the operator must mend in a source's `[normalise]` table, by its path in the file.
//!
//! Bad data is never an error here: it is an issue or a reject.

/// A fault of a `[normalise]` table, or of the schema it names.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The schema is not one of ours, or not in this major version.
    #[error("unknown schema `{schema}`")]
    Schema {
        /// Path in the source's file.
        path: String,
        /// What was asked for.
        schema: String,
        /// The schemas there are.
        expected: Vec<String>,
    },
    /// The schema cannot be compiled, or names a vocabulary that is not there.
    #[error("schema `{schema}` cannot be used: {message}")]
    Unusable {
        /// Path in the source's file.
        path: String,
        /// The schema.
        schema: String,
        /// Why.
        message: String,
    },
    /// The schema has no such column, or the ledger fills it.
    #[error("unknown column `{column}`")]
    Column {
        /// Path in the source's file.
        path: String,
        /// The column.
        column: String,
        /// The columns there are.
        expected: Vec<String>,
    },
    /// A lookup table is named that is not declared.
    #[error("unknown lookup `{lookup}`")]
    Lookup {
        /// Path in the source's file.
        path: String,
        /// The name.
        lookup: String,
        /// The tables there are.
        expected: Vec<String>,
    },
    /// A lookup, or a constant, gives a notation that the column's vocabulary does not have.
    #[error("`{notation}` is no notation of column `{column}`")]
    Notation {
        /// Path in the source's file.
        path: String,
        /// The notation.
        notation: String,
        /// The column that would hold it.
        column: String,
        /// The notations there are.
        expected: Vec<String>,
    },
    /// A table without a key.
    #[error("`key` names no field")]
    Key {
        /// Path in the source's file.
        path: String,
    },
    /// A regular expression does not parse.
    #[error("`{pattern}` is no regular expression")]
    Regex {
        /// Path in the source's file.
        path: String,
        /// The expression.
        pattern: String,
        /// Why.
        #[source]
        source: Box<regex::Error>,
    },
    /// Options that do not go together, or not with this column.
    #[error("column `{column}` {message}")]
    Mapping {
        /// Path in the source's file.
        path: String,
        /// The column.
        column: String,
        /// What is wrong.
        message: String,
    },
    /// A column that every row must have is not mapped: every record would be rejected.
    #[error("column `{column}` is required and not mapped")]
    Required {
        /// Path in the source's file.
        path: String,
        /// The column.
        column: String,
    },
    /// The source's time zone is not in the IANA database.
    #[error("unknown time zone `{zone}`")]
    Zone {
        /// Path in the source's file.
        path: String,
        /// The zone.
        zone: String,
    },
}

impl Error {
    /// Dotted path of what is wrong in the source's file: `normalise.map.start`.
    pub fn path(&self) -> &str {
        match self {
            Self::Schema { path, .. }
            | Self::Unusable { path, .. }
            | Self::Column { path, .. }
            | Self::Lookup { path, .. }
            | Self::Notation { path, .. }
            | Self::Key { path }
            | Self::Regex { path, .. }
            | Self::Mapping { path, .. }
            | Self::Required { path, .. }
            | Self::Zone { path, .. } => path,
        }
    }

    /// The words that could have stood there, for a hint; empty where there is no closed list.
    pub fn expected(&self) -> &[String] {
        match self {
            Self::Schema { expected, .. }
            | Self::Column { expected, .. }
            | Self::Lookup { expected, .. }
            | Self::Notation { expected, .. } => expected,
            _ => &[],
        }
    }
}
