//! `moisson harvest`: the pages of sources, requested and kept; nothing is read out of them yet.

use clap::Args;
use moisson_model::{Issue, Outcome};
use serde_json::json;

use crate::args::{At, Global};
use crate::output::{self, Done};
use crate::{engine, progress, project};

/// Arguments of `harvest`.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  moisson harvest ville-agenda && moisson extract ville-agenda | head -1"
)]
pub(crate) struct Arguments {
    /// Slugs of sources.
    #[arg(required = true)]
    sources: Vec<String>,
    #[command(flatten)]
    clock: At,
}

/// Runs it.
pub(crate) async fn run(arguments: Arguments, global: &Global) -> anyhow::Result<Done> {
    let project = project::load(global)?;
    let count = arguments.sources.len();
    let engine = engine::engine(
        global,
        project,
        arguments.clock.at,
        progress::observer(global.json, count),
    )?;
    let owner = engine::settings(1, true).owner;
    let mut done = Done::Well;
    for slug in &arguments.sources {
        let id = super::slug(slug)?;
        let harvest = engine.harvest_source(&id, &owner).await?;
        if harvest.outcome == Outcome::Failed {
            done = Done::SomeFailed;
        }
        let (outcome, pages) = (harvest.outcome.name(), harvest.tally.pages);
        if global.json {
            let issues: &Vec<Issue> = &harvest.issues;
            output::ndjson(&json!({
                "source": id, "outcome": harvest.outcome, "cause": harvest.cause, "captures": pages, "harvest": harvest.tally,
                "issues": issues,
            }));
        } else {
            let counted = progress::counted(&harvest.tally);
            output::line(format!("{id}: {outcome}, {pages} pages kept{counted}"));
            harvest
                .issues
                .iter()
                .for_each(|issue| output::note(format!("  {}: {}", issue.code, issue.message)));
        }
    }
    Ok(done)
}
