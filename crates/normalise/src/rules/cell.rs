//! The rules of one column: its options checked against its schema, its words, its steps.

use std::collections::BTreeMap;

use moisson_model::{Column, Digest, Provenance, Record, Schema, Shape, Target, Vocabulary};
use regex::Regex;
use serde_json::{Map, Value};

use super::{Cell, Content, Ground, folded};
use crate::error::Error;
use crate::fold::fold;
use crate::mapping::{Origin, Path, Scope};
use crate::moments;
use crate::reference::ReferenceRule;
use crate::spec::{From, FromTable, Meaning};
use crate::steps::{Field, Sort};

impl Ground<'_> {
    /// The rules of a column of a schema.
    pub(super) fn cell(
        &self,
        schema: &Schema,
        column: &Column,
        from: &From,
        path: &str,
    ) -> Result<Cell, Error> {
        let table = from.table();
        let fault = |message: &str| mapping(path, &column.name, message);
        let words = self.words(schema, column, path)?;
        let moments = schema.column(moments::PRECISION).is_some();
        let sort = Sort::of(column, words.is_some(), moments);
        if table.exclusive && !matches!(column.name.as_str(), "end" | "end_date") {
            return Err(fault("is no end: `exclusive` means nothing"));
        }
        if table.epoch.is_some() && !matches!(sort, Sort::Date | Sort::Moment) {
            return Err(fault("is no date: `epoch` means nothing"));
        }
        if let Some(target) = column.reference {
            let content = Content::Reference(self.reference(column, target, &table, path)?);
            let field = self.field(column, Sort::Text, BTreeMap::new());
            return Ok(cell(field, content, "reference".to_owned(), &table));
        }
        if table.kind.is_some() {
            return Err(fault("is no reference: `type` means nothing"));
        }
        let mut field = self.field(column, sort, words.unwrap_or_default());
        self.options(&mut field, &table, path)?;
        let origin = origin(&table).map_err(|message| fault(&message))?;
        let steps = field.steps().into_iter().map(|step| step.name);
        let rule: Vec<&str> = origin.rule().into_iter().chain(steps).collect();
        let made = cell(field, Content::Values(origin), rule.join(" > "), &table);
        if table.value.is_some() {
            check_constant(&made, path)?;
        }
        Ok(made)
    }

    fn field(&self, column: &Column, sort: Sort, words: BTreeMap<String, String>) -> Field {
        Field {
            name: column.name.clone(),
            shape: column.shape,
            list: column.list,
            sort,
            words,
            lookup: None,
            regex: None,
            split: None,
            epoch: None,
            language: self.language.to_owned(),
            zone: self.zone.clone(),
        }
    }

    fn options(&self, field: &mut Field, table: &FromTable, path: &str) -> Result<(), Error> {
        field.epoch = table.epoch;
        field.split.clone_from(&table.split);
        if table.split.as_deref() == Some("") {
            return Err(mapping(path, &field.name, "is split at nothing"));
        }
        if let Some(pattern) = &table.regex {
            let compiled = Regex::new(pattern).map_err(|source| Error::Regex {
                path: format!("{path}.regex"),
                pattern: pattern.clone(),
                source: Box::new(source),
            })?;
            field.regex = Some(compiled);
        }
        if let Some(name) = &table.lookup {
            let (declared, place) = self.lookup(name).ok_or_else(|| Error::Lookup {
                path: format!("{path}.lookup"),
                lookup: name.clone(),
                expected: self.lookups(),
            })?;
            let lookup = folded(declared);
            check_notations(field, &lookup, &place)?;
            field.lookup = Some(lookup);
        }
        Ok(())
    }

    /// A lookup of the table itself, else of the whole definition, and where it stands.
    fn lookup(&self, name: &str) -> Option<(&BTreeMap<String, Meaning>, String)> {
        let own = self.declared.lookup.get(name);
        let place = if own.is_some() {
            self.declared.path
        } else {
            "normalise"
        };
        let found = own.or_else(|| self.lookups.get(name))?;
        Some((found, format!("{place}.lookup.{name}")))
    }

    fn lookups(&self) -> Vec<String> {
        let names = self.declared.lookup.keys().chain(self.lookups.keys());
        names.cloned().collect()
    }

    /// Folded word → notation of a coded column; none where it is not coded.
    fn words(
        &self,
        schema: &Schema,
        column: &Column,
        path: &str,
    ) -> Result<Option<BTreeMap<String, String>>, Error> {
        if let Some(scheme) = &column.vocabulary {
            let vocabulary = self
                .vocabularies
                .get(scheme)
                .ok_or_else(|| Error::Unusable {
                    path: path.to_owned(),
                    schema: schema.kind.name().to_owned(),
                    message: format!("there is no vocabulary `{scheme}`"),
                })?;
            return Ok(Some(of_vocabulary(vocabulary)));
        }
        let property = schema
            .document
            .get("properties")
            .and_then(|all| all.get(&column.name));
        let item = property.and_then(|property| {
            if column.list {
                property.get("items")
            } else {
                Some(property)
            }
        });
        let Some(listed) = item
            .and_then(|item| item.get("enum"))
            .and_then(Value::as_array)
        else {
            return Ok(None);
        };
        let mut words = BTreeMap::new();
        for word in listed.iter().filter_map(Value::as_str) {
            words.insert(word.to_owned(), word.to_owned());
            words.insert(fold(word), word.to_owned());
        }
        for (word, term) in column.terms.iter().flatten() {
            words.entry(fold(term)).or_insert_with(|| word.clone());
        }
        Ok(Some(words))
    }

    fn reference(
        &self,
        column: &Column,
        target: Target,
        table: &FromTable,
        path: &str,
    ) -> Result<ReferenceRule, Error> {
        let fault = |message: &str| mapping(path, &column.name, message);
        let kind = table
            .kind
            .ok_or_else(|| fault("is a reference: `type` says to what"))?;
        if target != Target::Any && target != Target::Kind(kind) {
            return Err(fault(&format!("does not refer to a `{kind}`")));
        }
        let values = table.from.is_some()
            || table.value.is_some()
            || table.regex.is_some()
            || table.lookup.is_some();
        if values || !table.first.is_empty() || !table.join.is_empty() {
            return Err(fault(
                "is a reference: it takes `record`, or `name` and `website`",
            ));
        }
        let by_name = table.name.is_some() || table.website.is_some();
        if by_name != table.record.is_empty() {
            return Err(fault("needs either `record`, or `name` and `website`"));
        }
        if by_name && table.split.is_some() {
            return Err(fault("is a reference by name: `split` belongs to `name`"));
        }
        let inner = |name: &str, uri: bool, from: &Option<From>| {
            let inner = inner_column(name, uri);
            let made = from
                .as_ref()
                .map(|from| self.inner(&inner, from, &format!("{path}.{name}")));
            made.transpose().map(|cell| cell.map(Box::new))
        };
        Ok(ReferenceRule {
            kind,
            each: table.each.as_deref().map(Path::new),
            record: table.record.iter().map(|field| Path::new(field)).collect(),
            split: table.split.clone(),
            name: inner("name", false, &table.name)?,
            website: inner("website", true, &table.website)?,
        })
    }

    /// The name or the website of a reference: a column of its own.
    fn inner(&self, column: &Column, from: &From, path: &str) -> Result<Cell, Error> {
        let schema = Schema {
            kind: moisson_model::Kind::Actor,
            version: String::new(),
            columns: Vec::new(),
            types: Vec::new(),
            types_by: BTreeMap::new(),
            context: Map::new(),
            nodes: BTreeMap::new(),
            document: Value::Null,
        };
        self.cell(&schema, column, from, path)
    }
}

