//! Measuring: our work and that of the peers in turns, so that a slow minute of the machine is shared by all.
//!
//! A stage has its clock inside its process, from data in memory to the result in memory: start-up, imports, reading of
//! files and the check of the output are outside. A program that is measured whole has it around the process. Who does
//! other work than asked has no figure.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Result;
use serde::{Deserialize, Serialize};

use crate::arguments::Arguments;

/// A piece of work of one stage, ready to be done again and again.
pub(crate) struct Workload {
    /// Stage and input.
    pub(crate) name: &'static str,
    /// Records of the input.
    pub(crate) records: usize,
    /// What the clock sees, what else came out, and what is not compared.
    pub(crate) remark: String,
    /// Does the work once. Input is made anew before the clock starts, where the work consumes it.
    pub(crate) round: Box<dyn FnMut() -> Result<Round>>,
    /// Who else does it.
    pub(crate) peers: Vec<Peer>,
}

/// Another program on the same data.
pub(crate) struct Peer {
    /// Its name; it adds its version.
    pub(crate) name: &'static str,
    /// Records of the input, where it is given fewer.
    pub(crate) records: usize,
    /// Does the work once.
    pub(crate) round: Asking,
}

/// Asks a peer once; a library is one of the Python given.
pub(crate) type Asking = Box<dyn FnMut(&Path) -> Result<Answer>>;

/// What came of asking a peer once.
#[derive(Debug)]
pub(crate) enum Answer {
    /// The same work is done, under this name and version.
    Same(String, Round),
    /// Other work, and how it differs.
    Wrong(String),
    /// It is not installed.
    Missing,
}

/// What the work took, once.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Round {
    /// Wall clock.
    pub(crate) seconds: f64,
    /// Of all processors, where a whole program is measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cpu_seconds: Option<f64>,
    /// The most memory held, where a whole program is measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) peak_bytes: Option<u64>,
}

impl From<Duration> for Round {
    fn from(elapsed: Duration) -> Self {
        Self {
            seconds: elapsed.as_secs_f64(),
            cpu_seconds: None,
            peak_bytes: None,
        }
    }
}

/// A workload, measured.
#[derive(Debug, Serialize)]
pub(crate) struct Measured {
    pub(crate) workload: &'static str,
    pub(crate) remark: String,
    pub(crate) ours: Figures,
    pub(crate) peers: Vec<MeasuredPeer>,
}

/// A peer, measured.
#[derive(Debug, Serialize)]
pub(crate) struct MeasuredPeer {
    pub(crate) name: String,
    #[serde(flatten)]
    pub(crate) outcome: Outcome,
}

/// What came of a peer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Outcome {
    /// It did the same work.
    Same(Figures),
    /// It did other work: how it differs.
    Wrong(String),
    /// It is not installed.
    Missing,
}

/// Figures of one side.
#[derive(Debug, Serialize)]
pub(crate) struct Figures {
    pub(crate) records: usize,
    /// Wall seconds, median.
    pub(crate) seconds: f64,
    /// Records per second, of the median.
    pub(crate) rate: f64,
    /// How far the rounds are apart, as a share of the median.
    pub(crate) spread: f64,
    /// CPU microseconds of a record, median.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cpu_microseconds: Option<f64>,
    /// The most memory held in any round.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) peak_bytes: Option<u64>,
    /// Each round.
    pub(crate) rounds: Vec<Round>,
}

impl Figures {
    /// The figures of rounds; there is one at least.
    #[expect(clippy::cast_precision_loss, reason = "no workload has 2^52 records")]
    pub(crate) fn new(records: usize, rounds: Vec<Round>) -> Self {
        let all: Vec<f64> = rounds.iter().map(|round| round.seconds).collect();
        let cpu: Vec<f64> = rounds
            .iter()
            .filter_map(|round| round.cpu_seconds)
            .collect();
        let seconds = median(&all);
        let longest = all.iter().copied().fold(seconds, f64::max);
        let shortest = all.iter().copied().fold(seconds, f64::min);
        Self {
            records,
            seconds,
            rate: records as f64 / seconds,
            spread: (longest - shortest) / seconds,
            cpu_microseconds: (!cpu.is_empty()).then(|| median(&cpu) * 1e6 / records as f64),
            peak_bytes: rounds.iter().filter_map(|round| round.peak_bytes).max(),
            rounds,
        }
    }
}

