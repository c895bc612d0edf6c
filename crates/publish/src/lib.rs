#![doc = include_str!("../README.md")]

mod spec;

mod error;

mod content;
mod folder;

mod context;
mod field;
mod iri;
mod licence;
mod node;
mod nquads;

mod dump;
mod jsonld;
pub mod parquet;
mod tables;

mod manifest;
mod papers;

mod release;

pub use content::{Content, Redirect, SourceRecord, Tombstone};
pub use context::{CONTEXT_VERSION, context, context_iri};
pub use error::Error;
pub use field::{Field, arrow_schema};
pub use folder::{File, Folder};
pub use licence::licence_iri;
pub use release::{Release, release};
pub use spec::{Dataset, Edition, Spec};
