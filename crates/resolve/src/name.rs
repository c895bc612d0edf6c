//! The normal form of a name, and what the gates read in it: numbers, qualifiers, a note in parentheses.
//!
//! Two names agree where their glued forms (no spaces) are equal; everything else a name says is kept apart, so
//! that a comparison can give its reasons. Reading a name is linear and capped: a name of a megabyte costs no more
//! than a long one.

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

use crate::rules::{Phrase, Rules};
use crate::{calendar, words};

/// Characters of a name that count.
const LONGEST: usize = 300;
/// Letters of a name that is too short to identify.
const SHORT: usize = 5;
/// Letters of a lower-case word glued before a name.
const GLUED_BEFORE: usize = 6;
/// Marks a token that stuck to the one before, while a text is read.
const STUCK: &str = "\u{1}";
/// Words of the longest phrase.
const PHRASE: usize = 4;

/// A name in normal form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Name {
    /// Words in normal form, separated by one space.
    pub(crate) words: Box<str>,
    /// The same without spaces.
    pub(crate) glued: Box<str>,
    /// A suffix of a domain that the name bears: `org`.
    pub(crate) suffix: Option<Box<str>>,
    /// The note in a closing parenthesis, glued.
    pub(crate) note: Option<Box<str>>,
    /// Numbers in it, sorted.
    pub(crate) numbers: Vec<Box<str>>,
    /// Those that may be an edition: not the days of dates.
    pub(crate) editions: Vec<Box<str>>,
    /// The days of dates.
    pub(crate) days: Vec<Box<str>>,
    /// Qualifiers in it, canonical, sorted.
    pub(crate) qualifiers: Vec<Box<str>>,
    /// Whether it is made of common words, or of territories alone.
    pub(crate) common: bool,
    /// The glued form after a lower-case word that stuck to it: `associativesMonNom`.
    pub(crate) tail: Option<Box<str>>,
}

impl Name {
    /// Reads a name; `None` where it holds no letter or digit. The second part is an acronym that the name attests
    /// itself: `Union des Jardins Libres (UJL)`.
    pub(crate) fn read(rules: &Rules, raw: &str) -> Option<(Self, Option<Self>)> {
        let text: String = raw.trim().nfkc().take(LONGEST).collect();
        let (body, note) = split_note(&text);
        let (body, suffix) = split_suffix(body);
        let tokens = spell_out(trim(fold(&body)));
        if tokens.is_empty() {
            return None;
        }
        let mut name = Self::of_tokens(rules, &tokens, &body);
        name.suffix = suffix.map(Into::into);
        let note = note
            .map(|note| fold(note).concat())
            .filter(|note| !note.is_empty());
        let attested = note.clone().filter(|note| name.has_initials(note));
        if let Some(acronym) = attested {
            let alias = Self::of_tokens(rules, std::slice::from_ref(&acronym), &acronym);
            return Some((name, Some(alias)));
        }
        name.note = note.map(Into::into);
        Some((name, None))
    }

    fn of_tokens(rules: &Rules, tokens: &[String], body: &str) -> Self {
        let glued: Box<str> = tokens.concat().into();
        let (qualifiers, territories) = qualifiers(rules, tokens);
        let common = territories == tokens.len()
            || (tokens.len() <= 2 && tokens.iter().all(|token| rules.is_common(token)))
            || rules.is_common(&glued);
        let day = calendar::days(tokens);
        let of = |wanted: bool| {
            let marked = tokens.iter().zip(&day);
            numbers(
                marked
                    .filter(|(_, day)| **day == wanted)
                    .map(|(token, _)| token),
            )
        };
        Self {
            words: tokens.join(" ").into(),
            glued,
            suffix: None,
            note: None,
            numbers: numbers(tokens),
            editions: of(false),
            days: of(true),
            qualifiers,
            common,
            tail: tail(body).map(Into::into),
        }
    }

    /// Its words.
    pub(crate) fn tokens(&self) -> impl Iterator<Item = &str> {
        self.words.split(' ')
    }

    /// Whether it identifies nobody by itself: short, or made of common words. A suffix that both names bear counts.
    pub(crate) fn needs_key(&self, with_suffix: bool) -> bool {
        let suffix = self
            .suffix
            .as_ref()
            .filter(|_| with_suffix)
            .map_or(0, |text| text.chars().count());
        self.glued.chars().count() + suffix <= SHORT || (self.common && suffix == 0)
    }

