//! The budget of a host: one request at a time, with a rest between the end of one and the start of the next.
//!
//! It is shared by all sources of the process. A server that asks for a pause gets it from all of them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::OwnedMutexGuard;
use tokio::time::Instant;

use crate::failure::Failure;
use crate::robots::Memory;

/// How long a wait goes on without looking whether the operator asked to stop.
const GLANCE: Duration = Duration::from_millis(100);

/// Every host met so far.
#[derive(Default)]
pub(crate) struct Hosts(Mutex<BTreeMap<String, Arc<Host>>>);

/// One host.
#[derive(Default)]
pub(crate) struct Host {
    rest: Arc<tokio::sync::Mutex<Rest>>,
    /// The robots.txt of its origins; held while one is fetched, so that it is fetched once.
    pub(crate) robots: tokio::sync::Mutex<Memory>,
}

#[derive(Default)]
struct Rest {
    /// When the last request ended.
    ended: Option<Instant>,
    /// Until when the server wants to be left alone.
    until: Option<Instant>,
}

/// The right to one request; the rest begins when it is dropped.
pub(crate) struct Turn(OwnedMutexGuard<Rest>);

impl Hosts {
    pub(crate) fn get(&self, name: &str) -> Arc<Host> {
        let mut hosts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(hosts.entry(name.to_owned()).or_default())
    }
}

impl Host {
    /// Waits for the turn, and then for the rest; less is waited where the operator stops.
    pub(crate) async fn turn(
        &self,
        delay: Duration,
        stopped: &(dyn Fn() -> bool + Sync),
    ) -> Result<Turn, Failure> {
        let lock = Arc::clone(&self.rest).lock_owned();
        tokio::pin!(lock);
        let rest = loop {
            if stopped() {
                return Err(Failure::stopped());
            }
            tokio::select! {
                biased;
                rest = &mut lock => break rest,
                () = tokio::time::sleep(GLANCE) => {}
            }
        };
        let rested = rest.ended.map(|ended| ended + delay);
        while let Some(start) = rested.max(rest.until) {
            if stopped() {
                return Err(Failure::stopped());
            }
            let now = Instant::now();
            if now >= start {
                break;
            }
            tokio::time::sleep_until(start.min(now + GLANCE)).await;
        }
        Ok(Turn(rest))
    }
}

impl Turn {
    /// Leaves the host alone for longer than its delay.
    pub(crate) fn rest_for(mut self, pause: Duration) {
        self.0.until = Some(Instant::now() + pause);
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.0.ended = Some(Instant::now());
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::Instant;

    use super::Hosts;

    const DELAY: Duration = Duration::from_secs(5);

    #[tokio::test(start_paused = true)]
    async fn turns_of_a_host_follow_each_other_with_a_rest_and_hosts_do_not_wait_for_each_other() {
        let hosts = Hosts::default();
        let start = Instant::now();
        let go = || false;
        let first = hosts.get("a.example").turn(DELAY, &go).await.unwrap();
        tokio::time::sleep(Duration::from_secs(2)).await;
        drop(first);
        let second = hosts.get("a.example").turn(DELAY, &go).await.unwrap();
        assert_eq!(start.elapsed().as_secs(), 7);
        drop(hosts.get("b.example").turn(DELAY, &go).await.unwrap());
        assert_eq!(start.elapsed().as_secs(), 7);
        second.rest_for(Duration::from_mins(1));
        drop(hosts.get("a.example").turn(DELAY, &go).await.unwrap());
        assert_eq!(start.elapsed().as_secs(), 67);
    }

    #[tokio::test(start_paused = true)]
    async fn a_wait_ends_when_the_operator_stops() {
        let hosts = Hosts::default();
        drop(hosts.get("a.example").turn(DELAY, &|| false).await.unwrap());
        let start = Instant::now();
        let stopped = move || start.elapsed() > Duration::from_secs(1);
        assert!(hosts.get("a.example").turn(DELAY, &stopped).await.is_err());
        assert!(start.elapsed() < Duration::from_secs(2));
    }
}
