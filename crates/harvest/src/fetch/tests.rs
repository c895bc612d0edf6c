//! Manners and safety of single requests, against a site on loopback.

use std::io::Write;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use moisson_model::{Cause, Outcome};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;

use crate::testing::{Memory, Reply, Seen, Site, harvest, resume};

/// The cause of the failure of a harvest of `/list`.
async fn cause(
    answer: impl Fn(&Seen) -> Reply + Send + Sync + 'static,
    text: &str,
) -> Option<Cause> {
    let site = Site::start(answer).await;
    let found = harvest(&site.client(), &Memory::default(), text).await;
    assert_eq!(found.outcome, Outcome::Failed, "{:?}", found.issues);
    found.cause
}

fn only_pages(seen: &Seen, page: Reply) -> Reply {
    match seen.line.as_str() {
        "GET /robots.txt" => Reply::new(404, ""),
        _ => page,
    }
}

#[tokio::test]
async fn requests_to_a_host_keep_their_distance_whoever_makes_them() {
    let site = Site::start(|seen| only_pages(seen, Reply::page(&seen.line))).await;
    let client = site.client();
    let memory = Memory::default();
    let text = |one, two| {
        format!(
            "delay = \"30ms\"\nurl = [\"http://site.example/{one}\", \"http://site.example/{two}\"]"
        )
    };
    let (one, two) = (text(1, 2), text(3, 4));
    let both = [
        resume(&client, &memory, &one),
        resume(&client, &memory, &two),
    ];
    let [first, second] = both;
    tokio::join!(first, second);
    let seen = site.seen();
    assert_eq!(seen.len(), 5, "robots.txt is fetched once");
    for pair in seen.windows(2) {
        assert!(pair[1].at - pair[0].at >= Duration::from_millis(30));
    }
}

#[tokio::test]
async fn every_request_says_who_asks() {
    let site = Site::start(|seen| only_pages(seen, Reply::page("a"))).await;
    let memory = Memory::default();
    harvest(&site.client(), &memory, "headers = { Accept = \"text/x\" }").await;
    for seen in site.seen() {
        assert_eq!(
            seen.headers["user-agent"],
            "Moisson/0.1 (+https://moisson.example/contact)"
        );
    }
    let kept = memory.exchanges.lock().unwrap();
    for (name, value) in &kept[0].request.headers {
        assert_eq!(
            site.seen()[1].headers.get(name),
            Some(value),
            "{name} is kept as sent"
        );
    }
    assert!(
        kept[0]
            .request
            .headers
            .contains(&("accept".to_owned(), "text/x".to_owned()))
    );
}

#[tokio::test]
async fn what_robots_txt_forbids_is_not_requested_not_even_through_a_redirect() {
    let site = Site::start(|seen| match seen.line.as_str() {
        "GET /robots.txt" => Reply::page("User-agent: *\nDisallow: /private\nCrawl-delay: 0.04"),
        "GET /list" => Reply::to("/private/list"),
        _ => Reply::page("secret"),
    })
    .await;
    let found = harvest(&site.client(), &Memory::default(), "").await;
    assert_eq!(
        (found.outcome, found.cause),
        (Outcome::Failed, Some(Cause::Robots))
    );
    assert_eq!(site.lines(), ["GET /list"]);
    let seen = site.seen();
    assert!(
        seen[1].at - seen[0].at >= Duration::from_millis(40),
        "the delay asked for is kept"
    );
}

#[tokio::test]
async fn a_robots_txt_in_trouble_forbids_and_is_asked_again_before() {
    let site = Site::start(|seen| match (seen.line.as_str(), seen.before) {
        ("GET /robots.txt", _) => Reply::new(503, "later"),
        _ => Reply::page("a"),
    })
    .await;
    let memory = Memory::default();
    let found = harvest(&site.client(), &memory, "").await;
    assert_eq!(found.cause, Some(Cause::Robots));
    assert_eq!(site.seen().len(), 4);
    assert_eq!(
        memory.robots.lock().unwrap()["http://site.example"].status,
        503
    );
}

