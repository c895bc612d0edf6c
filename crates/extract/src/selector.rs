//! The grammar of an HTML field, `selector@attribute`, compiled once and read in many elements.
//!
//! `h2` is the text of the first `h2`; `a@href` the attribute of the first `a` that has it; `@href` the record's
//! own attribute and `.` its own text.

use regex::Regex;
use scraper::{ElementRef, Selector};
use serde_json::Value;

use crate::page::Page;
use crate::rendering;
use crate::spec::FieldTable;
use crate::{Error, Format};

/// Attributes that hold an address.
const ADDRESSES: [&str; 6] = ["href", "src", "action", "formaction", "poster", "cite"];

/// A compiled field.
#[derive(Debug, Clone)]
pub(crate) struct Reading {
    select: Option<Selector>,
    attribute: Option<String>,
    all: bool,
    regex: Option<Regex>,
}

impl Reading {
    /// Compiles a field of an HTML page.
    pub(crate) fn new(key: &str, field: &FieldTable) -> Result<Self, Error> {
        let stated = field.select.as_deref().unwrap_or(".");
        let (css, attribute) = split(stated);
        if attribute.is_some() && field.attr.is_some() {
            return Err(Error::Meaningless {
                key: format!("{key}.attr"),
                format: Format::Html,
                reason: format!("the selector `{stated}` names an attribute already"),
            });
        }
        let select = match css.trim() {
            "" | "." => None,
            css => Some(parse(key, css)?),
        };
        Ok(Self {
            select,
            attribute: attribute.map(str::to_owned).or_else(|| field.attr.clone()),
            all: field.all,
            regex: field
                .regex
                .as_deref()
                .map(|text| expression(key, text))
                .transpose()?,
        })
    }

    /// Compiles the grammar alone: `a.next@href`; without an attribute, a link's own.
    pub(crate) fn link(key: &str, selector: &str) -> Result<Self, Error> {
        let select = Some(selector.to_owned());
        let mut reading = Self::new(
            key,
            &FieldTable {
                select,
                ..FieldTable::default()
            },
        )?;
        reading.attribute.get_or_insert_with(|| "href".to_owned());
        Ok(reading)
    }

    /// Reads every match instead of the first.
    pub(crate) const fn every(&mut self) {
        self.all = true;
    }

    /// The value in an element: null, or an empty list with `all`, where nothing is found.
    pub(crate) fn value(&self, page: &Page, element: ElementRef<'_>) -> Value {
        let mut values = self.texts(page, element);
        if self.all {
            Value::Array(values.into_iter().map(Value::String).collect())
        } else if values.is_empty() {
            Value::Null
        } else {
            Value::String(values.swap_remove(0))
        }
    }

    /// The texts found: all of them, or the first.
    pub(crate) fn texts(&self, page: &Page, element: ElementRef<'_>) -> Vec<String> {
        let limit = if self.all { usize::MAX } else { 1 };
        let read = |element| self.read(page, element);
        match &self.select {
            None => read(element).into_iter().collect(),
            Some(selector) => element
                .select(selector)
                .filter_map(read)
                .take(limit)
                .collect(),
        }
    }

    fn read(&self, page: &Page, element: ElementRef<'_>) -> Option<String> {
        let text = match self.attribute.as_deref() {
            None => rendering::text(element),
            Some(name) => {
                let stated = element.attr(name)?;
                if ADDRESSES.contains(&name) {
                    page.resolve(stated)
                } else {
                    stated.trim().to_owned()
                }
            }
        };
        match &self.regex {
            None => Some(text),
            Some(regex) => first_group(regex, &text),
        }
    }
}

/// The first group of the first match, or the match where the expression has no group.
pub(crate) fn first_group(regex: &Regex, text: &str) -> Option<String> {
    let found = regex.captures(text)?;
    let group = if found.len() > 1 {
        found.get(1)
    } else {
        found.get(0)
    };
    group.map(|group| group.as_str().to_owned())
}

/// Compiles a CSS selector.
pub(crate) fn parse(key: &str, css: &str) -> Result<Selector, Error> {
    Selector::parse(css).map_err(|error| Error::Selector {
        key: key.to_owned(),
        selector: css.to_owned(),
        reason: error.to_string(),
    })
}

/// Compiles a regular expression.
pub(crate) fn expression(key: &str, text: &str) -> Result<Regex, Error> {
    Regex::new(text).map_err(|error| Error::Regex {
        key: format!("{key}.regex"),
        regex: text.to_owned(),
        reason: error.to_string(),
    })
}

/// Parts the selector from its attribute. An `@` inside the selector (`[href*="@"]`) is no separator, since what
/// follows it is not a name.
fn split(text: &str) -> (&str, Option<&str>) {
    let is_name = |name: &str| {
        let rest = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | ':' | '.');
        name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') && name.chars().all(rest)
    };
    match text.rsplit_once('@') {
        Some((css, name)) if is_name(name.trim()) => (css, Some(name.trim())),
        _ => (text, None),
    }
}

#[cfg(test)]
mod tests {
    use super::{Reading, split};
    use crate::Error;
    use crate::spec::FieldTable;

    #[test]
    fn the_attribute_is_parted_from_the_selector() {
        assert_eq!(split("a.fiche@href"), ("a.fiche", Some("href")));
        assert_eq!(split("@data-id"), ("", Some("data-id")));
        assert_eq!(split(r#"a[href*="@"]"#), (r#"a[href*="@"]"#, None));
        assert_eq!(
            split(r#"a[href*="@x"]@href"#),
            (r#"a[href*="@x"]"#, Some("href"))
        );
    }

    #[test]
    fn a_selector_that_does_not_parse_is_refused_with_its_key() {
        let select = Some("li[".to_owned());
        let error = Reading::new(
            "fields.nom",
            &FieldTable {
                select,
                ..FieldTable::default()
            },
        );
        let Err(Error::Selector { key, selector, .. }) = error else {
            panic!("not refused");
        };
        assert_eq!((key.as_str(), selector.as_str()), ("fields.nom", "li["));
    }
}
