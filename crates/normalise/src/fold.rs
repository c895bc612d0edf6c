//! Folding: the form in which words of a source are compared with ours, without case and accents.

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

/// Lower case, no accents, plain apostrophes, single spaces.
pub(crate) fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    let mut gap = false;
    for letter in text.nfkd().filter(|letter| !is_combining_mark(*letter)) {
        if letter.is_whitespace() {
            gap = true;
            continue;
        }
        if gap && !folded.is_empty() {
            folded.push(' ');
        }
        gap = false;
        match letter {
            '’' | '‘' | 'ʼ' | '`' => folded.push('\''),
            '‐' | '‑' | '–' | '—' => folded.push('-'),
            'œ' | 'Œ' => folded.push_str("oe"),
            'æ' | 'Æ' => folded.push_str("ae"),
            'ß' => folded.push_str("ss"),
            _ => folded.extend(letter.to_lowercase()),
        }
    }
    folded
}

/// Folded, with words joined by hyphens: `In person` and `in_person` are `in-person`.
pub(crate) fn hyphenated(text: &str) -> String {
    fold(text).replace([' ', '_'], "-")
}

#[cfg(test)]
mod tests {
    use super::{fold, hyphenated};

    #[test]
    fn case_accents_and_typography_do_not_count() {
        assert_eq!(fold("  Médiation  d’Œuvres "), "mediation d'oeuvres");
        assert_eq!(hyphenated("In_person"), "in-person");
        assert_eq!(fold(&fold("ÉCOLE – été")), fold("ÉCOLE – été"));
    }
}
