//! What `harvest` asks of a body without reading records: the links to follow, and the cursor of the next page.
//!
//! A selector that begins with `/` (or is empty) is a JSON pointer; any other is `selector@attribute` in HTML.

use std::cell::LazyCell;
use std::collections::BTreeSet;

use moisson_model::{Capture, Seen, Wanted};
use serde_json::Value;
use url::Url;

use crate::extractor::Extractor;
use crate::page::Page;
use crate::pointer::Pointer;
use crate::selector::Reading;
use crate::{Error, html, json, page};

/// Looks at a body. HTML is parsed once, whatever is wanted of it.
pub fn see(extractor: &Extractor, capture: &Capture, wanted: Wanted<'_>) -> Seen {
    let page = LazyCell::new(|| Page::of(capture).0);
    let links = wanted
        .links
        .iter()
        .map(|selector| links(capture, &page, selector));
    let texts = wanted.texts.iter().map(|place| text(capture, &page, place));
    Seen {
        links: links.collect(),
        texts: texts.collect(),
        records: if wanted.records {
            extractor.count(capture, &page)
        } else {
            0
        },
    }
}

/// A page that is parsed when it is first looked at.
pub(crate) type LazyPage<F> = LazyCell<Page, F>;

fn links(capture: &Capture, page: &LazyPage<impl FnOnce() -> Page>, selector: &str) -> Vec<String> {
    let found = if is_pointer(selector) {
        in_json(capture, selector)
    } else {
        html::links(page, selector)
    };
    let mut seen = BTreeSet::new();
    found
        .into_iter()
        .filter(|link| can_be_harvested(link) && seen.insert(link.clone()))
        .collect()
}

fn text(capture: &Capture, page: &LazyPage<impl FnOnce() -> Page>, place: &str) -> Option<String> {
    if !is_pointer(place) {
        return html::text(page, place);
    }
    let pointer = Pointer::parse(place).ok()?;
    let (documents, _) = json::documents(capture);
    let value = pointer.select(documents.first()?).into_iter().next()?;
    match value {
        Value::Null | Value::Bool(false) => None,
        Value::Array(items) if items.is_empty() => None,
        Value::Object(map) if map.is_empty() => None,
        Value::Array(_) | Value::Object(_) => Some(value.to_string()),
        scalar => json::scalar(scalar).filter(|text| !text.is_empty()),
    }
}

/// Whether a selector of links or texts parses; the key is for the message.
pub fn check_selector(key: &str, selector: &str) -> Result<(), Error> {
    if !is_pointer(selector) {
        return Reading::link(key, selector).map(|_| ());
    }
    let parsed = Pointer::parse(selector).map(|_| ());
    parsed.map_err(|reason| Error::Pointer {
        key: key.to_owned(),
        pointer: selector.to_owned(),
        reason: reason.to_owned(),
    })
}

fn is_pointer(selector: &str) -> bool {
    selector.is_empty() || selector.starts_with('/')
}

fn in_json(capture: &Capture, pointer: &str) -> Vec<String> {
    let Ok(pointer) = Pointer::parse(pointer) else {
        return Vec::new();
    };
    let base = Url::parse(&capture.final_url).ok();
    let (documents, _) = json::documents(capture);
    let values = documents
        .iter()
        .flat_map(|document| pointer.select(document));
    let texts = values.flat_map(|value| match value {
        Value::Array(items) => items.iter().filter_map(Value::as_str).collect(),
        other => other.as_str().into_iter().collect::<Vec<_>>(),
    });
    texts
        .map(|text| page::resolve(base.as_ref(), text))
        .collect()
}

fn can_be_harvested(link: &str) -> bool {
    let scheme = link.split_once(':').map(|(scheme, _)| scheme);
    matches!(scheme, Some("http" | "https" | "file"))
}

#[cfg(test)]
mod tests {
    use std::cell::LazyCell;

    use moisson_model::Capture;

    use super::check_selector;
    use crate::page::Page;
    use crate::tests::capture;

    fn links(capture: &Capture, selector: &str) -> Vec<String> {
        super::links(capture, &LazyCell::new(|| Page::of(capture).0), selector)
    }

    fn text_at(capture: &Capture, place: &str) -> Option<String> {
        super::text(capture, &LazyCell::new(|| Page::of(capture).0), place)
    }

    #[test]
    fn links_are_absolute_and_come_once() {
        let page = capture(br#"<base href="/b/"><a rel=next href=" p2 ">x</a><a href=p2>y</a><a href=mailto:a@b>z</a>"#);
        assert_eq!(
            links(&page, "a[rel=next]@href"),
            ["http://site.example/b/p2"]
        );
        assert_eq!(links(&page, "a"), ["http://site.example/b/p2"]);
        let json = capture(
            br#"{"items":[{"url":"/1"},{"url":"https://b.example/2"},{"url":null},{"url":"/1"}]}"#,
        );
        assert_eq!(
            links(&json, "/items/*/url"),
            ["http://site.example/1", "https://b.example/2"]
        );
        assert_eq!(links(&json, "a[["), Vec::<String>::new());
    }

    #[test]
    fn a_cursor_is_a_text_a_number_or_a_list() {
        let json = capture(br#"{"a":"x","n":0,"none":null,"no":false,"empty":"","list":[1,"b"]}"#);
        let at = |pointer| text_at(&json, pointer);
        assert_eq!(at("/a").as_deref(), Some("x"));
        assert_eq!(at("/n").as_deref(), Some("0"));
        assert_eq!(at("/list").as_deref(), Some(r#"[1,"b"]"#));
        for pointer in ["/none", "/no", "/empty", "/absent", "bad"] {
            assert_eq!(at(pointer), None);
        }
    }

    #[test]
    fn a_total_in_a_page_is_the_text_of_its_element() {
        let page = capture(
            b"<p class=total data-n=12> 1&nbsp;234\n <b>results</b></p><p class=total>2</p>",
        );
        assert_eq!(text_at(&page, ".total").as_deref(), Some("1 234 results"));
        assert_eq!(text_at(&page, ".total@data-n").as_deref(), Some("12"));
        assert_eq!(text_at(&page, ".none"), None);
        assert_eq!(text_at(&page, "p["), None);
    }

    #[test]
    fn a_selector_of_links_is_checked() {
        assert!(check_selector("next", "a.fiche@href").is_ok());
        assert!(check_selector("next", "/items/*/url").is_ok());
        for wrong in ["a[", "/~3"] {
            assert_eq!(check_selector("next", wrong).unwrap_err().key(), "next");
        }
    }
}
