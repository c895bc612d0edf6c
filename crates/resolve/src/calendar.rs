//! Days that a title names: the `8` of `8 mai` is a day, not the edition of a series.
//!
//! A day is a number up to 31 before a month (`8 mai`, `14 de julho`), the first day of a range that ends in one
//! (`du 8 au 10 mai`), or a number after a month in English (`May 8`). A year after a month is no day.

/// Months in French, English, Portuguese, Spanish, German and Italian, in normal form.
const MONTHS: &[&str] = &[
    "janvier",
    "fevrier",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "aout",
    "septembre",
    "octobre",
    "novembre",
    "decembre",
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
    "janeiro",
    "fevereiro",
    "marco",
    "abril",
    "maio",
    "junho",
    "julho",
    "agosto",
    "setembro",
    "outubro",
    "novembro",
    "dezembro",
    "enero",
    "febrero",
    "marzo",
    "mayo",
    "junio",
    "julio",
    "septiembre",
    "octubre",
    "noviembre",
    "diciembre",
    "januar",
    "februar",
    "marz",
    "juni",
    "juli",
    "oktober",
    "dezember",
    "gennaio",
    "febbraio",
    "aprile",
    "maggio",
    "giugno",
    "luglio",
    "settembre",
    "ottobre",
    "dicembre",
];

/// Months after which English writes the day.
const BEFORE_DAY: &[&str] = &[
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// Words between a day and its month, or between the two days of a range.
const BETWEEN: &[&str] = &[
    "de", "of", "au", "et", "a", "to", "and", "bis", "und", "e", "y", "al",
];

/// For each word of a title, whether it is the day of a date.
pub(crate) fn days(tokens: &[String]) -> Vec<bool> {
    let mut found = vec![false; tokens.len()];
    // A day is known by what follows it, so that the last word is judged first.
    for at in (0..tokens.len()).rev().filter(|&at| is_day(&tokens[at])) {
        let joined = tokens
            .get(at + 1)
            .is_some_and(|next| BETWEEN.contains(&next.as_str()));
        let next = at + if joined { 2 } else { 1 };
        let month = |at: usize| tokens.get(at).is_some_and(|word| is_in(MONTHS, word));
        let english = at
            .checked_sub(1)
            .and_then(|before| tokens.get(before))
            .is_some_and(|word| is_in(BEFORE_DAY, word));
        found[at] = month(next) || english || found.get(next).copied().unwrap_or_default();
    }
    found
}

fn is_in(list: &[&str], word: &str) -> bool {
    list.contains(&word)
}

fn is_day(token: &str) -> bool {
    token.len() <= 2 && token.parse().is_ok_and(|day: u8| (1..=31).contains(&day))
}

#[cfg(test)]
mod tests {
    use super::days;
    use crate::name::fold;

    fn named(title: &str) -> Vec<String> {
        let tokens = fold(title);
        let kept = days(&tokens);
        let pairs = tokens.into_iter().zip(kept);
        pairs
            .filter(|(_, day)| *day)
            .map(|(token, _)| token)
            .collect()
    }

    #[test]
    fn a_number_beside_a_month_is_a_day() {
        assert_eq!(named("Fête du 8 mai"), ["8"]);
        assert_eq!(named("1er mai 2018"), ["1"]);
        assert_eq!(named("14 de julho"), ["14"]);
        assert_eq!(named("Open day, May 8, 2018"), ["8"]);
    }

    #[test]
    fn both_ends_of_a_range_are_days() {
        assert_eq!(named("Rencontres du 8 au 10 mai"), ["8", "10"]);
        assert_eq!(named("8-10 juin"), ["8", "10"]);
    }

    #[test]
    fn editions_and_years_are_no_days() {
        for title in [
            "Semaine 3",
            "Mai 68",
            "Forum mai 2018",
            "11e édition",
            "Agenda 2030",
        ] {
            assert!(named(title).is_empty(), "{title}");
        }
        assert_eq!(named("3e rencontres du 8 mai"), ["8"]);
    }
}
