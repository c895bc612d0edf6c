#![doc = include_str!("../README.md")]
#![expect(
    clippy::disallowed_methods,
    reason = "peers read the generated data from files of their own"
)]

mod arguments;
mod generate;
mod measure;
mod peer;
mod project;
mod report;
mod workloads;

use std::io::Write as _;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Parser as _;

use crate::arguments::Arguments;
use crate::report::Report;

fn main() -> anyhow::Result<ExitCode> {
    let arguments = Arguments::parse();
    let folder = tempfile::tempdir().context("no folder for the generated data")?;
    let mut results = Vec::new();
    for prepare in workloads::ALL {
        let mut workload = prepare(arguments.scale, folder.path())?;
        writeln!(std::io::stderr(), "measuring: {}", workload.name)?;
        results.push(measure::run(&mut workload, &arguments)?);
    }
    let report = Report::new(&arguments, results);
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
