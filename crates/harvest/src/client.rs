//! The one client of a process: settings, clock, the HTTP client, and the budget of every host.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use reqwest::Certificate;

use crate::address::Guard;
use crate::error::Error;
use crate::failure::deepest;
use crate::host::Hosts;

/// The first pause before a request is sent again.
const BACK_OFF: Duration = Duration::from_secs(1);
/// The longest pause that a server may ask for and get.
const PATIENCE: Duration = Duration::from_mins(2);
/// The largest head of an answer over HTTP/2, in bytes. That of HTTP/1 is measured when it has come.
const HEAD: u32 = 64 << 10;

/// Tells the time of a run.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// What an operator chooses.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Product token and contact, as sent: `Moisson/0.1 (+https://…)`. robots.txt is read for the token.
    pub user_agent: String,
    /// Hosts led to an address of the operator's choice, for demonstrations and tests, whatever the scheme. Captures
    /// never show it. `*.example` leads every host under that parent.
    pub hosts: BTreeMap<String, SocketAddr>,
    /// Certificates of authorities to be trusted beside those of the system, as PEM; empty: none.
    pub authorities: Vec<u8>,
    /// Whether addresses of private networks may be requested.
    pub private_addresses: bool,
    /// The first pause before a request is sent again; it doubles.
    pub back_off: Duration,
    /// The longest `Retry-After` that is waited for; a longer one ends the attempt.
    pub patience: Duration,
}

impl Settings {
    /// The defaults, under a user agent.
    pub fn new(user_agent: &str) -> Self {
        Self {
            user_agent: user_agent.to_owned(),
            hosts: BTreeMap::new(),
            authorities: Vec::new(),
            private_addresses: false,
            back_off: BACK_OFF,
            patience: PATIENCE,
        }
    }

    /// The product token: what stands before the version.
    fn token(&self) -> Option<&str> {
        let token = self.user_agent.split(['/', ' ']).next().unwrap_or_default();
        let fits = !token.is_empty()
            && token
                .bytes()
                .all(|byte| byte.is_ascii_alphabetic() || byte == b'-' || byte == b'_');
        fits.then_some(token)
    }

    fn states_a_contact(&self) -> bool {
        let (_, rest) = self.user_agent.split_once(' ').unwrap_or_default();
        ["http://", "https://", "mailto:"]
            .iter()
            .any(|mark| rest.contains(mark))
    }
}

/// The polite client: one for a process, shared by all sources, so that a host has one budget.
#[derive(Clone)]
pub struct Client {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) settings: Settings,
    /// The token that robots.txt groups are matched with.
    pub(crate) token: String,
    pub(crate) clock: Clock,
    pub(crate) guard: Guard,
    pub(crate) hosts: Hosts,
    pub(crate) http: reqwest::Client,
}

impl Client {
    /// Sets up the client; nothing is requested yet.
    pub fn new(settings: Settings, clock: Clock) -> Result<Self, Error> {
        let refused = || Error::UserAgent(settings.user_agent.clone());
        let token = settings.token().ok_or_else(refused)?.to_owned();
        let sendable = http::HeaderValue::from_str(&settings.user_agent).is_ok();
        if !sendable || !settings.states_a_contact() {
            return Err(refused());
        }
        let guard = Guard::new(&settings.hosts, settings.private_addresses);
        let http = http_client(&guard, &authorities(&settings.authorities)?)?;
        let inner = Arc::new(Inner {
            token,
            clock,
            guard,
            hosts: Hosts::default(),
            http,
            settings,
        });
        Ok(Self { inner })
    }
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client")
            .field("settings", &self.inner.settings)
            .finish_non_exhaustive()
    }
}

/// The certificates of a PEM file, of which there must be one.
fn authorities(pem: &[u8]) -> Result<Vec<Certificate>, Error> {
    let read =
        Certificate::from_pem_bundle(pem).map_err(|error| Error::Authorities(deepest(&error)));
    match read {
        Ok(none) if none.is_empty() && !pem.is_empty() => {
            Err(Error::Authorities("it holds no certificate".to_owned()))
        }
        read => read,
    }
}

/// Certificates are verified against the system's store, and the authorities of the operator beside it. Where there is no
/// store, those alone count: a bare container can still run the demonstration.
fn http_client(guard: &Guard, authorities: &[Certificate]) -> Result<reqwest::Client, Error> {
    // An error means that a provider is installed already, which is as good.
    rustls::crypto::ring::default_provider()
        .install_default()
        .ok();
    let whole = builder(guard).tls_certs_merge(authorities.to_vec());
    whole.build().or_else(|error| {
        tracing::warn!(target: "harvest", %error, "no certificate store of the system: only stated authorities are trusted with `https:`");
        let bare = builder(guard).tls_certs_only(authorities.to_vec());
        bare.build().map_err(|error| match authorities {
            [] => Error::Client(error),
            _ => Error::Authorities(deepest(&error)),
        })
    })
}

fn builder(guard: &Guard) -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .dns_resolver(guard.clone())
        // A proxy would resolve names behind the guard's back.
        .no_proxy()
        // Redirects and retries are ours: each is checked, counted and waits its turn.
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .http2_max_header_list_size(HEAD)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use jiff::Timestamp;

    use super::{Client, Settings};

    #[test]
    fn a_user_agent_names_a_product_and_a_contact() {
        let client =
            |agent: &str| Client::new(Settings::new(agent), Arc::new(|| Timestamp::UNIX_EPOCH));
        let honest = client("Moisson/0.1 (+https://moisson.example/contact)").unwrap();
        assert_eq!(honest.inner.token, "Moisson");
        for agent in [
            "",
            "Moisson/0.1",
            "https://moisson.example/",
            "Mois\nson (+https://a.example)",
        ] {
            assert!(client(agent).is_err(), "{agent}");
        }
    }

    #[test]
    fn an_authority_is_a_certificate_or_refused() {
        let client = |pem: &str| {
            let settings = Settings {
                authorities: pem.as_bytes().to_vec(),
                ..Settings::new("Moisson/0.1 (+https://moisson.example/contact)")
            };
            Client::new(settings, Arc::new(|| Timestamp::UNIX_EPOCH)).map(|_| ())
        };
        assert!(client("").is_ok());
        for pem in [
            "no PEM",
            "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n",
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        ] {
            let error = client(pem).unwrap_err().to_string();
            assert!(error.contains("authorities"), "{error}");
        }
    }
}
