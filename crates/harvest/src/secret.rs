//! Secrets of APIs: named in a definition, read where the operator keeps them, and seen by nobody else.
//!
//! A value is added to a request as it is sent, to the origins that the definition names and to no other, and struck
//! out of whatever comes back. It stands in no address, header or body that is kept, logged or told.

use std::collections::BTreeSet;

use bytes::Bytes;
use moisson_model::Cause;
use serde::{Deserialize, Serialize};
use url::{Origin, Url};

use crate::error::Error;
use crate::failure::Failure;
use crate::kept::Kept;
use crate::paging::with_query;
use crate::spec::{Spec, check_name};

/// The shortest value: one that is shorter is no secret, and would be struck out of half a page.
const SHORTEST: usize = 8;
/// What stands in the place of a value that came back.
const STRUCK: &str = "[secret]";

/// A secret, by reference: never its value.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Secret {
    /// The request header that carries it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub header: Option<String>,
    /// The query parameter that carries it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query: Option<String>,
    /// What stands before it: `"Bearer "`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub prefix: String,
    /// The environment variable that holds it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub env: Option<String>,
    /// The file that holds it, white space about it aside.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
}

impl Secret {
    /// One place it goes to, one it comes from.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let refused = |reason: &str| Err(Error::Secret(reason.to_owned()));
        if self.header.is_some() == self.query.is_some() {
            return refused("goes into a `header` or a `query` parameter, one of the two");
        }
        if self.env.is_some() == self.file.is_some() {
            return refused("comes from an `env` variable or a `file`, one of the two");
        }
        if http::HeaderValue::from_str(&self.prefix).is_err() {
            return refused("has a `prefix` that cannot be sent");
        }
        self.header.as_deref().map_or(Ok(()), check_name)
    }
}

/// Where it comes from and where it goes to, for a reader: never its value.
impl std::fmt::Display for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (&self.header, &self.query) {
            (Some(header), _) => write!(f, "the header `{header}`")?,
            (_, query) => write!(
                f,
                "the parameter `{}`",
                query.as_deref().unwrap_or_default()
            )?,
        }
        match (&self.env, &self.file) {
            (Some(env), _) => write!(f, " from the environment variable `{env}`"),
            (_, file) => write!(
                f,
                " from the file `{}`",
                file.as_deref().unwrap_or_default()
            ),
        }
    }
}

/// The secrets of one source, read.
#[derive(Default)]
pub(crate) struct Secrets {
    origins: Vec<Origin>,
    /// Names and whole values.
    headers: Vec<(String, String)>,
    query: Vec<(String, String)>,
    /// What is struck out, longest first.
    values: Vec<String>,
}

impl Secrets {
    /// Reads the secrets of a definition. What cannot be read ends the harvest before the first request.
    pub(crate) fn read(spec: &Spec, kept: &dyn Kept) -> Result<Self, Failure> {
        let urls = spec.url.iter().filter_map(|url| Url::parse(url).ok());
        let mut secrets = Self {
            origins: urls.map(|url| url.origin()).collect(),
            ..Self::default()
        };
        let mut values = BTreeSet::new();
        for secret in &spec.secrets {
            let value = value(secret, kept)?;
            let whole = format!("{}{value}", secret.prefix);
            if let Some(name) = &secret.header {
                secrets.headers.push((name.to_ascii_lowercase(), whole));
            } else if let Some(name) = &secret.query {
                secrets.query.push((name.clone(), whole));
            }
            // As an address writes it, too: a page may lead back to the one that was asked for.
            values.insert(encoded(&value));
            values.insert(value);
        }
        secrets.values = values.into_iter().collect();
        secrets
            .values
            .sort_by_key(|value| std::cmp::Reverse(value.len()));
        Ok(secrets)
    }

    /// The address as it is sent.
    pub(crate) fn address(&self, url: &Url) -> Url {
        let fitting = self.query.iter().filter(|_| self.are_for(url));
        let sent = fitting.fold(url.to_string(), |url, (name, value)| {
            with_query(&url, name, value)
        });
        Url::parse(&sent).unwrap_or_else(|_| url.clone())
    }

