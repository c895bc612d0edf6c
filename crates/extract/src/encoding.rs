//! Bytes to text, for every format: byte order mark, `Content-Type`, what the content itself states, else what
//! the bytes look like.
//!
//! A declared encoding is believed, with one exception: "UTF-8" over bytes without a single well-formed
//! multi-byte sequence is a server's default, not a statement about the file.

use std::borrow::Cow;
use std::sync::LazyLock;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use moisson_model::{Capture, Issue, Stage};
use regex::bytes::Regex;
use url::Url;

/// How far into the content a statement of its encoding is looked for, as the HTML standard has it.
const PRESCAN: usize = 1024;

/// How many bytes the guess reads at most: enough for any alphabet, and flat in time.
const SAMPLE: usize = 1 << 20;

/// Where a format states its encoding within the content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Declares {
    /// `<meta charset>`.
    Html,
    /// The XML declaration.
    Xml,
    /// Nowhere.
    Nothing,
}

/// The text of a capture.
#[derive(Debug)]
pub(crate) struct Decoded<'a> {
    /// Without a byte order mark.
    pub(crate) text: Cow<'a, str>,
    /// What could not be decoded.
    pub(crate) issues: Vec<Issue>,
}

/// Decodes the body of a capture.
pub(crate) fn decode(capture: &Capture, declares: Declares) -> Decoded<'_> {
    let encoding = capture
        .content_type()
        .and_then(charset)
        .or_else(|| stated(&capture.body, declares));
    decode_as(capture, encoding)
}

/// Decodes the body of a capture whose encoding its definition states, or none.
pub(crate) fn decode_as<'a>(
    capture: &'a Capture,
    declared: Option<&'static Encoding>,
) -> Decoded<'a> {
    let body: &[u8] = &capture.body;
    let encoding = match (Encoding::for_bom(body), declared) {
        (Some((marked, _)), _) => marked,
        (None, Some(declared)) if declared != UTF_8 || is_plausible_utf8(body) => declared,
        _ => guess(body, &capture.final_url),
    };
    let (text, malformed) = encoding.decode_with_bom_removal(body);
    let message = format!("bytes that are not valid `{}`", encoding.name());
    let issues = malformed
        .then(|| Issue::warning(Stage::Extract, "undecodable-bytes", message))
        .into_iter()
        .collect();
    Decoded { text, issues }
}

fn charset(content_type: &str) -> Option<&'static Encoding> {
    content_type
        .split(';')
        .skip(1)
        .filter_map(|parameter| parameter.split_once('='))
        .find(|(name, _)| name.trim().eq_ignore_ascii_case("charset"))
        .and_then(|(_, label)| Encoding::for_label(label.trim_matches(['"', '\'', ' ']).as_bytes()))
}

fn stated(body: &[u8], declares: Declares) -> Option<&'static Encoding> {
    static META: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r#"(?is-u)<meta\s[^>]*?charset\s*=\s*["']?\s*([^\s"'/>;]+)"#)
            .expect("a fixed expression")
    });
    static COMMENT: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"(?s-u)<!--.*?-->").expect("a fixed expression"));
    static XML: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r#"(?s-u)^\s*<\?xml[^>]*?\sencoding\s*=\s*["']([^"']+)["']"#)
            .expect("a fixed expression")
    });
    let head = body.get(..PRESCAN).unwrap_or(body);
    let label = |pattern: &Regex, text: &[u8]| {
        let found = pattern.captures(text)?;
        Encoding::for_label(found.get(1)?.as_bytes())
    };
    let encoding = match declares {
        Declares::Nothing => None,
        Declares::Xml => label(&XML, head),
        Declares::Html => {
            label(&META, &COMMENT.replace_all(head, &b""[..])).or_else(|| label(&XML, head))
        }
    }?;
    // Content whose declaration can be read byte by byte is not UTF-16, whatever it says.
    let encoding = if encoding == UTF_16LE || encoding == UTF_16BE {
        UTF_8
    } else {
        encoding
    };
    Some(if encoding.name() == "x-user-defined" {
        WINDOWS_1252
    } else {
        encoding
    })
}

