//! `identifier`: numbers of registers, with their checksums.
//!
//! What spreadsheets and typing did to them is repaired where the checksum then holds, with a note; a placeholder
//! is nothing; anything else is left out. The message never shows the value.

use moisson_model::Column;
use serde_json::{Map, Value};

use super::{Field, Notes};
use crate::mapping::scalar;

/// A register whose numbers we can check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scheme {
    /// French legal units: nine digits, Luhn.
    Siren,
    /// French establishments: fourteen digits, Luhn but for La Poste.
    Siret,
    /// French associations: `W` and nine characters.
    Rna,
    /// Wikidata items.
    Wikidata,
    /// The EU transparency register.
    Transparency,
    /// French communes: five characters, zero and all.
    Insee,
    /// Postal codes of any country.
    Postal,
}

/// A number as read: itself, repaired, nothing, or wrong.
#[derive(Debug, PartialEq, Eq)]
enum Reading {
    Sound(String),
    Repaired(String),
    Nothing,
    Wrong,
}

impl Scheme {
    /// The scheme of a column, by its annotation or its name.
    pub(crate) fn of(column: &Column) -> Option<Self> {
        let annotation = column
            .identifier
            .as_deref()
            .unwrap_or_default()
            .to_lowercase();
        let of = |word: &str| match word {
            "siren" => Some(Self::Siren),
            "siret" => Some(Self::Siret),
            "rna" => Some(Self::Rna),
            "wikidata" => Some(Self::Wikidata),
            "transparency_register" => Some(Self::Transparency),
            "insee_code" => Some(Self::Insee),
            "postal_code" => Some(Self::Postal),
            _ => None,
        };
        of(&column.name).or_else(|| of(&annotation))
    }

    fn read(self, raw: &str) -> Reading {
        match self {
            Self::Siren => digits(raw, 9, luhn),
            Self::Siret => digits(raw, 14, |digits| luhn(digits) || la_poste(digits)),
            Self::Rna => rna(raw),
            Self::Wikidata => wikidata(raw),
            Self::Transparency => transparency(raw),
            Self::Insee => insee(raw),
            Self::Postal => postal(raw),
        }
    }
}

pub(super) fn apply(field: &Field, values: Vec<Value>, notes: &mut Notes) -> Vec<Value> {
    let super::Sort::Identifier(scheme) = field.sort else {
        return values;
    };
    let mut found = Vec::with_capacity(values.len());
    for value in values {
        let raw = scalar(&value).unwrap_or_default();
        match scheme.read(&raw) {
            Reading::Sound(value) => found.push(Value::String(value)),
            Reading::Repaired(value) => {
                notes.warn(
                    "identifier-repaired",
                    format!("`{}` was written in another form", field.name),
                );
                found.push(Value::String(value));
            }
            Reading::Nothing => {}
            Reading::Wrong => {
                notes.lost(
                    "invalid-identifier",
                    format!("`{}` is no valid number of its register", field.name),
                );
            }
        }
    }
    found
}

/// A number of so many digits, however it is spaced, with the `.0` of a spreadsheet or without.
fn digits(raw: &str, length: usize, valid: impl Fn(&[u8]) -> bool) -> Reading {
    if is_nothing(raw) {
        return Reading::Nothing;
    }
    let whole = raw
        .strip_suffix(".0")
        .or_else(|| raw.strip_suffix(",0"))
        .unwrap_or(raw);
    let plain: String = whole.chars().filter(|letter| !is_gap(*letter)).collect();
    // An establishment's number where the unit's is asked for holds the unit's.
    let of_unit = (length == 9 && plain.len() == 14)
        .then(|| plain.get(..9))
        .flatten();
    let number = of_unit.unwrap_or(&plain);
    let checked = number.len() == length
        && number.bytes().all(|byte| byte.is_ascii_digit())
        && valid(number.as_bytes());
    match checked {
        true if number == raw => Reading::Sound(number.to_owned()),
        true => Reading::Repaired(number.to_owned()),
        false => Reading::Wrong,
    }
}

/// Words and numbers that stand for no number.
fn is_nothing(raw: &str) -> bool {
    let words = [
        "default", "inconnu", "inconnue", "aucun", "unknown", "en cours",
    ];
    words.contains(&raw.to_lowercase().as_str())
        || raw
            .bytes()
            .all(|byte| matches!(byte, b'0' | b'.' | b' ' | b'x' | b'X'))
}

