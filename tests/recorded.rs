//! Harvests that others made: their WARC files, read as a site would be.

use std::fmt::Write;

use crate::support::server::{Answer, Server};
use crate::support::workspace::{Workspace, list};

/// A record of a WARC file.
fn record(kind: &str, url: &str, block: &str) -> String {
    let mut text = format!(
        "WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Record-ID: <urn:uuid:00000000-0000-4000-8000-{:012}>\r\n\
         WARC-Date: 2026-11-20T08:00:00Z\r\n",
        url.len() * 1000 + block.len()
    );
    write!(
        text,
        "WARC-Target-URI: {url}\r\nContent-Type: application/http; msgtype={kind}\r\n"
    )
    .unwrap();
    write!(
        text,
        "Content-Length: {}\r\n\r\n{block}\r\n\r\n",
        block.len()
    )
    .unwrap();
    text
}

fn response(url: &str, head: &str, body: &str) -> String {
    record("response", url, &format!("HTTP/1.1 {head}\r\n\r\n{body}"))
}

const PAGES: &str = "delay = \"0s\"\npaging = { page = \"page\" }";

#[test]
fn a_recording_is_harvested_as_its_site_would_be_and_nothing_is_requested() {
    let server = Server::start();
    let workspace = Workspace::new(&server.hosts());
    workspace.source_with("alpha", PAGES);
    let address = "http://alpha.example/list.json?page=";
    let file = [
        response(
            &format!("{address}1"),
            "302 Found\r\nLocation: /first.json",
            "",
        ),
        response(
            "http://alpha.example/first.json",
            "200 OK\r\nContent-Type: application/json",
            &list(&["Fabrique Une"]),
        ),
        response(
            &format!("{address}2"),
            "200 OK\r\nContent-Type: application/json",
            &list(&["Fabrique Deux"]),
        ),
        response(
            "http://alpha.example/logo.png",
            "200 OK\r\nContent-Type: image/png",
            "not asked for",
        ),
    ];
    let path = workspace.put("capture.warc", &file.concat());
    let path = path.to_str().unwrap();
    let told = workspace
        .run(&["harvest", "--from-warc", path, "alpha", "--json"])
        .exits(0)
        .json();
    assert_eq!(
        (&told["outcome"], &told["captures"]),
        (&"complete".into(), &2.into()),
        "{told}"
    );
    let report = workspace
        .run(&["run", "--replay", "alpha", "--json"])
        .exits(0)
        .json();
    assert_eq!(report["sources"][0]["records"], 2);
    assert!(server.log().is_empty());
    let latest = workspace.published().join("latest");
    assert_eq!(crate::support::records(&latest, "actors").len(), 2);
    let shown = workspace
        .run(&["archive", "find", &format!("{address}2")])
        .exits(0)
        .stdout;
    assert!(
        shown.contains("2026-11-20"),
        "the time is that of the recording: {shown}"
    );
}

#[test]
fn what_a_recording_lacks_or_breaks_is_said() {
    let server = Server::start();
    let workspace = Workspace::new(&server.hosts());
    workspace.source("alpha", "0 4 * * *", 1);
    let other = response("http://other.example/", "200 OK", "x");
    let path = workspace.put(
        "capture.warc",
        &(other + "WARC/1.0\r\nWARC-Type: response\r\nContent-"),
    );
    let path = path.to_str().unwrap();
    let told = workspace
        .run(&["harvest", "--from-warc", path, "alpha", "--json"])
        .exits(3)
        .json();
    assert_eq!(
        (&told["outcome"], &told["cause"]),
        (&"failed".into(), &"http-status".into())
    );
    let said = told["issues"].to_string();
    assert!(
        said.contains("the recording does not have the page") && said.contains("invalid-record"),
        "{said}"
    );
    let none = workspace
        .run(&["harvest", "--from-warc", "none.warc", "alpha"])
        .exits(1);
    assert!(none.stderr.contains("none.warc"), "{}", none.stderr);
    assert!(server.log().is_empty());
}

#[test]
fn a_recording_of_wget_gives_what_the_site_gives() {
    if std::process::Command::new("wget")
        .arg("--version")
        .output()
        .is_err()
    {
        println!("skipped: wget is not installed");
        return;
    }
    let server = Server::start();
    for (page, name) in [(1, "Fabrique Une"), (2, "Fabrique Deux")] {
        let address = format!("alpha.example/list.json?page={page}");
        server.set(&address, Answer::ok("application/json", list(&[name])));
    }
    let workspace = Workspace::new(&server.hosts());
    workspace.source_with("alpha", PAGES);
    let stem = workspace.put("capture", "");
    let wget = std::process::Command::new("wget")
        .args([
            "--quiet",
            "--output-document=/dev/null",
            "--execute=use_proxy=yes",
            "--warc-file",
        ])
        .arg(&stem)
        .args([1, 2, 3].map(|page| format!("http://alpha.example/list.json?page={page}")))
        .env("http_proxy", format!("http://{}/", server.address))
        .status();
    assert!(wget.is_ok());
    let file = format!("{}.warc.gz", stem.display());
    let told = workspace
        .run(&["harvest", "--from-warc", &file, "alpha", "--json"])
        .exits(0)
        .json();
    assert_eq!(
        (&told["outcome"], &told["captures"]),
        (&"complete".into(), &2.into()),
        "{told}"
    );
}
