//! On its own, on a set clock: each tick harvested once, one release per changed tick, a killed worker taken over.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::serve::{Serving, get};
use crate::support::server::{Answer, Server};
use crate::support::workspace::{Workspace, list};

fn json(names: &[&str]) -> Answer {
    Answer::ok("application/json", list(names))
}

/// Three sources at half past two in Paris: two that answer, one that never does.
fn three() -> (Server, Workspace) {
    let server = Server::start();
    let workspace = Workspace::new(&server.hosts());
    for slug in ["alpha", "beta", "gamma"] {
        workspace.source(slug, "30 2 * * *", 1);
    }
    server.set(
        "alpha.example/list.json",
        json(&["Fabrique Alpha", "Réseau Alpha"]),
    );
    server.set("beta.example/list.json", json(&["Maison Beta"]));
    server.set("gamma.example/list.json", Answer::status(500));
    (server, workspace)
}

fn tick(workspace: &Workspace, at: &str, code: i32) -> Value {
    workspace
        .run(&["schedule", "--once", "--json", "--at", at])
        .exits(code)
        .json()
}

fn ran(tick: &Value) -> Vec<(&str, &str)> {
    let sources = tick["sources"]
        .as_array()
        .expect("a tick lists its sources");
    sources
        .iter()
        .map(|source| {
            (
                source["source"].as_str().unwrap(),
                source["outcome"].as_str().unwrap(),
            )
        })
        .collect()
}

#[test]
fn two_days_and_a_change_to_summer_time() {
    let (server, workspace) = three();
    let asked = |slug: &str| server.asked(&format!("{slug}.example/list.json"));

    // A source that never ran is due at once; the one that fails does not stop the others.
    let first = tick(&workspace, "2026-03-28T00:00:00Z", 3);
    assert_eq!(
        ran(&first),
        [
            ("alpha", "complete"),
            ("beta", "complete"),
            ("gamma", "failed")
        ]
    );
    assert_eq!(workspace.releases(), ["2026-03-28T00-00-00Z"]);

    // Before its time nothing is due.
    let early = tick(&workspace, "2026-03-28T01:29:00Z", 0);
    assert!(ran(&early).is_empty());
    assert_eq!(asked("alpha"), 1);

    // Half past two in winter time: harvested once, nothing changed, no release.
    let second = tick(&workspace, "2026-03-28T01:30:00Z", 3);
    assert_eq!(ran(&second)[0], ("alpha", "unchanged"));
    assert_eq!(second["releases"][0]["changed"], false);
    assert_eq!((asked("alpha"), workspace.releases().len()), (2, 1));
    assert!(ran(&tick(&workspace, "2026-03-28T01:31:00Z", 0)).is_empty());

    // On the 29th the clocks go from two to three: half past two does not exist, and runs once, at half past three.
    assert!(ran(&tick(&workspace, "2026-03-29T01:29:00Z", 0)).is_empty());
    server.set(
        "beta.example/list.json",
        json(&["Maison Beta", "Atelier Beta"]),
    );
    let third = tick(&workspace, "2026-03-29T01:30:00Z", 3);
    assert_eq!(ran(&third)[1], ("beta", "complete"));
    assert_eq!(third["releases"][0]["changed"], true);
    assert_eq!(workspace.releases().len(), 2);
    assert!(ran(&tick(&workspace, "2026-03-29T02:00:00Z", 0)).is_empty());

    // Four days without a tick collapse into one.
    let late = tick(&workspace, "2026-04-02T12:00:00Z", 3);
    assert_eq!(ran(&late).len(), 3);
    assert_eq!(asked("alpha"), 4);
}