/// Whether a body is UTF-8, a few faults excepted.
fn is_plausible_utf8(body: &[u8]) -> bool {
    let Err(error) = std::str::from_utf8(body) else {
        return true;
    };
    // A body cut in the middle of a character is otherwise whole.
    if error.error_len().is_none() {
        return true;
    }
    let (mut whole, mut faults) = (0_usize, 0_usize);
    for chunk in body.utf8_chunks() {
        whole += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        faults += usize::from(!chunk.invalid().is_empty());
    }
    whole > faults
}

fn guess(body: &[u8], address: &str) -> &'static Encoding {
    if let Some(encoding) = utf16_without_mark(body) {
        return encoding;
    }
    if is_plausible_utf8(body) {
        return UTF_8;
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(body.get(..SAMPLE).unwrap_or(body), true);
    let url = Url::parse(address).ok();
    let domain = url.as_ref().and_then(Url::domain).unwrap_or_default();
    let top = domain.rsplit('.').next().unwrap_or_default();
    let top = Some(top.as_bytes())
        .filter(|top| !top.is_empty() && top.iter().all(u8::is_ascii_lowercase));
    detector.guess(top, Utf8Detection::Deny)
}

/// UTF-16 text in Latin letters has a zero in every other byte.
fn utf16_without_mark(body: &[u8]) -> Option<&'static Encoding> {
    let sample = body.get(..PRESCAN).unwrap_or(body);
    let zeros = |offset| {
        let bytes = sample.iter().skip(offset).step_by(2);
        bytes.filter(|byte| **byte == 0).count()
    };
    let (even, odd, pairs) = (zeros(0), zeros(1), sample.len() / 2);
    match (even, odd) {
        _ if pairs < 2 => None,
        (0, odd) if odd * 2 > pairs => Some(UTF_16LE),
        (even, 0) if even * 2 > pairs => Some(UTF_16BE),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Declares, decode};
    use crate::tests::capture;

    fn text(body: &[u8], content_type: Option<&str>, declares: Declares) -> String {
        let mut capture = capture(body);
        let header = content_type.map(|value| ("content-type".to_owned(), value.to_owned()));
        capture.headers.extend(header);
        decode(&capture, declares).text.into_owned()
    }

    #[test]
    fn the_header_the_content_and_the_bytes_are_believed_in_turn() {
        let latin = b"<meta charset=iso-8859-1>\xe9t\xe9";
        assert!(text(latin, None, Declares::Html).ends_with("été"));
        assert!(
            text(
                b"\xe9t\xe9",
                Some("text/csv; charset=\"windows-1252\""),
                Declares::Nothing
            ) == "été"
        );
        assert_eq!(
            text(b"Un \xe9t\xe9 \xe0 la plage", None, Declares::Nothing),
            "Un été à la plage"
        );
        assert!(
            text(
                b"<?xml version='1.0' encoding='ISO-8859-15'?>\xa4",
                None,
                Declares::Xml
            )
            .ends_with('€')
        );
        assert_eq!(text("été".as_bytes(), None, Declares::Nothing), "été");
    }

    #[test]
    fn a_byte_order_mark_wins_and_disappears() {
        assert_eq!(
            text(
                b"\xff\xfea\0b\0",
                Some("text/csv; charset=utf-8"),
                Declares::Nothing
            ),
            "ab"
        );
        assert_eq!(text(b"\xef\xbb\xbfa", None, Declares::Nothing), "a");
        assert_eq!(text(b"a\0b\0c\0;\0", None, Declares::Nothing), "abc;");
    }

    #[test]
    fn a_server_that_says_utf8_of_everything_is_not_believed() {
        let declared = Some("text/csv; charset=utf-8");
        assert_eq!(
            text(b"\xe9t\xe9 \xe0 la plage", declared, Declares::Nothing),
            "été à la plage"
        );
        let mut dirty = "été à la plage".as_bytes().to_vec();
        dirty.push(0xe9);
        dirty.push(b' ');
        assert!(text(&dirty, declared, Declares::Nothing).starts_with("été à la plage\u{fffd}"));
    }
}
