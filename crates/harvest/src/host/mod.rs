//! The budget of a host: who may request, when, and how many at a time. All sources share it, and all processes.
//!
//! Within the process callers stand at a door, one after the other. Between processes a host is taken from the lake
//! and given back: after each stretch of use, and when a harvest ends; what is known of its health goes along.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

use crate::failure::{Failure, Trouble};
use crate::kept::Kept;
use crate::progress::{Progress, Reason};
use crate::robots::Memory;

mod health;
#[cfg(test)]
mod tests;

use health::Health;

/// How long a wait goes on without looking whether the operator asked to stop.
const GLANCE: Duration = Duration::from_millis(100);
/// How long a process uses a host before it lets others have it.
const STRETCH: Duration = Duration::from_secs(2);
/// How long others are given to take it.
const YIELD: Duration = Duration::from_millis(300);

/// How often a host may be asked.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Manners {
    /// Between the end of a request and the start of the next; between two starts, where there are several at a time.
    pub(crate) delay: Duration,
    /// Requests at a time.
    pub(crate) concurrency: usize,
}

/// Every host met so far.
#[derive(Default)]
pub(crate) struct Hosts(Mutex<BTreeMap<String, Arc<Host>>>);

/// One host.
pub(crate) struct Host {
    name: String,
    /// Who holds it is the next to request.
    door: tokio::sync::Mutex<()>,
    budget: Mutex<Budget>,
    /// A request ended.
    ended: Notify,
    /// The robots.txt of its origins; held while one is fetched, so that it is fetched once.
    pub(crate) robots: tokio::sync::Mutex<Memory>,
}

#[derive(Default)]
struct Budget {
    /// Since when this process has the host.
    taken: Option<Instant>,
    /// Requests under way.
    under_way: usize,
    /// When the last request began or ended, and the delay that it asked for after it.
    last: Option<(Instant, Duration)>,
    health: Health,
}

/// The right to one request, until it is dropped.
pub(crate) struct Turn {
    host: Arc<Host>,
    /// How long was waited for it.
    pub(crate) waited: Duration,
}

/// What stands between a caller and its turn.
enum Gate {
    Open,
    /// Wait until then.
    Rest(Instant, Reason),
    /// Wait until a request ends.
    Busy,
    /// Give the host back, and wait until others had a chance.
    GiveBack,
    /// Take the host first.
    Take,
}

impl Hosts {
    pub(crate) fn get(&self, name: &str) -> Arc<Host> {
        let mut hosts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let new = || Arc::new(Host::new(name));
        Arc::clone(hosts.entry(name.to_owned()).or_insert_with(new))
    }

    /// Gives back every host that is not in use.
    pub(crate) fn give_back(&self, kept: &dyn Kept) {
        let hosts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        hosts.values().for_each(|host| _ = host.give_back(kept));
    }
}

impl Host {
    fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            door: tokio::sync::Mutex::default(),
            budget: Mutex::default(),
            ended: Notify::new(),
            robots: tokio::sync::Mutex::default(),
        }
    }

    fn budget(&self) -> MutexGuard<'_, Budget> {
        self.budget.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for the turn. Fails where the operator stops, or where the circuit is open.
    pub(crate) async fn turn(
        self: &Arc<Self>,
        manners: Manners,
        kept: &dyn Kept,
    ) -> Result<Turn, Failure> {
        let since = Instant::now();
        let _first = self.stand_at_the_door(kept).await?;
        let mut told = None;
        loop {
            if kept.stopped() {
                return Err(Failure::stopped());
            }
            if let Some(left) = self.budget().health.open(Instant::now()) {
                return Err(Failure::circuit(&self.name, left));
            }
            let gate = self.budget().gate(manners, Instant::now());
            match gate {
                Gate::Open => break,
                Gate::Rest(until, reason) => self.rest(until, reason, &mut told, kept).await,
                Gate::Busy => {
                    self.say(Duration::ZERO, Reason::Busy, &mut told, kept);
                    tokio::time::timeout(GLANCE, self.ended.notified())
                        .await
                        .ok();
                }
                Gate::GiveBack => {
                    if self.give_back(kept) {
                        tokio::time::sleep(YIELD).await;
                    }
                }
                Gate::Take => self.take(&mut told, kept).await,
            }
        }
        self.budget().begin(manners);
        Ok(Turn {
            host: Arc::clone(self),
            waited: since.elapsed(),
        })
    }

    async fn stand_at_the_door(
        &self,
        kept: &dyn Kept,
    ) -> Result<tokio::sync::MutexGuard<'_, ()>, Failure> {
        let door = self.door.lock();
        tokio::pin!(door);
        loop {
            if kept.stopped() {
                return Err(Failure::stopped());
            }
            tokio::select! {
                biased;
                first = &mut door => return Ok(first),
                () = tokio::time::sleep(GLANCE) => {}
            }
        }
    }

    async fn rest(
        &self,
        until: Instant,
        reason: Reason,
        told: &mut Option<Reason>,
        kept: &dyn Kept,
    ) {
        let now = Instant::now();
        self.say(until.saturating_duration_since(now), reason, told, kept);
        tokio::time::sleep_until(until.min(now + GLANCE)).await;
    }

    async fn take(&self, told: &mut Option<Reason>, kept: &dyn Kept) {
        if let Some(state) = kept.take_host(&self.name) {
            let now = Instant::now();
            let mut budget = self.budget();
            budget.taken = Some(now);
            budget.health.learn(&state, now);
            return;
        }
        self.say(GLANCE, Reason::OtherProcess, told, kept);
        tokio::time::sleep(GLANCE).await;
    }

    /// Gives the host back where no request is under way; whether another process waits for it.
    fn give_back(&self, kept: &dyn Kept) -> bool {
        let mut budget = self.budget();
        if budget.under_way > 0 || budget.taken.take().is_none() {
            return false;
        }
        let now = Instant::now();
        let state = budget.health.known(budget.left(now), now);
        budget.last = None;
        kept.give_host(&self.name, &state)
    }

    /// Says why a wait begins, once for each reason.
    fn say(&self, pause: Duration, reason: Reason, told: &mut Option<Reason>, kept: &dyn Kept) {
        if told.replace(reason) != Some(reason)
            && (pause >= GLANCE || reason == Reason::OtherProcess)
        {
            kept.tell(&Progress::Wait {
                host: self.name.clone(),
                pause,
                reason,
            });
        }
    }
}

