//! Ctrl-C and SIGTERM: a flag for those who finish what is in flight, a future for those who wait.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::signal::unix::{Signal, SignalKind, signal};

/// Listens from now on; resolves at the first Ctrl-C or SIGTERM.
pub(crate) fn asked() -> impl Future<Output = ()> + Send + 'static {
    let mut signals =
        [SignalKind::interrupt(), SignalKind::terminate()].map(|kind| signal(kind).ok());
    async move {
        let [interrupt, terminate] = &mut signals;
        tokio::select! {
            () = came(interrupt.as_mut()) => {}
            () = came(terminate.as_mut()) => {}
        }
    }
}

/// A signal that cannot be listened to never comes: it ends the process as it always did.
async fn came(signal: Option<&mut Signal>) {
    match signal {
        Some(signal) => _ = signal.recv().await,
        None => std::future::pending().await,
    }
}

/// A flag that is set when a stop is asked for.
pub(crate) fn flag() -> Arc<AtomicBool> {
    let flag = Arc::new(AtomicBool::new(false));
    let (told, asked) = (Arc::clone(&flag), asked());
    tokio::spawn(async move {
        asked.await;
        tracing::warn!("stopping: the page in flight is finished first");
        told.store(true, Ordering::Relaxed);
    });
    flag
}
