//! What is written is read back; and no secret is.

use std::io::BufReader;

use bytes::Bytes;
use jiff::Timestamp;
use moisson_model::{Capture, Change, Digest, Evidence, Exchange, Request, Role, SourceId};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::{Packer, Referred, Scan, canonical, write};

/// Some exchanges, of few addresses and bodies, so that these come again; the n-th has ordinal n.
pub(crate) fn exchanges(most: usize) -> impl Strategy<Value = Vec<Exchange>> {
    vec(one(), 1..most).prop_map(|mut all| {
        for (ordinal, exchange) in all.iter_mut().enumerate() {
            exchange.ordinal = ordinal as u64;
            exchange.key = Digest::of(&ordinal.to_be_bytes());
        }
        all
    })
}

fn one() -> impl Strategy<Value = Exchange> {
    let url = select(vec![
        "http://liste.example/1",
        "http://liste.example/1?page=2",
        "https://autre.example",
        "file:///data/a b.csv",
    ]);
    let body = prop_oneof![
        Just(Vec::new()),
        vec(0..3_u8, 1..4),
        vec(any::<u8>(), 0..2_000)
    ];
    let header = ("[a-z-]{1,9}", "[ -~é]{0,20}").prop_map(|(name, value)| (name, value));
    let headers = vec(header, 0..4);
    let change = select(vec![Change::New, Change::Modified, Change::SameBody]);
    let evidence = select(vec![None, Some(Evidence::Etag), Some(Evidence::Body)]);
    let second = 1_700_000_000_i64..1_800_000_000;
    (
        url,
        body,
        headers.clone(),
        headers,
        change,
        evidence,
        second,
        any::<bool>(),
    )
        .prop_map(
            |(url, body, asked, came, change, evidence, second, posted)| {
                let sha256 = Digest::of(&body);
                let request = Request {
                    method: if posted { "POST" } else { "GET" }.to_owned(),
                    url: url.to_owned(),
                    headers: asked,
                    body: if posted {
                        Bytes::from_static(b"{\"page\":\"\r\n\r\n\"}")
                    } else {
                        Bytes::new()
                    },
                };
                let capture = Capture {
                    url: url.to_owned(),
                    final_url: format!("{url}#end"),
                    fetched_at: Timestamp::from_microsecond(second * 1_000_000 + second % 1000)
                        .unwrap(),
                    status: 200,
                    headers: came,
                    body: body.into(),
                    role: Role::Detail,
                    change,
                };
                Exchange {
                    key: sha256,
                    request,
                    capture,
                    sha256,
                    content: sha256,
                    evidence,
                    ordinal: 0,
                }
            },
        )
}

fn source() -> SourceId {
    SourceId::new("liste").unwrap()
}

fn packed(exchange: &Exchange, refers: Option<&Referred>) -> Vec<u8> {
    let mut out = Vec::new();
    write(&source(), exchange, refers, &mut Packer::new(), &mut out).unwrap();
    out
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(&super::record(bytes).unwrap()).into_owned()
}

pub(crate) fn example() -> Exchange {
    let body = Bytes::from_static(b"body");
    let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let url = "http://liste.example/1".to_owned();
    let sha256 = Digest::of(&body);
    Exchange {
        key: sha256,
        request: Request {
            method: "GET".to_owned(),
            url: url.clone(),
            headers: vec![
                header("cookie", "secret"),
                header("Authorization", "secret"),
                header("accept", "*/*"),
            ],
            body: Bytes::new(),
        },
        capture: Capture {
            final_url: url.clone(),
            url,
            fetched_at: "2026-11-20T08:00:00.123456789Z".parse().unwrap(),
            status: 200,
            headers: vec![
                header("x", "a\r\nb"),
                header("content-encoding", "gzip"),
                header("no name", "x"),
            ],
            body,
            role: Role::Listing,
            change: Change::New,
        },
        sha256,
        content: sha256,
        evidence: None,
        ordinal: 0,
    }
}

