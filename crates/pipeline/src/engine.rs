//! What a run needs, held together: the declarations, the lake, the client, the clock, the stop.
//!
//! The clock is the operator's: the real one, or a set one, so that a run can be repeated to the byte. The stop is
//! looked at between requests and between sources: what is in flight is finished, nothing new is begun.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use jiff::Timestamp;
use moisson_harvest::{Client, Clock, Progress, Secret};
use moisson_lake::Lake;
use moisson_model::{Digest, Outcome, SourceId, Version};

use crate::project::Project;
use crate::run::SourceReport;

/// Something that an operator may want to see as it happens.
#[derive(Debug, Clone)]
pub enum Event {
    /// A source's run begins.
    Started(SourceId),
    /// Something happened as a source was harvested.
    Harvest(SourceId, Progress),
    /// A source's run ended.
    Ended(Box<SourceReport>),
    /// A dataset is being resolved.
    Resolving(String),
    /// A release is being written.
    Publishing(String, Version),
}

/// Who is shown the events; called from any thread, and quick.
pub type Observer = Arc<dyn Fn(&Event) + Send + Sync>;

/// Everything a run needs.
pub struct Engine {
    /// What is declared.
    pub project: Project,
    /// Where everything is kept.
    pub lake: Lake,
    /// The one polite client of this process.
    pub client: Client,
    /// The clock.
    pub clock: Clock,
    /// Set when the operator wants to stop.
    pub stop: Arc<AtomicBool>,
    /// Who is shown what happens.
    pub observer: Observer,
    /// The program that makes the releases.
    pub program: Program,
    /// The machine it runs on.
    pub machine: Machine,
}

/// The value of a secret, or why there is none.
pub type SecretValue = Result<String, String>;

/// What only the machine can tell.
#[derive(Clone)]
pub struct Machine {
    /// The time as it is, whatever the run's clock was set to: hosts rest in it.
    pub clock: Clock,
    /// The name of this process, by which it takes leases.
    pub process: String,
    /// Reads a secret where a definition says it is.
    pub secret: Arc<dyn Fn(&Secret) -> SecretValue + Send + Sync>,
}

/// The program, as releases name it.
#[derive(Debug, Clone)]
pub struct Program {
    /// Its version.
    pub version: String,
    /// The commit it was built from; forty zeros where unknown.
    pub git_commit: String,
}

impl Engine {
    /// The time, by the run's clock.
    pub fn now(&self) -> Timestamp {
        (self.clock)()
    }

    /// Whether the operator asked to stop.
    pub fn stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// What a source's entities are a function of, beside its captures: its definition, the contract, the program.
    pub(crate) fn rules_digest(&self, definition: Digest) -> Digest {
        let (definition, contract) = (
            definition.to_string(),
            self.project.contract.digest.to_string(),
        );
        Digest::of_parts([definition.as_str(), &self.program.version, &contract])
    }

    pub(crate) fn tell(&self, event: &Event) {
        (self.observer)(event);
    }
}

/// Whether an outcome leaves a whole set behind.
pub(crate) const fn is_good(outcome: Outcome) -> bool {
    matches!(outcome, Outcome::Complete | Outcome::Unchanged)
}
