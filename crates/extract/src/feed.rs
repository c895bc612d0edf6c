//! RSS, Atom and JSON Feed: one record an entry, with the same keys whatever the dialect; null where absent.
//!
//! An entry that was published and says no more was last updated then, as feed readers have it.

use std::borrow::Cow;
use std::sync::LazyLock;

use feed_rs::model::{Entry, Feed, FeedType, Link, Text};
use feed_rs::parser;
use jiff::Timestamp;
use moisson_model::{Capture, Fields, Issue, Stage};
use regex::{Captures, Regex};
use serde_json::Value;
use url::Url;

use crate::encoding::{Declares, decode};
use crate::{page, rendering};

/// The entries of a feed.
pub(crate) fn records(capture: &Capture) -> (Vec<Fields>, Vec<Issue>) {
    let decoded = decode(capture, Declares::Xml);
    let mut issues = decoded.issues;
    let base = Url::parse(&capture.final_url).ok();
    let parser = parser::Builder::new()
        .base_uri(base.as_ref())
        // An identifier made up here would be a statement that the source never made.
        .id_generator(|_, _, _| String::new())
        .build();
    match parser.parse(versioned(undeclared(&decoded.text)).as_bytes()) {
        Ok(feed) => (entries(&feed, base.as_ref()), issues),
        Err(error) => {
            issues.push(Issue::error(
                Stage::Extract,
                "invalid-feed",
                error.to_string(),
            ));
            (Vec::new(), issues)
        }
    }
}

/// The document without its XML declaration, which names the encoding it no longer has.
fn undeclared(text: &str) -> &str {
    let text = text.trim_start();
    let declaration = text.strip_prefix("<?xml");
    declaration
        .and_then(|rest| rest.split_once("?>"))
        .map_or(text, |(_, document)| document.trim_start())
}

/// The document with a version of RSS that the parser knows, and no namespace: all that carry the name are read
/// as 2.0, their differences being of no weight here.
fn versioned(text: &str) -> Cow<'_, str> {
    static ROOT: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"<rss(\s[^>]*)?>").expect("a fixed expression"));
    static OWN: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r#"\s(?:version|xmlns)\s*=\s*("[^"]*"|'[^']*')"#).expect("a fixed expression")
    });
    ROOT.replace(text, |root: &Captures<'_>| {
        let attributes = root.get(1).map_or("", |found| found.as_str());
        format!("<rss version=\"2.0\"{}>", OWN.replace_all(attributes, ""))
    })
}

fn entries(feed: &Feed, base: Option<&Url>) -> Vec<Fields> {
    feed.entries
        .iter()
        .map(|entry| fields(&feed.feed_type, entry, base))
        .collect()
}

fn fields(dialect: &FeedType, entry: &Entry, base: Option<&Url>) -> Fields {
    let optional = |text: Option<String>| text.map_or(Value::Null, Value::String);
    let list = |texts: Vec<String>| Value::from(texts);
    let id = Some(entry.id.trim().to_owned()).filter(|id| !id.is_empty());
    let authors = entry.authors.iter();
    let authors = authors.filter_map(|person| person.name.as_ref().or(person.email.as_ref()));
    let categories = entry.categories.iter();
    let categories = categories.map(|category| category.label.as_ref().unwrap_or(&category.term));
    let named = |texts: &mut dyn Iterator<Item = &String>| {
        let texts = texts.map(|text| rendering::plain(text));
        texts.filter(|text| !text.is_empty()).collect::<Vec<_>>()
    };
    [
        ("id", optional(id)),
        (
            "title",
            optional(entry.title.as_ref().and_then(|text| plain(dialect, text))),
        ),
        ("link", optional(link(dialect, entry, base))),
        (
            "published",
            optional(entry.published.and_then(|time| utc(time.timestamp()))),
        ),
        (
            "updated",
            optional(
                entry
                    .updated
                    .or(entry.published)
                    .and_then(|time| utc(time.timestamp())),
            ),
        ),
        (
            "summary",
            optional(entry.summary.as_ref().and_then(|text| plain(dialect, text))),
        ),
        ("authors", list(named(&mut authors.into_iter()))),
        ("categories", list(named(&mut categories.into_iter()))),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .collect()
}

/// The page of an entry: the alternate link, else any link that is not of the feed itself; in RSS an identifier
/// that is an address.
fn link(dialect: &FeedType, entry: &Entry, base: Option<&Url>) -> Option<String> {
    let is = |link: &&Link, relations: &[&str]| {
        let relation = link.rel.as_deref().unwrap_or("alternate");
        link.target.is_none() && relations.contains(&relation) && !link.href.trim().is_empty()
    };
    let links = &entry.links;
    let stated = links
        .iter()
        .find(|link| is(link, &["alternate"]))
        .or_else(|| {
            links
                .iter()
                .find(|link| is(link, &["related", "via", "canonical"]))
        })
        .map(|link| link.href.as_str());
    let is_rss = matches!(dialect, FeedType::RSS0 | FeedType::RSS1 | FeedType::RSS2);
    let identifier = Some(entry.id.trim())
        .filter(|id| is_rss && (id.starts_with("http://") || id.starts_with("https://")));
    stated.or(identifier).map(|link| page::resolve(base, link))
}

/// Plain text: RSS says nothing of the type of its titles, so that what looks like HTML is read as HTML.
fn plain(dialect: &FeedType, text: &Text) -> Option<String> {
    static MARKUP: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"</?[a-zA-Z][^>]*>|&(#\d+|#[xX][0-9a-fA-F]+|[a-zA-Z][a-zA-Z0-9]*);")
            .expect("a fixed expression")
    });
    let is_plain = text.content_type.as_str() == "text/plain";
    let is_typed = matches!(dialect, FeedType::Atom | FeedType::JSON);
    let text = if is_plain && (is_typed || !MARKUP.is_match(&text.content)) {
        rendering::plain(&text.content)
    } else {
        rendering::fragment(&text.content)
    };
    Some(text).filter(|text| !text.is_empty())
}

