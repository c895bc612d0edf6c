//! One question to one part of the pipeline: arguments, batches, and the answers of a reference.

use std::path::{Path, PathBuf};

use moisson_harvest::RobotsTxt;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{moisson, run, run_with, shared};

const ROBOTS: &str = "User-agent: *\nDisallow: /private\nAllow: /private/open$\nCrawl-delay: 2.5\n\n\
                      User-agent: other\nDisallow: /\nSitemap: https://a.example/sitemap.xml\n";

/// A folder with a robots.txt, and where that is.
fn robots(bytes: impl AsRef<[u8]>) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("robots.txt");
    std::fs::write(&file, bytes).unwrap();
    (folder, file)
}

fn arguments<'a>(file: &'a Path, others: &[&'a str]) -> Vec<&'a str> {
    let mut all = vec!["try", "robots", file.to_str().unwrap()];
    all.extend(others);
    all
}

/// The answers to a batch, a line each.
fn batch(input: &[u8]) -> Vec<Value> {
    let ran = run_with(moisson().args(["try", "robots", "--batch"]), input).exits(0);
    assert_eq!(ran.stderr, "");
    ran.stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn each_decision_names_the_rule_and_its_line() {
    let (_folder, file) = robots(ROBOTS);
    let urls = [
        "https://a.example/private/x",
        "https://a.example/private/open",
        "https://a.example/",
    ];
    let said = run(&arguments(&file, &urls)).exits(0).stdout;
    let expected = "forbidden  https://a.example/private/x  by line 2, `Disallow: /private`; crawl delay 2.5s\n\
                    allowed    https://a.example/private/open  by line 3, `Allow: /private/open$`; crawl delay 2.5s\n\
                    allowed    https://a.example/  no rule applies; crawl delay 2.5s\n\
                    sitemap    https://a.example/sitemap.xml\n";
    assert_eq!(said, expected);
    let other = run(&arguments(
        &file,
        &["--agent", "Other/1.0", "--json", urls[0]],
    ))
    .exits(0);
    let expected = json!({
        "url": urls[0], "allowed": false, "rule": "Disallow: /", "line": 7, "crawl_delay": null,
        "sitemaps": ["https://a.example/sitemap.xml"],
    });
    assert_eq!(other.json(), expected);
    let piped = run_with(
        moisson().args(["try", "robots", "-", urls[0]]),
        ROBOTS.as_bytes(),
    )
    .exits(0);
    assert!(piped.stdout.starts_with("forbidden"), "{}", piped.stdout);
}

#[test]
fn what_cannot_be_asked_is_said() {
    let (folder, file) = robots(ROBOTS);
    let absent = folder.path().join("absent.txt");
    let fails = |arguments: &[&str], code: i32, said: &str| {
        let ran = run(arguments).exits(code);
        assert!(
            ran.stderr.contains(said) && ran.stdout.is_empty(),
            "{arguments:?}: {}",
            ran.stderr
        );
    };
    let url = "https://a.example/";
    fails(&arguments(&absent, &[url]), 1, "absent.txt");
    fails(&arguments(folder.path(), &[url]), 1, "cannot read");
    fails(&arguments(&file, &[]), 2, "<URL>");
    fails(
        &arguments(&file, &[url, "/members"]),
        2,
        "`/members` is no whole address",
    );
    fails(
        &arguments(&file, &["mailto:nobody"]),
        2,
        "`mailto:nobody` is no whole address",
    );
    fails(&arguments(&file, &[url, "--batch"]), 2, "--batch");
    fails(&["try"], 2, "robots");
}

#[test]
fn a_batch_answers_every_line_in_its_order() {
    let (folder, file) = robots(ROBOTS);
    let question = |path: &Path, agent: &str, url: &str| {
        json!({ "file": path, "agent": agent, "url": url }).to_string()
    };
    let absent = folder.path().join("absent.txt");
    let lines = [
        question(&file, "moisson", "https://a.example/private"),
        String::new(),
        question(&file, "other", "https://a.example/robots.txt"),
        "{\"file\": 1".to_owned(),
        "{\"agent\": \"moisson\"}".to_owned(),
        question(&absent, "moisson", "https://a.example/"),
        question(&file, "moisson", "/private"),
        question(&file, "*", "https://a.example/private/open"),
    ];
    let mut input = lines.join("\r\n").into_bytes();
    input.extend(b"\n\xff\xfe");
    let answers = batch(&input);
    assert_eq!(answers.len(), 9);
    let first = json!({ "allowed": false, "rule": "Disallow: /private", "crawl_delay": 2.5 });
    assert_eq!(answers[0], first);
    assert_eq!(
        answers[2],
        json!({ "allowed": true, "rule": null, "crawl_delay": null })
    );
    let last = json!({ "allowed": true, "rule": "Allow: /private/open$", "crawl_delay": 2.5 });
    assert_eq!(answers[7], last);
    for (at, said) in [
        (1, "EOF"),
        (3, "column"),
        (4, "`file`"),
        (5, "absent.txt"),
        (6, "`/private`"),
        (8, "JSON"),
    ] {
        let error = answers[at]["error"].as_str().unwrap();
        assert!(
            error.starts_with(&format!("line {}: ", at + 1)) && error.contains(said),
            "{error}"
        );
    }
    assert_eq!(batch(b""), Vec::<Value>::new());
}

#[test]
fn a_robots_txt_without_end_is_read_to_its_limit() {
    let (_folder, file) = robots([ROBOTS.as_bytes(), &b"#".repeat(20 << 20)].concat());
    let said = run(&arguments(&file, &["https://a.example/private"]))
        .exits(0)
        .stdout;
    assert!(said.starts_with("forbidden"), "{said}");
}

/// The share of answers that are as expected; the others are printed.
fn share(name: &str, pairs: &[(&Value, &Value)]) -> f64 {
    let differ = |(expected, answer): &&(&Value, &Value)| expected[name] != answer[name];
    let differing: Vec<_> = pairs.iter().filter(differ).collect();
    for (expected, answer) in &differing {
        println!("{name}: expected {expected}, answered {answer}");
    }
    let whole = pairs.len();
    let agreed = whole - differing.len();
    println!("{name}: {agreed} of {whole} agree");
    f64::from(u32::try_from(agreed).unwrap()) / f64::from(u32::try_from(whole).unwrap())
}

/// What the reference says, a line a question, where it is.
fn reference(folder: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(folder.join("expected-decisions.jsonl")).unwrap();
    let read = |line: &str| serde_json::from_str(line).unwrap();
    text.lines().map(read).collect()
}

fn file(folder: &Path, expected: &Value) -> PathBuf {
    folder.join(expected["file"].as_str().unwrap())
}

/// The reference takes a byte order mark for a part of the first field, and so reads past a `User-agent` behind one: what
/// it says of such files is printed, but proves nothing. The README of `harvest` has them one by one.
#[test]
fn decisions_agree_with_the_reference() {
    let Some(folder) = shared("data/robots") else {
        return;
    };
    let expected = reference(&folder);
    let question = |expected: &Value| {
        let file = file(&folder, expected);
        json!({ "file": file, "agent": expected["ua"], "url": expected["url"] }).to_string()
    };
    let questions: Vec<String> = expected.iter().map(question).collect();
    let answers = batch(questions.join("\n").as_bytes());
    assert_eq!(answers.len(), expected.len());
    let all: Vec<_> = expected.iter().zip(&answers).collect();
    assert!(share("allowed", &all) >= 0.99);
    let marked = |expected: &Value| {
        let bytes = std::fs::read(file(&folder, expected)).unwrap();
        bytes.starts_with(b"\xEF\xBB\xBF")
    };
    let unmarked = all.iter().filter(|(expected, _)| !marked(expected));
    let unmarked: Vec<_> = unmarked.copied().collect();
    assert!(share("allowed", &unmarked) >= 0.995);
    // It states delays for everybody alone.
    let everybody = unmarked
        .iter()
        .filter(|(expected, _)| expected["ua"] == "*");
    let everybody: Vec<_> = everybody.copied().collect();
    assert!(share("crawl_delay", &everybody) >= 0.995);
}

#[test]
fn sitemaps_are_as_many_as_the_reference_counts() {
    let Some(folder) = shared("data/robots") else {
        return;
    };
    let expected = reference(&folder);
    let counted = expected
        .iter()
        .filter(|expected| expected["sitemaps"].is_u64());
    let counted: Vec<_> = counted.collect();
    assert!(counted.len() > 100, "{} files are counted", counted.len());
    for expected in counted {
        let read = RobotsTxt::read(&std::fs::read(file(&folder, expected)).unwrap());
        assert_eq!(expected["sitemaps"], read.sitemaps().len(), "{expected}");
    }
}
