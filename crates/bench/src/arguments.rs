//! The command line: how much data, how often, beside which Python.

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use clap::{Parser, Subcommand, ValueEnum};
use serde::Serialize;

/// Speed of each stage on generated data, side by side with peers in one run.
#[derive(Debug, Parser)]
#[command(version)]
pub(crate) struct Arguments {
    /// What else this executable is.
    #[command(subcommand)]
    pub(crate) role: Option<Role>,
    /// How much data.
    #[arg(long, value_enum, default_value = "base")]
    pub(crate) scale: Scale,
    /// How often each side does its work; the table has the medians.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=99))]
    pub(crate) rounds: u32,
    /// The Python that has the peers; `make bench` installs one. A peer that it lacks is left out, and named.
    #[arg(long, default_value = "python3")]
    pub(crate) python: PathBuf,
    /// The program that harvests; by default the `moisson` beside this executable.
    #[arg(long, value_name = "FILE")]
    moisson: Option<PathBuf>,
    /// Measure this stage alone: `harvest`, `extract`, `normalise`, `resolve` or `publish`.
    #[arg(long, value_name = "STAGE")]
    pub(crate) only: Option<String>,
    /// Print JSON, every round included.
    #[arg(long)]
    pub(crate) json: bool,
}

impl Arguments {
    /// The program that harvests.
    pub(crate) fn moisson(&self) -> Result<PathBuf> {
        let ours = std::env::current_exe().context("which program this is")?;
        let name = format!("moisson{}", std::env::consts::EXE_SUFFIX);
        let path = self
            .moisson
            .clone()
            .unwrap_or_else(|| ours.with_file_name(name));
        path.canonicalize().with_context(|| {
            format!(
                "there is no `{}`: `make bench` builds it, --moisson names another",
                path.display()
            )
        })
    }
}

/// What the measuring asks of other processes of this executable.
#[derive(Debug, Subcommand)]
#[command(subcommand_help_heading = "Roles of its own processes")]
pub(crate) enum Role {
    /// Serve the generated site over loopback until standard input ends.
    #[command(hide = true)]
    Site {
        /// How many.
        pages: usize,
    },
    /// Run a program, and print what it took.
    #[command(hide = true)]
    Spend {
        /// Its name and arguments.
        #[arg(last = true, required = true)]
        command: Vec<String>,
    },
}

/// How much data a run takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Scale {
    /// A twentieth: does it work?
    Small,
    /// The scale of every figure that is claimed.
    Base,
}

impl Scale {
    /// The size of a workload, of its size at `base`.
    pub(crate) const fn of(self, base: usize) -> usize {
        match self {
            Self::Small => base / 20,
            Self::Base => base,
        }
    }
}
