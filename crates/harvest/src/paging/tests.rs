//! The kinds of paging: what each asks for, and how it ends.

use moisson_model::{Cause, Outcome, Role};

use crate::Spec;
use crate::testing::{Found, Memory, Reply, Seen, Site, codes, harvest};

/// Harvests a site that answers as told, and gives the lines that it saw.
async fn walk(
    text: &str,
    answer: impl Fn(&Seen) -> Reply + Send + Sync + 'static,
) -> (Found, Vec<String>) {
    let site = Site::start(move |seen| match seen.line.as_str() {
        "GET /robots.txt" => missing(),
        _ => answer(seen),
    })
    .await;
    let found = harvest(&site.client(), &Memory::default(), text).await;
    (found, site.lines())
}

fn missing() -> Reply {
    Reply::new(404, "nothing here")
}

/// The value of a query parameter.
fn query<'a>(seen: &'a Seen, name: &str) -> Option<&'a str> {
    let (_, query) = seen.line.split_once('?')?;
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    pairs
        .filter(|(key, _)| *key == name)
        .map(|(_, value)| value)
        .next()
}

/// So many records, told apart by a word.
fn records(word: &str, count: usize) -> String {
    let lines = (0..count).map(|number| format!("record: {word}-{number}\n"));
    lines.collect()
}

#[tokio::test]
async fn the_link_header_leads_to_the_next_page() {
    let (found, lines) = walk("paging = { next = \"header:link\" }", |seen| {
        match query(seen, "page") {
            None => Reply::page("record: a")
                .with("link", "</list?page=9>; rel=\"last\"")
                .with("link", "<?page=2>; rel=\"next\""),
            _ => Reply::page("record: b").with("link", "</list>; rel=\"first\""),
        }
    })
    .await;
    assert_eq!(lines, ["GET /list", "GET /list?page=2"]);
    assert_eq!((found.outcome, codes(&found)), (Outcome::Complete, vec![]));
}

#[tokio::test]
async fn numbers_and_offsets_go_into_the_body_of_a_search() {
    let site = |seen: &Seen| match seen.body.as_str() {
        r#"{"q":"x","at":{"page":3}}"# | r#"{"q":"x","at":{"page":14}}"# => {
            Reply::page(&format!("record: {}", seen.body))
        }
        r#"{"q":"x","at":{"page":4}}"# => Reply::page("nothing"),
        _ => missing(),
    };
    let body = "method = \"POST\"\nbody = '{\"q\": \"x\", \"at\": {\"page\": 0}}'";
    let paging = |keys: &str| format!("{body}\npaging = {{ {keys}, place = \"body\" }}");
    let (found, lines) = walk(&paging("page = \"/at/page\", from = 3"), site).await;
    assert_eq!(
        (found.outcome, lines.len()),
        (Outcome::Complete, 2),
        "{:?}",
        found.issues
    );
    let (found, lines) = walk(&paging("offset = \"/at/page\", from = 4, size = 10"), site).await;
    assert_eq!(
        (found.outcome, lines.len()),
        (Outcome::Complete, 1),
        "{:?}",
        found.issues
    );
    let (found, lines) = walk(&paging("offset = \"/at/page\", from = 14, size = 10"), site).await;
    assert_eq!(
        (found.outcome, lines.len()),
        (Outcome::Complete, 2),
        "{:?}",
        found.issues
    );
}

#[tokio::test]
async fn a_cursor_is_followed_while_the_site_says_that_there_is_more() {
    let text = "paging = { cursor = \"cursor\", parameter = \"after\", more = \"more\" }";
    let (found, lines) = walk(text, |seen| {
        let more = seen.line != "GET /list?after=x2";
        let next = if more { "x2" } else { "x3" };
        Reply::page(&format!(
            "record: {}\ncursor: {next}\nmore: {more}",
            seen.line
        ))
    })
    .await;
    assert_eq!(lines, ["GET /list", "GET /list?after=x2"]);
    assert_eq!(found.outcome, Outcome::Complete);
}

