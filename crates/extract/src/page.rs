//! A parsed HTML page and the address its links are relative to.

use moisson_model::{Capture, Issue, Stage};
use scraper::{Html, Selector};
use url::Url;

use crate::encoding::{Declares, decode};

/// How deep elements may nest: far beyond any real page (browsers stop at 512), and the parser's time grows with
/// the square of it.
const DEPTH: usize = 4096;

/// Elements that need no end tag, and so say nothing of depth.
const UNCLOSED: [&str; 32] = [
    "area", "base", "body", "br", "col", "colgroup", "dd", "dt", "embed", "frame", "head", "hr",
    "html", "img", "input", "li", "link", "meta", "optgroup", "option", "p", "param", "rp", "rt",
    "source", "tbody", "td", "tfoot", "th", "thead", "tr", "wbr",
];

/// A page.
pub(crate) struct Page {
    /// The tree.
    pub(crate) html: Html,
    base: Option<Url>,
}

impl Page {
    /// Parses the body of a capture: HTML has no syntax errors, only the encoding can be at fault.
    pub(crate) fn of(capture: &Capture) -> (Self, Vec<Issue>) {
        let decoded = decode(capture, Declares::Html);
        let mut issues = decoded.issues;
        let (text, rest) = shallow(&decoded.text);
        if !rest.is_empty() {
            let message = format!("elements nest deeper than {DEPTH}: the rest is not read");
            let line = text.lines().count();
            let issue = Issue::error(Stage::Extract, "nested-too-deep", message);
            issues.push(issue.at(format!("line {line}")));
        }
        let html = Html::parse_document(text);
        let base = base(&html, Url::parse(&capture.final_url).ok());
        (Self { html, base }, issues)
    }

    /// The absolute address of a link; as stated where it is empty or cannot be resolved.
    pub(crate) fn resolve(&self, link: &str) -> String {
        resolve(self.base.as_ref(), link)
    }
}

/// The absolute address of a link under a base.
pub(crate) fn resolve(base: Option<&Url>, link: &str) -> String {
    let link = link.trim_matches([' ', '\t', '\n', '\r', '\u{c}']);
    if link.is_empty() {
        return String::new();
    }
    let absolute = match base {
        Some(base) => base.join(link),
        None => Url::parse(link),
    };
    absolute.map_or_else(|_| link.to_owned(), String::from)
}

/// The text up to where its elements nest too deep, and the rest.
fn shallow(text: &str) -> (&str, &str) {
    let mut depth = 0_usize;
    for (at, _) in text.match_indices('<') {
        let (before, tag) = text.split_at(at);
        let tag = tag.trim_start_matches('<');
        if let Some(name) = tag.strip_prefix('/') {
            depth = depth.saturating_sub(usize::from(!is_unclosed(name)));
        } else if tag.starts_with(|c: char| c.is_ascii_alphabetic()) && !is_unclosed(tag) {
            depth += 1;
        }
        if depth > DEPTH {
            return (before, text.get(at..).unwrap_or_default());
        }
    }
    (text, "")
}

fn is_unclosed(tag: &str) -> bool {
    let name = tag.bytes().take_while(u8::is_ascii_alphanumeric);
    let length = name.count();
    let name = tag.get(..length).unwrap_or_default();
    UNCLOSED
        .iter()
        .any(|other| other.eq_ignore_ascii_case(name))
}

fn base(html: &Html, address: Option<Url>) -> Option<Url> {
    let selector = Selector::parse("base[href]").ok()?;
    let stated = html
        .select(&selector)
        .next()
        .and_then(|element| element.attr("href"));
    match (stated, address) {
        (Some(stated), Some(address)) => address.join(stated.trim()).ok().or(Some(address)),
        (Some(stated), None) => Url::parse(stated.trim()).ok(),
        (None, address) => address,
    }
}

#[cfg(test)]
mod tests {
    use super::{Page, shallow};
    use crate::tests::capture;

    #[test]
    fn a_page_without_end_is_read_down_to_a_depth() {
        let (_, issues) = Page::of(&capture("<div>".repeat(100_000).as_bytes()));
        assert_eq!(issues[0].code, "nested-too-deep");
        assert_ne!(shallow(&"<div><p></p>".repeat(10_000)).1, "");
        let list = "<li><p>a<br><div><i>b</i></div>".repeat(10_000);
        assert_eq!(shallow(&list), (list.as_str(), ""));
    }
}
