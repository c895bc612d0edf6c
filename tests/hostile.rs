//! The real program against a server that means harm: each case ends within its caps, with the right cause, while a
//! well-behaved source in the same run is unharmed and the memory of the process stays bounded.
//!
//! All cases run at once in one process, as sources of one project would. Nothing is timed but by generous caps.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::hostile::acts::{cuts, good, leads, says};
use crate::support::hostile::cases::{self, CAPS, Case, fails, works};
use crate::support::hostile::tls::Secure;
use crate::support::hostile::{Act, Hostile};
use crate::support::workspace::Workspace;
use crate::support::{AT, records};

/// How long a run of all cases may take, retries and their pauses included.
const LIMIT: Duration = Duration::from_mins(2);
/// What the process may take at its peak, in KiB, with every case at once.
const MEMORY: u64 = 200 << 10;
/// How often a request is sent.
const ATTEMPTS: usize = 4;

/// Some cases as sources of one project, beside a well-behaved one, and the server that plays their hosts.
struct Hosted {
    server: Hostile,
    workspace: Workspace,
}

impl Hosted {
    fn new(cases: &[Case], more: &str) -> Self {
        let host = |case: &Case| (format!("{}.example", case.name), Arc::clone(&case.act));
        let mut acts: BTreeMap<String, Act> = cases.iter().map(host).collect();
        acts.insert("alpha.example".to_owned(), says(good()));
        let server = Hostile::start(acts);
        let workspace = Workspace::new(&format!("{more}*.example={}", server.address));
        for case in cases {
            workspace.source_with(case.name, &case.caps);
        }
        workspace.source_with("alpha", CAPS);
        Self { server, workspace }
    }

    /// Runs all of them at once, and gives each source's report and the peak of memory in KiB.
    fn run(&self, arguments: &[&str]) -> (BTreeMap<String, Value>, Option<u64>) {
        let (tick, peak) = watched(&self.workspace, arguments);
        let sources = tick["sources"].as_array().expect("a list").iter();
        let named = |source: &Value| (word(source, "source").to_owned(), source.clone());
        (sources.map(named).collect(), peak)
    }

    /// The well-behaved source came through whole.
    fn is_unharmed(&self, reports: &BTreeMap<String, Value>) {
        assert_eq!(
            reports["alpha"]["outcome"], "complete",
            "{:#}",
            reports["alpha"]
        );
        let latest = self.workspace.published().join("latest");
        let actors = records(&latest, "actors");
        assert!(
            actors.iter().any(|actor| actor["name"] == "Fabrique Alpha"),
            "{actors:#?}"
        );
    }
}

