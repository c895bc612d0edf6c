//! What was harvested is found, shown, taken out, and not kept longer than a source says; others read it.

use serde_json::Value;

use crate::consumers::consume;
use crate::support::server::{Answer, Server};
use crate::support::workspace::{Workspace, list};

const URL: &str = "http://alpha.example/list.json";

/// A source that was harvested three times, two days apart: two members, the same again, three members.
fn harvested() -> (Server, Workspace) {
    let server = Server::start();
    let workspace = Workspace::new(&server.hosts());
    workspace.source("alpha", "0 4 * * *", 1);
    let three = ["Fabrique Alpha", "Réseau Alpha", "Maison Alpha"];
    for (day, names) in [(1, &three[..2]), (3, &three[..2]), (5, &three)] {
        let answer = Answer::ok("application/json", list(names));
        server.set("alpha.example/list.json", answer);
        run(&workspace, &["run", "alpha", "--at", &at(day)]);
    }
    (server, workspace)
}

fn at(day: u32) -> String {
    format!("2026-11-{day:02}T08:00:00Z")
}

fn run(workspace: &Workspace, arguments: &[&str]) -> String {
    workspace.run(arguments).exits(0).stdout
}

/// Lines of JSON.
fn lines(text: &str) -> Vec<Value> {
    text.lines()
        .map(|line| serde_json::from_str(line).expect("a line is JSON"))
        .collect()
}

#[test]
fn every_page_of_an_address_is_found_and_the_newest_shown() {
    let (_server, workspace) = harvested();
    let found = lines(&run(&workspace, &["archive", "find", URL, "--json"]));
    let changes: Vec<&str> = found
        .iter()
        .map(|entry| entry["change"].as_str().unwrap())
        .collect();
    assert_eq!(changes, ["new", "same-body", "modified"]);
    assert_eq!(found[0]["sha256"], found[1]["sha256"]);
    assert_eq!(
        run(&workspace, &["archive", "find", "http://alpha.example/*"])
            .lines()
            .count(),
        3
    );
    let shown = run(&workspace, &["archive", "show", URL]);
    assert!(shown.contains("Maison Alpha"), "{shown}");
    let digest = found[0]["sha256"].as_str().unwrap();
    let older = run(&workspace, &["archive", "show", digest]);
    assert!(
        older.contains("Alpha") && !older.contains("Maison"),
        "{older}"
    );
    let records = run(&workspace, &["archive", "show", digest, "--records"]);
    assert!(
        records.starts_with("WARC/1.1\r\nWARC-Type: revisit\r\n"),
        "{records}"
    );
    let whole: Value =
        serde_json::from_str(&run(&workspace, &["archive", "show", URL, "--json"])).unwrap();
    assert!(whole["text"].as_str().unwrap().contains("Maison Alpha"));
    let files = lines(&run(&workspace, &["archive", "list", "alpha", "--json"]));
    assert_eq!(
        (files.len(), &files[0]["pages"], &files[0]["outcome"]),
        (3, &1.into(), &"complete".into())
    );
    assert_eq!(run(&workspace, &["archive", "list", "beta"]), "");
    workspace
        .run(&["archive", "find", "http://alpha.example/none"])
        .exits(1);
    workspace.run(&["archive", "find", "nonsense"]).exits(2);
}

#[test]
fn an_address_is_purged_and_the_source_is_harvested_anew() {
    let (_server, workspace) = harvested();
    let would = run(
        &workspace,
        &["archive", "purge", "http://alpha.example/*", "--dry-run"],
    );
    assert_eq!(would.lines().count(), 3);
    let removed: Value =
        serde_json::from_str(&run(&workspace, &["archive", "purge", URL, "--json"])).unwrap();
    assert_eq!(
        (&removed["pages"], &removed["files"]),
        (&3.into(), &3.into())
    );
    workspace.run(&["archive", "find", URL]).exits(1);
    workspace
        .run(&["run", "alpha", "--replay", "--at", &at(6)])
        .exits(1);
    run(&workspace, &["run", "alpha", "--at", &at(7)]);
    let found = lines(&run(&workspace, &["archive", "find", URL, "--json"]));
    assert_eq!(found[0]["change"], "new");
}

