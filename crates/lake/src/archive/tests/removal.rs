//! Purges and retention.

use std::sync::mpsc::channel;

use bytes::Bytes;
use moisson_model::{Digest, SourceId};

use super::{
    at, bodies, count, files, harvest, keep_all, lake, liste, not_modified, page, records,
};
use crate::Error;

#[test]
fn a_purge_leaves_no_trace_of_an_address_and_all_else_as_it_was() {
    let (folder, lake) = lake();
    let secret = page("http://liste.example/secret", "same");
    let other = SourceId::new("autre").unwrap();
    let first = harvest(
        &lake,
        &liste(),
        0,
        &[
            secret.clone(),
            page("http://liste.example/2", "two"),
            page("http://liste.example/3", "same"),
        ],
    );
    let second = harvest(
        &lake,
        &liste(),
        25,
        &[
            not_modified(secret, 25),
            page("http://liste.example/3", "same"),
        ],
    );
    let mut led = page("http://autre.example/1", "led");
    led.capture.final_url = "http://liste.example/secret".to_owned();
    let third = harvest(
        &lake,
        &other,
        26,
        &[page("http://autre.example/", "same"), led],
    );
    let removed = lake.purge("http://liste.example/secret").unwrap();
    assert_eq!((removed.pages, removed.files, removed.rewritten), (3, 0, 3));
    assert_eq!(
        (
            bodies(&lake, first),
            bodies(&lake, second),
            bodies(&lake, third)
        ),
        (
            vec!["two".into(), "same".into()],
            vec!["same".into()],
            vec!["same".into()]
        )
    );
    let all: String = files(folder.path())
        .iter()
        .map(|path| records(path))
        .collect();
    assert!(!all.contains("secret"), "{all}");
    assert_eq!(count(&all, "WARC-Type: response\r\n"), 2);
    assert_eq!(
        count(
            &all,
            "WARC-Refers-To-Target-URI: http://liste.example/3\r\n"
        ),
        2
    );
    let database = std::fs::read(folder.path().join("lake.sqlite")).unwrap();
    assert!(!database.windows(6).any(|six| six == b"secret"));
    assert_eq!(lake.purge("http://liste.example/secret").unwrap().pages, 0);
}

#[test]
fn a_file_that_a_purge_leaves_nothing_in_is_removed() {
    let (folder, lake) = lake();
    let run = harvest(&lake, &liste(), 0, &[page("http://liste.example/1", "one")]);
    let removed = lake.purge("http://liste.example/*").unwrap();
    assert_eq!((removed.pages, removed.files), (1, 1));
    assert!(removed.bytes > 0 && files(folder.path()).is_empty());
    assert!(lake.pages(run).unwrap().is_empty());
    let next = lake.begin_run(&liste(), at(1)).unwrap();
    keep_all(
        &lake,
        next,
        &liste(),
        &[page("http://liste.example/1", "one")],
    );
    assert_eq!(bodies(&lake, next), ["one"]);
}

#[test]
fn bodies_that_two_files_hold_for_each_other_survive_the_purge_of_both() {
    let (_folder, lake) = lake();
    // Each file has a page to go that holds a body, and a page to stay that refers to the other file's.
    let page = |name: &str, body: &str| page(&format!("http://liste.example/{name}"), body);
    let first = harvest(&lake, &liste(), 0, &[page("x/1", "one"), page("y", "zero")]);
    let second = harvest(&lake, &liste(), 25, &[page("x/2", "two"), page("a", "one")]);
    let run = lake.begin_run(&liste(), at(26)).unwrap();
    keep_all(
        &lake,
        run,
        &liste(),
        &[page("b", "two"), page("x/3", "three")],
    );
    lake.purge("http://liste.example/x/*").unwrap();
    assert_eq!(
        (
            bodies(&lake, first),
            bodies(&lake, second),
            bodies(&lake, run)
        ),
        (vec!["zero".into()], vec!["one".into()], vec!["two".into()])
    );
    keep_all(&lake, run, &liste(), &[page("c", "three")]);
    assert_eq!(bodies(&lake, run), ["two", "three"]);
}

#[test]
fn a_body_that_two_runs_kept_at_once_is_read_from_the_other_when_one_goes() {
    let (folder, lake) = lake();
    let (one, other) = (liste(), SourceId::new("autre").unwrap());
    let (first, second) = (
        lake.begin_run(&one, at(0)).unwrap(),
        lake.begin_run(&other, at(0)).unwrap(),
    );
    let writers = [(first, &one), (second, &other)];
    let writers = writers.map(|(run, source)| lake.writer(run, source).unwrap());
    let (tell, told) = channel();
    for (name, writer) in ["http://liste.example/1", "http://autre.example/1"]
        .into_iter()
        .zip(&writers)
    {
        let tell = tell.clone();
        writer.keep(page(name, "same"), move |kept| tell.send(kept).unwrap());
        told.recv().unwrap().unwrap();
    }
    for writer in writers {
        writer.finish().unwrap();
    }
    let all: String = files(folder.path())
        .iter()
        .map(|path| records(path))
        .collect();
    assert_eq!(count(&all, "WARC-Type: response\r\n"), 2);
    lake.purge("http://liste.example/1").unwrap();
    assert_eq!(bodies(&lake, second), ["same"]);
}

