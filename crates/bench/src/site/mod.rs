//! The generated site over loopback, served by a process of its own: what it costs to serve is nobody's.
//!
//! The process is this executable again. It prints its port, then answers each line on its standard input with what was
//! asked of it since the last, and ends when that input does.

mod asked;
mod server;

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use anyhow::{Context as _, Result};

pub(crate) use asked::{Asked, Times, check};
pub(crate) use server::serve;

/// The site, while it is served.
pub(crate) struct Site {
    /// The port of the loopback.
    pub(crate) port: u16,
    /// Its pages.
    pub(crate) pages: usize,
    process: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Site {
    /// Serves a site of so many pages.
    pub(crate) fn serve(pages: usize) -> Result<Self> {
        let program = std::env::current_exe().context("which program this is")?;
        let mut process = Command::new(program)
            .args(["site", &pages.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("the process of the site cannot be started")?;
        let input = process.stdin.take().context("its input was asked for")?;
        let output = process.stdout.take().context("its output was asked for")?;
        let mut site = Self {
            port: 0,
            pages,
            process,
            input,
            output: BufReader::new(output),
        };
        site.port = site.line()?.trim().parse().context("the site has a port")?;
        Ok(site)
    }

    /// Where a reader begins.
    pub(crate) fn start(&self) -> String {
        format!("http://127.0.0.1:{}/", self.port)
    }

    /// What was asked since this was last called.
    pub(crate) fn take(&mut self) -> Result<Vec<Asked>> {
        self.input
            .write_all(b"\n")
            .context("the site has ended before its time")?;
        serde_json::from_str(&self.line()?).context("what was asked of the site")
    }

    fn line(&mut self) -> Result<String> {
        let mut line = String::new();
        self.output
            .read_line(&mut line)
            .context("the site has ended before its time")?;
        Ok(line)
    }
}

impl Drop for Site {
    /// Leaves no process behind: it holds every page in memory.
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}
