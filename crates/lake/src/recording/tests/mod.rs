//! Recordings made by hand, as they are found in the wild.

mod tools;

use std::io::Write;
use std::path::PathBuf;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
use moisson_model::Capture;
use proptest::collection::vec;
use proptest::prelude::*;
use tempfile::TempDir;

use super::{Recorded, Recording};
use crate::Error;

const CAP: u64 = 1 << 20;

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut coder = GzEncoder::new(Vec::new(), Compression::fast());
    coder.write_all(bytes).unwrap();
    coder.finish().unwrap()
}

/// A record of an address.
fn record(kind: &str, more: &str, block: &[u8]) -> Vec<u8> {
    let head = format!(
        "WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Target-URI: http://a.example/\r\nWARC-Date: 2026-11-20T08:00:00Z\r\n{more}\
         Content-Length: {}\r\n\r\n",
        block.len()
    );
    [head.as_bytes(), block, b"\r\n\r\n"].concat()
}

fn response(head: &str, body: &[u8]) -> Vec<u8> {
    let block = [format!("HTTP/1.1 200 OK\r\n{head}\r\n").as_bytes(), body].concat();
    record("response", "", &block)
}

fn file(bytes: &[u8]) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.warc.gz");
    std::fs::write(&path, bytes).unwrap();
    (folder, path)
}

fn read(bytes: &[u8]) -> Vec<Result<Recorded, Error>> {
    let (_folder, path) = file(bytes);
    Recording::open(&path, CAP).unwrap().collect()
}

/// The one response of a file.
fn only(bytes: &[u8]) -> Result<Capture, String> {
    let mut all = read(bytes);
    assert_eq!(all.len(), 1, "{all:?}");
    let told = |error: Error| error.to_string();
    all.remove(0).map(|recorded| recorded.capture).map_err(told)
}

fn body(head: &str, bytes: &[u8]) -> Result<Bytes, String> {
    only(&response(head, bytes)).map(|capture| capture.body)
}

#[test]
fn records_are_read_packed_each_all_together_and_not_at_all() {
    let one = response("ETag: \"1\"\r\n", b"one");
    let two = response("", b"two");
    let info = record("warcinfo", "", b"software: x\r\n");
    let files = [
        [info.clone(), one.clone(), two.clone()].concat(),
        gzip(&[info.clone(), one.clone(), two.clone()].concat()),
        [gzip(&info), gzip(&one), gzip(&two)].concat(),
    ];
    for bytes in files {
        let all = read(&bytes);
        let captures: Vec<&Capture> = all
            .iter()
            .map(|recorded| &recorded.as_ref().unwrap().capture)
            .collect();
        assert_eq!(
            (&captures[0].body[..], &captures[1].body[..]),
            (&b"one"[..], &b"two"[..])
        );
        assert_eq!(captures[0].header("etag"), Some("\"1\""));
        assert_eq!(
            (captures[0].url.as_str(), captures[0].fetched_at),
            ("http://a.example/", "2026-11-20T08:00:00Z".parse().unwrap())
        );
    }
}

#[test]
fn codings_are_undone_where_that_was_not_done_before() {
    let page = b"a page, a page, a page";
    let chunks = b"6;x=y\r\na page\r\n10\r\n, a page, a page\r\n0\r\nTrailer: x\r\n\r\n";
    let mut zlib = ZlibEncoder::new(Vec::new(), Compression::fast());
    zlib.write_all(page).unwrap();
    let mut raw = DeflateEncoder::new(Vec::new(), Compression::fast());
    raw.write_all(page).unwrap();
    let cases: [(&str, Vec<u8>); 9] = [
        ("transfer-encoding: chunked", chunks.to_vec()),
        ("transfer-encoding: chunked", page.to_vec()),
        ("Content-Encoding: gzip", gzip(page)),
        ("content-encoding: gzip, gzip", gzip(&gzip(page))),
        ("content-encoding: gzip", page.to_vec()),
        ("content-encoding: br", page.to_vec()),
        ("content-encoding: deflate", zlib.finish().unwrap()),
        ("content-encoding: deflate", raw.finish().unwrap()),
        (
            "content-encoding: zstd",
            zstd::encode_all(&page[..], 3).unwrap(),
        ),
    ];
    for (head, bytes) in cases {
        assert_eq!(
            body(&format!("{head}\r\n"), &bytes).unwrap(),
            &page[..],
            "{head}"
        );
    }
    let packed = gzip(page);
    let chunked = [
        format!("{:x}\r\n", packed.len()).as_bytes(),
        &packed,
        b"\r\n0\r\n\r\n",
    ]
    .concat();
    let both = only(&response(
        "transfer-encoding: chunked\r\ncontent-encoding: gzip\r\nx: y\r\n",
        &chunked,
    ))
    .unwrap();
    assert_eq!(
        (&both.body[..], both.headers),
        (&page[..], vec![("x".to_owned(), "y".to_owned())])
    );
}

