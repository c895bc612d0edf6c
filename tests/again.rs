//! Harvested again: what is not sent, what is taken up, what a replay gives, what a secret leaves behind.

use serde_json::Value;

use crate::support::server::{Answer, Server};
use crate::support::workspace::{Workspace, list};

/// A list of three pages with validators, `http://alpha.example/list.json?page=…`.
fn three_pages(server: &Server) {
    for (number, name) in ["Fabrique Une", "Fabrique Deux", "Fabrique Trois"]
        .iter()
        .enumerate()
    {
        let address = format!("alpha.example/list.json?page={}", number + 1);
        let etag = format!("W/\"{number}\"");
        server.set(
            &address,
            Answer::ok("application/json", list(&[name])).with("etag", &etag),
        );
    }
}

const PAGES: &str = "delay = \"0s\"\npaging = { page = \"page\" }";

fn workspace(server: &Server) -> Workspace {
    let workspace = Workspace::new(&server.hosts());
    workspace.source_with("alpha", PAGES);
    workspace
}

/// The rows of a table of the newest release, without what tells of the run.
fn actors(workspace: &Workspace) -> Vec<Value> {
    let latest = workspace.published().join("latest");
    crate::support::records(&latest, "actors")
        .into_iter()
        .map(|row| serde_json::to_value(row).unwrap())
        .collect()
}

#[test]
fn an_unchanged_site_sends_no_body_and_a_changed_page_is_seen() {
    let server = Server::start();
    three_pages(&server);
    let workspace = workspace(&server);
    let first = workspace.run(&["run", "--json"]).exits(0).json();
    assert_eq!(first["sources"][0]["outcome"], "complete");
    let asked = server.log().len();

    let second = workspace.run(&["run", "--json"]).exits(0).json();
    assert_eq!(second["sources"][0]["outcome"], "unchanged");
    assert_eq!(second["sources"][0]["harvest"]["not_modified"], 3);
    let pages: Vec<_> = server.log().split_off(asked);
    let statuses: Vec<u16> = pages.iter().map(|asked| asked.status).collect();
    assert_eq!(statuses, [304, 304, 304, 404]);
    assert_eq!(pages.iter().map(|asked| asked.sent).sum::<usize>(), 0);

    let changed = Answer::ok(
        "application/json",
        list(&["Fabrique Deux", "Fabrique Quatre"]),
    );
    server.set(
        "alpha.example/list.json?page=2",
        changed.with("etag", "\"new\""),
    );
    let third = workspace.run(&["run", "--json"]).exits(0).json();
    assert_eq!(third["sources"][0]["outcome"], "complete");
    assert_eq!(third["sources"][0]["changes"]["added"], 1);
    assert_eq!(third["sources"][0]["records"], 4);
}

#[test]
fn a_replay_gives_what_the_live_run_gave_for_one_source_a_period_or_all() {
    let server = Server::start();
    three_pages(&server);
    let workspace = workspace(&server);
    workspace.source("beta", "0 4 * * *", 1);
    server.set(
        "beta.example/list.json",
        Answer::ok("application/json", list(&["Atelier Beta"])),
    );
    let first = "2026-11-20T08:00:00Z";
    workspace.run(&["run", "--at", first]).exits(0);
    let live = actors(&workspace);
    server.set(
        "alpha.example/list.json?page=2",
        Answer::ok("application/json", list(&["Fabrique Dix"])),
    );
    workspace
        .run(&["run", "--at", "2026-11-21T08:00:00Z"])
        .exits(0);
    let changed = actors(&workspace);
    assert_ne!(live, changed);
    let asked = server.log().len();

    let replay = |arguments: &[&str]| {
        let arguments = [&["run", "--replay", "--json"], arguments].concat();
        workspace.run(&arguments).exits(0).json()
    };
    let of = |rows: &[Value], name: &str| {
        let is = |row: &&Value| row["name"].to_string().contains(name);
        rows.iter().filter(is).count()
    };
    let old = replay(&[
        "alpha",
        "--until",
        "2026-11-20T23:00:00Z",
        "--at",
        "2026-11-22T08:00:00Z",
    ]);
    assert_eq!(old["sources"].as_array().unwrap().len(), 1);
    let then = actors(&workspace);
    assert_eq!((of(&then, "Deux"), of(&then, "Beta")), (1, 1));
    replay(&["--from", first, "--at", "2026-11-23T08:00:00Z"]);
    let now = actors(&workspace);
    assert_eq!(
        (of(&now, "Dix"), now.len()),
        (1, changed.len()),
        "what is missing has its grace"
    );
    replay(&["--at", "2026-11-24T08:00:00Z"]);
    assert_eq!(server.log().len(), asked, "a replay makes no request");
}