fn is_gap(letter: char) -> bool {
    letter.is_whitespace() || matches!(letter, '.' | '-' | '_' | '/' | '\'')
}

/// The Luhn checksum over ASCII digits.
fn luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, digit)| {
            let value = u32::from(digit - b'0') << (place % 2);
            if value > 9 { value - 9 } else { value }
        })
        .sum();
    sum.is_multiple_of(10)
}

/// La Poste numbers its offices so that the plain sum of digits is a multiple of five.
fn la_poste(digits: &[u8]) -> bool {
    let sum: u32 = digits.iter().map(|digit| u32::from(digit - b'0')).sum();
    digits.starts_with(b"356000000") && sum.is_multiple_of(5)
}

fn rna(raw: &str) -> Reading {
    if is_nothing(raw) {
        return Reading::Nothing;
    }
    let plain: String = raw
        .chars()
        .filter(|letter| !is_gap(*letter))
        .collect::<String>()
        .to_uppercase();
    let bytes = plain.as_bytes();
    let valid = bytes.len() == 10
        && bytes.first() == Some(&b'W')
        && bytes.iter().skip(1).take(3).all(u8::is_ascii_alphanumeric)
        && bytes.iter().skip(4).all(u8::is_ascii_digit);
    sound_if(valid, raw, plain)
}

/// An item's number, alone or at the end of one of its addresses.
fn wikidata(raw: &str) -> Reading {
    if is_nothing(raw) {
        return Reading::Nothing;
    }
    let last = raw
        .trim_end_matches('/')
        .rsplit(['/', ':'])
        .next()
        .unwrap_or_default();
    let item = last
        .split(['#', '?'])
        .next()
        .unwrap_or_default()
        .to_ascii_uppercase();
    let number = item.strip_prefix('Q').unwrap_or_default();
    let valid = !number.is_empty()
        && !number.starts_with('0')
        && number.bytes().all(|byte| byte.is_ascii_digit());
    if valid {
        Reading::Sound(item)
    } else {
        Reading::Wrong
    }
}

fn transparency(raw: &str) -> Reading {
    if is_nothing(raw) {
        return Reading::Nothing;
    }
    let plain: String = raw
        .chars()
        .filter(|letter| !letter.is_whitespace())
        .map(|letter| if letter == '–' { '-' } else { letter })
        .collect();
    let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let valid = plain.split_once('-').is_some_and(|(number, check)| {
        (9..=13).contains(&number.len())
            && check.len() == 2
            && all_digits(number)
            && all_digits(check)
    });
    sound_if(valid, raw, plain)
}

/// A commune's code; spreadsheets take the zero of `01053`, and all have five characters.
fn insee(raw: &str) -> Reading {
    if is_nothing(raw) {
        return Reading::Nothing;
    }
    let whole = raw.strip_suffix(".0").unwrap_or(raw);
    let plain: String = whole
        .chars()
        .filter(|letter| !is_gap(*letter))
        .collect::<String>()
        .to_uppercase();
    let padded = if plain.len() == 4 {
        format!("0{plain}")
    } else {
        plain
    };
    let digits = padded
        .strip_prefix("2A")
        .or_else(|| padded.strip_prefix("2B"))
        .unwrap_or(&padded);
    let valid = padded.len() == 5 && digits.bytes().all(|byte| byte.is_ascii_digit());
    sound_if(valid, raw, padded)
}

fn postal(raw: &str) -> Reading {
    if is_nothing(raw) {
        return Reading::Nothing;
    }
    let whole = raw.strip_suffix(".0").unwrap_or(raw).to_uppercase();
    let plain = whole.strip_prefix("F-").unwrap_or(&whole).to_owned();
    let letters = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b' ' | b'-');
    let valid = (2..=10).contains(&plain.len())
        && plain.bytes().all(letters)
        && plain.bytes().any(|byte| byte.is_ascii_digit())
        && plain.starts_with(|letter: char| letter.is_ascii_alphanumeric());
    sound_if(valid, raw, plain)
}

fn sound_if(valid: bool, raw: &str, value: String) -> Reading {
    match valid {
        true if value == raw => Reading::Sound(value),
        true => Reading::Repaired(value),
        false => Reading::Wrong,
    }
}

