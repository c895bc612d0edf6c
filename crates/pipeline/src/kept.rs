//! `harvest`'s memory, kept in the lake: one for each run of a source.

use std::path::Path;

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use moisson_harvest::{
    HostState, Keeping, Kept, Progress, Recording, Robots, Secret, without_fragment,
};
use moisson_lake::recording::Index;
use moisson_lake::{Lake, RunId, StoredRobots, Writer};
use moisson_model::{Capture, Digest, Exchange, Held, Issue, Request, SourceId, Stage};
use serde::{Deserialize, Serialize};
use std::time::Duration;

use tokio::runtime::{Handle, RuntimeFlavor};

use crate::engine::{Engine, Event};
use crate::error::Error;

/// The largest file that a `file:` source may be.
const FILE_CAP: u64 = 1 << 30;

/// A run's memory.
pub(crate) struct InLake<'a> {
    engine: &'a Engine,
    source: &'a SourceId,
    run: Option<Keeper>,
    recording: Option<Recorded>,
}

/// What others recorded, in place of the network.
pub(crate) struct Recorded(Index);

impl Recorded {
    /// Opens a WARC file of others; what is wrong with it is told as issues.
    pub(crate) fn open(path: &Path, cap: u64) -> Result<(Self, Vec<Issue>), Error> {
        let (index, faults) = Index::read(path, cap, without_fragment)?;
        let issue = |fault: moisson_lake::Error| {
            Issue::error(Stage::Harvest, "invalid-record", whole(&fault))
                .at(path.display().to_string())
        };
        Ok((Self(index), faults.into_iter().map(issue).collect()))
    }
}

impl Recording for Recorded {
    fn answer(
        &self,
        method: &str,
        url: &str,
        body: &[u8],
    ) -> Result<Option<(Option<Request>, Capture)>, String> {
        self.0
            .answer(method, url, body)
            .map_err(|error| whole(&error))
    }
}

/// The run that keeps pages.
struct Keeper {
    id: RunId,
    writer: Writer,
    /// Whether the run was begun by a process that was killed, and kept pages.
    resumed: bool,
}

/// A host's state as it is stored: what is counted from now is counted from then.
#[derive(Clone, Copy, Serialize, Deserialize)]
struct Stored {
    at: Timestamp,
    state: HostState,
}

impl<'a> InLake<'a> {
    pub(crate) fn open(
        engine: &'a Engine,
        run: RunId,
        source: &'a SourceId,
    ) -> Result<Self, Error> {
        let resumed = !engine.lake.pages(run)?.is_empty();
        let writer = engine.lake.writer(run, source)?;
        let run = Some(Keeper {
            id: run,
            writer,
            resumed,
        });
        Ok(Self {
            engine,
            source,
            run,
            recording: None,
        })
    }

    /// The same, with the pages out of a recording.
    pub(crate) fn with(self, recording: Option<Recorded>) -> Self {
        Self { recording, ..self }
    }

    /// A memory that nothing is added to.
    pub(crate) const fn read_only(engine: &'a Engine, source: &'a SourceId) -> Self {
        Self {
            engine,
            source,
            run: None,
            recording: None,
        }
    }

    /// All that was kept is on the disk and in the index when this returns.
    pub(crate) async fn finish(self) -> Result<(), Error> {
        let Some(Keeper { writer, .. }) = self.run else {
            return Ok(());
        };
        let finished = tokio::task::spawn_blocking(move || writer.finish()).await;
        Ok(finished.map_err(|error| Error::Panicked(error.to_string()))??)
    }

    /// What the lake says, or nothing and a warning: a page is then requested again, which loses nothing.
    fn told<T>(&self, what: &str, answer: Result<Option<T>, moisson_lake::Error>) -> Option<T> {
        answer.unwrap_or_else(|error| {
            tracing::warn!(target: "harvest", source = %self.source, %error, "the lake cannot tell {what}");
            None
        })
    }
}

