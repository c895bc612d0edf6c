//! Generated data: pseudo-words and chance from a seed, so that anyone gets the same bytes, and no text of others.
//!
//! What is generated is messy where real listings are: entities and white space in HTML, addresses without scheme,
//! dates in words, the same body under several spellings. It is regular mess all the same: figures are about it alone.

pub(crate) mod actors;
mod chance;
pub(crate) mod events;
pub(crate) mod organisations;
pub(crate) mod pages;
pub(crate) mod site;
#[cfg(test)]
mod tests;
mod words;

pub(crate) use chance::Chance;

/// The seed of every run.
pub(crate) const SEED: u64 = 2026;
