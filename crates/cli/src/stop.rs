//! Ctrl-C and SIGTERM: a flag for those who finish what is in flight, a future for those who wait.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Resolves at the first Ctrl-C or SIGTERM.
pub(crate) async fn asked() {
    let terminate = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => _ = signal.recv().await,
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        () = terminate => {}
    }
}

/// A flag that is set when a stop is asked for.
pub(crate) fn flag() -> Arc<AtomicBool> {
    let flag = Arc::new(AtomicBool::new(false));
    let told = Arc::clone(&flag);
    tokio::spawn(async move {
        asked().await;
        tracing::warn!("stopping: the page in flight is finished first");
        told.store(true, Ordering::Relaxed);
    });
    flag
}
