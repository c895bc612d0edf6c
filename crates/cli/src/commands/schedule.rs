//! `moisson schedule`: each source when its cron says so, then one release.

use clap::Args;

use crate::args::{At, Global};
use crate::output::{self, Done};
use crate::{engine, progress, project};

/// Arguments of `schedule`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  moisson schedule                 run until Ctrl-C or SIGTERM\n  \
    moisson schedule --once          run what is due and end, as from a timer of the system"
)]
pub(crate) struct Arguments {
    /// Sources that run at the same time.
    #[arg(long, value_name = "N", default_value_t = engine::WORKERS)]
    workers: usize,
    /// Run what is due, then end.
    #[arg(long)]
    once: bool,
    #[command(flatten)]
    clock: At,
}

/// Runs it.
pub(crate) async fn run(arguments: Arguments, global: &Global) -> anyhow::Result<Done> {
    let project = project::load(global)?;
    let count = project.definitions.len();
    let engine = engine::engine(
        global,
        project,
        arguments.clock.at,
        progress::observer(global.json, count),
    )?;
    let settings = engine::settings(arguments.workers, arguments.once);
    let told = |tick: &moisson_pipeline::Tick| match (arguments.once, global.json) {
        (true, _) => {}
        (false, true) => output::ndjson(tick),
        (false, false) => _ = super::run::report(global, tick),
    };
    let tick = engine.schedule(&settings, &told).await?;
    if !arguments.once {
        return Ok(Done::Well);
    }
    if tick.sources.is_empty() && tick.releases.is_empty() && !global.json {
        output::line("nothing is due");
    }
    Ok(super::run::report(global, &tick))
}
