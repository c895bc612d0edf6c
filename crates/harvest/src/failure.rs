//! Why a page did not come, as a value: the cause, where, and whether asking again may help.

use std::error::Error as StdError;
use std::io::ErrorKind;
use std::time::Duration;

use moisson_model::{Cause, Issue, SourceId, Stage};
use rustls::CertificateError;

use crate::address::Forbidden;
use crate::decode::Fault;

/// A page that did not come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) cause: Cause,
    /// The status, where the server answered.
    pub(crate) status: Option<u16>,
    /// For a reader.
    pub(crate) message: String,
    pub(crate) again: Again,
    /// The host from which nothing is requested for now, where that is why.
    pub(crate) circuit: Option<String>,
}

/// What a failure tells of the host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// It has too much to do.
    Overload,
    /// It does not work, or does not want us.
    Down,
    /// Nothing: it is the page that is wrong.
    Page,
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
            circuit: None,
        }
    }

    /// Too much failed in a row: the host is left alone.
    pub(crate) fn circuit(host: &str, left: Duration) -> Self {
        let minutes = left.as_secs().div_ceil(60);
        let message = format!(
            "too many pages of `{host}` failed in a row: nothing is requested from it for {minutes} min"
        );
        Self {
            circuit: Some(host.to_owned()),
            ..Self::new(Cause::Connect, message)
        }
    }

    /// What it tells of the host.
    pub(crate) const fn trouble(&self) -> Trouble {
        match (self.cause, self.status) {
            (_, Some(429 | 503)) => Trouble::Overload,
            (Cause::HttpStatus, Some(500..)) => Trouble::Down,
            (Cause::Dns | Cause::Connect | Cause::Tls | Cause::Timeout | Cause::Blocked, _) => {
                Trouble::Down
            }
            _ => Trouble::Page,
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
        let (cause, again) = cause(error);
        Self {
            again,
            ..Self::new(cause, message(error))
        }
    }

    /// A status that is no success.
    ///
    /// Asked again are those that say "not now": 408, 429, 502, 503, 504 (RFC 9110, section 15) and the 520 to 524 of
    /// Cloudflare, which stand for them. A 500 is a fault of the site that asking again would only hit once more.
    pub(crate) fn of_status(status: u16, pause: Option<Duration>) -> Self {
        let again = match (status, pause) {
            (408 | 429 | 502..=504 | 520..=524, Some(pause)) => Again::After(pause),
            (408 | 429 | 502..=504 | 520..=524, None) => Again::Later,
            _ => Again::Never,
        };
        Self {
            status: Some(status),
            again,
            ..Self::new(Cause::HttpStatus, format!("the site answers {status}"))
        }
    }

    /// A page that keeps programs out: named as what it is, never asked again, never worked around.
    pub(crate) fn of_challenge(status: u16, guard: &str) -> Self {
        let message = format!("the site answers {status} with a challenge page ({guard})");
        Self {
            status: Some(status),
            ..Self::new(Cause::Blocked, message)
        }
    }

    /// A success whose page says that it is not there: the 404 that it should have been, so that paging ends on it alike.
    pub(crate) fn soft_404(status: u16) -> Self {
        let message = format!("the site answers {status} with a page that says it is not found");
        Self {
            message,
            ..Self::of_status(404, None)
        }
    }

    /// A page that a recording does not have: as if it were not there, so that paging ends on it alike.
    pub(crate) fn not_recorded() -> Self {
        Self {
            message: "the recording does not have the page".to_owned(),
            ..Self::of_status(404, None)
        }
    }

    /// The issue that says so.
    pub(crate) fn issue(&self, source: &SourceId, url: &str) -> Issue {
        let code = if self.circuit.is_some() {
            "circuit-open"
        } else {
            self.cause.name()
        };
        Issue::error(Stage::Harvest, code, self.message.clone())
            .at(url)
            .in_source(source)
    }
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        let (cause, again) = match fault {
            Fault::TooLarge(_) | Fault::Ratio(_) => (Cause::TooLarge, Again::Never),
            Fault::Unknown(_) | Fault::Stacked | Fault::Corrupt(..) => {
                (Cause::Decode, Again::Never)
            }
            // Where the end of the connection is the end of the body, nothing else tells that it was cut.
            Fault::Truncated(_) => (Cause::Decode, Again::Later),
        };
        Self {
            again,
            ..Self::new(cause, fault.to_string())
        }
    }
}

