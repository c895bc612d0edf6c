//! Pages: a CSS selector for the records, `selector@attribute` for their fields.
//!
//! Every record has every field of the definition, null where nothing was found. Without a selector the page is
//! one record; without a definition it gives its title and its links.

use moisson_model::{Capture, Fields, Issue};
use scraper::Selector;

use crate::page::Page;
use crate::selector::{self, Reading};
use crate::spec::{Field, FieldTable, Ordered, Records};
use crate::{Error, Format};

/// A compiled definition of a page.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    records: Option<Selector>,
    fields: Vec<(String, Reading)>,
}

impl Plan {
    /// Compiles `records` and `fields`.
    pub(crate) fn new(
        key: &str,
        records: Option<&Records>,
        fields: Option<&Ordered<Field>>,
    ) -> Result<Self, Error> {
        let records = match records {
            None => None,
            Some(Records::One(css)) => Some(selector::parse("records", css)?),
            Some(Records::Types(_)) => {
                return Err(Error::Meaningless {
                    key: "records".to_owned(),
                    format: Format::Html,
                    reason: "expected a CSS selector, not a list".to_owned(),
                });
            }
        };
        let fields = fields.ok_or_else(|| Error::Missing {
            key: key.to_owned(),
            format: Format::Html,
        })?;
        let compile = |(name, field): &(String, Field)| {
            let reading = Reading::new(&format!("{key}.{name}"), &field.table())?;
            Ok((name.clone(), reading))
        };
        let fields = fields.0.iter().map(compile).collect::<Result<_, Error>>()?;
        Ok(Self { records, fields })
    }

    /// What a page gives without a definition.
    pub(crate) fn library() -> Self {
        let reading = |select: &str, all| {
            let select = Some(select.to_owned());
            Reading::new(
                "fields",
                &FieldTable {
                    select,
                    all,
                    ..FieldTable::default()
                },
            )
        };
        let fields = [
            ("title", reading("title", false)),
            ("links", reading("a[href]@href", true)),
        ];
        let fields = fields
            .into_iter()
            .filter_map(|(name, reading)| Some((name.to_owned(), reading.ok()?)))
            .collect();
        Self {
            records: None,
            fields,
        }
    }
}

/// The records of a page.
pub(crate) fn records(plan: &Plan, capture: &Capture) -> (Vec<Fields>, Vec<Issue>) {
    let (page, issues) = Page::of(capture);
    let root = page.html.root_element();
    let read = |element| -> Fields {
        let fields = plan.fields.iter();
        fields
            .map(|(name, reading)| (name.clone(), reading.value(&page, element)))
            .collect()
    };
    let records = match &plan.records {
        None => vec![read(root)],
        Some(selector) => page.html.select(selector).map(read).collect(),
    };
    (records, issues)
}

/// How many records a page lists.
pub(crate) fn count(plan: &Plan, page: &Page) -> usize {
    let listed = plan.records.as_ref();
    listed.map_or(1, |selector| page.html.select(selector).count())
}

/// The text or the attribute of the first match of a selector.
pub(crate) fn text(page: &Page, selector: &str) -> Option<String> {
    let table = FieldTable {
        select: Some(selector.to_owned()),
        ..FieldTable::default()
    };
    let reading = Reading::new("", &table).ok()?;
    let mut found = reading.texts(page, page.html.root_element());
    found.pop().filter(|text| !text.is_empty())
}

/// The links of a page.
pub(crate) fn links(page: &Page, selector: &str) -> Vec<String> {
    let Ok(mut reading) = Reading::link("", selector) else {
        return Vec::new();
    };
    reading.every();
    let found = reading.texts(page, page.html.root_element());
    found.iter().map(|link| page.resolve(link)).collect()
}
