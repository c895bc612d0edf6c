//! What holds for every format: definitions refused, issues typed, no panic on any bytes.

use bytes::Bytes;
use moisson_model::{Capture, Change, Role, Wanted};
use proptest::prelude::*;
use serde_json::json;

use crate::{Error, Extractor, Format, Spec, detail, records, see};

/// A response with a body and nothing else of interest.
pub(crate) fn capture(body: &[u8]) -> Capture {
    Capture {
        url: "http://site.example/liste".to_owned(),
        final_url: "http://site.example/liste".to_owned(),
        fetched_at: jiff::Timestamp::UNIX_EPOCH,
        status: 200,
        headers: Vec::new(),
        body: Bytes::copy_from_slice(body),
        role: Role::Listing,
        change: Change::New,
    }
}

fn extractor(spec: &str) -> Result<Extractor, Error> {
    let spec: Spec = toml::from_str(spec).unwrap();
    Extractor::new(&spec)
}

fn codes(spec: &str, body: &str) -> Vec<String> {
    let extraction = records(&extractor(spec).unwrap(), &capture(body.as_bytes()));
    let codes = extraction.issues.into_iter();
    codes.map(|issue| issue.code).collect()
}

#[test]
fn an_extractor_may_be_shared_between_threads() {
    const fn shared<T: Send + Sync + Clone>() {}
    shared::<Extractor>();
}

#[test]
fn a_page_gives_its_fields_and_nulls() {
    let extractor = extractor(
        "format = 'html'\nrecords = 'article'\n[fields]\nid = '@id'\nnom = 'h2'\nlien = 'a@href'\n\
         absent = 'em'\nmots = { select = 'b', all = true }\nan = { select = 'p', regex = '(\\d{4})' }\ntout = '.'",
    );
    let extraction = records(
        &extractor.unwrap(),
        &capture(b"<article id=x><h2>Un <i>toit</i></h2><a>sans</a><a href='../y'>y</a><b>1</b><b>2</b><p>en 2017</article>"),
    );
    assert!(extraction.issues.is_empty());
    assert_eq!(
        json!(extraction.records[0].fields),
        json!({
            "id": "x", "nom": "Un toit", "lien": "http://site.example/y", "absent": null, "mots": ["1", "2"],
            "an": "2017", "tout": "Un toit sansy12 en 2017"
        })
    );
    assert_eq!(
        extraction.records[0].provenance.url,
        "http://site.example/liste"
    );
}

#[test]
fn json_items_come_by_pointer_or_as_they_stand() {
    let body = br#"{"hits": [{"item": {"id": 7, "tags": [{"n": "a"}, {"n": "b"}]}}, {"item": {"id": 8}}]}"#;
    let extractor = extractor(
        "format = 'json'\nrecords = '/hits/*/item'\n[fields]\nid = '/id'\ntags = '/tags/*/n'\nnone = '/x'",
    );
    let extraction = records(&extractor.unwrap(), &capture(body));
    assert_eq!(
        json!(extraction.records[0].fields),
        json!({"id": 7, "tags": ["a", "b"], "none": null})
    );
    assert_eq!(
        json!(extraction.records[1].fields),
        json!({"id": 8, "tags": [], "none": null})
    );
    let extraction = records(
        &Extractor::library(Format::Json),
        &capture(b"[{\"a\": null}, 3]"),
    );
    assert_eq!(json!(extraction.records[0].fields), json!({"a": null}));
    assert_eq!(json!(extraction.records[1].fields), json!({"value": 3}));
}

#[test]
fn a_definition_that_cannot_be_obeyed_is_refused_with_its_key() {
    let key = |spec: &str| extractor(spec).unwrap_err().key().to_owned();
    assert_eq!(
        key("format = 'html'\nrecords = 'li['\nfields = { a = 'b' }"),
        "records"
    );
    assert_eq!(key("format = 'html'\nfields = { a = 'b[' }"), "fields.a");
    assert_eq!(key("format = 'html'\nrecords = 'li'"), "fields");
    assert_eq!(
        key("format = 'html'\nfields = { a = { select = 'b', regex = '(' } }"),
        "fields.a.regex"
    );
    assert_eq!(
        key("format = 'html'\nfields = { a = 'b' }\n[detail]\nlink = 'a'\nfields = { c = ':' }"),
        "detail.fields.c"
    );
    assert_eq!(key("format = 'json'\nrecords = 'hits'"), "records");
    assert_eq!(key("format = 'feed'\nfields = { a = 'b' }"), "fields");
    assert_eq!(
        key("format = 'csv'\ncsv = { encoding = 'latin-99' }"),
        "csv.encoding"
    );
    assert_eq!(
        key("format = 'csv'\ncsv = { delimiter = ';;' }"),
        "csv.delimiter"
    );
    assert_eq!(key("format = 'jsonld'\nrecords = 'Event'"), "records");
    assert_eq!(key("format = 'ical'\ncsv = { delimiter = ';' }"), "csv");
}

