//! A whole release of the real schemas, into a map: read back, compared across formats, made twice.

use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use flate2::read::GzDecoder;
use moisson_model::{
    Digest, EntityId, FetchStatus, Kind, Label, Publisher, Redistribution, Row, Schema, SourceId,
    SourceState, Version,
};
use oxjsonld::{JsonLdParser, JsonLdRemoteDocument};
use serde_json::{Map, Value, json};

use super::{Release, release};
use crate::parquet::read_rows;
use crate::{Content, Dataset, Edition, Error, Folder, Redirect, SourceRecord, Tombstone, context};

const BASE: &str = "https://data.example.org/";

const SCHEMAS: [&str; 6] = [
    include_str!("../../../../schemas/v1/actor.schema.json"),
    include_str!("../../../../schemas/v1/event.schema.json"),
    include_str!("../../../../schemas/v1/programme.schema.json"),
    include_str!("../../../../schemas/v1/relation.schema.json"),
    include_str!("../../../../schemas/v1/place.schema.json"),
    include_str!("../../../../schemas/v1/document.schema.json"),
];

#[derive(Default)]
struct Memory(BTreeMap<String, Arc<Mutex<Vec<u8>>>>);

struct Handle(Arc<Mutex<Vec<u8>>>);

impl Write for Handle {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Folder for Memory {
    fn create(&mut self, path: &str) -> io::Result<Box<dyn Write + Send>> {
        let content = Arc::<Mutex<Vec<u8>>>::default();
        let twice = self
            .0
            .insert(path.to_owned(), Arc::clone(&content))
            .is_some();
        assert!(!twice, "{path} is written twice");
        Ok(Box::new(Handle(content)))
    }
}

impl Memory {
    fn files(&self) -> BTreeMap<&str, Vec<u8>> {
        self.0
            .iter()
            .map(|(path, content)| (path.as_str(), content.lock().unwrap().clone()))
            .collect()
    }

    fn bytes(&self, path: &str) -> Vec<u8> {
        self.0[path].lock().unwrap().clone()
    }

    fn text(&self, path: &str) -> String {
        let bytes = self.bytes(path);
        let mut text = String::new();
        match path.rsplit('.').next() {
            Some("gz") => GzDecoder::new(bytes.as_slice())
                .read_to_string(&mut text)
                .map(drop)
                .unwrap(),
            Some("zst") => {
                text = String::from_utf8(zstd::decode_all(bytes.as_slice()).unwrap()).unwrap();
            }
            _ => text = String::from_utf8(bytes).unwrap(),
        }
        text
    }

    fn rows(&self, table: &str) -> Vec<Map<String, Value>> {
        let bytes = Bytes::from(self.bytes(&format!("tables/{table}.parquet")));
        read_rows(bytes).unwrap().map(Result::unwrap).collect()
    }
}

struct Given(Vec<Row>);

impl Content for Given {
    fn rows(&self, kind: Kind) -> Box<dyn Iterator<Item = Row> + '_> {
        Box::new(
            self.0
                .iter()
                .filter(move |row| row.id.kind == kind)
                .cloned(),
        )
    }

    fn sources(&self) -> Vec<SourceState> {
        vec![SourceState {
            id: SourceId::new("essai").unwrap(),
            name: "Annuaire d'essai".to_owned(),
            url: None,
            licence: "etalab-2.0".to_owned(),
            redistribution: Redistribution::OpenAttribution,
            attribution: "Annuaire d'essai".to_owned(),
            last_fetch: Some("2026-11-22T03:00:00Z".parse().unwrap()),
            status: FetchStatus::Ok,
            records: 3,
        }]
    }

    fn source_records(&self) -> Box<dyn Iterator<Item = SourceRecord> + '_> {
        Box::new(self.0.iter().map(|row| SourceRecord {
            entity_id: row.id.iri(BASE),
            source_id: SourceId::new("essai").unwrap(),
            source_record_id: row.id.local.clone(),
            url: "https://essai.example/".to_owned(),
            fetched_at: "2026-11-22T03:00:00Z".parse().unwrap(),
            content_sha256: Digest::of(b"page"),
            licence: "etalab-2.0".to_owned(),
            extractor_version: "0.1.0".to_owned(),
        }))
    }

    fn redirects(&self) -> Vec<Redirect> {
        Vec::new()
    }

    fn tombstones(&self) -> Vec<Tombstone> {
        Vec::new()
    }
}

fn schemas() -> BTreeMap<Kind, Schema> {
    SCHEMAS
        .iter()
        .map(|text| Schema::from_json(text).unwrap())
        .map(|schema| (schema.kind, schema))
        .collect()
}

