//! One file per command: its `Arguments` and its `run`.

pub(crate) mod archive;
pub(crate) mod check;
pub(crate) mod demo;
pub(crate) mod extract;
pub(crate) mod harvest;
pub(crate) mod normalise;
pub(crate) mod publish;
pub(crate) mod rejects;
pub(crate) mod resolve;
pub(crate) mod run;
pub(crate) mod schedule;
pub(crate) mod serve;
pub(crate) mod sites;
pub(crate) mod status;
pub(crate) mod r#try;

use moisson_model::SourceId;

use crate::args::{Arguments, Command};
use crate::output::{Done, usage};

/// Runs the command that was asked for.
pub(crate) async fn run(arguments: Arguments) -> anyhow::Result<Done> {
    let global = &arguments.global;
    match arguments.command {
        Command::Demo(arguments) => demo::run(arguments, global).await,
        Command::Check(arguments) => check::run(&arguments, global),
        Command::Run(arguments) => run::run(arguments, global).await,
        Command::Harvest(arguments) => harvest::run(arguments, global).await,
        Command::Extract(arguments) => extract::run(&arguments, global),
        Command::Normalise(arguments) => normalise::run(arguments, global).await,
        Command::Resolve(arguments) => resolve::run(&arguments, global),
        Command::Publish(arguments) => publish::run(arguments, global).await,
        Command::Schedule(arguments) => schedule::run(arguments, global).await,
        Command::Serve(arguments) => serve::run(arguments, global).await,
        Command::Status(arguments) => status::run(&arguments, global),
        Command::Rejects(arguments) => rejects::run(&arguments, global),
        Command::Archive(arguments) => archive::run(arguments, global).await,
        Command::Try(arguments) => r#try::run(&arguments, global),
        Command::Sites(arguments) => sites::run(arguments).await,
    }
}

/// A slug from the command line.
fn slug(text: &str) -> anyhow::Result<SourceId> {
    SourceId::new(text).ok_or_else(|| {
        usage(format!(
            "`{text}` is no slug: lower-case letters, digits and hyphens"
        ))
    })
}
