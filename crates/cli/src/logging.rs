//! Log lines on standard error: quiet by default, louder by `--verbose` or `RUST_LOG`.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

use crate::args::Global;

/// Starts logging; done once, before anything else.
pub(crate) fn start(global: &Global) {
    let level = match global.verbose {
        0 => "warn",
        1 => "info",
        _ => "debug",
    };
    // A certificate that is not accepted is an issue of its source; the library would call it an error of ours.
    let quiet = format!("{level},rustls_platform_verifier=off");
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(quiet));
    let plain = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    if global.json {
        plain.json().init();
    } else {
        plain.without_time().init();
    }
}
