//! The harms, as a table: the name of a source, what its host does, the outcome and the cause that this comes to.

use std::sync::Arc;

use super::acts::{self, answer, drips, good, leads, page, repeats, says};
use super::{Act, codings};

/// The caps of a source: those of time are for servers that are slow, not for machines that are.
pub(crate) const CAPS: &str =
    "delay = \"0s\"\ntimeout = \"10s\"\nmax_bytes = \"1 MiB\"\nmax_time = \"1m\"";

/// A source: its name, what its host does, and what that comes to.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) act: Act,
    pub(crate) outcome: &'static str,
    pub(crate) cause: &'static str,
    pub(crate) caps: String,
}

impl Case {
    /// The same under another cap.
    fn under(self, from: &str, to: &str) -> Self {
        let caps = self.caps.replace(from, to);
        Self { caps, ..self }
    }
}

fn comes_to(outcome: &'static str, cause: &'static str, name: &'static str, act: Act) -> Case {
    let caps = CAPS.to_owned();
    Case {
        name,
        act,
        outcome,
        cause,
        caps,
    }
}

/// Fails, with a cause.
pub(crate) fn fails(name: &'static str, cause: &'static str, act: Act) -> Case {
    comes_to("failed", cause, name, act)
}

/// Comes through whole.
pub(crate) fn works(name: &'static str, act: Act) -> Case {
    comes_to("complete", "", name, act)
}

/// Fails by its silence or its slowness.
fn lingers(name: &'static str, act: Act) -> Case {
    fails(name, "timeout", act).under("10s", "500ms")
}

/// All of them.
pub(crate) fn all() -> Vec<Case> {
    let tables = [malformed(), floods(), coded(), statuses(), redirects()];
    tables.into_iter().flatten().collect()
}

/// Heads and bodies that are not what HTTP says.
fn malformed() -> Vec<Case> {
    let open = acts::OPEN;
    let length = |length: &str| {
        format!(
            "HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{}",
            page()
        )
    };
    let chunks = |chunks: &str| format!("{}{chunks}", acts::CHUNKED);
    vec![
        fails("reply-empty", "connect", says("")),
        fails(
            "reply-junk",
            "decode",
            says("<html>HTTP/0.9 had no head</html>\r\n\r\n"),
        ),
        fails(
            "reply-noise",
            "decode",
            says(b"\x16\x03\x01\x00\xff\r\n\r\n".as_slice()),
        ),
        fails("status-junk", "decode", says("HTTP/1.1 abc OK\r\n\r\n")),
        fails("length-more", "connect", says(length("9999"))),
        // What is beyond the announced end is no part of the message (RFC 9112, section 6.3): the page is cut JSON.
        fails("length-less", "decode", says(length("9"))),
        fails("length-minus", "decode", says(length("-1"))),
        fails(
            "length-huge",
            "decode",
            says(length("99999999999999999999999")),
        ),
        fails("length-over", "too-large", says(length("99999999"))),
        fails(
            "length-two",
            "decode",
            says(length("5\r\ncontent-length: 6")),
        ),
        fails(
            "length-no-body",
            "connect",
            says("HTTP/1.1 200 OK\r\ncontent-length: 12\r\n\r\n"),
        ),
        fails(
            "chunk-garbage",
            "decode",
            says(chunks("zz\r\nabc\r\n0\r\n\r\n")),
        ),
        fails(
            "chunk-overflow",
            "decode",
            says(chunks("fffffffffffffffffff\r\n")),
        ),
        fails(
            "chunk-unended",
            "decode",
            says(chunks("3\r\nabcd\r\n0\r\n\r\n")),
        ),
        fails("chunk-cut", "connect", says(chunks("ff\r\nabc"))),
        fails(
            "field-nul",
            "decode",
            says("HTTP/1.1 200 OK\r\nx-a: a\0b\r\n\r\n{}"),
        ),
        works(
            "field-not-utf8",
            says(
                [
                    b"HTTP/1.1 200 OK\r\nx-a: \xff\xfe\xc3\r\n\r\n",
                    page().as_bytes(),
                ]
                .concat(),
            ),
        ),
        works("no-length", says(format!("{open}{}", page()))),
    ]
}

