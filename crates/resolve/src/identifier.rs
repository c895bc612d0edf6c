//! The public identifier of an entity, minted once.
//!
//! It is opaque and comes from the first member of a new cluster alone, so that two fresh lakes with the same inputs
//! agree; afterwards only the ledger decides, whatever becomes of that record.

use moisson_model::{Digest, Member};

/// Characters of an identifier that meets no other.
const LENGTH: usize = 12;
/// Lower-case base32 of RFC 4648.
const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

/// Twelve characters of base32 of SHA-256 over dataset, source, kind and raw key; more, where they are taken.
pub fn mint(dataset: &str, first: &Member, taken: &dyn Fn(&str) -> bool) -> String {
    let parts = [
        dataset,
        first.source.as_str(),
        first.kind.name(),
        first.key.as_str(),
    ];
    let digest = Digest::of_parts(parts);
    let letters: String = base32(digest.bytes()).collect();
    let mut shown: String = letters.chars().take(LENGTH).collect();
    for letter in letters.chars().skip(LENGTH) {
        if !taken(&shown) {
            return shown;
        }
        shown.push(letter);
    }
    shown
}

fn base32(bytes: &[u8; 32]) -> impl Iterator<Item = char> {
    let bit = |at: usize| {
        bytes
            .get(at / 8)
            .map_or(0, |byte| (byte >> (7 - at % 8)) & 1)
    };
    (0..bytes.len() * 8)
        .step_by(5)
        .map(move |at| (at..at + 5).fold(0, |value, at| (value << 1) | bit(at)))
        .filter_map(|value| ALPHABET.get(usize::from(value)))
        .map(|letter| char::from(*letter))
}

#[cfg(test)]
mod tests {
    use moisson_model::{Kind, Member, RecordKey, SourceId};

    use super::mint;

    fn member(key: &str) -> Member {
        Member {
            kind: Kind::Actor,
            source: SourceId::new("essai").unwrap(),
            key: RecordKey::join([key]),
        }
    }

    #[test]
    fn the_same_record_gives_the_same_twelve_characters() {
        let one = mint("demo", &member("7"), &|_| false);
        assert_eq!(one.len(), 12);
        assert!(
            one.bytes()
                .all(|b| b.is_ascii_lowercase() || (b'2'..=b'7').contains(&b))
        );
        assert_eq!(one, mint("demo", &member("7"), &|_| false));
        assert_ne!(one, mint("demo", &member("8"), &|_| false));
        assert_ne!(one, mint("autre", &member("7"), &|_| false));
    }

    #[test]
    fn a_collision_lengthens_it() {
        let first = mint("demo", &member("7"), &|_| false);
        let longer = mint("demo", &member("7"), &|id| id == first);
        assert_eq!((longer.len(), longer.starts_with(&first)), (13, true));
        assert!(mint("demo", &member("7"), &|_| true).len() >= 51);
    }
}