#[test]
fn brotli_is_undone() {
    // `a page` as brotli writes it without a match: a stream of one stored block.
    let stream = b"\x8b\x02\x80a page\x03";
    assert_eq!(body("content-encoding: br\r\n", stream).unwrap(), "a page");
}

#[test]
fn what_a_body_should_not_be_is_told_with_its_place() {
    let large = vec![b'a'; usize::try_from(CAP).unwrap() + 1];
    let cases: [(&str, Vec<u8>, &str); 7] = [
        ("", large.clone(), "more than"),
        ("content-encoding: gzip\r\n", gzip(&large), "more than"),
        (
            "content-encoding: gzip\r\n",
            gzip(b"page")[..15].to_vec(),
            "claims to be",
        ),
        (
            "content-encoding: br\r\n",
            b"\xff\xfe\xfd".to_vec(),
            "claims to be",
        ),
        ("content-encoding: compress\r\n", b"x".to_vec(), "not known"),
        (
            "transfer-encoding: chunked\r\n",
            b"2\r\nab\r\n9\r\nab".to_vec(),
            "break off",
        ),
        (
            "transfer-encoding: chunked\r\n",
            b"2\r\nab\r\n".to_vec(),
            "break off",
        ),
    ];
    for (head, bytes, told) in cases {
        let message = body(head, &bytes).unwrap_err();
        assert!(
            message.contains(told) && message.contains("the record at byte 0: "),
            "{message}"
        );
    }
}

#[test]
fn heads_are_read_as_servers_wrote_them() {
    for head in [
        "HTTP/2 200\r\nX: y\r\n\r\n",
        "HTTP/1.0  200  OK\r\nX : y\r\n\r\n",
        "HTTP/1.1 200\nX: y\n\n",
        "HTTP/1.1 200 OK\r\nno colon\r\nX: y\r\n\r\n",
    ] {
        let capture = only(&record("response", "", format!("{head}body").as_bytes())).unwrap();
        assert_eq!(
            (capture.status, capture.header("x"), &capture.body[..]),
            (200, Some("y"), &b"body"[..]),
            "{head}"
        );
    }
    let latin = only(&record(
        "response",
        "",
        b"HTTP/1.1 200 OK\r\nX: \xe9t\xe9\r\n\r\n",
    ))
    .unwrap();
    assert_eq!(latin.header("x"), Some("\u{fffd}t\u{fffd}"));
    let message = only(&record("response", "", b"no HTTP")).unwrap_err();
    assert!(message.contains("no HTTP response"), "{message}");
}

#[test]
fn a_request_is_that_of_its_response_on_whichever_side_it_stands() {
    let asked = b"POST /?a=b HTTP/1.1\r\nHost: a.example\r\n\r\n{}";
    let named = |kind: &str, id: &str, of: &str, block: &[u8]| {
        let of = if of.is_empty() {
            String::new()
        } else {
            format!("WARC-Concurrent-To: <urn:uuid:{of}>\r\n")
        };
        record(
            kind,
            &format!("WARC-Record-ID: <urn:uuid:{id}>\r\n{of}"),
            block,
        )
    };
    let came = b"HTTP/1.1 200 OK\r\n\r\n";
    let files = [
        [
            named("request", "1", "", asked),
            named("response", "2", "1", came),
        ],
        [
            named("response", "2", "", came),
            named("request", "1", "2", asked),
        ],
        [
            named("request", "1", "", asked),
            named("response", "2", "", came),
        ],
    ];
    for bytes in files {
        let recorded = read(&bytes.concat()).remove(0).unwrap();
        let request = recorded.request.unwrap();
        assert_eq!(
            (
                request.method.as_str(),
                request.url.as_str(),
                &request.body[..]
            ),
            ("POST", "http://a.example/", &b"{}"[..])
        );
    }
    let strange = [
        named("request", "1", "7", asked),
        named("response", "2", "8", came),
    ]
    .concat();
    assert_eq!(read(&strange).remove(0).unwrap().request, None);
}

#[test]
fn a_revisit_has_the_body_that_it_refers_to() {
    let digest = "WARC-Payload-Digest: sha1:ABCDEF\r\n";
    let first = record(
        "response",
        digest,
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\none\r\n0\r\n\r\n",
    );
    let by_digest = record(
        "revisit",
        "WARC-Payload-Digest: sha1:abcdef\r\n",
        b"HTTP/1.1 200 OK\r\nx: y\r\n\r\n",
    );
    let by_name = record(
        "revisit",
        "WARC-Refers-To-Target-URI: <http://a.example/>\r\nWARC-Refers-To-Date: 2026-11-20T08:00:00Z\r\n",
        b"HTTP/1.1 304 Not Modified\r\n\r\n",
    );
    let nowhere = record(
        "revisit",
        "WARC-Payload-Digest: sha1:other\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n",
    );
    let all = [first, by_digest, nowhere, by_name];
    let each: Vec<Vec<u8>> = all.iter().map(|record| gzip(record)).collect();
    for bytes in [all.concat(), gzip(&all.concat()), each.concat()] {
        let all = read(&bytes);
        let bodies: Vec<Option<&[u8]>> = all
            .iter()
            .map(|one| one.as_ref().ok().map(|one| &one.capture.body[..]))
            .collect();
        assert_eq!(
            bodies,
            [Some(&b"one"[..]), Some(b"one"), None, Some(b"one")]
        );
        assert_eq!(all[3].as_ref().unwrap().capture.status, 304);
        let message = all[2].as_ref().unwrap_err().to_string();
        assert!(message.contains("refers to"), "{message}");
    }
}

