//! References before `resolve`: another entity, said by the key of a record of the same source, or by name and
//! website. Nothing is looked up here; what says nothing is left out.

use std::borrow::Cow;

use moisson_model::{Issue, Kind, RecordKey, Reference};
use serde_json::{Value, json};

use crate::mapping::{Path, Scope, scalar};
use crate::rules::Cell;
use crate::steps::text::is_empty;

/// How the references of a column are made.
#[derive(Debug)]
pub(crate) struct ReferenceRule {
    pub(crate) kind: Kind,
    pub(crate) each: Option<Path>,
    pub(crate) record: Vec<Path>,
    pub(crate) split: Option<String>,
    pub(crate) name: Option<Box<Cell>>,
    pub(crate) website: Option<Box<Cell>>,
}

impl ReferenceRule {
    /// The references, each once, and the raw values they were made from.
    pub(crate) fn references(&self, scope: Scope, issues: &mut Vec<Issue>) -> (Vec<Value>, Value) {
        let mut found: Vec<Reference> = Vec::new();
        let mut raws = Vec::new();
        match &self.each {
            None => self.add(scope, &mut found, &mut raws, issues),
            Some(each) => {
                for item in each.items(scope) {
                    let scope = Scope {
                        item: Some(item.as_ref()),
                        ..scope
                    };
                    self.add(scope, &mut found, &mut raws, issues);
                }
            }
        }
        let values = found.iter().map(Reference::to_value).collect();
        (values, Value::Array(raws))
    }

    fn add(
        &self,
        scope: Scope,
        found: &mut Vec<Reference>,
        raws: &mut Vec<Value>,
        issues: &mut Vec<Issue>,
    ) {
        if !self.record.is_empty() {
            for key in self.keys(scope) {
                raws.push(json!(key.as_str()));
                self.push(found, Some(key), None, None);
            }
            return;
        }
        let texts = |cell: &Option<Box<Cell>>,
                     raws: &mut Vec<Value>,
                     issues: &mut Vec<Issue>|
         -> Vec<String> {
            let Some(cell) = cell else { return Vec::new() };
            let (values, raw) = cell.values(scope, issues);
            if !values.is_empty() {
                raws.push(raw);
            }
            values.iter().filter_map(scalar).collect()
        };
        let names = texts(&self.name, raws, issues);
        let websites = texts(&self.website, raws, issues);
        // Several names and one website: whose it is, nobody says.
        let paired = names.is_empty() || names.len() == websites.len();
        for place in 0..names.len().max(if paired { websites.len() } else { 0 }) {
            let website = paired.then(|| websites.get(place).cloned()).flatten();
            self.push(found, None, names.get(place).cloned(), website);
        }
    }

    fn push(
        &self,
        found: &mut Vec<Reference>,
        record: Option<RecordKey>,
        name: Option<String>,
        website: Option<String>,
    ) {
        let reference = Reference {
            kind: self.kind,
            record,
            name,
            website,
        };
        if !found.contains(&reference) {
            found.push(reference);
        }
    }

    /// Keys of records: one, or one per value where a single field holds several.
    fn keys(&self, scope: Scope) -> Vec<RecordKey> {
        let [field] = self.record.as_slice() else {
            return match key(&self.record, scope) {
                Key::Whole(key) => vec![key],
                Key::Empty | Key::Lacks(_) => Vec::new(),
            };
        };
        let items = field.items(scope);
        let texts = items
            .iter()
            .filter(|item| !is_empty(item))
            .filter_map(|item| scalar(item));
        let parts = texts.flat_map(|text| match &self.split {
            None => vec![text],
            Some(separator) => text
                .split(separator.as_str())
                .map(|part| part.trim().to_owned())
                .collect(),
        });
        parts
            .filter(|part| !part.is_empty())
            .map(|part| RecordKey::join([part.as_str()]))
            .collect()
    }
}

/// The key of a record: whole, altogether empty, or lacking a field.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Key {
    /// All fields have a value.
    Whole(RecordKey),
    /// None has.
    Empty,
    /// This one has none.
    Lacks(String),
}

/// Joins raw key values: strings as they are, numbers as JSON writes them.
pub(crate) fn key(fields: &[Path], scope: Scope) -> Key {
    let raw = |path: &Path| {
        let value: Cow<Value> = path.value(scope)?;
        scalar(&value).filter(|text| !text.trim().is_empty())
    };
    let values: Vec<Option<String>> = fields.iter().map(raw).collect();
    if values.iter().all(Option::is_none) {
        return Key::Empty;
    }
    if let Some((path, _)) = fields
        .iter()
        .zip(&values)
        .find(|(_, value)| value.is_none())
    {
        return Key::Lacks(path.pointer());
    }
    Key::Whole(RecordKey::join(values.iter().flatten().map(String::as_str)))
}
