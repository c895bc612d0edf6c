#![doc = include_str!("../README.md")]

mod countries;
mod coverage;
mod dates;
mod entities;
mod error;
mod fold;
mod languages;
mod mapping;
mod moments;
mod personal;
mod reference;
mod rules;
mod spec;
mod steps;
mod validate;

pub use entities::{Normalised, entities};
pub use error::Error;
pub use rules::Rules;
pub use spec::{Also, Epoch, From, FromTable, Meaning, Spec};
pub use steps::{STEPS, Step};
