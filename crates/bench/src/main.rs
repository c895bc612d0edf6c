#![doc = include_str!("../README.md")]
#![expect(
    clippy::disallowed_methods,
    reason = "peers read the generated data from files of their own"
)]

mod arguments;
mod generate;
mod measure;
mod peer;
mod program;
mod project;
mod report;
mod site;
mod workloads;

use std::io::Write as _;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Parser as _;

use crate::arguments::{Arguments, Role};
use crate::report::Report;

fn main() -> anyhow::Result<ExitCode> {
    let arguments = Arguments::parse();
    match &arguments.role {
        Some(Role::Site { pages }) => site::serve(*pages)?,
        Some(Role::Spend { command }) => {
            writeln!(std::io::stdout(), "{}", program::spend(command)?)?;
        }
        None => return bench(&arguments),
    }
    Ok(ExitCode::SUCCESS)
}

/// Measures, and prints the report.
fn bench(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let folder = tempfile::tempdir().context("no folder for the generated data")?;
    let mut results = Vec::new();
    let is_asked = |stage| arguments.only.as_deref().is_none_or(|only| only == stage);
    for (_, prepare) in workloads::ALL.iter().filter(|(stage, _)| is_asked(*stage)) {
        let mut workload = prepare(arguments, folder.path())?;
        writeln!(std::io::stderr(), "measuring: {}", workload.name)?;
        results.push(measure::run(&mut workload, arguments)?);
    }
    let report = Report::new(arguments, results);
    let mut out = std::io::stdout().lock();
    if arguments.json {
        writeln!(out, "{}", serde_json::to_string_pretty(&report)?)?;
    } else {
        writeln!(out, "{report}")?;
    }
    Ok(if report.is_right() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
