//! `moisson sites`: the demonstration sites on a port, for trying definitions and the schedule against them.

use anyhow::Context;
use clap::Args;
use include_dir::{Dir, include_dir};
use moisson_serve::sites::Sites;
use tokio::net::TcpListener;

use crate::output::{self, Done};
use crate::stop;

static SITES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../tests/fixtures/sites");

/// Arguments of `sites`.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  moisson sites --bind 127.0.0.1:8099 &\n  \
    moisson schedule --once --host '*.example=127.0.0.1:8099'")]
pub(crate) struct Arguments {
    /// Address and port to listen on.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8099")]
    bind: String,
}

/// Runs it.
pub(crate) async fn run(arguments: Arguments) -> anyhow::Result<Done> {
    let stop = stop::asked();
    let sites = embedded()?;
    let listener = TcpListener::bind(&arguments.bind).await.with_context(|| {
        format!(
            "cannot listen on `{}`: choose another with --bind",
            arguments.bind
        )
    })?;
    let address = listener.local_addr()?;
    output::note(format!(
        "playing on {address} (Ctrl-C ends): {}",
        sites.hosts().collect::<Vec<_>>().join(" ")
    ));
    sites.play(listener, stop).await?;
    Ok(Done::Well)
}

/// The demonstration sites, as the executable carries them.
pub(crate) fn embedded() -> anyhow::Result<Sites> {
    let mut sites = Sites::new();
    for folder in SITES.dirs() {
        let name = folder.path().to_string_lossy();
        let file = |path: &str| SITES.get_file(folder.path().join(path));
        let Some(site) = file("site.toml").and_then(include_dir::File::contents_utf8) else {
            continue;
        };
        sites.add(&name, site, &|path| {
            file(path).map(|file| file.contents().to_vec())
        })?;
    }
    Ok(sites)
}
