#![doc = include_str!("../README.md")]

mod answer;
mod error;
mod health;
mod media;
mod range;
mod router;
pub mod sites;

pub use error::Error;
pub use health::{Health, SourceHealth};
pub use media::media_type;
pub use router::{Published, serve};