impl Kept for InLake<'_> {
    fn held(&self, key: Digest) -> Option<Held> {
        self.told(
            "which page is held",
            self.engine.lake.held(self.source, key),
        )
    }

    fn done(&self, key: Digest) -> Option<Held> {
        let run = self.run.as_ref().filter(|run| run.resumed)?;
        self.told(
            "which page this run kept",
            self.engine.lake.done(run.id, key),
        )
    }

    fn body(&self, sha256: Digest) -> Result<Bytes, String> {
        self.engine.lake.body(sha256).map_err(|error| whole(&error))
    }

    fn keep(&self, exchange: Exchange) -> Keeping<'_> {
        let (tell, told) = tokio::sync::oneshot::channel();
        let Some(run) = &self.run else {
            return Box::pin(async { Err("nothing is kept outside a run".to_owned()) });
        };
        run.writer.keep(exchange, move |kept| {
            // Nobody waits for it any more where the run is over its time.
            let _unheard = tell.send(kept.map_err(|error| whole(&error)));
        });
        let ended = |_| Err("the writer of the archive ended".to_owned());
        Box::pin(async move { told.await.unwrap_or_else(ended) })
    }

    fn robots(&self, origin: &str) -> Option<Robots> {
        let held = self.told("robots.txt", self.engine.lake.robots(origin))?;
        let StoredRobots {
            fetched_at,
            status,
            body,
        } = held;
        Some(Robots {
            fetched_at,
            status,
            body,
        })
    }

    fn keep_robots(&self, origin: &str, robots: &Robots) {
        let Robots {
            fetched_at,
            status,
            body,
        } = robots.clone();
        let stored = StoredRobots {
            fetched_at,
            status,
            body,
        };
        if let Err(error) = aside(|| self.engine.lake.keep_robots(origin, &stored)) {
            tracing::warn!(target: "harvest", origin, %error, "robots.txt cannot be kept");
        }
    }

    fn take_host(&self, host: &str) -> Option<HostState> {
        let (now, owner) = ((self.engine.machine.clock)(), &self.engine.machine.process);
        let taken = aside(|| self.engine.lake.take_host(host, owner, now));
        let stored = self.told("who has the host", taken)?;
        Some(
            serde_json::from_str(&stored)
                .map_or_else(|_| HostState::default(), |stored| since(stored, now)),
        )
    }

    fn give_host(&self, host: &str, state: &HostState) -> bool {
        let (now, owner) = ((self.engine.machine.clock)(), &self.engine.machine.process);
        let stored = serde_json::to_string(&Stored {
            at: now,
            state: *state,
        })
        .unwrap_or_default();
        let given = aside(|| self.engine.lake.give_host(host, owner, &stored, now));
        self.told("who waits for the host", given.map(Some))
            .unwrap_or_default()
    }

    fn file(&self, path: &str) -> Result<Bytes, String> {
        let bytes = moisson_lake::files::read_bytes(Path::new(path), FILE_CAP);
        bytes.map(Into::into).map_err(|error| whole(&error))
    }

    fn recording(&self) -> Option<&dyn Recording> {
        self.recording
            .as_ref()
            .map(|recorded| recorded as &dyn Recording)
    }

    fn secret(&self, secret: &Secret) -> Result<String, String> {
        (self.engine.machine.secret)(secret)
    }

    fn stopped(&self) -> bool {
        self.engine.stopped()
    }

    fn tell(&self, progress: &Progress) {
        self.engine
            .tell(&Event::Harvest(self.source.clone(), progress.clone()));
    }
}

/// A host that is left alone, or asked slower than its sources say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HostStatus {
    /// The host.
    pub host: String,
    /// Until when nothing is requested from it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub left_alone_until: Option<Timestamp>,
    /// Milliseconds that are added to every delay.
    pub slow_ms: u64,
    /// Pages in a row that failed for its sake.
    pub failures: u32,
}

/// The hosts that are not well, by name; `now` is the real time.
pub fn unwell_hosts(lake: &Lake, now: Timestamp) -> Result<Vec<HostStatus>, Error> {
    let status = |(host, stored): (String, String)| {
        let state = since(serde_json::from_str(&stored).ok()?, now);
        let open =
            (!state.open.is_zero()).then(|| now.checked_add(state.open).unwrap_or(Timestamp::MAX));
        let slow_ms = u64::try_from(state.slow.as_millis()).unwrap_or(u64::MAX);
        let unwell = HostStatus {
            host,
            left_alone_until: open,
            slow_ms,
            failures: state.failures,
        };
        (open.is_some() || slow_ms > 0).then_some(unwell)
    };
    Ok(lake.hosts()?.into_iter().filter_map(status).collect())
}

/// Does what may wait for another writer of the database, while other sources go on.
fn aside<T>(work: impl FnOnce() -> T) -> T {
    let flavour = Handle::try_current().map(|handle| handle.runtime_flavor());
    match flavour {
        Ok(RuntimeFlavor::MultiThread) => tokio::task::block_in_place(work),
        _ => work(),
    }
}

/// A state as it is now, some time after it was stored. A clock that was set back makes nobody wait longer.
fn since(stored: Stored, now: Timestamp) -> HostState {
    let Stored { at, state } = stored;
    let passed = now.duration_since(at).max(SignedDuration::ZERO);
    let passed = Duration::try_from(passed).unwrap_or_default();
    HostState {
        rest: state.rest.saturating_sub(passed),
        open: state.open.saturating_sub(passed),
        ..state
    }
}

/// An error with all that is behind it, on one line.
fn whole(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(": ")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use moisson_harvest::HostState;

    use super::{Stored, since};

    #[test]
    fn a_rest_passes_while_nobody_looks_and_health_stays() {
        let second = Duration::from_secs;
        let state = HostState {
            rest: second(10),
            slow: second(3),
            failures: 2,
            opened: 1,
            open: second(60),
        };
        let at = "2026-11-24T08:00:00Z".parse().unwrap();
        let later = "2026-11-24T08:00:20Z".parse().unwrap();
        let now = since(Stored { at, state }, later);
        assert_eq!(
            now,
            HostState {
                rest: second(0),
                open: second(40),
                ..state
            }
        );
        assert_eq!(since(Stored { at: later, state }, at), state);
    }
}
