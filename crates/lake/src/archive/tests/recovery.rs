//! What kills, full disks and lost files leave.

use std::sync::mpsc::channel;

use bytes::Bytes;
use moisson_model::{Outcome, SourceId};

use super::{at, bodies, files, harvest, keep_all, lake, liste, page};
use crate::Lake;

#[test]
fn a_run_that_was_cut_short_is_taken_up_again_for_a_day() {
    let (_folder, lake) = lake();
    let run = lake.begin_run(&liste(), at(0)).unwrap();
    keep_all(
        &lake,
        run,
        &liste(),
        &[page("http://liste.example/1", "one")],
    );
    assert_ne!(lake.begin_replay(&liste(), at(1)).unwrap(), run);
    assert_eq!(lake.begin_run(&liste(), at(23)).unwrap(), run);
    keep_all(
        &lake,
        run,
        &liste(),
        &[page("http://liste.example/2", "two")],
    );
    assert_eq!(bodies(&lake, run), ["one", "two"]);
    assert_ne!(
        lake.begin_run(&SourceId::new("autre").unwrap(), at(23))
            .unwrap(),
        run
    );
    assert_ne!(lake.begin_run(&liste(), at(24)).unwrap(), run);
}

#[test]
fn a_run_whose_harvest_ended_is_not_taken_up_again() {
    let (_folder, lake) = lake();
    let run = harvest(&lake, &liste(), 0, &[page("http://liste.example/1", "one")]);
    let next = lake.begin_run(&liste(), at(1)).unwrap();
    assert_ne!(next, run);
    keep_all(
        &lake,
        next,
        &liste(),
        &[page("http://liste.example/1", "two")],
    );
    let runs = lake.captured_runs(&liste(), None, None).unwrap();
    assert_eq!(
        runs,
        [
            (run, at(0), Outcome::Complete),
            (next, at(1), Outcome::Partial)
        ]
    );
    assert_eq!(
        lake.captured_runs(&liste(), Some(at(1)), Some(at(1)))
            .unwrap()
            .len(),
        1
    );
    assert_eq!(
        lake.last_captured_run(&liste()).unwrap(),
        Some((run, Outcome::Complete))
    );
}

#[test]
fn a_full_disk_is_told_and_what_comes_later_is_kept() {
    let (folder, lake) = lake();
    let run = lake.begin_run(&liste(), at(0)).unwrap();
    let started = at(0).strftime("%Y%m%dT%H%M%SZ");
    let path = folder
        .path()
        .join(format!("harvest/liste/{started}-{:06}.warc.gz", run.0));
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::os::unix::fs::symlink("/dev/full", &path).unwrap();
    let writer = lake.writer(run, &liste()).unwrap();
    let (tell, told) = channel();
    let put = |body: &str| {
        let tell = tell.clone();
        writer.keep(page("http://liste.example/1", body), move |kept| {
            tell.send(kept).unwrap();
        });
        told.recv().unwrap()
    };
    let message = put("one").unwrap_err().to_string();
    assert!(
        message.contains(".warc.gz") && message.contains("space") && message.contains("make room"),
        "{message}"
    );
    std::fs::remove_file(&path).unwrap();
    std::fs::create_dir(&path).unwrap();
    assert!(put("two").is_err());
    std::fs::remove_dir(&path).unwrap();
    put("three").unwrap();
    writer.finish().unwrap();
    assert_eq!(bodies(&lake, run), ["three"]);
}

#[test]
fn an_archive_without_its_database_is_taken_in_again() {
    let (folder, lake) = lake();
    let first = harvest(&lake, &liste(), 0, &[page("http://liste.example/1", "one")]);
    harvest(&lake, &liste(), 1, &[page("http://liste.example/1", "two")]);
    drop(lake);
    for ending in ["", "-wal", "-shm"] {
        std::fs::remove_file(folder.path().join(format!("lake.sqlite{ending}"))).ok();
    }
    let foreign = folder.path().join("harvest/liste/else.warc.gz");
    std::fs::write(&foreign, b"of others").unwrap();
    let lake = Lake::open(folder.path()).unwrap();
    let run = lake.begin_run(&liste(), at(2)).unwrap();
    let runs = lake.captured_runs(&liste(), None, None).unwrap();
    assert_eq!(runs[0], (first, at(0), Outcome::Partial));
    assert_eq!(
        (bodies(&lake, runs[0].0), bodies(&lake, runs[1].0)),
        (vec![Bytes::from("one")], vec![Bytes::from("two")])
    );
    assert!(run > runs[1].0);
    assert_eq!(std::fs::read(foreign).unwrap(), b"of others");
}

#[test]
fn a_file_that_lost_its_end_or_is_gone_is_indexed_for_what_it_has() {
    let (folder, lake) = lake();
    let pages = ["1", "2"].map(|name| page(&format!("http://liste.example/{name}"), name));
    let run = harvest(&lake, &liste(), 0, &pages);
    let path = &files(folder.path())[0];
    let whole = std::fs::read(path).unwrap();
    std::fs::write(path, &whole[..whole.len() - 1]).unwrap();
    lake.begin_run(&liste(), at(1)).unwrap();
    assert_eq!(bodies(&lake, run), ["1"]);
    std::fs::remove_file(path).unwrap();
    lake.begin_run(&liste(), at(2)).unwrap();
    assert!(lake.pages(run).unwrap().is_empty());
    assert_eq!(lake.held(&liste(), pages[0].key).unwrap(), None);
}
