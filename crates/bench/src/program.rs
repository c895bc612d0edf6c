//! A whole program, run once: what it took of the clock, of the processors and of memory, start-up included.
//!
//! A process of this executable stands between, for the system tells what children took in all, and counts to the memory
//! of a program what the process that started it had. That one is small and starts a single program.

use std::process::{Command, ExitStatus, Stdio};

use anyhow::{Context as _, Result, ensure};
use nix::sys::resource::{Usage, UsageWho, getrusage};
use nix::sys::time::TimeValLike as _;
use serde::{Deserialize, Serialize};

use crate::measure::{Round, timed};

/// Bytes in the unit in which the system tells peak memory.
const UNIT: u64 = if cfg!(target_os = "linux") { 1024 } else { 1 };

/// What a program did.
#[derive(Debug, Serialize, Deserialize)]
struct Spent {
    /// Its exit status, in words.
    status: String,
    is_success: bool,
    round: Round,
}

/// Runs a program that must succeed; what it writes is nobody's, unless it fails.
pub(crate) fn run(program: &Command) -> Result<Round> {
    let ours = std::env::current_exe().context("which program this is")?;
    let name = program.get_program().to_string_lossy().into_owned();
    let output = Command::new(ours)
        .arg("spend")
        .arg("--")
        .arg(program.get_program())
        .args(program.get_args())
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("`{name}` cannot be started"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "`{name}` was not run: {said}");
    let spent: Spent = serde_json::from_slice(&output.stdout)
        .with_context(|| format!("what `{name}` took is unknown: {said}"))?;
    ensure!(
        spent.is_success,
        "`{name}` failed, {}: {said}",
        spent.status
    );
    Ok(spent.round)
}

/// Runs a program in this process, which has run none, and prints what it took.
pub(crate) fn spend(command: &[String]) -> Result<String> {
    let (program, arguments) = command.split_first().context("no program is named")?;
    let (elapsed, status) = timed(|| {
        Command::new(program)
            .args(arguments)
            .stdout(Stdio::null())
            .status()
    });
    let status: ExitStatus = status.with_context(|| format!("`{program}` cannot be started"))?;
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let spent = Spent {
        status: status.to_string(),
        is_success: status.success(),
        round: Round {
            seconds: elapsed.as_secs_f64(),
            cpu_seconds: Some(cpu_seconds(&usage)),
            peak_bytes: Some(u64::try_from(usage.max_rss())? * UNIT),
        },
    };
    Ok(serde_json::to_string(&spent)?)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "no program takes 2^52 microseconds"
)]
fn cpu_seconds(usage: &Usage) -> f64 {
    let microseconds = usage.user_time() + usage.system_time();
    microseconds.num_microseconds() as f64 / 1e6
}

#[cfg(test)]
mod tests {
    use super::{Spent, spend};

    fn spent(command: &[&str]) -> Spent {
        let command: Vec<String> = command.iter().map(ToString::to_string).collect();
        serde_json::from_str(&spend(&command).unwrap()).unwrap()
    }

    #[test]
    fn what_a_program_took_is_told_with_how_it_ended() {
        let well = spent(&["sh", "-c", "exit 0"]);
        assert!(well.is_success);
        assert!(well.round.seconds > 0.0);
        assert!(well.round.peak_bytes.unwrap() > 1 << 18);
        let badly = spent(&["sh", "-c", "exit 7"]);
        assert!(!badly.is_success);
        assert!(badly.status.contains('7'));
        assert!(spend(&["no-such-program".to_owned()]).is_err());
    }
}
