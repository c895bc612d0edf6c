//! Many questions at once: NDJSON on standard input, an answer to each on standard output, in the same order.
//!
//! Every line is answered, a blank one too, so that answers can be counted off against questions. A line that is no
//! question is answered with what is wrong with it, and the rest goes on.

use std::io::BufRead;

use anyhow::Context;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use crate::output::{self, Done};

/// Answers each line of standard input as it comes.
pub(super) fn answer<Q: DeserializeOwned, A: Serialize>(
    mut answer: impl FnMut(Q) -> anyhow::Result<A>,
) -> anyhow::Result<Done> {
    let mut input = std::io::stdin().lock();
    let mut line = Vec::new();
    for number in 1_u64.. {
        line.clear();
        let read = input.read_until(b'\n', &mut line);
        if read.context("cannot read standard input")? == 0 {
            break;
        }
        match question(&line).and_then(&mut answer) {
            Ok(answer) => output::ndjson(&answer),
            Err(error) => {
                output::ndjson(&json!({ "error": format!("line {number}: {error:#}") }));
            }
        }
    }
    Ok(Done::Well)
}

/// Reads a question. The position that the reader of JSON gives is one within the line.
fn question<Q: DeserializeOwned>(line: &[u8]) -> anyhow::Result<Q> {
    serde_json::from_slice(line.trim_ascii_end()).map_err(|error| {
        let text = error.to_string();
        let what = text.split(" at line ").next().unwrap_or_default();
        anyhow::anyhow!("no question in JSON: {what} (column {})", error.column())
    })
}
