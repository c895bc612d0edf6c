//! The `[resolve]` table of a dataset: what its operator may declare on top of the built-in rules.
//!
//! Weights, thresholds and gates are not here: they are the same for every dataset, so that a merge means the
//! same everywhere.

use serde::{Deserialize, Serialize};

/// The `[resolve]` table.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Spec {
    /// Slugs of sources in order of trust: the first gives the name. Sources that are not listed come after, by slug.
    pub prefer: Vec<String>,
    /// Hosts that many actors share, on top of the built-in list: their domain identifies nobody.
    pub shared_hosts: Vec<String>,
    /// Names that are common words here, on top of the built-in list: they merge only where a key agrees.
    pub common_names: Vec<String>,
    /// Words that make another body of a name (`Nord`), on top of the built-in list.
    pub qualifiers: Vec<String>,
}
