//! The rules of a source: its `[normalise]` table checked against the schemas, and made ready to run.
//!
//! All that can be settled before the first record is settled here: paths, patterns, words, steps, validators.

mod cell;

use std::collections::BTreeMap;

use jiff::tz::{TimeZone, TimeZoneDatabase};
use moisson_model::{Kind, Schema, Source, SourceId, Vocabularies};

use crate::coverage::Coverage;
use crate::error::Error;
use crate::mapping::{Origin, Path};
use crate::moments;
use crate::reference::ReferenceRule;
use crate::spec::{Also, From, Meaning, Spec};
use crate::steps::{Field, Step};
use crate::validate::Validator;

/// What a source's records are normalised by.
#[derive(Debug)]
pub struct Rules {
    pub(crate) source: SourceId,
    pub(crate) language: String,
    pub(crate) zone: TimeZone,
    pub(crate) zones: TimeZoneDatabase,
    pub(crate) coverage: Coverage,
    pub(crate) tables: Vec<Table>,
}

/// The rules of one entity type.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) schema: Schema,
    pub(crate) validator: Validator,
    pub(crate) key: Vec<Path>,
    pub(crate) each: Option<Path>,
    /// Fields left out on purpose.
    ignore: Vec<Path>,
    /// Whether a record without its key has simply none of it.
    pub(crate) optional: bool,
    /// In the order of the schema's columns.
    pub(crate) cells: Vec<Cell>,
}

/// The rules of one column.
#[derive(Debug)]
pub(crate) struct Cell {
    pub(crate) field: Field,
    pub(crate) content: Content,
    pub(crate) steps: Vec<&'static Step>,
    /// The names of the steps, for traces.
    pub(crate) rule: String,
    /// Pointer of the raw field, for issues.
    pub(crate) location: Option<String>,
    /// The end of a range is the day after it.
    pub(crate) exclusive: bool,
}

/// What fills a column.
#[derive(Debug)]
pub(crate) enum Content {
    /// Values through steps.
    Values(Origin),
    /// References.
    Reference(ReferenceRule),
}

/// Lookup tables by name, as declared.
type Lookups = BTreeMap<String, BTreeMap<String, Meaning>>;

/// Columns that the ledger fills where no source states them.
const STATEABLE: [&str; 2] = ["status", "confidence"];

/// A table of a definition, the main one or a further one.
#[derive(Clone, Copy)]
struct Declared<'a> {
    path: &'a str,
    schema: &'a str,
    key: &'a [String],
    each: Option<&'a str>,
    map: &'a BTreeMap<String, From>,
    ignore: &'a [String],
    lookup: &'a Lookups,
    optional: bool,
}

/// A table, and what it is checked against.
struct Ground<'a> {
    declared: Declared<'a>,
    lookups: &'a Lookups,
    schemas: &'a BTreeMap<Kind, Schema>,
    vocabularies: &'a Vocabularies,
    language: &'a str,
    zone: &'a TimeZone,
}

impl Rules {
    /// Checks a `[normalise]` table and makes it ready.
    pub fn new(
        spec: &Spec,
        source: &Source,
        schemas: &BTreeMap<Kind, Schema>,
        vocabularies: &Vocabularies,
    ) -> Result<Self, Error> {
        let zones = TimeZoneDatabase::bundled();
        let zone = zones.get(&source.timezone).map_err(|_| Error::Zone {
            path: "timezone".to_owned(),
            zone: source.timezone.clone(),
        })?;
        let table = |declared: Declared| {
            let ground = Ground {
                declared,
                lookups: &spec.lookup,
                schemas,
                vocabularies,
                language: &source.language,
                zone: &zone,
            };
            ground.table()
        };
        let mut coverage = Coverage::default();
        let mut tables = vec![table(Declared::main(spec))?];
        for (place, also) in spec.also.iter().enumerate() {
            tables.push(table(Declared::also(
                also,
                &format!("normalise.also.{place}"),
            ))?);
        }
        for table in &tables {
            table.cover(&mut coverage);
        }
        Ok(Self {
            source: source.id.clone(),
            language: source.language.clone(),
            zone,
            zones,
            coverage,
            tables,
        })
    }
}

impl<'a> Declared<'a> {
    fn main(spec: &'a Spec) -> Self {
        Self {
            path: "normalise",
            schema: &spec.schema,
            key: &spec.key,
            each: None,
            map: &spec.map,
            ignore: &spec.ignore,
            lookup: &spec.lookup,
            optional: false,
        }
    }

    fn also(also: &'a Also, path: &'a str) -> Self {
        Self {
            path,
            schema: &also.schema,
            key: &also.key,
            each: also.each.as_deref(),
            map: &also.map,
            ignore: &also.ignore,
            lookup: &also.lookup,
            optional: true,
        }
    }
}

