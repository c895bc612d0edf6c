//! A record through the rules: its entities, its rejects, and what there is to say of it.

use std::collections::BTreeMap;

use moisson_model::{Entity, Issue, Record, RecordKey, Reject, Shape, Stage, Trace};
use serde_json::{Map, Value};

use crate::mapping::Scope;
use crate::moments::{self, Filled, Stated};
use crate::personal;
use crate::reference::{Key, key};
use crate::rules::{Content, Rules, Table};
use crate::steps::coordinate::check_point;
use crate::steps::identifier::check_postal;
use crate::steps::{Notes, Sort};
use crate::validate;

/// What a record gave.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Normalised {
    /// Entities that are valid against their schemas, in the order of the definition.
    pub entities: Vec<Entity>,
    /// Entities that are not, with the reason.
    pub rejects: Vec<Reject>,
    /// What was lost, repaired or removed, and which fields nobody knows.
    pub issues: Vec<Issue>,
}

/// Normalises a record. The same record under the same rules gives the same, always.
pub fn entities(rules: &Rules, record: &Record) -> Normalised {
    let mut normalised = Normalised::default();
    for pointer in rules.coverage.unknown(&record.fields) {
        let message = format!("field `{pointer}` is neither mapped nor ignored");
        let issue = Issue::warning(Stage::Normalise, "unmapped-field", message);
        normalised.issues.push(issue.at(pointer));
    }
    for table in &rules.tables {
        let whole = Scope { record, item: None };
        match &table.each {
            None => entity(rules, table, whole, &mut normalised),
            Some(each) => {
                for item in each.items(whole) {
                    let scope = Scope {
                        record,
                        item: Some(item.as_ref()),
                    };
                    entity(rules, table, scope, &mut normalised);
                }
            }
        }
    }
    let label = label(rules, record);
    let issues = std::mem::take(&mut normalised.issues);
    normalised.issues = issues
        .into_iter()
        .map(|issue| issue.in_source(&rules.source).in_record(label.clone()))
        .collect();
    normalised
}

/// The record's name in issues: its key, or its position where it has none that may be shown.
fn label(rules: &Rules, record: &Record) -> String {
    let fields = rules.tables.first().map_or(&[][..], |table| &table.key);
    match key(fields, Scope { record, item: None }) {
        Key::Whole(key) if !personal::holds(key.as_str()) => key.as_str().to_owned(),
        _ => record.index.to_string(),
    }
}

fn entity(rules: &Rules, table: &Table, scope: Scope, normalised: &mut Normalised) {
    let reject = |key: Option<RecordKey>, pointer: String, code: &str, message: String| Reject {
        source: rules.source.clone(),
        kind: table.schema.kind,
        key,
        pointer,
        code: code.to_owned(),
        message,
        raw: Value::Object(scope.record.fields.clone()),
    };
    let key = match key(&table.key, scope) {
        Key::Whole(key) => key,
        Key::Empty if table.optional => return,
        Key::Empty => {
            let message = "every field of the key is empty".to_owned();
            normalised
                .rejects
                .push(reject(None, String::new(), "missing-key", message));
            return;
        }
        Key::Lacks(field) => {
            let message = format!("field `{field}` of the key is empty");
            normalised
                .rejects
                .push(reject(None, String::new(), "missing-key", message));
            return;
        }
    };
    let (columns, traces) = columns(rules, table, scope, &mut normalised.issues);
    let (columns, fault) = validate::checked(&table.validator, columns);
    if let Some(fault) = fault {
        normalised
            .rejects
            .push(reject(Some(key), fault.pointer, fault.code, fault.message));
        return;
    }
    normalised.entities.push(Entity {
        kind: table.schema.kind,
        source: rules.source.clone(),
        key,
        columns,
        provenance: scope.record.provenance.clone(),
        traces,
    });
}

