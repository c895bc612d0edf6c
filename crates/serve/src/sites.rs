//! Recorded sites, played from a table of routes: what the demonstration and the end-to-end tests harvest.
//!
//! A site is a folder with a `site.toml` and the files it names. Routes are told apart by path, query, request
//! headers and the JSON of a POST body, the most specific first; an entity tag made from the body answers
//! conditional requests. The host comes from the request, so that one loopback port plays every site.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use moisson_model::Digest;
use serde::Deserialize;
use tokio::net::TcpListener;

use crate::error::Error;

/// The site file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SiteFile {
    host: String,
    #[serde(default)]
    route: Vec<RouteFile>,
}

/// A route as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RouteFile {
    path: String,
    #[serde(default)]
    query: BTreeMap<String, String>,
    #[serde(default)]
    method: Option<String>,
    #[serde(default)]
    body: BTreeMap<String, serde_json::Value>,
    #[serde(default)]
    header: BTreeMap<String, String>,
    #[serde(default)]
    file: Option<String>,
    #[serde(default)]
    text: Option<String>,
    #[serde(default, rename = "type")]
    media_type: Option<String>,
    #[serde(default)]
    status: Option<u16>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    validators: Option<bool>,
}

struct Route {
    stated: RouteFile,
    content: Bytes,
}

/// Sites by host.
#[derive(Default)]
pub struct Sites {
    hosts: BTreeMap<String, Vec<Route>>,
}

impl Sites {
    /// No site.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the site of a folder: the text of its `site.toml` and a reader of the files beside it.
    pub fn add(
        &mut self,
        name: &str,
        site: &str,
        read: &dyn Fn(&str) -> Option<Vec<u8>>,
    ) -> Result<(), Error> {
        let fault = |message: String| Error::Site {
            site: name.to_owned(),
            message,
        };
        let stated: SiteFile = toml::from_str(site).map_err(|error| fault(error.to_string()))?;
        let routes = self.hosts.entry(stated.host).or_default();
        for route in stated.route {
            let content = match (&route.file, &route.text) {
                (Some(file), _) => {
                    read(file).ok_or_else(|| fault(format!("there is no file `{file}`")))?
                }
                (None, text) => text.clone().unwrap_or_default().into_bytes(),
            };
            routes.push(Route {
                stated: route,
                content: content.into(),
            });
        }
        Ok(())
    }

    /// The hosts that are played.
    pub fn hosts(&self) -> impl Iterator<Item = &str> {
        self.hosts.keys().map(String::as_str)
    }

    /// Plays the sites on a socket until `stop` resolves.
    pub async fn play(
        self,
        listener: TcpListener,
        stop: impl Future<Output = ()> + Send + 'static,
    ) -> Result<(), Error> {
        let router = Router::new().fallback(respond).with_state(Arc::new(self));
        axum::serve(listener, router)
            .with_graceful_shutdown(stop)
            .await
            .map_err(Error::Io)
    }

    fn route(&self, asked: &Asked<'_>) -> Option<&Route> {
        let routes = self
            .hosts
            .get(asked.host)?
            .iter()
            .filter(|route| route.fits(asked));
        routes.max_by_key(|route| route.weight())
    }
}

/// What a request asks, as far as routes look at it.
struct Asked<'a> {
    host: &'a str,
    method: &'a Method,
    path: &'a str,
    query: BTreeMap<String, String>,
    headers: &'a HeaderMap,
    body: Option<serde_json::Value>,
}

impl Route {
    fn fits(&self, asked: &Asked<'_>) -> bool {
        let stated = &self.stated;
        let method = stated.method.as_deref().unwrap_or("GET");
        let fits_method =
            asked.method.as_str() == method || (method == "GET" && asked.method == Method::HEAD);
        let held = |name: &str| {
            asked
                .headers
                .get(name)
                .and_then(|value| value.to_str().ok())
        };
        let in_body = |pointer: &str| asked.body.as_ref().and_then(|body| body.pointer(pointer));
        stated.path == asked.path
            && fits_method
            && stated
                .query
                .iter()
                .all(|(name, value)| asked.query.get(name) == Some(value))
            && stated
                .header
                .iter()
                .all(|(name, value)| held(name) == Some(value))
            && stated
                .body
                .iter()
                .all(|(pointer, value)| in_body(pointer) == Some(value))
    }