#[test]
fn what_is_no_page_is_passed_over_and_what_is_cut_short_told() {
    let dns = b"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: dns:a\r\nContent-Length: 1\r\n\r\n1\r\n\r\n";
    let resource = record("resource", "Content-Type: text/csv\r\n", b"a,b");
    let truncated = record(
        "response",
        "WARC-Truncated: length\r\n",
        b"HTTP/1.1 200 OK\r\n\r\nhal",
    );
    let all = read(
        &[
            record("metadata", "", b"x: y\r\n"),
            dns.to_vec(),
            resource,
            truncated,
            response("", b"one"),
        ]
        .concat(),
    );
    let csv = &all[0].as_ref().unwrap().capture;
    assert_eq!(
        (&csv.body[..], csv.content_type()),
        (&b"a,b"[..], Some("text/csv"))
    );
    assert!(
        all[1]
            .as_ref()
            .unwrap_err()
            .to_string()
            .contains("cut short")
    );
    assert_eq!(all[2].as_ref().unwrap().capture.body, "one");
    assert_eq!(all.len(), 3);
}

#[test]
fn a_file_is_read_up_to_where_it_breaks_off_and_behind_what_is_broken() {
    let one = response("", b"one");
    for (bytes, told) in [
        (
            [one.clone(), one[..one.len() - 6].to_vec()].concat(),
            "ends within it",
        ),
        (
            [one.clone(), b"nonsense".to_vec()].concat(),
            "no WARC record",
        ),
        (
            [gzip(&one), gzip(&one)[..40].to_vec()].concat(),
            "ends within it",
        ),
        (
            [gzip(&one), b"\x00\x00nonsense".to_vec()].concat(),
            "cannot be unpacked",
        ),
    ] {
        let all = read(&bytes);
        assert_eq!(all.len(), 2, "{all:?}");
        assert_eq!(all[0].as_ref().unwrap().capture.body, "one");
        let message = all[1].as_ref().unwrap_err().to_string();
        assert!(
            message.contains(told) && message.contains("the record at byte "),
            "{message}"
        );
        assert!(!message.contains("byte 0"), "{message}");
    }
    let large = response("", &vec![b'a'; 3 << 20]);
    for bytes in [
        [one.clone(), large.clone(), one.clone()].concat(),
        [gzip(&one), gzip(b"nonsense"), gzip(&one)].concat(),
    ] {
        let all = read(&bytes);
        assert!(
            all[0].is_ok() && all[1].is_err() && all[2].is_ok() && all.len() == 3,
            "{all:?}"
        );
    }
    let claims = String::from_utf8(one)
        .unwrap()
        .replace("Content-Length: 22", "Content-Length: 99999999999999999999");
    assert!(only(claims.as_bytes()).is_err());
    let (_folder, path) = file(b"PK\x03\x04");
    assert!(matches!(
        Recording::open(&path, CAP),
        Err(Error::Content { .. })
    ));
}

#[test]
fn what_the_archive_itself_writes_is_read() {
    let mut all = Vec::new();
    let mut packer = crate::warc::Packer::new();
    let at = "2026-11-20T08:00:00Z".parse().unwrap();
    crate::warc::info(at, "a.warc.gz", &mut packer, &mut all).unwrap();
    let exchange = crate::warc::canonical(crate::warc::tests::example());
    let source = moisson_model::SourceId::new("liste").unwrap();
    crate::warc::write(&source, &exchange, None, &mut packer, &mut all).unwrap();
    let recorded = read(&all).remove(0).unwrap();
    assert_eq!(recorded.capture.body, exchange.capture.body);
    assert_eq!(recorded.request.unwrap().method, "GET");
}

proptest! {
    /// Whatever is in a file, it is read to an end.
    #[test]
    fn a_broken_file_is_read_to_an_end(packed: bool, breaks in vec((any::<prop::sample::Index>(), any::<u8>()), 1..6)) {
        let all = [response("transfer-encoding: chunked\r\n", b"3\r\none\r\n0\r\n\r\n"), response("content-encoding: gzip\r\n", &gzip(b"two"))];
        let mut bytes = if packed { all.map(|record| gzip(&record)).concat() } else { all.concat() };
        for (at, byte) in breaks {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        let (_folder, path) = file(&bytes);
        if let Ok(recording) = Recording::open(&path, CAP) {
            prop_assert!(recording.count() < 10);
        }
    }
}