#[test]
fn a_rewriting_that_was_cut_short_after_its_commit_is_brought_to_its_end() {
    let (folder, lake) = lake();
    let run = harvest(&lake, &liste(), 0, &[page("http://liste.example/1", "one")]);
    let path = files(folder.path()).remove(0);
    let aside = path.with_file_name("x.warc.gz.1-0.new");
    std::fs::rename(&path, &aside).unwrap();
    std::fs::write(&path, b"the file before").unwrap();
    let name = "liste/x.warc.gz.1-0.new";
    let standing = lake.database.standing(run).unwrap();
    let size = std::fs::metadata(&aside).unwrap().len();
    lake.database
        .rewritten(
            run,
            name,
            size,
            &standing,
            &std::collections::BTreeMap::new(),
        )
        .unwrap();
    assert_eq!(bodies(&lake, run), ["one"]);
    assert!(!aside.exists());
    std::fs::write(&aside, b"left behind").unwrap();
    lake.begin_run(&liste(), at(1)).unwrap();
    assert!(!aside.exists() && bodies(&lake, run) == ["one"]);
}

#[test]
fn retention_takes_old_runs_and_leaves_the_bodies_that_newer_ones_refer_to() {
    let (folder, lake) = lake();
    let one = page("http://liste.example/1", "one");
    let first = harvest(
        &lake,
        &liste(),
        0,
        &[one.clone(), page("http://liste.example/2", "two")],
    );
    let second = harvest(
        &lake,
        &liste(),
        25,
        &[
            not_modified(one.clone(), 25),
            page("http://liste.example/2", "three"),
        ],
    );
    let third = harvest(&lake, &liste(), 50, &[not_modified(one.clone(), 50)]);
    let removed = lake.prune(&liste(), at(10)).unwrap();
    assert_eq!((removed.pages, removed.files, removed.rewritten), (2, 1, 1));
    assert!(lake.pages(first).unwrap().is_empty());
    assert_eq!(
        (bodies(&lake, second), bodies(&lake, third)),
        (vec!["one".into(), "three".into()], vec!["one".into()])
    );
    assert!(matches!(
        lake.body(Digest::of(b"two")),
        Err(Error::NoBody(_))
    ));
    // The body went to the newest page: the next retention rewrites nothing.
    let removed = lake.prune(&liste(), at(30)).unwrap();
    assert_eq!((removed.files, removed.rewritten), (1, 0));
    assert_eq!(bodies(&lake, third), ["one"]);
    let text = records(&files(folder.path())[0]);
    assert_eq!(
        (
            count(&text, "WARC-Type: resource\r\n"),
            count(&text, "WARC-Type: revisit\r\n")
        ),
        (1, 1)
    );
    // The newest whole harvest always stays.
    let cut_short = lake.begin_run(&liste(), at(90)).unwrap();
    keep_all(
        &lake,
        cut_short,
        &liste(),
        &[page("http://liste.example/2", "four")],
    );
    assert_eq!(lake.prune(&liste(), at(1000)).unwrap().files, 0);
    assert_eq!(bodies(&lake, third), ["one"]);
}

#[test]
fn a_purge_waits_for_writers_and_writers_for_a_purge() {
    let (_folder, lake) = lake();
    let run = lake.begin_run(&liste(), at(0)).unwrap();
    let writer = lake.writer(run, &liste()).unwrap();
    let name = |number: usize| format!("http://liste.example/{}/{number}", number % 2);
    let purging = lake.clone();
    let purges = std::thread::spawn(move || {
        (0..5)
            .map(|_| purging.purge("http://liste.example/0/*").unwrap().pages)
            .sum::<u64>()
    });
    let (tell, told) = channel();
    for number in 0..600 {
        let (tell, mut page) = (
            tell.clone(),
            page(&name(number), &format!("body {}", number % 50)),
        );
        page.ordinal = number as u64;
        writer.keep(page, move |kept| tell.send(kept).unwrap());
        if number % 100 == 0 {
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
    }
    writer.finish().unwrap();
    let purged = purges.join().unwrap() + lake.purge("http://liste.example/0/*").unwrap().pages;
    assert_eq!(purged, 300);
    assert!((0..600).all(|_| told.recv().unwrap().is_ok()));
    let kept: Vec<Bytes> = (0..600)
        .filter(|number| number % 2 == 1)
        .map(|number| format!("body {}", number % 50).into())
        .collect();
    assert_eq!(bodies(&lake, run), kept);
}
