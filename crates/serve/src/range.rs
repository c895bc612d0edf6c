//! Byte ranges (RFC 9110 §14): one range is answered, several are answered whole, none past the end.

use http_range_header::{EndPosition, StartPosition, parse_range_header};

/// What a `Range` header asks of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// Everything: no range, one we do not read, or several.
    Whole,
    /// The bytes from the first to the last, both included.
    Bytes(u64, u64),
    /// Nothing that the file has.
    Unsatisfiable,
}

/// Reads a `Range` header against a size in bytes.
pub(crate) fn part(header: Option<&str>, size: u64) -> Part {
    let parsed = match header.map(parse_range_header) {
        Some(Ok(parsed)) => parsed,
        Some(Err(_)) if header.is_some_and(is_one_range) => return Part::Unsatisfiable,
        Some(Err(_)) | None => return Part::Whole,
    };
    let [range] = parsed.ranges.as_slice() else {
        return Part::Whole;
    };
    let last = size.checked_sub(1);
    let bounds = match (range.start, range.end) {
        (StartPosition::Index(start), EndPosition::Index(end)) => Some((start, end)),
        (StartPosition::Index(start), EndPosition::LastByte) => last.map(|last| (start, last)),
        (StartPosition::FromLast(0), _) => None,
        (StartPosition::FromLast(count), _) => last.map(|last| (size.saturating_sub(count), last)),
    };
    match (bounds, last) {
        (Some((start, end)), Some(last)) if start <= last && start <= end => {
            Part::Bytes(start, end.min(last))
        }
        _ => Part::Unsatisfiable,
    }
}

/// A range in form whose numbers the library refuses: the last no bytes (RFC 9110 §14.1.2), or more than there are
/// numbers for.
fn is_one_range(header: &str) -> bool {
    let Some((first, last)) = header
        .trim()
        .strip_prefix("bytes=")
        .and_then(|range| range.split_once('-'))
    else {
        return false;
    };
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let past = |text: &str| text.len() > 18;
    digits(first)
        && digits(last)
        && ((first.is_empty() && last.bytes().all(|byte| byte == b'0')) || past(first))
}

#[cfg(test)]
mod tests {
    use super::{Part, part};

    #[test]
    fn one_range_is_cut_to_the_file() {
        assert_eq!(part(Some("bytes=0-3"), 10), Part::Bytes(0, 3));
        assert_eq!(part(Some("bytes=4-"), 10), Part::Bytes(4, 9));
        assert_eq!(part(Some("bytes=-4"), 10), Part::Bytes(6, 9));
        assert_eq!(part(Some("bytes=-400"), 10), Part::Bytes(0, 9));
        assert_eq!(part(Some("bytes=8-99"), 10), Part::Bytes(8, 9));
    }

    #[test]
    fn a_range_past_the_end_is_unsatisfiable() {
        assert_eq!(part(Some("bytes=10-"), 10), Part::Unsatisfiable);
        assert_eq!(part(Some("bytes=99-100"), 10), Part::Unsatisfiable);
        assert_eq!(part(Some("bytes=-0"), 10), Part::Unsatisfiable);
        assert_eq!(
            part(Some("bytes=99999999999999999999999-"), 10),
            Part::Unsatisfiable
        );
        assert_eq!(part(Some("bytes=0-0"), 0), Part::Unsatisfiable);
    }

    #[test]
    fn what_is_no_single_range_is_answered_whole() {
        assert_eq!(part(None, 10), Part::Whole);
        assert_eq!(part(Some("lines=1-2"), 10), Part::Whole);
        assert_eq!(part(Some("bytes=0-1,4-5"), 10), Part::Whole);
    }
}