fn row(kind: Kind, local: &str, stated: Value) -> Row {
    let id = EntityId {
        kind,
        local: local.to_owned(),
    };
    let mut columns = json!({
        "id": id.iri(BASE), "status": "active", "confidence": "stated", "licence": "etalab-2.0",
        "first_seen": "2026-11-20", "last_seen": "2026-11-22", "modified": "2026-11-22T04:00:00Z",
        "derived_from": [format!("{BASE}source/essai#{kind}/{local}")],
    });
    let Value::Object(stated) = stated else {
        panic!("columns are an object")
    };
    columns.as_object_mut().unwrap().extend(stated);
    Row {
        id,
        columns: columns.as_object().unwrap().clone(),
    }
}

/// Rows whose identifiers begin each other, whose texts are hostile, whose addresses are no IRIs.
fn rows() -> Vec<Row> {
    let iri = |kind: Kind, local: &str| {
        EntityId {
            kind,
            local: local.to_owned(),
        }
        .iri(BASE)
    };
    vec![
        row(
            Kind::Actor,
            "a",
            json!({
                "name": "L'« été » \"q\" \\ \n\r\t\u{8}\u{c}\u{0}\u{7f} 🌱 \u{202e}", "siren": "123456782", "wikidata": "Q4115189",
                "town": "Ambérieu-en-Bugey", "insee_code": "01004", "lon": 5.36, "lat": 45.958,
                "families": ["civic-tech"], "website": "https://a.example/?x[1]=a b", "same_as": ["https://b.example/#a#b"],
            }),
        ),
        row(Kind::Actor, "a-b", json!({"name": "B"})),
        row(Kind::Actor, "a0", json!({"name": "A0", "families": []})),
        row(
            Kind::Event,
            "e",
            json!({
                "name": "Journée", "start": "2026-12-08T08:00:00Z", "start_date": "2026-12-08", "event_status": "scheduled",
                "date_basis": "stated", "organiser_ids": [iri(Kind::Actor, "a"), iri(Kind::Actor, "a0")],
            }),
        ),
        row(
            Kind::Relation,
            "r",
            json!({
                "subject": iri(Kind::Actor, "a"), "predicate": "memberOf", "object": iri(Kind::Actor, "a0"), "open_list": true,
            }),
        ),
    ]
}

fn made(rows: Vec<Row>) -> Result<(Memory, Release), Error> {
    let label = |text: &str| Label {
        fr: text.to_owned(),
        en: text.to_owned(),
    };
    let dataset = Dataset {
        slug: "essai".to_owned(),
        title: label("Données d'essai"),
        description: label("Fictives."),
        base_iri: BASE.to_owned(),
        licence: "etalab-2.0".to_owned(),
        publisher: Publisher {
            name: "Essai".to_owned(),
            url: None,
            official: false,
            email: None,
        },
    };
    let edition = Edition {
        version: Version::parse("2026-11-22T04-00-00Z").unwrap(),
        previous: None,
        git_commit: "0".repeat(40),
        generator_version: "0.1.0".to_owned(),
    };
    let mut folder = Memory::default();
    let release = release(&dataset, &edition, &schemas(), &Given(rows), &mut folder)?;
    Ok((folder, release))
}

#[test]
fn every_file_is_listed_with_its_digest() {
    let (folder, release) = made(rows()).unwrap();
    let sums = folder.text("SHA256SUMS");
    let files = folder.files();
    assert_eq!(sums.lines().count(), files.len() - 1);
    for (path, content) in files.iter().filter(|(path, _)| **path != "SHA256SUMS") {
        assert!(
            sums.contains(&format!("{}  {path}\n", Digest::of(content))),
            "{path}"
        );
    }
    let listed = release.manifest["files"].as_array().unwrap();
    assert_eq!(listed.len(), files.len() - 2);
    assert_eq!(release.manifest["entity_counts"]["actors"], 3);
    assert_eq!(release.manifest["rdf"]["quads"], json!(release.quads));
    assert_eq!(
        serde_json::from_str::<Value>(&folder.text("manifest.json")).unwrap(),
        release.manifest
    );
}

#[test]
fn the_same_rows_give_the_same_bytes() {
    let (first, _) = made(rows()).unwrap();
    let (second, _) = made(rows()).unwrap();
    assert!(first.files() == second.files());
}

