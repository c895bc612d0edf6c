//! The command line: how much data, how often, beside which Python.

use std::path::PathBuf;

use clap::{Parser, ValueEnum};
use serde::Serialize;

/// Speed of each stage on generated data, side by side with peers in one run.
#[derive(Debug, Parser)]
#[command(version)]
pub(crate) struct Arguments {
    /// How much data.
    #[arg(long, value_enum, default_value = "base")]
    pub(crate) scale: Scale,
    /// How often each side does its work; the table has the medians.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=99))]
    pub(crate) rounds: u32,
    /// The Python that has the peers; `make bench` installs one. A peer that it lacks is left out, and named.
    #[arg(long, default_value = "python3")]
    pub(crate) python: PathBuf,
    /// Print JSON, every round included.
    #[arg(long)]
    pub(crate) json: bool,
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
