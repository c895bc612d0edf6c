//! Durations and sizes as people write them in a definition: `"2s"`, `"10ms"`, `"20 MiB"`.

use std::time::Duration;

use jiff::SignedDuration;
use serde::{Deserialize, Deserializer, Serializer, de::Error as _};

/// `"2s"`, `"1m 30s"`.
pub(crate) mod duration {
    use super::{Deserialize, Deserializer, Duration, Serializer, SignedDuration};
    use serde::de::Error as _;

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
        let text = String::deserialize(from)?;
        let duration = text
            .parse::<SignedDuration>()
            .ok()
            .and_then(|duration| Duration::try_from(duration).ok());
        duration.ok_or_else(|| {
            D::Error::custom(format!(
                "expected a duration such as `2s` or `500ms`, found `{text}`"
            ))
        })
    }

    pub(crate) fn serialize<S: Serializer>(value: &Duration, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(&format_args!("{}ms", value.as_millis()))
    }
}

/// `"20 MiB"`, `"500 KB"`, `"1024"`.
pub(crate) mod size {
    use super::{Deserializer, Serializer};

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<u64, D::Error> {
        super::size_of_text(from)
    }

    #[expect(
        clippy::trivially_copy_pass_by_ref,
        reason = "the signature is serde's"
    )]
    pub(crate) fn serialize<S: Serializer>(value: &u64, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(&format_args!("{value} B"))
    }
}

fn size_of_text<'de, D: Deserializer<'de>>(from: D) -> Result<u64, D::Error> {
    let text = String::deserialize(from)?;
    bytes(&text).ok_or_else(|| {
        D::Error::custom(format!(
            "expected a size such as `20 MiB` or `500 KB`, found `{text}`"
        ))
    })
}

fn bytes(text: &str) -> Option<u64> {
    let text = text.trim();
    let end = text
        .find(|character: char| !character.is_ascii_digit())
        .unwrap_or(text.len());
    let (number, unit) = text.split_at_checked(end)?;
    let factor: u64 = match unit.trim() {
        "" | "B" => 1,
        "KB" | "kB" => 1_000,
        "KiB" => 1 << 10,
        "MB" => 1_000_000,
        "MiB" => 1 << 20,
        "GB" => 1_000_000_000,
        "GiB" => 1 << 30,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(factor)
}

#[cfg(test)]
mod tests {
    use super::bytes;

    #[test]
    fn a_size_is_a_whole_number_and_a_unit() {
        assert_eq!(bytes("20 MiB"), Some(20 << 20));
        assert_eq!(bytes("500KB"), Some(500_000));
        assert_eq!(bytes("12"), Some(12));
        for wrong in ["", "MiB", "1.5 MiB", "3 bushels", "99999999999999 GiB"] {
            assert_eq!(bytes(wrong), None, "{wrong}");
        }
    }
}
