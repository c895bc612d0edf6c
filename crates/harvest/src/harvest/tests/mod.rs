//! Paging, detail pages, and what a harvest comes to.

use moisson_model::{Cause, Outcome, Role};

use crate::testing::{HOST, Memory, Reply, Seen, Site, codes, harvest};

mod again;

fn missing() -> Reply {
    Reply::new(404, "nothing here")
}

#[tokio::test]
async fn next_links_are_followed_to_the_last_page_and_details_come_after_once_each() {
    let site = Site::start(|seen| match seen.line.as_str() {
        "GET /list" => Reply::page("next: http://site.example/list?p=2#top\ndetail: http://site.example/a\ndetail: http://site.example/b#x"),
        "GET /list?p=2" => Reply::page("detail: http://site.example/b\ndetail: http://site.example/c"),
        "GET /a" | "GET /b" | "GET /c" => Reply::page(&seen.line),
        _ => missing(),
    })
    .await;
    let memory = Memory::default();
    let text = "paging = { next = \"next\", pages = 9 }\ndetail = \"detail\"";
    let found = harvest(&site.client(), &memory, text).await;
    assert_eq!(found.outcome, Outcome::Complete, "{:?}", found.issues);
    assert_eq!(
        site.lines(),
        ["GET /list", "GET /list?p=2", "GET /a", "GET /b", "GET /c"]
    );
    let roles: Vec<Role> = found.captures.iter().map(|capture| capture.role).collect();
    assert_eq!(
        roles,
        [
            Role::Listing,
            Role::Detail,
            Role::Detail,
            Role::Listing,
            Role::Detail
        ]
    );
    assert_eq!(memory.exchanges.lock().unwrap().len(), 5);
    assert_eq!(found.captures[3].url, "http://site.example/list?p=2");
}

#[tokio::test]
async fn captures_show_the_source_and_never_the_machine() {
    let site = Site::start(|_| Reply::page("record: a")).await;
    let found = harvest(&site.client(), &Memory::default(), "").await;
    assert_eq!(found.captures[0].url, "http://site.example/list");
    assert_eq!(found.captures[0].final_url, "http://site.example/list");
    assert!(site.seen().iter().all(|seen| seen.headers["host"] == HOST));
}

fn numbered(seen: &Seen) -> Reply {
    match seen.line.as_str() {
        "GET /list?page=1" | "GET /list?at=0" => Reply::page("record: a"),
        "GET /list?page=2" | "GET /list?at=5" => Reply::page("record: b"),
        "GET /list?at=10" => Reply::page("nothing"),
        _ => missing(),
    }
}

#[tokio::test]
async fn page_numbers_end_with_a_404_and_offsets_with_an_empty_listing() {
    let site = Site::start(numbered).await;
    let pages = harvest(
        &site.client(),
        &Memory::default(),
        "paging = { page = \"page\" }",
    )
    .await;
    assert_eq!(pages.outcome, Outcome::Complete);
    assert_eq!(pages.captures.len(), 2);
    assert!(pages.issues.is_empty());
    let offsets = harvest(
        &site.client(),
        &Memory::default(),
        "paging = { offset = \"at\", size = 5 }",
    )
    .await;
    assert_eq!(offsets.outcome, Outcome::Complete);
    assert_eq!(offsets.captures.len(), 3);
}

#[tokio::test]
async fn a_total_of_pages_that_is_announced_is_not_asked_past() {
    let site = Site::start(|seen| match seen.line.as_str() {
        "GET /list?page=1" => Reply::page("record: a").with("x-wp-totalpages", "2"),
        "GET /list?page=2" => Reply::page("record: b").with("x-wp-totalpages", "2"),
        _ => Reply::new(400, "invalid page number"),
    })
    .await;
    let found = harvest(
        &site.client(),
        &Memory::default(),
        "paging = { page = \"page\" }",
    )
    .await;
    assert_eq!(found.outcome, Outcome::Complete, "{:?}", found.issues);
    assert_eq!(site.lines().len(), 2);
}

#[tokio::test]
async fn a_cursor_goes_into_the_query_a_header_or_the_body() {
    let site = Site::start(|seen| {
        let second = seen.line.ends_with("after=x2")
            || seen
                .headers
                .get("x-after")
                .is_some_and(|value| value == "x2")
            || seen.body == r#"{"first":2,"after":"x2"}"#;
        let page = if second {
            "record: b\ncursor: null"
        } else {
            "record: a\ncursor: x2"
        };
        if seen.line == "GET /robots.txt" {
            missing()
        } else {
            Reply::page(page)
        }
    })
    .await;
    let body = "method = \"POST\"\nbody = '{\"first\":2,\"after\":null}'\nheaders = { Content-Type = \"application/json\" }";
    for (rest, parameter, place) in [
        ("", "after", "query"),
        ("", "X-After", "header"),
        (body, "/after", "body"),
    ] {
        let text = format!(
            "{rest}\npaging = {{ cursor = \"cursor\", parameter = \"{parameter}\", place = \"{place}\" }}"
        );
        let found = harvest(&site.client(), &Memory::default(), &text).await;
        assert_eq!(
            found.outcome,
            Outcome::Complete,
            "{place}: {:?}",
            found.issues
        );
        assert_eq!(found.captures.len(), 2, "{place}");
    }
    let last = site.seen().pop().unwrap();
    assert_eq!(last.line, "POST /list");
    assert_eq!(last.headers["content-type"], "application/json");
}

