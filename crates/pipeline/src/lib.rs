#![doc = include_str!("../README.md")]

pub mod cadence;
pub mod definition;
pub mod engine;
pub mod error;
pub mod expect;
pub mod files;
mod kept;
mod links;
pub mod locate;
pub mod problem;
pub mod project;
mod records;
pub mod release;
pub mod retention;
pub mod run;
pub mod schedule;

pub use engine::{Engine, Event, Machine, Observer, Program, SecretValue};
pub use error::Error;
pub use kept::{HostStatus, unwell_hosts};
pub use problem::Problem;
pub use project::Project;
pub use release::ReleaseReport;
pub use run::{Explanation, Mode, Period, SourceReport};
pub use schedule::{Settings, Tick};