#[tokio::test]
async fn a_cursor_may_stand_in_a_header() {
    let text = "paging = { cursor = \"header:X-Next\", parameter = \"page\" }";
    let (found, lines) = walk(text, |seen| match query(seen, "page") {
        None => Reply::page("record: a").with("x-next", "2"),
        _ => Reply::page("record: b").with("x-next", ""),
    })
    .await;
    assert_eq!(lines, ["GET /list", "GET /list?page=2"]);
    assert_eq!(found.outcome, Outcome::Complete);
}

#[tokio::test]
async fn a_total_is_not_asked_past_and_one_that_is_belied_ends_nothing() {
    let text = "paging = { page = \"page\", total = \"header:x-total-count\" }";
    let site = |total: &'static str| {
        move |seen: &Seen| match query(seen, "page") {
            Some(page @ ("1" | "2")) => Reply::page(&records(page, 5)).with("x-total-count", total),
            _ => missing(),
        }
    };
    let (found, lines) = walk(text, site("10")).await;
    assert_eq!((found.outcome, lines.len()), (Outcome::Complete, 2));
    assert_eq!(codes(&found), Vec::<&str>::new());
    let (found, lines) = walk(text, site("3")).await;
    assert_eq!((found.outcome, lines.len()), (Outcome::Complete, 3));
    assert_eq!(codes(&found), ["total-exceeded"]);
}

#[tokio::test]
async fn a_total_that_is_not_reached_makes_the_harvest_partial() {
    let text = "paging = { page = \"page\", total = \"count\" }";
    let (found, _) = walk(text, |seen| match query(seen, "page") {
        Some("1") => Reply::page("count: 1 234 résultats\nrecord: a"),
        _ => missing(),
    })
    .await;
    assert_eq!(found.outcome, Outcome::Partial);
    assert_eq!(codes(&found), ["total-not-reached"]);
    assert!(found.issues[0].message.contains("1234 records and gave 1"));
    let (found, _) = walk(text, |seen| match query(seen, "page") {
        Some("1") => Reply::page("count: beaucoup\nrecord: a"),
        _ => missing(),
    })
    .await;
    assert_eq!(
        (found.outcome, codes(&found)),
        (Outcome::Complete, vec!["total-unread"])
    );
}

#[tokio::test]
async fn a_page_that_comes_again_is_not_counted_twice() {
    let text = "paging = { page = \"page\", total = \"count\" }";
    let (found, _) = walk(text, |_| Reply::page("count: 2\nrecord: a")).await;
    assert_eq!(found.captures.len(), 1);
    assert_eq!(codes(&found), ["paging-repeats", "total-not-reached"]);
}

#[tokio::test]
async fn a_server_that_gives_less_than_the_offset_passes_over_is_told_of() {
    let site = |seen: &Seen| match query(seen, "skip") {
        Some(skip @ ("0" | "10")) => Reply::page(&records(skip, 5)),
        _ => missing(),
    };
    let (found, _) = walk("paging = { offset = \"skip\", size = 10 }", site).await;
    assert_eq!(found.outcome, Outcome::Complete);
    assert_eq!(codes(&found), ["paging-gap"]);
    let (found, _) = walk(
        "paging = { offset = \"skip\", size = 5 }",
        |seen| match query(seen, "skip") {
            Some("0") => Reply::page(&records("a", 5)),
            Some("5") => Reply::page(&records("b", 2)),
            _ => missing(),
        },
    )
    .await;
    assert_eq!(codes(&found), Vec::<&str>::new());
}