#[tokio::test]
async fn more_pages_than_the_bound_allows_are_a_partial_harvest() {
    let site = Site::start(|seen| {
        Reply::page(&format!(
            "{}\nnext: http://site.example/{}x",
            seen.line,
            seen.line.len()
        ))
    })
    .await;
    let found = harvest(
        &site.client(),
        &Memory::default(),
        "paging = { next = \"next\", pages = 1 }",
    )
    .await;
    assert_eq!(found.outcome, Outcome::Partial);
    assert_eq!(codes(&found), ["page-bound"]);
    assert_eq!(site.lines().len(), 1);
}

#[tokio::test]
async fn a_listing_that_runs_in_circles_ends_with_a_warning() {
    let site = Site::start(|seen| match seen.line.as_str() {
        "GET /list" => Reply::page("a\nnext: http://site.example/2"),
        "GET /2" => Reply::page("b\nnext: http://site.example/list"),
        "GET /list?n=1" | "GET /list?n=2" | "GET /list?n=3" => Reply::page("record: the same"),
        _ => missing(),
    })
    .await;
    let circle = harvest(
        &site.client(),
        &Memory::default(),
        "paging = { next = \"next\" }",
    )
    .await;
    assert_eq!(
        (circle.outcome, circle.captures.len()),
        (Outcome::Complete, 2)
    );
    assert_eq!(codes(&circle), ["paging-repeats"]);
    let same = harvest(
        &site.client(),
        &Memory::default(),
        "paging = { page = \"n\" }",
    )
    .await;
    assert_eq!((same.outcome, same.captures.len()), (Outcome::Complete, 1));
    assert_eq!(codes(&same), ["paging-repeats"]);
}

#[tokio::test]
async fn a_page_that_fails_leaves_what_came_before_and_says_why() {
    let site = Site::start(|seen| match seen.line.as_str() {
        "GET /list" => Reply::page("next: http://site.example/2\ndetail: http://site.example/a"),
        "GET /2" => Reply::new(500, "broken"),
        "GET /a" => Reply::page("a"),
        _ => missing(),
    })
    .await;
    let text = "paging = { next = \"next\" }\ndetail = \"detail\"";
    let found = harvest(&site.client(), &Memory::default(), text).await;
    assert_eq!(
        (found.outcome, found.cause),
        (Outcome::Partial, Some(Cause::HttpStatus))
    );
    assert_eq!(found.captures.len(), 2);
    assert_eq!(codes(&found), ["http-status"]);
    assert_eq!(
        found.issues[0].location.as_deref(),
        Some("http://site.example/2")
    );

    let first = harvest(
        &site.client(),
        &Memory::default(),
        "url = \"http://site.example/none\"",
    )
    .await;
    assert_eq!(
        (first.outcome, first.cause),
        (Outcome::Failed, Some(Cause::HttpStatus))
    );
}

#[tokio::test]
async fn a_detail_page_that_fails_makes_the_harvest_partial_and_failures_in_a_row_end_it() {
    let site = Site::start(|seen| match seen.line.as_str() {
        "GET /list" => {
            let details = (0..9).map(|number| format!("detail: http://site.example/{number}\n"));
            Reply::page(&details.collect::<String>())
        }
        "GET /0" => missing(),
        "GET /1" => Reply::page("one"),
        "GET /robots.txt" => missing(),
        _ => Reply::new(500, "broken"),
    })
    .await;
    let found = harvest(&site.client(), &Memory::default(), "detail = \"detail\"").await;
    assert_eq!(found.outcome, Outcome::Partial);
    assert_eq!(found.captures.len(), 2);
    assert_eq!(codes(&found).last(), Some(&"circuit-open"));
    assert_eq!(site.lines().len(), 8);
}

#[tokio::test]
async fn a_stop_ends_between_two_pages() {
    let site = Site::start(|seen| {
        Reply::page(&format!(
            "{}\nnext: http://site.example/{}",
            seen.line,
            seen.line.len()
        ))
    })
    .await;
    let memory = Memory {
        stop_after: Some(2),
        ..Memory::default()
    };
    let found = harvest(&site.client(), &memory, "paging = { next = \"next\" }").await;
    assert_eq!(
        (found.outcome, found.cause),
        (Outcome::Partial, Some(Cause::Stopped))
    );
    assert_eq!(found.captures.len(), 2);
}

#[tokio::test]
async fn a_page_that_cannot_be_kept_ends_the_harvest() {
    let site = Site::start(|_| Reply::page("a")).await;
    let memory = Memory {
        full: true,
        ..Memory::default()
    };
    let found = harvest(
        &site.client(),
        &memory,
        "url = [\"http://site.example/1\", \"http://site.example/2\"]",
    )
    .await;
    assert_eq!(found.outcome, Outcome::Failed);
    assert_eq!(codes(&found), ["not-kept"]);
    assert_eq!(site.lines().len(), 1);
}

