//! What is measured, in the order in which a record travels. Each module prepares its data, its peers and the check.

mod extract;
mod normalise;
mod publish;
mod resolve;

use std::path::Path;

use anyhow::Result;

use crate::arguments::Scale;
use crate::measure::Workload;

/// Prepares a workload; files that peers read go into the folder.
type Prepare = fn(Scale, &Path) -> Result<Workload>;

/// All workloads.
pub(crate) const ALL: [Prepare; 6] = [
    extract::html,
    extract::csv,
    normalise::actors,
    resolve::organisations,
    publish::parquet,
    publish::release,
];
