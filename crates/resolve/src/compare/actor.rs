//! Actors: gates, strong keys, the domain with a name, the name with nothing against it.

use super::names::{Match, matched, needs_key};
use super::{Case, Zone, gates, weight};
use crate::Features;
use crate::compare::gates::Verdict;
use crate::keys::Scheme;

pub(crate) fn zone(case: &mut Case, left: &Features, right: &Features) -> Zone {
    let Some(capped) = gate(case, left, right) else {
        return Zone::Different;
    };
    let found = decide(case, left, right);
    if capped {
        found.max(Zone::Review)
    } else {
        found
    }
}

/// All gates: `None` where one is shut, else whether one caps the zone at review.
fn gate(case: &mut Case, left: &Features, right: &Features) -> Option<bool> {
    let verdict = [
        gates::class,
        gates::keys,
        gates::numbers,
        gates::qualifiers,
        gates::notes,
    ]
    .into_iter()
    .map(|gate| gate(case, left, right))
    .max();
    match verdict {
        Some(Verdict::Shut) => None,
        other => Some(other == Some(Verdict::Capped)),
    }
}

fn decide(case: &mut Case, left: &Features, right: &Features) -> Zone {
    let key = left.shared_key(right);
    if let Some((scheme, value)) = key {
        case.add(scheme.name(), weight::KEY, format!("the same: {value}"));
    }
    let found = matched(left, right);
    if found != Match::None {
        case.add("name", weight_of(found), found.words());
    }
    let site = left
        .site
        .as_ref()
        .filter(|site| Some(*site) == right.site.as_ref());
    if let Some(site) = site {
        case.add(
            Scheme::Site.name(),
            weight::SITE,
            format!("the same: {site}"),
        );
    }
    let spot = whereabouts(case, left, right);
    if key.is_some() {
        return Zone::Same;
    }
    if site.is_some() {
        return with_site(found, spot);
    }
    let zone = by_name(case, left, right, found, spot);
    if zone == Zone::Same && sites_tell_apart(left, right) {
        case.add(
            "domain",
            weight::DOUBT,
            "a single word, and two different domains",
        );
        return Zone::Review;
    }
    zone
}

const fn weight_of(found: Match) -> f64 {
    match found {
        Match::Equal | Match::Town => weight::NAME,
        Match::Alias => weight::ALIAS,
        Match::Repaired => weight::REPAIRED,
        _ => weight::WEAK_NAME,
    }
}

/// What is known of where both are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Spot {
    /// Another country.
    Abroad,
    /// Another town.
    Elsewhere,
    /// Nothing tells.
    Unknown,
    /// The same town.
    Town,
    /// The same town and postal code.
    Near,
    /// The same street number and postal code.
    Door,
}

fn whereabouts(case: &mut Case, left: &Features, right: &Features) -> Spot {
    let same = |a: &Option<Box<str>>, b: &Option<Box<str>>| {
        a.as_ref().zip(b.as_ref()).map(|(a, b)| a == b)
    };
    let country = same(&left.country, &right.country);
    let town = same(&left.town, &right.town);
    let code = same(&left.postal_code, &right.postal_code) == Some(true);
    let door = code && same(&left.street_number, &right.street_number) == Some(true);
    match (country, town) {
        (Some(false), _) => {
            case.add("country", weight::CONFLICT, "different countries");
            return Spot::Abroad;
        }
        (_, Some(false)) if !door => {
            case.add("town", weight::CONFLICT, "different towns");
            return Spot::Elsewhere;
        }
        (_, Some(true)) => case.add("town", weight::PLACE, "the same town"),
        (Some(true), _) => case.add("country", weight::COUNTRY, "the same country"),
        _ => {}
    }
    match (door, town, code) {
        (true, _, _) => Spot::Door,
        (_, Some(true), true) => Spot::Near,
        (_, Some(true), _) => Spot::Town,
        _ => Spot::Unknown,
    }
}

/// One domain may host a group: it decides only with a name, and not across towns.
fn with_site(found: Match, spot: Spot) -> Zone {
    let named = matches!(
        found,
        Match::Equal
            | Match::Town
            | Match::Alias
            | Match::SharedAlias
            | Match::Suffix
            | Match::Activity
            | Match::Repaired
            | Match::Glued
    );
    let apart = matches!(spot, Spot::Abroad | Spot::Elsewhere);
    if named && !apart {
        Zone::Same
    } else {
        Zone::Review
    }
}

fn by_name(case: &mut Case, left: &Features, right: &Features, found: Match, spot: Spot) -> Zone {
    let weak = needs_key(left, right, found);
    match (found, spot) {
        (Match::None, Spot::Door) if share_a_word(left, right) => {
            case.add(
                "address",
                weight::PLACE,
                "the same door, and a word in common",
            );
            Zone::Review
        }
        (Match::None, _) => Zone::Different,
        (Match::Alias, Spot::Abroad | Spot::Elsewhere) => Zone::Review,
        (_, Spot::Abroad) => Zone::Different,
        (Match::Equal | Match::Town, Spot::Elsewhere) if !weak => Zone::Review,
        (_, Spot::Elsewhere) => Zone::Different,
        (Match::Equal | Match::Town | Match::Repaired, Spot::Near | Spot::Door) => Zone::Same,
        (Match::Alias, Spot::Town | Spot::Near | Spot::Door) => Zone::Same,
        (Match::Equal | Match::Town | Match::Alias | Match::Repaired, _) if !weak => Zone::Same,
        (Match::Equal | Match::Town | Match::Alias | Match::Repaired, _) => {
            case.add("name", weight::DOUBT, "a short or common name needs a key");
            Zone::Review
        }
        _ => Zone::Review,
    }
}

/// A single word that two bodies with websites of their own bear is no proof; `nom.fr` and `nom.org` are no conflict.
fn sites_tell_apart(left: &Features, right: &Features) -> bool {
    let (Some(a), Some(b)) = (&left.site, &right.site) else {
        return false;
    };
    let label = |site: &str| site.split('.').next().map(str::to_owned);
    let single = |side: &Features| {
        side.name
            .as_ref()
            .is_some_and(|name| !name.words.contains(' '))
    };
    label(a) != label(b) && (single(left) || single(right))
}

fn share_a_word(left: &Features, right: &Features) -> bool {
    super::names::overlap(left, right) > 0.0
}
