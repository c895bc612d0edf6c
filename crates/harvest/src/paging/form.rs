//! The `paging` key of a definition: forms of going on, told apart by their keys.
//!
//! One struct rather than an untagged enum: a wrong key is then named in the error, with its line and column. What
//! the keys mean together is a [`Form`].

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::look::{self, Look};
use super::window::Window;
use crate::error::Error;
use crate::spec::{Method, Spec, check_header};

/// The bound on pages where a source states none.
const PAGES: u64 = 100;
/// The bound on the pages that sitemaps name where a source states none.
const NAMED: u64 = 20_000;
/// Pages in a row without a record where a source states nothing: a summer of empty weeks.
const PATIENCE: u64 = 10;

/// How a listing goes on: one of `next`, `page`, `offset`, `cursor`, `sitemap`, or `window` alone or with one of the
/// first four, each with the keys that belong to it.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Paging {
    /// Where a page names the next one: a selector (`a[rel=next]@href`), a JSON pointer (`/links/next`), or
    /// `header:link` for the `Link` header with `rel=next` (RFC 8288).
    #[serde(default)]
    pub next: Option<String>,
    /// The parameter of a page number.
    #[serde(default)]
    pub page: Option<String>,
    /// The parameter of an offset.
    #[serde(default)]
    pub offset: Option<String>,
    /// The first page number, 1 where not stated; or the first offset, 0 where not stated.
    #[serde(default)]
    pub from: Option<u64>,
    /// By how much the offset grows.
    #[serde(default)]
    pub size: Option<u64>,
    /// Where the cursor stands in a response: a JSON pointer, a selector, or `header:NAME`.
    #[serde(default)]
    pub cursor: Option<String>,
    /// The parameter that the cursor goes into.
    #[serde(default)]
    pub parameter: Option<String>,
    /// What the parameter of `page`, `offset` or `cursor` is: a query parameter, a header, or a JSON pointer into
    /// the body.
    #[serde(default)]
    pub place: Option<Place>,
    /// Where a response says whether there is more, beside `page`, `offset` or `cursor`: `/pageInfo/hasNextPage`.
    #[serde(default)]
    pub more: Option<String>,
    /// Whether `url` is a sitemap or an index of sitemaps: every page that it names is a page of the listing.
    #[serde(default)]
    pub sitemap: bool,
    /// A regular expression on the addresses that sitemaps name; absent: every page is taken.
    #[serde(default, rename = "match")]
    pub pattern: Option<String>,
    /// Whether addresses of other hosts are taken out of sitemaps: the protocol does not allow them there.
    #[serde(default)]
    pub elsewhere: bool,
    /// Windows of dates, one after the other; each may have pages of its own.
    #[serde(default)]
    pub window: Option<Window>,
    /// Where a page announces how many records there are: a selector, a JSON pointer, or `header:NAME`. Fewer seen
    /// at the end is a partial harvest.
    #[serde(default)]
    pub total: Option<String>,
    /// The most pages to request, sitemaps not counted: 100 where not stated, 20,000 with `sitemap`. More to come is
    /// a partial harvest.
    #[serde(default)]
    pub pages: Option<u64>,
    /// How many pages in a row without a record end the listing: calendars lead to next month for ever.
    #[serde(default)]
    pub patience: Option<u64>,
}

/// Where a parameter goes.
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
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Form {
    /// One page, for each window where there are windows.
    Single,
    /// A link to the next page.
    Next(String),
    /// A number that grows: of pages, or of records passed over.
    Counted { from: u64, step: u64 },
    /// A cursor out of each response.
    Cursor(String),
    /// Sitemaps.
    Sitemap,
}

impl Paging {
    /// The one form that is stated, with its keys and no others.
    pub(super) fn form(&self) -> Result<Form, Error> {
        self.refuse_two_forms()?;
        self.refuse_foreign_keys()?;
        let form = match (&self.next, &self.page, &self.offset, &self.cursor) {
            (Some(look), ..) => Form::Next(look.clone()),
            (_, Some(_), ..) => Form::Counted {
                from: self.from.unwrap_or(1),
                step: 1,
            },
            (_, _, Some(_), _) => Form::Counted {
                from: self.from.unwrap_or_default(),
                step: self.step()?,
            },
            (.., Some(_)) if self.parameter.is_none() => {
                return refused("by `cursor` needs a `parameter`");
            }
            (.., Some(look)) => Form::Cursor(look.clone()),
            _ if self.sitemap => Form::Sitemap,
            _ => Form::Single,
        };
        Ok(form)
    }

    fn step(&self) -> Result<u64, Error> {
        match self.size {
            Some(size) if size > 0 => Ok(size),
            _ => refused("by `offset` needs a `size` above zero"),
        }
    }

    fn refuse_two_forms(&self) -> Result<(), Error> {
        let forms = [
            self.next.is_some(),
            self.page.is_some(),
            self.offset.is_some(),
            self.cursor.is_some(),
            self.sitemap,
        ];
        let stated = forms.iter().filter(|stated| **stated).count();
        if stated == 1 || (stated == 0 && self.window.is_some()) {
            return Ok(());
        }
        refused(
            "needs exactly one of `next`, `page`, `offset`, `cursor`, `sitemap`, `window`; a `window` may have one of the first four beside it",
        )
    }

