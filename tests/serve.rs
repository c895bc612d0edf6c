//! The published tree over HTTP: what is answered, and what never is.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use crate::schedule::signal;
use crate::support::server::{Answer, Server};
use crate::support::workspace::{Workspace, list};
use crate::support::{DEMO, manifest, moisson};

/// A server of a published tree, ended with the test.
pub(crate) struct Serving {
    child: Child,
    pub(crate) address: String,
}

impl Serving {
    /// Serves a workspace.
    pub(crate) fn start(workspace: &Workspace) -> Self {
        Self::of(&workspace.data())
    }

    fn of(data: &std::path::Path) -> Self {
        let mut command = moisson();
        command
            .args(["serve", "--bind", "127.0.0.1:0", "--data"])
            .arg(data)
            .stderr(Stdio::piped());
        let mut child = command.spawn().expect("the server starts");
        let mut line = String::new();
        BufReader::new(child.stderr.as_mut().expect("it is piped"))
            .read_line(&mut line)
            .expect("it says where");
        let address = line
            .split("http://")
            .nth(1)
            .and_then(|rest| rest.split('/').next())
            .expect("an address");
        Self {
            address: address.to_owned(),
            child,
        }
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// An answer, taken apart.
pub(crate) struct Got {
    pub(crate) status: u16,
    head: String,
    pub(crate) body: Vec<u8>,
}

impl Got {
    fn header(&self, name: &str) -> Option<&str> {
        let fits = |line: &&str| {
            line.split(':')
                .next()
                .is_some_and(|found| found.eq_ignore_ascii_case(name))
        };
        Some(self.head.lines().find(fits)?.split_once(':')?.1.trim())
    }
}

/// A GET, its path sent as it stands.
pub(crate) fn get(address: &str, path: &str) -> Got {
    ask(address, "GET", path, "")
}

fn ask(address: &str, method: &str, path: &str, headers: &str) -> Got {
    let mut stream = TcpStream::connect(address).expect("the server listens");
    stream
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n{headers}\r\n"
    );
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let end = answer
        .windows(4)
        .position(|four| four == b"\r\n\r\n")
        .expect("a whole head");
    let head = String::from_utf8_lossy(&answer[..end]).into_owned();
    let status = head
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok())
        .expect("a status");
    let body = answer[end + 4..].to_vec();
    Got {
        status,
        body: if chunked(&head) { joined(&body) } else { body },
        head,
    }
}

fn chunked(head: &str) -> bool {
    head.to_ascii_lowercase()
        .contains("transfer-encoding: chunked")
}

fn joined(mut body: &[u8]) -> Vec<u8> {
    let mut whole = Vec::new();
    while let Some(end) = body.windows(2).position(|two| two == b"\r\n") {
        let size = usize::from_str_radix(String::from_utf8_lossy(&body[..end]).trim(), 16)
            .unwrap_or_default();
        if size == 0 {
            break;
        }
        whole.extend_from_slice(&body[end + 2..end + 2 + size]);
        body = &body[end + 4 + size..];
    }
    whole
}

#[test]
fn files_come_with_their_type_their_tag_and_cors() {
    let serving = Serving::of(DEMO.data());
    let got = get(&serving.address, "/latest/tables/actors.parquet");
    assert_eq!(got.status, 200);
    assert_eq!(
        got.body,
        std::fs::read(DEMO.latest().join("tables/actors.parquet")).unwrap()
    );
    assert_eq!(
        got.header("content-type"),
        Some("application/vnd.apache.parquet")
    );
    assert_eq!(got.header("access-control-allow-origin"), Some("*"));
    assert!(
        got.header("access-control-expose-headers")
            .unwrap()
            .contains("ETag")
    );
    assert_eq!(got.header("content-encoding"), None);
    let files = manifest(&DEMO.latest())["files"]
        .as_array()
        .unwrap()
        .clone();
    let stated = files
        .iter()
        .find(|file| file["path"] == "tables/actors.parquet")
        .unwrap();
    assert_eq!(
        got.header("etag").unwrap().trim_matches('"'),
        stated["sha256"].as_str().unwrap()
    );
    let again = format!("if-none-match: {}\r\n", got.header("etag").unwrap());
    let unmodified = ask(
        &serving.address,
        "GET",
        "/latest/tables/actors.parquet",
        &again,
    );
    assert_eq!((unmodified.status, unmodified.body.len()), (304, 0));
    for (path, media_type) in [
        ("/latest/rdf/actors.jsonld.gz", "application/gzip"),
        ("/latest/rdf/dump.nq.zst", "application/zstd"),
        ("/latest/manifest.json", "application/json"),
        ("/context/v1.jsonld", "application/ld+json"),
        ("/latest/README.md", "text/markdown; charset=utf-8"),
    ] {
        assert_eq!(
            get(&serving.address, path).header("content-type"),
            Some(media_type),
            "{path}"
        );
    }
    let version = manifest(&DEMO.latest())["version"]
        .as_str()
        .unwrap()
        .to_owned();
    let fixed = get(&serving.address, &format!("/releases/{version}/README.md"));
    assert!(fixed.header("cache-control").unwrap().contains("immutable"));
    assert!(
        !get(&serving.address, "/latest/README.md")
            .header("cache-control")
            .unwrap()
            .contains("immutable")
    );
}