fn cell(field: Field, content: Content, rule: String, table: &FromTable) -> Cell {
    let location = match &content {
        Content::Values(origin) => match origin.paths() {
            [path] => Some(path.pointer()),
            _ => None,
        },
        Content::Reference(_) => None,
    };
    Cell {
        steps: field.steps(),
        field,
        content,
        rule,
        location,
        exclusive: table.exclusive,
    }
}

/// A column of texts, or of addresses, that no schema declares.
fn inner_column(name: &str, uri: bool) -> Column {
    Column {
        name: name.to_owned(),
        title: String::new(),
        title_fr: String::new(),
        description: String::new(),
        description_fr: String::new(),
        shape: Shape::Text,
        list: true,
        required: false,
        uri,
        vocabulary: None,
        identifier: None,
        reference: None,
        keys: Vec::new(),
        node: None,
        terms: None,
        unless: None,
        when: BTreeMap::new(),
        template: None,
    }
}

/// Notations, codes and labels in all languages; a label that two concepts share names neither.
fn of_vocabulary(vocabulary: &Vocabulary) -> BTreeMap<String, String> {
    let mut labels: BTreeMap<String, Option<&str>> = BTreeMap::new();
    for concept in &vocabulary.concepts {
        let others = concept.alt_label.values().flatten();
        for label in concept
            .pref_label
            .values()
            .chain(others)
            .chain(&concept.codes)
        {
            labels
                .entry(fold(label))
                .and_modify(|known| {
                    if *known != Some(&concept.notation) {
                        *known = None;
                    }
                })
                .or_insert(Some(&concept.notation));
        }
    }
    let mut words: BTreeMap<String, String> = labels
        .into_iter()
        .filter_map(|(label, notation)| Some((label, notation?.to_owned())))
        .collect();
    for concept in &vocabulary.concepts {
        words.insert(fold(&concept.notation), concept.notation.clone());
        words.insert(concept.notation.clone(), concept.notation.clone());
    }
    words
}

