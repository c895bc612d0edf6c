//! Asking only for what changed: whether a page held is still fresh, the validators to ask with, and what an answer
//! means beside it.
//!
//! Freshness is a library's to judge (`Cache-Control`, `Expires`, `Age`, `Vary`: RFC 9111). A site that states none
//! gets none by guess, and one that states much is believed for as long as the definition allows.

use http_cache_semantics::{BeforeRequest, CacheOptions, CachePolicy};
use jiff::Timestamp;
use moisson_model::{Change, Digest, Evidence, Held};

use crate::exchange::Ask;
use crate::spec::Method;

/// Headers that describe one transfer, not the page: a 304 does not hand them on.
const OF_THE_TRANSFER: [&str; 5] = [
    "connection",
    "content-encoding",
    "content-length",
    "keep-alive",
    "transfer-encoding",
];

/// Whether a page held may stand for the answer, unasked. `limit` is in seconds.
pub(crate) fn is_fresh(held: &Held, ask: &Ask, limit: u64, now: Timestamp) -> bool {
    if ask.method != Method::Get || limit == 0 {
        return false;
    }
    let (Some(request), Some(mut asked)) = (request(ask), request(ask)) else {
        return false;
    };
    let Some(response) = response(held) else {
        return false;
    };
    let options = CacheOptions {
        shared: false,
        cache_heuristic: 0.0,
        ..CacheOptions::default()
    };
    let policy =
        CachePolicy::new_options(&request, &response, held.capture.fetched_at.into(), options);
    asked.headers_mut().insert("cache-control", limit_of(limit));
    policy.is_storable()
        && matches!(
            policy.before_request(&asked, now.into()),
            BeforeRequest::Fresh(_)
        )
}

fn limit_of(seconds: u64) -> http::HeaderValue {
    let value = format!("max-age={seconds}");
    http::HeaderValue::from_str(&value)
        .unwrap_or_else(|_| http::HeaderValue::from_static("no-cache"))
}

fn request(ask: &Ask) -> Option<http::Request<()>> {
    let request = http::Request::builder()
        .method(ask.method.name())
        .uri(ask.url.as_str());
    let fill = |request: http::request::Builder, (name, value): &(String, String)| {
        request.header(name, value)
    };
    ask.headers.iter().fold(request, fill).body(()).ok()
}

fn response(held: &Held) -> Option<http::Response<()>> {
    let response = http::Response::builder().status(200);
    let fill = |response: http::response::Builder, (name, value): &(String, String)| {
        response.header(name, value)
    };
    held.capture
        .headers
        .iter()
        .fold(response, fill)
        .body(())
        .ok()
}

