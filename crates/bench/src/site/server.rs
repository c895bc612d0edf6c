//! The process that serves the site: every answer made beforehand, on one core, with validators.

use std::collections::BTreeMap;
use std::io::{BufRead as _, Write as _};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::{Context as _, Result};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::serve::ListenerExt as _;
use http::header::{CONTENT_TYPE, ETAG, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use moisson_model::Digest;
use tokio::net::TcpListener;

use super::Asked;
use crate::generate::site;

/// When every page was last changed, as it says.
const CHANGED: HeaderValue = HeaderValue::from_static("Mon, 12 Jan 2026 08:00:00 GMT");
const HTML: HeaderValue = HeaderValue::from_static("text/html; charset=utf-8");
const PLAIN: HeaderValue = HeaderValue::from_static("text/plain");

/// Serves a site of so many pages until the standard input ends.
pub(crate) fn serve(pages: usize) -> Result<()> {
    let served = Arc::new(Served::new(pages)?);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let listener = runtime
        .block_on(TcpListener::bind(("127.0.0.1", 0)))
        .context("no loopback port is free")?;
    say(&listener.local_addr()?.port().to_string())?;
    let router = Router::new()
        .fallback(answer)
        .with_state(Arc::clone(&served));
    // A small answer is not held back until the last one is acknowledged.
    let listener = listener.tap_io(|stream| _ = stream.set_nodelay(true));
    std::thread::spawn(move || runtime.block_on(axum::serve(listener, router).into_future()));
    for line in std::io::stdin().lock().lines() {
        line?;
        let asked = std::mem::take(&mut *served.asked());
        say(&serde_json::to_string(&asked)?)?;
    }
    Ok(())
}

fn say(line: &str) -> Result<()> {
    let mut output = std::io::stdout().lock();
    writeln!(output, "{line}")?;
    Ok(output.flush()?)
}

/// All answers by path, and what was asked.
struct Served {
    answers: BTreeMap<String, Answer>,
    asked: Mutex<Vec<Asked>>,
}

struct Answer {
    kind: HeaderValue,
    tag: HeaderValue,
    body: Bytes,
}

impl Served {
    fn new(pages: usize) -> Result<Self> {
        let mut answers = BTreeMap::new();
        for page in site::pages(pages) {
            answers.insert(page.path, Answer::new(HTML, page.html)?);
        }
        for listing in 0..pages / site::BLOCK {
            let forbidden = Answer::new(HTML, "<p>Interne</p>".to_owned())?;
            answers.insert(site::forbidden(listing), forbidden);
        }
        answers.insert("/".to_owned(), Answer::new(HTML, site::START.to_owned())?);
        let robots = Answer::new(PLAIN, site::ROBOTS.to_owned())?;
        answers.insert("/robots.txt".to_owned(), robots);
        Ok(Self {
            answers,
            asked: Mutex::default(),
        })
    }

    fn asked(&self) -> MutexGuard<'_, Vec<Asked>> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Answer {
    fn new(kind: HeaderValue, text: String) -> Result<Self> {
        let digest = Digest::of(text.as_bytes()).to_string();
        let tag = format!("\"{}\"", digest.get(..16).unwrap_or_default());
        Ok(Self {
            kind,
            tag: HeaderValue::from_str(&tag)?,
            body: text.into(),
        })
    }

    /// Whether who asks holds this already: the tag says so, and the date only where no tag is given (RFC 9110, 13.2.2).
    fn is_held(&self, headers: &HeaderMap) -> bool {
        match headers.get(IF_NONE_MATCH) {
            Some(tag) => tag == self.tag,
            None => headers.get(IF_MODIFIED_SINCE) == Some(&CHANGED),
        }
    }
}

async fn answer(State(served): State<Arc<Served>>, request: Request<Body>) -> Response<Body> {
    let path = request.uri().path();
    let (response, sent) = match served.answers.get(path) {
        None => (empty(StatusCode::NOT_FOUND), 0),
        Some(answer) => respond(answer, request.method(), request.headers()),
    };
    served.asked().push(Asked {
        method: request.method().to_string(),
        path: path.to_owned(),
        status: response.status().as_u16(),
        sent,
    });
    response
}

fn respond(answer: &Answer, method: &Method, headers: &HeaderMap) -> (Response<Body>, usize) {
    let (mut response, sent) = if answer.is_held(headers) {
        (empty(StatusCode::NOT_MODIFIED), 0)
    } else {
        let response = Response::new(Body::from(answer.body.clone()));
        let is_sent = *method != Method::HEAD;
        (response, if is_sent { answer.body.len() } else { 0 })
    };
    let headers = response.headers_mut();
    headers.insert(ETAG, answer.tag.clone());
    headers.insert(LAST_MODIFIED, CHANGED);
    headers.insert(CONTENT_TYPE, answer.kind.clone());
    (response, sent)
}

fn empty(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}

#[cfg(test)]
mod tests {
    use http::header::{IF_MODIFIED_SINCE, IF_NONE_MATCH};
    use http::{HeaderMap, HeaderValue, Method};

    use super::{CHANGED, Served, respond};

    #[test]
    fn a_page_is_sent_unless_its_tag_or_else_its_date_is_held() {
        let served = Served::new(40).unwrap();
        let page = &served.answers["/e/0/3.html"];
        let asked = |name, value: &HeaderValue| {
            let headers = HeaderMap::from_iter([(name, value.clone())]);
            let (response, sent) = respond(page, &Method::GET, &headers);
            (response.status().as_u16(), sent)
        };
        let other = HeaderValue::from_static("\"other\"");
        assert_eq!(asked(IF_NONE_MATCH, &page.tag), (304, 0));
        assert_eq!(asked(IF_NONE_MATCH, &other), (200, page.body.len()));
        assert_eq!(asked(IF_MODIFIED_SINCE, &CHANGED), (304, 0));
        assert_eq!(respond(page, &Method::HEAD, &HeaderMap::new()).1, 0);
    }
}