#[tokio::test]
async fn windows_of_dates_are_asked_one_after_the_other_each_with_its_pages() {
    let text = "paging = { window = { from = \"from\", until = \"to\", days = 20, back = 10, ahead = 40 }, page = \"page\", total = \"count\" }";
    let (found, lines) = walk(text, |seen| {
        let (from, page) = (query(seen, "from").unwrap(), query(seen, "page").unwrap());
        match (from, page) {
            ("2026-11-14", "1") => Reply::page(&format!("count: 3\n{}", records(page, 2))),
            ("2026-11-14", "2") => Reply::page("count: 3\nrecord: b"),
            ("2026-11-23", "1") => Reply::page("count: 2\nrecord: c"),
            ("2026-11-23", _) => missing(),
            _ => Reply::page("count: 0"),
        }
    })
    .await;
    let queries = lines.iter().filter_map(|line| line.split_once('?'));
    let queries: Vec<&str> = queries.map(|(_, query)| query).collect();
    assert_eq!(
        queries,
        [
            "from=2026-11-14&to=2026-11-23&page=1",
            "from=2026-11-14&to=2026-11-23&page=2",
            "from=2026-11-23&to=2026-12-13&page=1",
            "from=2026-11-23&to=2026-12-13&page=2",
            "from=2026-12-13&to=2027-01-02&page=1",
            "from=2027-01-02&to=2027-01-04&page=1",
        ]
    );
    assert_eq!(codes(&found), ["total-not-reached"]);
    assert!(found.issues[0].message.contains("5 records and gave 4"));
}

#[tokio::test]
async fn windows_go_into_a_body_and_one_that_fails_leaves_the_others() {
    let text = "method = \"POST\"\nbody = '{\"v\":{\"start\":\"\"}}'\npaging = { window = { from = \"/v/start\", until = \"/v/end\", place = \"body\", days = 10, back = 0, ahead = 28 } }";
    let (found, lines) = walk(text, |seen| match seen.body.as_str() {
        r#"{"v":{"start":"2026-12-03","end":"2026-12-13"}}"# => Reply::new(500, "broken"),
        body => Reply::page(&format!("record: {body}")),
    })
    .await;
    assert_eq!((found.outcome, lines.len()), (Outcome::Partial, 3));
    assert_eq!(
        (found.captures.len(), found.cause),
        (2, Some(Cause::HttpStatus))
    );
}

#[tokio::test]
async fn windows_that_list_nothing_are_no_repeats() {
    let text =
        "paging = { window = { from = \"a\", until = \"b\", days = 10, back = 0, ahead = 28 } }";
    let (found, lines) = walk(text, |_| Reply::page("nothing")).await;
    assert_eq!((found.outcome, lines.len()), (Outcome::Complete, 3));
    assert_eq!(codes(&found), Vec::<&str>::new());
}

/// A calendar of months that leads on for ever; the first two hold a record.
fn endless(seen: &Seen) -> Reply {
    let month = query(seen, "month").map_or(0, |month| month.parse::<u64>().unwrap());
    let record = if month < 2 { "record" } else { "empty" };
    let next = month + 1;
    Reply::page(&format!(
        "{record}: {month}\nnext: http://site.example/list?month={next}"
    ))
}

#[tokio::test]
async fn a_calendar_without_end_ends_after_as_many_empty_months_as_patience_allows() {
    let (found, lines) = walk("paging = { next = \"next\", patience = 3 }", endless).await;
    assert_eq!((found.outcome, lines.len()), (Outcome::Complete, 5));
    assert_eq!(codes(&found), ["paging-barren"]);
    let (found, lines) = walk("paging = { next = \"next\" }", endless).await;
    assert_eq!((found.outcome, lines.len()), (Outcome::Complete, 12));
}

