//! What enters a release and what never does; what stays when it is made again.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;

use crate::support::server::{Answer, Server};
use crate::support::workspace::{Workspace, list};
use crate::support::{manifest, records};

fn json(names: &[&str]) -> Answer {
    Answer::ok("application/json", list(names))
}

/// Two sources that answer.
fn two() -> (Server, Workspace) {
    let server = Server::start();
    let workspace = Workspace::new(&server.hosts());
    for (slug, names) in [
        ("alpha", ["Fabrique Alpha", "Atelier Commun"]),
        ("beta", ["Maison Beta", "Atelier Commun"]),
    ] {
        workspace.source(slug, "0 4 * * *", 1);
        server.set(&format!("{slug}.example/list.json"), json(&names));
    }
    (server, workspace)
}

/// The identifier of each name in the newest release.
fn identifiers(workspace: &Workspace) -> BTreeMap<String, String> {
    let text = |record: &Value, key: &str| record[key].as_str().unwrap().to_owned();
    let actors = records(&workspace.published().join("latest"), "actors");
    actors
        .iter()
        .map(|actor| (text(actor, "name"), text(actor, "id")))
        .collect()
}

fn edit(workspace: &Workspace, slug: &str, from: &str, to: &str) {
    let path = workspace
        .data()
        .with_file_name("pipelines")
        .join(format!("sources/{slug}.toml"));
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "{from}");
    std::fs::write(&path, text.replace(from, to)).unwrap();
}

#[test]
fn what_two_sources_say_of_one_actor_is_one_row_and_its_identifier_stays() {
    let (server, workspace) = two();
    workspace
        .run(&["run", "--at", "2026-11-20T08:00:00Z"])
        .exits(0);
    let before = identifiers(&workspace);
    assert_eq!(before.len(), 3);

    // The other source comes first, the shared actor leaves one of them, a new one comes.
    server.set(
        "alpha.example/list.json",
        json(&["Fabrique Alpha", "Nouvelle Venue"]),
    );
    server.set(
        "beta.example/list.json",
        json(&["Atelier Commun", "Maison Beta"]),
    );
    workspace
        .run(&["run", "--at", "2027-02-20T08:00:00Z"])
        .exits(0);
    let after = identifiers(&workspace);
    assert_eq!(after.len(), 4);
    for (name, id) in before {
        assert_eq!(after.get(&name), Some(&id), "{name}");
    }
    let kept = records(&workspace.published().join("latest"), "actors");
    let shared = kept
        .iter()
        .find(|actor| actor["name"] == "Atelier Commun")
        .unwrap();
    assert_eq!(shared["wasDerivedFrom"].as_array().unwrap().len(), 2);
}

#[test]
fn what_may_not_be_redistributed_never_enters_a_release() {
    for class in ["unknown", "nc", "restricted", "open-sharealike"] {
        let (_server, workspace) = two();
        edit(&workspace, "beta", "open-attribution", class);
        workspace
            .run(&["run", "--at", "2026-11-20T08:00:00Z"])
            .exits(0);
        let names: Vec<String> = identifiers(&workspace).into_keys().collect();
        assert_eq!(names, ["Atelier Commun", "Fabrique Alpha"], "{class}");
    }
}

#[test]
fn a_replay_makes_of_the_archive_what_the_live_run_made() {
    let (server, workspace) = two();
    workspace
        .run(&["run", "--at", "2026-11-20T08:00:00Z"])
        .exits(0);
    let asked = server.asked("alpha.example/list.json");
    let before = identifiers(&workspace);
    // Another definition reads the same pages otherwise, without a request.
    edit(
        &workspace,
        "alpha",
        "kind    = { value = \"organisation\" }",
        "kind    = { value = \"network\" }",
    );
    workspace
        .run(&["run", "--replay", "--at", "2026-11-21T08:00:00Z"])
        .exits(0);
    assert_eq!(server.asked("alpha.example/list.json"), asked);
    assert_eq!(identifiers(&workspace), before);
    assert_eq!(workspace.releases().len(), 2);
}

#[test]
fn a_project_publishes_one_dataset() {
    let (_server, workspace) = two();
    let path = workspace
        .data()
        .with_file_name("pipelines")
        .join("datasets/all.toml");
    std::fs::copy(&path, path.with_file_name("more.toml")).unwrap();
    let refused = workspace.run(&["check"]).exits(2);
    assert!(refused.stderr.contains("one dataset"), "{}", refused.stderr);
}

#[test]
fn a_run_killed_at_any_instant_is_made_up_for_by_the_next() {
    let (server, workspace) = two();
    let whole = {
        let (_server, workspace) = two();
        workspace
            .run(&["run", "--at", "2026-11-20T08:00:00Z"])
            .exits(0);
        identifiers(&workspace)
    };
    for wait in [0, 30, 60, 90, 120, 200] {
        let slow = json(&["Maison Beta", "Atelier Commun"]).after(Duration::from_millis(60));
        server.set("beta.example/list.json", slow);
        let mut killed = workspace
            .command(&["run", "--at", "2026-11-20T08:00:00Z"])
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(wait));
        killed.kill().unwrap();
        killed.wait().unwrap();
    }
    workspace
        .run(&["run", "--at", "2026-11-20T08:00:00Z"])
        .exits(0);
    assert_eq!(identifiers(&workspace), whole);
    let staged = std::fs::read_dir(workspace.published()).unwrap().flatten();
    assert!(
        staged
            .into_iter()
            .all(|entry| !entry.file_name().to_string_lossy().starts_with(".staging"))
    );
}

/// The rows of a table, as the manifest of the newest release states them.
fn rows(workspace: &Workspace, path: &str) -> u64 {
    let manifest = manifest(&workspace.published().join("latest"));
    let files = manifest["files"].as_array().unwrap();
    let file = files.iter().find(|file| file["path"] == path).unwrap();
    file["rows"].as_u64().unwrap()
}

#[test]
fn what_leaves_its_source_stays_a_while_then_leaves_a_tombstone_and_comes_back_as_itself() {
    let (server, workspace) = two();
    let run = |day: &str| {
        workspace
            .run(&["run", "--at", &format!("{day}T08:00:00Z")])
            .exits(0)
    };
    run("2026-11-20");
    let id = identifiers(&workspace)["Fabrique Alpha"].clone();
    server.set("alpha.example/list.json", json(&["Atelier Commun"]));
    run("2026-11-21");
    assert!(identifiers(&workspace).contains_key("Fabrique Alpha"));
    run("2026-12-20");
    assert!(!identifiers(&workspace).contains_key("Fabrique Alpha"));
    assert_eq!(rows(&workspace, "tables/tombstones.parquet"), 1);
    server.set(
        "alpha.example/list.json",
        json(&["Atelier Commun", "Fabrique Alpha"]),
    );
    run("2026-12-21");
    assert_eq!(identifiers(&workspace)["Fabrique Alpha"], id);
    assert_eq!(rows(&workspace, "tables/tombstones.parquet"), 0);
}