/// Gives a French postal code back the zero that a spreadsheet took: that it is French, another column says.
pub(crate) fn check_postal(columns: &mut Map<String, Value>, notes: &mut Notes) {
    let french = columns.contains_key("insee_code")
        || columns.get("country").and_then(Value::as_str) == Some("FR");
    if let Some(Value::String(code)) = columns.get_mut("postal_code")
        && french
        && code.len() == 4
        && code.bytes().all(|byte| byte.is_ascii_digit())
    {
        code.insert(0, '0');
        notes.warn(
            "identifier-repaired",
            "`postal_code` lacked its leading zero",
        );
    }
}

#[cfg(test)]
mod tests {
    use super::{Reading, Scheme, check_postal};
    use serde_json::json;

    use crate::steps::tests::{field, run};
    use crate::steps::{Notes, Sort};

    #[test]
    fn sound_numbers_pass_as_they_are() {
        let sound = |scheme: Scheme, raw: &str| {
            assert_eq!(scheme.read(raw), Reading::Sound(raw.to_owned()), "{raw}");
        };
        sound(Scheme::Siren, "356000000");
        sound(Scheme::Siret, "13002603200016");
        sound(Scheme::Siret, "35600000000048");
        // Not Luhn, but La Poste's own rule.
        sound(Scheme::Siret, "35600000009075");
        sound(Scheme::Rna, "W751234567");
        sound(Scheme::Rna, "W9R1000123");
        sound(Scheme::Wikidata, "Q42");
        sound(Scheme::Transparency, "123456789012-34");
    }

    #[test]
    fn mangled_numbers_are_repaired_and_that_is_said() {
        for raw in ["13002603200016.0", "130 026 032 00016", "130.026.032.00016"] {
            assert_eq!(
                Scheme::Siret.read(raw),
                Reading::Repaired("13002603200016".to_owned()),
                "{raw}"
            );
        }
        assert_eq!(
            Scheme::Siren.read("13002603200016"),
            Reading::Repaired("130026032".to_owned())
        );
        assert_eq!(
            Scheme::Rna.read("w 751 234 567"),
            Reading::Repaired("W751234567".to_owned())
        );
    }

    #[test]
    fn addresses_of_wikidata_give_the_item() {
        for raw in [
            "http://www.wikidata.org/entity/Q42",
            "https://www.wikidata.org/wiki/Q42#sitelinks",
            "wd:Q42",
            "q42",
        ] {
            assert_eq!(
                Scheme::Wikidata.read(raw),
                Reading::Sound("Q42".to_owned()),
                "{raw}"
            );
        }
    }

    #[test]
    fn codes_of_places_get_their_zero_back() {
        assert_eq!(
            Scheme::Insee.read("1053"),
            Reading::Repaired("01053".to_owned())
        );
        assert_eq!(
            Scheme::Insee.read("2a004"),
            Reading::Repaired("2A004".to_owned())
        );
        assert_eq!(Scheme::Insee.read("Lyon"), Reading::Wrong);
        assert_eq!(
            Scheme::Postal.read("F-75011"),
            Reading::Repaired("75011".to_owned())
        );
        assert_eq!(
            Scheme::Postal.read("1050-123"),
            Reading::Sound("1050-123".to_owned())
        );
        let mut columns = json!({"postal_code": "1000", "insee_code": "01053"})
            .as_object()
            .unwrap()
            .clone();
        let mut issues = Vec::new();
        check_postal(
            &mut columns,
            &mut Notes {
                issues: &mut issues,
                location: None,
            },
        );
        assert_eq!(columns["postal_code"], "01000");
        assert_eq!(issues.len(), 1);
    }

    #[test]
    fn placeholders_are_nothing_and_the_rest_is_wrong_without_being_shown() {
        assert_eq!(Scheme::Siret.read("00000000000000"), Reading::Nothing);
        let siren = field("siren", Sort::Identifier(Scheme::Siren));
        assert_eq!(run(&siren, json!("NR")), (vec![], vec![]));
        assert_eq!(run(&siren, json!("123456789")).1, ["invalid-identifier"]);
        assert_eq!(run(&siren, json!(356_000_000)).0, ["356000000"]);
    }
}
