//! Survivors: which member of a cluster gives each column.
//!
//! Members come in order of trust. A scalar is the first that is known, a list the union; columns that only mean
//! something together (dates, coordinates) come from one member. References are expected to be resolved before, so
//! that two spellings of one organiser are one value.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use moisson_model::{Entity, Member, Schema};
use serde_json::{Map, Value};

use crate::Rules;
use crate::name::fold;

/// Columns that one member gives together, the one that knows the time best.
const DATES: [&str; 7] = [
    "start",
    "end",
    "start_date",
    "end_date",
    "date_precision",
    "dates_as_stated",
    "date_basis",
];
/// Columns that one member gives together.
const POINT: [&str; 2] = ["lon", "lat"];
/// Columns that must not come from a member in another town.
const SPOT: [&str; 6] = ["address", "postal_code", "insee_code", "nuts", "lon", "lat"];
/// Confidence, best first.
const CONFIDENCE: [&str; 4] = ["stated", "implied", "conflicting", "doubtful"];
/// Columns of the ledger that sources may state too.
const STATED: [&str; 2] = ["status", "confidence"];

/// One row made of several statements.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Merged {
    /// Column values, in the order of the schema.
    pub columns: Map<String, Value>,
    /// Which member gave each column; of a list, the first that gave an item.
    pub origins: BTreeMap<String, Member>,
}

impl Merged {
    fn put(&mut self, column: &str, value: Value, from: &Entity) {
        self.columns.insert(column.to_owned(), value);
        self.origins.insert(column.to_owned(), from.member());
    }
}

/// Sorts members by trust: sources of `prefer` first, then by slug and key.
pub fn order(rules: &Rules, members: &mut Vec<&Entity>) {
    members.sort_by(|a, b| rules.rank(a).cmp(&rules.rank(b)));
}

/// One row of the members, which are in order of trust.
pub fn merge(schema: &Schema, members: &[&Entity]) -> Merged {
    let mut merged = Merged::default();
    let dated = finest(members);
    let placed = members
        .iter()
        .find(|member| value(member, "town").is_some());
    let town = placed.and_then(|member| member.text("town")).map(fold);
    for column in &schema.columns {
        let name = column.name.as_str();
        if Schema::LEDGER.contains(&name) && !STATED.contains(&name) {
            continue;
        }
        if name == "alternate_names" {
            other_names(&mut merged, members);
        } else if name == "confidence" {
            best_confidence(&mut merged, members);
        } else if column.list {
            union(&mut merged, members, name);
        } else if DATES.contains(&name) {
            first(&mut merged, dated.as_slice(), name);
        } else {
            let near: Vec<&Entity> = members
                .iter()
                .copied()
                .filter(|member| !SPOT.contains(&name) || is_near(member, town.as_ref()))
                .filter(|member| {
                    !POINT.contains(&name) || POINT.iter().all(|c| value(member, c).is_some())
                })
                .collect();
            first(&mut merged, &near, name);
        }
    }
    merged
}

/// A value that says something: not null, not empty, not `unknown`.
fn value<'a>(member: &'a Entity, column: &str) -> Option<&'a Value> {
    let found = member.columns.get(column)?;
    let empty = match found {
        Value::Null => true,
        Value::String(text) => text.is_empty() || text == "unknown",
        Value::Array(items) => items.is_empty(),
        _ => false,
    };
    (!empty).then_some(found)
}

/// The first value that says something; else the first that is there, so that a stated `unknown` stays.
fn first(merged: &mut Merged, members: &[&Entity], column: &str) {
    let known = members
        .iter()
        .find_map(|member| Some((member, value(member, column)?)));
    let stated = || {
        members.iter().find_map(|member| {
            let found = member
                .columns
                .get(column)
                .filter(|found| !found.is_null())?;
            Some((member, found))
        })
    };
    if let Some((member, found)) = known.or_else(stated) {
        merged.put(column, found.clone(), member);
    }
}

fn union(merged: &mut Merged, members: &[&Entity], column: &str) {
    let mut items: Vec<Value> = Vec::new();
    let mut origin = None;
    for member in members {
        for item in member
            .columns
            .get(column)
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            if !items.contains(item) {
                items.push(item.clone());
                origin = origin.or(Some(*member));
            }
        }
    }
    if let Some(member) = origin {
        merged.put(column, Value::Array(items), member);
    }
}

/// Every spelling but the preferred one.
fn other_names(merged: &mut Merged, members: &[&Entity]) {
    let preferred = members
        .iter()
        .find_map(|member| value(member, "name")?.as_str());
    let mut names: Vec<Value> = Vec::new();
    let mut origin = None;
    for member in members {
        for name in member
            .text("name")
            .into_iter()
            .chain(member.texts("alternate_names"))
        {
            let known =
                name.is_empty() || Some(name) == preferred || names.iter().any(|n| n == name);
            if !known {
                names.push(Value::from(name));
                origin = origin.or(Some(*member));
            }
        }
    }
    if let Some(member) = origin {
        merged.put("alternate_names", Value::Array(names), member);
    }
}

fn best_confidence(merged: &mut Merged, members: &[&Entity]) {
    let best = CONFIDENCE.iter().find_map(|word| {
        let member = members
            .iter()
            .find(|member| member.text("confidence") == Some(word))?;
        Some((word, member))
    });
    if let Some((word, member)) = best {
        merged.put("confidence", Value::from(*word), member);
    }
}

fn is_near(member: &Entity, town: Option<&Vec<String>>) -> bool {
    let own = member.text("town").map(fold);
    town.is_none() || own.is_none() || own.as_ref() == town
}

/// The member that knows its dates to the finest precision; the most trusted of equals.
fn finest<'a>(members: &[&'a Entity]) -> Option<&'a Entity> {
    let ranked = members
        .iter()
        .enumerate()
        .map(|(at, member)| (precision(member), Reverse(at), *member));
    let best = ranked.max_by_key(|(precision, at, _)| (*precision, *at))?;
    Some(best.2)
}

fn precision(member: &Entity) -> u8 {
    match member.text("date_precision") {
        Some("minute") => return 5,
        Some("day") => return 4,
        Some("month") => return 3,
        Some("year") => return 2,
        Some(_) => return 1,
        None => {}
    }
    if value(member, "start").is_some() {
        return 5;
    }
    let dates = ["start_date", "end_date"]
        .iter()
        .filter_map(|column| member.text(column));
    match dates.map(str::len).max().unwrap_or(0) {
        10.. => 4,
        7..10 => 3,
        4..7 => 2,
        _ => u8::from(value(member, "dates_as_stated").is_some()),
    }
}

#[cfg(test)]
mod tests;
