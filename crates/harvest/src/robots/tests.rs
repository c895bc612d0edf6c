use std::io::Write;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use jiff::Timestamp;
use proptest::prelude::*;
use url::Url;

use super::rules::{LIMIT, RobotsTxt};
use super::{Rules, is_fresh};
use crate::kept::Robots;
use crate::testing::{Memory, Reply, Site, harvest};

fn url(path: &str) -> Url {
    Url::parse(&format!("https://a.example{path}")).unwrap()
}

/// The paths that a file forbids an agent, and the lines that do.
fn forbidden(text: impl AsRef<[u8]>, agent: &str, paths: &[&str]) -> Vec<(String, usize)> {
    let read = RobotsTxt::read(text.as_ref());
    let decided = |path: &&str| {
        let url = url(path);
        let decision = read.decide(agent, &url);
        let line = decision.rule.map_or(0, |rule| rule.line);
        (!decision.allowed).then(|| ((*path).to_owned(), line))
    };
    paths.iter().filter_map(decided).collect()
}

#[track_caller]
fn forbids(text: impl AsRef<[u8]>, agent: &str, path: &str, line: usize) {
    assert_eq!(
        forbidden(text, agent, &[path]),
        [(path.to_owned(), line)],
        "{agent} {path}"
    );
}

#[track_caller]
fn allows(text: impl AsRef<[u8]>, agent: &str, path: &str) {
    assert_eq!(forbidden(text, agent, &[path]), [], "{agent} {path}");
}

fn delay(text: &str, agent: &str) -> Option<f64> {
    let read = RobotsTxt::read(text.as_bytes());
    read.crawl_delay(agent).map(|delay| delay.as_secs_f64())
}

#[test]
fn the_longest_rule_decides_and_of_two_the_one_that_allows() {
    let text =
        "User-agent: *\nDisallow: /a\nAllow: /a/b\nDisallow: /a/b/c\nAllow: /x\nDisallow: /x\n";
    forbids(text, "moisson", "/a/c", 2);
    allows(text, "moisson", "/a/b/d");
    forbids(text, "moisson", "/a/b/c", 4);
    allows(text, "moisson", "/x");
    let read = RobotsTxt::read(text.as_bytes());
    let rule = read.decide("moisson", &url("/x/y")).rule.unwrap();
    assert_eq!((rule.line, rule.to_string()), (5, "Allow: /x".to_owned()));
    assert_eq!(read.decide("moisson", &url("/other")).rule, None);
}

#[test]
fn robots_txt_itself_is_always_allowed() {
    let text = "User-agent: *\nDisallow: /\n";
    allows(text, "moisson", "/robots.txt");
    forbids(text, "moisson", "/a/robots.txt", 2);
}

#[test]
fn our_groups_are_one_and_go_before_that_of_everybody() {
    let text = "User-agent: *\nDisallow: /\n\nUser-agent: MOISSON\nDisallow: /a\n\nUser-agent: other\n\
                Disallow: /b\n\nuser-agent: moisson/0.1\nDisallow: /c";
    let paths = ["/a", "/b", "/c", "/d"];
    let ours = [("/a".to_owned(), 5), ("/c".to_owned(), 11)];
    assert_eq!(
        forbidden(text, "Moisson/0.1 (+https://moisson.example)", &paths),
        ours
    );
    assert_eq!(forbidden(text, "other", &paths), [("/b".to_owned(), 8)]);
    assert_eq!(forbidden(text, "third", &paths).len(), 4);
    assert_eq!(forbidden(text, "*", &paths).len(), 4);
    // A token is a word, not the beginning of one, and an agent may have no rules.
    assert_eq!(forbidden(text, "moisson-images", &paths).len(), 4);
    allows(
        "User-agent: *\nDisallow: /\nUser-agent: moisson",
        "moisson",
        "/",
    );
}

#[test]
fn several_agents_share_a_group_that_other_lines_do_not_end() {
    let text = "User-agent: a\n\nSitemap: https://a.example/s.xml\nUser-agent: b # both\nNoindex: /n\n\nDisallow: /x\n\
                User-agent: c\nDisallow:\nUser-agent: d\nDisallow: /y";
    for agent in ["a", "b"] {
        forbids(text, agent, "/x", 7);
        allows(text, agent, "/y");
    }
    allows(text, "c", "/x");
    allows(text, "c", "/y");
    forbids(text, "d", "/y", 11);
}

#[test]
fn rules_of_nobody_are_none() {
    allows(
        "Disallow: /\nUser-agent: other\nDisallow: /",
        "moisson",
        "/",
    );
    allows("User-agent:\nDisallow: /", "moisson", "/");
    allows("User-agent: ツ\nDisallow: /", "moisson", "/");
}

