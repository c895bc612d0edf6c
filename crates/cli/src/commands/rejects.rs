//! `moisson rejects`: the records that gave no entity, and why.

use clap::Args;
use serde_json::json;

use crate::args::Global;
use crate::engine;
use crate::output::{self, Done};

/// Arguments of `rejects`.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  moisson rejects ville-agenda")]
pub(crate) struct Arguments {
    /// Slugs of sources; all where none is named.
    sources: Vec<String>,
}

/// Runs it.
pub(crate) fn run(arguments: &Arguments, global: &Global) -> anyhow::Result<Done> {
    let lake = engine::lake(global)?;
    let asked = arguments
        .sources
        .iter()
        .map(|slug| super::slug(slug))
        .collect::<Result<Vec<_>, _>>()?;
    let ids = if asked.is_empty() {
        lake.sources()?
    } else {
        asked
    };
    for id in ids {
        for reject in lake.rejects(&id)? {
            let key = reject.key.as_ref().map_or("-", |key| key.as_str());
            if global.json {
                output::ndjson(&json!(reject));
            } else {
                let (code, kind, message, pointer) =
                    (&reject.code, reject.kind, &reject.message, &reject.pointer);
                output::line(format!("{id}  {kind} {key}  {code} {pointer}: {message}"));
            }
        }
    }
    Ok(Done::Well)
}
