//! Events: an edition of a series, a page, or a title on a day. An opening is not its week.

use super::gates::{self, Verdict};
use super::names::{Match, matched, overlap};
use super::{Case, Zone, weight};
use crate::Features;
use crate::features::Party;
use crate::words;

/// Share of words from which two titles agree.
const TITLE: f64 = 0.9;
/// Share of words from which two pages are not about two things.
const ALIKE: f64 = 0.5;

pub(crate) fn zone(case: &mut Case, left: &Features, right: &Features) -> Zone {
    let gates = [
        whole_and_part,
        gates::keys,
        editions,
        gates::qualifiers,
        gates::notes,
    ];
    let verdict = gates.into_iter().map(|gate| gate(case, left, right)).max();
    if verdict == Some(Verdict::Shut) {
        return Zone::Different;
    }
    let found = decide(case, left, right);
    if verdict == Some(Verdict::Capped) {
        return found.max(Zone::Review);
    }
    found
}

fn decide(case: &mut Case, left: &Features, right: &Features) -> Zone {
    if let Some((scheme, value)) = left.shared_key(right) {
        case.add(scheme.name(), weight::KEY, format!("the same: {value}"));
        return Zone::Same;
    }
    let share = overlap(left, right);
    let days = known(left.day.as_deref(), right.day.as_deref());
    let sorts = known(left.sort.as_deref(), right.sort.as_deref());
    if gates::same_page(left, right) {
        case.add("url", weight::ADDRESS, "the same address");
        let fits = days != Some(false) && sorts != Some(false) && share >= ALIKE;
        return if fits { Zone::Same } else { Zone::Review };
    }
    if let Some(zone) = edition(case, left, right, share, days, sorts) {
        return zone;
    }
    let alias = matched(left, right) == Match::Alias;
    if share < TITLE && !alias {
        return if matched(left, right) == Match::Initials && days != Some(false) {
            case.add("name", weight::WEAK_NAME, Match::Initials.words());
            Zone::Review
        } else {
            Zone::Different
        };
    }
    case.add("name", weight::NAME, "titles agree");
    title(case, left, right, days, sorts)
}

/// Both name an edition of the same series.
fn edition(
    case: &mut Case,
    left: &Features,
    right: &Features,
    share: f64,
    days: Option<bool>,
    sorts: Option<bool>,
) -> Option<Zone> {
    let (a, b) = (left.numbers(), right.numbers());
    let number = a.iter().find(|number| b.contains(number))?;
    let titles = named_series(left).is_some() && named_series(left) == named_series(right);
    let series = left.series.is_some() && left.series == right.series && sorts == Some(true);
    let whole = left
        .sort
        .as_deref()
        .is_some_and(|sort| words::WHOLE_TYPES.contains(&sort));
    if !(titles || (series && (whole || share >= ALIKE))) {
        return None;
    }
    case.add(
        "edition",
        weight::EDITION,
        format!("the same series and edition: {number}"),
    );
    let against = days == Some(false) || sorts == Some(false);
    if against {
        case.add("day", weight::DOUBT, "another day or another type");
    }
    let weak = left
        .name
        .as_ref()
        .is_none_or(|name| name.needs_key(false) && !series);
    Some(if against || weak {
        Zone::Review
    } else {
        Zone::Same
    })
}

/// The title without its number.
fn named_series(side: &Features) -> Option<String> {
    side.name
        .as_ref()
        .map(crate::name::Name::series)
        .filter(|series| !series.is_empty())
}

fn title(
    case: &mut Case,
    left: &Features,
    right: &Features,
    days: Option<bool>,
    sorts: Option<bool>,
) -> Zone {
    match days {
        Some(true) => case.add("day", weight::DAY, "the same day"),
        Some(false) => {
            case.add("day", weight::CONFLICT, "another day");
            return Zone::Different;
        }
        None => case.add("day", weight::DOUBT, "a day that is not known"),
    }
    let places = Party::common(&left.places, &right.places);
    let organisers = Party::common(&left.parties, &right.parties);
    for (feature, agrees) in [("place", places), ("organiser", organisers)] {
        match agrees {
            Some(true) => case.add(feature, weight::PARTY, format!("the same {feature}")),
            Some(false) => case.add(feature, weight::DOUBT, format!("another {feature}")),
            None => {}
        }
    }
    let modes = known(left.mode.as_deref(), right.mode.as_deref());
    let against = [places, organisers, sorts, modes].contains(&Some(false));
    if days == Some(true) && !against {
        Zone::Same
    } else {
        Zone::Review
    }
}

fn known(left: Option<&str>, right: Option<&str>) -> Option<bool> {
    left.zip(right).map(|(a, b)| a == b)
}

/// The gate between a whole and its part.
fn whole_and_part(case: &mut Case, left: &Features, right: &Features) -> Verdict {
    let parts = |side: &Features| -> Vec<String> {
        let tokens = side.name.iter().flat_map(crate::name::Name::tokens);
        tokens
            .filter(|token| words::PARTS.contains(token))
            .map(str::to_owned)
            .collect()
    };
    if left.name.is_some()
        && right.name.is_some()
        && parts(left).is_empty() != parts(right).is_empty()
    {
        case.gate("part", "an opening, a launch or a closing is not its event");
        return Verdict::Shut;
    }
    let series = |side: &Features| side.sort.as_deref().map(|sort| sort == "series");
    if series(left).zip(series(right)).is_some_and(|(a, b)| a != b) {
        case.gate("event_type", "a series is not its edition");
        return Verdict::Shut;
    }
    if is_above(left, right) || is_above(right, left) {
        case.gate("super_event", "one takes place within the other");
        return Verdict::Shut;
    }
    Verdict::Open
}

fn is_above(whole: &Features, part: &Features) -> bool {
    part.above.as_ref().is_some_and(|above| {
        let named = whole.name.as_ref().map(|name| &name.glued);
        (above.record.is_some() && above.record == Some(whole.own))
            || (above.name.is_some() && above.name.as_ref() == named)
    })
}

/// The gate of editions: a year that the other side's day states counts as said.
fn editions(case: &mut Case, left: &Features, right: &Features) -> Verdict {
    let (a, b) = (left.numbers(), right.numbers());
    let within = |some: &[&str], all: &[&str]| some.iter().all(|number| all.contains(number));
    let dated = |numbers: &[&str], other: &Features| {
        other.year().is_some_and(|year| numbers.contains(&year))
    };
    let fits = match (a.is_empty(), b.is_empty()) {
        (true, true) => true,
        // A page of its own says of which edition it is.
        (true, false) => dated(&b, left) || gates::same_page(left, right),
        (false, true) => dated(&a, right) || gates::same_page(left, right),
        (false, false) => within(&a, &b) || within(&b, &a),
    };
    let days = |side: &Features| {
        side.name
            .iter()
            .flat_map(|name| name.days.clone())
            .collect()
    };
    let (c, d): (Vec<_>, Vec<_>) = (days(left), days(right));
    if !c.is_empty() && !d.is_empty() && !c.iter().any(|day| d.contains(day)) {
        case.gate("day", "two titles with two different days");
        return Verdict::Shut;
    }
    if fits || left.name.is_none() || right.name.is_none() {
        return Verdict::Open;
    }
    let words = if a.is_empty() || b.is_empty() {
        "a number on one side only: an edition of the other, perhaps"
    } else {
        "different editions"
    };
    case.gate("edition", words);
    Verdict::Shut
}
