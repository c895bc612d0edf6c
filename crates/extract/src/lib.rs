#![doc = include_str!("../README.md")]

mod csv;
mod encoding;
mod error;
mod extractor;
mod feed;
mod format;
mod html;
mod ical;
mod json;
mod jsonld;
mod links;
mod page;
mod pointer;
mod rendering;
mod selector;
mod sitemap;
mod spec;
mod zone;

pub use error::Error;
pub use extractor::{Extraction, Extractor, detail, records};
pub use format::Format;
pub use links::{check_selector, see};
pub use sitemap::{check_pattern, sitemap};
pub use spec::{Csv, Detail, Field, FieldTable, Ordered, Records, Spec};

#[cfg(test)]
mod tests;