    /// Whether a text is made of the first letters of its words, with or without the small ones.
    pub(crate) fn has_initials(&self, acronym: &str) -> bool {
        let initials = |small: bool| -> String {
            self.tokens()
                .filter(|token| small || !words::STOP_WORDS.contains(token))
                .filter_map(|token| token.chars().next())
                .collect()
        };
        acronym.chars().count() >= 3 && (initials(false) == acronym || initials(true) == acronym)
    }

    /// Glued form without an activity word at one end, where it has one.
    pub(crate) fn without_activity(&self) -> Option<String> {
        let tokens: Vec<&str> = self.tokens().collect();
        let is_activity = |token: &&str| words::ACTIVITY.contains(token);
        let kept = match tokens.as_slice() {
            [kept @ .., last] if is_activity(last) => kept,
            [first, kept @ ..] if is_activity(first) => kept,
            _ => return None,
        };
        (!kept.is_empty()).then(|| kept.concat())
    }

    /// Glued form without the end of a glued next word, and whether that end is sure: `Tilleulsdes`.
    pub(crate) fn repaired(&self) -> Option<(&str, bool)> {
        words::GLUED_ENDS.iter().find_map(|&(end, sure)| {
            let head = self.glued.strip_suffix(end)?;
            let last = self.tokens().last()?;
            (!head.is_empty() && last != end).then_some((head, sure))
        })
    }

    /// Glued form without a town and the small word before it, where the name holds more than that town.
    pub(crate) fn without_town(&self, town: &str) -> Option<String> {
        let tokens: Vec<&str> = self.tokens().collect();
        let phrase: Vec<&str> = town.split(' ').collect();
        let at = tokens
            .windows(phrase.len())
            .position(|window| window == phrase)?;
        let (before, rest) = tokens.split_at_checked(at)?;
        let after = rest.get(phrase.len()..)?;
        let before = match before {
            [kept @ .., link] if words::LINKS.contains(link) => kept,
            all => all,
        };
        (!before.is_empty() || !after.is_empty())
            .then(|| [before.concat(), after.concat()].concat())
    }

    /// Words that carry a title: no numbers, no small words, no `edition`.
    pub(crate) fn title_words(&self) -> Vec<&str> {
        let carries = |token: &&str| {
            !is_number(token) && *token != "edition" && !words::STOP_WORDS.contains(token)
        };
        let mut tokens: Vec<&str> = self.tokens().filter(carries).collect();
        tokens.sort_unstable();
        tokens.dedup();
        tokens
    }

    /// Glued form without numbers, small words and `edition`: what the editions of a series share.
    pub(crate) fn series(&self) -> String {
        self.tokens()
            .filter(|token| {
                !is_number(token) && *token != "edition" && !words::STOP_WORDS.contains(token)
            })
            .collect()
    }
}

/// Words of a text in lower case, without diacritics, digits apart from letters, articles dropped.
pub(crate) fn fold(text: &str) -> Vec<String> {
    let mut tokens: Vec<String> = Vec::new();
    let mut glue = false;
    for part in text
        .nfkd()
        .filter(|c| !is_combining_mark(*c))
        .flat_map(char::to_lowercase)
    {
        if !part.is_alphanumeric() {
            let apostrophe = matches!(part, '\'' | '’' | 'ʼ' | '`');
            if apostrophe && tokens.last().is_some_and(|last| last == "l") {
                tokens.pop();
            }
            if part == '&' {
                tokens.push("et".to_owned());
            }
            glue = glue && matches!(part, '[' | ']' | '(' | ')');
            continue;
        }
        let same = |last: &String| {
            last.chars().next_back().is_some_and(|c| c.is_ascii_digit()) == part.is_ascii_digit()
        };
        if let Some(last) = tokens.last_mut().filter(|last| glue && same(last)) {
            push(last, part);
        } else {
            let mut token = String::from(if glue { STUCK } else { "" });
            push(&mut token, part);
            tokens.push(token);
        }
        glue = true;
    }
    drop_small(drop_ordinals(tokens))
}

/// Letters that have no decomposition.
fn push(token: &mut String, letter: char) {
    match letter {
        'œ' => token.push_str("oe"),
        'æ' => token.push_str("ae"),
        'ß' => token.push_str("ss"),
        'ø' => token.push('o'),
        'ł' => token.push('l'),
        'đ' => token.push('d'),
        letter => token.push(letter),
    }
}

