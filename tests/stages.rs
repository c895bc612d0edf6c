//! Every stage from files to files, without a project: what one writes the next reads.

use std::path::Path;

use serde_json::Value;

use crate::consumers::consume;
use crate::support::{AT, manifest, moisson, records, root, run_with};

const CSV: &str = "id;nom;site;ville\n1;Fabrique d’essai;https://fabrique.example/;Lyon\n2;Réseau d’essai;www.reseau.example;\n\
    3;;https://sans-nom.example/;Nantes\n4;Fabrique d'essai;https://www.fabrique.example/accueil;\n";

const SOURCE: &str = r#"
title     = { fr = "Liste", en = "List" }
publisher = { name = "Essai" }
licence   = { id = "etalab-2.0", redistribution = "open-attribution", attribution = "Essai" }
schedule  = "0 4 * * *"
language  = "fr"
timezone  = "Europe/Paris"
[harvest]
url = "https://liste.example/liste.csv"
[extract]
format = "csv"
[normalise]
schema = "actor/1"
key = ["id"]
[normalise.map]
name = "nom"
website = "site"
town = "ville"
kind = { value = "organisation" }
[expect]
records = { min = 1 }
"#;

const DATASET: &str = r#"
title = { fr = "Essai", en = "Trial" }
description = { fr = "Un jeu de données d'essai.", en = "A trial dataset." }
base_iri = "https://data.moisson.example/"
licence = "etalab-2.0"
publisher = { name = "Moisson" }
sources = ["*"]
"#;

fn put(folder: &Path, name: &str, text: &str) -> String {
    std::fs::write(folder.join(name), text).unwrap();
    folder.join(name).to_string_lossy().into_owned()
}

#[test]
fn a_file_goes_through_every_stage() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    let spec = put(folder.path(), "liste.toml", SOURCE);
    let dataset = put(folder.path(), "essai.toml", DATASET);
    let csv = put(folder.path(), "liste.csv", CSV);

    let extracted = run_with(moisson().args(["extract", "--spec", &spec, &csv]), &[]).exits(0);
    assert_eq!(extracted.stdout.lines().count(), 4, "{}", extracted.stdout);
    let first: Value = serde_json::from_str(extracted.stdout.lines().next().unwrap()).unwrap();
    assert_eq!(first["file"], csv);
    assert_eq!(first["index"], 0);
    assert_eq!(first["record"]["nom"], "Fabrique d’essai");

    let entities = at("entities.parquet");
    let mut command = moisson();
    command.args([
        "normalise",
        "--spec",
        &spec,
        "-",
        "-o",
        &entities,
        "--at",
        AT,
    ]);
    run_with(&mut command, extracted.stdout.as_bytes()).exits(0);
    assert!(Path::new(&at("entities.rejects.parquet")).exists());

    let clusters = at("clusters.parquet");
    let args = [
        "resolve",
        "--dataset",
        &dataset,
        &entities,
        "-o",
        &clusters,
        "--at",
        AT,
        "--json",
    ];
    let resolved = run_with(moisson().args(args), &[]).exits(0).json();
    assert_eq!(
        (&resolved["records"], &resolved["entities"]),
        (&3.into(), &2.into()),
        "{resolved}"
    );

    let release = at("release");
    let inputs = ["--entities", &entities, "--clusters", &clusters];
    let args = ["publish", "--dataset", &dataset, "-o", &release, "--at", AT];
    run_with(moisson().args(args).args(inputs), &[]).exits(0);
    released(Path::new(&release));
    if let Some(printed) = consume("files.py", &[Path::new(&entities), Path::new(&clusters)]) {
        assert_eq!(
            printed.trim(),
            "3 entities, 1 rejects, 3 clusters: record entity score reason"
        );
    }
}

/// The release of the two actors that the four rows are about: one row has no name, two are the same.
fn released(release: &Path) {
    let actors = records(release, "actors");
    assert_eq!(actors.len(), 2);
    assert_eq!(manifest(release)["entity_counts"]["actors"], 2);
    let names: Vec<&str> = actors
        .iter()
        .filter_map(|actor| actor["name"].as_str())
        .collect();
    assert!(names.contains(&"Réseau d’essai"), "{names:?}");
    assert!(
        actors
            .iter()
            .any(|actor| actor["url"] == "https://www.reseau.example/"),
        "{actors:#?}"
    );
    if let Some(printed) = consume("read.py", &[release, &root().join("schemas/v1")]) {
        assert!(
            printed.contains("tables/actors.parquet: 2 rows"),
            "{printed}"
        );
    }
}

#[test]
fn a_malformed_line_is_an_issue_and_the_rest_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let spec = put(folder.path(), "liste.toml", SOURCE);
    let target = folder
        .path()
        .join("e.parquet")
        .to_string_lossy()
        .into_owned();
    let input = b"{\"file\": \"x\", \"index\": 0, \"record\": {\"id\": \"1\", \"nom\": \"Un\", \"site\": \"\", \"ville\": \"\"}}\nnot json\n";
    let mut command = moisson();
    command.args(["normalise", "--spec", &spec, "-", "-o", &target, "--json"]);
    let ran = run_with(&mut command, input).exits(0);
    assert!(ran.stderr.contains("invalid-json"), "{}", ran.stderr);
    assert_eq!(ran.json()[&target], 1, "{}", ran.stdout);
}

#[test]
fn library_formats_give_their_records() {
    let folder = tempfile::tempdir().unwrap();
    let feed = put(
        folder.path(),
        "feed.xml",
        "<rss version='2.0'><channel><title>t</title><item><title>Un &amp; deux</title><link>https://a.example/1</link>\
         <pubDate>Tue, 24 Nov 2026 10:00:00 +0100</pubDate></item></channel></rss>",
    );
    let ran = run_with(moisson().args(["extract", "--format", "feed", &feed]), &[]).exits(0);
    let record: Value = serde_json::from_str(ran.stdout.lines().next().unwrap()).unwrap();
    assert_eq!(record["record"]["title"], "Un & deux");
    assert_eq!(record["record"]["published"], "2026-11-24T09:00:00Z");
    let page = put(
        folder.path(),
        "page.html",
        "<script type='application/ld+json'>{\"@type\": \"Organization\", \"name\": \"Un\"}</script>",
    );
    let ran = run_with(
        moisson().args(["extract", "--format", "jsonld", &page]),
        &[],
    )
    .exits(0);
    assert!(ran.stdout.contains("\"name\":\"Un\""), "{}", ran.stdout);
    run_with(moisson().args(["extract", "--format", "prose", &page]), &[]).exits(2);
    run_with(
        moisson().args(["extract", "--format", "csv", "/nowhere.csv"]),
        &[],
    )
    .exits(1);
}