/// More than anybody asked for: of header fields, of bytes, of time.
fn floods() -> Vec<Case> {
    let head = "HTTP/1.1 200 OK\r\n";
    let many = "x-flood: 1\r\n".repeat(1000);
    let large = format!("{head}x-flood: {}\r\n\r\n{}", "x".repeat(1 << 20), page());
    let over = format!("{head}x-flood: {}\r\n\r\n{}", "x".repeat(80 << 10), page());
    let early = "HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n";
    let robots = "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 52428800\r\n\r\n";
    vec![
        fails(
            "fields-many",
            "too-large",
            says(format!("{head}{many}\r\n{}", page())),
        ),
        fails("field-large", "too-large", says(large)),
        fails("field-over-cap", "too-large", says(over)),
        fails(
            "fields-endless",
            "too-large",
            repeats(head, "x-flood: 1\r\n"),
        ),
        fails(
            "field-endless",
            "too-large",
            repeats(format!("{head}x: "), "x"),
        ),
        lingers("informational-endless", repeats("", early)),
        works(
            "informational-some",
            says([early.repeat(5).as_bytes(), &good()].concat()),
        ),
        fails("body-endless", "too-large", repeats(acts::OPEN, "[")),
        fails(
            "chunks-endless",
            "too-large",
            repeats(acts::CHUNKED, format!("40\r\n{}\r\n", "x".repeat(0x40))),
        ),
        lingers("silent", acts::is_silent()),
        lingers("drip-head", drips(head, "x-drip: 1\r\n")),
        lingers("drip-body", drips(acts::OPEN, " ")),
        works(
            "robots-large",
            robots_then_page(robots, "User-agent: *\nDisallow: /elsewhere\n"),
        ),
    ]
}

/// A robots.txt of 50 MB, and a page.
fn robots_then_page(head: &'static str, line: &'static str) -> Act {
    let large = acts::repeats_times(
        head,
        line.repeat(1000),
        52_428_800 / (line.len() * 1000) + 1,
    );
    let small = says(good());
    Arc::new(move |asked, out| {
        let act = if asked.path == "/robots.txt" {
            &large
        } else {
            &small
        };
        act(asked, out)
    })
}

/// Content codings: bombs, lies and stacks.
fn coded() -> Vec<Case> {
    let head = |coding: &str| format!("HTTP/1.1 200 OK\r\ncontent-encoding: {coding}\r\n\r\n");
    let whole = |coding: &str, body: &[u8]| {
        answer("200 OK", &format!("content-encoding: {coding}\r\n"), body)
    };
    let (gzip, zstd, brotli) = (
        codings::gzip_bomb(),
        codings::zstd_bomb(),
        codings::brotli_bomb(),
    );
    let page = codings::gzip(page().as_bytes());
    let larger = |case: Case| case.under("1 MiB", "64 MiB");
    // Ten thousand mebibytes each.
    let ten_gb =
        |coding: &str, bomb: &Vec<u8>| acts::repeats_times(head(coding), bomb.clone(), 10_240);
    vec![
        fails("bomb-gzip", "too-large", ten_gb("gzip", &gzip)),
        larger(fails("bomb-gzip-ratio", "too-large", ten_gb("gzip", &gzip))),
        fails("bomb-zstd", "too-large", ten_gb("zstd", &zstd)),
        larger(fails("bomb-zstd-ratio", "too-large", ten_gb("zstd", &zstd))),
        fails("bomb-brotli", "too-large", says(whole("br", &brotli))),
        larger(fails(
            "bomb-brotli-ratio",
            "too-large",
            says(whole("br", &brotli)),
        )),
        fails(
            "bomb-in-bomb",
            "too-large",
            says(whole("gzip, gzip", &codings::gzip(&gzip.repeat(50)))),
        ),
        fails(
            "coded-nothing-endless",
            "too-large",
            repeats(head("gzip"), codings::gzip(b"")),
        ),
        fails("coding-unknown", "decode", says(whole("compress", b"x"))),
        fails(
            "coding-thrice",
            "decode",
            says(whole("gzip, gzip, gzip", &page)),
        ),
        fails(
            "coding-of-an-error",
            "http-status",
            says(answer("404 Not Found", "content-encoding: utf-8\r\n", b"x")),
        ),
        fails(
            "coding-lie",
            "decode",
            says(whole("gzip", b"{\"items\": []}")),
        ),
        fails(
            "coding-cut",
            "decode",
            says(whole("gzip", &page[..page.len() - 9])),
        ),
        works(
            "coding-twice",
            says(whole("gzip, gzip", &codings::gzip(&page))),
        ),
    ]
}