#[test]
fn an_explanation_makes_no_request_and_says_what_would_be() {
    let server = Server::start();
    three_pages(&server);
    let workspace = workspace(&server);
    let told = workspace
        .run(&["harvest", "--explain", "alpha"])
        .exits(0)
        .stdout;
    for part in [
        "GET http://alpha.example/list.json?page=1",
        "robots.txt: not known",
        "held: nothing",
        "when: at once",
    ] {
        assert!(told.contains(part), "{part}: {told}");
    }
    assert_eq!(server.log().len(), 0);
    workspace.run(&["harvest", "alpha"]).exits(0);
    let asked = server.log().len();
    let known = workspace
        .run(&["harvest", "--explain", "alpha", "--json"])
        .exits(0)
        .json();
    assert_eq!(known["requests"][0]["robots"]["is"], "allowed");
    assert_eq!(known["requests"][0]["standing"]["is"], "conditional");
    assert_eq!(known["pages_before"], 3);
    assert_eq!(server.log().len(), asked);
}

#[test]
fn a_secret_is_sent_and_stands_nowhere_else() {
    const TOKEN: &str = "jeton-tr3s-secret";
    let server = Server::start();
    let echo = list(&["Fabrique"]).replace(']', &format!("], \"you\": \"{TOKEN}\""));
    server.set(
        "alpha.example/list.json",
        Answer::ok("application/json", echo.clone()),
    );
    server.set(
        &format!("alpha.example/list.json?key={TOKEN}"),
        Answer::ok("application/json", echo),
    );
    let workspace = Workspace::new(&server.hosts());
    let file = workspace.put("key.txt", &format!("{TOKEN}\n"));
    let secrets = format!(
        "delay = \"0s\"\nsecrets = [{{ header = \"Authorization\", prefix = \"Bearer \", env = \"MOISSON_TEST_TOKEN\" }}, \
         {{ query = \"key\", file = {file:?} }}]"
    );
    workspace.source_with("alpha", &secrets);
    let missing = workspace.run(&["harvest", "alpha"]).exits(3);
    assert!((missing.stdout + &missing.stderr).contains("`MOISSON_TEST_TOKEN` is not set"));

    let mut command = workspace.command(&["run", "--json", "-vv"]);
    let ran = crate::support::run_with(command.env("MOISSON_TEST_TOKEN", TOKEN), &[]).exits(0);
    let asked = server.log();
    assert_eq!(asked[0].headers["authorization"], format!("Bearer {TOKEN}"));
    assert_eq!(
        asked[0].address,
        format!("alpha.example/list.json?key={TOKEN}")
    );
    assert!(
        !ran.stdout.contains(TOKEN) && !ran.stderr.contains(TOKEN),
        "{}",
        ran.stderr
    );
    let mut looked_at = 0;
    for path in files(&workspace.data()) {
        let bytes = std::fs::read(&path).unwrap();
        let mut unpacked = Vec::new();
        let unpacking = std::io::Read::read_to_end(
            &mut flate2::read::MultiGzDecoder::new(&bytes[..]),
            &mut unpacked,
        );
        let text = if unpacking.is_ok() { unpacked } else { bytes };
        assert!(
            !String::from_utf8_lossy(&text).contains(TOKEN),
            "{}",
            path.display()
        );
        looked_at += 1;
    }
    assert!(looked_at > 10, "{looked_at} files");
}

fn files(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| {
            if path.is_dir() {
                files(&path)
            } else {
                vec![path]
            }
        })
        .collect()
}
