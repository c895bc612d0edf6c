//! Harvesting again: what has not changed, and what an earlier part of a run has kept.

use moisson_model::{Change, Evidence, Outcome};

use super::{four, missing};
use crate::testing::{Memory, Reply, Site, codes, harvest, resume};

#[tokio::test]
async fn a_harvest_again_is_unchanged_and_sends_no_body() {
    let site = Site::start(|seen| match seen.line.as_str() {
        "GET /robots.txt" => missing(),
        "GET /list"
            if seen
                .headers
                .get("if-none-match")
                .is_some_and(|tag| tag == "\"1\"") =>
        {
            Reply::new(304, "")
        }
        "GET /list" => Reply::page("next: http://site.example/2")
            .with("etag", "\"1\"")
            .with("content-type", "text/x"),
        _ => Reply::page("no validators"),
    })
    .await;
    let memory = Memory::default();
    let client = site.client();
    let text = "paging = { next = \"next\" }";
    assert_eq!(
        harvest(&client, &memory, text).await.outcome,
        Outcome::Complete
    );
    for _ in 0..2 {
        let again = harvest(&client, &memory, text).await;
        assert_eq!(again.outcome, Outcome::Unchanged, "{:?}", again.issues);
        assert_eq!(again.captures[0].change, Change::NotModified);
        assert_eq!(again.captures[0].status, 304);
        assert_eq!(again.captures[0].body, "next: http://site.example/2");
        assert_eq!(again.captures[0].content_type(), Some("text/x"));
        assert_eq!(again.captures[1].change, Change::SameBody);
    }
}

#[tokio::test]
async fn a_listing_that_lost_its_last_page_is_not_unchanged() {
    let site = Site::start(|seen| match (seen.line.as_str(), seen.before) {
        ("GET /list?page=1", _) => Reply::page("record: a"),
        ("GET /list?page=2", 0) => Reply::page("record: b"),
        _ => missing(),
    })
    .await;
    let memory = Memory::default();
    let text = "paging = { page = \"page\" }";
    assert_eq!(
        harvest(&site.client(), &memory, text).await.captures.len(),
        2
    );
    let again = harvest(&site.client(), &memory, text).await;
    assert_eq!(
        (again.outcome, again.captures.len()),
        (Outcome::Complete, 1)
    );
}

#[tokio::test]
async fn a_run_that_was_stopped_goes_on_where_it_was_and_asks_for_nothing_twice() {
    let site = Site::start(four).await;
    let stopping = Memory {
        stop_after: Some(3),
        ..Memory::default()
    };
    let text = "detail = \"detail\"";
    let first = harvest(&site.client(), &stopping, text).await;
    assert_eq!(codes(&first), ["stopped"]);
    assert!(first.issues[0].message.contains("2 pages"));
    let memory = Memory {
        exchanges: stopping.exchanges.into_inner().unwrap().into(),
        robots: stopping.robots.into_inner().unwrap().into(),
        ..Memory::default()
    };
    let second = resume(&site.client(), &memory, text).await;
    assert_eq!(second.outcome, Outcome::Complete, "{:?}", second.issues);
    assert_eq!((second.tally.pages, second.tally.resumed), (5, 3));
    assert_eq!(
        site.lines(),
        ["GET /list", "GET /0", "GET /1", "GET /2", "GET /3"]
    );
    let places: Vec<u64> = memory
        .exchanges
        .lock()
        .unwrap()
        .iter()
        .map(|exchange| exchange.ordinal)
        .collect();
    assert_eq!(places, [1, 2, 3, 4, 5]);
}

#[tokio::test]
async fn a_page_that_is_fresh_is_not_asked_for_and_one_whose_records_stand_is_no_change() {
    let site = Site::start(|seen| match seen.line.as_str() {
        "GET /list" => Reply::page(
            "detail: http://site.example/fresh\ndetail: http://site.example/dated\ndetail: http://site.example/other",
        ),
        "GET /fresh" => Reply::page("record: a").with("cache-control", "max-age=600"),
        "GET /dated" => Reply::page(&format!("record: a\nvisits: {}", seen.before + 10)),
        "GET /other" => Reply::page(&format!("record: {}", seen.before)),
        _ => missing(),
    })
    .await;
    let (memory, client) = (Memory::default(), site.client());
    harvest(&client, &memory, "detail = \"detail\"").await;
    let again = harvest(&client, &memory, "detail = \"detail\"").await;
    assert_eq!(again.outcome, Outcome::Complete);
    let kept = memory.exchanges.lock().unwrap();
    let told: Vec<_> = kept
        .iter()
        .skip(4)
        .map(|exchange| (exchange.capture.change, exchange.evidence.unwrap()))
        .collect();
    assert_eq!(
        told,
        [
            (Change::SameBody, Evidence::Body),
            (Change::Fresh, Evidence::Freshness),
            (Change::SameContent, Evidence::Records),
            (Change::Modified, Evidence::Records),
        ]
    );
    assert_eq!(kept[6].content, kept[2].content);
    assert_ne!(kept[6].sha256, kept[2].sha256);
    let asked = site.lines();
    let fresh = asked.iter().filter(|line| *line == "GET /fresh").count();
    assert_eq!((fresh, again.tally.fresh), (1, 1));
}
