//! Why a page did not come, as a value: the cause, where, and whether asking again may help.

use std::error::Error as StdError;
use std::time::Duration;

use moisson_model::{Cause, Issue, SourceId, Stage};

use crate::address::Forbidden;

/// Words that pages of a bot challenge hold.
const CHALLENGE_MARKS: [&str; 3] = ["challenge-platform", "cf-chl", "cf_chl"];

/// A page that did not come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) cause: Cause,
    /// The status, where the server answered.
    pub(crate) status: Option<u16>,
    /// For a reader.
    pub(crate) message: String,
    pub(crate) again: Again,
}

/// Whether the same request may be sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Again {
    /// It would come to the same.
    Never,
    /// After a pause of ours.
    Later,
    /// After the pause that the server asks for.
    After(Duration),
}

impl Failure {
    pub(crate) fn new(cause: Cause, message: impl Into<String>) -> Self {
        Self {
            cause,
            status: None,
            message: message.into(),
            again: Again::Never,
        }
    }

    pub(crate) fn stopped() -> Self {
        Self::new(Cause::Stopped, "stopped by the operator")
    }

    pub(crate) fn silence(timeout: Duration) -> Self {
        Self {
            again: Again::Later,
            ..Self::new(Cause::Timeout, format!("no answer within {timeout:?}"))
        }
    }

    /// Reads what the HTTP client says: the innermost reason decides.
    pub(crate) fn of_client(error: &reqwest::Error) -> Self {
        let message = deepest(error);
        if let Some(forbidden) = find::<Forbidden>(error) {
            return Self::new(Cause::ForbiddenAddress, forbidden.to_string());
        }
        let (cause, again) = if error.is_timeout() {
            (Cause::Timeout, Again::Later)
        } else if error.is_dns() {
            (Cause::Dns, Again::Never)
        } else if find::<rustls::Error>(error).is_some() {
            (Cause::Tls, Again::Never)
        } else if error.is_decode() && !broken_off(error) {
            (Cause::Decode, Again::Never)
        } else {
            (Cause::Connect, Again::Later)
        };
        Self {
            again,
            ..Self::new(cause, message)
        }
    }

    /// A status that is no success. A challenge is named as what it is, and never asked again.
    pub(crate) fn of_status(status: u16, blocked: bool, pause: Option<Duration>) -> Self {
        if blocked {
            let message = format!("the site answers {status} with a challenge page");
            return Self {
                status: Some(status),
                ..Self::new(Cause::Blocked, message)
            };
        }
        let again = match (status, pause) {
            (429 | 502 | 503 | 504, Some(pause)) => Again::After(pause),
            (429 | 502 | 503 | 504, None) => Again::Later,
            _ => Again::Never,
        };
        Self {
            cause: Cause::HttpStatus,
            status: Some(status),
            message: format!("the site answers {status}"),
            again,
        }
    }

    /// The issue that says so.
    pub(crate) fn issue(&self, source: &SourceId, url: &str) -> Issue {
        Issue::error(Stage::Harvest, self.cause.name(), self.message.clone())
            .at(url)
            .in_source(source)
    }
}

/// Whether an answer is a page that keeps programs out.
pub(crate) fn is_challenge(headers: &[(String, String)], body: &[u8]) -> bool {
    let header = |name: &str| headers.iter().find(|(key, _)| key == name);
    if header("cf-mitigated").is_some() {
        return true;
    }
    let guarded =
        header("server").is_some_and(|(_, value)| value.eq_ignore_ascii_case("cloudflare"));
    let page = String::from_utf8_lossy(body);
    guarded && CHALLENGE_MARKS.iter().any(|mark| page.contains(mark))
}

/// Whether the connection ended within the body, as opposed to bytes that do not decode.
fn broken_off(error: &reqwest::Error) -> bool {
    chain(error).any(|inner| {
        let body = inner
            .downcast_ref::<reqwest::Error>()
            .is_some_and(reqwest::Error::is_body);
        body || inner
            .to_string()
            .contains("end of file before message length reached")
    })
}

fn find<T: StdError + 'static>(error: &reqwest::Error) -> Option<&T> {
    chain(error).find_map(|inner| inner.downcast_ref::<T>())
}

fn deepest(error: &reqwest::Error) -> String {
    chain(error)
        .last()
        .map_or_else(|| error.to_string(), ToString::to_string)
}

/// An error and all that it wraps. What an I/O error wraps is not its source, but is wanted here.
fn chain<'a>(
    error: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |error: &&'a (dyn StdError + 'static)| {
        let error: &'a (dyn StdError + 'static) = *error;
        let wrapped = error
            .downcast_ref::<std::io::Error>()
            .and_then(std::io::Error::get_ref);
        match wrapped {
            Some(inner) => Some(inner as &(dyn StdError + 'static)),
            None => error.source(),
        }
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use moisson_model::Cause;

    use super::{Again, Failure, is_challenge};

    #[test]
    fn only_passing_trouble_is_asked_again() {
        let again = |status| Failure::of_status(status, false, None).again;
        assert_eq!(again(503), Again::Later);
        assert_eq!(again(404), Again::Never);
        assert_eq!(again(500), Again::Never);
        let pause = Duration::from_secs(3);
        assert_eq!(
            Failure::of_status(429, false, Some(pause)).again,
            Again::After(pause)
        );
    }

    #[test]
    fn a_challenge_is_a_block_and_an_error_page_behind_the_same_guard_is_not() {
        let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert!(is_challenge(&[header("cf-mitigated", "challenge")], b""));
        let guarded = [header("server", "cloudflare")];
        assert!(is_challenge(
            &guarded,
            b"<script src=/cdn-cgi/challenge-platform/x>"
        ));
        assert!(!is_challenge(&guarded, b"<h1>Maintenance</h1>"));
        assert_eq!(Failure::of_status(503, true, None).cause, Cause::Blocked);
        assert_eq!(Failure::of_status(503, true, None).again, Again::Never);
    }
}
