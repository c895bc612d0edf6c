//! Listings of many pages, through the whole program: what `harvest` asks for, `extract` finds, and the run tells.

use std::io::Write;

use serde_json::Value;

use crate::support::records;
use crate::support::server::{Answer, Server};
use crate::support::workspace::{Workspace, list};

/// A source with more in its `[harvest]` table, and the address to start from.
fn source(workspace: &Workspace, start: &str, harvest: &str) {
    let path = workspace.source("alpha", "0 4 * * *", 1);
    let text = std::fs::read_to_string(&path).unwrap();
    let text = text.replace("list.json\"", &format!("{start}\"\n{harvest}"));
    std::fs::write(&path, text).unwrap();
}

fn json(names: &[&str]) -> Answer {
    Answer::ok("application/json", list(names))
}

/// Runs the one source on a day and gives what the run tells of it.
fn ran(workspace: &Workspace, day: &str, code: i32) -> Value {
    let at = format!("{day}T08:00:00Z");
    let run = workspace.run(&["run", "--json", "--at", &at]);
    run.exits(code).json()["sources"][0].clone()
}

fn codes(source: &Value) -> Vec<&str> {
    let issues = source["issues"].as_array().unwrap().iter();
    issues
        .map(|issue| issue["code"].as_str().unwrap())
        .collect()
}

#[test]
fn an_index_of_compressed_sitemaps_leads_to_every_page() {
    let server = Server::start();
    let index = "<sitemapindex xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>\
        <sitemap><loc>http://alpha.example/pages.xml.gz</loc></sitemap>\
        <sitemap><loc>http://alpha.example/sitemap.xml</loc></sitemap></sitemapindex>";
    let pages = "<urlset><url><loc>http://alpha.example/fiche/1</loc></url>\
        <url><loc>http://alpha.example/fiche/2</loc></url><url><loc>http://alpha.example/legal</loc></url></urlset>";
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packed.write_all(pages.as_bytes()).unwrap();
    server.set(
        "alpha.example/sitemap.xml",
        Answer::ok("application/xml", index),
    );
    server.set(
        "alpha.example/pages.xml.gz",
        Answer::ok("application/gzip", packed.finish().unwrap()),
    );
    server.set("alpha.example/fiche/1", json(&["Fabrique Alpha"]));
    server.set("alpha.example/fiche/2", json(&["Atelier Bravo"]));
    let workspace = Workspace::new(&server.hosts());
    let paging = "paging = { sitemap = true, match = '/fiche/\\d+$' }";
    source(&workspace, "sitemap.xml", paging);
    let told = ran(&workspace, "2026-11-20", 0);
    assert_eq!(told["outcome"], "complete", "{told:#}");
    assert_eq!(codes(&told), ["paging-repeats"]);
    assert_eq!(
        records(&workspace.published().join("latest"), "actors").len(),
        2
    );
    assert_eq!(server.asked("alpha.example/sitemap.xml"), 1);
    assert_eq!(server.asked("alpha.example/legal"), 0);
}

#[test]
fn a_total_that_is_not_reached_is_a_partial_run() {
    let server = Server::start();
    let counted = |names: &[&str]| {
        let text = list(names).replacen('{', "{\"meta\": {\"total\": 3}, ", 1);
        Answer::ok("application/json", text)
    };
    server.set(
        "alpha.example/list.json?page=1",
        counted(&["Fabrique Alpha", "Atelier Bravo"]),
    );
    let workspace = Workspace::new(&server.hosts());
    source(
        &workspace,
        "list.json",
        "paging = { page = \"page\", total = \"/meta/total\" }",
    );
    let told = ran(&workspace, "2026-11-20", 3);
    assert_eq!(told["outcome"], "partial", "{told:#}");
    assert_eq!(codes(&told), ["total-not-reached"]);
    server.set(
        "alpha.example/list.json?page=2",
        counted(&["Cercle Charlie"]),
    );
    let told = ran(&workspace, "2026-11-21", 0);
    assert_eq!(told["outcome"], "complete", "{told:#}");
    assert_eq!(server.asked("alpha.example/list.json?page=3"), 0);
}
