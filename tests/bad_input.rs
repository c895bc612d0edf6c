//! What is wrong is said, with its place, and loses nothing else: definitions before anything runs, data as issues.

use serde_json::Value;

use crate::support::server::{Answer, Server};
use crate::support::workspace::{Workspace, list};
use crate::support::{records, run_with};

/// The problems that `check` finds in a source after one replacement.
fn problems(from: &str, to: &str) -> Vec<Value> {
    let workspace = Workspace::new("x.example=127.0.0.1:1");
    workspace.source("alpha", "0 4 * * *", 1);
    let path = workspace
        .published()
        .join("../../pipelines/sources/alpha.toml");
    let path = std::path::absolute(path).unwrap();
    let path = path
        .components()
        .fold(std::path::PathBuf::new(), |mut whole, part| {
            match part {
                std::path::Component::ParentDir => drop(whole.pop()),
                part => whole.push(part),
            }
            whole
        });
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "{from}");
    std::fs::write(&path, text.replace(from, to)).unwrap();
    let checked = workspace.run(&["check", "--json"]).exits(2);
    let refused = workspace.run(&["run"]).exits(2);
    assert!(
        !workspace.published().join("latest").exists(),
        "{}",
        refused.stderr
    );
    checked.json()["problems"].as_array().unwrap().clone()
}

#[track_caller]
fn one(problems: &[Value], line: u64, message: &str, hint: &str) {
    let [problem] = problems else {
        panic!("{problems:#?}")
    };
    assert_eq!(problem["line"], line, "{problem:#}");
    assert!(problem["column"].as_u64().unwrap() > 0, "{problem:#}");
    assert!(
        problem["message"].as_str().unwrap().contains(message),
        "{problem:#}"
    );
    assert!(
        problem["hint"].as_str().unwrap_or_default().contains(hint),
        "{problem:#}"
    );
    assert!(problem["file"].as_str().unwrap().ends_with("alpha.toml"));
}

#[test]
fn an_unknown_key_is_refused_with_the_nearest_word() {
    one(
        &problems("records = \"/items\"", "recrods = \"/items\""),
        15,
        "unknown field `recrods`",
        "did you mean `records`?",
    );
}

#[test]
fn a_wrong_type_is_refused_at_its_place() {
    one(
        &problems("min = 1", "min = \"one\""),
        26,
        "invalid type",
        "expected",
    );
}

#[test]
fn a_missing_schema_is_refused() {
    one(
        &problems("schema = \"actor/1\"", "schema = \"person/1\""),
        18,
        "person",
        "",
    );
    one(
        &problems("schema = \"actor/1\"", "schema = \"actor/7\""),
        18,
        "actor/7",
        "",
    );
}

#[test]
fn an_unknown_format_is_refused() {
    one(
        &problems("format  = \"json\"", "format  = \"jsno\""),
        14,
        "jsno",
        "json",
    );
}

#[test]
fn a_selector_that_does_not_parse_is_refused() {
    let html = "format  = \"html\"\nrecords = \"article[\"\nfields = { id = \"a@href\" }";
    let found = problems("format  = \"json\"\nrecords = \"/items\"", html);
    one(&found, 15, "article[", "a CSS selector");
}

#[test]
fn paging_that_cannot_be_obeyed_is_refused_at_its_place() {
    let paged = |keys: &str| {
        let delay = "delay = \"10ms\"";
        problems(delay, &format!("{delay}\npaging = {{ {keys} }}"))
    };
    one(
        &paged("next = \"a[\""),
        12,
        "`a[` does not parse",
        "a CSS selector",
    );
    one(
        &paged("next = \"/a\", total = \"/~3\""),
        12,
        "`paging.total`",
        "",
    );
    one(
        &paged("sitemap = true, match = \"(\""),
        12,
        "`paging.match`",
        "",
    );
    one(
        &paged("next = \"a\", page = \"p\""),
        12,
        "exactly one of",
        "",
    );
    let found = paged("page = \"p\", windows = 3");
    one(&found, 12, "unknown field `windows`", "window");
}

#[test]
fn an_unknown_column_and_a_cron_that_never_was_are_refused_together() {
    let found = problems("website = \"site\"", "webiste = \"site\"");
    one(&found, 22, "webiste", "website");
    one(
        &problems("\"0 4 * * *\"", "\"0 4 * *\""),
        5,
        "cron",
        "five fields",
    );
    one(
        &problems("Europe/Paris", "Europe/Lutece"),
        7,
        "time zone",
        "IANA",
    );
}

#[test]
fn a_source_without_expectations_is_refused() {
    let found = problems("[expect]\nrecords = { min = 1 }", "");
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(
        found[0]["message"].as_str().unwrap().contains("expect"),
        "{found:#?}"
    );
}

