//! `moisson resolve`: which entities are the same, from files to files, or for a dataset of the lake.

use std::path::PathBuf;

use anyhow::Context;
use clap::Args;
use moisson_pipeline::files;
use serde_json::json;

use crate::args::{At, Global};
use crate::output::{self, Done, usage};
use crate::{engine, progress, project};

/// Arguments of `resolve`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  moisson resolve demo                               what would be merged, and why\n  \
    moisson resolve --dataset demo.toml a.parquet b.parquet -o clusters.parquet"
)]
pub(crate) struct Arguments {
    /// Entities of one type; or the slug of a dataset without --dataset.
    #[arg(required = true)]
    entities: Vec<PathBuf>,
    /// The dataset's definition.
    #[arg(long, value_name = "DATASET.toml", requires = "output")]
    dataset: Option<PathBuf>,
    /// Where the clusters are written: record, entity, score, reason.
    #[arg(short, long, value_name = "CLUSTERS.parquet")]
    output: Option<PathBuf>,
    #[command(flatten)]
    clock: At,
}

/// Runs it.
pub(crate) fn run(arguments: &Arguments, global: &Global) -> anyhow::Result<Done> {
    let (Some(dataset), Some(target)) = (&arguments.dataset, &arguments.output) else {
        return of_lake(arguments, global);
    };
    let dataset = project::dataset(dataset)?;
    let contract = project::contract()?;
    let at = (engine::clock(arguments.clock.at))();
    let summary = files::resolve(&dataset, &contract, &arguments.entities, target, at)
        .with_context(|| format!("cannot resolve into `{}`", target.display()))?;
    if global.json {
        output::json(&summary);
    } else {
        let files::Resolved {
            records,
            entities,
            merges,
            reviews,
        } = summary;
        output::line(format!(
            "{records} records, {entities} entities, {merges} merges, {reviews} for review"
        ));
    }
    Ok(Done::Well)
}

fn of_lake(arguments: &Arguments, global: &Global) -> anyhow::Result<Done> {
    let [slug] = arguments.entities.as_slice() else {
        return Err(usage(
            "name one dataset, or give its definition with --dataset",
        ));
    };
    let project = project::load(global)?;
    let engine = engine::engine(
        global,
        project,
        arguments.clock.at,
        progress::observer(true, 1),
    )?;
    let resolved = engine.resolve(&slug.to_string_lossy())?;
    for (zone, edges) in [("same", &resolved.edges), ("review", &resolved.reviews)] {
        for edge in edges {
            let words: Vec<&str> = edge
                .reasons
                .iter()
                .map(|reason| reason.words.as_str())
                .collect();
            if global.json {
                output::ndjson(&json!({ "zone": zone, "edge": edge }));
            } else {
                let (left, right, score) = (&edge.left, &edge.right, edge.score);
                output::line(format!(
                    "{zone:6} {score:.2} {left} = {right}: {}",
                    words.join("; ")
                ));
            }
        }
    }
    Ok(Done::Well)
}
