//! `moisson serve`: the published tree over HTTP, read-only.

use std::sync::Arc;

use anyhow::Context;
use clap::Args;
use moisson_lake::tree::Tree;
use moisson_serve::Published;
use tokio::net::TcpListener;

use crate::args::Global;
use crate::output::{self, Done};
use crate::{engine, stop};

/// Arguments of `serve`.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  moisson serve --bind 127.0.0.1:8080 &\n  \
    curl -s http://127.0.0.1:8080/latest/manifest.json")]
pub(crate) struct Arguments {
    /// Address and port to listen on; port 0 lets the system choose one.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    bind: String,
}

/// Runs it.
pub(crate) async fn run(arguments: Arguments, global: &Global) -> anyhow::Result<Done> {
    let stop = stop::asked();
    let lake = engine::lake(global)?;
    let tree = Arc::new(Tree::new(&global.data.join("publish")));
    let published = Published {
        tree,
        lake,
        clock: engine::clock(None),
    };
    let listener = TcpListener::bind(&arguments.bind).await.with_context(|| {
        format!(
            "cannot listen on `{}`: choose another with --bind",
            arguments.bind
        )
    })?;
    let address = listener.local_addr()?;
    output::note(format!(
        "serving {} on http://{address}/ (Ctrl-C ends)",
        global.data.join("publish").display()
    ));
    moisson_serve::serve(published, listener, stop).await?;
    Ok(Done::Well)
}