/// A source that answers well beside one that answers so: the outcome, the cause, the issue codes.
fn answered(answer: Answer) -> (String, String, Vec<String>) {
    let server = Server::start();
    let workspace = Workspace::new(&server.hosts());
    workspace.source("alpha", "0 4 * * *", 1);
    workspace.source("beta", "0 4 * * *", 1);
    server.set(
        "alpha.example/list.json",
        Answer::ok("application/json", list(&["Fabrique Alpha"])),
    );
    server.set("beta.example/list.json", answer);
    let tick = workspace
        .run(&["run", "--json", "--at", "2026-11-20T08:00:00Z"])
        .exits(3)
        .json();
    assert_eq!(tick["sources"][0]["outcome"], "complete", "{tick:#}");
    assert_eq!(
        records(&workspace.published().join("latest"), "actors").len(),
        1
    );
    let source = &tick["sources"][1];
    let codes = source["issues"]
        .as_array()
        .unwrap()
        .iter()
        .map(|issue| issue["code"].as_str().unwrap().to_owned());
    let word = |key: &str| source[key].as_str().unwrap_or_default().to_owned();
    (word("outcome"), word("cause"), codes.collect())
}

#[test]
fn a_page_that_is_not_there_is_a_cause() {
    assert_eq!(
        answered(Answer::status(404)),
        (
            "failed".into(),
            "http-status".into(),
            vec!["http-status".into()]
        )
    );
}

#[test]
fn an_empty_page_is_a_cause() {
    let (outcome, cause, codes) = answered(Answer::ok("application/json", ""));
    assert_eq!(
        (outcome.as_str(), cause.as_str()),
        ("failed", "empty"),
        "{codes:?}"
    );
    assert!(!codes.is_empty());
}

#[test]
fn invalid_json_is_a_cause_with_line_and_column() {
    let (outcome, cause, codes) =
        answered(Answer::ok("application/json", "{\"items\": [\n{\"id\": }]"));
    assert_eq!(
        (outcome.as_str(), cause.as_str()),
        ("failed", "decode"),
        "{codes:?}"
    );
    assert!(codes.contains(&"invalid-json".to_owned()), "{codes:?}");
}

