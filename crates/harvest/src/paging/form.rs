//! The `paging` key of a definition: four forms of going on, told apart by their keys.
//!
//! One struct rather than an untagged enum: a wrong key is then named in the error, with its line and column.

use serde::{Deserialize, Serialize};

use crate::error::Error;

/// The bound on pages where a source states none.
const PAGES: usize = 100;

/// How a listing goes on: exactly one of `next`, `page`, `offset`, `cursor`, with the keys that belong to it.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Paging {
    /// Where a page names the next one.
    #[serde(default)]
    pub next: Option<String>,
    /// The query parameter of a page number.
    #[serde(default)]
    pub page: Option<String>,
    /// The first page number; 1 where not stated.
    #[serde(default)]
    pub from: Option<u64>,
    /// The query parameter of an offset.
    #[serde(default)]
    pub offset: Option<String>,
    /// By how much the offset grows.
    #[serde(default)]
    pub size: Option<u64>,
    /// JSON pointer to the cursor in a response.
    #[serde(default)]
    pub cursor: Option<String>,
    /// Where the cursor goes: a query parameter, a header, or a JSON pointer into the body.
    #[serde(default)]
    pub parameter: Option<String>,
    /// Which of the three `parameter` is.
    #[serde(default)]
    pub place: Option<Place>,
    /// The most pages to request; more to come is a partial harvest.
    #[serde(default = "pages")]
    pub pages: usize,
}

/// Where a cursor goes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Place {
    /// A query parameter.
    #[default]
    Query,
    /// A header.
    Header,
    /// A value in the JSON body.
    Body,
}

/// A form of paging, checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form<'a> {
    /// A link to the next page.
    Next(&'a str),
    /// A number in a query parameter.
    Page {
        /// The parameter.
        parameter: &'a str,
        /// The first number.
        from: u64,
    },
    /// An offset in a query parameter.
    Offset {
        /// The parameter.
        parameter: &'a str,
        /// The step.
        size: u64,
    },
    /// A cursor out of each response.
    Cursor {
        /// Where it stands in a response.
        pointer: &'a str,
        /// Where it goes in a request.
        parameter: &'a str,
        /// Which part of the request that is.
        place: Place,
    },
}

impl Paging {
    /// The one form that is stated, with its keys and no others.
    pub fn form(&self) -> Result<Form<'_>, Error> {
        let refused = |reason: &str| Err(Error::Paging(reason.to_owned()));
        if self.pages == 0 {
            return refused("has `pages = 0`: at least one page is harvested");
        }
        let stated = (&self.next, &self.page, &self.offset, &self.cursor);
        let form = match stated {
            (Some(selector), None, None, None) => Form::Next(selector),
            (None, Some(parameter), None, None) => Form::Page {
                parameter,
                from: self.from.unwrap_or(1),
            },
            (None, None, Some(parameter), None) => match self.size {
                Some(size) if size > 0 => Form::Offset { parameter, size },
                _ => return refused("by `offset` needs a `size` above zero"),
            },
            (None, None, None, Some(pointer)) => match &self.parameter {
                Some(parameter) => Form::Cursor {
                    pointer,
                    parameter,
                    place: self.place.unwrap_or_default(),
                },
                None => return refused("by `cursor` needs a `parameter`"),
            },
            _ => return refused("needs exactly one of `next`, `page`, `offset`, `cursor`"),
        };
        match form {
            Form::Page { .. } => {}
            _ if self.from.is_some() => return refused("has `from` without `page`"),
            _ => {}
        }
        if self.size.is_some() && self.offset.is_none() {
            return refused("has `size` without `offset`");
        }
        if self.cursor.is_none() && (self.parameter.is_some() || self.place.is_some()) {
            return refused("has `parameter` or `place` without `cursor`");
        }
        Ok(form)
    }
}

fn pages() -> usize {
    PAGES
}
