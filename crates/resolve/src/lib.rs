#![doc = include_str!("../README.md")]

mod calendar;
mod compare;
mod component;
mod error;
mod features;
mod identifier;
mod judgements;
mod keys;
mod merge;
mod name;
mod relation;
mod rules;
mod site;
mod spec;
mod words;

pub use compare::{Comparison, Zone, compare};
pub use component::split;
pub use error::Error;
pub use features::{Features, features, reference_features};
pub use identifier::mint;
pub use judgements::{Decision, Judgement, Judgements};
pub use keys::{Key, Scheme, keys};
pub use merge::{Merged, merge, order};
pub use relation::{RelationKey, relation_key};
pub use rules::Rules;
pub use spec::Spec;
