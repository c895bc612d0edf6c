//! Whatever is exchanged, wherever a kill cuts, whatever goes.

use moisson_model::{Capture, Exchange};
use proptest::prelude::*;

use super::{at, files, harvest, keep_all, lake, liste};
use crate::warc::canonical;
use crate::warc::tests::exchanges;
use crate::{Lake, RunId};

/// What the archive is to say of exchanges kept.
fn expected(exchanges: &[Exchange]) -> Vec<(Capture, u64)> {
    let canonical = exchanges.iter().map(|exchange| canonical(exchange.clone()));
    canonical
        .map(|exchange| (exchange.capture, exchange.ordinal))
        .collect()
}

fn told(lake: &Lake, run: RunId) -> Vec<(Capture, u64)> {
    let pages = lake.pages(run).unwrap();
    pages
        .iter()
        .map(|page| (lake.capture(page).unwrap(), page.ordinal))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// Wherever a kill cuts a file, the exchanges that end before the cut are all there, and no other; and the run goes
    /// on behind them.
    #[test]
    fn a_file_cut_anywhere_is_recovered_up_to_the_cut(all in exchanges(8), indexed in 0..8_usize, cut in 0.0..1.0_f64) {
        let (folder, whole) = lake();
        let run = harvest(&whole, &liste(), 0, &all);
        let path = files(folder.path()).remove(0);
        let bytes = std::fs::read(&path).unwrap();
        let entries: Vec<u64> = whole.database.standing(run).unwrap().iter().map(|at| at.offset + at.size).collect();

        let (folder, lake) = lake();
        let run = lake.begin_run(&liste(), at(0)).unwrap();
        let indexed = indexed.min(all.len());
        keep_all(&lake, run, &liste(), &all[..indexed]);
        let again = folder.path().join("harvest/liste").join(path.file_name().unwrap());
        let known = std::fs::read(&again).unwrap_or_default();
        prop_assert!(bytes.starts_with(&known), "the same exchanges give the same bytes");
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "a place in a small file")]
        let cut = known.len() + ((bytes.len() - known.len()) as f64 * cut) as usize;
        std::fs::create_dir_all(again.parent().unwrap()).unwrap();
        std::fs::write(&again, &bytes[..cut]).unwrap();

        prop_assert_eq!(lake.begin_run(&liste(), at(1)).unwrap(), run);
        let whole = entries.iter().filter(|end| **end <= cut as u64).count();
        prop_assert_eq!(told(&lake, run), expected(&all[..whole]));
        keep_all(&lake, run, &liste(), &all[whole..]);
        prop_assert_eq!(std::fs::read(&again).unwrap(), bytes);
        prop_assert_eq!(told(&lake, run), expected(&all));
    }

    /// A purge takes what it names, and leaves every other page with the same bytes; so does retention.
    #[test]
    fn a_purge_and_a_pruning_leave_every_other_page_as_it_was(runs in proptest::collection::vec(exchanges(6), 1..4), prune: bool) {
        let (_folder, lake) = lake();
        let runs: Vec<(RunId, Vec<Exchange>)> = (0..).zip(runs).map(|(day, all)| (harvest(&lake, &liste(), day * 24, &all), all)).collect();
        let gone = "http://liste.example/1";
        let newest = runs.last().unwrap().0;
        if prune {
            lake.prune(&liste(), at(1000)).unwrap();
        } else {
            lake.purge(gone).unwrap();
        }
        for (run, all) in &runs {
            let stays: Vec<Exchange> = all.iter().filter(|exchange| if prune { *run == newest } else { exchange.capture.url != gone }).cloned().collect();
            prop_assert_eq!(told(&lake, *run), expected(&stays));
        }
        let again = harvest(&lake, &liste(), 200, &runs[0].1);
        prop_assert_eq!(told(&lake, again), expected(&runs[0].1));
    }
}
