//! What is printed: one table for people, or the same as JSON.

use std::fmt;

use serde::Serialize;

use crate::arguments::{Arguments, Scale};
use crate::generate::SEED;
use crate::measure::{Figures, Measured, MeasuredPeer, Outcome};
use crate::workloads::harvest;

/// What no workload looks at.
const NOT_COMPARED: &str = "Not compared: what a network does to a harvest, the lake after it, several cores but for \
    the harvest, real pages. Words are made up: they compress and tokenise unlike real text.";

/// A run, measured.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    scale: Scale,
    seed: u64,
    rounds: u32,
    workloads: Vec<Measured>,
    pairs: Vec<Pair>,
    not_compared: &'static str,
}

/// Ours on one workload beside ours on another: theirs are two, or the second means nothing by itself.
#[derive(Debug, Serialize)]
struct Pair {
    workload: &'static str,
    beside: &'static str,
    /// Records per second, as a multiple.
    rate: f64,
    /// CPU of a record, as a multiple.
    cpu: Option<f64>,
    /// The most memory held, as a multiple.
    peak: Option<f64>,
}

impl Report {
    /// The report of a run.
    pub(crate) fn new(arguments: &Arguments, workloads: Vec<Measured>) -> Self {
        let pairs = [
            (harvest::AGAIN, harvest::FIRST),
            (harvest::FIRST, harvest::FEW),
        ];
        let pairs = pairs
            .iter()
            .filter_map(|(one, other)| pair(&workloads, one, other));
        Self {
            scale: arguments.scale,
            seed: SEED,
            rounds: arguments.rounds,
            pairs: pairs.collect(),
            workloads,
            not_compared: NOT_COMPARED,
        }
    }

    /// Whether no peer's output differs from ours: otherwise one of the two is wrong.
    pub(crate) fn is_right(&self) -> bool {
        let mut peers = self.workloads.iter().flat_map(|work| &work.peers);
        !peers.any(|peer| matches!(peer.outcome, Outcome::Wrong(_)))
    }
}

fn pair(all: &[Measured], workload: &'static str, beside: &'static str) -> Option<Pair> {
    let named = |name| all.iter().find(|measured| measured.workload == name);
    let (ours, other) = (&named(workload)?.ours, &named(beside)?.ours);
    #[expect(clippy::cast_precision_loss, reason = "no program holds 2^52 bytes")]
    let peak = |figures: &Figures| figures.peak_bytes.map(|bytes| bytes as f64);
    let times = |one: Option<f64>, other: Option<f64>| Some(one? / other?);
    Some(Pair {
        workload,
        beside,
        rate: ours.rate / other.rate,
        cpu: times(ours.cpu_microseconds, other.cpu_microseconds),
        peak: times(peak(ours), peak(other)),
    })
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "Scale {:?}, seed {}, median of {} rounds in turns. Ratio: our rate over the peer's, above 1 we are \
             faster. Spread: how far the rounds are apart.\n",
            self.scale, self.seed, self.rounds
        )?;
        writeln!(
            f,
            "{:<24}{:<20}{:>9}{:>9}{:>11}{:>7}{:>8}{:>8}{:>6}",
            "workload", "who", "records", "seconds", "records/s", "ratio", "spread", "cpu µs", "MB"
        )?;
        for measured in &self.workloads {
            line(f, measured.workload, "moisson", &measured.ours, None)?;
            measured
                .peers
                .iter()
                .try_for_each(|peer| peer_line(f, peer, &measured.ours))?;
        }
        writeln!(f)?;
        self.pairs
            .iter()
            .try_for_each(|pair| writeln!(f, "{pair}"))?;
        for measured in &self.workloads {
            writeln!(f, "{}. {}", measured.workload, measured.remark)?;
        }
        write!(f, "{}", self.not_compared)
    }
}

impl fmt::Display for Pair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} beside {}: {:.2} times the records per second",
            self.workload, self.beside, self.rate
        )?;
        if let Some(cpu) = self.cpu {
            write!(f, ", {cpu:.2} times the CPU of a record")?;
        }
        if let Some(peak) = self.peak {
            write!(f, ", {peak:.2} times the memory")?;
        }
        write!(f, ".")
    }
}

fn peer_line(f: &mut fmt::Formatter<'_>, peer: &MeasuredPeer, ours: &Figures) -> fmt::Result {
    let name = &peer.name;
    match &peer.outcome {
        Outcome::Same(theirs) => line(f, "", name, theirs, Some(ours.rate / theirs.rate)),
        Outcome::Wrong(why) => writeln!(f, "{:<24}{name:<20} WRONG: {why}", ""),
        Outcome::Missing => writeln!(f, "{:<24}{name:<20} not installed", ""),
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
    let spread = format!("{:.0} %", figures.spread * 100.0);
    let cpu = figures
        .cpu_microseconds
        .map_or_else(String::new, |cpu| format!("{cpu:.0}"));
    let peak = figures
        .peak_bytes
        .map_or_else(String::new, |bytes| (bytes / 1_000_000).to_string());
    writeln!(
        f,
        "{workload:<24}{who:<20}{:>9}{:>9.3}{:>11.0}{ratio:>7}{spread:>8}{cpu:>8}{peak:>6}",
        figures.records, figures.seconds, figures.rate
    )
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Measured, Outcome, Report, pair};
    use crate::arguments::Scale;
    use crate::measure::{Figures, MeasuredPeer, Round};

    fn figures(seconds: f64) -> Figures {
        Figures::new(100, vec![Duration::from_secs_f64(seconds).into()])
    }

    fn measured(workload: &'static str, ours: Figures, peers: Vec<MeasuredPeer>) -> Measured {
        Measured {
            workload,
            remark: "Pages.".to_owned(),
            ours,
            peers,
        }
    }

    fn report(outcome: Outcome) -> Report {
        let peers = vec![MeasuredPeer {
            name: "essai 1.0".to_owned(),
            outcome,
        }];
        Report {
            scale: Scale::Small,
            seed: 1,
            rounds: 1,
            workloads: vec![measured("extract: HTML", figures(0.5), peers)],
            pairs: Vec::new(),
            not_compared: "",
        }
    }

    #[test]
    fn a_ratio_stands_beside_each_peer() {
        let report = report(Outcome::Same(figures(1.0)));
        assert!(report.is_right());
        assert!(report.to_string().contains("2.00"), "{report}");
    }

    #[test]
    fn a_wrong_output_is_said_and_fails() {
        let report = report(Outcome::Wrong("one page is missing".to_owned()));
        assert!(!report.is_right());
        assert!(report.to_string().contains("WRONG: one page is missing"));
    }

    #[test]
    fn what_ours_does_with_another_input_is_put_beside() {
        let program = |seconds, cpu, peak| {
            let round = Round {
                seconds,
                cpu_seconds: Some(cpu),
                peak_bytes: Some(peak),
            };
            Figures::new(100, vec![round])
        };
        let all = [
            measured("first", program(4.0, 2.0, 100), Vec::new()),
            measured("again", program(1.0, 0.5, 125), Vec::new()),
        ];
        let text = pair(&all, "again", "first").unwrap().to_string();
        assert!(text.contains("4.00 times the records per second"), "{text}");
        assert!(
            text.contains("0.25 times the CPU of a record, 1.25 times the memory"),
            "{text}"
        );
        assert!(pair(&all, "again", "never").is_none());
    }
}
