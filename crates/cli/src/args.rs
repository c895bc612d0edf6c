//! The command line, declared: what can be asked, and how each question reads in `--help`.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use jiff::Timestamp;

use crate::commands;

/// Gathers public listings of the actors and events of digital technology in the general interest, and publishes
/// them as open data.
#[derive(Debug, Parser)]
#[command(
    name = "moisson",
    version,
    propagate_version = true,
    max_term_width = 100
)]
#[command(
    after_help = "Examples:\n  moisson demo                     see everything work, on sites of our own\n  \
    moisson check                    are the definitions right?\n  \
    moisson run                      harvest every source, then release\n  \
    moisson schedule                 the same on its own, when each source is due\n\n\
    Exit codes: 0 done, 1 failed, 2 usage or definition, 3 done but some sources failed."
)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What every command takes.
#[derive(Debug, Clone, Args)]
pub(crate) struct Global {
    /// Print one JSON document, or NDJSON, on standard output; messages go to standard error.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Where everything is kept: database, archive, published tree.
    #[arg(
        long,
        global = true,
        value_name = "DIR",
        default_value = "data",
        env = "MOISSON_DATA"
    )]
    pub(crate) data: PathBuf,
    /// The folder that holds `pipelines/` and `schemas/`; by default this one or the nearest above.
    #[arg(long, global = true, value_name = "DIR", env = "MOISSON_PROJECT")]
    pub(crate) project: Option<PathBuf>,
    /// Lead a host to an address of this machine, `annuaire.example=127.0.0.1:8099`, over `http:` and `https:`;
    /// `*.example` leads all of them.
    #[arg(
        long = "host",
        global = true,
        value_name = "NAME=ADDRESS",
        env = "MOISSON_HOSTS",
        value_delimiter = ','
    )]
    pub(crate) hosts: Vec<String>,
    /// Trust the certificate authorities in a PEM file beside those of the system, as behind a private authority.
    #[arg(long = "ca", global = true, value_name = "FILE", env = "MOISSON_CA")]
    pub(crate) authorities: Option<PathBuf>,
    /// The address that site owners can write to: it is part of the user agent.
    #[arg(
        long,
        global = true,
        value_name = "URL",
        default_value = "https://moisson.example/contact",
        env = "MOISSON_CONTACT"
    )]
    pub(crate) contact: String,
    /// Say more on standard error; twice for requests.
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
}

/// A clock that an operator may set.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct At {
    /// Set the clock (RFC 3339), so that a run can be repeated to the byte.
    #[arg(long, value_name = "TIME")]
    pub(crate) at: Option<Timestamp>,
}

/// The commands, in the order of a first day.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the whole pipeline on the demonstration sites, over loopback HTTP.
    Demo(commands::demo::Arguments),
    /// Check definitions and schemas: problems with file, line, column and a hint.
    Check(commands::check::Arguments),
    /// All stages for some sources or all, then a release.
    Run(commands::run::Arguments),
    /// Request the pages of sources and keep them in the archive.
    Harvest(commands::harvest::Arguments),
    /// Read records out of files, or out of the archive of a source.
    Extract(commands::extract::Arguments),
    /// Make entities of records: from files to files, or from the archive of a source into the lake.
    Normalise(commands::normalise::Arguments),
    /// Find which entities are the same: from files to files, or for a dataset of the lake.
    Resolve(commands::resolve::Arguments),
    /// Write a release: from files, or of a dataset of the lake.
    Publish(commands::publish::Arguments),
    /// Run each source when its cron says so, then one release.
    Schedule(commands::schedule::Arguments),
    /// Serve the published tree over HTTP, read-only.
    Serve(commands::serve::Arguments),
    /// How each source is, and what is published.
    Status(commands::status::Arguments),
    /// The records that gave no entity, and why.
    Rejects(commands::rejects::Arguments),
    /// What was harvested: find it, show it, take it out.
    Archive(commands::archive::Arguments),
    /// Ask one part of the pipeline one question: robots.
    Try(commands::r#try::Arguments),
    /// Play the demonstration sites on a port, for trying definitions.
    Sites(commands::sites::Arguments),
}