#[tokio::test]
async fn a_sitemap_leads_through_its_index_to_the_pages_that_fit() {
    let text = "url = \"http://site.example/sitemap.xml\"\ndetail = \"detail\"\npaging = { sitemap = true, match = \"/agenda/\" }";
    let (found, lines) = walk(text, |seen| match seen.line.as_str() {
        "GET /sitemap.xml" => Reply::page("sitemap: http://site.example/1.xml\nsitemap: http://www.site.example/none.xml\nsitemap: http://site.example/2.xml\ndetail: http://site.example/no"),
        "GET /1.xml" => Reply::page("page: http://site.example/agenda/a#top\npage: http://site.example/legal"),
        "GET /2.xml" => Reply::page("page: http://site.example/agenda/a\npage: http://site.example/agenda/b\npage: http://elsewhere.example/agenda/c"),
        "GET /agenda/a" => Reply::page("record: a\ndetail: http://site.example/d"),
        "GET /agenda/b" | "GET /d" => Reply::page(&seen.line),
        _ => missing(),
    })
    .await;
    assert_eq!(
        lines,
        [
            "GET /sitemap.xml",
            "GET /1.xml",
            "GET /2.xml",
            "GET /agenda/a",
            "GET /agenda/b",
            "GET /d"
        ]
    );
    let roles: Vec<Role> = found.captures.iter().map(|capture| capture.role).collect();
    let (map, list) = (Role::Sitemap, Role::Listing);
    assert_eq!(roles, [map, map, list, map, list, Role::Detail]);
    // The sitemap that could not be fetched is a loss, and takes no other along.
    assert_eq!(found.outcome, Outcome::Partial);
    assert_eq!(codes(&found).last(), Some(&"sitemap-elsewhere"));
}

#[tokio::test]
async fn a_sitemap_that_lists_itself_and_a_loop_of_them_end_with_a_word() {
    let text = "url = \"http://site.example/a.xml\"\npaging = { sitemap = true }";
    let (found, lines) = walk(text, |seen| match seen.line.as_str() {
        "GET /a.xml" => {
            Reply::page("sitemap: http://site.example/a.xml\nsitemap: http://site.example/b.xml")
        }
        "GET /b.xml" => {
            Reply::page("sitemap: http://site.example/a.xml\npage: http://site.example/x")
        }
        _ => Reply::page("record: x"),
    })
    .await;
    assert_eq!(lines, ["GET /a.xml", "GET /b.xml", "GET /x"]);
    assert_eq!(found.outcome, Outcome::Complete);
    assert_eq!(codes(&found), ["paging-repeats", "paging-repeats"]);
}

#[tokio::test]
async fn indexes_without_end_and_pages_over_the_bound_are_a_partial_harvest() {
    let text = "url = \"http://site.example/0.xml\"\npaging = { sitemap = true, pages = 2 }";
    let (found, lines) = walk(text, |seen| match seen.line.as_str() {
        "GET /0.xml" => Reply::page(
            "page: http://site.example/a\npage: http://site.example/b\npage: http://site.example/c",
        ),
        _ => Reply::page(&seen.line),
    })
    .await;
    assert_eq!(lines, ["GET /0.xml", "GET /a", "GET /b"]);
    assert_eq!(
        (found.outcome, codes(&found)),
        (Outcome::Partial, vec!["page-bound"])
    );
    let (found, lines) = walk(text, |seen| {
        let number: String = seen.line.chars().filter(char::is_ascii_digit).collect();
        let next = number.parse::<u64>().unwrap() + 1;
        Reply::page(&format!("sitemap: http://site.example/{next}.xml"))
    })
    .await;
    assert_eq!(lines.len(), 1000);
    assert_eq!(
        (found.outcome, codes(&found)),
        (Outcome::Partial, vec!["page-bound"])
    );
}

#[tokio::test]
async fn a_sitemap_that_cannot_be_read_makes_the_harvest_partial() {
    let text = "paging = { sitemap = true }";
    let (found, _) = walk(text, |_| Reply::page("issue: invalid-sitemap")).await;
    assert_eq!(
        (found.outcome, codes(&found)),
        (Outcome::Partial, vec!["invalid-sitemap"])
    );
    assert_eq!(
        found.issues[0].location.as_deref(),
        Some("http://site.example/list")
    );
}

fn refused(paging: &str) -> Option<String> {
    let text = format!("url = \"https://a.example/\"\n{paging}");
    let spec = toml::from_str::<Spec>(&text).map_err(|error| error.to_string());
    spec.and_then(|spec| spec.check().map_err(|error| error.to_string()))
        .err()
}

