//! The stage: a definition compiled once, then captures in and records out.
//!
//! Reading never fails. What cannot be read is an issue, and the rest is kept.

use moisson_model::{Capture, Fields, Issue, Level, Record, Stage};

use crate::links::LazyPage;
use crate::page::Page;
use crate::spec::{Detail, Spec};
use crate::{Error, Format, csv, feed, html, ical, json, jsonld};

/// A compiled `[extract]` table. It holds no page and may be shared between threads.
#[derive(Debug, Clone)]
pub struct Extractor {
    format: Format,
    plan: Plan,
    detail: Option<(String, Plan)>,
}

/// The one place where formats meet.
#[derive(Debug, Clone)]
enum Plan {
    Html(html::Plan),
    Json(json::Plan),
    Csv(csv::Plan),
    Feed,
    Ical,
    Jsonld(jsonld::Plan),
}

/// What a capture gives.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Extraction {
    /// The records, in the order of the page.
    pub records: Vec<Record>,
    /// What could not be read.
    pub issues: Vec<Issue>,
}

impl Extractor {
    /// Compiles a definition: every selector, pointer and expression is parsed here or refused.
    pub fn new(spec: &Spec) -> Result<Self, Error> {
        refuse_foreign_keys(spec)?;
        let (records, fields) = (spec.records.as_ref(), spec.fields.as_ref());
        let plan = match spec.format {
            Format::Html => Plan::Html(html::Plan::new("fields", records, fields)?),
            Format::Json => Plan::Json(json::Plan::new("fields", records, fields)?),
            Format::Csv => Plan::Csv(csv::Plan::new(&spec.csv.clone().unwrap_or_default())?),
            Format::Feed => Plan::Feed,
            Format::Ical => Plan::Ical,
            Format::Jsonld => Plan::Jsonld(jsonld::Plan::new(records)?),
        };
        let detail = spec
            .detail
            .as_ref()
            .map(|detail| compile_detail(spec.format, detail));
        Ok(Self {
            format: spec.format,
            plan,
            detail: detail.transpose()?,
        })
    }

    /// What a format gives without a definition.
    pub fn library(format: Format) -> Self {
        let plan = match format {
            Format::Html => Plan::Html(html::Plan::library()),
            Format::Json => Plan::Json(json::Plan::library()),
            Format::Csv => Plan::Csv(csv::Plan::default()),
            Format::Feed => Plan::Feed,
            Format::Ical => Plan::Ical,
            Format::Jsonld => Plan::Jsonld(jsonld::Plan::Top),
        };
        Self {
            format,
            plan,
            detail: None,
        }
    }

    /// The format of the listing.
    pub const fn format(&self) -> Format {
        self.format
    }

    /// Whether records have pages of their own.
    pub const fn has_detail(&self) -> bool {
        self.detail.is_some()
    }

    /// The record field that holds the address of the record's page.
    pub fn detail_link(&self) -> Option<&str> {
        self.detail.as_ref().map(|(link, _)| link.as_str())
    }

    /// How many records a listing has.
    pub(crate) fn count(&self, capture: &Capture, page: &LazyPage<impl FnOnce() -> Page>) -> usize {
        match &self.plan {
            Plan::Html(_) if is_empty(capture) => 0,
            Plan::Html(plan) => html::count(plan, page),
            plan => read(plan, capture).0.len(),
        }
    }
}

fn compile_detail(format: Format, detail: &Detail) -> Result<(String, Plan), Error> {
    let (key, fields) = ("detail.fields", detail.fields.as_ref());
    let plan = match format {
        Format::Json => Plan::Json(json::Plan::new(key, None, fields)?),
        _ => Plan::Html(html::Plan::new(key, None, fields)?),
    };
    Ok((detail.link.clone(), plan))
}

fn refuse_foreign_keys(spec: &Spec) -> Result<(), Error> {
    let selects = matches!(spec.format, Format::Html | Format::Json);
    let places = selects || spec.format == Format::Jsonld;
    let foreign = [
        (
            "fields",
            spec.fields.is_some() && !selects,
            "its fields come as they stand",
        ),
        (
            "records",
            spec.records.is_some() && !places,
            "every entry is a record",
        ),
        (
            "csv",
            spec.csv.is_some() && spec.format != Format::Csv,
            "it has no delimiter",
        ),
    ];
    match foreign.into_iter().find(|(_, stands, _)| *stands) {
        None => Ok(()),
        Some((key, _, reason)) => Err(Error::Meaningless {
            key: key.to_owned(),
            format: spec.format,
            reason: reason.to_owned(),
        }),
    }
}

/// The records of a listing.
pub fn records(extractor: &Extractor, capture: &Capture) -> Extraction {
    let (found, mut issues) = read(&extractor.plan, capture);
    let provenance = capture.provenance();
    let record = |(index, fields)| Record {
        index,
        fields,
        provenance: provenance.clone(),
    };
    let records: Vec<Record> = found.into_iter().enumerate().map(record).collect();
    let is_explained = issues.iter().any(|issue| issue.level == Level::Error);
    if records.is_empty() && !is_explained {
        let message = format!("no record in this {} document", extractor.format);
        issues.push(Issue::warning(Stage::Extract, "no-records", message));
    }
    Extraction { records, issues }
}

/// The fields of the page of one record.
pub fn detail(extractor: &Extractor, capture: &Capture) -> (Fields, Vec<Issue>) {
    match &extractor.detail {
        None => (Fields::new(), Vec::new()),
        Some(_) if is_empty(capture) => (Fields::new(), vec![empty()]),
        Some((_, Plan::Json(plan))) => json::detail(plan, capture),
        Some((_, plan)) => {
            let (mut found, issues) = read(plan, capture);
            (found.pop().unwrap_or_default(), issues)
        }
    }
}

fn read(plan: &Plan, capture: &Capture) -> (Vec<Fields>, Vec<Issue>) {
    if is_empty(capture) {
        return (Vec::new(), vec![empty()]);
    }
    match plan {
        Plan::Html(plan) => html::records(plan, capture),
        Plan::Json(plan) => json::records(plan, capture),
        Plan::Csv(plan) => csv::records(plan, capture),
        Plan::Feed => feed::records(capture),
        Plan::Ical => ical::records(capture),
        Plan::Jsonld(plan) => jsonld::records(plan, capture),
    }
}

fn is_empty(capture: &Capture) -> bool {
    let body = capture
        .body
        .strip_prefix(b"\xef\xbb\xbf")
        .unwrap_or(&capture.body);
    body.trim_ascii().is_empty()
}

fn empty() -> Issue {
    Issue::error(Stage::Extract, "empty-page", "the body is empty")
}
