//! Sitemaps (sitemaps.org, protocol 0.9) and what the protocol allows in their place: feeds, and texts with an
//! address a line. Compressed with gzip or not, in any namespace; extensions are passed over.
//!
//! The two limits are the protocol's, 50,000 addresses and 50 MiB: they bound what a hostile file costs. What stands
//! before a limit or a fault is taken.

use std::borrow::Cow;
use std::io::Read as _;

use bytes::Bytes;
use flate2::read::MultiGzDecoder;
use moisson_model::{Capture, Fields, Issue, Location, Sitemap, Stage};
use quick_xml::Reader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesRef, Event};
use regex::Regex;
use serde_json::Value;
use url::Url;

use crate::encoding::{Declares, decode};
use crate::{Error, feed, page};

#[cfg(test)]
mod tests;

/// The most addresses in one file.
const ADDRESSES: usize = 50_000;
/// The most bytes of one file, uncompressed.
const BYTES: usize = 50 << 20;
/// The longest address: the protocol has 2,048 characters, servers take more.
const LENGTH: usize = 8192;
/// How a gzip file begins (RFC 1952).
const GZIP: &[u8] = b"\x1f\x8b";

/// What a sitemap names: of the pages, those whose address a regular expression fits.
pub fn sitemap(capture: &Capture, pattern: &str) -> Sitemap {
    let (body, fault) = plain(&capture.body);
    let capture = Capture {
        body,
        ..capture.clone()
    };
    let mut found = named(&capture);
    found.issues.extend(fault);
    match Regex::new(pattern) {
        Ok(pattern) => found.pages.retain(|page| pattern.is_match(&page.url)),
        Err(_) => found.pages.clear(),
    }
    found
}

/// Whether a regular expression on the addresses that sitemaps name parses.
pub fn check_pattern(key: &str, pattern: &str) -> Result<(), Error> {
    let refused = |error: regex::Error| Error::Regex {
        key: key.to_owned(),
        regex: pattern.to_owned(),
        reason: error.to_string(),
    };
    Regex::new(pattern).map(|_| ()).map_err(refused)
}

/// The body without its compression, cut at the limit. A `.gz` file is no content coding: servers send it as it is.
fn plain(body: &Bytes) -> (Bytes, Option<Issue>) {
    if !body.starts_with(GZIP) {
        let cut = (body.len() > BYTES).then(too_large);
        return (body.slice(..body.len().min(BYTES)), cut);
    }
    let mut whole = Vec::new();
    let limit = u64::try_from(BYTES).unwrap_or(u64::MAX);
    let read = MultiGzDecoder::new(&**body)
        .take(limit + 1)
        .read_to_end(&mut whole);
    let fault = match read {
        Err(error) => Some(invalid(&format!("the compressed file breaks off: {error}"))),
        Ok(_) => (whole.len() > BYTES).then(too_large),
    };
    whole.truncate(BYTES);
    (whole.into(), fault)
}

/// What the file names, in whichever of its forms.
fn named(capture: &Capture) -> Sitemap {
    let decoded = decode(capture, Declares::Xml);
    let mut found = match root(&decoded.text).as_deref() {
        Some("urlset" | "sitemapindex") => in_xml(&decoded.text),
        Some("rss" | "feed" | "RDF") => in_feed(capture),
        Some(_) => fault(invalid(
            "the page is no sitemap, no feed and no list of addresses",
        )),
        None => in_text(&decoded.text),
    };
    // A feed was decoded by its own reader, which says the same.
    let said = found.issues.clone();
    let unsaid = decoded
        .issues
        .into_iter()
        .filter(|issue| !said.contains(issue));
    found.issues.extend(unsaid);
    let base = Url::parse(&capture.final_url).ok();
    for location in found.pages.iter_mut().chain(&mut found.sitemaps) {
        location.url = page::resolve(base.as_ref(), &location.url);
    }
    found
}

/// The name of the root element; none in a text.
fn root(text: &str) -> Option<String> {
    if !text.trim_start().starts_with('<') {
        return None;
    }
    let mut reader = reader(text);
    loop {
        match reader.read_event() {
            Ok(Event::Start(start) | Event::Empty(start)) => {
                return Some(start.local_name().as_ref().to_owned());
            }
            Ok(Event::Eof) | Err(_) => return Some(String::new()),
            Ok(_) => {}
        }
    }
}

fn reader(text: &str) -> Reader<&[u8]> {
    let mut reader = Reader::from_str(text);
    let config = reader.config_mut();
    // Addresses with a bare `&`, and documents put together by hand, are common.
    config.allow_dangling_amp = true;
    config.allow_unmatched_ends = true;
    config.check_end_names = false;
    reader
}

