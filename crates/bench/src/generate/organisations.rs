//! Organisations stated by three sources, each in its own spelling: what there is to resolve, with the truth beside it.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result};
use moisson_model::{Digest, Entity, Kind, Provenance, RecordKey, SourceId};
use serde_json::{Map, Value, json};

use super::words::{TOWNS, capital, plain, siren, title, word};
use super::{Chance, SEED};

const SOURCES: [&str; 3] = ["annuaire", "carte", "registre"];
const SUFFIXES: [&str; 4] = ["", " SAS", " (association)", " SCIC"];

/// A body as it is.
struct Body {
    name: String,
    town: &'static str,
    code: &'static str,
    siren: String,
    host: String,
}

/// Statements, and which pairs of them are about the same body: places in the list, the lower first.
pub(crate) struct Organisations {
    pub(crate) statements: Vec<Entity>,
    pub(crate) truth: BTreeSet<(usize, usize)>,
}

/// Bodies until there are so many statements; a body has one to three.
pub(crate) fn organisations(count: usize) -> Result<Organisations> {
    let mut statements: Vec<Entity> = Vec::new();
    let mut truth = BTreeSet::new();
    for number in 0.. {
        let mut chance = Chance::of(SEED, number);
        let body = body(&mut chance, number);
        let first = statements.len();
        let last = count.min(first + [1, 1, 2, 3].into_iter().nth(number % 4).unwrap_or(1));
        for (place, source) in (first..last).zip(SOURCES) {
            statements.push(statement(&mut chance, &body, source, number)?);
            truth.extend((first..place).map(|other| (other, place)));
        }
        if statements.len() >= count {
            break;
        }
    }
    Ok(Organisations { statements, truth })
}

fn body(chance: &mut Chance, number: usize) -> Body {
    let name = title(chance, 2) + " " + &capital(&word(chance));
    let (town, code) = chance.pick(&TOWNS);
    Body {
        host: format!("{}-{number}.example", plain(&name)),
        name,
        town,
        code,
        siren: siren(chance),
    }
}

/// What one source says: some of it, spelt its way.
fn statement(chance: &mut Chance, body: &Body, source: &str, number: usize) -> Result<Entity> {
    let mut columns = Map::new();
    columns.insert("name".to_owned(), json!(spelt(chance, &body.name)));
    columns.insert("kind".to_owned(), json!("organisation"));
    columns.insert("country".to_owned(), json!("FR"));
    let website = format!("https://www.{}/", body.host);
    let facts = [
        ("town", body.town, 80),
        ("postal_code", body.code, 60),
        ("siren", body.siren.as_str(), 50),
        ("website", website.as_str(), 70),
    ];
    for (column, value, share) in facts {
        if chance.percent(share) {
            columns.insert(column.to_owned(), Value::String(value.to_owned()));
        }
    }
    let key = format!("{source}-{number}");
    Ok(Entity {
        kind: Kind::Actor,
        source: SourceId::new(source).context("the slugs above are slugs")?,
        key: RecordKey::join([key.as_str()]),
        columns,
        provenance: Provenance {
            url: format!("https://{source}.example/"),
            fetched_at: jiff::Timestamp::UNIX_EPOCH,
            sha256: Digest::of(source.as_bytes()),
        },
        traces: Vec::new(),
    })
}

fn spelt(chance: &mut Chance, name: &str) -> String {
    match chance.below(10) {
        0 => name.to_uppercase(),
        1 => name.replace(['é', 'ê'], "e").replace('ç', "c"),
        2 => name.replace(' ', ""),
        3 => format!("Association {name}"),
        // A slip of the keyboard: one letter less.
        4 => name.chars().take(name.chars().count() - 1).collect(),
        _ => name.to_owned() + chance.pick(&SUFFIXES),
    }
}
