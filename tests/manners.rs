//! What a host notices of us: the gaps between requests, whoever makes them, and what becomes of its wishes.

use std::time::{Duration, Instant};

use crate::support::server::{Answer, Server};
use crate::support::workspace::{Workspace, list};

/// How much earlier than it was asked for a request may seem to come: a thread may notice its request late.
const LATE: Duration = Duration::from_millis(5);

/// A host with several lists, `http://common.example/1`, `/2`, …
fn common(lists: usize) -> (Server, Workspace) {
    let server = Server::start();
    for number in 1..=lists {
        let body = list(&[&format!("Fabrique {number}")]);
        server.set(
            &format!("common.example/{number}"),
            Answer::ok("application/json", body),
        );
    }
    let workspace = Workspace::new(&server.hosts());
    (server, workspace)
}

fn harvest(urls: &[usize], rest: &str) -> String {
    let urls = urls
        .iter()
        .map(|number| format!("\"http://common.example/{number}\""));
    let urls = urls.collect::<Vec<_>>().join(", ");
    format!("url = [{urls}]\n{rest}")
}

/// The shortest gap between two arrivals.
fn shortest(arrivals: &[Instant]) -> Duration {
    let gaps = arrivals.windows(2).map(|pair| pair[1] - pair[0]);
    gaps.min().expect("several arrivals")
}

fn arrivals(server: &Server) -> Vec<Instant> {
    server.log().iter().map(|asked| asked.at).collect()
}

#[test]
fn sources_of_a_process_and_processes_keep_their_distance_together() {
    let (server, workspace) = common(9);
    workspace.source_with("one", &harvest(&[1, 2, 3], "delay = \"150ms\""));
    workspace.source_with("two", &harvest(&[4, 5, 6], "delay = \"150ms\""));
    workspace.source_with("three", &harvest(&[7, 8, 9], "delay = \"150ms\""));
    let other = workspace.command(&["harvest", "three"]).spawn();
    workspace.run(&["run", "one", "two", "--json"]).exits(0);
    assert!(other.unwrap().wait().unwrap().success());
    let arrivals = arrivals(&server);
    assert_eq!(arrivals.len(), 9);
    let gap = shortest(&arrivals);
    assert!(gap + LATE >= Duration::from_millis(150), "{gap:?}");
}

#[test]
fn the_next_run_waits_for_the_rest_of_the_one_before() {
    let (server, workspace) = common(2);
    workspace.source_with("one", &harvest(&[1], "delay = \"2s\""));
    workspace.source_with("two", &harvest(&[2], "delay = \"2s\""));
    workspace.run(&["harvest", "one"]).exits(0);
    workspace.run(&["harvest", "two"]).exits(0);
    assert!(shortest(&arrivals(&server)) + LATE >= Duration::from_secs(2));
}

#[test]
fn several_requests_at_a_time_are_as_many_as_the_definition_says() {
    let (server, workspace) = common(6);
    for number in 1..=6 {
        let body = list(&[&format!("Fabrique {number}")]);
        let slow = Answer::ok("application/json", body).after(Duration::from_millis(400));
        server.set(&format!("common.example/{number}"), slow);
    }
    let pages = [1, 2, 3, 4, 5, 6].map(|number| format!("http://common.example/{number}"));
    let pages = pages.join(
        "
",
    );
    server.set(
        "common.example/sitemap.txt",
        Answer::ok("text/plain", pages),
    );
    let text = "url = \"http://common.example/sitemap.txt\"\ndelay = \"0s\"\nconcurrency = 3\npaging = { sitemap = true }";
    workspace.source_with("one", text);
    workspace.run(&["harvest", "one"]).exits(0);
    let arrivals = arrivals(&server);
    let within = |arrival: &Instant| {
        let since = |other: &&Instant| {
            **other <= *arrival && arrival.duration_since(**other) < Duration::from_millis(395)
        };
        arrivals.iter().skip(1).filter(since).count()
    };
    let most = arrivals.iter().skip(1).map(within).max();
    assert_eq!(most, Some(3), "{arrivals:?}");
}

#[test]
fn a_host_that_asks_for_a_pause_gets_it_from_every_source() {
    let (server, workspace) = common(2);
    server.set(
        "common.example/1",
        Answer::status(429).with("retry-after", "1"),
    );
    workspace.source_with("one", &harvest(&[1], "delay = \"0s\""));
    workspace.source_with("two", &harvest(&[2], "delay = \"0s\""));
    let report = workspace.run(&["run", "--json"]).exits(3).json();
    assert_eq!(report["sources"][0]["cause"], "http-status");
    assert_eq!(report["sources"][1]["outcome"], "complete");
    let log = server.log();
    let refused: Vec<_> = log.iter().filter(|asked| asked.status == 429).collect();
    assert_eq!(refused.len(), 4, "asked again three times");
    for asked in refused {
        let next = log.iter().find(|other| other.at > asked.at);
        let gap = next.map(|next| next.at - asked.at);
        assert!(
            gap.is_none_or(|gap| gap + LATE >= Duration::from_secs(1)),
            "{gap:?}"
        );
    }
}

#[test]
fn a_host_whose_pages_fail_is_left_alone_by_the_next_run_too() {
    let (server, workspace) = common(0);
    let pages = [1, 2, 3, 4, 5, 6, 7];
    for number in pages {
        server.set(&format!("common.example/{number}"), Answer::status(500));
    }
    workspace.source_with("one", &harvest(&pages, "delay = \"0s\""));
    let report = workspace.run(&["harvest", "one", "--json"]).exits(3).json();
    let codes: Vec<_> = report["issues"]
        .as_array()
        .unwrap()
        .iter()
        .map(|issue| issue["code"].clone())
        .collect();
    assert_eq!(
        codes.iter().filter(|code| **code == "http-status").count(),
        5
    );
    assert!(
        codes.iter().any(|code| *code == "circuit-open"),
        "{codes:?}"
    );
    assert_eq!(server.log().len(), 5);
    let again = workspace.run(&["harvest", "one", "--json"]).exits(3).json();
    assert_eq!(again["issues"][0]["code"], "circuit-open");
    assert_eq!(server.log().len(), 5, "nothing more was asked");
    let told = workspace
        .run(&["harvest", "one", "--explain"])
        .exits(0)
        .stdout;
    assert!(told.contains("5 pages in a row failed"), "{told}");
    let status = workspace.run(&["status", "--json"]).exits(0).json();
    assert_eq!(status["hosts"][0]["host"], "common.example", "{status}");
    assert!(status["hosts"][0]["left_alone_until"].is_string());
}
