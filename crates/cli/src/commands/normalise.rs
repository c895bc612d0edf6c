//! `moisson normalise`: entities of records, from files to files, or from a source's archive into the lake.

use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::Args;
use moisson_pipeline::{Mode, Period, files};
use serde_json::json;

use crate::args::{At, Global};
use crate::output::{self, Done, usage};
use crate::{engine, progress, project};

/// Arguments of `normalise`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  moisson normalise ville-agenda                     the archive again, into the lake\n  \
    moisson extract --spec s.toml page.html | moisson normalise --spec s.toml - -o entities.parquet"
)]
pub(crate) struct Arguments {
    /// Records as `extract` prints them, `-` for standard input; or the slug of a source without --spec.
    records: PathBuf,
    /// The source's definition.
    #[arg(long, value_name = "SOURCE.toml", requires = "output")]
    spec: Option<PathBuf>,
    /// Where the entities are written; rejects go beside it, to `….rejects.parquet`.
    #[arg(short, long, value_name = "ENTITIES.parquet")]
    output: Option<PathBuf>,
    #[command(flatten)]
    clock: At,
}

/// Runs it.
pub(crate) async fn run(arguments: Arguments, global: &Global) -> anyhow::Result<Done> {
    let (Some(spec), Some(target)) = (&arguments.spec, &arguments.output) else {
        return replay(&arguments, global).await;
    };
    let definition = project::definition(spec)?;
    let contract = project::contract()?;
    let at = (engine::clock(arguments.clock.at))();
    let written = if arguments.records.as_os_str() == "-" {
        files::normalise(
            &definition,
            &contract,
            &mut std::io::stdin().lock(),
            target,
            at,
        )
    } else {
        let mut file = moisson_lake::files::open(&arguments.records)?;
        files::normalise(&definition, &contract, &mut file, target, at)
    };
    let written =
        written.with_context(|| format!("cannot normalise `{}`", arguments.records.display()))?;
    written.issues.iter().for_each(output::note_json);
    if global.json {
        output::json(&written.summary);
    } else {
        for (file, rows) in &written.summary {
            output::line(format!("{file}: {rows} rows"));
        }
    }
    Ok(Done::Well)
}

async fn replay(arguments: &Arguments, global: &Global) -> anyhow::Result<Done> {
    if arguments.output.is_some() {
        return Err(usage(
            "say how the records are to be read with --spec SOURCE.toml",
        ));
    }
    let id = super::slug(&arguments.records.to_string_lossy())?;
    let project = project::load(global)?;
    let engine = engine::engine(
        global,
        project,
        arguments.clock.at,
        progress::observer(true, 1),
    )?;
    engine.definition(&id)?;
    let settings = engine::settings(1, true);
    let tick = engine
        .run_all(vec![id], &settings, Mode::Replay(Period::default()), false)
        .await?;
    let Some(report) = tick.sources.first() else {
        bail!("the source is being run by another process: try again later");
    };
    if global.json {
        output::json(&json!(report));
    } else {
        output::line(progress::ended(report));
    }
    Ok(if report.succeeded() {
        Done::Well
    } else {
        Done::SomeFailed
    })
}