#[test]
fn a_head_has_no_body_and_a_range_is_cut() {
    let serving = Serving::of(DEMO.data());
    let path = "/latest/manifest.json";
    let whole = get(&serving.address, path);
    let head = ask(&serving.address, "HEAD", path, "");
    assert_eq!((head.status, head.body.len()), (200, 0));
    assert_eq!(
        head.header("content-length").unwrap(),
        whole.body.len().to_string()
    );
    let part = ask(&serving.address, "GET", path, "range: bytes=2-5\r\n");
    assert_eq!(
        (part.status, part.body.as_slice()),
        (206, &whole.body[2..=5])
    );
    assert_eq!(
        part.header("content-range").unwrap(),
        format!("bytes 2-5/{}", whole.body.len())
    );
    let past = ask(&serving.address, "GET", path, "range: bytes=99999999-\r\n");
    assert_eq!(past.status, 416);
    assert_eq!(
        past.header("content-range").unwrap(),
        format!("bytes */{}", whole.body.len())
    );
}

#[test]
fn no_spelling_leads_out_of_the_tree() {
    let serving = Serving::of(DEMO.data());
    for path in [
        "/../lake.sqlite",
        "/latest/../../lake.sqlite",
        "/%2e%2e/lake.sqlite",
        "/latest/%2e%2e/%2e%2e/lake.sqlite",
        "/..%2flake.sqlite",
        "/%2e%2e%2flake.sqlite",
        "/..%5clake.sqlite",
        "/..\\lake.sqlite",
        "/%252e%252e/lake.sqlite",
        "/latest/tables/actors.parquet%00",
        "/%00",
        "/latest//manifest.json",
        "/./latest/manifest.json",
        "/%ff%fe",
        "/....//lake.sqlite",
        "/latest/tables/",
        "/latest",
        "/releases",
        "/%c0%ae%c0%ae/lake.sqlite",
    ] {
        let got = get(&serving.address, path);
        assert!((400..500).contains(&got.status), "{path}: {}", got.status);
    }
}

#[test]
fn other_methods_are_not_allowed() {
    let serving = Serving::of(DEMO.data());
    for method in ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"] {
        let got = ask(
            &serving.address,
            method,
            "/latest/manifest.json",
            "content-length: 0\r\n",
        );
        assert_eq!(
            (got.status, got.header("allow")),
            (405, Some("GET, HEAD")),
            "{method}"
        );
    }
}

#[test]
fn health_tells_the_age_of_each_source() {
    let server = Server::start();
    let workspace = Workspace::new(&server.hosts());
    workspace.source("alpha", "0 4 * * *", 1);
    workspace.source("beta", "0 4 * * *", 1);
    server.set(
        "alpha.example/list.json",
        Answer::ok("application/json", list(&["Fabrique Alpha"])),
    );
    workspace
        .run(&["run", "--at", "2026-11-20T08:00:00Z"])
        .exits(3);
    let serving = Serving::start(&workspace);
    let got = get(&serving.address, "/health");
    let health: serde_json::Value = serde_json::from_slice(&got.body).unwrap();
    assert_eq!(health["status"], "degraded");
    assert_eq!(health["latest"], "2026-11-20T08-00-00Z");
    assert_eq!(health["sources"][0]["last_success"], "2026-11-20T08:00:00Z");
    assert!(health["sources"][0]["age_seconds"].is_i64());
    assert_eq!(health["sources"][1]["outcome"], "failed");
    assert_eq!(health["sources"][1]["cause"], "http-status");
}

#[test]
fn a_signal_ends_it_in_time_even_with_a_connection_open() {
    let mut serving = Serving::of(DEMO.data());
    let idle = TcpStream::connect(&serving.address).unwrap();
    signal(serving.child.id());
    let started = Instant::now();
    let ended = serving.child.wait().unwrap();
    assert!(
        ended.success() && started.elapsed() < Duration::from_secs(15),
        "{ended}"
    );
    drop(idle);
}