    fn weight(&self) -> usize {
        self.stated.query.len() + self.stated.body.len() + self.stated.header.len()
    }

    fn answer(&self, asked: &Asked<'_>) -> Response {
        let stated = &self.stated;
        let mut headers = HeaderMap::new();
        let mut put = |name: &str, value: &str| {
            if let (Ok(name), Ok(value)) =
                (HeaderName::try_from(name), HeaderValue::from_str(value))
            {
                headers.insert(name, value);
            }
        };
        let media_type = stated
            .media_type
            .as_deref()
            .unwrap_or("text/html; charset=utf-8");
        put("content-type", media_type);
        stated
            .headers
            .iter()
            .for_each(|(name, value)| put(name, value));
        let tag = format!("\"{}\"", Digest::of(&self.content));
        if stated.validators.unwrap_or(true) {
            put("etag", &tag);
        }
        let held = asked
            .headers
            .get(header::IF_NONE_MATCH)
            .and_then(|value| value.to_str().ok());
        if stated.validators.unwrap_or(true) && held == Some(tag.as_str()) {
            return (StatusCode::NOT_MODIFIED, headers).into_response();
        }
        let status = stated
            .status
            .and_then(|status| StatusCode::from_u16(status).ok());
        (
            status.unwrap_or(StatusCode::OK),
            headers,
            self.content.clone(),
        )
            .into_response()
    }
}

async fn respond(
    State(sites): State<Arc<Sites>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let stated = headers
        .get(header::HOST)
        .and_then(|value| value.to_str().ok());
    let host = uri.host().or(stated).unwrap_or_default();
    let query = url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
    let asked = Asked {
        host: host.split(':').next().unwrap_or_default(),
        method: &method,
        path: uri.path(),
        query: query.into_owned().collect(),
        headers: &headers,
        body: serde_json::from_slice(&body).ok(),
    };
    match sites.route(&asked) {
        Some(route) => route.answer(&asked),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, Method};
    use serde_json::json;

    use super::{Asked, Sites};

    const SITE: &str = r#"
host = "annuaire.example"
[[route]]
path = "/"
text = "one"
[[route]]
path = "/"
query = { page = "2" }
text = "two"
[[route]]
path = "/api"
method = "POST"
body = { "/variables/page" = 2 }
text = "three"
"#;

    fn answer(
        method: &Method,
        path: &str,
        query: &[(&str, &str)],
        body: Option<serde_json::Value>,
    ) -> Option<String> {
        let mut sites = Sites::new();
        sites.add("annuaire", SITE, &|_| None).unwrap();
        let query = query
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        let headers = HeaderMap::new();
        let asked = Asked {
            host: "annuaire.example",
            method,
            path,
            query,
            headers: &headers,
            body,
        };
        let route = sites.route(&asked)?;
        Some(String::from_utf8(route.content.to_vec()).unwrap())
    }

    #[test]
    fn the_most_specific_route_answers() {
        assert_eq!(answer(&Method::GET, "/", &[], None).unwrap(), "one");
        assert_eq!(
            answer(&Method::HEAD, "/", &[("page", "2")], None).unwrap(),
            "two"
        );
        assert_eq!(
            answer(&Method::GET, "/", &[("page", "3")], None).unwrap(),
            "one"
        );
        let body = json!({"variables": {"page": 2}});
        assert_eq!(
            answer(&Method::POST, "/api", &[], Some(body)).unwrap(),
            "three"
        );
        assert_eq!(answer(&Method::GET, "/api", &[], None), None);
    }
}
