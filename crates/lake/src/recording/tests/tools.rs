//! Recordings that wget and warcio make of a site on the loopback.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;

use bytes::Bytes;

use super::{CAP, gzip};
use crate::recording::Recording;

/// A site on the loopback: one address answers in chunks, the others with a packed page.
fn served() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let (mut stream, mut asked) = (stream.unwrap(), [0; 4096]);
            let read = stream.read(&mut asked).unwrap();
            let packed = gzip(b"a page");
            let answer = if asked[..read].starts_with(b"GET /chunked") {
                b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n6\r\na page\r\n0\r\n\r\n".to_vec()
            } else {
                let head = format!(
                    "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                    packed.len()
                );
                [head.as_bytes(), &packed].concat()
            };
            stream.write_all(&answer).unwrap();
        }
    });
    address
}

fn pages(path: &Path) -> Vec<(String, Bytes)> {
    let all = Recording::open(path, CAP).unwrap();
    let pages = all.map(|recorded| {
        let recorded = recorded.unwrap();
        assert_eq!(recorded.request.unwrap().method, "GET");
        (recorded.capture.url, recorded.capture.body)
    });
    pages.collect()
}

#[test]
fn what_wget_recorded_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let site = served();
    let urls = [format!("{site}chunked"), format!("{site}packed")];
    let ran = Command::new("wget")
        .args([
            "--quiet",
            "--no-proxy",
            "--header=Accept-Encoding: gzip",
            "--warc-file=wget",
            "-O",
            "/dev/null",
        ])
        .args(&urls)
        .current_dir(&folder)
        .status();
    if ran.is_err() {
        println!("skipped: wget is not installed");
        return;
    }
    let [one, two] = urls.map(|url| (url, Bytes::from("a page")));
    let mut found = pages(&folder.path().join("wget.warc.gz"));
    // wget adds its own log as a resource of an address of its own.
    found.retain(|(url, _)| url.starts_with(&site));
    assert_eq!(found, [one, two]);
}

#[test]
fn what_warcio_recorded_is_read() {
    let Some(consumers) = std::env::var_os("MOISSON_CONSUMERS") else {
        println!("skipped: warcio is not installed; `make test` does");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("warcio.warc.gz");
    let site = served();
    let script = "import sys\nfrom warcio.capture_http import capture_http\nimport http.client\n\
                  with capture_http(sys.argv[1]):\n    for url in sys.argv[2:]:\n        import urllib.parse as p\n        \
                  at = p.urlsplit(url)\n        c = http.client.HTTPConnection(at.netloc)\n        c.request('GET', at.path)\n        \
                  c.getresponse().read()\n";
    let ran = Command::new(Path::new(&consumers).join("venv/bin/python"))
        .args(["-c", script])
        .arg(&path)
        .args([format!("{site}chunked"), format!("{site}packed")])
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .status()
        .unwrap();
    assert!(ran.success());
    let bodies: Vec<Bytes> = pages(&path).into_iter().map(|(_, body)| body).collect();
    assert_eq!(bodies, ["a page", "a page"]);
}
