//! `moisson try`: one part of the pipeline asked one question, outside any run.

mod batch;
mod robots;

use clap::{Args, Subcommand};

use crate::args::Global;
use crate::output::Done;

/// Arguments of `try`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  moisson try robots robots.txt https://annuaire.example/membres/\n  \
    moisson try robots --help\n\n\
    Nothing is requested, and nothing is kept."
)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    part: Part,
}

/// What can be asked.
#[derive(Debug, Subcommand)]
enum Part {
    /// May these addresses be requested, and which line of a robots.txt says so?
    Robots(robots::Arguments),
}

/// Runs it.
pub(crate) fn run(arguments: &Arguments, global: &Global) -> anyhow::Result<Done> {
    match &arguments.part {
        Part::Robots(arguments) => robots::run(arguments, global),
    }
}
