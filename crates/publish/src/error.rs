//! What the operator must fix before there can be a release.

use moisson_model::Kind;

/// Why a release could not be made.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file of the release could not be written.
    #[error("cannot write `{path}`")]
    Write {
        /// The file, relative to the release.
        path: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A Parquet file could not be written or read.
    #[error("cannot handle `{path}` as Parquet")]
    Parquet {
        /// The file, or what it is.
        path: String,
        /// Why.
        #[source]
        source: parquet::errors::ParquetError,
    },
    /// A column of a Parquet file has a type that no schema can declare.
    #[error("column `{column}` has the type `{found}`, which no schema declares")]
    ColumnType {
        /// The column.
        column: String,
        /// Its Arrow type.
        found: String,
    },
    /// A value is not of its column's type.
    #[error("`{row}` has no {expected} in column `{column}`")]
    Value {
        /// The row, by its identifier where it has one.
        row: String,
        /// The column.
        column: String,
        /// What the column holds.
        expected: &'static str,
    },
    /// Rows did not come sorted, or one came twice.
    #[error("`{after}` came after `{before}`: rows must be sorted by identifier, each once")]
    Order {
        /// The row before.
        before: String,
        /// The row that came too late.
        after: String,
    },
    /// There is no schema for a kind of entity.
    #[error("there is no schema for `{0}`")]
    NoSchema(Kind),
    /// A JSON-LD term is used and not defined, or defined twice in two ways, or in a way that is not supported.
    #[error("the JSON-LD term `{term}` {fault}")]
    Term {
        /// The term.
        term: String,
        /// What is wrong with it.
        fault: String,
    },
    /// A text of the release could not be made from its template.
    #[error("cannot make `{path}` from its template")]
    Template {
        /// The file.
        path: String,
        /// Why.
        #[source]
        source: minijinja::Error,
    },
}