#[test]
fn a_killed_worker_is_taken_over_and_nothing_runs_twice_at_once() {
    let (server, workspace) = three();
    server.set(
        "alpha.example/list.json",
        json(&["Fabrique Alpha"]).after(Duration::from_secs(30)),
    );
    let at = "2026-03-28T00:00:00Z";
    let mut worker = workspace
        .command(&["schedule", "--once", "--at", at])
        .spawn()
        .unwrap();
    wait(|| server.asked("alpha.example/list.json") == 1);

    // While it lives, its source is left to it.
    let other = tick(&workspace, "2026-03-28T00:00:30Z", 0);
    assert!(
        other["held"]
            .as_array()
            .unwrap()
            .iter()
            .any(|held| held == "alpha"),
        "{other}"
    );
    worker.kill().unwrap();
    worker.wait().unwrap();
    server.set("alpha.example/list.json", json(&["Fabrique Alpha"]));

    // Its lease runs out, and the next worker takes the source over.
    let taken = tick(&workspace, "2026-03-28T00:10:00Z", 0);
    assert!(ran(&taken).contains(&("alpha", "complete")), "{taken}");
    let latest = workspace.published().join("latest");
    assert_eq!(crate::support::records(&latest, "actors").len(), 2);
    assert_eq!(
        crate::support::manifest(&latest)["sources"][2]["status"],
        "failed"
    );
}

#[test]
fn readers_never_meet_a_hole_or_a_mixture_during_promotion() {
    let (server, workspace) = three();
    tick(&workspace, "2026-03-28T00:00:00Z", 3);
    let serving = Serving::start(&workspace);
    let stop = Arc::new(AtomicBool::new(false));
    let (told, address) = (Arc::clone(&stop), serving.address.clone());
    let reader = std::thread::spawn(move || {
        let mut read = 0;
        while !told.load(Ordering::Relaxed) {
            let manifest = get(&address, "/latest/manifest.json");
            assert_eq!(manifest.status, 200);
            let manifest: Value = serde_json::from_slice(&manifest.body).expect("a whole manifest");
            let version = manifest["version"].as_str().unwrap();
            let readme = get(&address, &format!("/releases/{version}/README.md"));
            assert_eq!(readme.status, 200);
            let stated = manifest["files"]
                .as_array()
                .unwrap()
                .iter()
                .find(|file| file["path"] == "README.md");
            assert_eq!(stated.unwrap()["bytes"], readme.body.len());
            read += 1;
        }
        read
    });
    for (day, name) in [(29, "Un"), (30, "Deux"), (31, "Trois")] {
        server.set("beta.example/list.json", json(&["Maison Beta", name]));
        tick(&workspace, &format!("2026-03-{day}T04:00:00Z"), 3);
    }
    stop.store(true, Ordering::Relaxed);
    assert!(reader.join().unwrap() > 0);
    assert_eq!(workspace.releases().len(), 4);
}

#[test]
fn a_signal_ends_it_once_the_page_in_flight_is_read() {
    let (server, workspace) = three();
    server.set(
        "alpha.example/list.json",
        json(&["Fabrique Alpha"]).after(Duration::from_millis(600)),
    );
    let mut worker = workspace
        .command(&["schedule", "--at", "2026-03-28T00:00:00Z"])
        .spawn()
        .unwrap();
    wait(|| server.asked("alpha.example/list.json") == 1);
    signal(worker.id());
    let started = Instant::now();
    let ended = worker.wait().unwrap();
    assert!(ended.success(), "{ended}");
    assert!(started.elapsed() < Duration::from_secs(15));
    // What was in flight is not lost: the archive holds it.
    let held = workspace.run(&["extract", "alpha"]).exits(0);
    assert!(held.stdout.contains("Fabrique Alpha"), "{}", held.stdout);
}

/// Waits for something that another process does.
fn wait(done: impl Fn() -> bool) {
    let started = Instant::now();
    while !done() {
        assert!(started.elapsed() < Duration::from_secs(30), "it never came");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Sends SIGTERM.
pub(crate) fn signal(process: u32) {
    let sent = std::process::Command::new("kill")
        .arg(process.to_string())
        .status()
        .unwrap();
    assert!(sent.success());
}
