//! What is compared of an entity: compact, owned, in normal form.
//!
//! Features are made once per statement and hold no more than the rules look at. A reference by name and website
//! becomes features too, so that it is resolved by the very same rules as a record.

use moisson_model::{Digest, Entity, Kind, Member, Reference};
use serde_json::Value;

use crate::keys::Scheme;
use crate::name::{Name, fold, numbers};
use crate::site::{Address, address, site};
use crate::{Rules, words};

/// Aliases that count: a record with thousands is no dictionary.
const MOST_ALIASES: usize = 50;

/// What an actor is: classes never merge with each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Class {
    Organisation,
    Project,
    Office,
    Media,
}

impl Class {
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Organisation => "organisation",
            Self::Project => "project",
            Self::Office => "public office",
            Self::Media => "media",
        }
    }

    fn of(kind: &str) -> Option<Self> {
        match kind {
            "organisation" | "public-body" | "network" => Some(Self::Organisation),
            "project" | "digital-service" => Some(Self::Project),
            "public-office" => Some(Self::Office),
            "media" => Some(Self::Media),
            _ => None,
        }
    }
}

/// Another entity that this one names: organiser, operator, publisher, place.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Party {
    /// Its IRI, where references are resolved already.
    pub(crate) iri: Option<Box<str>>,
    /// The identity of a record of the same source.
    pub(crate) record: Option<u64>,
    /// Its glued name.
    pub(crate) name: Option<Box<str>>,
    /// Its site.
    pub(crate) site: Option<Box<str>>,
}

impl Party {
    /// Whether two are the same; `None` where nothing tells.
    pub(crate) fn agrees(&self, other: &Self) -> Option<bool> {
        if let (Some(left), Some(right)) = (&self.iri, &other.iri) {
            return Some(left == right);
        }
        if self.record.is_some() && self.record == other.record {
            return Some(true);
        }
        if self.site.is_some() && self.site == other.site {
            return Some(true);
        }
        match (&self.name, &other.name) {
            (Some(left), Some(right)) => Some(left == right),
            _ => None,
        }
    }

    /// Whether two lists have one in common; `None` where one is empty or nothing tells.
    pub(crate) fn common(left: &[Self], right: &[Self]) -> Option<bool> {
        let pairs = || left.iter().flat_map(|a| right.iter().map(|b| a.agrees(b)));
        if pairs().any(|agrees| agrees == Some(true)) {
            return Some(true);
        }
        (pairs().next().is_some() && pairs().all(|agrees| agrees == Some(false))).then_some(false)
    }
}

/// What is compared of an entity.
#[derive(Debug, Clone, PartialEq)]
pub struct Features {
    pub(crate) kind: Kind,
    /// Who states it, as a number.
    pub(crate) own: u64,
    pub(crate) class: Option<Class>,
    pub(crate) name: Option<Name>,
    pub(crate) aliases: Vec<Name>,
    /// Strong keys, sorted.
    pub(crate) strong: Vec<(Scheme, Box<str>)>,
    pub(crate) site: Option<Box<str>>,
    pub(crate) address: Option<Address>,
    pub(crate) country: Option<Box<str>>,
    pub(crate) town: Option<Box<str>>,
    pub(crate) postal_code: Option<Box<str>>,
    pub(crate) street_number: Option<Box<str>>,
    pub(crate) point: Option<(f64, f64)>,
    /// The day an event starts, a document is published.
    pub(crate) day: Option<Box<str>>,
    /// Glued name of the series.
    pub(crate) series: Option<Box<str>>,
    /// Numbers of the structured edition.
    pub(crate) edition: Vec<Box<str>>,
    /// Event type, kind of programme, attendance.
    pub(crate) sort: Option<Box<str>>,
    pub(crate) mode: Option<Box<str>>,
    pub(crate) parties: Vec<Party>,
    pub(crate) places: Vec<Party>,
    pub(crate) above: Option<Party>,
}

impl Features {
    fn empty(kind: Kind) -> Self {
        Self {
            kind,
            own: 0,
            class: None,
            name: None,
            aliases: Vec::new(),
            strong: Vec::new(),
            site: None,
            address: None,
            country: None,
            town: None,
            postal_code: None,
            street_number: None,
            point: None,
            day: None,
            series: None,
            edition: Vec::new(),
            sort: None,
            mode: None,
            parties: Vec::new(),
            places: Vec::new(),
            above: None,
        }
    }