impl Budget {
    fn gate(&self, manners: Manners, now: Instant) -> Gate {
        let Some(taken) = self.taken else {
            return Gate::Take;
        };
        if now.duration_since(taken) >= STRETCH && self.under_way == 0 {
            return Gate::GiveBack;
        }
        // Towards the end of a stretch nothing more begins, or it would never end.
        if self.under_way >= manners.concurrency
            || (self.under_way > 0 && now.duration_since(taken) >= STRETCH)
        {
            return Gate::Busy;
        }
        match self.rest(manners).filter(|(until, _)| *until > now) {
            Some((until, reason)) => Gate::Rest(until, reason),
            None => Gate::Open,
        }
    }

    /// Until when the host rests, and why.
    fn rest(&self, manners: Manners) -> Option<(Instant, Reason)> {
        let slow = self.health.slow();
        let reason = if slow.is_zero() {
            Reason::Delay
        } else {
            Reason::SlowedDown
        };
        let rested = self
            .last
            .map(|(last, _)| (last + manners.delay + slow, reason));
        rested
            .into_iter()
            .chain(self.health.until())
            .max_by_key(|(until, _)| *until)
    }

    /// What is left of the delay that the last request asked for.
    fn left(&self, now: Instant) -> Duration {
        let slow = self.health.slow();
        self.last
            .map(|(last, delay)| (last + delay + slow).saturating_duration_since(now))
            .unwrap_or_default()
    }

    fn begin(&mut self, manners: Manners) {
        self.under_way += 1;
        self.last = Some((Instant::now(), manners.delay));
    }
}

impl Turn {
    /// A page came.
    pub(crate) fn went_well(self) {
        self.host.budget().health.went_well();
    }

    /// A page failed for the host's sake, and is not asked for again.
    pub(crate) fn went_wrong(self, kept: &dyn Kept) {
        let opened = self.host.budget().health.went_wrong(Instant::now());
        if let Some(pause) = opened {
            kept.tell(&Progress::Circuit {
                host: self.host.name.clone(),
                pause,
            });
        }
    }

    /// The host asks to be left alone for longer than a run waits.
    pub(crate) fn close_for(self, pause: Duration, kept: &dyn Kept) {
        let pause = self.host.budget().health.close(pause, Instant::now());
        kept.tell(&Progress::Circuit {
            host: self.host.name.clone(),
            pause,
        });
    }

    /// Slows the host down where it has too much to do.
    pub(crate) fn met(&self, trouble: Trouble, least: Duration) {
        if trouble == Trouble::Overload {
            self.host.budget().health.overloaded(least);
        }
    }

    /// Leaves the host alone for a while.
    pub(crate) fn rest_for(&self, pause: Duration, reason: Reason) {
        self.host
            .budget()
            .health
            .rest(pause, reason, Instant::now());
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut budget = self.host.budget();
        budget.under_way -= 1;
        if budget.under_way == 0
            && let Some((last, _)) = &mut budget.last
        {
            *last = Instant::now();
        }
        drop(budget);
        self.host.ended.notify_one();
    }
}
