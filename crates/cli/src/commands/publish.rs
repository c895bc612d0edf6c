//! `moisson publish`: a release, from files or of a dataset of the lake.

use std::path::PathBuf;

use anyhow::Context;
use clap::Args;
use moisson_pipeline::{Tick, files};

use crate::args::{At, Global};
use crate::output::{self, Done, usage};
use crate::{engine, progress, project};

/// Arguments of `publish`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  moisson publish demo                               a release of what the lake holds\n  \
    moisson publish --dataset demo.toml --entities actors.parquet --clusters clusters.parquet -o release/"
)]
pub(crate) struct Arguments {
    /// The slug of a dataset, without --dataset.
    slug: Option<String>,
    /// The dataset's definition.
    #[arg(
        long,
        value_name = "DATASET.toml",
        requires = "output",
        requires = "entities"
    )]
    dataset: Option<PathBuf>,
    /// Entities, as `normalise` writes them.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    entities: Vec<PathBuf>,
    /// Clusters, as `resolve` writes them: entities are merged first.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    clusters: Vec<PathBuf>,
    /// The folder to write; it must not exist, or be empty.
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
    #[command(flatten)]
    clock: At,
}

/// Runs it.
pub(crate) async fn run(arguments: Arguments, global: &Global) -> anyhow::Result<Done> {
    let (Some(dataset), Some(target)) = (&arguments.dataset, &arguments.output) else {
        return of_lake(&arguments, global).await;
    };
    let dataset = project::dataset(dataset)?;
    let contract = project::contract()?;
    let at = (engine::clock(arguments.clock.at))();
    let program = engine::program();
    let (entities, clusters) = (&arguments.entities, &arguments.clusters);
    let counts = files::publish(
        &dataset, &contract, &program, entities, clusters, target, at,
    )
    .with_context(|| format!("cannot publish into `{}`", target.display()))?;
    if global.json {
        output::json(&counts);
    } else {
        for (table, rows) in &counts {
            output::line(format!("{table}: {rows} rows"));
        }
    }
    Ok(Done::Well)
}

async fn of_lake(arguments: &Arguments, global: &Global) -> anyhow::Result<Done> {
    let Some(slug) = &arguments.slug else {
        return Err(usage(
            "name a dataset, or give its definition with --dataset",
        ));
    };
    let project = project::load(global)?;
    let engine = engine::engine(
        global,
        project,
        arguments.clock.at,
        progress::observer(global.json, 1),
    )?;
    let owner = engine::settings(1, true).owner;
    let mut tick = Tick::default();
    engine.dataset(slug)?;
    tick.releases
        .extend(engine.release_leased(slug, &owner).await?);
    if tick.releases.is_empty() {
        output::note(
            "nothing was published: no source has given anything yet, or another process is publishing",
        );
        return Ok(Done::Failed);
    }
    Ok(super::run::report(global, &tick))
}
