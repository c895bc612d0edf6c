//! The server: which request gets which answer, and how it ends.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use http::request::Parts;
use http::{HeaderValue, Method, StatusCode, header};
use jiff::Timestamp;
use moisson_lake::Lake;
use moisson_lake::tree::{Missing, Tree};
use percent_encoding::percent_decode_str;
use serde_json::json;
use tokio::net::TcpListener;

use crate::answer;
use crate::error::Error;
use crate::health::health;

/// How long requests in flight may take once the server is told to stop.
const GRACE: Duration = Duration::from_secs(10);

/// What is served.
#[derive(Clone)]
pub struct Published {
    /// The tree.
    pub tree: Arc<Tree>,
    /// The lake, for `/health`.
    pub lake: Lake,
    /// The clock, for ages.
    pub clock: Arc<dyn Fn() -> Timestamp + Send + Sync>,
}

impl Published {
    /// The application, without a socket.
    pub fn router(self) -> Router {
        Router::new().fallback(respond).with_state(self)
    }
}

/// Serves until `stop` resolves, then lets what is in flight end, for ten seconds at most.
pub async fn serve(
    published: Published,
    listener: TcpListener,
    stop: impl Future<Output = ()> + Send + 'static,
) -> Result<(), Error> {
    let (told, stopping) = tokio::sync::oneshot::channel::<()>();
    let graceful = axum::serve(listener, published.router()).with_graceful_shutdown(async move {
        stop.await;
        drop(told);
    });
    let deadline = async move {
        let _closed = stopping.await;
        tokio::time::sleep(GRACE).await;
    };
    tokio::select! {
        ended = graceful => ended.map_err(Error::Io),
        () = deadline => Ok(()),
    }
}

async fn respond(State(published): State<Published>, request: Request) -> Response {
    let (asked, _body) = request.into_parts();
    let mut response = answer(&published, &asked).await;
    let headers = response.headers_mut();
    headers.insert(
        header::ACCESS_CONTROL_ALLOW_ORIGIN,
        HeaderValue::from_static("*"),
    );
    headers.insert(
        header::ACCESS_CONTROL_EXPOSE_HEADERS,
        HeaderValue::from_static("ETag, Link, Content-Length, Content-Range"),
    );
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    response
}

async fn answer(published: &Published, asked: &Parts) -> Response {
    if asked.method != Method::GET && asked.method != Method::HEAD {
        return (
            StatusCode::METHOD_NOT_ALLOWED,
            [(header::ALLOW, "GET, HEAD")],
        )
            .into_response();
    }
    let Ok(path) = percent_decode_str(asked.uri.path()).decode_utf8() else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let path = path.trim_start_matches('/').to_owned();
    match path.as_str() {
        "" => entrance(published),
        "health" => look(published.clone()).await,
        _ => found(published, path, asked).await,
    }
}

async fn found(published: &Published, path: String, asked: &Parts) -> Response {
    let tree = Arc::clone(&published.tree);
    let stable = !path.starts_with("latest/");
    let entry = tokio::task::spawn_blocking(move || tree.find(&path)).await;
    match entry {
        Ok(Ok(entry)) => answer::file(entry, &asked.method, &asked.headers, stable),
        Ok(Err(Missing::Malformed)) => StatusCode::BAD_REQUEST.into_response(),
        Ok(Err(Missing::Absent)) | Err(_) => StatusCode::NOT_FOUND.into_response(),
    }
}

/// The root, until a landing page is published there: where to go.
fn entrance(published: &Published) -> Response {
    if let Ok(page) = published.tree.find("index.html") {
        return answer::file(page, &Method::GET, &http::HeaderMap::new(), false);
    }
    let latest = published.tree.latest();
    Json(json!({
        "latest": latest.map(|version| version.as_str().to_owned()),
        "manifest": "/latest/manifest.json",
        "readme": "/latest/README.md",
        "releases": "/releases/index.json",
        "health": "/health",
    }))
    .into_response()
}

async fn look(published: Published) -> Response {
    let looked = tokio::task::spawn_blocking(move || {
        health(
            &published.lake,
            published.tree.latest(),
            (published.clock)(),
        )
    });
    match looked.await {
        Ok(Ok(health)) => ([(header::CACHE_CONTROL, "no-store")], Json(health)).into_response(),
        Ok(Err(error)) => {
            tracing::error!(target: "serve", %error, "the lake cannot be read");
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
        Err(_) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}
