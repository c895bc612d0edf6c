//! Programmes, places and documents: what has a page, a spot or a publisher.

use super::gates::{self, Verdict};
use super::names::{Match, matched, needs_key, overlap};
use super::{Case, Zone, weight};
use crate::Features;
use crate::features::{Party, is_generic_place};
use crate::words;

/// Metres between two points of one place.
const NEAR: f64 = 500.0;
/// Mean radius of the Earth in metres.
const EARTH: f64 = 6_371_000.0;

fn shut(case: &mut Case, left: &Features, right: &Features, names: bool) -> Option<bool> {
    let mut verdicts = vec![gates::keys(case, left, right)];
    if names {
        verdicts.push(gates::numbers(case, left, right));
        verdicts.push(gates::qualifiers(case, left, right));
        verdicts.push(gates::notes(case, left, right));
    }
    let worst = verdicts.into_iter().max();
    (worst != Some(Verdict::Shut)).then_some(worst == Some(Verdict::Capped))
}

fn shared_key(case: &mut Case, left: &Features, right: &Features) -> bool {
    let key = left.shared_key(right);
    if let Some((scheme, value)) = key {
        case.add(scheme.name(), weight::KEY, format!("the same: {value}"));
    }
    key.is_some()
}

/// Any address in common, home pages included.
fn same_address(left: &Features, right: &Features) -> bool {
    left.address.is_some() && left.address == right.address
}

/// Programmes: the same page, else the same name with no conflict of operator or kind.
pub(crate) fn programme(case: &mut Case, left: &Features, right: &Features) -> Zone {
    let Some(capped) = shut(case, left, right, true) else {
        return Zone::Different;
    };
    let zone = programme_zone(case, left, right);
    if capped { zone.max(Zone::Review) } else { zone }
}

fn programme_zone(case: &mut Case, left: &Features, right: &Features) -> Zone {
    let key = shared_key(case, left, right);
    let found = matched(left, right);
    if found != Match::None {
        case.add("name", weight::NAME, found.words());
    }
    let page = same_address(left, right);
    if page {
        case.add("url", weight::ADDRESS, "the same address");
    }
    if key {
        return Zone::Same;
    }
    if page {
        let named = found != Match::None || left.name.is_none() || right.name.is_none();
        let sure = gates::same_page(left, right) || (named && found < Match::Typo);
        return if sure { Zone::Same } else { Zone::Review };
    }
    let operators = Party::common(&left.parties, &right.parties);
    let vague = |side: &Features| {
        side.sort
            .as_deref()
            .is_none_or(|sort| words::VAGUE_PROGRAMMES.contains(&sort))
    };
    let sorts = left.sort == right.sort || vague(left) || vague(right);
    match operators {
        Some(true) => case.add("operator", weight::PARTY, "the same operator"),
        Some(false) => case.add("operator", weight::CONFLICT, "another operator"),
        None => {}
    }
    if !sorts {
        case.add("kind", weight::DOUBT, "another kind");
    }
    let weak = needs_key(left, right, found) && operators != Some(true);
    let against = operators == Some(false) || !sorts;
    match found {
        Match::None => Zone::Different,
        Match::Equal | Match::Alias | Match::Town | Match::Repaired if !weak && !against => {
            Zone::Same
        }
        _ => Zone::Review,
    }
}

/// Places: the same SIRET, else the same name in the same town or within 500 m.
pub(crate) fn place(case: &mut Case, left: &Features, right: &Features) -> Zone {
    let Some(capped) = shut(case, left, right, true) else {
        return Zone::Different;
    };
    if shared_key(case, left, right) {
        return if capped { Zone::Review } else { Zone::Same };
    }
    let found = matched(left, right);
    if found == Match::None {
        return Zone::Different;
    }
    case.add("name", weight::NAME, found.words());
    let zone = place_zone(case, left, right, found);
    if capped { zone.max(Zone::Review) } else { zone }
}

fn place_zone(case: &mut Case, left: &Features, right: &Features, found: Match) -> Zone {
    let generic = |side: &Features| side.name.as_ref().is_some_and(is_generic_place);
    let weak = generic(left) || generic(right);
    let equal = matches!(
        found,
        Match::Equal | Match::Alias | Match::Town | Match::Repaired
    );
    let towns = left
        .town
        .as_ref()
        .zip(right.town.as_ref())
        .map(|(a, b)| a == b);
    let near = left
        .point
        .zip(right.point)
        .map(|(a, b)| metres(a, b) <= NEAR);
    match near {
        Some(true) => case.add("point", weight::PLACE, "within 500 m"),
        Some(false) => case.add("point", weight::DOUBT, "more than 500 m apart"),
        None => {}
    }
    match towns {
        Some(true) => case.add("town", weight::PLACE, "the same town"),
        Some(false) => case.add("town", weight::CONFLICT, "different towns"),
        None => {}
    }
    match (near, towns) {
        (Some(true), _) if equal => Zone::Same,
        (Some(true), _) => Zone::Review,
        (_, Some(false)) => Zone::Different,
        (Some(false), _) if weak => Zone::Different,
        (Some(false), _) => Zone::Review,
        (None, Some(true)) if equal => Zone::Same,
        (None, None) if equal && !weak && !needs_key(left, right, found) => Zone::Same,
        (None, _) => Zone::Review,
    }
}

/// Great-circle distance between two points given as longitude and latitude.
fn metres(a: (f64, f64), b: (f64, f64)) -> f64 {
    let (dx, dy) = ((b.0 - a.0).to_radians(), (b.1 - a.1).to_radians());
    let (from, to) = (a.1.to_radians(), b.1.to_radians());
    let h = (dy / 2.0).sin().powi(2) + from.cos() * to.cos() * (dx / 2.0).sin().powi(2);
    2.0 * EARTH * h.sqrt().min(1.0).asin()
}

/// Documents: the same address, else the same title, publisher and date.
pub(crate) fn document(case: &mut Case, left: &Features, right: &Features) -> Zone {
    if shut(case, left, right, false).is_none() {
        return Zone::Different;
    }
    if shared_key(case, left, right) {
        return Zone::Same;
    }
    if gates::same_page(left, right) {
        case.add("url", weight::ADDRESS, "the same address");
        return Zone::Same;
    }
    if matched(left, right) != Match::Equal && overlap(left, right) < 1.0 {
        return Zone::Different;
    }
    if gates::numbers(case, left, right) == Verdict::Shut {
        return Zone::Different;
    }
    case.add("title", weight::NAME, "titles agree");
    let publishers = Party::common(&left.parties, &right.parties);
    let days = left
        .day
        .as_ref()
        .zip(right.day.as_ref())
        .map(|(a, b)| a == b);
    for (feature, agrees, weight) in [
        ("publisher", publishers, weight::PARTY),
        ("published", days, weight::DAY),
    ] {
        match agrees {
            Some(true) => case.add(feature, weight, format!("{feature}: the same")),
            Some(false) => case.add(feature, weight::CONFLICT, format!("{feature}: another")),
            None => {}
        }
    }
    match (publishers, days) {
        (Some(true), Some(true)) => Zone::Same,
        (Some(false), _) | (_, Some(false)) => Zone::Different,
        _ => Zone::Review,
    }
}
