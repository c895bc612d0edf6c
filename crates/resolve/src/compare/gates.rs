//! The gates: what forbids a merge before any score. Each gives its reason where it speaks.

use super::Case;
use super::names::attested;
use crate::Features;
use crate::keys::Scheme;

/// What a gate says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Verdict {
    /// Nothing.
    Open,
    /// At most a review.
    Capped,
    /// Different, whatever agrees.
    Shut,
}

/// The gate of strong keys: two different ones in a scheme.
pub(crate) fn keys(case: &mut Case, left: &Features, right: &Features) -> Verdict {
    let Some((scheme, least, most)) = left.key_conflict(right) else {
        return Verdict::Open;
    };
    let words = format!("two different keys: {least} and {most}");
    case.gate(scheme.name(), words);
    Verdict::Shut
}

/// The gate of classes of actors: an organisation is not its project.
pub(crate) fn class(case: &mut Case, left: &Features, right: &Features) -> Verdict {
    match (left.class, right.class) {
        (Some(a), Some(b)) if a != b => {
            let (a, b) = (a.min(b), a.max(b));
            case.gate("kind", format!("{} and {} never merge", a.word(), b.word()));
            Verdict::Shut
        }
        _ => Verdict::Open,
    }
}

/// The gate of numbers for what has no editions: they must be the same.
pub(crate) fn numbers(case: &mut Case, left: &Features, right: &Features) -> Verdict {
    let (a, b) = (left.numbers(), right.numbers());
    if a == b || left.name.is_none() || right.name.is_none() {
        return Verdict::Open;
    }
    let words = if a.is_empty() || b.is_empty() {
        "a number on one side only: an edition of the other, perhaps"
    } else {
        "different numbers"
    };
    lifted(case, left, right, "number", words)
}

/// The gate of qualifiers: `Fondation`, `France`, a town that is not the other side's own.
pub(crate) fn qualifiers(case: &mut Case, left: &Features, right: &Features) -> Verdict {
    let (Some(a), Some(b)) = (&left.name, &right.name) else {
        return Verdict::Open;
    };
    let extra = |own: &[Box<str>], other: &[Box<str>], town: Option<&str>| -> Vec<String> {
        let known = |word: &str| other.iter().any(|other| **other == *word) || town == Some(word);
        let words = own.iter().map(|word| &**word);
        words
            .filter(|word| !known(word))
            .map(str::to_owned)
            .collect()
    };
    let mut words = extra(&a.qualifiers, &b.qualifiers, right.town.as_deref());
    words.extend(extra(&b.qualifiers, &a.qualifiers, left.town.as_deref()));
    if words.is_empty() {
        return Verdict::Open;
    }
    words.sort_unstable();
    let words = format!("one has, the other lacks: {}", words.join(", "));
    lifted(case, left, right, "qualifier", &words)
}

/// The gate of notes in parentheses: two different ones are two things, one is a doubt.
pub(crate) fn notes(case: &mut Case, left: &Features, right: &Features) -> Verdict {
    let note = |side: &Features| side.name.as_ref().and_then(|name| name.note.clone());
    match (note(left), note(right)) {
        (Some(a), Some(b)) if a != b => {
            lifted(case, left, right, "note", "different notes in parentheses")
        }
        (Some(_), None) | (None, Some(_)) if left.name.is_some() && right.name.is_some() => {
            let site = left.site.is_some() && left.site == right.site;
            if site
                || same_page(left, right)
                || left.shared_key(right).is_some()
                || attested(left, right).is_some()
            {
                return Verdict::Open;
            }
            case.add(
                "note",
                super::weight::DOUBT,
                "a note in parentheses on one side only",
            );
            Verdict::Capped
        }
        _ => Verdict::Open,
    }
}

/// A page of its own is a key of what has one; a home page may present several things.
pub(crate) fn same_page(left: &Features, right: &Features) -> bool {
    let page = |side: &Features| side.address.clone().filter(|address| !address.home);
    page(left).is_some() && page(left) == page(right)
}

/// A gate of names is lifted by an attested alias and by a key that names one body; a SIREN may have several
/// brands, so that it only makes a review of it.
fn lifted(
    case: &mut Case,
    left: &Features,
    right: &Features,
    feature: &str,
    words: &str,
) -> Verdict {
    if attested(left, right).is_some() {
        return Verdict::Open;
    }
    let shared = left.shared_key(right).map(|(scheme, _)| *scheme);
    let verdict = match (feature, shared) {
        (_, None) => Verdict::Shut,
        ("qualifier", Some(Scheme::Rna | Scheme::Wikidata | Scheme::Register)) => Verdict::Open,
        _ => Verdict::Capped,
    };
    match verdict {
        Verdict::Shut => case.gate(feature, words),
        Verdict::Capped => case.add(feature, super::weight::CONFLICT, words),
        Verdict::Open => {}
    }
    verdict
}
