//! What is measured, in the order in which a record travels. Each module prepares its data, its peers and the check.

mod extract;
pub(crate) mod harvest;
mod normalise;
mod publish;
mod resolve;

use std::path::Path;

use anyhow::Result;

use crate::arguments::Arguments;
use crate::measure::Workload;

/// Prepares a workload; files that peers read go into the folder.
type Prepare = fn(&Arguments, &Path) -> Result<Workload>;

/// All workloads, each with its stage.
pub(crate) const ALL: [(&str, Prepare); 9] = [
    ("harvest", harvest::few),
    ("harvest", harvest::first),
    ("harvest", harvest::again),
    ("extract", extract::html),
    ("extract", extract::csv),
    ("normalise", normalise::actors),
    ("resolve", resolve::organisations),
    ("publish", publish::parquet),
    ("publish", publish::release),
];
