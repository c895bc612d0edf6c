//! Bad data is data: what a stage found wrong, with a stable code, where, and in which record.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Kind, RecordKey, SourceId};

/// A stage, by the one word it has everywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// Requests.
    Harvest,
    /// Bytes to records.
    Extract,
    /// Records to entities.
    Normalise,
    /// Entities to clusters.
    Resolve,
    /// Clusters to files.
    Publish,
}

impl Stage {
    /// The word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Harvest => "harvest",
            Self::Extract => "extract",
            Self::Normalise => "normalise",
            Self::Resolve => "resolve",
            Self::Publish => "publish",
        }
    }
}

/// How bad it is: an error lost something (a record, a value), a warning did not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Nothing was lost.
    Warning,
    /// A value, a record or a page was lost.
    Error,
}

/// Something found wrong in the data of a source.
///
/// Messages never hold a raw value that could be personal data.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Issue {
    /// Stable kebab-case code: `unmapped-field`, `invalid-json` …
    pub code: String,
    /// Error or warning.
    pub level: Level,
    /// The stage that found it.
    pub stage: Stage,
    /// The source, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<SourceId>,
    /// The record: its key, or its position where it has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record: Option<String>,
    /// Where: an address, a pointer, a line and column.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    /// What, for a reader: lower case, no full stop.
    pub message: String,
}

impl Issue {
    /// An error without a place yet.
    pub fn error(stage: Stage, code: &str, message: impl Into<String>) -> Self {
        Self::new(Level::Error, stage, code, message.into())
    }

    /// A warning without a place yet.
    pub fn warning(stage: Stage, code: &str, message: impl Into<String>) -> Self {
        Self::new(Level::Warning, stage, code, message.into())
    }

    fn new(level: Level, stage: Stage, code: &str, message: String) -> Self {
        let code = code.to_owned();
        Self {
            code,
            level,
            stage,
            source: None,
            record: None,
            location: None,
            message,
        }
    }

    /// The same issue, at a place.
    #[must_use]
    pub fn at(mut self, location: impl Into<String>) -> Self {
        self.location = Some(location.into());
        self
    }

    /// The same issue, in a record.
    #[must_use]
    pub fn in_record(mut self, record: impl Into<String>) -> Self {
        self.record = Some(record.into());
        self
    }

    /// The same issue, in a source.
    #[must_use]
    pub fn in_source(mut self, source: &SourceId) -> Self {
        self.source = Some(source.clone());
        self
    }
}

/// A record that gave no entity: the reason, and the raw record, so that it can be replayed after a fix.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reject {
    /// The source.
    pub source: SourceId,
    /// The schema it failed.
    pub kind: Kind,
    /// Its key, where it had one.
    pub key: Option<RecordKey>,
    /// JSON pointer to the column at fault; empty for the whole record.
    pub pointer: String,
    /// Stable code of the reason.
    pub code: String,
    /// The reason, for a reader.
    pub message: String,
    /// The raw record: kept in the lake, never published.
    pub raw: Value,
}
