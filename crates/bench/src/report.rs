//! What is printed: one table for people, or the same as JSON.

use std::fmt;

use serde::Serialize;

use crate::arguments::{Arguments, Scale};
use crate::generate::SEED;
use crate::measure::{Figures, Measured, Outcome};

/// What no workload looks at.
const NOT_COMPARED: &str = "Not compared: harvesting (the network decides), the lake, peak memory, several cores, real \
    pages. Words are made up: they compress and tokenise unlike real text.";

/// A run, measured.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    scale: Scale,
    seed: u64,
    rounds: u32,
    workloads: Vec<Measured>,
    not_compared: &'static str,
}

impl Report {
    /// The report of a run.
    pub(crate) fn new(arguments: &Arguments, workloads: Vec<Measured>) -> Self {
        Self {
            scale: arguments.scale,
            seed: SEED,
            rounds: arguments.rounds,
            workloads,
            not_compared: NOT_COMPARED,
        }
    }

    /// Whether no peer's output differs from ours: otherwise one of the two is wrong.
    pub(crate) fn is_right(&self) -> bool {
        let mut peers = self.workloads.iter().flat_map(|work| &work.peers);
        !peers.any(|peer| matches!(peer.outcome, Outcome::Wrong))
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "Scale {:?}, seed {}, median of {} rounds in turns, one core on each side. Ratio: our rate over the \
             peer's, above 1 we are faster.\n",
            self.scale, self.seed, self.rounds
        )?;
        writeln!(
            f,
            "{:<24}{:<22}{:>9}{:>11}{:>12}{:>8}",
            "workload", "who", "records", "seconds", "records/s", "ratio"
        )?;
        for measured in &self.workloads {
            line(f, measured.workload, "moisson", &measured.ours, None)?;
            for peer in &measured.peers {
                match &peer.outcome {
                    Outcome::Same(theirs) => {
                        let ratio = measured.ours.rate / theirs.rate;
                        line(f, "", &peer.name, theirs, Some(ratio))?;
                    }
                    Outcome::Wrong => writeln!(f, "{:<24}{:<22} WRONG output", "", peer.name)?,
                    Outcome::Missing => writeln!(f, "{:<24}{:<22} not installed", "", peer.name)?,
                }
            }
        }
        writeln!(f)?;
        for measured in &self.workloads {
            writeln!(f, "{}. {}", measured.workload, measured.remark)?;
        }
        write!(f, "{}", self.not_compared)
    }
}

fn line(
    f: &mut fmt::Formatter<'_>,
    workload: &str,
    who: &str,
    figures: &Figures,
    ratio: Option<f64>,
) -> fmt::Result {
    let ratio = ratio.map_or_else(String::new, |ratio| format!("{ratio:.2}"));
    writeln!(
        f,
        "{workload:<24}{who:<22}{:>9}{:>11.3}{:>12.0}{ratio:>8}",
        figures.records, figures.seconds, figures.rate
    )
}

#[cfg(test)]
mod tests {
    use super::{Measured, Outcome, Report};
    use crate::arguments::Scale;
    use crate::measure::{Figures, MeasuredPeer};

    fn report(outcome: Outcome) -> Report {
        let peers = vec![MeasuredPeer {
            name: "essai 1.0".to_owned(),
            outcome,
        }];
        Report {
            scale: Scale::Small,
            seed: 1,
            rounds: 1,
            workloads: vec![Measured {
                workload: "extract: HTML",
                remark: "Pages.".to_owned(),
                ours: Figures::new(100, vec![0.5]),
                peers,
            }],
            not_compared: "",
        }
    }

    #[test]
    fn a_ratio_stands_beside_each_peer() {
        let report = report(Outcome::Same(Figures::new(100, vec![1.0])));
        assert!(report.is_right());
        assert!(report.to_string().contains("2.00"), "{report}");
    }

    #[test]
    fn a_wrong_output_is_said_and_fails() {
        let report = report(Outcome::Wrong);
        assert!(!report.is_right());
        assert!(report.to_string().contains("WRONG"));
    }
}
