//! JSON: one document, or several one after the other (NDJSON). Pointers lead to the records and to their fields.
//!
//! A broken line of NDJSON costs that line alone; a broken document costs itself.

use moisson_model::{Capture, Fields, Issue, Stage};
use regex::Regex;
use serde_json::{Deserializer, Value};

use crate::encoding::{Declares, decode};
use crate::pointer::Pointer;
use crate::selector;
use crate::spec::{Field, Ordered, Records};
use crate::{Error, Format};

/// How many faults of one body are reported one by one.
const FAULTS: usize = 100;

/// A compiled definition of JSON records.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    records: Pointer,
    stated: String,
    fields: Option<Vec<(String, Reading)>>,
}

#[derive(Debug, Clone)]
struct Reading {
    pointer: Pointer,
    all: bool,
    regex: Option<Regex>,
}

impl Plan {
    /// Compiles `records` and `fields`.
    pub(crate) fn new(
        key: &str,
        records: Option<&Records>,
        fields: Option<&Ordered<Field>>,
    ) -> Result<Self, Error> {
        let stated = match records {
            None => String::new(),
            Some(Records::One(pointer)) => pointer.clone(),
            Some(Records::Types(_)) => {
                return Err(meaningless(
                    "records",
                    "expected a JSON pointer, not a list",
                ));
            }
        };
        let fields = fields.map(|fields| {
            let compile = |(name, field): &(String, Field)| {
                let reading = Reading::new(&format!("{key}.{name}"), field)?;
                Ok((name.clone(), reading))
            };
            fields.0.iter().map(compile).collect::<Result<_, Error>>()
        });
        Ok(Self {
            records: pointer("records", &stated)?,
            stated,
            fields: fields.transpose()?,
        })
    }

    /// What JSON gives without a definition: the document's items as they stand.
    pub(crate) const fn library() -> Self {
        Self {
            records: Pointer::root(),
            stated: String::new(),
            fields: None,
        }
    }

    fn fields(&self, item: &Value) -> Fields {
        match &self.fields {
            Some(fields) => fields
                .iter()
                .map(|(name, reading)| (name.clone(), reading.value(item)))
                .collect(),
            None => as_it_stands(item),
        }
    }

    fn items<'a>(&self, document: &'a Value) -> Vec<&'a Value> {
        let found = self.records.select(document).into_iter();
        let items = found.flat_map(|value| match value {
            Value::Array(items) => items.iter().collect(),
            Value::Null => Vec::new(),
            other => vec![other],
        });
        items.collect()
    }
}

impl Reading {
    fn new(key: &str, field: &Field) -> Result<Self, Error> {
        let table = field.table();
        if table.attr.is_some() {
            return Err(meaningless(
                &format!("{key}.attr"),
                "JSON has no attributes",
            ));
        }
        let regex = table.regex.as_deref();
        Ok(Self {
            pointer: pointer(key, table.select.as_deref().unwrap_or_default())?,
            all: table.all,
            regex: regex
                .map(|text| selector::expression(key, text))
                .transpose()?,
        })
    }

    fn value(&self, item: &Value) -> Value {
        let found = self.pointer.select(item).into_iter();
        let mut values = found.filter_map(|value| match &self.regex {
            None => Some(value.clone()),
            Some(regex) => scalar(value)
                .and_then(|text| selector::first_group(regex, &text))
                .map(Value::String),
        });
        if self.all || self.pointer.is_many() {
            Value::Array(values.collect())
        } else {
            values.next().unwrap_or(Value::Null)
        }
    }
}

/// The records of a body.
pub(crate) fn records(plan: &Plan, capture: &Capture) -> (Vec<Fields>, Vec<Issue>) {
    let (documents, mut issues) = documents(capture);
    let mut records = Vec::new();
    for document in &documents {
        if plan.records.exists(document) {
            records.extend(
                plan.items(document)
                    .into_iter()
                    .map(|item| plan.fields(item)),
            );
        } else {
            let message = format!("nothing stands at `{}`", plan.stated);
            let issue = Issue::error(Stage::Extract, "records-not-found", message);
            issues.push(issue.at(plan.stated.clone()));
        }
    }
    (records, issues)
}