fn utc(second: i64) -> Option<String> {
    let time = Timestamp::from_second(second).ok()?;
    Some(time.to_string())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::records;
    use crate::tests::capture;

    #[test]
    fn an_rss_item_has_the_keys_of_every_feed() {
        let (records, issues) = records(&capture(
            b"<?xml version='1.0' encoding='ISO-8859-1'?><rss version='2.0'><channel><title>t</title><item>\
              <title>L'\xe9t\xe9 &amp;amp; &lt;b>la&lt;/b> mer</title><link>/a</link><guid>g1</guid>\
              <pubDate>Tue, 21 Nov 2017 00:00:00 +0100</pubDate><category>Mer</category>\
              <description>&lt;p>Un&lt;/p>&lt;p>deux&lt;/p></description></item><item><title>x</title></item>\
              </channel></rss>",
        ));
        assert!(issues.is_empty());
        assert_eq!(
            json!(records),
            json!([{
                "id": "g1", "title": "L'été & la mer", "link": "http://site.example/a",
                "published": "2017-11-20T23:00:00Z", "updated": "2017-11-20T23:00:00Z", "summary": "Un deux",
                "authors": [], "categories": ["Mer"]
            }, {
                "id": null, "title": "x", "link": null, "published": null, "updated": null, "summary": null,
                "authors": [], "categories": []
            }])
        );
    }

    #[test]
    fn atom_and_json_feeds_say_the_same() {
        let (atom, _) = records(&capture(
            b"<feed xmlns='http://www.w3.org/2005/Atom'><id>f</id><entry><id>e</id><title>a &lt; b</title>\
              <link rel='self' href='/self'/><link href='/page'/><updated>2022-03-01T10:00:00+01:00</updated>\
              <category term='t' label='Label'/><author><name>Ana</name></author></entry></feed>",
        ));
        assert_eq!(atom[0]["title"], "a < b");
        assert_eq!(atom[0]["link"], "http://site.example/page");
        assert_eq!(atom[0]["updated"], "2022-03-01T09:00:00Z");
        assert_eq!(atom[0]["categories"], json!(["Label"]));
        let (json, _) = records(&capture(
            br#"{"version":"https://jsonfeed.org/version/1.1","title":"f","items":[{"id":"1","url":"/j","title":"J","tags":["x"]}]}"#,
        ));
        assert_eq!(json[0]["link"], "http://site.example/j");
        assert_eq!(json[0]["categories"], json!(["x"]));
    }

    #[test]
    fn any_version_of_rss_is_read() {
        for root in [
            "<rss>",
            "<rss version='0.93'>",
            "<rss xmlns='http://a.example' version=\"\">",
        ] {
            let text = format!("{root}<channel><item><title>x</title></item></channel></rss>");
            assert_eq!(records(&capture(text.as_bytes())).0.len(), 1, "{root}");
        }
    }

    #[test]
    fn depth_and_entities_are_no_danger() {
        let deep = format!(
            "<rss version='2.0'><channel><item><title>{}",
            "<a>".repeat(50_000)
        );
        assert!(!records(&capture(deep.as_bytes())).1.is_empty());
        let laughs = "<!DOCTYPE rss [<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;'>]><rss version='2.0'><channel><item>\
                      <title>&b;</title></item></channel></rss>";
        let (records, _) = records(&capture(laughs.as_bytes()));
        assert!(json!(records).to_string().len() < 300);
    }

    #[test]
    fn a_page_is_no_feed() {
        let (records, issues) = records(&capture(b"<html><body>404</body></html>"));
        assert!(records.is_empty());
        assert_eq!(issues[0].code, "invalid-feed");
    }
}