    fn names(&mut self, rules: &Rules, name: Option<&str>, others: &mut dyn Iterator<Item = &str>) {
        if let Some((name, alias)) = name.and_then(|name| Name::read(rules, name)) {
            self.name = Some(name);
            self.aliases.extend(alias);
        }
        for other in others.take(MOST_ALIASES) {
            if let Some((name, acronym)) = Name::read(rules, other) {
                self.aliases.push(name);
                self.aliases.extend(acronym);
            }
        }
        let own = self.name.as_ref().map(|name| name.glued.clone());
        self.aliases
            .retain(|alias| own.as_ref() != Some(&alias.glued) || alias.suffix.is_some());
        self.aliases.sort_by(|a, b| a.glued.cmp(&b.glued));
        self.aliases
            .dedup_by(|a, b| a.glued == b.glued && a.suffix == b.suffix);
    }

    /// Whether a strong key is held by both: the first such.
    pub(crate) fn shared_key(&self, other: &Self) -> Option<&(Scheme, Box<str>)> {
        self.strong.iter().find(|key| other.strong.contains(key))
    }

    /// A scheme in which both hold a key and no key in common.
    pub(crate) fn key_conflict<'a>(
        &'a self,
        other: &'a Self,
    ) -> Option<(Scheme, &'a str, &'a str)> {
        self.strong.iter().find_map(|(scheme, left)| {
            let (_, right) = other.strong.iter().find(|(of, _)| of == scheme)?;
            (left != right).then_some((*scheme, &**left.min(right), &**left.max(right)))
        })
    }

    /// Numbers of name and edition.
    pub(crate) fn numbers(&self) -> Vec<&str> {
        // An event has a day of its own: the one in its title is no edition.
        let event = self.kind == Kind::Event;
        let named = self
            .name
            .iter()
            .flat_map(|name| if event { &name.editions } else { &name.numbers });
        let mut all: Vec<&str> = named.chain(&self.edition).map(|number| &**number).collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// The year of its day.
    pub(crate) fn year(&self) -> Option<&str> {
        self.day.as_ref()?.split('-').next()
    }
}

/// The features of an entity.
pub fn features(rules: &Rules, entity: &Entity) -> Features {
    let mut made = Features::empty(entity.kind);
    made.own = record_number(&entity.member());
    let title = if entity.kind == Kind::Document {
        "title"
    } else {
        "name"
    };
    let others = entity
        .texts("alternate_names")
        .chain(entity.text("legal_name"));
    made.names(rules, entity.text(title), &mut others.into_iter());
    made.strong = strong(entity);
    made.country = short(entity, "country").map(|code| code.to_lowercase().into());
    made.town = entity.text("town").and_then(|town| town_form(rules, town));
    made.postal_code = short(entity, "postal_code").map(Into::into);
    made.street_number = entity.text("address").and_then(street_number);
    match entity.kind {
        Kind::Actor => {
            made.site = entity.text("website").and_then(|text| site(rules, text));
            made.class = entity.text("kind").and_then(Class::of);
        }
        Kind::Relation => {}
        Kind::Event => event(rules, entity, &mut made),
        Kind::Programme => {
            made.sort = short(entity, "kind").map(Into::into);
            made.parties = parties(rules, entity, "operator_ids");
        }
        Kind::Document => {
            made.day = day(entity, "published");
            made.parties = parties(rules, entity, "publisher_id");
        }
        Kind::Place => made.point = point(entity),
    }
    if entity.kind != Kind::Actor {
        made.address = entity.text("url").and_then(address);
    }
    made
}

/// The features of an entity that is only named: by name and website.
pub fn reference_features(rules: &Rules, reference: &Reference) -> Features {
    let mut made = Features::empty(reference.kind);
    made.names(rules, reference.name.as_deref(), &mut std::iter::empty());
    let website = reference.website.as_deref();
    if reference.kind == Kind::Actor {
        made.site = website.and_then(|text| site(rules, text));
    } else {
        made.address = website.and_then(address);
    }
    made
}

fn event(rules: &Rules, entity: &Entity, made: &mut Features) {
    made.day = day(entity, "start_date").or_else(|| day(entity, "start"));
    made.series = entity
        .text("series")
        .and_then(|series| Name::read(rules, series))
        .map(|(name, _)| name.series().into());
    made.edition = entity
        .text("edition")
        .map(|edition| numbers(&fold(edition)))
        .unwrap_or_default();
    made.sort = short(entity, "event_type").map(Into::into);
    made.mode = short(entity, "attendance_mode").map(Into::into);
    made.parties = parties(rules, entity, "organiser_ids");
    made.places = parties(rules, entity, "place_ids");
    made.above = parties(rules, entity, "super_event_id").into_iter().next();
}