#[test]
fn bad_input_has_a_typed_cause() {
    let json = "format = 'json'\nrecords = '/items'";
    assert_eq!(codes(json, "{\"items\": ["), ["invalid-json"]);
    assert_eq!(codes(json, "{\"item\": []}"), ["records-not-found"]);
    assert_eq!(codes(json, "{\"items\": []}"), ["no-records"]);
    assert_eq!(codes(json, " \n"), ["empty-page"]);
    assert_eq!(
        codes(
            "format = 'html'\nrecords = 'li'\nfields = { a = 'b' }",
            "<p>"
        ),
        ["no-records"]
    );
    for format in Format::ALL {
        let extraction = records(&Extractor::library(format), &capture(b"\xef\xbb\xbf "));
        assert_eq!(extraction.issues[0].code, "empty-page");
    }
}

#[test]
fn the_page_of_a_record_gives_its_fields() {
    let html =
        extractor("format = 'feed'\n[detail]\nlink = 'link'\nfields = { site = 'a.site@href' }")
            .unwrap();
    assert_eq!(html.detail_link(), Some("link"));
    let (fields, issues) = detail(
        &html,
        &capture(b"<a class=site href='https://a.example'>a</a>"),
    );
    assert_eq!(json!(fields), json!({"site": "https://a.example/"}));
    assert!(issues.is_empty());
    let json = extractor("format = 'json'\n[detail]\nlink = 'url'").unwrap();
    assert_eq!(
        json!(detail(&json, &capture(b"{\"a\": 1}")).0),
        json!({"a": 1})
    );
    assert_eq!(detail(&json, &capture(b"")).1[0].code, "empty-page");
    assert!(!Extractor::library(Format::Html).has_detail());
}

fn read_everything(body: &[u8]) {
    let capture = capture(body);
    for format in Format::ALL {
        let extraction = records(&Extractor::library(format), &capture);
        let has_reason = !extraction.issues.is_empty();
        assert!(has_reason || !extraction.records.is_empty());
    }
    let wanted = Wanted {
        links: &["a@href", "/*/*"],
        texts: &["/a", "a@href"],
        records: true,
    };
    let seen = see(&Extractor::library(Format::Html), &capture, wanted);
    assert_eq!((seen.links.len(), seen.texts.len()), (2, 2));
}

/// Small files of each format, to be cut and mangled.
const SEEDS: [&str; 6] = [
    "<base href='/b'><ul><li><a href=1>a&nbsp;b</a></ul><script type='application/ld+json'>{\"@type\":\"Event\"}</script>",
    "{\"a\":[1,{\"b\":\"\u{e9}\"}]}\n{\"a\":2}\n",
    "a;b\r\n\"1\n\"\"2\";3\r\n4\r\n",
    "<?xml version='1.0' encoding='utf-8'?><rss version='2.0'><channel><item><title>a</title><link>http://a.example</link>\
     <pubDate>Tue, 21 Nov 2017 00:00:00 +0100</pubDate></item></channel></rss>",
    "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART;TZID=Europe/Paris:20220701T180000\r\nDURATION:P1DT2H\r\n\
     RRULE:FREQ=DAILY;COUNT=2\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
    "<feed xmlns='http://www.w3.org/2005/Atom'><entry><id>1</id><title type='html'>a</title><content type='text'/></entry></feed>",
];

#[test]
fn a_file_cut_anywhere_gives_records_or_a_reason() {
    for seed in SEEDS {
        for end in 0..seed.len() {
            read_everything(seed.as_bytes().get(..end).unwrap());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(128) })]

    #[test]
    fn arbitrary_bytes_never_panic(body in prop::collection::vec(any::<u8>(), 0..300)) {
        read_everything(&body);
    }

    #[test]
    fn mangled_files_never_panic(seed in 0..6_usize, at in any::<prop::sample::Index>(), junk in prop::collection::vec(any::<u8>(), 0..6)) {
        let mut body = SEEDS[seed].as_bytes().to_vec();
        let at = at.index(body.len());
        let end = (at + junk.len()).min(body.len());
        body.splice(at..end, junk);
        read_everything(&body);
    }
}
