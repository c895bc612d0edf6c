//! The only place that prints: results on standard output, messages on standard error.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "this is the module that prints"
)]

use moisson_pipeline::Problem;
use serde::Serialize;

/// How a command ended, as its exit code says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Done {
    /// 0.
    Well,
    /// 1: what was asked was looked at, and the answer is no.
    Failed,
    /// 3.
    SomeFailed,
}

/// Problems of definitions: exit code 2.
#[derive(Debug)]
pub(crate) struct Problems(pub(crate) Vec<Problem>);

impl std::fmt::Display for Problems {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (at, problem) in self.0.iter().enumerate() {
            if at > 0 {
                writeln!(f)?;
            }
            write!(f, "{problem}")?;
            if let Some(hint) = &problem.hint {
                write!(f, "\n  hint: {hint}")?;
            }
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}

/// A line of text on standard output.
pub(crate) fn line(text: impl std::fmt::Display) {
    println!("{text}");
}

/// A value as one JSON document on standard output.
pub(crate) fn json(value: &impl Serialize) {
    match serde_json::to_string_pretty(value) {
        Ok(text) => println!("{text}"),
        Err(error) => eprintln!("error: cannot be written as JSON: {error}"),
    }
}

/// A value as one line of NDJSON on standard output.
pub(crate) fn ndjson(value: &impl Serialize) {
    match serde_json::to_string(value) {
        Ok(text) => println!("{text}"),
        Err(error) => eprintln!("error: cannot be written as JSON: {error}"),
    }
}

/// A line of text on standard error.
pub(crate) fn note(text: impl std::fmt::Display) {
    eprintln!("{text}");
}

/// A value as one line of NDJSON on standard error.
pub(crate) fn note_json(value: &impl Serialize) {
    if let Ok(text) = serde_json::to_string(value) {
        eprintln!("{text}");
    }
}

/// An error with its causes, one a line.
pub(crate) fn error(error: &anyhow::Error) {
    if let Some(problems) = error.downcast_ref::<Problems>() {
        eprintln!("{problems}");
        return;
    }
    eprintln!("error: {error}");
    for cause in error.chain().skip(1) {
        eprintln!("  cause: {cause}");
    }
}