fn in_xml(text: &str) -> Sitemap {
    let (mut walk, mut reader) = (Walk::default(), reader(text));
    loop {
        let event = match reader.read_event() {
            Ok(Event::Eof) => break,
            Ok(event) => event,
            Err(error) => {
                let place = format!("byte {}", reader.error_position());
                walk.found
                    .issues
                    .push(invalid(&error.to_string()).at(place));
                break;
            }
        };
        walk.see(&event);
        if walk.found.pages.len() + walk.found.sitemaps.len() > ADDRESSES {
            walk.found.pages.truncate(ADDRESSES);
            walk.found.sitemaps.truncate(ADDRESSES);
            walk.found.issues.push(too_large());
            break;
        }
    }
    walk.found
}

/// The way through a document: which entry it is in, and which part of it. `loc` of an image or a video is deeper,
/// and so no address of a page.
#[derive(Default)]
struct Walk {
    depth: usize,
    /// Whether the entry is one of an index, and its depth.
    entry: Option<(bool, usize)>,
    loc: String,
    lastmod: String,
    part: Option<Part>,
    found: Sitemap,
}

#[derive(Clone, Copy)]
enum Part {
    Loc,
    Lastmod,
}

impl Walk {
    fn see(&mut self, event: &Event<'_>) {
        match event {
            Event::Start(start) => {
                self.depth += 1;
                self.open(start.local_name().as_ref());
            }
            Event::End(_) => {
                self.part = None;
                if self.entry.is_some_and(|(_, depth)| depth >= self.depth) {
                    self.close();
                }
                self.depth = self.depth.saturating_sub(1);
            }
            Event::Text(text) => self.write(text),
            Event::CData(text) => self.write(text),
            Event::GeneralRef(reference) => self.write(&resolved(reference)),
            _ => {}
        }
    }

    fn open(&mut self, name: &str) {
        self.part = match (self.entry, name) {
            (None, "url" | "sitemap") => {
                self.entry = Some((name == "sitemap", self.depth));
                None
            }
            (Some((_, depth)), "loc") if self.depth == depth + 1 => Some(Part::Loc),
            (Some((_, depth)), "lastmod") if self.depth == depth + 1 => Some(Part::Lastmod),
            _ => None,
        };
    }

    fn write(&mut self, text: &str) {
        let to = match self.part {
            Some(Part::Loc) => &mut self.loc,
            Some(Part::Lastmod) => &mut self.lastmod,
            None => return,
        };
        if to.len() + text.len() <= LENGTH {
            to.push_str(text);
        }
    }

    fn close(&mut self) {
        let Some((is_index, _)) = self.entry.take() else {
            return;
        };
        let loc = std::mem::take(&mut self.loc);
        let lastmod = std::mem::take(&mut self.lastmod);
        let Some(location) = location(&loc, Some(&lastmod)) else {
            return;
        };
        if is_index {
            self.found.sitemaps.push(location);
        } else {
            self.found.pages.push(location);
        }
    }
}

fn resolved<'a>(reference: &'a BytesRef<'_>) -> Cow<'a, str> {
    if let Ok(Some(character)) = reference.resolve_char_ref() {
        return character.to_string().into();
    }
    let known = resolve_predefined_entity(reference).map(Cow::Borrowed);
    known.unwrap_or_else(|| format!("&{};", &**reference).into())
}

fn in_feed(capture: &Capture) -> Sitemap {
    let (entries, issues) = feed::records(capture);
    let location = |entry: &Fields| {
        let text = |name| entry.get(name).and_then(Value::as_str);
        location(text("link")?, text("updated"))
    };
    Sitemap {
        pages: entries.iter().filter_map(location).collect(),
        sitemaps: Vec::new(),
        issues,
    }
}

fn in_text(text: &str) -> Sitemap {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let is_address = |line: &&str| line.starts_with("http://") || line.starts_with("https://");
    let (addresses, others): (Vec<&str>, Vec<&str>) = lines.partition(is_address);
    let mut issues = Vec::new();
    if !others.is_empty() {
        let message = format!("{} lines are no addresses", others.len());
        issues.push(invalid(&message));
    }
    if addresses.len() > ADDRESSES {
        issues.push(too_large());
    }
    let addresses = addresses.into_iter().take(ADDRESSES);
    Sitemap {
        pages: addresses.filter_map(|url| location(url, None)).collect(),
        sitemaps: Vec::new(),
        issues,
    }
}

fn location(url: &str, lastmod: Option<&str>) -> Option<Location> {
    let stated = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let url = stated(url).filter(|url| url.len() <= LENGTH)?;
    Some(Location {
        url,
        lastmod: lastmod.and_then(stated),
    })
}

fn fault(issue: Issue) -> Sitemap {
    Sitemap {
        issues: vec![issue],
        ..Sitemap::default()
    }
}

fn invalid(message: &str) -> Issue {
    Issue::error(Stage::Extract, "invalid-sitemap", message)
}

fn too_large() -> Issue {
    let message = format!(
        "a sitemap has {ADDRESSES} addresses and {} MiB at most: the rest is not read",
        BYTES >> 20
    );
    Issue::error(Stage::Extract, "sitemap-too-large", message)
}
