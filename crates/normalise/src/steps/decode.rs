//! `decode`: HTML character references and markup are taken out of texts, as listings hold both.
//!
//! References are decoded as in attributes, so that `?a=1&copy=2` stays an address; doubly encoded ones are
//! decoded to the end. Tags that break a line leave a line break, which `split` can use and `text` collapses.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

use super::{Field, Notes, each_text};

/// A text encoded more often than this is left as it then is.
const ROUNDS: usize = 16;

static HIDDEN: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?is)<!--.*?-->|<script\b.*?</script\s*>|<style\b.*?</style\s*>|<!\[CDATA\[|\]\]>")
        .expect("a constant pattern")
});
static BREAK: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)</?(?:br|p|div|li|ul|ol|tr|td|th|table|h[1-6]|dt|dd|section|article|blockquote|hr|pre)(?:\s[^<>]*)?/?>")
        .expect("a constant pattern")
});
static TAG: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"</?[A-Za-z][A-Za-z0-9:-]*(?:\s[^<>]*)?/?>|<![A-Za-z][^<>]*>")
        .expect("a constant pattern")
});

pub(super) fn apply(_: &Field, values: Vec<Value>, _: &mut Notes) -> Vec<Value> {
    each_text(values, |text| Some(Value::String(decoded(text))))
}

/// The text without references and markup.
pub(crate) fn decoded(mut text: String) -> String {
    for _ in 0..ROUNDS {
        if !text.contains(['&', '<', ']']) {
            break;
        }
        let next = round(&text).into_owned();
        if next == text {
            break;
        }
        text = next;
    }
    text
}

fn round(text: &str) -> Cow<'_, str> {
    let opened = htmlize::unescape_attribute(text);
    if !opened.contains(['<', ']']) {
        return opened;
    }
    let shown = HIDDEN.replace_all(&opened, "");
    let broken = BREAK.replace_all(&shown, "\n");
    Cow::Owned(TAG.replace_all(&broken, "").into_owned())
}

#[cfg(test)]
mod tests {
    use super::decoded;

    fn decode(text: &str) -> String {
        decoded(text.to_owned())
    }

    #[test]
    fn references_are_decoded_even_twice_encoded_ones() {
        assert_eq!(
            decode("L&#8217;&eacute;cole &amp;amp; vous"),
            "L’école & vous"
        );
        assert_eq!(
            decode("https://a.example/?a=1&copy=2&amp;b"),
            "https://a.example/?a=1&copy=2&b"
        );
    }

    #[test]
    fn markup_goes_and_comparisons_stay() {
        assert_eq!(decode("<b>a</b>bc<br/>d<script>x()</script>"), "abc\nd");
        assert_eq!(decode("3 < 5 > 2, &lt;3"), "3 < 5 > 2, <3");
        assert_eq!(decode("&lt;p class=\"x\"&gt;a&lt;/p&gt;"), "\na\n");
    }
}
