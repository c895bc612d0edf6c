//! Measuring: our work and that of the peers in turns, so that a slow minute of the machine is shared by all.
//!
//! Every clock is inside its process and runs from data in memory to the result in memory: start-up, imports, reading
//! of files and the check of the output are outside. A peer whose output differs from ours has no figure.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::Result;
use serde::Serialize;

use crate::arguments::Arguments;
use crate::peer::{self, Answer};

/// A piece of work of one stage, ready to be done again and again.
pub(crate) struct Workload {
    /// Stage and input.
    pub(crate) name: &'static str,
    /// Records of the input.
    pub(crate) records: usize,
    /// What the clock sees, what else came out, and what is not compared.
    pub(crate) remark: String,
    /// Does the work once. Input is made anew before the clock starts, where the work consumes it.
    pub(crate) round: Box<dyn FnMut() -> Result<Duration>>,
    /// Who else does it.
    pub(crate) peers: Vec<Peer>,
}

/// Another program on the same data: a function of `peers.py`.
pub(crate) struct Peer {
    /// Name of the function.
    pub(crate) function: &'static str,
    /// Files that it is given.
    pub(crate) files: Vec<PathBuf>,
    /// Records among them, where it is given fewer.
    pub(crate) records: usize,
    /// What it must answer: the digest of the agreed form of the output.
    pub(crate) check: String,
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
    /// Its output is not ours.
    Wrong,
    /// The Python given lacks it.
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
    /// Wall seconds of each round.
    pub(crate) rounds: Vec<f64>,
}

impl Figures {
    /// The figures of rounds; there is one at least.
    pub(crate) fn new(records: usize, rounds: Vec<f64>) -> Self {
        let seconds = median(&rounds);
        #[expect(clippy::cast_precision_loss, reason = "no workload has 2^52 records")]
        let rate = records as f64 / seconds;
        Self {
            records,
            seconds,
            rate,
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
        ours.push((workload.round)()?.as_secs_f64());
        for (peer, answers) in workload.peers.iter().zip(&mut answers) {
            answers.push(peer::ask(&arguments.python, peer)?);
        }
    }
    let peers = workload.peers.iter().zip(answers);
    Ok(Measured {
        workload: workload.name,
        remark: workload.remark.clone(),
        ours: Figures::new(workload.records, ours),
        peers: peers
            .map(|(peer, answers)| judged(peer, &answers))
            .collect(),
    })
}

fn judged(peer: &Peer, answers: &[Answer]) -> MeasuredPeer {
    let mut name = peer.function.to_owned();
    let mut rounds = Vec::new();
    let mut outcome = None;
    for answer in answers {
        match answer {
            Answer::Missing => outcome = Some(Outcome::Missing),
            Answer::Done(done) => {
                name.clone_from(&done.name);
                rounds.push(done.seconds);
                if done.check != peer.check {
                    outcome = Some(Outcome::Wrong);
                }
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
    use super::{Figures, Outcome, Peer, judged, median};
    use crate::peer::{Answer, Done};

    fn answer(seconds: f64, check: &str) -> Answer {
        Answer::Done(Done {
            name: "essai 1.0".to_owned(),
            seconds,
            check: check.to_owned(),
        })
    }

    fn peer() -> Peer {
        Peer {
            function: "essai",
            files: Vec::new(),
            records: 100,
            check: "abc".to_owned(),
        }
    }

    #[test]
    fn one_slow_round_does_not_count() {
        assert!((median(&[0.2, 9.0, 0.1]) - 0.2).abs() < f64::EPSILON);
        assert!((Figures::new(10, vec![0.2, 9.0, 0.1]).rate - 50.0).abs() < 1e-9);
    }

    #[test]
    fn a_peer_with_another_output_has_no_figure() {
        let measured = judged(&peer(), &[answer(0.1, "abc"), answer(0.1, "abd")]);
        assert!(matches!(measured.outcome, Outcome::Wrong));
        let measured = judged(&peer(), &[answer(0.1, "abc"), answer(0.1, "abc")]);
        assert!(matches!(measured.outcome, Outcome::Same(_)));
        assert_eq!(measured.name, "essai 1.0");
    }

    #[test]
    fn a_peer_that_is_not_installed_is_named_so() {
        let measured = judged(&peer(), &[Answer::Missing]);
        assert!(matches!(measured.outcome, Outcome::Missing));
    }
}
