//! Pseudo-words of French-like syllables: pronounceable, accented, meaning nothing.

use super::Chance;

const SYLLABLES: [&str; 40] = [
    "ba", "bre", "ca", "cho", "da", "dré", "fa", "fli", "ga", "gué", "la", "lou", "ma", "mi", "na",
    "nou", "pa", "pré", "qui", "ra", "ri", "sa", "sou", "té", "tri", "va", "vi", "za", "lé", "rê",
    "çon", "eau", "ille", "ment", "tion", "ard", "ier", "ol", "un", "ys",
];

/// Towns that rules and registers know.
pub(super) const TOWNS: [(&str, &str); 8] = [
    ("Lyon", "69003"),
    ("Nantes", "44000"),
    ("Rennes", "35000"),
    ("Lille", "59800"),
    ("Grenoble", "38000"),
    ("Toulouse", "31000"),
    ("Brest", "29200"),
    ("Dijon", "21000"),
];

/// A word of two to four syllables.
pub(super) fn word(chance: &mut Chance) -> String {
    let syllables = 2 + chance.below(3);
    (0..syllables).map(|_| chance.pick(&SYLLABLES)).collect()
}

/// Words with a space between.
pub(super) fn words(chance: &mut Chance, count: usize) -> String {
    let words: Vec<String> = (0..count).map(|_| word(chance)).collect();
    words.join(" ")
}

/// Words of which the first begins with a capital.
pub(super) fn title(chance: &mut Chance, count: usize) -> String {
    capital(&words(chance, count))
}

/// A text with a first capital.
pub(super) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters
        .next()
        .map(|letter| letter.to_uppercase().to_string());
    first.unwrap_or_default() + letters.as_str()
}

/// The same without accents, as addresses have it.
pub(super) fn plain(text: &str) -> String {
    let letter = |letter| match letter {
        'é' | 'è' | 'ê' => 'e',
        'ç' => 'c',
        ' ' | '\'' => '-',
        other => other.to_ascii_lowercase(),
    };
    text.to_lowercase().chars().map(letter).collect()
}

/// A number of nine digits that its last one checks, as a SIREN's does.
pub(super) fn siren(chance: &mut Chance) -> String {
    let mut digits: Vec<usize> = (0..8).map(|_| chance.below(10)).collect();
    let doubled = |digit: usize| digit * 2 / 10 + digit * 2 % 10;
    let sum: usize = digits
        .iter()
        .enumerate()
        .map(|(at, digit)| if at % 2 == 1 { doubled(*digit) } else { *digit })
        .sum();
    digits.push((10 - sum % 10) % 10);
    digits.iter().map(ToString::to_string).collect()
}