/// Asks the errors within an error what they are.
fn cause(error: &reqwest::Error) -> (Cause, Again) {
    if find::<Forbidden>(error).is_some() || error.is_builder() {
        (Cause::ForbiddenAddress, Again::Never)
    } else if error.is_timeout() {
        (Cause::Timeout, Again::Later)
    } else if error.is_dns() {
        (Cause::Dns, Again::Never)
    } else if find::<rustls::Error>(error).is_some() {
        (Cause::Tls, Again::Never)
    } else if find::<hyper::Error>(error).is_some_and(hyper::Error::is_parse_too_large) {
        (Cause::TooLarge, Again::Never)
    } else if is_malformed(error) {
        (Cause::Decode, Again::Never)
    } else {
        (Cause::Connect, Again::Later)
    }
}

/// Whether what came is no HTTP: a head or a chunk that cannot be read.
fn is_malformed(error: &reqwest::Error) -> bool {
    let kind = find::<std::io::Error>(error).map(std::io::Error::kind);
    find::<hyper::Error>(error).is_some_and(hyper::Error::is_parse)
        || matches!(kind, Some(ErrorKind::InvalidData | ErrorKind::InvalidInput))
}

/// What is wrong, for a reader. Of a certificate, which of its faults.
fn message(error: &reqwest::Error) -> String {
    let Some(rustls::Error::InvalidCertificate(fault)) = find(error) else {
        return deepest(error);
    };
    let what = match fault {
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "is for another name"
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => "has expired",
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "is not valid yet"
        }
        CertificateError::Revoked => "was revoked",
        CertificateError::UnknownIssuer => "is signed by itself or by an unknown authority",
        _ => return format!("the certificate of the site is not accepted: {fault}"),
    };
    format!("the certificate of the site {what}")
}

fn find<T: StdError + 'static>(error: &reqwest::Error) -> Option<&T> {
    chain(error).find_map(|inner| inner.downcast_ref::<T>())
}

/// The innermost reason, which says the most.
pub(crate) fn deepest(error: &reqwest::Error) -> String {
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

    use super::{Again, Failure, Fault, Trouble};

    #[test]
    fn only_passing_trouble_is_asked_again() {
        let again = |status| Failure::of_status(status, None).again;
        for status in [408, 429, 502, 503, 504, 522] {
            assert_eq!(again(status), Again::Later, "{status}");
        }
        for status in [206, 304, 400, 403, 404, 410, 500, 501, 505] {
            assert_eq!(again(status), Again::Never, "{status}");
        }
        let pause = Duration::from_secs(3);
        assert_eq!(
            Failure::of_status(429, Some(pause)).again,
            Again::After(pause)
        );
    }

    #[test]
    fn a_failure_tells_of_the_host_or_of_its_page() {
        let of = |status| Failure::of_status(status, None).trouble();
        assert_eq!([of(429), of(503)], [Trouble::Overload; 2]);
        assert_eq!([of(500), of(502)], [Trouble::Down; 2]);
        assert_eq!([of(404), of(403)], [Trouble::Page; 2]);
        assert_eq!(
            Failure::of_challenge(403, "Anubis").trouble(),
            Trouble::Down
        );
        assert_eq!(Failure::silence(Duration::ZERO).trouble(), Trouble::Down);
        assert_eq!(Failure::new(Cause::TooLarge, "").trouble(), Trouble::Page);
    }

    #[test]
    fn a_challenge_is_a_block_and_a_page_not_found_a_404() {
        let blocked = Failure::of_challenge(503, "Anubis");
        assert_eq!(
            (blocked.cause, blocked.again),
            (Cause::Blocked, Again::Never)
        );
        assert!(blocked.message.contains("503") && blocked.message.contains("Anubis"));
        let gone = Failure::soft_404(200);
        assert_eq!((gone.cause, gone.status), (Cause::HttpStatus, Some(404)));
        assert!(gone.message.contains("200"));
    }

    #[test]
    fn bombs_are_too_large_and_a_cut_coding_may_come_whole_another_time() {
        assert_eq!(Failure::from(Fault::Ratio(9)).cause, Cause::TooLarge);
        let cut = Failure::from(Fault::Truncated("gzip".to_owned()));
        assert_eq!((cut.cause, cut.again), (Cause::Decode, Again::Later));
    }
}