#[tokio::test]
async fn a_robots_txt_that_is_held_is_not_fetched() {
    let site = Site::start(|seen| only_pages(seen, Reply::page("a"))).await;
    let memory = Memory::default();
    harvest(&site.client(), &memory, "").await;
    harvest(&site.client(), &memory, "").await;
    let robots = site
        .seen()
        .iter()
        .filter(|seen| seen.line == "GET /robots.txt")
        .count();
    assert_eq!(robots, 1);
}

#[tokio::test]
async fn passing_trouble_is_asked_again_and_the_rest_is_not() {
    let site = Site::start(|seen| match (seen.line.as_str(), seen.before) {
        ("GET /list", 0) => Reply::new(503, "").with("retry-after", "0"),
        ("GET /list", 1) => Reply::page("half").cut(),
        ("GET /list", _) => Reply::page("a"),
        _ => Reply::new(404, ""),
    })
    .await;
    let found = harvest(&site.client(), &Memory::default(), "").await;
    assert_eq!(found.outcome, Outcome::Complete, "{:?}", found.issues);
    assert_eq!(site.lines().len(), 3);
    let found = harvest(
        &site.client(),
        &Memory::default(),
        "url = \"http://site.example/none\"",
    )
    .await;
    assert_eq!(found.cause, Some(Cause::HttpStatus));
    assert_eq!(site.lines().len(), 4);
}

#[tokio::test]
async fn a_pause_longer_than_our_patience_ends_the_attempt() {
    let site =
        Site::start(|seen| only_pages(seen, Reply::new(429, "").with("retry-after", "3600"))).await;
    let client = site.client_with(|settings| settings.patience = Duration::ZERO);
    let found = harvest(&client, &Memory::default(), "").await;
    assert_eq!(found.cause, Some(Cause::HttpStatus));
    assert_eq!(site.lines().len(), 1);
    assert!(found.issues[0].message.contains("3600s"));
}

#[tokio::test]
async fn bodies_are_decoded_and_capped_as_decoded() {
    let packed = |text: &str| {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(text.as_bytes()).unwrap();
        encoder.finish().unwrap()
    };
    let small = packed("record: a");
    let site = Site::start(move |seen| {
        let page = Reply::new(200, small.clone()).with("content-encoding", "gzip");
        only_pages(seen, page)
    })
    .await;
    let found = harvest(&site.client(), &Memory::default(), "").await;
    assert_eq!(found.captures[0].body, "record: a");
    assert_eq!(
        site.seen()[1].headers["accept-encoding"],
        "gzip, br, zstd, deflate"
    );

    let bomb = packed(&"0".repeat(1 << 20));
    assert!(bomb.len() < 2_000);
    let answer = move |seen: &Seen| {
        only_pages(
            seen,
            Reply::new(200, bomb.clone()).with("content-encoding", "gzip"),
        )
    };
    assert_eq!(
        cause(answer, "max_bytes = \"64 KiB\"").await,
        Some(Cause::TooLarge)
    );
    let broken = |seen: &Seen| {
        only_pages(
            seen,
            Reply::page("no gzip").with("content-encoding", "gzip"),
        )
    };
    assert_eq!(cause(broken, "").await, Some(Cause::Decode));
}

#[tokio::test]
async fn each_way_of_not_answering_has_its_cause() {
    let large = |seen: &Seen| only_pages(seen, Reply::page(&"x".repeat(2_000)));
    assert_eq!(
        cause(large, "max_bytes = \"1 KiB\"").await,
        Some(Cause::TooLarge)
    );
    assert_eq!(
        cause(|seen| only_pages(seen, Reply::page("")), "").await,
        Some(Cause::Empty)
    );
    assert_eq!(
        cause(|seen| only_pages(seen, Reply::page("half").cut()), "").await,
        Some(Cause::Connect)
    );
    let challenge = |seen: &Seen| {
        only_pages(
            seen,
            Reply::new(503, "wait").with("cf-mitigated", "challenge"),
        )
    };
    assert_eq!(cause(challenge, "").await, Some(Cause::Blocked));
    let unasked = |seen: &Seen| only_pages(seen, Reply::new(304, ""));
    assert_eq!(cause(unasked, "").await, Some(Cause::HttpStatus));
    let circle = |seen: &Seen| only_pages(seen, Reply::to("/list"));
    assert_eq!(cause(circle, "").await, Some(Cause::RedirectLoop));
    let endless = |seen: &Seen| {
        only_pages(
            seen,
            Reply::to(&format!("{}x", seen.line.replace("GET ", ""))),
        )
    };
    assert_eq!(cause(endless, "").await, Some(Cause::RedirectLoop));
}