/// Statuses that nobody asked for, and pages that are none.
fn statuses() -> Vec<Case> {
    let says_status = |status: &str| says(answer(status, "", b""));
    let html = |status: &str, page: &str| {
        says(answer(
            status,
            "content-type: text/html\r\n",
            page.as_bytes(),
        ))
    };
    vec![
        fails(
            "status-101",
            "http-status",
            says("HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n"),
        ),
        fails(
            "status-204",
            "empty",
            says("HTTP/1.1 204 No Content\r\n\r\n"),
        ),
        fails("status-205", "empty", says_status("205 Reset Content")),
        fails(
            "status-206",
            "http-status",
            says(answer(
                "206 Partial Content",
                "content-range: bytes 0-1/9\r\n",
                page().as_bytes(),
            )),
        ),
        fails(
            "status-304",
            "http-status",
            says("HTTP/1.1 304 Not Modified\r\n\r\n"),
        ),
        fails(
            "status-300",
            "http-status",
            says_status("300 Multiple Choices"),
        ),
        fails("status-500", "http-status", says_status("500 Oh")),
        fails("status-999", "http-status", says_status("999 Denied")),
        fails(
            "blocked-200",
            "blocked",
            html(
                "200 OK",
                "<title>Just a moment...</title><script>window._cf_chl_opt={}</script>",
            ),
        ),
        fails(
            "blocked-403",
            "blocked",
            html("403 Forbidden", "<title>DDoS-Guard</title>"),
        ),
        fails(
            "blocked-202",
            "blocked",
            says(answer(
                "202 Accepted",
                "x-amzn-waf-action: challenge\r\n",
                b"",
            )),
        ),
        fails(
            "not-found-200",
            "http-status",
            html("200 OK", "<title>Page introuvable - Annuaire</title>"),
        ),
    ]
}

/// Redirects that go on for ever, or where nothing may be requested.
fn redirects() -> Vec<Case> {
    let forbidden = |name, to: &str| fails(name, "forbidden-address", leads(to));
    vec![
        fails("redirect-chain", "redirect-loop", acts::leads_on()),
        fails("redirect-loop", "redirect-loop", leads("/list.json")),
        fails(
            "redirect-nowhere",
            "http-status",
            says(answer("302 Found", "", b"")),
        ),
        fails(
            "redirect-unreadable",
            "http-status",
            leads("http://[fe80::1%25eth0]/"),
        ),
        forbidden(
            "redirect-metadata",
            "http://169.254.169.254/latest/meta-data/",
        ),
        forbidden("redirect-metadata-name", "http://metadata.google.internal/"),
        forbidden("redirect-file", "file:///etc/passwd"),
        forbidden("redirect-ftp", "ftp://other.example/"),
        forbidden("redirect-javascript", "javascript:alert(1)"),
        forbidden("redirect-password", "http://me:secret@other.example/"),
        forbidden("redirect-localhost", "http://localhost./"),
        forbidden("redirect-mapped", "http://[::ffff:127.0.0.1]/"),
        forbidden("redirect-decimal", "http://2130706433/"),
        forbidden("redirect-octal", "http://0177.0.0.1/"),
        forbidden("redirect-hex", "http://0x7f.0x1/"),
        forbidden("redirect-port", "http://other.example:22/"),
    ]
}