/// How long some work takes, and what it gives.
pub(crate) fn timed<T>(work: impl FnOnce() -> T) -> (Duration, T) {
    let start = Instant::now();
    let result = work();
    (start.elapsed(), result)
}

/// Runs a workload and its peers, in turns.
pub(crate) fn run(workload: &mut Workload, arguments: &Arguments) -> Result<Measured> {
    let mut ours = Vec::new();
    let mut answers: Vec<Vec<Answer>> = workload.peers.iter().map(|_| Vec::new()).collect();
    for _ in 0..arguments.rounds {
        ours.push((workload.round)()?);
        for (peer, answers) in workload.peers.iter_mut().zip(&mut answers) {
            answers.push((peer.round)(&arguments.python)?);
        }
    }
    let peers = workload.peers.iter().zip(answers);
    Ok(Measured {
        workload: workload.name,
        remark: workload.remark.clone(),
        ours: Figures::new(workload.records, ours),
        peers: peers.map(|(peer, answers)| judged(peer, answers)).collect(),
    })
}

/// One outcome of all rounds: whoever was wrong once is wrong.
fn judged(peer: &Peer, answers: Vec<Answer>) -> MeasuredPeer {
    let mut name = peer.name.to_owned();
    let mut rounds = Vec::new();
    let mut outcome = None;
    for answer in answers {
        match answer {
            Answer::Missing => outcome = Some(Outcome::Missing),
            Answer::Wrong(why) => outcome = Some(Outcome::Wrong(why)),
            Answer::Same(named, round) => {
                name = named;
                rounds.push(round);
            }
        }
    }
    let same = || Outcome::Same(Figures::new(peer.records, rounds));
    MeasuredPeer {
        name,
        outcome: outcome.unwrap_or_else(same),
    }
}

/// The middle value; of an even number, the lower of the two.
fn median(rounds: &[f64]) -> f64 {
    let mut sorted = rounds.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len().saturating_sub(1) / 2;
    sorted.get(middle).copied().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Answer, Figures, Outcome, Peer, Round, judged, median};

    fn round(seconds: f64) -> Round {
        Duration::from_secs_f64(seconds).into()
    }

    fn same(seconds: f64) -> Answer {
        Answer::Same("essai 1.0".to_owned(), round(seconds))
    }

    fn peer() -> Peer {
        Peer {
            name: "essai",
            records: 100,
            round: Box::new(|_| Ok(Answer::Missing)),
        }
    }

    #[test]
    fn one_slow_round_does_not_count_and_is_seen() {
        assert!((median(&[0.2, 9.0, 0.1]) - 0.2).abs() < f64::EPSILON);
        let figures = Figures::new(10, [0.2, 9.0, 0.1].map(round).to_vec());
        assert!((figures.rate - 50.0).abs() < 1e-9);
        assert!((figures.spread - 44.5).abs() < 1e-9);
        assert_eq!(figures.cpu_microseconds, None);
    }

    #[test]
    fn a_whole_program_has_its_processors_and_its_most_memory() {
        let program = |cpu, peak| Round {
            seconds: 1.0,
            cpu_seconds: Some(cpu),
            peak_bytes: Some(peak),
        };
        let figures = Figures::new(
            1000,
            vec![program(0.5, 7), program(0.4, 9), program(0.6, 8)],
        );
        assert!((figures.cpu_microseconds.unwrap() - 500.0).abs() < 1e-9);
        assert_eq!(figures.peak_bytes, Some(9));
    }

    #[test]
    fn a_peer_that_did_other_work_once_has_no_figure() {
        let wrong = || Answer::Wrong("one page is missing".to_owned());
        let measured = judged(&peer(), vec![same(0.1), wrong(), same(0.1)]);
        assert!(matches!(measured.outcome, Outcome::Wrong(_)));
        let measured = judged(&peer(), vec![same(0.1), same(0.1)]);
        assert!(matches!(measured.outcome, Outcome::Same(_)));
        assert_eq!(measured.name, "essai 1.0");
    }

    #[test]
    fn a_peer_that_is_not_installed_is_named_so() {
        let measured = judged(&peer(), vec![Answer::Missing]);
        assert!(matches!(measured.outcome, Outcome::Missing));
    }
}