/// Drops the suffix of an ordinal; a token that stuck to the one before bears a mark, which goes too.
fn drop_ordinals(tokens: Vec<String>) -> Vec<String> {
    let mut kept: Vec<String> = Vec::with_capacity(tokens.len());
    for token in tokens {
        let stuck = token.strip_prefix(STUCK);
        let after_number = kept.last().is_some_and(|last| is_number(last));
        match stuck {
            Some(text) if after_number && words::ORDINALS.contains(&text) => {}
            Some(text) => kept.push(text.to_owned()),
            None => kept.push(token),
        }
    }
    kept
}

/// Drops articles, and the words that announce the law on associations.
fn drop_small(tokens: Vec<String>) -> Vec<String> {
    let kept: Vec<String> = tokens
        .iter()
        .enumerate()
        .filter(|(at, token)| {
            let first = *at == 0 && words::FIRST_ARTICLES.contains(&token.as_str());
            !first && !words::ARTICLES.contains(&token.as_str())
        })
        .map(|(_, token)| token.clone())
        .collect();
    if kept.is_empty() { tokens } else { kept }
}

/// Drops legal forms at both ends.
fn trim(mut tokens: Vec<String>) -> Vec<String> {
    let is_form = |token: &String| words::LEGAL_FORMS.contains(&token.as_str());
    let law = |window: &[String]| window == ["loi", "1901"] || window == ["loi", "de", "1901"];
    for size in [2, 3] {
        if let Some(at) = tokens.windows(size).position(law) {
            tokens.drain(at..at + size);
        }
    }
    while tokens.len() > 1 && tokens.last().is_some_and(is_form) {
        tokens.pop();
    }
    while tokens.len() > 1 && tokens.first().is_some_and(is_form) {
        tokens.remove(0);
    }
    tokens
}

fn spell_out(tokens: Vec<String>) -> Vec<String> {
    let known = |token: &str| {
        words::ABBREVIATIONS
            .iter()
            .find(|(short, _)| *short == token)
    };
    tokens
        .into_iter()
        .flat_map(|token| match known(&token) {
            Some((_, long)) => long.split(' ').map(str::to_owned).collect(),
            None => vec![token],
        })
        .collect()
}

/// Body and note of `Body (note)`.
fn split_note(text: &str) -> (&str, Option<&str>) {
    let parts = text
        .trim_end()
        .strip_suffix(')')
        .and_then(|inner| inner.rsplit_once('('))
        .filter(|(body, _)| body.ends_with(char::is_whitespace) && !body.trim().is_empty());
    parts.map_or((text, None), |(body, note)| (body, Some(note)))
}

/// A body without scheme, with dotted letters joined, and the suffix of a domain that it ends in before its legal
/// form.
fn split_suffix(body: &str) -> (String, Option<String>) {
    let body = body.trim();
    let bare = ["https://", "http://"]
        .iter()
        .find_map(|scheme| body.strip_prefix(scheme))
        .map_or(body, |rest| rest.trim_end_matches('/'));
    let bare = bare.strip_prefix("www.").unwrap_or(bare);
    let mut parts: Vec<String> = bare.split_whitespace().map(join_letters).collect();
    let is_form = |part: &String| words::LEGAL_FORMS.contains(&fold(part).concat().as_str());
    let last = (0..parts.len()).rev().find(|&at| !is_form(&parts[at]));
    let split = last.and_then(|at| {
        let (stem, end) = parts[at].trim_end_matches(',').rsplit_once('.')?;
        let end = end.to_lowercase();
        let fits = stem.chars().any(char::is_alphabetic) && is_suffix(&end);
        fits.then(|| (at, stem.to_owned(), end))
    });
    let suffix = split.map(|(at, stem, end)| {
        parts[at] = stem;
        end
    });
    (parts.join(" "), suffix)
}

fn is_suffix(end: &str) -> bool {
    let ascii = (2..=12).contains(&end.len()) && end.bytes().all(|b| b.is_ascii_lowercase());
    ascii && psl::suffix(end.as_bytes()).is_some_and(|suffix| suffix.is_known())
}

/// `S.A.S.` → `SAS`; any other word as it is.
fn join_letters(word: &str) -> String {
    let letters: Vec<&str> = word.trim_end_matches('.').split('.').collect();
    let single = |part: &&str| {
        let mut chars = part.chars();
        chars.next().is_some_and(char::is_alphabetic) && chars.next().is_none()
    };
    if letters.len() > 1 && letters.iter().all(single) {
        letters.concat()
    } else {
        word.to_owned()
    }
}

/// The glued form from the first capital on, where a long lower-case word stuck before it.
fn tail(body: &str) -> Option<String> {
    let at = body.find(char::is_uppercase)?;
    let (head, rest) = body.split_at_checked(at)?;
    let long = head.chars().count() >= GLUED_BEFORE && head.chars().all(char::is_lowercase);
    let tail = fold(rest).concat();
    (long && !tail.is_empty()).then_some(tail)
}

