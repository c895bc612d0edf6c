//! Parquet: rows of JSON values in, and out again.
//!
//! One layout for every table, of a release as of the lake: zstd, row groups of 100 000 rows, page index, bloom
//! filters on what is looked up, declared order. Dates and instants are texts outside and numbers inside.

mod builder;
mod read;
mod write;

pub use read::{Rows, read_rows};
pub(crate) use write::TableWriter;
pub use write::write_rows;

#[cfg(test)]
mod tests;
