//! Parquet: rows of JSON values in, and out again.
//!
//! One layout for every table, of a release as of the lake: zstd, row groups of 100 000 rows, page index, bloom
//! filters on what is looked up; a release declares its order. Dates and instants are texts outside and numbers inside.

mod builder;
mod read;
mod write;

pub use read::{Rows, read_rows};
pub use write::write_rows;
pub(crate) use write::{Order, TableWriter};

#[cfg(test)]
mod tests;
