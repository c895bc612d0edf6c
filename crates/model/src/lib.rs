#![doc = include_str!("../README.md")]

mod capture;
mod cluster;
mod digest;
mod entity;
mod id;
mod issue;
mod kind;
mod provenance;
mod record;
mod release;
mod schema;
mod sight;
mod sitemap;
mod source;
mod vocabulary;

pub use capture::{Capture, Change, Evidence, Exchange, Held, Request, Role};
pub use cluster::{Cluster, Edge, Judge, Reason};
pub use digest::Digest;
pub use entity::{Entity, Member, Reference, Trace};
pub use id::{EntityId, RecordKey, SourceId};
pub use issue::{Issue, Level, Reject, Stage};
pub use kind::Kind;
pub use provenance::Provenance;
pub use record::{Fields, Record};
pub use release::{Cause, FetchStatus, Outcome, Row, SourceState, Version};
pub use schema::{Column, Schema, SchemaError, Shape, Target};
pub use sight::{Seen, Wanted};
pub use sitemap::{Location, Sitemap};
pub use source::{Label, Licence, Publisher, Redistribution, Source};
pub use vocabulary::{Concept, Vocabularies, Vocabulary};