#[test]
fn all_six_tables_are_there_empty_or_not_and_lists_have_one_shape() {
    let (folder, _) = made(rows()).unwrap();
    let counts = Kind::ALL.map(|kind| folder.rows(kind.table()).len());
    assert_eq!(counts, [3, 1, 0, 1, 0, 0]);
    assert_eq!(folder.rows("actors")[1]["families"], json!([]));
    assert_eq!(folder.rows("source_records").len(), 5);
    let identifiers = folder.rows("identifiers");
    assert_eq!(identifiers.len(), 2);
    assert_eq!(
        identifiers[1]["uri"],
        "http://www.wikidata.org/entity/Q4115189"
    );
}

#[test]
fn lines_stand_alone_and_the_graph_holds_the_same_nodes() {
    let (folder, _) = made(rows()).unwrap();
    let graph: Value = serde_json::from_str(&folder.text("rdf/actors.jsonld.gz")).unwrap();
    let lines = folder.text("rdf/actors.ndjsonld.gz");
    for (line, node) in lines.lines().zip(graph["@graph"].as_array().unwrap()) {
        let mut record: Map<String, Value> = serde_json::from_str(line).unwrap();
        assert_eq!(
            record.shift_remove("@context"),
            Some(graph["@context"].clone())
        );
        assert_eq!(Value::Object(record), *node);
    }
    assert_eq!(lines.lines().count(), 3);
}

/// The N-Quads of a document, as another processor expands it.
fn expanded(document: &str) -> Vec<String> {
    let context = context(&schemas(), BASE).to_string();
    let parser = JsonLdParser::new()
        .for_slice(document.as_bytes())
        .with_load_document_callback(move |url, _| {
            assert_eq!(url, "https://data.example.org/context/1.0.0.jsonld");
            let document = context.clone().into_bytes();
            Ok(JsonLdRemoteDocument {
                document,
                document_url: url.to_owned(),
            })
        });
    parser.map(|quad| quad.unwrap().to_string()).collect()
}

#[test]
fn the_dump_is_sorted_and_is_what_another_processor_reads_in_both_forms() {
    let (folder, release) = made(rows()).unwrap();
    let dump = folder.text("rdf/dump.nq.zst");
    let lines: Vec<&str> = dump.lines().collect();
    assert!(lines.is_sorted_by(|left, right| left < right));
    assert_eq!(lines.len() as u64, release.quads);
    assert!(
        folder
            .text("rdf/dump.nq.sha256")
            .starts_with(&Digest::of(dump.as_bytes()).to_string())
    );
    let ours: Vec<_> = oxttl::NQuadsParser::new()
        .for_slice(dump.as_bytes())
        .map(|quad| quad.unwrap().to_string())
        .collect();
    for suffix in ["jsonld", "ndjsonld"] {
        let mut theirs = Vec::new();
        for kind in Kind::ALL {
            let text = folder.text(&format!("rdf/{}.{suffix}.gz", kind.table()));
            let documents = if suffix == "jsonld" {
                vec![text.as_str()]
            } else {
                text.lines().collect()
            };
            theirs.extend(documents.into_iter().flat_map(expanded));
        }
        let sorted = |mut quads: Vec<String>| {
            quads.sort();
            quads.dedup();
            quads
        };
        assert_eq!(sorted(ours.clone()), sorted(theirs), "{suffix}");
    }
}

#[test]
fn papers_print_the_attribution_and_name_every_source() {
    let (folder, release) = made(rows()).unwrap();
    let attribution = release.manifest["attribution"].as_str().unwrap();
    assert_eq!(
        attribution,
        "Données d'essai, Essai, 2026-11-22. Sources : Annuaire d'essai"
    );
    assert!(folder.text("README.md").contains(attribution));
    assert!(
        folder
            .text("README.md")
            .starts_with("---\nlicense: etalab-2.0\n")
    );
    assert!(folder.text("LICENCES.md").contains("`essai`"));
}

#[test]
fn rows_out_of_order_or_twice_are_refused() {
    let mut twice = rows();
    twice.insert(1, twice[0].clone());
    assert!(matches!(made(twice), Err(Error::Order { .. })));
    let mut turned = rows();
    turned.swap(0, 1);
    assert!(matches!(made(turned), Err(Error::Order { .. })));
}

#[test]
fn a_folder_that_fills_up_is_an_error_that_names_the_file() {
    struct Full;
    impl Folder for Full {
        fn create(&mut self, _: &str) -> io::Result<Box<dyn Write + Send>> {
            Err(io::ErrorKind::StorageFull.into())
        }
    }
    let error = crate::folder::Sink::put(&mut Full, "README.md", "x").unwrap_err();
    assert!(error.to_string().contains("README.md"));
}