/// The columns of one entity, in the order of its schema, and where each came from.
fn columns(
    rules: &Rules,
    table: &Table,
    scope: Scope,
    issues: &mut Vec<Issue>,
) -> (Map<String, Value>, Vec<Trace>) {
    let mut columns = Map::new();
    let mut traces = Vec::new();
    let mut stated: BTreeMap<&str, Stated> = BTreeMap::new();
    for cell in &table.cells {
        let (values, raw) = cell.values(scope, issues);
        if values.is_empty() {
            continue;
        }
        let field = &cell.field;
        if field.sort == Sort::Moment {
            stated.insert(
                &field.name,
                Stated {
                    text: values
                        .iter()
                        .find_map(Value::as_str)
                        .unwrap_or_default()
                        .to_owned(),
                    raw,
                    rule: &cell.rule,
                    location: cell.location.as_deref(),
                    exclusive: cell.exclusive,
                    epoch: field.epoch,
                },
            );
            continue;
        }
        traces.push(Trace {
            column: field.name.clone(),
            raw: shown(raw, field.sort),
            rule: cell.rule.clone(),
        });
        let value = if field.list {
            Some(Value::Array(values))
        } else {
            values.into_iter().next()
        };
        columns.extend(value.map(|value| (field.name.clone(), value)));
    }
    let mut notes = Notes {
        issues,
        location: None,
    };
    if table.schema.column(moments::PRECISION).is_some() {
        let own = columns
            .get("timezone")
            .and_then(Value::as_str)
            .and_then(|name| rules.zones.get(name).ok());
        let mut filled = Filled {
            schema: &table.schema,
            columns: &mut columns,
            traces: &mut traces,
        };
        moments::fill(
            &stated,
            &rules.language,
            own.as_ref().unwrap_or(&rules.zone),
            &mut filled,
            &mut notes,
        );
    }
    if table
        .schema
        .column("lat")
        .is_some_and(|column| column.shape == Shape::Number)
    {
        check_point(&mut columns, &mut notes);
        traces.retain(|trace| columns.contains_key(&trace.column));
    }
    check_postal(&mut columns, &mut notes);
    (in_order(table, columns), traces)
}

fn in_order(table: &Table, mut columns: Map<String, Value>) -> Map<String, Value> {
    let names = table.schema.columns.iter().map(|column| &column.name);
    names
        .filter_map(|name| columns.shift_remove_entry(name))
        .collect()
}

/// The raw value of a trace, without anyone's address or number.
fn shown(raw: Value, sort: Sort) -> Value {
    match raw {
        // A number of a register may look like a telephone's.
        Value::String(text)
            if !matches!(
                sort,
                Sort::Identifier(_) | Sort::Number | Sort::Coordinate(_)
            ) =>
        {
            Value::String(personal::without(&text).0.into_owned())
        }
        Value::Array(items) => items.into_iter().map(|item| shown(item, sort)).collect(),
        Value::Object(fields) => fields
            .into_iter()
            .map(|(name, value)| (name, shown(value, sort)))
            .collect(),
        other => other,
    }
}

/// The values of a cell, by its content.
impl crate::rules::Cell {
    pub(crate) fn values(&self, scope: Scope, issues: &mut Vec<Issue>) -> (Vec<Value>, Value) {
        let mut notes = Notes {
            issues,
            location: self.location.as_deref(),
        };
        match &self.content {
            Content::Reference(rule) => {
                let (mut values, raw) = rule.references(scope, notes.issues);
                if !self.field.list && values.len() > 1 {
                    values.truncate(1);
                    notes.lost(
                        "several-values",
                        format!(
                            "`{}` takes one reference: the first is kept",
                            self.field.name
                        ),
                    );
                }
                (values, raw)
            }
            Content::Values(origin) => {
                let Some((value, raw)) = origin.raw(scope) else {
                    return (Vec::new(), Value::Null);
                };
                let first = vec![value.into_owned()];
                let values = self.steps.iter().fold(first, |values, step| {
                    (step.apply)(&self.field, values, &mut notes)
                });
                (values, raw)
            }
        }
    }
}

#[cfg(test)]
mod tests;
