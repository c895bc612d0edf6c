//! The only place that prints: results on standard output, messages on standard error.
//!
//! A reader that has seen enough (`| head -1`) closes the pipe: that is no fault, and what is left is not written.

use std::io::{ErrorKind, Write};
use std::sync::atomic::{AtomicBool, Ordering};

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

/// A fault of the command line: exit code 2.
#[derive(Debug)]
pub(crate) struct Usage(pub(crate) String);

impl std::fmt::Display for Usage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Usage {}

/// An error of usage.
pub(crate) fn usage(text: impl Into<String>) -> anyhow::Error {
    Usage(text.into()).into()
}

/// Whether an error is of the command line or of a definition.
pub(crate) fn is_usage(error: &anyhow::Error) -> bool {
    let named = matches!(
        error.downcast_ref::<moisson_pipeline::Error>(),
        Some(
            moisson_pipeline::Error::UnknownSource(_) | moisson_pipeline::Error::UnknownDataset(_)
        )
    );
    named || error.is::<Problems>() || error.is::<Usage>()
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

/// Whether something could not be written that somebody still waits for.
static LOST: AtomicBool = AtomicBool::new(false);

/// Whether all results were written: a full disk is no success.
pub(crate) fn is_whole() -> bool {
    !LOST.load(Ordering::Relaxed)
}

fn out(text: &dyn std::fmt::Display) {
    let written = writeln!(std::io::stdout().lock(), "{text}");
    if written.is_err_and(|error| error.kind() != ErrorKind::BrokenPipe) {
        LOST.store(true, Ordering::Relaxed);
    }
}

fn err(text: &dyn std::fmt::Display) {
    drop(writeln!(std::io::stderr().lock(), "{text}"));
}

/// A line of text on standard output.
pub(crate) fn line(text: impl std::fmt::Display) {
    out(&text);
}

/// Bytes as they are on standard output.
pub(crate) fn bytes(bytes: &[u8]) {
    let mut out = std::io::stdout().lock();
    let written = out.write_all(bytes).and_then(|()| out.flush());
    if written.is_err_and(|error| error.kind() != ErrorKind::BrokenPipe) {
        LOST.store(true, Ordering::Relaxed);
    }
}

/// A value as one JSON document on standard output.
pub(crate) fn json(value: &impl Serialize) {
    match serde_json::to_string_pretty(value) {
        Ok(text) => out(&text),
        Err(error) => err(&format_args!("error: cannot be written as JSON: {error}")),
    }
}

/// A value as one line of NDJSON on standard output.
pub(crate) fn ndjson(value: &impl Serialize) {
    match serde_json::to_string(value) {
        Ok(text) => out(&text),
        Err(error) => err(&format_args!("error: cannot be written as JSON: {error}")),
    }
}

/// A line of text on standard error.
pub(crate) fn note(text: impl std::fmt::Display) {
    err(&text);
}

/// A value as one line of NDJSON on standard error.
pub(crate) fn note_json(value: &impl Serialize) {
    if let Ok(text) = serde_json::to_string(value) {
        err(&text);
    }
}

/// An error with its causes, one a line.
pub(crate) fn error(error: &anyhow::Error) {
    if let Some(problems) = error.downcast_ref::<Problems>() {
        err(&format_args!("{problems}"));
        return;
    }
    err(&format_args!("error: {error}"));
    for cause in error.chain().skip(1) {
        err(&format_args!("  cause: {cause}"));
    }
}
