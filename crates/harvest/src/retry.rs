//! Patience: a request waits its turn, and is sent again after trouble that passes.
//!
//! The pause is the host's, not the request's: other sources leave the host alone meanwhile.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};
use jiff::Timestamp;

use crate::client::Client;
use crate::exchange::{Answer, Ask, Pace, exchange};
use crate::failure::{Again, Failure, Trouble};
use crate::host::Turn;
use crate::kept::Kept;
use crate::progress::Reason;

/// How often a request is sent again at most.
const RETRIES: usize = 3;
/// The longest pause of our own.
const LONGEST: Duration = Duration::from_mins(1);

/// Sends a request when its host may be asked, and again where that may help.
pub(crate) async fn patiently(
    client: &Client,
    ask: &Ask,
    pace: &Pace<'_>,
    kept: &dyn Kept,
) -> Result<Answer, Failure> {
    let settings = &client.inner.settings;
    let host = client
        .inner
        .hosts
        .get(ask.url.host_str().unwrap_or_default());
    let mut pauses = ExponentialBuilder::new()
        .with_min_delay(settings.back_off)
        .with_max_delay(LONGEST)
        .with_max_times(RETRIES)
        .with_jitter()
        .build();
    loop {
        let turn = host.turn(pace.manners, kept).await?;
        pace.count.request(turn.waited);
        let failure = match exchange(client, ask, pace).await {
            Ok(answer) => {
                tracing::debug!(target: "harvest", url = %ask.url, status = answer.status, size_bytes = answer.body.len(), answer.received, "answered");
                turn.went_well();
                pace.count.bytes(answer.received);
                return Ok(answer);
            }
            Err(failure) => failure,
        };
        turn.met(failure.trouble(), settings.back_off);
        let (pause, reason) = match (failure.again, pauses.next()) {
            (Again::After(pause), _) if pause > settings.patience => {
                return Err(leave_alone(turn, failure, pause, kept));
            }
            (Again::After(pause), Some(_)) => (pause, Reason::RetryAfter),
            (Again::Later, Some(pause)) => (pause, Reason::BackOff),
            (Again::Never, _) | (_, None) => return Err(give_up(turn, failure, kept)),
        };
        tracing::debug!(target: "harvest", url = %ask.url, cause = failure.cause.name(), ?pause, "asked again after a pause");
        turn.rest_for(pause, reason);
    }
}

/// A host that asks for a longer pause than a run waits gets it, up to a day: from this run and the next.
fn leave_alone(turn: Turn, failure: Failure, pause: Duration, kept: &dyn Kept) -> Failure {
    let message = format!(
        "{} and asks to be left alone for {pause:?}",
        failure.message
    );
    turn.close_for(pause, kept);
    Failure { message, ..failure }
}

fn give_up(turn: Turn, failure: Failure, kept: &dyn Kept) -> Failure {
    match failure.trouble() {
        // The host works: it is this page that is not there.
        Trouble::Page => turn.went_well(),
        Trouble::Overload | Trouble::Down => turn.went_wrong(kept),
    }
    failure
}

/// The pause in `Retry-After`, in seconds or as a date.
pub(crate) fn stated_pause(headers: &[(String, String)], now: Timestamp) -> Option<Duration> {
    let (_, value) = headers.iter().find(|(name, _)| name == "retry-after")?;
    if let Ok(seconds) = value.trim().parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = Timestamp::try_from(httpdate::parse_http_date(value).ok()?).ok()?;
    Some(Duration::try_from(date.duration_since(now)).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::stated_pause;

    #[test]
    fn a_pause_is_stated_in_seconds_or_as_a_date() {
        let now = "2026-11-24T08:00:00Z".parse().unwrap();
        let pause =
            |value: &str| stated_pause(&[("retry-after".to_owned(), value.to_owned())], now);
        assert_eq!(pause("7"), Some(Duration::from_secs(7)));
        assert_eq!(
            pause("Tue, 24 Nov 2026 08:01:00 GMT"),
            Some(Duration::from_mins(1))
        );
        assert_eq!(pause("Tue, 24 Nov 2026 07:00:00 GMT"), Some(Duration::ZERO));
        assert_eq!(pause("soon"), None);
        assert_eq!(stated_pause(&[], now), None);
    }
}