#[tokio::test]
async fn silence_ends_in_a_timeout_and_nobody_there_is_no_connection() {
    let silent = |seen: &Seen| {
        if seen.line != "GET /robots.txt" {
            std::thread::sleep(Duration::from_millis(120));
        }
        only_pages(seen, Reply::page("a"))
    };
    assert_eq!(
        cause(silent, "timeout = \"25ms\"").await,
        Some(Cause::Timeout)
    );

    let site = Site::start(|_| Reply::page("a")).await;
    let closed = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let client = site.client_with(|settings| {
        settings.hosts.insert("closed.example".to_owned(), closed);
    });
    let found = harvest(
        &client,
        &Memory::default(),
        "url = \"http://closed.example/\"",
    )
    .await;
    assert_eq!(found.cause, Some(Cause::Connect));
    // A label of over 63 letters: no resolver needs to ask anybody.
    let nowhere = format!("url = \"http://{}.example/\"", "n".repeat(64));
    let found = harvest(&client, &Memory::default(), &nowhere).await;
    assert_eq!(found.cause, Some(Cause::Dns));
}

#[tokio::test]
async fn a_server_that_speaks_no_tls_is_not_spoken_to_in_the_clear() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.ok();
        }
    });
    let site = Site::start(|_| Reply::page("a")).await;
    let text = format!("url = \"https://{address}/\"");
    let refused = harvest(&site.client(), &Memory::default(), &text).await;
    assert_eq!(refused.cause, Some(Cause::ForbiddenAddress));
    let opened = site.client_with(|settings| settings.private_addresses = true);
    let found = harvest(&opened, &Memory::default(), &text).await;
    assert_eq!(found.cause, Some(Cause::Tls), "{:?}", found.issues);
}

#[tokio::test]
async fn no_redirect_leads_into_the_machine_or_its_network() {
    for target in [
        "http://127.0.0.1/",
        "http://[::ffff:169.254.169.254]/latest/",
        "http://localhost/",
        "http://other.example:22/",
        "file:///etc/passwd",
        "http://me:secret@other.example/",
    ] {
        let answer = move |seen: &Seen| only_pages(seen, Reply::to(target));
        assert_eq!(
            cause(answer, "").await,
            Some(Cause::ForbiddenAddress),
            "{target}"
        );
    }
}

#[tokio::test]
async fn another_host_gets_neither_the_body_nor_the_headers_meant_for_the_first() {
    let site = Site::start(
        |seen| match (seen.headers["host"].as_str(), seen.line.as_str()) {
            (_, "GET /robots.txt") => Reply::new(404, ""),
            ("site.example", _) => Reply::to("http://other.example/moved#part"),
            _ => Reply::page("a"),
        },
    )
    .await;
    let text = "method = \"POST\"\nbody = \"q\"\nheaders = { X-Key = \"1\", Accept = \"text/x\", Content-Type = \"text/y\" }";
    let found = harvest(&site.client(), &Memory::default(), text).await;
    assert_eq!(found.outcome, Outcome::Complete, "{:?}", found.issues);
    assert_eq!(found.captures[0].url, "http://site.example/list");
    assert_eq!(found.captures[0].final_url, "http://other.example/moved");
    let last = site.seen().pop().unwrap();
    assert_eq!((last.line.as_str(), last.body.as_str()), ("GET /moved", ""));
    assert_eq!(last.headers["accept"], "text/x");
    assert!(!last.headers.contains_key("x-key") && !last.headers.contains_key("content-type"));
}
