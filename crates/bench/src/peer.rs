//! A peer, asked once: `peers.py` in a Python of its own, on one core, answering one line of JSON.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};
use serde::Deserialize;

use crate::measure::Peer;

/// The program, handed to Python on its standard input.
const PROGRAM: &str = include_str!("peers.py");

/// Settings that keep a library on one core, as our side is.
const ONE_CORE: [&str; 3] = ["POLARS_MAX_THREADS", "RAYON_NUM_THREADS", "OMP_NUM_THREADS"];

/// What a peer answers.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Answer {
    /// The work is done.
    Done(Done),
    /// A library is not installed.
    Missing,
}

/// Work that is done.
#[derive(Debug, Deserialize)]
pub(crate) struct Done {
    /// Name and version.
    pub(crate) name: String,
    /// Seconds by its own clock.
    pub(crate) seconds: f64,
    /// Digest of the agreed form of the output.
    pub(crate) check: String,
}

/// Lets a peer do its work once.
pub(crate) fn ask(python: &Path, peer: &Peer) -> Result<Answer> {
    let mut command = Command::new(python);
    command.arg("-").arg(peer.function).args(&peer.files);
    command.envs(ONE_CORE.map(|name| (name, "1")));
    let asked = || format!("peer `{}` in `{}`", peer.function, python.display());
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .with_context(asked)?;
    if let Some(mut input) = child.stdin.take() {
        input.write_all(PROGRAM.as_bytes()).with_context(asked)?;
    }
    let output = child.wait_with_output().with_context(asked)?;
    ensure!(output.status.success(), "{} failed", asked());
    serde_json::from_slice(&output.stdout).with_context(asked)
}
