//! `moisson run`: all stages, then a release of every dataset concerned.

use std::collections::BTreeSet;
use std::sync::Arc;

use clap::Args;
use jiff::Timestamp;
use moisson_model::SourceId;
use moisson_pipeline::{Engine, Mode, Period, ReleaseReport, Tick};

use crate::args::{At, Global};
use crate::output::{self, Done};
use crate::{engine, progress, project};

/// Arguments of `run`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  moisson run                      every source\n  \
    moisson run ville-agenda         one source, then the datasets it is part of\n  \
    moisson run --replay             everything again from the archive, without a request\n  \
    moisson run --replay --from 2026-11-01T00:00:00Z ville-agenda   each harvest of a source since then"
)]
pub(crate) struct Arguments {
    /// Slugs of sources; all where none is named.
    sources: Vec<String>,
    /// Use the archive alone: no request is made.
    #[arg(long)]
    replay: bool,
    /// Replay the harvests that began at this time or later (RFC 3339), oldest first.
    #[arg(long, value_name = "TIME", requires = "replay")]
    from: Option<Timestamp>,
    /// Replay the harvests that began at this time or earlier (RFC 3339), oldest first.
    #[arg(long, value_name = "TIME", requires = "replay")]
    until: Option<Timestamp>,
    /// Sources that run at the same time.
    #[arg(long, value_name = "N", default_value_t = engine::WORKERS)]
    workers: usize,
    #[command(flatten)]
    clock: At,
}

/// Runs it.
pub(crate) async fn run(arguments: Arguments, global: &Global) -> anyhow::Result<Done> {
    let project = project::load(global)?;
    let asked = arguments
        .sources
        .iter()
        .map(|slug| super::slug(slug))
        .collect::<Result<Vec<_>, _>>()?;
    let count = if asked.is_empty() {
        project.definitions.len()
    } else {
        asked.len()
    };
    let engine = engine::engine(
        global,
        project,
        arguments.clock.at,
        progress::observer(global.json, count),
    )?;
    let mode = if arguments.replay {
        Mode::Replay(Period {
            from: arguments.from,
            until: arguments.until,
        })
    } else {
        Mode::Live
    };
    let tick = all(&engine, asked, arguments.workers, mode).await?;
    Ok(report(global, &tick))
}

/// Runs sources, then releases the datasets that hold them.
pub(crate) async fn all(
    engine: &Arc<Engine>,
    asked: Vec<SourceId>,
    workers: usize,
    mode: Mode,
) -> anyhow::Result<Tick> {
    let ids = if asked.is_empty() {
        engine.project.definitions.keys().cloned().collect()
    } else {
        asked
    };
    for id in &ids {
        engine.definition(id)?;
    }
    let ids: Vec<SourceId> = ids
        .into_iter()
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect();
    let settings = engine::settings(workers, true);
    let mut tick = engine.run_all(ids.clone(), &settings, mode, false).await?;
    let concerned = engine
        .project
        .datasets
        .iter()
        .filter(|(_, dataset)| ids.iter().any(|id| dataset.holds(id)));
    for (slug, _) in concerned {
        if !engine.stopped() {
            tick.releases
                .extend(engine.release_leased(slug, &settings.owner).await?);
        }
    }
    Ok(tick)
}

/// Prints what a tick came to, and how the command ends for it.
pub(crate) fn report(global: &Global, tick: &Tick) -> Done {
    if global.json {
        output::json(tick);
    } else {
        for id in &tick.held {
            output::line(format!("{id}: another worker runs it"));
        }
        for release in &tick.releases {
            output::line(sentence(release));
        }
    }
    if tick.failed() {
        Done::SomeFailed
    } else {
        Done::Well
    }
}

/// One line on a release.
pub(crate) fn sentence(release: &ReleaseReport) -> String {
    let version = release
        .version
        .as_ref()
        .map_or("none", |version| version.as_str());
    if !release.changed {
        return format!(
            "{}: nothing changed since {version}, no release",
            release.dataset
        );
    }
    let counts: Vec<String> = release
        .counts
        .iter()
        .map(|(table, count)| format!("{count} {table}"))
        .collect();
    format!(
        "{}: release {version}: {}",
        release.dataset,
        counts.join(", ")
    )
}
