//! What is kept is held, found and read.

use std::sync::mpsc::channel;

use moisson_model::{Change, Digest, Outcome, SourceId};

use super::{
    at, bodies, count, files, harvest, keep_all, lake, liste, not_modified, page, records,
};
use crate::Error;

#[test]
fn a_body_is_kept_once_across_runs_and_sources() {
    let (folder, lake) = lake();
    let one = page("http://liste.example/1", "one");
    let other = SourceId::new("autre").unwrap();
    let first = harvest(
        &lake,
        &liste(),
        0,
        &[one.clone(), page("http://liste.example/2", "one")],
    );
    let second = harvest(&lake, &liste(), 25, &[not_modified(one.clone(), 25)]);
    let third = harvest(&lake, &other, 26, &[page("http://autre.example/", "one")]);
    assert_eq!(bodies(&lake, first), ["one", "one"]);
    assert_eq!(bodies(&lake, second), ["one"]);
    assert_eq!(bodies(&lake, third), ["one"]);
    let all: Vec<String> = files(folder.path())
        .iter()
        .map(|path| records(path))
        .collect();
    let of = |kind: &str| {
        all.iter()
            .map(|text| count(text, &format!("WARC-Type: {kind}\r\n")))
            .sum::<usize>()
    };
    assert_eq!(
        (of("response"), of("revisit"), of("request"), of("metadata")),
        (1, 3, 4, 4)
    );
}

#[test]
fn the_newest_page_of_a_request_is_held_and_a_run_knows_what_it_did() {
    let (_folder, lake) = lake();
    let one = page("http://liste.example/1", "one");
    let first = harvest(&lake, &liste(), 0, std::slice::from_ref(&one));
    let second = harvest(&lake, &liste(), 25, &[not_modified(one.clone(), 25)]);
    let held = lake.held(&liste(), one.key).unwrap().unwrap();
    assert_eq!(
        (
            held.capture.status,
            held.capture.header("etag"),
            held.length
        ),
        (304, Some("\"1\""), 3)
    );
    assert_eq!((held.sha256, held.content), (one.sha256, one.sha256));
    assert_eq!(lake.body(held.sha256).unwrap(), "one");
    assert_eq!(
        lake.done(first, one.key).unwrap().unwrap().capture.change,
        Change::New
    );
    assert_eq!(
        lake.done(second, one.key).unwrap().unwrap().capture.change,
        Change::NotModified
    );
    let other = page("http://liste.example/2", "two");
    assert_eq!(lake.done(second, other.key).unwrap(), None);
    assert_eq!(
        lake.held(&SourceId::new("autre").unwrap(), one.key)
            .unwrap(),
        None
    );
    assert!(matches!(lake.body(other.sha256), Err(Error::NoBody(_))));
}

#[test]
fn pages_come_in_the_order_of_their_discovery() {
    let (_folder, lake) = lake();
    let mut pages = ["c", "a", "b"].map(|name| page(&format!("http://liste.example/{name}"), name));
    for (ordinal, page) in [2, 0, 1].into_iter().zip(&mut pages) {
        page.ordinal = ordinal;
    }
    let run = harvest(&lake, &liste(), 0, &pages);
    assert_eq!(bodies(&lake, run), ["a", "b", "c"]);
    assert_eq!(lake.pages(run).unwrap()[0].sha256, Digest::of(b"a"));
}

#[test]
fn a_body_is_there_before_it_is_indexed() {
    let (_folder, lake) = lake();
    let run = lake.begin_run(&liste(), at(0)).unwrap();
    let writer = lake.writer(run, &liste()).unwrap();
    let (tell, told) = channel();
    let page = page("http://liste.example/1", "one");
    writer.keep(page.clone(), move |kept| tell.send(kept).unwrap());
    told.recv().unwrap().unwrap();
    assert_eq!(lake.body(page.sha256).unwrap(), "one");
    drop(writer);
    assert_eq!(bodies(&lake, run), ["one"]);
}

#[test]
fn a_page_whose_body_the_archive_does_not_have_is_refused_and_the_next_is_kept() {
    let (_folder, lake) = lake();
    let run = lake.begin_run(&liste(), at(0)).unwrap();
    let gone = not_modified(page("http://liste.example/1", "gone"), 0);
    let kept = keep_all(
        &lake,
        run,
        &liste(),
        &[gone, page("http://liste.example/2", "two")],
    );
    assert!(matches!(kept[0], Err(Error::NoBody(_))), "{kept:?}");
    assert!(kept[1].is_ok());
    assert_eq!(bodies(&lake, run), ["two"]);
}

#[test]
fn a_body_of_twenty_megabytes_is_kept_and_read() {
    let (_folder, lake) = lake();
    let body: String = (0..20_000_000_u32)
        .map(|at| char::from(b'a' + (at.wrapping_mul(2_654_435_761) >> 24) as u8 % 26))
        .collect();
    let large = page("http://liste.example/1", &body);
    let run = harvest(
        &lake,
        &liste(),
        0,
        &[large.clone(), page("http://liste.example/2", "two"), large],
    );
    let bodies = bodies(&lake, run);
    assert!(bodies[0] == body && bodies[2] == body && bodies[1] == "two");
}

#[test]
fn an_address_is_found_exactly_by_its_beginning_and_a_body_by_its_digest() {
    let (_folder, lake) = lake();
    let mut pages =
        ["a/1", "a/2", "b"].map(|name| page(&format!("http://liste.example/{name}"), "same"));
    pages[2].capture.final_url = "http://liste.example/c".to_owned();
    harvest(&lake, &liste(), 0, &pages);
    let urls = |asked: &str| -> Vec<String> {
        lake.find(asked)
            .unwrap()
            .into_iter()
            .map(|entry| entry.url)
            .collect()
    };
    assert_eq!(
        urls("http://liste.example/a/1"),
        ["http://liste.example/a/1"]
    );
    assert_eq!(
        urls("http://liste.example/a/*"),
        ["http://liste.example/a/1", "http://liste.example/a/2"]
    );
    assert_eq!(urls("http://liste.example/c"), ["http://liste.example/b"]);
    assert!(urls("http://liste.example/").is_empty());
    let entries = lake.find_body(Digest::of(b"same")).unwrap();
    assert_eq!(entries.len(), 3);
    assert_eq!(lake.entry_capture(&entries[2]).unwrap().body, "same");
    let text = String::from_utf8(lake.entry_records(&entries[0]).unwrap()).unwrap();
    assert!(
        text.starts_with("WARC/1.1\r\nWARC-Type: response\r\n")
            && text.contains("WARC-Type: metadata\r\n"),
        "{text}"
    );
    let listed = lake.archive_files().unwrap();
    assert_eq!(
        (listed.len(), listed[0].pages, listed[0].outcome),
        (1, 3, Some(Outcome::Complete))
    );
}
