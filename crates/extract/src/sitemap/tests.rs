//! Every form of a sitemap, whole, cut and hostile.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use moisson_model::{Location, Sitemap};
use proptest::prelude::*;

use super::{ADDRESSES, check_pattern, sitemap};
use crate::tests::capture;

fn read(body: &[u8]) -> Sitemap {
    sitemap(&capture(body), "")
}

fn urls(locations: &[Location]) -> Vec<&str> {
    let urls = locations.iter().map(|location| location.url.as_str());
    urls.collect()
}

fn codes(found: &Sitemap) -> Vec<&str> {
    found
        .issues
        .iter()
        .map(|issue| issue.code.as_str())
        .collect()
}

fn gzip(body: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(body).unwrap();
    encoder.finish().unwrap()
}

const PAGES: &[u8] = b"<?xml version='1.0' encoding='UTF-8'?><urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>\
    <url><loc> http://site.example/a?x=1&amp;y=2&z=3 </loc><lastmod>2026-11-01</lastmod>\
    <image:image><image:loc>http://site.example/a.jpg</image:loc></image:image></url>\
    <url><loc><![CDATA[/b]]></loc></url><url><priority>1</priority></url></urlset>";

#[test]
fn pages_are_named_with_their_dates_and_their_images_are_none() {
    let found = read(PAGES);
    assert_eq!(found.issues, []);
    assert_eq!(
        urls(&found.pages),
        ["http://site.example/a?x=1&y=2&z=3", "http://site.example/b"]
    );
    assert_eq!(found.pages[0].lastmod.as_deref(), Some("2026-11-01"));
    assert_eq!(found.pages[1].lastmod, None);
}

#[test]
fn an_index_names_sitemaps() {
    let found = read(
        b"<s:sitemapindex xmlns:s='x'><s:sitemap><s:loc>http://site.example/1.xml.gz</s:loc></s:sitemap></s:sitemapindex>",
    );
    assert_eq!(urls(&found.sitemaps), ["http://site.example/1.xml.gz"]);
    assert_eq!(found.pages, []);
}

#[test]
fn a_pattern_chooses_pages() {
    let found = sitemap(&capture(PAGES), "/b$");
    assert_eq!(urls(&found.pages), ["http://site.example/b"]);
    let error = check_pattern("paging.match", "(").unwrap_err();
    assert_eq!(error.key(), "paging.match");
}

#[test]
fn a_compressed_sitemap_is_read_and_one_cut_short_up_to_there() {
    assert_eq!(read(&gzip(PAGES)), read(PAGES));
    let noise = |number: u32| number.wrapping_mul(2_654_435_761);
    let lines = (0..9000).map(|number| format!("http://site.example/{}", noise(number)));
    let whole = gzip(lines.collect::<Vec<_>>().join("\n").as_bytes());
    let found = read(&whole[..whole.len() / 2]);
    assert!(found.pages.len() > 1000 && found.pages.len() < 9000);
    assert!(codes(&found).contains(&"invalid-sitemap"));
}

#[test]
fn feeds_and_texts_are_sitemaps_too() {
    let rss = read(b"<rss version='2.0'><channel><title>t</title><item><title>x</title><link>/a</link></item></channel></rss>");
    assert_eq!(urls(&rss.pages), ["http://site.example/a"]);
    let atom = read(b"<feed xmlns='http://www.w3.org/2005/Atom'><id>f</id><entry><id>e</id><link href='/b'/><updated>2026-03-01T10:00:00Z</updated></entry></feed>");
    assert_eq!(urls(&atom.pages), ["http://site.example/b"]);
    assert_eq!(
        atom.pages[0].lastmod.as_deref(),
        Some("2026-03-01T10:00:00Z")
    );
    let undecodable = read(b"<rss version='2.0'><channel><title>\xc3\xa9\xc3\xa8 \xe9</title><item><link>/a</link></item></channel></rss>");
    assert_eq!(codes(&undecodable), ["undecodable-bytes"]);
    let text = read(b"\xef\xbb\xbfhttp://site.example/c\r\n\r\nhttps://site.example/d\n");
    assert_eq!(
        urls(&text.pages),
        ["http://site.example/c", "https://site.example/d"]
    );
    assert_eq!(text.issues, []);
}

#[test]
fn what_is_no_sitemap_says_so() {
    assert_eq!(
        codes(&read(b"<!doctype html><html><p>gone")),
        ["invalid-sitemap"]
    );
    assert_eq!(codes(&read(b"nothing here")), ["invalid-sitemap"]);
    let broken = read(b"<urlset><url><loc>http://site.example/a</loc></url><url><loc>http://b</lo");
    assert_eq!(urls(&broken.pages), ["http://site.example/a"]);
    assert_eq!(codes(&broken), ["invalid-sitemap"]);
    assert_eq!(codes(&read(b"<urlset></urlset>")), Vec::<&str>::new());
}

#[test]
fn the_limits_of_the_protocol_hold() {
    let entries = "<url><loc>/a</loc></url>".repeat(ADDRESSES + 1);
    let found = read(format!("<urlset>{entries}</urlset>").as_bytes());
    assert_eq!(
        (found.pages.len(), codes(&found)),
        (ADDRESSES, vec!["sitemap-too-large"])
    );
    let bomb = read(&gzip(&vec![b' '; (50 << 20) + 1]));
    assert_eq!(codes(&bomb), ["sitemap-too-large"]);
    let deep = read(format!("<urlset>{}", "<url>".repeat(1_000_000)).as_bytes());
    assert_eq!(deep.pages, []);
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "real sitemaps beside the checkout"
)]
fn real_sitemaps_are_read_without_a_complaint() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/data/feeds/sitemaps");
    let Ok(files) = std::fs::read_dir(&folder) else {
        eprintln!("skipped: there is no {}", folder.display());
        return;
    };
    for file in files {
        let path = file.unwrap().path();
        let body = std::fs::read(&path).unwrap();
        let found = read(&body);
        assert!(!found.pages.is_empty(), "{}", path.display());
        assert_eq!(found.issues, [], "{}", path.display());
        let entries = String::from_utf8_lossy(&body).matches("<url>").count();
        assert!(
            entries == 0 || found.pages.len() == entries,
            "{}",
            path.display()
        );
    }
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..512)) {
        read(&bytes);
        read(&gzip(&bytes));
        read(&[b"\x1f\x8b".as_slice(), &bytes].concat());
    }

    #[test]
    fn no_markup_makes_it_panic(parts in proptest::collection::vec("<urlset>|<url>|</url>|<loc>|</loc>|<sitemap>|&amp;|&#0;|&x|<!--|-->|<!\\[CDATA\\[|\\]\\]>|<rss>|é|http://a/|<\\?xml", 0..40)) {
        read(parts.concat().as_bytes());
    }
}