    /// The headers that are added as a request to an address is sent.
    pub(crate) fn headers(&self, url: &Url) -> &[(String, String)] {
        if self.are_for(url) {
            &self.headers
        } else {
            &[]
        }
    }

    fn are_for(&self, url: &Url) -> bool {
        self.origins.contains(&url.origin())
    }

    /// Strikes the values out of a text.
    pub(crate) fn strike(&self, text: &str) -> String {
        self.values
            .iter()
            .fold(text.to_owned(), |text, value| text.replace(value, STRUCK))
    }

    /// Strikes the values out of a body; one without them stays as it is.
    pub(crate) fn strike_bytes(&self, body: Bytes) -> Bytes {
        self.values
            .iter()
            .fold(body, |body, value| replaced(body, value.as_bytes()))
    }
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Secrets")
            .field("count", &self.values.len())
            .finish_non_exhaustive()
    }
}

fn value(secret: &Secret, kept: &dyn Kept) -> Result<String, Failure> {
    let refused = |why: String| Failure::new(Cause::Secret, why);
    let value = kept.secret(secret).map_err(refused)?;
    let value = value.trim();
    if value.len() < SHORTEST || http::HeaderValue::from_str(value).is_err() {
        let message =
            format!("a secret has {SHORTEST} characters at least, none of them a line break");
        return Err(refused(message));
    }
    Ok(value.to_owned())
}

fn encoded(value: &str) -> String {
    url::form_urlencoded::byte_serialize(value.as_bytes()).collect()
}

fn replaced(body: Bytes, value: &[u8]) -> Bytes {
    let mut rest = body.as_ref();
    let mut struck = Vec::new();
    while let Some(at) = memchr::memmem::find(rest, value) {
        let (before, after) = rest.split_at(at);
        struck.extend_from_slice(before);
        struck.extend_from_slice(STRUCK.as_bytes());
        rest = after.get(value.len()..).unwrap_or_default();
    }
    if struck.is_empty() {
        return body;
    }
    struck.extend_from_slice(rest);
    struck.into()
}

#[cfg(test)]
mod tests {
    use url::Url;

    use super::Secrets;
    use crate::testing::{Memory, spec};

    const TOKEN: &str = "abcdefgh/1";

    fn secrets() -> Secrets {
        let memory = Memory {
            secret: Some(format!("  {TOKEN}\n")),
            ..Memory::default()
        };
        let spec = spec(
            "secrets = [{ header = \"Authorization\", prefix = \"Bearer \", env = \"TOKEN\" }, { query = \"key\", file = \"key.txt\" }]",
        );
        Secrets::read(&spec, &memory).unwrap()
    }

    #[test]
    fn values_go_to_the_origins_of_the_definition_alone() {
        let secrets = secrets();
        let own = Url::parse("http://site.example/list?page=2").unwrap();
        assert_eq!(
            secrets.address(&own).as_str(),
            "http://site.example/list?page=2&key=abcdefgh%2F1"
        );
        assert_eq!(
            secrets.headers(&own),
            [("authorization".to_owned(), format!("Bearer {TOKEN}"))]
        );
        for other in [
            "https://site.example/",
            "http://site.example:8080/",
            "http://other.example/",
        ] {
            let other = Url::parse(other).unwrap();
            assert_eq!(secrets.address(&other), other);
            assert!(secrets.headers(&other).is_empty());
        }
    }

    #[test]
    fn values_that_come_back_are_struck_out() {
        let secrets = secrets();
        assert_eq!(secrets.strike("a=abcdefgh%2F1&b"), "a=[secret]&b");
        let body = secrets.strike_bytes(format!("x{TOKEN}y{TOKEN}").into());
        assert_eq!(body, "x[secret]y[secret]");
        assert_eq!(secrets.strike_bytes("plain".into()), "plain");
        assert!(!format!("{secrets:?}").contains(TOKEN));
    }

    #[test]
    fn what_is_too_short_is_refused() {
        let memory = Memory {
            secret: Some("short".to_owned()),
            ..Memory::default()
        };
        let spec = spec("secrets = [{ header = \"x-key\", env = \"TOKEN\" }]");
        assert!(Secrets::read(&spec, &memory).is_err());
    }
}
