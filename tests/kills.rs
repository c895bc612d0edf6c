//! A process killed at seeded random instants of a harvest: nothing acknowledged is lost, no page is asked for twice
//! but the one in flight, and the archive stays readable. `make soak` does so a hundred times.

use std::io::Read;
use std::path::Path;
use std::time::Duration;

use crate::support::server::{Answer, Server};
use crate::support::workspace::{Workspace, list};

/// Pages of the list.
const PAGES: usize = 24;

/// A list of many pages, the end of which is a 404.
fn site() -> (Server, Workspace) {
    let server = Server::start();
    for number in 1..=PAGES {
        let address = format!("alpha.example/list.json?page={number}");
        let body = list(&[&format!("Fabrique {number}")]);
        server.set(
            &address,
            Answer::ok("application/json", body).after(Duration::from_millis(2)),
        );
    }
    let workspace = Workspace::new(&server.hosts());
    workspace.source_with("alpha", "delay = \"0s\"\npaging = { page = \"page\" }");
    (server, workspace)
}

/// A multiplicative generator (Lehmer): the same instants whenever the seed is the same.
struct Instants(u64);

impl Instants {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0 * 48_271 % 0x7fff_ffff;
        self.0 % bound
    }
}

/// Kills a run when so many pages were asked for, and some microseconds later.
fn kill(workspace: &Workspace, server: &Server, pages: usize, later: Duration) {
    let mut child = workspace
        .command(&["run"])
        .stderr(std::process::Stdio::null())
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    while server.log().len() < pages && child.try_wait().unwrap().is_none() {
        std::thread::sleep(Duration::from_micros(200));
    }
    std::thread::sleep(later);
    child.kill().unwrap();
    child.wait().unwrap();
}

/// Reads every file of the archive to its end; how many pages it has.
fn read_archive(folder: &Path) -> usize {
    let mut pages = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        let mut text = Vec::new();
        flate2::read::MultiGzDecoder::new(&bytes[..])
            .read_to_end(&mut text)
            .unwrap();
        let text = String::from_utf8_lossy(&text);
        pages += text.matches("WARC-Type: response").count()
            + text.matches("WARC-Type: revisit").count();
    }
    pages
}

#[test]
fn a_killed_harvest_goes_on_from_its_last_page() {
    let kills = std::env::var("MOISSON_KILLS")
        .ok()
        .and_then(|kills| kills.parse().ok());
    let kills: u64 = kills.unwrap_or(10);
    let (mut twice, mut resumed) = (0, 0);
    for seed in 1..=kills {
        let mut instants = Instants(seed * 7919);
        let (server, workspace) = site();
        let pages = 1 + usize::try_from(instants.below(PAGES as u64 + 2)).unwrap();
        kill(
            &workspace,
            &server,
            pages,
            Duration::from_micros(instants.below(6000)),
        );
        let before = server.log().len();
        let report = workspace.run(&["run", "--json"]).exits(0).json();
        let what = format!("seed {seed}, killed after {before} pages: {report}");

        let source = &report["sources"][0];
        let kept = source["harvest"]["resumed"].as_u64().unwrap();
        assert!(
            ["complete", "unchanged"]
                .iter()
                .any(|good| source["outcome"] == *good),
            "{what}"
        );
        assert_eq!(source["records"], PAGES, "{what}");
        let asked_twice = (1..=PAGES)
            .filter(|number| server.asked(&format!("alpha.example/list.json?page={number}")) > 1)
            .count();
        if source["outcome"] == "unchanged" {
            assert!(
                before > PAGES,
                "only a run that had ended is followed by another: {what}"
            );
        } else {
            assert!(
                asked_twice <= 1,
                "{asked_twice} pages were asked for twice: {what}"
            );
            let least = before.min(PAGES) as u64;
            assert!(kept + 1 >= least, "{kept} pages were kept: {what}");
            assert_eq!(
                read_archive(&workspace.data().join("harvest/alpha")),
                PAGES,
                "{what}"
            );
        }
        assert!(server.log().len() <= 2 * (PAGES + 1), "{what}");
        (twice, resumed) = (twice + asked_twice, resumed + kept);
    }
    println!("{kills} kills: {resumed} pages taken up, {twice} asked for twice");
    assert!(resumed > 0, "some kill hits a harvest under way");
}