#[test]
fn each_form_is_accepted_with_its_keys() {
    let post = "method = \"POST\"\nbody = '{\"variables\":{}}'\n";
    let window = "window = { from = \"a\", until = \"b\" }";
    for (before, keys) in [
        ("", "next = \"a[rel=next]@href\""),
        (
            "",
            "next = \"header:link\", patience = 2, total = \".count\"",
        ),
        ("", "page = \"p\", from = 0, pages = 3, more = \"/more\""),
        ("", "offset = \"o\", size = 5, place = \"header\""),
        (
            post,
            "offset = \"/variables/skip\", size = 5, place = \"body\"",
        ),
        (
            post,
            "cursor = \"/c\", parameter = \"/variables/after\", place = \"body\", more = \"/m\"",
        ),
        ("", "sitemap = true, match = \"/agenda/\", elsewhere = true"),
        ("", window),
        (
            "",
            &format!("{window}, cursor = \"/c\", parameter = \"after\""),
        ),
    ] {
        assert_eq!(
            refused(&format!("{before}paging = {{ {keys} }}")),
            None,
            "{keys}"
        );
    }
}

#[test]
fn what_the_readme_shows_is_accepted() {
    let readme = include_str!("../../README.md");
    let lines = readme.lines().filter(|line| line.starts_with("paging = "));
    let mut count = 0;
    for line in lines {
        let post = "method = \"POST\"\nbody = '{\"variables\":{}}'\n";
        let before = if line.contains("\"body\"") { post } else { "" };
        assert_eq!(refused(&format!("{before}{line}")), None, "{line}");
        count += 1;
    }
    assert!(count > 5, "the section is gone");
}

#[test]
fn what_means_nothing_together_is_refused_with_its_reason() {
    let window = |rest: &str| format!("window = {{ from = \"a\", until = \"b\", {rest} }}");
    for (keys, part) in [
        ("pages = 3", "exactly one of"),
        ("total = \"/n\"", "exactly one of"),
        ("next = \"a\", page = \"p\"", "exactly one of"),
        ("sitemap = true, page = \"p\"", "exactly one of"),
        (
            "next = \"a\", from = 1",
            "`from` without `page` or `offset`",
        ),
        ("next = \"a\", more = \"/m\"", "`more` without"),
        ("next = \"header:x-next\"", "`header:link` alone"),
        ("page = \"p\", size = 5", "`size` without `offset`"),
        (
            "page = \"p\", parameter = \"q\"",
            "`parameter` without `cursor`",
        ),
        ("page = \"p\", match = \"x\"", "`match` without `sitemap`"),
        ("page = \"p\", place = \"body\"", "a JSON object"),
        ("page = \"\"", "without a name"),
        ("page = \"Cookie\", place = \"header\"", "the client's"),
        (
            "page = \"p\", total = \"header:a b\"",
            "no name of a header",
        ),
        ("offset = \"o\"", "needs a `size`"),
        ("cursor = \"/c\"", "needs a `parameter`"),
        ("next = \"a\", pages = 0", "at least one page"),
        ("next = \"a\", patience = 0", "at least one page"),
        (
            "sitemap = true, total = \"/n\"",
            "`total` without a listing",
        ),
        (
            &format!("sitemap = true, {}", window("days = 3")),
            "`window` without a listing",
        ),
        (&window("days = 0"), "above zero"),
        (&window("place = \"body\""), "a JSON object"),
        (&window("weeks = 3"), "unknown field `weeks`"),
    ] {
        let reason = refused(&format!("paging = {{ {keys} }}")).unwrap_or_default();
        assert!(reason.contains(part), "{keys}: {reason}");
    }
    let post = "method = \"POST\"\nbody = '{}'\npaging = { sitemap = true }";
    assert!(refused(post).unwrap().contains("with GET"));
}
