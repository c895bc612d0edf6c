//! The `[harvest]` table of a source: what to request, how often, and how to go on.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize};
use url::Url;

use crate::error::Error;
use crate::paging::Paging;
use crate::quantity;
use crate::secret::Secret;

/// The pause between two requests to a host where a source states none.
const DELAY: Duration = Duration::from_secs(1);
/// How long a server may stay silent where a source states nothing.
const TIMEOUT: Duration = Duration::from_secs(30);
/// The longest delay or silence that makes sense within a run.
const LONGEST: Duration = Duration::from_hours(1);
/// The largest body where a source states none.
const MAX_BYTES: u64 = 20 << 20;
/// What all bodies of a run may come to where a source states nothing.
const MAX_TOTAL: u64 = 2 << 30;
/// How long a run may take where a source states nothing.
const MAX_TIME: Duration = Duration::from_hours(6);
/// How long a page is believed to be fresh at most, where a source states nothing.
const FRESH: Duration = Duration::from_hours(1);
/// Requests to a host at a time, at most.
const CONCURRENCY: usize = 64;
/// The longest run that makes sense: the next is due by then.
const LONGEST_RUN: Duration = Duration::from_hours(7 * 24);

/// Headers that hold secrets: a definition states them by reference.
const SECRET: [&str; 2] = ["authorization", "proxy-authorization"];
/// Headers that are not for a definition: the client's own, those of one connection, validators, cookies.
const RESERVED: [&str; 12] = [
    "accept-encoding",
    "connection",
    "content-length",
    "cookie",
    "host",
    "if-match",
    "if-modified-since",
    "if-none-match",
    "if-range",
    "range",
    "transfer-encoding",
    "user-agent",
];

/// The `[harvest]` table.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// Addresses of the listing, `http:`, `https:` or `file:`: one text or a list.
    #[serde(deserialize_with = "one_or_more")]
    pub url: Vec<String>,
    /// `GET` or `POST`.
    #[serde(default)]
    pub method: Method,
    /// Request headers.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// The body of a POST, verbatim.
    #[serde(default)]
    pub body: Option<String>,
    /// The pause between the end of a request to a host and the start of the next.
    #[serde(default = "delay", with = "quantity::duration")]
    pub delay: Duration,
    /// Requests at a time; more than one where the site allows it.
    #[serde(default = "concurrency")]
    pub concurrency: usize,
    /// How long a page is believed to be fresh at most, whatever its `Cache-Control` says.
    #[serde(default = "fresh", with = "quantity::duration")]
    pub fresh: Duration,
    /// Secrets that the site wants with each request, by reference.
    #[serde(default)]
    pub secrets: Vec<Secret>,
    /// How long the server may stay silent.
    #[serde(default = "timeout", with = "quantity::duration")]
    pub timeout: Duration,
    /// The largest body, after decoding.
    #[serde(default = "max_bytes", with = "quantity::size")]
    pub max_bytes: u64,
    /// What all bodies of a run may come to, after decoding.
    #[serde(default = "max_total", with = "quantity::size")]
    pub max_total: u64,
    /// How long a run may take, waits included.
    #[serde(default = "max_time", with = "quantity::duration")]
    pub max_time: Duration,
    /// How the listing goes on; absent: it is one page.
    #[serde(default)]
    pub paging: Option<Paging>,
    /// Where a listing names the pages of its records: each is harvested once.
    #[serde(default)]
    pub detail: Option<String>,
}

/// A request method.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    /// Read.
    #[default]
    Get,
    /// Ask with a body: GraphQL, search forms.
    Post,
}

impl Method {
    /// The word sent.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
        }
    }
}

impl Spec {
    /// Refuses what means nothing: nothing is requested of a source that does not pass.
    pub fn check(&self) -> Result<(), Error> {
        if self.url.is_empty() {
            return Err(Error::NoUrl);
        }
        self.url.iter().try_for_each(|url| self.check_url(url))?;
        for (name, value) in &self.headers {
            check_header(name, value)?;
        }
        if self.body.is_some() && self.method == Method::Get {
            return meaningless("`body` is sent with `method = \"POST\"` alone");
        }
        if self.timeout.is_zero() || self.max_bytes == 0 {
            return meaningless("`timeout` and `max_bytes` must be above zero");
        }
        if self.delay > LONGEST || self.timeout > LONGEST {
            return meaningless("`delay` and `timeout` are an hour at most");
        }
        if !(1..=CONCURRENCY).contains(&self.concurrency) {
            return meaningless("`concurrency` is 1 at least and 64 at most");
        }
        self.secrets.iter().try_for_each(Secret::check)?;
        self.check_run()?;
        self.paging
            .as_ref()
            .map_or(Ok(()), |paging| paging.check(self))
    }

    /// A run has room and time for one page at least.
    fn check_run(&self) -> Result<(), Error> {
        if self.max_total < self.max_bytes {
            return meaningless("`max_total` is at least `max_bytes`");
        }
        if self.max_time < self.timeout || self.max_time > LONGEST_RUN {
            return meaningless("`max_time` is at least `timeout` and a week at most");
        }
        Ok(())
    }

