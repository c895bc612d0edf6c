//! Texts as IRIs: what a JSON-LD processor keeps of them, and how ours agrees with it.
//!
//! Addresses on the web hold characters that no IRI may hold; each processor drops or keeps them as it likes. They are
//! percent-encoded here, so that all processors read the same graph. A text without a scheme is no IRI.

use std::fmt::Write as _;

use crate::context::Terms;

/// A text as an absolute IRI, forbidden characters percent-encoded; none where it is relative, or where a processor
/// would take its scheme for a prefix.
pub(crate) fn iri(terms: &Terms, text: &str) -> Option<String> {
    let (scheme, rest) = text.split_once(':')?;
    let mut letters = scheme.chars();
    let is_scheme = letters
        .next()
        .is_some_and(|first| first.is_ascii_alphabetic())
        && letters
            .all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '+' | '-' | '.'));
    let is_prefix = !rest.starts_with("//") && terms.is_name(scheme);
    (is_scheme && !is_prefix).then(|| encode(text))
}

fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    let mut fragment = false;
    let mut rest = text.chars();
    while let Some(letter) = rest.next() {
        let keep = match letter {
            '#' => !std::mem::replace(&mut fragment, true),
            '%' => is_escape(rest.as_str()),
            '<' | '>' | '"' | '{' | '}' | '|' | '\\' | '^' | '`' | '[' | ']' => false,
            '!'..='~' => true,
            other => is_iri_letter(other),
        };
        if keep {
            encoded.push(letter);
        } else {
            for byte in letter.encode_utf8(&mut [0; 4]).bytes() {
                write!(encoded, "%{byte:02X}").expect("a String takes any text");
            }
        }
    }
    encoded
}

fn is_escape(rest: &str) -> bool {
    let mut digits = rest.chars();
    let mut hexadecimal = || digits.next().is_some_and(|digit| digit.is_ascii_hexdigit());
    hexadecimal() && hexadecimal()
}

/// `ucschar` of RFC 3987, less what processors take for white space.
fn is_iri_letter(letter: char) -> bool {
    let code = u32::from(letter);
    if letter.is_whitespace() || letter == '\u{feff}' {
        return false;
    }
    matches!(code, 0xA0..=0xD7FF | 0xF900..=0xFDCF | 0xFDF0..=0xFFEF)
        || matches!(code, 0x1_0000..=0xD_FFFF | 0xE_1000..=0xE_FFFF) && code & 0xFFFF < 0xFFFE
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::iri;
    use crate::context::Terms;

    #[test]
    fn an_address_is_made_an_iri_and_other_texts_are_none() {
        let terms = Terms::new(&BTreeMap::new(), "https://data.example.org/").unwrap();
        for (text, expected) in [
            (
                "https://a.example/é?x[1]=a b#c#d",
                Some("https://a.example/é?x%5B1%5D=a%20b#c%23d"),
            ),
            (
                "https://a.example/100%/%C3%A9",
                Some("https://a.example/100%25/%C3%A9"),
            ),
            (
                "https://a.example/\u{a0}\u{2028}\u{feff}",
                Some("https://a.example/%C2%A0%E2%80%A8%EF%BB%BF"),
            ),
            ("urn:isbn:1", Some("urn:isbn:1")),
            ("schema:name", None),
            ("www.a.example", None),
            ("_:b0", None),
            ("", None),
        ] {
            assert_eq!(iri(&terms, text).as_deref(), expected, "{text}");
        }
    }
}
