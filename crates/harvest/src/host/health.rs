//! How a host is: how much slower it wants to be asked, until when it is to be left alone, and when enough has failed.
//!
//! 429 and 503 slow the host down for every source, not only the request that met them: each doubles what is added to
//! the delay, and each page that comes takes a tenth of it away. Pages that fail for the host's sake, so many in a
//! row, open a circuit: nothing is requested until it has rested, then one page is tried; should that fail too, the
//! next rest is twice as long.

use std::time::Duration;

use tokio::time::Instant;

use crate::kept::HostState;
use crate::progress::Reason;

/// The least and the most that is added to the delay of a host that has too much to do.
const SLOWEST: Duration = Duration::from_mins(1);
/// Less than this is no longer added.
const NOTHING: Duration = Duration::from_millis(50);
/// Pages in a row that may fail.
const PATIENCE: u32 = 5;
/// The longest pause that a host may ask for and get.
const LONGEST_WISH: Duration = Duration::from_hours(24);
/// The first rest of an open circuit, and the longest.
const REST: Duration = Duration::from_mins(5);
const LONGEST_REST: Duration = Duration::from_hours(6);

/// The health of a host, as this process knows it.
#[derive(Debug, Default)]
pub(super) struct Health {
    /// Until when the host is left alone, and why.
    until: Option<(Instant, Reason)>,
    slow: Duration,
    failures: u32,
    opened: u32,
    open: Option<Instant>,
}

impl Health {
    /// What was remembered of the host.
    pub(super) fn learn(&mut self, state: &HostState, now: Instant) {
        *self = Self {
            until: (!state.rest.is_zero()).then(|| (now + state.rest, Reason::Delay)),
            slow: state.slow.min(SLOWEST),
            failures: state.failures,
            opened: state.opened,
            open: (!state.open.is_zero()).then(|| now + state.open.min(LONGEST_WISH)),
        };
    }

    /// What is to be remembered; `rest` is what is left of the delay.
    pub(super) fn known(&self, rest: Duration, now: Instant) -> HostState {
        let left = |at: Instant| at.saturating_duration_since(now);
        HostState {
            rest: self.until.map_or(rest, |(until, _)| left(until).max(rest)),
            slow: self.slow,
            failures: self.failures,
            opened: self.opened,
            open: self.open.map(left).unwrap_or_default(),
        }
    }

    /// How much longer than its delay the host rests.
    pub(super) const fn slow(&self) -> Duration {
        self.slow
    }

    /// Until when it is left alone.
    pub(super) const fn until(&self) -> Option<(Instant, Reason)> {
        self.until
    }

    /// How long the circuit is still open.
    pub(super) fn open(&self, now: Instant) -> Option<Duration> {
        let left = self.open?.saturating_duration_since(now);
        (!left.is_zero()).then_some(left)
    }

    /// Leaves the host alone for a while.
    pub(super) fn rest(&mut self, pause: Duration, reason: Reason, now: Instant) {
        let until = now + pause;
        if self.until.is_none_or(|(known, _)| known < until) {
            self.until = Some((until, reason));
        }
    }

    /// The host has too much to do: at least `least` is added from now on.
    pub(super) fn overloaded(&mut self, least: Duration) {
        self.slow = (self.slow * 2).clamp(least.min(SLOWEST), SLOWEST);
    }

    /// A page came.
    pub(super) fn went_well(&mut self) {
        (self.failures, self.opened, self.open) = (0, 0, None);
        self.slow = self.slow * 9 / 10;
        if self.slow < NOTHING {
            self.slow = Duration::ZERO;
        }
    }

    /// A page failed for the host's sake; for how long the circuit is open from now on, where that is enough.
    pub(super) fn went_wrong(&mut self, now: Instant) -> Option<Duration> {
        self.failures += 1;
        // Once open, one more failure is enough: that was the page that was tried.
        if self.failures < PATIENCE && self.opened == 0 {
            return None;
        }
        let pause = (REST * 2_u32.saturating_pow(self.opened)).min(LONGEST_REST);
        self.opened = (self.opened + 1).min(10);
        self.open = Some(now + pause);
        Some(pause)
    }

    /// The host asks for a pause that is longer than a run waits; what it gets.
    pub(super) fn close(&mut self, pause: Duration, now: Instant) -> Duration {
        let pause = pause.min(LONGEST_WISH);
        self.open = Some(now + pause);
        pause
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::{Instant, advance};

    use super::{Health, LONGEST_REST, PATIENCE, REST, SLOWEST};
    use crate::progress::Reason;

    #[test]
    fn a_host_with_too_much_to_do_is_asked_slower_and_slowly_faster_again() {
        let mut health = Health::default();
        let second = Duration::from_secs(1);
        health.overloaded(second);
        assert_eq!(health.slow(), second);
        health.overloaded(second);
        assert_eq!(health.slow(), 2 * second);
        (0..20).for_each(|_| health.overloaded(second));
        assert_eq!(health.slow(), SLOWEST);
        health.went_well();
        assert_eq!(health.slow(), SLOWEST * 9 / 10);
        (0..100).for_each(|_| health.went_well());
        assert_eq!(health.slow(), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn a_circuit_opens_rests_and_tries_one_page() {
        let mut health = Health::default();
        for _ in 1..PATIENCE {
            assert_eq!(health.went_wrong(Instant::now()), None);
        }
        assert_eq!(health.went_wrong(Instant::now()), Some(REST));
        assert_eq!(health.open(Instant::now()), Some(REST));
        advance(REST).await;
        assert_eq!(health.open(Instant::now()), None);
        assert_eq!(health.went_wrong(Instant::now()), Some(2 * REST));
        (0..20).for_each(|_| _ = health.went_wrong(Instant::now()));
        assert_eq!(health.open(Instant::now()), Some(LONGEST_REST));
        health.went_well();
        assert_eq!(health.open(Instant::now()), None);
        assert_eq!(health.went_wrong(Instant::now()), None);
    }

    #[tokio::test(start_paused = true)]
    async fn another_process_knows_as_much() {
        let mut health = Health::default();
        let now = Instant::now();
        health.overloaded(Duration::from_secs(4));
        health.rest(Duration::from_secs(7), Reason::RetryAfter, now);
        health.rest(Duration::from_secs(3), Reason::BackOff, now);
        (0..PATIENCE).for_each(|_| _ = health.went_wrong(now));
        let known = health.known(Duration::from_secs(1), now);
        let mut other = Health::default();
        other.learn(&known, now);
        assert_eq!(other.known(Duration::ZERO, now), known);
        assert_eq!(known.rest, Duration::from_secs(7));
        assert_eq!(known.open, REST);
    }
}