fn origin(table: &FromTable) -> Result<Origin, String> {
    let paths = |fields: &[String]| {
        fields
            .iter()
            .map(|field| Path::new(field))
            .collect::<Vec<_>>()
    };
    if !table.record.is_empty()
        || table.each.is_some()
        || table.name.is_some()
        || table.website.is_some()
    {
        return Err(
            "is no reference: `record`, `each`, `name` and `website` mean nothing".to_owned(),
        );
    }
    if table.with.is_some() && table.join.is_empty() {
        return Err("joins nothing: `with` means nothing".to_owned());
    }
    let mut origins = Vec::new();
    origins.extend(
        table
            .from
            .iter()
            .map(|field| Origin::From(Path::new(field))),
    );
    origins.extend(
        table
            .value
            .iter()
            .map(|value| Origin::Constant(value.clone())),
    );
    if !table.first.is_empty() {
        origins.push(Origin::First(paths(&table.first)));
    }
    if !table.join.is_empty() {
        origins.push(Origin::Join(
            paths(&table.join),
            table.with.clone().unwrap_or_else(|| " ".to_owned()),
        ));
    }
    match (origins.pop(), origins.is_empty()) {
        (Some(origin), true) => Ok(origin),
        _ => Err("needs exactly one of `from`, `value`, `first` and `join`".to_owned()),
    }
}

/// Every target of a lookup must be a value that the column can hold.
fn check_notations(
    field: &Field,
    lookup: &BTreeMap<String, Vec<String>>,
    path: &str,
) -> Result<(), Error> {
    if field.sort != Sort::Code {
        return Ok(());
    }
    let known: Vec<&String> = field.words.values().collect();
    match lookup
        .values()
        .flatten()
        .find(|notation| !known.contains(notation))
    {
        None => Ok(()),
        Some(notation) => Err(not_a_notation(field, notation, path)),
    }
}

fn not_a_notation(field: &Field, notation: &str, path: &str) -> Error {
    let mut expected: Vec<String> = field.words.values().cloned().collect();
    expected.sort();
    expected.dedup();
    Error::Notation {
        path: path.to_owned(),
        notation: notation.to_owned(),
        column: field.name.clone(),
        expected,
    }
}

/// A constant that the steps refuse would be refused in every record.
fn check_constant(cell: &Cell, path: &str) -> Result<(), Error> {
    let nothing = Record {
        index: 0,
        fields: Map::new(),
        provenance: Provenance {
            url: String::new(),
            fetched_at: jiff::Timestamp::UNIX_EPOCH,
            sha256: Digest::of(&[]),
        },
    };
    let mut issues = Vec::new();
    let (_, raw) = cell.values(
        Scope {
            record: &nothing,
            item: None,
        },
        &mut issues,
    );
    match issues.first() {
        None => Ok(()),
        Some(_) if cell.field.sort == Sort::Code => {
            let notation = raw.as_str().map_or_else(|| raw.to_string(), str::to_owned);
            Err(not_a_notation(&cell.field, &notation, path))
        }
        Some(issue) => Err(mapping(
            path,
            &cell.field.name,
            &format!("cannot hold this constant: {}", issue.message),
        )),
    }
}

fn mapping(path: &str, column: &str, message: &str) -> Error {
    Error::Mapping {
        path: path.to_owned(),
        column: column.to_owned(),
        message: message.to_owned(),
    }
}