#[test]
fn secrets_and_what_speaks_of_the_transfer_are_left_out_and_a_value_stays_on_its_line() {
    let text = text(&packed(&canonical(example()), None));
    assert!(
        !text.contains("secret") && !text.contains("gzip") && !text.contains("no name"),
        "{text}"
    );
    assert!(
        text.contains("\r\nx: a  b\r\ncontent-length: 4\r\n\r\nbody\r\n\r\n"),
        "{text}"
    );
    assert!(
        text.contains("GET /1 HTTP/1.1\r\nhost: liste.example\r\naccept: */*\r\n\r\n"),
        "{text}"
    );
    assert!(
        text.contains("WARC-Date: 2026-11-20T08:00:00.123456Z\r\n"),
        "{text}"
    );
}

#[test]
fn a_page_that_was_not_sent_again_is_a_revisit_and_one_that_was_not_asked_has_no_request() {
    let referred = Referred {
        url: "http://liste.example/0".to_owned(),
        at: Timestamp::UNIX_EPOCH,
    };
    let mut exchange = example();
    exchange.capture.status = 304;
    exchange.capture.change = Change::NotModified;
    let exchange = canonical(exchange);
    let told = text(&packed(&exchange, Some(&referred)));
    assert!(
        told.contains("WARC-Type: revisit\r\n")
            && told.contains("/revisit/server-not-modified\r\n"),
        "{told}"
    );
    assert!(
        told.contains("WARC-Refers-To-Target-URI: http://liste.example/0\r\n"),
        "{told}"
    );
    assert!(
        told.contains("HTTP/1.1 304 Not Modified\r\n") && told.contains("WARC-Type: request\r\n"),
        "{told}"
    );
    let mut fresh = example();
    fresh.capture.change = Change::Fresh;
    let told = text(&packed(&canonical(fresh), Some(&referred)));
    assert!(
        told.contains("WARC-Type: revisit\r\n") && !told.contains("WARC-Type: request\r\n"),
        "{told}"
    );
}

#[test]
fn a_body_that_came_without_a_response_of_its_own_is_a_resource_beside_it() {
    let mut exchange = example();
    exchange.capture.change = Change::NotModified;
    let mut exchange = canonical(exchange);
    exchange.capture.body = Bytes::from_static(b"body");
    let bytes = packed(&exchange, None);
    assert!(text(&bytes).starts_with("WARC/1.1\r\nWARC-Type: resource\r\n"));
    let scanned = Scan::new(&bytes[..], 0).next().unwrap().unwrap();
    assert_eq!(
        (scanned.exchange, scanned.whole, scanned.length),
        (exchange, true, 4)
    );
    assert_eq!(super::body(&bytes[..]).unwrap(), "body");
}

#[test]
fn what_is_no_record_of_ours_ends_a_scan() {
    let bytes = packed(&canonical(example()), None);
    for torn in [
        &b"half a member"[..],
        b"\x1f\x8b\x08\x00",
        b"\x00\x00\x00\x00",
    ] {
        let file = [&bytes[..], torn].concat();
        let mut scan = Scan::new(&file[..], 0);
        assert!(scan.next().unwrap().is_some() && scan.next().unwrap().is_none());
        assert_eq!(scan.whole(), bytes.len() as u64);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// What is read back is what was written, wherever its body stands; and the same exchange gives the same bytes.
    #[test]
    fn what_is_written_is_read_back(exchange in one(), bodiless: bool, held: bool) {
        let mut exchange = exchange;
        if bodiless {
            exchange.capture.change = Change::NotModified;
        }
        let mut exchange = canonical(exchange);
        prop_assert_eq!(&canonical(exchange.clone()), &exchange);
        let referred = Referred { url: "http://liste.example/".to_owned(), at: Timestamp::UNIX_EPOCH };
        let refers = (held || bodiless).then_some(&referred);
        let bytes = packed(&exchange, refers);
        prop_assert_eq!(&packed(&exchange, refers), &bytes);
        if refers.is_some() {
            exchange.capture.body = Bytes::new();
        }
        let mut scan = Scan::new(BufReader::with_capacity(7, &bytes[..]), 0);
        let scanned = scan.next().unwrap().unwrap();
        prop_assert_eq!(scanned.exchange, exchange);
        prop_assert_eq!((scanned.offset, scanned.size), (0, bytes.len() as u64));
        prop_assert_eq!(scanned.whole, refers.is_none());
        prop_assert!(scan.next().unwrap().is_none());
    }
}