    /// The parameter that tells pages apart, and where it goes.
    pub(super) fn parameter(&self) -> Option<(&str, Place)> {
        let stated = self.page.as_ref().or(self.offset.as_ref());
        let parameter = stated.or(self.parameter.as_ref())?;
        Some((parameter, self.place.unwrap_or_default()))
    }

    /// The most pages.
    pub(super) fn bound(&self) -> u64 {
        self.pages
            .unwrap_or(if self.sitemap { NAMED } else { PAGES })
    }

    /// The most pages in a row without a record.
    pub(super) fn patience(&self) -> u64 {
        self.patience.unwrap_or(PATIENCE)
    }

    fn refuse_foreign_keys(&self) -> Result<(), Error> {
        let counted = self.page.is_some() || self.offset.is_some();
        let placed = counted || self.cursor.is_some();
        let walked = !self.sitemap;
        let keys = [
            ("from", self.from.is_some(), counted, "`page` or `offset`"),
            (
                "size",
                self.size.is_some(),
                self.offset.is_some(),
                "`offset`",
            ),
            (
                "parameter",
                self.parameter.is_some(),
                self.cursor.is_some(),
                "`cursor`",
            ),
            (
                "place",
                self.place.is_some(),
                placed,
                "`page`, `offset` or `cursor`",
            ),
            (
                "more",
                self.more.is_some(),
                placed,
                "`page`, `offset` or `cursor`",
            ),
            ("match", self.pattern.is_some(), self.sitemap, "`sitemap`"),
            ("elsewhere", self.elsewhere, self.sitemap, "`sitemap`"),
            (
                "window",
                self.window.is_some(),
                walked,
                "a listing: a sitemap has no dates",
            ),
            (
                "total",
                self.total.is_some(),
                walked,
                "a listing: a sitemap announces nothing",
            ),
            (
                "patience",
                self.patience.is_some(),
                walked,
                "a listing: a sitemap has an end",
            ),
        ];
        match keys
            .into_iter()
            .find(|(_, stated, fits, _)| *stated && !fits)
        {
            None => Ok(()),
            Some((key, _, _, other)) => refused(&format!("has `{key}` without {other}")),
        }
    }

    /// Refuses what means nothing together, or cannot be sent.
    pub(crate) fn check(&self, spec: &Spec) -> Result<(), Error> {
        self.form()?;
        if self.pages == Some(0) || self.patience == Some(0) {
            return refused("has `pages` or `patience` of 0: at least one page is harvested");
        }
        if self.sitemap && spec.method == Method::Post {
            return refused("by `sitemap` is asked for with GET");
        }
        self.check_looks()?;
        if let Some((parameter, place)) = self.parameter() {
            check_place(spec, parameter, place)?;
        }
        let Some(window) = &self.window else {
            return Ok(());
        };
        window
            .check(self.bound())
            .or_else(|reason| refused(&reason))?;
        for parameter in window.parameters() {
            check_place(spec, parameter, window.place)?;
        }
        Ok(())
    }

    fn check_looks(&self) -> Result<(), Error> {
        if let Some(Look::Header(name)) = self.next.as_deref().map(Look::of)
            && !name.eq_ignore_ascii_case(look::LINK)
        {
            return refused("reads the next address in a header: that is `header:link` alone");
        }
        for look in [&self.cursor, &self.more, &self.total]
            .into_iter()
            .flatten()
        {
            if let Look::Header(name) = Look::of(look)
                && name.parse::<http::HeaderName>().is_err()
            {
                return refused(&format!("has `{look}`, which is no name of a header"));
            }
        }
        Ok(())
    }

    /// The selectors and pointers, each with its key: who reads pages tells whether they parse.
    pub(crate) fn selectors(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let stated = [
            ("paging.next", &self.next),
            ("paging.cursor", &self.cursor),
            ("paging.more", &self.more),
            ("paging.total", &self.total),
        ];
        let stated = stated
            .into_iter()
            .filter_map(|(key, look)| Some((key, look.as_deref()?)));
        stated.filter(|(_, look)| matches!(Look::of(look), Look::Page(_)))
    }
}

fn check_place(spec: &Spec, parameter: &str, place: Place) -> Result<(), Error> {
    match place {
        Place::Query if parameter.is_empty() => refused("has a parameter without a name"),
        Place::Query => Ok(()),
        Place::Header => check_header(parameter, ""),
        Place::Body => {
            let body = serde_json::from_str::<Value>(spec.body.as_deref().unwrap_or_default());
            let (parent, _) = parameter.rsplit_once('/').unwrap_or(("-", ""));
            let leads = |body: Value| body.pointer(parent).is_some_and(Value::is_object);
            if body.is_ok_and(leads) {
                return Ok(());
            }
            refused(&format!(
                "has `{parameter}` in the body: `body` must be a JSON object and this a pointer to a key in it, as `/variables/after`"
            ))
        }
    }
}

fn refused<T>(reason: &str) -> Result<T, Error> {
    Err(Error::Paging(reason.to_owned()))
}
