//! A peer, asked once: `peers.py` in a Python of its own, on one core, answering one line of JSON.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde::Deserialize;

use crate::measure::{Answer, Peer};

/// The program, handed to Python on its standard input.
const PROGRAM: &str = include_str!("peers.py");

/// Settings that keep a library on one core, as our side is.
const ONE_CORE: [&str; 3] = ["POLARS_MAX_THREADS", "RAYON_NUM_THREADS", "OMP_NUM_THREADS"];

/// What a function answers.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Said {
    /// The work is done.
    Done(Done),
    /// A library is not installed.
    Missing,
}

/// Work that is done.
#[derive(Debug, Deserialize)]
struct Done {
    /// Name and version.
    name: String,
    /// Seconds by its own clock.
    seconds: f64,
    /// Digest of the agreed form of the output.
    check: String,
}

impl Peer {
    /// A function of `peers.py`: the files that it is given, the records among them, and what it must answer.
    pub(crate) fn function(
        name: &'static str,
        files: Vec<PathBuf>,
        records: usize,
        check: String,
    ) -> Self {
        let round = move |python: &Path| Ok(judged(ask(python, name, &files)?, &check));
        Self {
            name,
            records,
            round: Box::new(round),
        }
    }
}

fn judged(said: Said, check: &str) -> Answer {
    match said {
        Said::Missing => Answer::Missing,
        Said::Done(done) if done.check != check => {
            Answer::Wrong(format!("`{}`, where ours is `{check}`", done.check))
        }
        Said::Done(done) => Answer::Same(done.name, Duration::from_secs_f64(done.seconds).into()),
    }
}

/// Lets a function do its work once.
fn ask(python: &Path, function: &str, files: &[PathBuf]) -> Result<Said> {
    let mut command = Command::new(python);
    command.arg("-").arg(function).args(files);
    command.envs(ONE_CORE.map(|name| (name, "1")));
    let asked = || format!("peer `{function}` in `{}`", python.display());
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

#[cfg(test)]
mod tests {
    use super::{Done, Said, judged};
    use crate::measure::Answer;

    #[test]
    fn another_digest_is_another_work() {
        let done = || {
            Said::Done(Done {
                name: "essai 1.0".to_owned(),
                seconds: 0.1,
                check: "abc".to_owned(),
            })
        };
        assert!(matches!(judged(done(), "abc"), Answer::Same(..)));
        assert!(matches!(judged(done(), "abd"), Answer::Wrong(_)));
        assert!(matches!(judged(Said::Missing, "abc"), Answer::Missing));
    }
}