impl Ground<'_> {
    fn table(&self) -> Result<Table, Error> {
        let declared = self.declared;
        let schema = self.schema()?;
        if declared.key.is_empty() {
            return Err(Error::Key {
                path: format!("{}.key", declared.path),
            });
        }
        let mut cells = Vec::new();
        for name in declared.map.keys() {
            if !is_fillable(schema, name) {
                return Err(Error::Column {
                    path: format!("{}.map.{name}", declared.path),
                    column: name.clone(),
                    expected: fillable_columns(schema),
                });
            }
        }
        for column in &schema.columns {
            let path = format!("{}.map.{}", declared.path, column.name);
            match declared.map.get(&column.name) {
                Some(from) => cells.push(self.cell(schema, column, from, &path)?),
                None if column.required && !is_filled(schema, &column.name) => {
                    let path = format!("{}.map", declared.path);
                    return Err(Error::Required {
                        path,
                        column: column.name.clone(),
                    });
                }
                None => {}
            }
        }
        let validator = Validator::new(schema).map_err(|message| Error::Unusable {
            path: format!("{}.schema", declared.path),
            schema: declared.schema.to_owned(),
            message,
        })?;
        Ok(Table {
            schema: schema.clone(),
            validator,
            key: declared.key.iter().map(|field| Path::new(field)).collect(),
            each: declared.each.map(Path::new),
            optional: declared.optional,
            ignore: declared
                .ignore
                .iter()
                .map(|field| Path::new(field))
                .collect(),
            cells,
        })
    }

    /// The schema of an entity and a major version.
    fn schema(&self) -> Result<&Schema, Error> {
        let declared = self.declared;
        let name = |schema: &Schema| format!("{}/{}", schema.kind, major(schema));
        let found = self
            .schemas
            .values()
            .find(|schema| name(schema) == declared.schema);
        found.ok_or_else(|| Error::Schema {
            path: format!("{}.schema", declared.path),
            schema: declared.schema.to_owned(),
            expected: self.schemas.values().map(name).collect(),
        })
    }
}

fn major(schema: &Schema) -> &str {
    schema.version.split('.').next().unwrap_or_default()
}

/// Whether a definition may fill a column: the ledger's own are not for it.
fn is_fillable(schema: &Schema, name: &str) -> bool {
    let stateable = !Schema::LEDGER.contains(&name) || STATEABLE.contains(&name);
    schema.column(name).is_some() && stateable
}

fn fillable_columns(schema: &Schema) -> Vec<String> {
    let names = schema.columns.iter().map(|column| column.name.clone());
    names.filter(|name| is_fillable(schema, name)).collect()
}

/// Whether a column is filled without being mapped: by the ledger, or with the dates of an event.
fn is_filled(schema: &Schema, column: &str) -> bool {
    let with_dates =
        schema.column(moments::PRECISION).is_some() && moments::COLUMNS.contains(&column);
    with_dates || Schema::LEDGER.contains(&column)
}

impl Table {
    /// Adds the paths that this table knows.
    fn cover(&self, coverage: &mut Coverage) {
        let root = self.each.as_ref().map(items_of).unwrap_or_default();
        for path in self.key.iter().chain(&self.ignore) {
            add(coverage, &root, path);
        }
        for cell in &self.cells {
            cell.cover(coverage, &root);
        }
    }
}

impl Cell {
    fn cover(&self, coverage: &mut Coverage, root: &[String]) {
        match &self.content {
            Content::Values(origin) => {
                for path in origin.paths() {
                    add(coverage, root, path);
                }
            }
            Content::Reference(rule) => {
                let items = rule.each.as_ref().map(|each| {
                    let root = if each.is_of_record() { &[] } else { root };
                    [root, &items_of(each)].concat()
                });
                let root = items.as_deref().unwrap_or(root);
                for path in &rule.record {
                    add(coverage, root, path);
                }
                for cell in rule.name.iter().chain(&rule.website) {
                    cell.cover(coverage, root);
                }
            }
        }
    }
}

fn items_of(each: &Path) -> Vec<String> {
    let mut segments = each.segments();
    segments.push("*".to_owned());
    segments
}

fn add(coverage: &mut Coverage, root: &[String], path: &Path) {
    let root = if path.is_of_record() { &[] } else { root };
    let segments = [root, &path.segments()].concat();
    // `.` outside a list would be the whole record: nothing could be new any more.
    if !segments.is_empty() {
        coverage.add(&segments);
    }
}

/// The lookup tables of a definition, folded.
fn folded(table: &BTreeMap<String, Meaning>) -> BTreeMap<String, Vec<String>> {
    let notations = |meaning: &Meaning| match meaning {
        Meaning::One(notation) => vec![notation.clone()],
        Meaning::Many(notations) => notations.clone(),
    };
    table
        .iter()
        .map(|(raw, meaning)| (crate::fold::fold(raw), notations(meaning)))
        .collect()
}

#[cfg(test)]
pub(crate) mod tests;