/// The fields of the page of one record.
pub(crate) fn detail(plan: &Plan, capture: &Capture) -> (Fields, Vec<Issue>) {
    let (documents, issues) = documents(capture);
    let fields = documents.first().map(|document| plan.fields(document));
    (fields.unwrap_or_default(), issues)
}

/// Every document of a body.
pub(crate) fn documents(capture: &Capture) -> (Vec<Value>, Vec<Issue>) {
    let decoded = decode(capture, Declares::Nothing);
    let (documents, mut issues) = read(&decoded.text);
    issues.extend(decoded.issues);
    (documents, issues)
}

/// Reads documents one after the other.
pub(crate) fn read(text: &str) -> (Vec<Value>, Vec<Issue>) {
    let (mut documents, mut issues) = (Vec::new(), Vec::new());
    let (mut rest, mut line) = (text.trim_start_matches('\u{feff}'), 0);
    loop {
        let begin = rest.trim_start();
        line += lines_between(rest, begin);
        let mut stream = Deserializer::from_str(begin).into_iter::<Value>();
        match stream.next() {
            None => break,
            Some(Ok(document)) => {
                documents.push(document);
                let after = begin.get(stream.byte_offset()..).unwrap_or_default();
                line += lines_between(begin, after);
                rest = after;
            }
            Some(Err(error)) => {
                if issues.len() < FAULTS {
                    issues.push(fault(&error, line));
                }
                let Some(next) = next_line(begin, &error) else {
                    break;
                };
                line += 1;
                rest = next;
            }
        }
    }
    (documents, issues)
}

/// The line after a broken one, where the text is one document a line.
fn next_line<'a>(text: &'a str, error: &serde_json::Error) -> Option<&'a str> {
    let (broken, next) = text.split_once('\n')?;
    let begins = |line: &str| line.starts_with(['{', '[']);
    (error.line() <= 1 && begins(broken) && begins(next.trim_start())).then_some(next)
}

/// How many lines end between a text and its own end part.
fn lines_between(text: &str, end: &str) -> usize {
    let passed = text.bytes().take(text.len() - end.len());
    passed.filter(|byte| *byte == b'\n').count()
}

/// An issue for JSON that does not parse, `line` lines below the beginning of the body.
pub(crate) fn fault(error: &serde_json::Error, line: usize) -> Issue {
    let place = format!("line {}, column {}", line + error.line(), error.column());
    let stated = error.to_string();
    // The parser ends its message with a place of its own, which counts from the document and not the body.
    let message = stated.split(" at line ").next().unwrap_or_default();
    Issue::error(Stage::Extract, "invalid-json", message).at(place)
}

/// An item without a definition: an object is its fields; anything else is a `value`.
pub(crate) fn as_it_stands(item: &Value) -> Fields {
    match item {
        Value::Object(fields) => fields.clone(),
        other => Fields::from_iter([("value".to_owned(), other.clone())]),
    }
}

/// The text of a scalar; none for null and for what is not a scalar.
pub(crate) fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

fn pointer(key: &str, text: &str) -> Result<Pointer, Error> {
    Pointer::parse(text).map_err(|reason| Error::Pointer {
        key: key.to_owned(),
        pointer: text.to_owned(),
        reason: reason.to_owned(),
    })
}

fn meaningless(key: &str, reason: &str) -> Error {
    Error::Meaningless {
        key: key.to_owned(),
        format: Format::Json,
        reason: reason.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::read;

    #[test]
    fn documents_follow_each_other_and_a_broken_line_costs_itself() {
        let (documents, issues) = read("{\"a\":1}\n{\"a\":}\n\n{\"a\":3}\n");
        assert_eq!(documents, [json!({"a": 1}), json!({"a": 3})]);
        assert_eq!(issues.len(), 1);
        assert_eq!(issues[0].location.as_deref(), Some("line 2, column 6"));
        assert_eq!(issues[0].message, "expected value");
    }

    #[test]
    fn a_document_cut_short_is_one_issue() {
        let (documents, issues) = read("{\n \"a\": [1,\n {\"b\"");
        assert!(documents.is_empty());
        assert_eq!(issues.len(), 1);
        assert_eq!(issues[0].code, "invalid-json");
    }

    #[test]
    fn depth_is_an_issue_and_no_overflow() {
        let (documents, issues) = read(&"[".repeat(100_000));
        assert!(documents.is_empty());
        assert!(issues[0].message.contains("recursion"));
    }
}