/// Runs the program, and looks at its memory while it does.
fn watched(workspace: &Workspace, arguments: &[&str]) -> (Value, Option<u64>) {
    let mut command = workspace.command(&["run", "--json", "--workers", "256", "--at", AT]);
    command
        .args(arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let start = Instant::now();
    let mut child = command.spawn().expect("the program starts");
    let out = drained(child.stdout.take().expect("its output is piped"));
    let err = drained(child.stderr.take().expect("its messages are piped"));
    let mut peak = None;
    while child.try_wait().expect("it is ours").is_none() {
        peak = peak.max(memory(&child));
        if start.elapsed() > LIMIT {
            child.kill().expect("it is ours");
            panic!("the run did not end within {LIMIT:?}");
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let (out, err) = (out.join().expect("a reader"), err.join().expect("a reader"));
    let tick = serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {out}\n{err}"));
    (tick, peak)
}

/// Reads a pipe to its end, so that whoever writes is never held up.
fn drained(mut pipe: impl Read + Send + 'static) -> JoinHandle<String> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        pipe.read_to_end(&mut bytes).expect("it is read");
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

/// The most that a process has held so far, in KiB, where the system tells.
fn memory(child: &Child) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse().ok()
}

fn word<'a>(report: &'a Value, key: &str) -> &'a str {
    report[key].as_str().unwrap_or_default()
}

/// How a case ended, where it should not have.
fn other_than_expected(case: &Case, report: &Value) -> Option<String> {
    let (outcome, cause) = (word(report, "outcome"), word(report, "cause"));
    let message = &report["issues"][0]["message"];
    let expected = (outcome, cause) == (case.outcome, case.cause);
    (!expected).then(|| {
        let stated = format!("{}: expected {} {}", case.name, case.outcome, case.cause);
        format!("{stated}, came to {outcome} {cause}: {message}")
    })
}

#[test]
fn every_harm_ends_within_its_caps_and_hurts_nobody_else() {
    let cases = cases::all();
    let hosted = Hosted::new(&cases, "");
    let (reports, peak) = hosted.run(&[]);
    let wrong: Vec<String> = cases
        .iter()
        .filter_map(|case| other_than_expected(case, &reports[case.name]))
        .collect();
    assert!(
        wrong.is_empty(),
        "{} of {}:\n{}",
        wrong.len(),
        cases.len(),
        wrong.join("\n")
    );
    hosted.is_unharmed(&reports);
    match peak {
        Some(peak) => assert!(peak < MEMORY, "{peak} KiB at the peak, {MEMORY} at most"),
        None => println!("skipped: this system does not tell the memory of a process"),
    }
    let peak = peak.unwrap_or_default() >> 10;
    println!("{} cases, {peak} MiB at the peak", cases.len());
    assert!(hosted.server.asked("redirect-chain.example").len() < 20);
}

/// Each attempt of a source is cut at the next place: together they are all the places there are.
#[test]
fn an_answer_that_is_cut_at_any_byte_is_no_page() {
    let places: Vec<usize> = (0..good().len()).collect();
    let names: Vec<&'static str> = (0..places.len().div_ceil(ATTEMPTS))
        .map(|number| &*format!("cut-{number}").leak())
        .collect();
    let cases: Vec<Case> = std::iter::zip(&names, places.chunks(ATTEMPTS))
        .map(|(name, places)| fails(name, "connect", cuts(places.to_vec())))
        .collect();
    let hosted = Hosted::new(&cases, "");
    let (reports, _) = hosted.run(&[]);
    for case in &cases {
        let report = &reports[case.name];
        assert_eq!(
            (&report["outcome"], &report["cause"]),
            (&"failed".into(), &"connect".into()),
            "{report:#}"
        );
        assert_eq!(report["captures"], 0, "{report:#}");
        let asked = hosted.server.asked(&format!("{}.example", case.name)).len();
        assert_eq!(asked, ATTEMPTS, "{}: each place is to be tried", case.name);
    }
    hosted.is_unharmed(&reports);
}

#[test]
fn a_certificate_is_verified_and_what_is_wrong_with_it_said() {
    let secure = Secure::start();
    let hosted = Hosted::new(&[], &format!("*.tls.example={},", secure.address));
    let authority = hosted.workspace.put("authority.pem", &secure.authority);
    for name in ["right", "wrong", "expired", "self-signed", "unknown"] {
        let caps = format!("{CAPS}\nurl = \"https://{name}.tls.example/list.json\"");
        hosted.workspace.source_with(name, &caps);
    }
    let trusting = ["--ca", &authority.to_string_lossy()].map(str::to_owned);
    let (reports, _) = hosted.run(&trusting.each_ref().map(String::as_str));
    assert_eq!(
        reports["right"]["outcome"], "complete",
        "{:#}",
        reports["right"]
    );
    for (name, part) in [
        ("wrong", "for another name"),
        ("expired", "has expired"),
        ("self-signed", "signed by itself or by an unknown authority"),
        ("unknown", "signed by itself or by an unknown authority"),
    ] {
        let report = &reports[name];
        assert_eq!(report["cause"], "tls", "{report:#}");
        let message = report["issues"][0]["message"].as_str().unwrap_or_default();
        assert!(message.contains(part), "{name}: {message}");
    }
    hosted.is_unharmed(&reports);
    let alone = hosted
        .workspace
        .run(&["harvest", "right", "--json"])
        .exits(3);
    assert_eq!(
        alone.json()["cause"],
        "tls",
        "without `--ca`: {}",
        alone.stdout
    );
}

/// A name of this machine's own table, which any resolver here leads to loopback.
fn name_of_this_machine() -> Option<String> {
    let table = std::fs::read_to_string(Path::new("/etc/hosts")).ok()?;
    let lines = table
        .lines()
        .filter_map(|line| line.strip_prefix("127.0.0.1"));
    let mut names = lines.flat_map(str::split_whitespace);
    names
        .find(|name| !name.contains("localhost") && !name.contains('#'))
        .map(str::to_owned)
}

#[test]
fn a_name_that_resolves_to_this_machine_is_not_requested() {
    let Some(name) = name_of_this_machine() else {
        println!("skipped: /etc/hosts leads no name but localhost to 127.0.0.1");
        return;
    };
    let target = Hostile::start(BTreeMap::new());
    let port = target.address.port();
    let to = format!("http://{name}:{port}/list.json");
    let hosted = Hosted::new(
        &[fails("redirect-resolved", "forbidden-address", leads(&to))],
        "",
    );
    hosted
        .workspace
        .source_with("resolved", &format!("{CAPS}\nurl = \"{to}\""));
    let (reports, _) = hosted.run(&[]);
    for source in ["redirect-resolved", "resolved"] {
        assert_eq!(
            reports[source]["cause"], "forbidden-address",
            "{:#}",
            reports[source]
        );
    }
    assert!(target.asked(&format!("{name}:{port}")).is_empty());
    hosted.is_unharmed(&reports);
}

#[test]
fn what_was_stated_for_one_host_stays_behind_at_the_next() {
    let case = works("moved", leads("http://alpha.example/list.json"));
    let hosted = Hosted::new(&[case], "");
    let secret =
        format!("{CAPS}\nheaders = {{ X-Api-Key = \"s3cret\", Accept = \"application/json\" }}");
    hosted.workspace.source_with("moved", &secret);
    let (reports, _) = hosted.run(&[]);
    assert_eq!(
        reports["moved"]["outcome"], "complete",
        "{:#}",
        reports["moved"]
    );
    assert!(
        hosted.server.asked("moved.example")[0]
            .head
            .contains("s3cret")
    );
    for asked in hosted.server.asked("alpha.example") {
        assert!(!asked.head.contains("s3cret"), "{}", asked.head);
    }
}

#[test]
fn a_file_that_holds_no_certificate_is_refused_before_anything_runs() {
    let hosted = Hosted::new(&[], "");
    let empty = hosted.workspace.put("authority.pem", "no PEM");
    for path in [empty.to_string_lossy().as_ref(), "/nowhere.pem"] {
        let ran = hosted.workspace.run(&["run", "--ca", path]).exits(1);
        assert!(
            ran.stderr.contains("authorities") || ran.stderr.contains("--ca"),
            "{}",
            ran.stderr
        );
    }
    assert!(hosted.server.asked("alpha.example").is_empty());
}
