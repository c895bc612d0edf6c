//! The engine of a command: project, lake, client, clock and stop put together from the settings.

use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use jiff::Timestamp;
use moisson_harvest::{Client, Clock, Secret};
use moisson_lake::Lake;
use moisson_pipeline::{Engine, Machine, Observer, Program, Project, Settings};

use crate::args::Global;
use crate::{hosts, stop};

/// The largest PEM file of authorities: a whole system's store has a quarter of a megabyte.
const AUTHORITIES: u64 = 4 << 20;

/// The largest file of a secret.
const SECRET: u64 = 64 << 10;

/// The clock: set where the operator set it, else the machine's.
#[expect(
    clippy::disallowed_methods,
    reason = "this is where the clock comes from"
)]
pub(crate) fn clock(at: Option<Timestamp>) -> Clock {
    match at {
        Some(at) => Arc::new(move || at),
        // As fine as the lake keeps it, so that what is read back equals what was written.
        None => Arc::new(|| {
            let now = Timestamp::now();
            Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now)
        }),
    }
}

/// Puts an engine together.
pub(crate) fn engine(
    global: &Global,
    project: Project,
    at: Option<Timestamp>,
    observer: Observer,
) -> anyhow::Result<Arc<Engine>> {
    let clock = clock(at);
    let lake = lake(global)?;
    let settings = moisson_harvest::Settings {
        hosts: hosts::read(&global.hosts)?,
        authorities: authorities(global)?,
        ..moisson_harvest::Settings::new(&user_agent(global))
    };
    let client =
        Client::new(settings, Arc::clone(&clock)).context("cannot prepare the HTTP client")?;
    let stop = stop::flag();
    Ok(Arc::new(Engine {
        project,
        lake,
        client,
        clock,
        stop,
        observer,
        program: program(),
        machine: machine(),
    }))
}

/// What the machine tells: the real time, the name of this process, secrets.
fn machine() -> Machine {
    Machine {
        clock: clock(None),
        process: moisson_lake::owner::this_process(),
        secret: Arc::new(secret),
    }
}

/// The value of a secret where its definition says it is. What is said when it is not there names the place alone.
#[expect(clippy::disallowed_methods, reason = "this is where settings are read")]
fn secret(secret: &Secret) -> Result<String, String> {
    if let Some(name) = &secret.env {
        return std::env::var(name)
            .map_err(|_| format!("the environment variable `{name}` is not set"));
    }
    let path = secret.file.as_deref().unwrap_or_default();
    let bytes = moisson_lake::files::read_bytes(Path::new(path), SECRET);
    let bytes = bytes.map_err(|error| format!("the secret in `{path}` cannot be read: {error}"))?;
    String::from_utf8(bytes).map_err(|_| format!("the secret in `{path}` is no text"))
}

/// The certificates of the authorities that the operator adds.
fn authorities(global: &Global) -> anyhow::Result<Vec<u8>> {
    let read = |path| moisson_lake::files::read_bytes(path, AUTHORITIES);
    let pem = global.authorities.as_deref().map(read).transpose();
    Ok(pem
        .context("cannot read the file of `--ca`")?
        .unwrap_or_default())
}

/// Opens the lake of the settings.
pub(crate) fn lake(global: &Global) -> anyhow::Result<Lake> {
    Lake::open(&global.data)
        .with_context(|| format!("cannot open the lake in `{}`", global.data.display()))
}

/// How many sources run at once where the operator does not say: politeness is by host, not by number.
pub(crate) const WORKERS: usize = 4;

/// Settings of a run by this process.
pub(crate) fn settings(workers: usize, once: bool) -> Settings {
    let owner = moisson_lake::owner::this_process();
    Settings {
        workers,
        once,
        owner,
    }
}

/// This program, as releases name it.
pub(crate) fn program() -> Program {
    Program {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        git_commit: env!("MOISSON_COMMIT").to_owned(),
    }
}

/// Product token, version and contact: who asks, and whom to write to.
fn user_agent(global: &Global) -> String {
    format!(
        "Moisson/{} (+{})",
        env!("CARGO_PKG_VERSION"),
        global.contact
    )
}