    fn check_url(&self, text: &str) -> Result<(), Error> {
        let refused = |reason: &str| {
            Err(Error::Url {
                url: text.to_owned(),
                reason: reason.to_owned(),
            })
        };
        let url = match Url::parse(text) {
            Ok(url) => url,
            Err(error) => return refused(&error.to_string()),
        };
        match url.scheme() {
            "http" | "https" if !url.username().is_empty() || url.password().is_some() => {
                refused("an address holds no user name or password")
            }
            "http" | "https" => Ok(()),
            "file" if self.method == Method::Post => refused("a file is read, not posted to"),
            "file" if self.paging.is_some() => refused("a file has no pages"),
            "file" => Ok(()),
            _ => refused("expected `http:`, `https:` or `file:`"),
        }
    }

    /// The selectors and pointers into pages, each with its key: who reads pages tells whether they parse.
    pub fn selectors(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let detail = self.detail.as_deref().map(|selector| ("detail", selector));
        let paging = self.paging.iter().flat_map(Paging::selectors);
        detail.into_iter().chain(paging)
    }
}

pub(crate) fn check_header(name: &str, value: &str) -> Result<(), Error> {
    let refused = |reason: &str| {
        Err(Error::Header {
            name: name.to_owned(),
            reason: reason.to_owned(),
        })
    };
    check_name(name)?;
    if http::HeaderValue::from_str(value).is_err() {
        return refused("its value cannot be sent");
    }
    if SECRET.contains(&name.to_ascii_lowercase().as_str()) {
        return refused("it is a secret: `secrets` takes it by reference");
    }
    Ok(())
}

/// Refuses what is no name, and what is the client's to set.
pub(crate) fn check_name(name: &str) -> Result<(), Error> {
    let refused = |reason: &str| {
        Err(Error::Header {
            name: name.to_owned(),
            reason: reason.to_owned(),
        })
    };
    if name.parse::<http::HeaderName>().is_err() {
        return refused("this is no name of a header");
    }
    if RESERVED.contains(&name.to_ascii_lowercase().as_str()) {
        return refused("it is the client's to set");
    }
    Ok(())
}

fn meaningless(reason: &str) -> Result<(), Error> {
    Err(Error::Meaningless(reason.to_owned()))
}

fn one_or_more<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<String>, D::Error> {
    struct Visitor;
    impl<'de> serde::de::Visitor<'de> for Visitor {
        type Value = Vec<String>;

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("an address or a list of addresses")
        }

        fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
            Ok(vec![text.to_owned()])
        }

        fn visit_seq<A: serde::de::SeqAccess<'de>>(
            self,
            mut list: A,
        ) -> Result<Self::Value, A::Error> {
            let mut all = Vec::new();
            while let Some(text) = list.next_element()? {
                all.push(text);
            }
            Ok(all)
        }
    }
    from.deserialize_any(Visitor)
}

fn delay() -> Duration {
    DELAY
}

fn timeout() -> Duration {
    TIMEOUT
}

fn max_bytes() -> u64 {
    MAX_BYTES
}

fn max_total() -> u64 {
    MAX_TOTAL
}

fn max_time() -> Duration {
    MAX_TIME
}

const fn concurrency() -> usize {
    1
}

const fn fresh() -> Duration {
    FRESH
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Spec;

    fn checked(rest: &str) -> Result<Spec, String> {
        let text = format!("url = \"https://a.example/\"\n{rest}");
        let spec: Spec = toml::from_str(&text).map_err(|error| error.to_string())?;
        spec.check().map_err(|error| error.to_string())?;
        Ok(spec)
    }

    #[test]
    fn one_address_is_enough_and_the_rest_has_defaults() {
        let spec = checked("").unwrap();
        assert_eq!(spec.url, ["https://a.example/"]);
        assert_eq!(spec.delay, Duration::from_secs(1));
        assert_eq!(spec.max_bytes, 20 << 20);
        assert_eq!(spec.max_total, 2 << 30);
        assert_eq!(spec.max_time, Duration::from_hours(6));
    }

    #[test]
    fn what_means_nothing_is_refused_with_its_reason() {
        for (text, part) in [
            ("speed = 1", "unknown field `speed`"),
            ("delay = \"soon\"", "expected a duration"),
            ("max_bytes = \"0\"", "above zero"),
            ("delay = \"99999999h\"", "an hour at most"),
            ("max_total = \"1 MiB\"", "at least `max_bytes`"),
            ("max_time = \"1s\"", "at least `timeout`"),
            ("max_time = \"200h\"", "a week at most"),
            ("method = \"PUT\"", "PUT"),
            ("body = \"x\"", "`body` is sent with"),
            ("headers = { authorization = \"Bearer x\" }", "a secret"),
            ("concurrency = 0", "`concurrency` is 1"),
            ("secrets = [{ header = \"x\" }]", "comes from"),
            ("secrets = [{ env = \"X\" }]", "goes into"),
            (
                "secrets = [{ header = \"host\", env = \"X\" }]",
                "the client's",
            ),
            ("headers = { \"a b\" = \"x\" }", "no name of a header"),
        ] {
            let error = checked(text).unwrap_err();
            assert!(error.contains(part), "{text}: {error}");
        }
        for (url, part) in [
            ("[]", "names no address"),
            ("\"ftp://a.example/\"", "expected `http:`"),
            ("\"https://me:secret@a.example/\"", "user name"),
            ("\"/relative\"", "relative"),
        ] {
            let spec: Spec = toml::from_str(&format!("url = {url}")).unwrap();
            let error = spec.check().unwrap_err().to_string();
            assert!(error.contains(part), "{url}: {error}");
        }
    }
}