#[test]
fn a_list_that_lists_nothing_drifts() {
    let (outcome, cause, _) = answered(Answer::ok("application/json", r#"{"items": []}"#));
    assert_eq!((outcome.as_str(), cause.as_str()), ("failed", "drift"));
}

#[test]
fn an_unreachable_site_is_a_cause_and_the_last_good_set_stays_with_its_age() {
    let server = Server::start();
    let workspace = Workspace::new(&server.hosts());
    workspace.source("alpha", "0 4 * * *", 1);
    workspace.source("beta", "0 4 * * *", 1);
    for slug in ["alpha", "beta"] {
        let names = [format!("Fabrique {slug}")];
        let body = list(&names.iter().map(String::as_str).collect::<Vec<_>>());
        server.set(
            &format!("{slug}.example/list.json"),
            Answer::ok("application/json", body),
        );
    }
    workspace
        .run(&["run", "--at", "2026-11-20T08:00:00Z"])
        .exits(0);

    // The port of beta is closed from now on.
    let closed = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let led = format!("beta.example={closed}");
    let mut command = workspace.command(&[
        "run",
        "--json",
        "--at",
        "2026-11-22T08:00:00Z",
        "--host",
        &led,
    ]);
    let tick = run_with(&mut command, &[]).exits(3).json();
    assert_eq!(
        (&tick["sources"][1]["outcome"], &tick["sources"][1]["cause"]),
        (&"failed".into(), &"connect".into())
    );
    let latest = workspace.published().join("latest");
    assert_eq!(records(&latest, "actors").len(), 2);
    let manifest = crate::support::manifest(&latest);
    assert_eq!(manifest["sources"][1]["status"], "stale");
    assert_eq!(manifest["sources"][1]["fetched_at"], "2026-11-20T08:00:00Z");
}

#[test]
fn a_truncated_calendar_gives_its_whole_events_and_an_issue() {
    let calendar = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:1\r\nSUMMARY:Atelier\r\nDTSTART:20261201T100000Z\r\n\
        END:VEVENT\r\nBEGIN:VEVENT\r\nUID:2\r\nSUMM";
    let workspace = Workspace::new("x.example=127.0.0.1:1");
    let file = workspace.put("calendar.ics", calendar);
    let ran = run_with(
        crate::support::moisson()
            .args(["extract", "--format", "ical"])
            .arg(file),
        &[],
    )
    .exits(0);
    let record: Value = serde_json::from_str(ran.stdout.lines().next().unwrap()).unwrap();
    assert_eq!(record["record"]["uid"], "1");
    assert!(ran.stderr.contains("truncated-calendar"), "{}", ran.stderr);
}

#[test]
fn an_address_of_this_machine_is_never_requested() {
    let server = Server::start();
    let workspace = Workspace::new("other.example=127.0.0.1:1");
    workspace.source("alpha", "0 4 * * *", 1);
    let path = workspace
        .data()
        .with_file_name("pipelines")
        .join("sources/alpha.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    let local = format!("http://{}/list.json", server.address);
    std::fs::write(
        &path,
        text.replace("http://alpha.example/list.json", &local),
    )
    .unwrap();
    server.set(
        &format!("{}/list.json", server.address),
        Answer::ok("application/json", list(&["X"])),
    );
    let tick = workspace
        .run(&["run", "--json", "--at", "2026-11-20T08:00:00Z"])
        .exits(3)
        .json();
    assert_eq!(tick["sources"][0]["cause"], "forbidden-address", "{tick:#}");
    assert_eq!(server.asked(&format!("{}/list.json", server.address)), 0);
}

#[test]
fn usage_is_exit_code_two() {
    run_with(crate::support::moisson().args(["extract"]), &[]).exits(2);
    run_with(crate::support::moisson().args(["nonsense"]), &[]).exits(2);
}

#[test]
fn a_schema_that_cannot_be_read_is_refused_at_its_place() {
    let workspace = Workspace::new("x.example=127.0.0.1:1");
    for file in std::fs::read_dir(crate::support::root().join("schemas/v1"))
        .unwrap()
        .flatten()
    {
        if file.path().is_file() {
            let name = file.file_name().to_string_lossy().into_owned();
            workspace.put(
                &format!("schemas/v1/{name}"),
                &std::fs::read_to_string(file.path()).unwrap(),
            );
        }
    }
    workspace.put(
        "schemas/v1/place.schema.json",
        "{\n  \"x-table\": \"places\",\n  oops\n}",
    );
    let checked = workspace.run(&["check", "--json"]).exits(2).json();
    let problem = &checked["problems"][0];
    assert_eq!(
        (&problem["line"], &problem["column"]),
        (&3.into(), &3.into()),
        "{checked:#}"
    );
    assert!(
        problem["file"]
            .as_str()
            .unwrap()
            .ends_with("place.schema.json")
    );
}

#[test]
fn a_redesign_that_rejects_every_record_is_no_success() {
    let server = Server::start();
    let workspace = Workspace::new(&server.hosts());
    workspace.source("alpha", "0 4 * * *", 1);
    let put = |body: String| {
        server.set(
            "alpha.example/list.json",
            Answer::ok("application/json", body),
        );
    };
    put(list(&["Fabrique Alpha"]));
    workspace
        .run(&["run", "--at", "2026-11-20T08:00:00Z"])
        .exits(0);
    put(list(&["Fabrique Alpha"]).replace("\"name\"", "\"nom\""));
    let tick = workspace
        .run(&["run", "--json", "--at", "2026-11-21T08:00:00Z"])
        .exits(3)
        .json();
    let source = &tick["sources"][0];
    assert_eq!(
        (&source["outcome"], &source["cause"]),
        (&"failed".into(), &"drift".into()),
        "{tick:#}"
    );
    let latest = workspace.published().join("latest");
    assert_eq!(records(&latest, "actors").len(), 1);
    assert_eq!(
        crate::support::manifest(&latest)["sources"][0]["status"],
        "stale"
    );
}

#[test]
fn a_calendar_cut_short_is_a_partial_run_that_loses_nothing_held() {
    let event = |uid: u8| {
        format!(
            "BEGIN:VEVENT\r\nUID:{uid}\r\nSUMMARY:Atelier {uid}\r\nDTSTART:2026120{uid}T100000Z\r\nEND:VEVENT\r\n"
        )
    };
    let whole = format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{}{}END:VCALENDAR\r\n",
        event(1),
        event(2)
    );
    let server = Server::start();
    let workspace = Workspace::new(&server.hosts());
    workspace.source("alpha", "0 4 * * *", 1);
    let path = workspace
        .data()
        .with_file_name("pipelines")
        .join("sources/alpha.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    let text = text
        .replace(
            "format  = \"json\"\nrecords = \"/items\"",
            "format = \"ical\"",
        )
        .replace("actor/1", "event/1");
    let text = text.replace("[\"id\"]", "[\"uid\"]").replace(
        "\"name\"\nwebsite = \"site\"\nkind    = { value = \"organisation\" }",
        "\"summary\"",
    );
    std::fs::write(&path, text).unwrap();
    let put = |body: &str| server.set("alpha.example/list.json", Answer::ok("text/calendar", body));
    put(&whole);
    workspace
        .run(&["run", "--at", "2026-11-20T08:00:00Z"])
        .exits(0);
    put(whole.split_once("SUMMARY:Atelier 2").unwrap().0);
    let tick = workspace
        .run(&["run", "--json", "--at", "2026-11-21T08:00:00Z"])
        .exits(3)
        .json();
    let source = &tick["sources"][0];
    assert_eq!(
        (&source["outcome"], &source["cause"]),
        (&"partial".into(), &"decode".into()),
        "{tick:#}"
    );
    workspace
        .run(&["run", "--at", "2027-02-01T08:00:00Z"])
        .exits(3);
    assert_eq!(
        records(&workspace.published().join("latest"), "events").len(),
        2
    );
}

#[test]
fn a_licence_that_is_not_known_is_not_open() {
    let found = problems("id = \"etalab-2.0\"", "id = \"maison-1.0\"");
    one(&found, 4, "maison-1.0", "SPDX");
}
