//! From captures to entities: `extract` and `normalise` over all captures of a source, details joined to their
//! records.
//!
//! Pure but for the size of its input: the same captures and definition give the same entities, which is what makes
//! a replay from the archive worth anything.

use std::collections::BTreeMap;

use moisson_model::{Capture, Entity, Fields, Issue, Member, Record, Reject, Role, Stage};

use crate::definition::Definition;

/// The code of a field that the definition neither maps nor ignores.
const UNMAPPED: &str = "unmapped-field";

/// What the captures of one run came to.
#[derive(Debug, Default)]
pub(crate) struct Harvested {
    /// Records found.
    pub(crate) records: u64,
    /// Entities, one statement for each key.
    pub(crate) entities: Vec<Entity>,
    /// Records that gave no entity.
    pub(crate) rejects: Vec<Reject>,
    /// What was found wrong.
    pub(crate) issues: Vec<Issue>,
}

/// Reads all pages of a run.
pub(crate) fn harvested(definition: &Definition, pages: &impl Pages) -> Harvested {
    let mut found = Harvested::default();
    let records = extracted(definition, pages, &mut found.issues);
    found.records = records.len() as u64;
    // The page after the last lists nothing: that is how a listing ends.
    found
        .issues
        .retain(|issue| records.is_empty() || issue.code != "no-records");
    state(definition, records, &mut found);
    found
}

/// The pages of a run, brought from the archive one at a time.
pub(crate) trait Pages {
    /// Shows each page that is something to its source, in order; a page that cannot be read is an issue.
    fn each(
        &self,
        role: Role,
        issues: &mut Vec<Issue>,
        show: impl FnMut(&Capture, &mut Vec<Issue>),
    );
}

/// Normalises records one by one: entities with one statement for each key, rejects, issues with their source.
pub(crate) fn state(
    definition: &Definition,
    records: impl IntoIterator<Item = Record>,
    found: &mut Harvested,
) {
    let mut seen = BTreeMap::new();
    for record in records {
        let normalised = moisson_normalise::entities(&definition.rules, &record);
        found.rejects.extend(normalised.rejects);
        found.issues.extend(normalised.issues);
        for entity in normalised.entities {
            keep_first(&mut seen, entity, &mut found.issues);
        }
    }
    found.entities = seen.into_values().collect();
    found.issues = once_a_field(std::mem::take(&mut found.issues));
    for issue in &mut found.issues {
        issue
            .source
            .get_or_insert_with(|| definition.source.id.clone());
    }
}

/// A column that nobody declared is in every record of its source: it is said once, at the first, with their number.
fn once_a_field(issues: Vec<Issue>) -> Vec<Issue> {
    let mut kept: Vec<Issue> = Vec::with_capacity(issues.len());
    let mut fields: BTreeMap<Option<String>, (usize, usize)> = BTreeMap::new();
    for issue in issues {
        if issue.code != UNMAPPED {
            kept.push(issue);
            continue;
        }
        let (_, count) = fields
            .entry(issue.location.clone())
            .or_insert_with(|| (kept.len(), 0));
        *count += 1;
        if *count == 1 {
            kept.push(issue);
        }
    }
    for (at, count) in fields.into_values() {
        if let Some(issue) = kept.get_mut(at).filter(|_| count > 1) {
            issue.message = format!("{}, in {count} records", issue.message);
        }
    }
    kept
}

/// Two records with one key are a fault of the source or of its declared key: the first is kept, and an issue says
/// so unless both state the same.
fn keep_first(seen: &mut BTreeMap<Member, Entity>, entity: Entity, issues: &mut Vec<Issue>) {
    let member = entity.member();
    match seen.get(&member) {
        None => _ = seen.insert(member, entity),
        Some(first) if first.columns == entity.columns => {}
        Some(_) => {
            let message = format!(
                "two {} have this key and differ: the first is kept",
                member.kind.table()
            );
            issues.push(
                Issue::error(Stage::Normalise, "duplicate-key", message)
                    .in_record(member.key.as_str()),
            );
        }
    }
}

/// The records of all pages, each joined with its own.
pub(crate) fn extracted(
    definition: &Definition,
    pages: &impl Pages,
    issues: &mut Vec<Issue>,
) -> Vec<Record> {
    let details = details(definition, pages, issues);
    let mut records = Vec::new();
    pages.each(Role::Listing, issues, |capture, issues| {
        let extraction = moisson_extract::records(&definition.extractor, capture);
        let found = extraction.issues.into_iter();
        issues.extend(found.map(|issue| located(issue, capture)));
        records.extend(extraction.records);
    });
    if let Some(link) = definition.extractor.detail_link() {
        for record in &mut records {
            join(record, link, &details, issues);
        }
    }
    records
}

fn details(
    definition: &Definition,
    pages: &impl Pages,
    issues: &mut Vec<Issue>,
) -> BTreeMap<String, Fields> {
    let mut details = BTreeMap::new();
    if definition.extractor.has_detail() {
        pages.each(Role::Detail, issues, |capture, issues| {
            let (fields, found) = moisson_extract::detail(&definition.extractor, capture);
            issues.extend(found.into_iter().map(|issue| located(issue, capture)));
            details.insert(capture.url.clone(), fields);
        });
    }
    details
}

/// Adds the fields of a record's own page; a listing's value stands where both have one.
fn join(
    record: &mut Record,
    link: &str,
    details: &BTreeMap<String, Fields>,
    issues: &mut Vec<Issue>,
) {
    let address = record
        .get(link)
        .and_then(|value| value.as_str())
        .map(without_fragment);
    let Some(fields) = address.as_ref().and_then(|address| details.get(address)) else {
        let message = "the record's own page was not harvested: its fields are missing";
        issues.push(
            Issue::error(Stage::Extract, "missing-detail", message)
                .at(address.unwrap_or_else(|| record.provenance.url.clone()))
                .in_record(record.index.to_string()),
        );
        return;
    };
    for (name, value) in fields {
        if record
            .fields
            .get(name)
            .is_none_or(serde_json::Value::is_null)
            && !value.is_null()
        {
            record.fields.insert(name.clone(), value.clone());
        }
    }
}

fn without_fragment(address: &str) -> String {
    address.split('#').next().unwrap_or_default().to_owned()
}

fn located(issue: Issue, capture: &Capture) -> Issue {
    let location = match &issue.location {
        Some(inner) => format!("{} {inner}", capture.url),
        None => capture.url.clone(),
    };
    issue.at(location)
}

#[cfg(test)]
mod tests {
    use moisson_model::{Issue, Stage};

    use super::{UNMAPPED, once_a_field};

    #[test]
    fn a_field_that_nobody_declared_is_said_once_with_its_records() {
        let unmapped = |record: &str, field: &str| {
            Issue::warning(Stage::Normalise, UNMAPPED, "neither mapped nor ignored")
                .in_record(record)
                .at(field)
        };
        let other = Issue::error(Stage::Normalise, "invalid-url", "none").in_record("1");
        let found = once_a_field(vec![
            unmapped("1", "/a"),
            other.clone(),
            unmapped("1", "/b"),
            unmapped("2", "/a"),
        ]);
        let words: Vec<(Option<&str>, &str)> = found
            .iter()
            .map(|issue| (issue.location.as_deref(), issue.message.as_str()))
            .collect();
        assert_eq!(
            words,
            [
                (Some("/a"), "neither mapped nor ignored, in 2 records"),
                (None, "none"),
                (Some("/b"), "neither mapped nor ignored"),
            ]
        );
    }
}
