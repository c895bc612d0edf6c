//! Asking only for what changed: validators out of the capture held, and what an answer means beside it.
//!
//! Freshness (`Cache-Control`, `Age`, `Vary`) is not judged here: a run asks whenever the operator's schedule says so,
//! and lets the server say that nothing is new.

use moisson_model::{Capture, Change, Digest};

/// Headers that describe one transfer, not the page: a 304 does not hand them on.
const OF_THE_TRANSFER: [&str; 5] = [
    "connection",
    "content-encoding",
    "content-length",
    "keep-alive",
    "transfer-encoding",
];

/// The request headers that make a request conditional; none where there is nothing to fall back on.
pub(crate) fn validators(held: &Capture) -> Vec<(String, String)> {
    if held.body.is_empty() {
        return Vec::new();
    }
    let header = |from: &str, to: &str| {
        held.header(from)
            .map(|value| (to.to_owned(), value.to_owned()))
    };
    [
        header("etag", "if-none-match"),
        header("last-modified", "if-modified-since"),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The headers of a page that a 304 stands for: those held, with the new values that came (RFC 9111, 3.2).
pub(crate) fn refreshed(held: &Capture, answer: &[(String, String)]) -> Vec<(String, String)> {
    let passed_on = |name: &String| !OF_THE_TRANSFER.contains(&name.as_str());
    let mut headers: Vec<_> = held
        .headers
        .iter()
        .filter(|(name, _)| !(passed_on(name) && answer.iter().any(|(new, _)| new == name)))
        .cloned()
        .collect();
    headers.extend(answer.iter().filter(|(name, _)| passed_on(name)).cloned());
    headers
}

/// How a body that came compares with the one held.
pub(crate) fn change(held: Option<&Capture>, body: &[u8]) -> Change {
    match held {
        None => Change::New,
        Some(held) if held.sha256() == Digest::of(body) => Change::SameBody,
        Some(_) => Change::Modified,
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use moisson_model::{Capture, Change, Role};

    use super::{change, refreshed, validators};

    fn held(headers: &[(&str, &str)]) -> Capture {
        Capture {
            url: "http://a.example/".to_owned(),
            final_url: "http://a.example/".to_owned(),
            fetched_at: Timestamp::UNIX_EPOCH,
            status: 200,
            headers: pairs(headers),
            body: "x".into(),
            role: Role::Listing,
            change: Change::New,
        }
    }

    fn pairs(headers: &[(&str, &str)]) -> Vec<(String, String)> {
        let owned = headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        owned.collect()
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
    }

    #[test]
    fn a_304_renews_headers_and_leaves_the_type() {
        let held = held(&[
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
    fn without_validators_the_body_tells() {
        let held = held(&[]);
        assert_eq!(change(Some(&held), b"x"), Change::SameBody);
        assert_eq!(change(Some(&held), b"y"), Change::Modified);
        assert_eq!(change(None, b"x"), Change::New);
    }
}