/// The request headers that make a request conditional; none where there is nothing to fall back on.
pub(crate) fn validators(held: &Held) -> Vec<(String, String)> {
    if held.length == 0 {
        return Vec::new();
    }
    let header = |from: &str, to: &str| {
        let value = held.capture.header(from);
        value.map(|value| (to.to_owned(), value.to_owned()))
    };
    [
        header("etag", "if-none-match"),
        header("last-modified", "if-modified-since"),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// What a 304 was an answer to.
pub(crate) fn evidence_of_304(held: &Held) -> Evidence {
    if held.capture.header("etag").is_some() {
        Evidence::Etag
    } else {
        Evidence::LastModified
    }
}

/// The headers of a page that a 304 stands for: those held, with the new values that came (RFC 9111, 3.2).
pub(crate) fn refreshed(
    held: &[(String, String)],
    answer: &[(String, String)],
) -> Vec<(String, String)> {
    let passed_on = |name: &String| !OF_THE_TRANSFER.contains(&name.as_str());
    let mut headers: Vec<_> = held
        .iter()
        .filter(|(name, _)| !(passed_on(name) && answer.iter().any(|(new, _)| new == name)))
        .cloned()
        .collect();
    headers.extend(answer.iter().filter(|(name, _)| passed_on(name)).cloned());
    headers
}

/// How a body that came compares with the one held, as far as lengths and digests tell.
pub(crate) fn compare(
    held: Option<&Held>,
    sha256: Digest,
    length: usize,
) -> (Change, Option<Evidence>) {
    match held {
        None => (Change::New, None),
        Some(held) if held.length != length as u64 => (Change::Modified, Some(Evidence::Length)),
        Some(held) if held.sha256 == sha256 => (Change::SameBody, Some(Evidence::Body)),
        Some(_) => (Change::Modified, Some(Evidence::Body)),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use jiff::Timestamp;
    use moisson_model::{Capture, Change, Digest, Evidence, Held, Role};
    use url::Url;

    use super::{compare, evidence_of_304, is_fresh, refreshed, validators};
    use crate::exchange::Ask;
    use crate::spec::Method;

    fn held(headers: &[(&str, &str)]) -> Held {
        let capture = Capture {
            url: "http://a.example/".to_owned(),
            final_url: "http://a.example/".to_owned(),
            fetched_at: at("2026-11-24T08:00:00Z"),
            status: 200,
            headers: pairs(headers),
            body: bytes::Bytes::new(),
            role: Role::Listing,
            change: Change::New,
        };
        let sha256 = Digest::of(b"x");
        Held {
            capture,
            sha256,
            content: sha256,
            length: 1,
        }
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn pairs(headers: &[(&str, &str)]) -> Vec<(String, String)> {
        let owned = headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        owned.collect()
    }

    fn fresh(headers: &[(&str, &str)], now: &str) -> bool {
        let ask = Ask {
            method: Method::Get,
            url: Url::parse("http://a.example/").unwrap(),
            headers: pairs(&[("accept-encoding", "gzip"), ("accept-language", "fr")]),
            body: bytes::Bytes::new(),
            secrets: Arc::default(),
        };
        is_fresh(&held(headers), &ask, 3600, at(now))
    }

    #[test]
    fn a_page_is_fresh_as_long_as_it_says_and_an_hour_at_most() {
        let day = ("cache-control", "max-age=86400");
        assert!(fresh(&[day], "2026-11-24T08:59:00Z"));
        assert!(!fresh(&[day], "2026-11-24T09:01:00Z"));
        assert!(!fresh(&[day, ("age", "86000")], "2026-11-24T08:10:00Z"));
        assert!(!fresh(
            &[("cache-control", "max-age=60")],
            "2026-11-24T08:02:00Z"
        ));
        assert!(fresh(
            &[
                ("expires", "Tue, 24 Nov 2026 08:30:00 GMT"),
                ("date", "Tue, 24 Nov 2026 08:00:00 GMT")
            ],
            "2026-11-24T08:20:00Z"
        ));
        for none in ["no-store, max-age=60", "no-cache", "max-age=0"] {
            assert!(
                !fresh(&[("cache-control", none)], "2026-11-24T08:00:01Z"),
                "{none}"
            );
        }
        assert!(
            !fresh(
                &[("last-modified", "Tue, 24 Nov 2020 08:00:00 GMT")],
                "2026-11-24T08:00:01Z"
            ),
            "no guesses"
        );
    }

    #[test]
    fn what_varies_by_what_we_send_is_fresh_and_by_anything_not() {
        let day = ("cache-control", "max-age=86400");
        assert!(fresh(
            &[day, ("vary", "accept-encoding, accept-language")],
            "2026-11-24T08:10:00Z"
        ));
        assert!(!fresh(&[day, ("vary", "*")], "2026-11-24T08:10:00Z"));
    }

    #[test]
    fn both_validators_are_sent_as_they_came() {
        let held = held(&[
            ("etag", "W/\"1\""),
            ("last-modified", "Tue, 24 Nov 2026 08:00:00 GMT"),
        ]);
        let expected = [
            ("if-none-match", "W/\"1\""),
            ("if-modified-since", "Tue, 24 Nov 2026 08:00:00 GMT"),
        ];
        assert_eq!(validators(&held), pairs(&expected));
        assert_eq!(evidence_of_304(&held), Evidence::Etag);
    }

    #[test]
    fn a_304_renews_headers_and_leaves_the_type() {
        let held = pairs(&[
            ("content-type", "text/html"),
            ("etag", "\"1\""),
            ("date", "old"),
        ]);
        let answer = pairs(&[("date", "new"), ("content-length", "0")]);
        let expected = [
            ("content-type", "text/html"),
            ("etag", "\"1\""),
            ("date", "new"),
        ];
        assert_eq!(refreshed(&held, &answer), pairs(&expected));
    }

    #[test]
    fn without_validators_length_and_body_tell() {
        let held = held(&[]);
        let told = |body: &[u8]| compare(Some(&held), Digest::of(body), body.len());
        assert_eq!(told(b"x"), (Change::SameBody, Some(Evidence::Body)));
        assert_eq!(told(b"y"), (Change::Modified, Some(Evidence::Body)));
        assert_eq!(told(b"xy"), (Change::Modified, Some(Evidence::Length)));
        assert_eq!(compare(None, Digest::of(b"x"), 1), (Change::New, None));
    }
}
