#![doc = include_str!("../README.md")]
#![expect(
    clippy::disallowed_methods,
    reason = "this is the crate that touches the disk"
)]

mod archive;
pub mod between;
pub mod content;
mod error;
pub mod files;
mod history;
mod lake;
mod ledger;
pub mod owner;
pub mod recording;
mod releases;
pub mod resolution;
pub mod rows;
mod sqlite;
mod staging;
#[cfg(test)]
mod tests;
pub mod tree;
mod warc;
mod word;

pub use archive::{Entry, Page, Removed, RunFile, Writer};
pub use error::Error;
pub use history::{Lease, Run, RunCommit, RunId, RunSummary, StoredEntity, StoredRobots};
pub use lake::Lake;
pub use ledger::{Ledger, LedgerChange, Minted, Redirect, Tombstone};
pub use releases::ReleaseRecord;
pub use staging::Folder;
