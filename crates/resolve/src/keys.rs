//! Blocking keys: two statements are compared only where they hold one in common.
//!
//! A key is kind, scheme and value; the lake sorts their digests. Each scheme declares how many statements a block
//! may hold, so that no block explodes: a cap is declared, never estimated.

use std::collections::BTreeSet;

use moisson_model::{Digest, Kind};
use serde::{Deserialize, Serialize};

use crate::Features;
use crate::features::is_generic_place;
use crate::name::Name;

/// What a key is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scheme {
    /// SIREN.
    Siren,
    /// RNA.
    Rna,
    /// SIRET.
    Siret,
    /// Wikidata item.
    Wikidata,
    /// EU Transparency Register.
    Register,
    /// OpenStreetMap object.
    Osm,
    /// Registrable domain, or handle on a shared host.
    Site,
    /// Canonical address of a page.
    Address,
    /// Glued normal name.
    Name,
    /// Series and edition.
    Edition,
    /// Day and heaviest word of a title.
    Day,
}

impl Scheme {
    /// The word in reasons: `siren`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Siren => "siren",
            Self::Rna => "rna",
            Self::Siret => "siret",
            Self::Wikidata => "wikidata",
            Self::Register => "transparency_register",
            Self::Osm => "osm",
            Self::Site => "domain",
            Self::Address => "url",
            Self::Name => "name",
            Self::Edition => "edition",
            Self::Day => "day",
        }
    }

    /// How many statements a block of this scheme may hold before it is left out.
    pub const fn cap(self) -> usize {
        match self {
            Self::Siren | Self::Rna | Self::Siret | Self::Wikidata | Self::Register | Self::Osm => {
                1000
            }
            Self::Site | Self::Address | Self::Edition => 300,
            Self::Name | Self::Day => 200,
        }
    }
}

/// A blocking key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Key {
    /// The type: types never merge.
    pub kind: Kind,
    /// What it is made of.
    pub scheme: Scheme,
    /// Its value.
    pub value: String,
}

impl Key {
    /// Sixteen bytes that stand for it when keys are sorted.
    pub fn digest(&self) -> [u8; 16] {
        let digest = Digest::of_parts([self.kind.name(), self.scheme.name(), &self.value]);
        let mut short = [0; 16];
        for (byte, full) in short.iter_mut().zip(digest.bytes()) {
            *byte = *full;
        }
        short
    }
}

/// The blocking keys of one entity, sorted, each once. A relation has none: it is known by its resolved ends.
pub fn keys(features: &Features) -> Vec<Key> {
    let mut values: BTreeSet<(Scheme, String)> = BTreeSet::new();
    if features.kind == Kind::Relation {
        return Vec::new();
    }
    for (scheme, value) in &features.strong {
        values.insert((*scheme, value.to_string()));
    }
    values.extend(
        features
            .site
            .iter()
            .map(|site| (Scheme::Site, site.to_string())),
    );
    let page = features.address.as_ref();
    values.extend(page.map(|page| (Scheme::Address, page.text.to_string())));
    match features.kind {
        Kind::Event => event_keys(features, &mut values),
        Kind::Place => place_keys(features, &mut values),
        _ => name_keys(features, &mut values),
    }
    let whole = |(scheme, value)| Key {
        kind: features.kind,
        scheme,
        value,
    };
    values.into_iter().map(whole).collect()
}

fn name_keys(features: &Features, values: &mut BTreeSet<(Scheme, String)>) {
    for name in features.name.iter().chain(&features.aliases) {
        let mut add = |value: &str| values.insert((Scheme::Name, value.to_owned()));
        add(&name.glued);
        if let Some((head, _)) = name.repaired() {
            add(head);
        }
        name.tail.as_deref().map(&mut add);
        name.without_activity().as_deref().map(&mut add);
        for word in &name.qualifiers {
            let rest = name.without_town(word);
            rest.map(|rest| add(&format!("{rest}{word}")));
        }
        if let Some(town) = &features.town {
            let rest = name.without_town(town);
            add(&format!("{}{town}", rest.as_deref().unwrap_or(&name.glued)));
        }
    }
}

fn event_keys(features: &Features, values: &mut BTreeSet<(Scheme, String)>) {
    let numbers = features.numbers();
    let years: Vec<&str> = numbers.iter().copied().chain(features.year()).collect();
    let names = features.name.iter().chain(&features.aliases);
    let titles = names.clone().map(Name::series);
    for title in titles.chain(features.series.iter().map(ToString::to_string)) {
        for year in &years {
            values.insert((Scheme::Edition, format!("{title} {year}")));
        }
        if years.is_empty() {
            values.insert((Scheme::Name, title));
        }
    }
    for name in names {
        let heaviest = name
            .title_words()
            .into_iter()
            .max_by_key(|word| word.chars().count());
        if let (Some(day), Some(word)) = (&features.day, heaviest) {
            values.insert((Scheme::Day, format!("{day} {word}")));
        }
    }
}

fn place_keys(features: &Features, values: &mut BTreeSet<(Scheme, String)>) {
    for name in features.name.iter().chain(&features.aliases) {
        let town = features.town.as_deref();
        let short = town.and_then(|town| name.without_town(town));
        for glued in short.as_deref().into_iter().chain([&*name.glued]) {
            match town.filter(|_| is_generic_place(name)) {
                Some(town) => values.insert((Scheme::Name, format!("{glued} {town}"))),
                None => values.insert((Scheme::Name, glued.to_owned())),
            };
        }
    }
}