#[test]
fn line_ends_are_those_of_any_system() {
    for end in ["\n", "\r", "\r\n", "\n\n"] {
        let text = ["User-agent: *", "Disallow: /a", "Disallow: /b", ""].join(end);
        let line = if end == "\n\n" { 5 } else { 3 };
        forbids(text, "moisson", "/b", line);
    }
}

#[test]
fn marks_at_the_beginning_say_the_encoding() {
    let text = "User-agent: *\nDisallow: /é\n";
    let wide = |order: fn(u16) -> [u8; 2]| -> Vec<u8> {
        "\u{FEFF}"
            .encode_utf16()
            .chain(text.encode_utf16())
            .flat_map(order)
            .collect()
    };
    forbids(text, "moisson", "/é", 2);
    forbids(format!("\u{FEFF}{text}"), "moisson", "/%C3%A9", 2);
    forbids(wide(u16::to_le_bytes), "moisson", "/é", 2);
    forbids(wide(u16::to_be_bytes), "moisson", "/é", 2);
    forbids(b"User-agent: *\nDisallow: /\xE9", "moisson", "/%E9", 2);
}

#[test]
fn what_is_no_line_of_rules_is_passed_over() {
    allows(
        "<html><body>User-agent: *<br>\nDisallow: / is not what this is</body></html>",
        "moisson",
        "/",
    );
    allows("", "moisson", "/");
    allows([0; 64], "moisson", "/");
    forbids(
        "\0\u{1}junk\nUser-agent: *\n\0: \0\n=====\nDisallow: /",
        "moisson",
        "/",
        5,
    );
}

#[test]
fn what_is_plainly_meant_is_read() {
    forbids("user agent : *\n  disallow :/a  # no\n", "moisson", "/a", 2);
    forbids("User-agent *\nDisallow /a", "moisson", "/a", 2);
    forbids("useragent: *\nDissallow: /a", "moisson", "/a", 2);
    allows("User-agent: *\nDisallow nothing of /a", "moisson", "/a");
    let read = RobotsTxt::read(
        b"Sitemap:\nSitemap https://a.example/1\nsitemap:https://a.example/2#x\nSITE-MAP: /3\x1b[31m",
    );
    let sitemaps = [
        "https://a.example/1",
        "https://a.example/2",
        "/3\u{FFFD}[31m",
    ];
    assert_eq!(read.sitemaps(), sitemaps);
}

#[test]
fn five_hundred_kibibytes_are_read_and_no_half_line() {
    let head = "User-agent: *\nDisallow: /a\n";
    let filled = |rule: &str, over: usize| {
        let filler = "#".repeat(LIMIT - head.len() - 1 - rule.len() + over);
        format!("{head}{filler}\n{rule}")
    };
    forbids(filled("Disallow: /bc", 0), "moisson", "/bc", 4);
    // `Disallow: /b` would forbid more than the file does.
    let cut = filled("Disallow: /bc", 1);
    allows(&cut, "moisson", "/b");
    allows(&cut, "moisson", "/bc");
    forbids(&cut, "moisson", "/a", 2);
    allows("x".repeat(LIMIT + 1), "moisson", "/");
    // In UTF-16 a letter may hold the byte that is a line end elsewhere.
    let wide = format!("\u{FEFF}{head}Disallow: /b\u{10A}{}", "c".repeat(LIMIT));
    let wide: Vec<u8> = wide.encode_utf16().flat_map(u16::to_le_bytes).collect();
    allows(&wide, "moisson", "/b");
    forbids(&wide, "moisson", "/a", 2);
    let endless = std::io::Read::chain(head.as_bytes(), std::io::repeat(b'\n'));
    assert!(
        !RobotsTxt::read_from(endless)
            .unwrap()
            .decide("moisson", &url("/a"))
            .allowed
    );
}

#[test]
fn a_crawl_delay_is_of_the_agents_named_so_far() {
    let text = "User-agent: a\nCrawl-delay: 10\nUser-agent: b\nDisallow: /x\nUser-agent: *\nCrawl-delay: 30";
    assert_eq!(
        ["a", "b", "c"].map(|agent| delay(text, agent)),
        [Some(10.0), None, Some(30.0)]
    );
    forbids(text, "a", "/x", 4);
}

#[test]
fn a_crawl_delay_is_any_number_that_a_pause_can_be() {
    let stated = |value: &str| delay(&format!("User-agent: *\nCrawl-delay: {value}"), "moisson");
    assert_eq!(stated("0.5 # of a second"), Some(0.5));
    assert_eq!(stated("1e3"), Some(1000.0));
    for absurd in ["", "-1", "NaN", "inf", "1e300", "ten", "10s"] {
        assert_eq!(stated(absurd), None, "{absurd}");
    }
    assert_eq!(stated("1\nCrawl-delay: 3\nCrawl-delay: 2"), Some(3.0));
}

