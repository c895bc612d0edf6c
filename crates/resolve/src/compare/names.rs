//! How two names agree, strongest first. Similarity decides nothing: what is not equal in normal form is at most a
//! candidate for review.

use std::collections::BTreeSet;

use crate::Features;
use crate::name::Name;

/// Letters from which a typo is looked for.
const TYPO: usize = 8;
/// Letters from which a repaired single word decides.
const SURE_REPAIR: usize = 8;
/// Letters of an acronym at most.
const ACRONYM: usize = 8;

/// How two names agree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Match {
    /// Equal in normal form.
    Equal,
    /// Equal but for a town that is the other side's own.
    Town,
    /// One is an attested alias of the other.
    Alias,
    /// Equal after a glued next word was cut off.
    Repaired,
    /// Equal but for a suffix of a domain that brands do not drop.
    Suffix,
    /// Equal but for a word of activity.
    Activity,
    /// Both attest the same alias.
    SharedAlias,
    /// Equal after a word glued before, or an unsure one after, was cut off.
    Glued,
    /// One letter apart.
    Typo,
    /// One is made of the other's initials.
    Initials,
    /// Nothing of this.
    None,
}

impl Match {
    pub(crate) const fn words(self) -> &'static str {
        match self {
            Self::Equal => "equal in normal form",
            Self::Town => "equal but for the town, which is the other's own",
            Self::Alias => "the name of one is an attested alias of the other",
            Self::Repaired => "equal after cutting off a glued next word (extraction-repaired)",
            Self::Suffix => "equal but for the suffix of a domain",
            Self::Activity => "equal but for a word of activity",
            Self::SharedAlias => "an alias in common",
            Self::Glued => "equal after cutting off what may be a glued word",
            Self::Typo => "one letter apart",
            Self::Initials => "one is made of the initials of the other, which nobody attests",
            Self::None => "names differ",
        }
    }
}

/// How the names of two statements agree.
pub(crate) fn matched(left: &Features, right: &Features) -> Match {
    let (Some(a), Some(b)) = (&left.name, &right.name) else {
        return aliases(left, right);
    };
    if a.glued == b.glued && suffixes_agree(a, b) {
        return Match::Equal;
    }
    let one_way = |f: &dyn Fn(&Features, &Name, &Features, &Name) -> bool| {
        f(left, a, right, b) || f(right, b, left, a)
    };
    if one_way(&|_, a, right, b| town_apart(a, right, b)) {
        return Match::Town;
    }
    let alias = aliases(left, right);
    if alias == Match::Alias {
        return alias;
    }
    if one_way(&|_, a, _, b| is_repaired(a, b, true)) {
        Match::Repaired
    } else if a.glued == b.glued {
        Match::Suffix
    } else if one_way(&|_, a, _, b| a.without_activity().is_some_and(|rest| *rest == *b.glued)) {
        Match::Activity
    } else if alias == Match::SharedAlias {
        alias
    } else if one_way(&|_, a, _, b| is_repaired(a, b, false) || a.tail == Some(b.glued.clone())) {
        Match::Glued
    } else if is_typo(a, b) {
        Match::Typo
    } else if one_way(&|_, a, _, b| is_acronym(a, b)) {
        Match::Initials
    } else {
        Match::None
    }
}

/// The attested alias of one that is the name of the other, the most telling of several: it lifts the gates of
/// numbers and qualifiers. None where the names are equal anyway.
pub(crate) fn attested<'a>(left: &'a Features, right: &'a Features) -> Option<&'a Name> {
    let named = |from: &'a Features, to: &'a Features| {
        let name = to.name.as_ref();
        let fits = move |alias: &&Name| {
            name.is_some_and(|name| alias.glued == name.glued && suffixes_agree(alias, name))
        };
        from.aliases.iter().filter(fits)
    };
    if let (Some(a), Some(b)) = (&left.name, &right.name)
        && a.glued == b.glued
    {
        return None;
    }
    named(left, right)
        .chain(named(right, left))
        .max_by_key(|alias| (!alias.needs_key(true), &alias.glued))
}

fn aliases(left: &Features, right: &Features) -> Match {
    if attested(left, right).is_some() {
        return Match::Alias;
    }
    let shared = |alias: &Name| right.aliases.iter().any(|other| other.glued == alias.glued);
    if left.aliases.iter().any(shared) {
        Match::SharedAlias
    } else {
        Match::None
    }
}

/// Whether one may drop the suffix that the other bears: `.org` names the foundation of a company too.
fn suffixes_agree(a: &Name, b: &Name) -> bool {
    let brand = |suffix: &str| crate::words::BRAND_SUFFIXES.contains(&suffix);
    match (a.suffix.as_deref(), b.suffix.as_deref()) {
        (Some(a), Some(b)) => a == b,
        (Some(one), None) | (None, Some(one)) => brand(one),
        (None, None) => true,
    }
}

fn town_apart(a: &Name, right: &Features, b: &Name) -> bool {
    let town = right.town.as_deref();
    town.and_then(|town| a.without_town(town))
        .is_some_and(|rest| *rest == *b.glued)
}

fn is_repaired(a: &Name, b: &Name, surely: bool) -> bool {
    let several = b.words.contains(' ');
    let long = several || b.glued.chars().count() >= SURE_REPAIR;
    a.repaired()
        .is_some_and(|(head, sure)| head == &*b.glued && (!surely || (sure && long)))
}

fn is_typo(a: &Name, b: &Name) -> bool {
    let (long, short) = (a.glued.chars().count(), b.glued.chars().count());
    let fits = long.min(short) >= TYPO && long.abs_diff(short) <= 1 && a.numbers == b.numbers;
    fits && strsim::osa_distance(&a.glued, &b.glued) <= 1
}

fn is_acronym(a: &Name, b: &Name) -> bool {
    let single = !a.words.contains(' ') && a.glued.chars().count() <= ACRONYM;
    single && b.words.contains(' ') && b.has_initials(&a.glued)
}

/// Share of words that two titles have in common, from 0 to 1 (Dice), numbers and small words left out.
pub(crate) fn overlap(left: &Features, right: &Features) -> f64 {
    let (Some(a), Some(b)) = (&left.name, &right.name) else {
        return 0.0;
    };
    if a.glued == b.glued || a.series() == b.series() {
        return 1.0;
    }
    let left: BTreeSet<&str> = a.title_words().into_iter().collect();
    let right: BTreeSet<&str> = b.title_words().into_iter().collect();
    let all = left.len() + right.len();
    let common = left.intersection(&right).count();
    let count = |n: usize| f64::from(u32::try_from(n).unwrap_or(u32::MAX));
    if all == 0 {
        0.0
    } else {
        2.0 * count(common) / count(all)
    }
}

/// Whether what agrees identifies nobody by itself: the alias, the longer name where a town completes it, else either.
pub(crate) fn needs_key(left: &Features, right: &Features, found: Match) -> bool {
    if let Some(alias) = attested(left, right).filter(|_| found == Match::Alias) {
        return alias.needs_key(true);
    }
    let (Some(a), Some(b)) = (&left.name, &right.name) else {
        return true;
    };
    let longer = if a.glued.len() < b.glued.len() { b } else { a };
    if found == Match::Town {
        return longer.needs_key(false);
    }
    let with_suffix = a.suffix == b.suffix;
    a.needs_key(with_suffix) || b.needs_key(with_suffix)
}