#[test]
fn what_is_over_its_time_goes_and_a_replay_of_what_stays_gives_the_same() {
    let (_server, workspace) = harvested();
    let pruned = run(
        &workspace,
        &[
            "archive",
            "prune",
            "--older-than",
            "3 days",
            "--at",
            &at(5),
            "--json",
        ],
    );
    let pruned = lines(&pruned);
    assert_eq!(
        (
            &pruned[0]["source"],
            &pruned[0]["pages"],
            &pruned[0]["files"]
        ),
        (&"alpha".into(), &1.into(), &1.into())
    );
    // The page of the third day referred to the body of the first: it has it now.
    let found = lines(&run(&workspace, &["archive", "find", URL, "--json"]));
    let shown = run(
        &workspace,
        &["archive", "show", found[0]["sha256"].as_str().unwrap()],
    );
    assert!(shown.contains("Réseau Alpha"), "{shown}");
    run(
        &workspace,
        &[
            "archive",
            "prune",
            "alpha",
            "--older-than",
            "1 day",
            "--at",
            "2027-11-05T08:00:00Z",
        ],
    );
    let replayed = run(
        &workspace,
        &["run", "alpha", "--replay", "--at", &at(6), "--json"],
    );
    let replayed: Value = serde_json::from_str(&replayed).unwrap();
    assert_eq!(replayed["sources"][0]["records"], 3, "{replayed}");
    workspace
        .run(&["archive", "prune", "--older-than", "soon"])
        .exits(2);
}

#[test]
fn a_run_takes_out_what_its_definition_no_longer_wants() {
    let (_server, workspace) = harvested();
    let path = workspace.source("alpha", "0 4 * * *", 1);
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, format!("retention = \"3 days\"\n{text}")).unwrap();
    run(&workspace, &["run", "alpha", "--at", &at(7)]);
    let files = lines(&run(&workspace, &["archive", "list", "--json"]));
    let began: Vec<&str> = files
        .iter()
        .map(|file| file["started"].as_str().unwrap())
        .collect();
    assert_eq!(began, [at(5).as_str(), &at(7)]);
    std::fs::write(&path, format!("retention = \"3 hours\"\n{text}")).unwrap();
    let refused = workspace.run(&["check"]).exits(2);
    let told = refused.stdout + &refused.stderr;
    assert!(
        told.contains("alpha.toml:1:13") && told.contains("a day or more"),
        "{told}"
    );
}

#[test]
fn warcio_reads_what_purges_and_retention_leave() {
    let (server, workspace) = harvested();
    workspace.source("beta", "0 4 * * *", 1);
    let same = Answer::ok(
        "application/json",
        list(&["Fabrique Alpha", "Réseau Alpha"]),
    );
    server.set("beta.example/list.json", same);
    run(&workspace, &["run", "beta", "--at", &at(6)]);
    let archive = workspace.data().join("harvest");
    if let Some(printed) = consume("archive.py", &[&archive]) {
        let kinds = "4 files, 16 records: 4 metadata, 4 request, 2 response, 2 revisit, 4 warcinfo";
        assert_eq!(printed.trim(), kinds);
    }
    run(
        &workspace,
        &[
            "archive",
            "prune",
            "alpha",
            "--older-than",
            "3 days",
            "--at",
            &at(5),
        ],
    );
    if let Some(printed) = consume("archive.py", &[&archive, "--pruned".as_ref()]) {
        let kinds = "3 files, 12 records: 3 metadata, 3 request, 2 response, 1 revisit, 3 warcinfo";
        assert_eq!(printed.trim(), kinds);
    }
    run(&workspace, &["archive", "purge", URL]);
    if let Some(printed) = consume("archive.py", &[&archive]) {
        let kinds = "1 files, 4 records: 1 metadata, 1 request, 1 response, 1 warcinfo";
        assert_eq!(printed.trim(), kinds);
    }
}