fn rules(status: u16, body: &str) -> Rules {
    let stated = Robots {
        fetched_at: Timestamp::UNIX_EPOCH,
        status,
        body: body.to_owned().into(),
    };
    Rules::read(&stated, "Moisson")
}

fn refusal(status: u16, body: &str) -> Option<String> {
    let checked = rules(status, body).check(&url("/members?page=2"));
    checked.err().map(|failure| failure.message)
}

#[test]
fn an_absent_file_allows_and_a_server_in_trouble_forbids() {
    for status in [302, 400, 403, 404, 410, 429, 499] {
        assert_eq!(
            refusal(status, "User-agent: *\nDisallow: /"),
            None,
            "{status}"
        );
    }
    for status in [500, 503, 599] {
        let refused = format!("robots.txt answers {status}: nothing may be requested");
        assert_eq!(refusal(status, ""), Some(refused));
    }
}

#[test]
fn a_refusal_names_the_line() {
    let refused = "line 2 of robots.txt forbids it: `Disallow: /*?page=`".to_owned();
    assert_eq!(
        refusal(200, "user-agent: MOISSON\rDisallow: /*?page="),
        Some(refused)
    );
    let long = format!("User-agent: *\nDisallow: /{}", "*".repeat(5000));
    let refused = refusal(200, &long).unwrap();
    assert!(
        refused.ends_with("**…`") && refused.len() < 200,
        "{refused}"
    );
    assert_eq!(refusal(200, "<html><body>Not found</body></html>"), None);
}

#[tokio::test]
async fn a_compressed_robots_txt_is_asked_for_and_read() {
    let text = ["User-agent: *\nDisallow: /list\n", &"#".repeat(LIMIT)].concat();
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(text.as_bytes()).unwrap();
    let packed = encoder.finish().unwrap();
    let site =
        Site::start(move |_| Reply::new(200, packed.clone()).with("content-encoding", "gzip"))
            .await;
    let found = harvest(&site.client(), &Memory::default(), "").await;
    let said = &found.issues[0].message;
    assert!(
        said.contains("line 2 of robots.txt forbids it: `Disallow: /list`"),
        "{said}"
    );
    let seen = site.seen();
    assert_eq!(seen.len(), 1);
    assert!(seen[0].headers["accept-encoding"].contains("gzip"));
}

#[test]
fn the_delay_is_the_sites_up_to_a_minute() {
    let delay =
        |seconds: &str| rules(200, &format!("User-agent: *\nCrawl-delay: {seconds}")).delay();
    assert_eq!(delay("2"), Duration::from_secs(2));
    assert_eq!(delay("86400"), Duration::from_mins(1));
    assert_eq!(delay("nonsense"), Duration::ZERO);
}

#[test]
fn rules_age_in_a_day_and_trouble_in_an_hour() {
    let at = |text: &str| text.parse::<Timestamp>().unwrap();
    let fetched = at("2026-11-24T08:00:00Z");
    assert!(is_fresh(200, fetched, at("2026-11-25T07:59:00Z")));
    assert!(!is_fresh(200, fetched, at("2026-11-25T08:00:00Z")));
    assert!(!is_fresh(503, fetched, at("2026-11-24T09:00:00Z")));
    assert!(!is_fresh(200, fetched, at("2026-11-24T07:00:00Z")));
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes: Vec<u8>, agent in "\\PC{0,12}") {
        let read = RobotsTxt::read(&bytes);
        read.decide(&agent, &url("/a?b=c"));
    }

    #[test]
    fn no_lines_panic_and_a_decision_is_that_of_its_rule(
        lines in proptest::collection::vec("(User-agent|Disallow|Allow|Crawl-delay|Sitemap)[: ]{1,2}(\\*|a|b|/[ab*$%]{0,4}|[0-9.e-]{0,5})", 0..20),
        end in "\r|\n|\r\n",
        path in "/[ab%$]{0,5}",
    ) {
        let text = lines.join(&end);
        let read = RobotsTxt::read(text.as_bytes());
        let url = url(&path);
        let decision = read.decide("a", &url);
        prop_assert_eq!(decision.allowed, decision.rule.is_none_or(|rule| rule.allows));
        if let Some(rule) = decision.rule {
            let stated = &lines[rule.line - 1];
            prop_assert!(stated.starts_with(if rule.allows { "Allow" } else { "Disallow" }), "{}", stated);
        }
    }
}
