//! A parsed HTML page and the address its links are relative to.

use moisson_model::{Capture, Issue};
use scraper::{Html, Selector};
use url::Url;

use crate::encoding::{Declares, decode};

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
        let html = Html::parse_document(&decoded.text);
        let base = base(&html, Url::parse(&capture.final_url).ok());
        (Self { html, base }, decoded.issues)
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
