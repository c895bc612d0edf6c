//! The total that a listing announces, against the records seen: the one check that tells a listing cut short from
//! a short listing.

use moisson_model::{Issue, Stage};

/// What was announced and what was seen: the first word of each part counts, since the page after the last may say 0.
#[derive(Debug, Default)]
pub(super) struct Total {
    announced: Option<u64>,
    seen: u64,
    /// Sums of the parts before.
    earlier: (u64, u64),
    /// Whether a part before had records and announced nothing that can be read.
    unread: bool,
}

impl Total {
    /// Begins a part of the listing that announces its own.
    pub(super) fn begin(&mut self) {
        self.unread = self.is_unread();
        self.earlier = self.sums();
        (self.announced, self.seen) = (None, 0);
    }

    /// Whether this part has announced its total already.
    pub(super) const fn is_known(&self) -> bool {
        self.announced.is_some()
    }

    /// Takes what a page announces.
    pub(super) fn announce(&mut self, text: Option<&str>) {
        self.announced = text.and_then(number);
    }

    /// Takes the records of a page.
    pub(super) fn see(&mut self, records: usize) {
        self.seen = self.seen.saturating_add(records as u64);
    }

    /// Whether just what this part announced was seen. A total that more records belie ends nothing.
    pub(super) fn is_reached(&self) -> bool {
        self.announced == Some(self.seen)
    }

    /// What is to be said at the end.
    pub(super) fn issue(&self) -> Option<Issue> {
        let (announced, seen) = self.sums();
        let says = format!("the listing announces {announced} records and gave {seen}");
        let warning = |code, message: String| Some(Issue::warning(Stage::Harvest, code, message));
        if self.is_unread() {
            let message =
                "what stands where `paging.total` leads is not one number: nothing was compared";
            warning("total-unread", message.to_owned())
        } else if seen < announced {
            Some(Issue::error(Stage::Harvest, "total-not-reached", says))
        } else if seen > announced {
            warning("total-exceeded", says)
        } else {
            None
        }
    }

    const fn is_unread(&self) -> bool {
        self.unread || (self.announced.is_none() && self.seen > 0)
    }

    fn sums(&self) -> (u64, u64) {
        let announced = self.announced.unwrap_or_default();
        (
            self.earlier.0.saturating_add(announced),
            self.earlier.1.saturating_add(self.seen),
        )
    }
}

/// The one number in a text: `1 234 résultats`, `1–20 of 1,234`, `items 0-24/1234`. Two numbers that stand apart
/// announce nothing: neither is known to be the total.
fn number(text: &str) -> Option<u64> {
    // Of a range and its total (`Content-Range` too) the total is wanted.
    let total = text.rsplit('/').next().unwrap_or(text);
    let numbers = numbers(total);
    match numbers.as_slice() {
        [(number, _)] => *number,
        [(_, between), _, (total, _)] if is_dash(between) => *total,
        _ => None,
    }
}

/// The numbers in a text, each with what stands between it and the next.
fn numbers(text: &str) -> Vec<(Option<u64>, &str)> {
    let (mut found, mut rest) = (Vec::new(), text);
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
        let from = rest.get(start..).unwrap_or_default();
        let (digits, after) = grouped(from);
        let next = after
            .find(|c: char| c.is_ascii_digit())
            .unwrap_or(after.len());
        found.push((digits.parse().ok(), after.get(..next).unwrap_or_default()));
        rest = after;
    }
    found
}

/// The number at the beginning, over separators of groups of three, and what follows it.
fn grouped(text: &str) -> (String, &str) {
    let (first, mut rest) = digits(text);
    let mut number = first.to_owned();
    let mut used = None;
    while let Some((separator, digits, after)) = group(rest).filter(|_| first.len() <= 3) {
        if *used.get_or_insert(separator) != separator {
            break;
        }
        number.push_str(digits);
        rest = after;
    }
    (number, rest)
}

/// A separator, three digits, and what follows them.
fn group(text: &str) -> Option<(char, &str, &str)> {
    let mut characters = text.chars();
    let separator = match characters.next()? {
        space if space.is_whitespace() => ' ',
        mark @ ('.' | ',' | '\'' | '’') => mark,
        _ => return None,
    };
    let (group, after) = digits(characters.as_str());
    (group.len() == 3).then_some((separator, group, after))
}

fn digits(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !c.is_ascii_digit());
    text.split_at(end.unwrap_or(text.len()))
}

fn is_dash(text: &str) -> bool {
    matches!(
        text.trim(),
        "-" | "\u{2010}" | "–" | "—" | "à" | "to" | "bis"
    )
}

#[cfg(test)]
mod tests {
    use super::{Total, number};

    #[test]
    fn a_total_is_read_as_people_write_it() {
        for (text, expected) in [
            ("1234", 1234),
            ("0", 0),
            ("1 234 résultats", 1234),
            ("1\u{202f}234\u{a0}567 résultats", 1_234_567),
            ("1'234 Treffer", 1234),
            ("(1.234)", 1234),
            ("1–20 of 1,234", 1234),
            ("Résultats 1 à 20 sur 388", 388),
            ("items 0-24/3573458", 3_573_458),
            ("Page 2 / 388", 388),
        ] {
            assert_eq!(number(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_may_be_another_number_is_no_total() {
        for text in [
            "",
            "aucun",
            "0-24/*",
            "388 en 2026",
            "1.5",
            "12 34",
            "99999999999999999999",
        ] {
            assert_eq!(number(text), None, "{text}");
        }
    }

    fn code(parts: &[(Option<&str>, usize)]) -> Option<String> {
        let mut total = Total::default();
        for (text, records) in parts {
            total.begin();
            total.announce(*text);
            total.see(*records);
        }
        total.issue().map(|issue| issue.code)
    }

    #[test]
    fn parts_add_up() {
        assert_eq!(code(&[(Some("2"), 2), (Some("3"), 3)]), None);
        assert_eq!(
            code(&[(Some("2"), 2), (Some("3"), 2)]).as_deref(),
            Some("total-not-reached")
        );
        assert_eq!(code(&[(Some("2"), 3)]).as_deref(), Some("total-exceeded"));
        assert_eq!(
            code(&[(Some("2"), 2), (None, 3)]).as_deref(),
            Some("total-unread")
        );
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "[0-9 .,/’\u{202f}a-z–-]{0,40}|\\PC{0,20}") {
            number(&text);
        }

        #[test]
        fn a_number_in_words_is_read(count in proptest::num::u64::ANY) {
            proptest::prop_assert_eq!(number(&format!("{count} résultats")), Some(count));
        }
    }
}