fn is_number(token: &str) -> bool {
    token.bytes().all(|b| b.is_ascii_digit())
}

/// Numbers without leading zeros, sorted.
pub(crate) fn numbers<'a>(tokens: impl IntoIterator<Item = &'a String>) -> Vec<Box<str>> {
    let mut numbers: Vec<Box<str>> = tokens
        .into_iter()
        .filter(|token| is_number(token))
        .map(|token| match token.trim_start_matches('0') {
            "" => "0".into(),
            number => number.into(),
        })
        .collect();
    numbers.sort_unstable();
    numbers.dedup();
    numbers
}

/// Qualifiers in canonical form, sorted, and how many words the territories among them take.
fn qualifiers(rules: &Rules, tokens: &[String]) -> (Vec<Box<str>>, usize) {
    let mut found: Vec<Box<str>> = Vec::new();
    let mut territories = 0;
    let mut at = 0;
    while at < tokens.len() {
        let longest = PHRASE.min(tokens.len() - at);
        let phrase = (1..=longest).rev().find_map(|size| {
            let text = tokens.get(at..at + size)?.join(" ");
            rules
                .phrase(&text)
                .map(|(word, meaning)| (size, word, meaning))
        });
        let Some((size, canonical, meaning)) = phrase else {
            at += 1;
            continue;
        };
        if meaning == Phrase::Territory {
            territories += size;
        }
        found.push(canonical.into());
        at += size;
    }
    found.sort_unstable();
    found.dedup();
    (found, territories)
}

#[cfg(test)]
mod tests {
    use super::Name;
    use crate::{Rules, Spec};

    fn read(raw: &str) -> Name {
        let rules = Rules::new(&Spec::default()).unwrap();
        Name::read(&rules, raw).unwrap().0
    }

    #[test]
    fn articles_case_diacritics_and_legal_forms_go() {
        for raw in [
            "Les Tilleuls SAS",
            "TILLEULS",
            "SCIC les tilleuls",
            "Tilleuls S.A.S.",
        ] {
            assert_eq!(&*read(raw).glued, "tilleuls", "{raw}");
        }
        assert_eq!(&*read("Œuvre de l’Été e.V.").words, "oeuvre de ete");
    }

    #[test]
    fn digits_part_from_letters_and_ordinals_lose_their_suffix() {
        let name = read("Jardin2 11e");
        assert_eq!(&*name.words, "jardin 2 11");
        assert_eq!(name.numbers, ["11".into(), "2".into()]);
    }

    #[test]
    fn a_suffix_of_a_domain_is_kept_apart_before_the_legal_form() {
        let name = read("tilleul.org SAS");
        assert_eq!(
            (&*name.glued, name.suffix.as_deref()),
            ("tilleul", Some("org"))
        );
        assert_eq!(read("St.Tilleul").suffix, None);
    }

    #[test]
    fn a_note_is_kept_apart_unless_it_is_the_acronym_of_the_name() {
        assert_eq!(read("Tilleuls (revue)").note.as_deref(), Some("revue"));
        let rules = Rules::new(&Spec::default()).unwrap();
        let (name, alias) = Name::read(&rules, "Union des Jardins Libres (UJL)").unwrap();
        assert_eq!((name.note, &*alias.unwrap().glued), (None, "ujl"));
    }

    #[test]
    fn qualifiers_are_canonical_and_a_territory_alone_is_common() {
        let name = read("Tilleuls Europa Île-de-France");
        assert_eq!(name.qualifiers, ["europe".into(), "ile de france".into()]);
        assert!(read("Lyon").common);
        assert!(!read("Tilleuls de Lyon").common);
    }

    #[test]
    fn glued_words_are_seen_on_both_sides() {
        assert_eq!(read("Tilleulsdes").repaired(), Some(("tilleuls", true)));
        assert_eq!(
            read("associativesTilleulNoir").tail.as_deref(),
            Some("tilleulnoir")
        );
        assert_eq!(read("openTilleul").tail, None);
    }

    #[test]
    fn a_town_goes_with_the_small_word_before_it() {
        let name = read("Maison bleue de Hem");
        assert_eq!(name.without_town("hem").as_deref(), Some("maisonbleue"));
        assert_eq!(read("Hem").without_town("hem"), None);
    }

    #[test]
    fn a_name_of_a_megabyte_is_cut() {
        assert!(read(&"tilleul ".repeat(130_000)).words.len() <= 300);
    }
}
