//! `moisson demo`: the whole pipeline on the demonstration sites, over loopback HTTP, and what came out of it.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use clap::Args;
use moisson_pipeline::project::of_demo;
use moisson_pipeline::{Engine, Mode, Tick};
use tokio::net::TcpListener;

use super::sites;
use crate::args::{At, Global};
use crate::output::{self, Done};
use crate::{engine, progress, project};

/// Arguments of `demo`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  moisson demo\n  moisson demo --data /tmp/moisson --at 2026-11-20T08:00:00Z"
)]
pub(crate) struct Arguments {
    #[command(flatten)]
    clock: At,
}

/// Runs it.
pub(crate) async fn run(arguments: Arguments, global: &Global) -> anyhow::Result<Done> {
    let sites = sites::embedded()?;
    let hosts: Vec<String> = sites.hosts().map(str::to_owned).collect();
    let listener = TcpListener::bind(("127.0.0.1", 0))
        .await
        .context("no loopback port is free")?;
    let address = listener.local_addr()?;
    let playing = tokio::spawn(sites.play(listener, std::future::pending()));
    let project = project::whole(&of_demo())?;
    let count = project.definitions.len();
    if !global.json {
        output::note(format!(
            "playing {} sites on {address}, harvesting {count} sources from them",
            hosts.len()
        ));
    }
    let led = Global {
        hosts: led(&hosts, address),
        ..global.clone()
    };
    let engine = engine::engine(
        &led,
        project,
        arguments.clock.at,
        progress::observer(global.json, count),
    )?;
    let tick = super::run::all(&engine, Vec::new(), engine::WORKERS, Mode::Live).await?;
    playing.abort();
    let done = super::run::report(global, &tick);
    if !global.json {
        summary(&engine, &tick, &global.data)?;
    }
    Ok(done)
}

fn led(hosts: &[String], address: SocketAddr) -> Vec<String> {
    hosts
        .iter()
        .map(|host| format!("{host}={address}"))
        .collect()
}

/// What came out, where it is, and how to ask it something.
fn summary(engine: &Arc<Engine>, tick: &Tick, data: &Path) -> anyhow::Result<()> {
    let mut held = 0;
    let mut rejects = 0;
    for id in engine.project.definitions.keys() {
        held += engine.lake.last_run(id)?.map_or(0, |run| run.records);
        rejects += engine.lake.rejects(id)?.len();
    }
    let latest = data.join("publish").join("latest");
    for release in &tick.releases {
        let entities: u64 = release.counts.values().sum();
        let open = release.rejects.len();
        output::line("");
        output::line(format!("  sources   {}", release.sources.len()));
        output::line(format!("  records   {held}"));
        output::line(format!("  rejects   {}", rejects + open));
        output::line(format!(
            "  entities  {entities}, from {} merges; {} pairs for review",
            release.merges, release.reviews
        ));
        for (table, count) in &release.counts {
            output::line(format!("            {count:4} {table}"));
        }
        if release.changed {
            output::line(format!("  files     {}", release.files));
        }
    }
    let latest = latest.display();
    output::line("");
    output::line(format!(
        "The release is in {latest}: tables/*.parquet, rdf/*.jsonld.gz, README.md"
    ));
    output::line("Ask it something:");
    output::line(format!(
        "  duckdb -c \"SELECT name, families FROM '{latest}/tables/actors.parquet' LIMIT 5\""
    ));
    output::line(format!(
        "  python3 -c \"import polars; print(polars.read_parquet('{latest}/tables/events.parquet'))\""
    ));
    output::line(format!("  moisson serve --data {}", data.display()));
    Ok(())
}