fn strong(entity: &Entity) -> Vec<(Scheme, Box<str>)> {
    let schemes: &[(&str, Scheme)] = match entity.kind {
        Kind::Actor => &[
            ("siren", Scheme::Siren),
            ("rna", Scheme::Rna),
            ("wikidata", Scheme::Wikidata),
            ("transparency_register", Scheme::Register),
        ],
        Kind::Place => &[
            ("siret", Scheme::Siret),
            ("wikidata", Scheme::Wikidata),
            ("osm_ref", Scheme::Osm),
        ],
        _ => &[("wikidata", Scheme::Wikidata)],
    };
    schemes
        .iter()
        .filter_map(|&(column, scheme)| {
            let text = short(entity, column)?;
            let value: String = text.chars().filter(|c| !c.is_whitespace()).collect();
            Some((scheme, value.to_uppercase().into()))
        })
        .collect()
}

/// A text that is not empty and not longer than a code may be.
fn short<'a>(entity: &'a Entity, column: &str) -> Option<&'a str> {
    let text = entity.text(column)?.trim();
    (!text.is_empty() && text.len() <= 64).then_some(text)
}

/// The day part of a date or timestamp that knows its day.
fn day(entity: &Entity, column: &str) -> Option<Box<str>> {
    let (day, _) = entity.text(column)?.split_at_checked(10)?;
    let fits = day.bytes().enumerate().all(|(at, byte)| match at {
        4 | 7 => byte == b'-',
        _ => byte.is_ascii_digit(),
    });
    fits.then(|| day.into())
}

/// A town in canonical form: no district, no number, one language.
fn town_form(rules: &Rules, town: &str) -> Option<Box<str>> {
    const NOISE: &[&str] = &["cedex", "arrondissement", "e", "er", "eme"];
    let noise = |token: &String| {
        NOISE.contains(&token.as_str()) || token.bytes().all(|b| b.is_ascii_digit())
    };
    let tokens: Vec<String> = fold(town)
        .into_iter()
        .filter(|token| !noise(token))
        .collect();
    let joined = tokens.join(" ");
    if joined.is_empty() {
        return None;
    }
    let canonical = rules.phrase(&joined).map(|(word, _)| word.to_owned());
    Some(canonical.unwrap_or(joined).into())
}

fn street_number(address: &str) -> Option<Box<str>> {
    let tokens = fold(address);
    let first = tokens.first()?;
    first
        .bytes()
        .all(|b| b.is_ascii_digit())
        .then(|| first.as_str().into())
}

fn point(entity: &Entity) -> Option<(f64, f64)> {
    let number = |column: &str| entity.columns.get(column).and_then(Value::as_f64);
    Some((number("lon")?, number("lat")?))
}

fn parties(rules: &Rules, entity: &Entity, column: &str) -> Vec<Party> {
    let items = match entity.columns.get(column) {
        Some(Value::Array(items)) => items.as_slice(),
        Some(value) => std::slice::from_ref(value),
        None => &[],
    };
    items
        .iter()
        .filter_map(|item| party(rules, entity, item))
        .collect()
}

fn party(rules: &Rules, entity: &Entity, item: &Value) -> Option<Party> {
    if let Some(iri) = item.as_str() {
        return Some(Party {
            iri: Some(iri.into()),
            ..Party::default()
        });
    }
    let reference = Reference::from_value(item)?;
    let record = reference.record.as_ref().map(|key| {
        record_number(&Member {
            kind: reference.kind,
            source: entity.source.clone(),
            key: key.clone(),
        })
    });
    let name = reference
        .name
        .as_deref()
        .and_then(|name| Name::read(rules, name));
    Some(Party {
        iri: None,
        record,
        name: name.map(|(name, _)| name.glued),
        site: reference
            .website
            .as_deref()
            .and_then(|text| site(rules, text)),
    })
}

/// A record's identity as a number, so that features stay small.
fn record_number(member: &Member) -> u64 {
    let digest = Digest::of_parts([
        member.kind.name(),
        member.source.as_str(),
        member.key.as_str(),
    ]);
    digest
        .bytes()
        .iter()
        .take(8)
        .fold(0, |number, &byte| (number << 8) | u64::from(byte))
}

/// Whether a place's name is one that many towns have.
pub(crate) fn is_generic_place(name: &Name) -> bool {
    name.tokens().all(|token| {
        words::entries(words::GENERIC_PLACES).any(|word| word == token)
            || words::STOP_WORDS.contains(&token)
            || token.bytes().all(|b| b.is_ascii_digit())
    })
}