#[tokio::test]
async fn files_are_read_where_the_definition_says_so_and_never_where_a_page_does() {
    let site = Site::start(|_| Reply::page("next: file:///data/list.csv")).await;
    let client = site.client();
    let memory = Memory::default();
    let file = "url = \"file:///data/list.csv\"";
    let found = harvest(&client, &memory, file).await;
    assert_eq!(found.outcome, Outcome::Complete, "{:?}", found.issues);
    assert_eq!(found.captures[0].body, "record: a");
    assert_eq!(
        harvest(&client, &memory, file).await.outcome,
        Outcome::Unchanged
    );
    let absent = harvest(&client, &memory, "url = \"file:///data/none.csv\"").await;
    assert_eq!(absent.outcome, Outcome::Failed);
    let led = harvest(&client, &memory, "paging = { next = \"next\" }").await;
    assert_eq!(
        (led.outcome, led.cause),
        (Outcome::Partial, Some(Cause::ForbiddenAddress))
    );
}

#[tokio::test]
async fn a_harvest_can_run_on_any_thread() {
    let site = Site::start(|_| Reply::page("record: a")).await;
    let client = site.client();
    let task = tokio::spawn(async move { harvest(&client, &Memory::default(), "").await });
    assert_eq!(task.await.unwrap().outcome, Outcome::Complete);
}

/// A listing of four pages of records, `/0` to `/3`.
fn four(seen: &Seen) -> Reply {
    match seen.line.as_str() {
        "GET /robots.txt" => missing(),
        "GET /list" => {
            let details = (0..4).map(|number| format!("detail: http://site.example/{number}\n"));
            Reply::page(&details.collect::<String>())
        }
        _ => Reply::page(&format!("record: {}", seen.line)),
    }
}

#[tokio::test]
async fn several_pages_at_a_time_are_as_many_as_may_be_and_have_their_places() {
    let site = Site::start(|seen| {
        if seen.line.ends_with('0') {
            std::thread::sleep(std::time::Duration::from_millis(30));
        }
        four(seen)
    })
    .await;
    let memory = Memory::default();
    let text = "concurrency = 4\ndetail = \"detail\"";
    let found = harvest(&site.client(), &memory, text).await;
    assert_eq!(found.outcome, Outcome::Complete, "{:?}", found.issues);
    let urls: Vec<&str> = found
        .captures
        .iter()
        .map(|capture| capture.url.as_str())
        .collect();
    let expected = ["list", "0", "1", "2", "3"].map(|page| format!("http://site.example/{page}"));
    assert_eq!(urls, expected);
}

#[tokio::test]
async fn a_harvest_ends_within_its_bytes_and_its_time() {
    let site = Site::start(four).await;
    let text = "max_bytes = \"150\"\nmax_total = \"150\"\ndetail = \"detail\"";
    let found = harvest(&site.client(), &Memory::default(), text).await;
    assert_eq!(
        (found.outcome, found.cause),
        (Outcome::Partial, Some(Cause::TooLarge))
    );
    assert_eq!(codes(&found), ["total-bound"]);
    let text = "timeout = \"50ms\"\nmax_time = \"150ms\"\ndelay = \"100ms\"\ndetail = \"detail\"";
    let slow = harvest(&site.client(), &Memory::default(), text).await;
    assert_eq!(slow.cause, Some(Cause::Timeout));
    assert_eq!(codes(&slow), ["time-bound"]);
}

#[tokio::test]
async fn a_secret_reaches_the_site_and_nobody_else() {
    const TOKEN: &str = "s3cr3t-of-the-api";
    let site = Site::start(|seen| match seen.line.as_str() {
        "GET /robots.txt" => missing(),
        "GET /list" => Reply::page(&format!("record: {}", seen.headers["x-key"]))
            .with("x-echo", &seen.headers["x-key"]),
        _ => Reply::page("a"),
    })
    .await;
    let memory = Memory {
        secret: Some(TOKEN.to_owned()),
        ..Memory::default()
    };
    let text = "secrets = [{ header = \"X-Key\", prefix = \"Key \", env = \"TOKEN\" }]";
    let found = harvest(&site.client(), &memory, text).await;
    assert_eq!(found.outcome, Outcome::Complete, "{:?}", found.issues);
    let sent = site.seen();
    assert_eq!(sent[1].headers["x-key"], format!("Key {TOKEN}"));
    assert!(!sent[0].headers.contains_key("x-key"), "not for robots.txt");
    assert_eq!(found.captures[0].body, "record: Key [secret]");
    let kept = format!("{:?}", memory.exchanges.lock().unwrap());
    assert!(!kept.contains(TOKEN) && !format!("{found:?}").contains(TOKEN));

    let without = harvest(&site.client(), &Memory::default(), text).await;
    assert_eq!(
        (without.outcome, without.cause),
        (Outcome::Failed, Some(Cause::Secret))
    );
    assert_eq!(site.seen().len(), 2, "nothing is requested without it");
}
