#![doc = include_str!("../README.md")]

mod address;
mod challenge;
mod client;
mod conditional;
mod decode;
mod error;
mod exchange;
mod explain;
mod failure;
mod fetch;
mod harvest;
mod host;
mod kept;
mod paging;
mod progress;
mod quantity;
mod retry;
mod robots;
mod secret;
mod sight;
mod soft_404;
mod spec;
#[cfg(test)]
mod testing;

pub use client::{Client, Clock, Settings};
pub use error::Error;
pub use explain::{Permission, Planned, Standing, explain};
pub use harvest::{Harvest, capture};
pub use kept::{HostState, Keeping, Kept, Links, Recording, Robots};
pub use paging::{Paging, Place, Window, without_fragment};
pub use progress::{Progress, Reason, Tally};
pub use robots::{Decision, RobotsTxt, Rule};
pub use secret::Secret;
pub use spec::{Method, Spec};
