#![doc = include_str!("../README.md")]

mod address;
mod client;
mod conditional;
mod error;
mod exchange;
mod failure;
mod fetch;
mod harvest;
mod host;
mod kept;
mod paging;
mod quantity;
mod retry;
mod robots;
mod spec;
#[cfg(test)]
mod testing;

pub use client::{Client, Clock, Settings};
pub use error::Error;
pub use harvest::{Harvest, capture};
pub use kept::{Kept, Links, Robots};
pub use paging::{Paging, Place, Window};
pub use spec::{Method, Spec};
