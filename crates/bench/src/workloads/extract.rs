//! `extract`: pages of HTML, and a CSV file. The output is the same list of records on every side.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Result;
use moisson_extract::{Extractor, Format, Spec, records};
use moisson_model::{Capture, Digest, Record};
use serde_json::Value;

use crate::arguments::Arguments;
use crate::generate::{actors, pages};
use crate::measure::{Peer, Workload, timed};
use crate::project::capture;

const PAGES: usize = 500;
const ROWS: usize = 200_000;

/// Pages of forty records each.
pub(crate) fn html(arguments: &Arguments, folder: &Path) -> Result<Workload> {
    let count = arguments.scale.of(PAGES);
    let spec: Spec = toml::from_str(pages::DEFINITION)?;
    let extractor = Extractor::new(&spec)?;
    let shared = folder.join("pages");
    std::fs::create_dir(&shared)?;
    let mut captures = Vec::new();
    for number in 0..count {
        let page = pages::page(number);
        std::fs::write(shared.join(format!("{number:06}.html")), &page)?;
        let path = format!("pages/{number}");
        captures.push(capture(
            &path,
            "text/html; charset=utf-8",
            page.into_bytes(),
        ));
    }
    let kilobytes = captures.iter().map(|page| page.body.len()).sum::<usize>() / count / 1000;
    let check = check(&extracted(&extractor, &captures))?;
    let peer = |name| {
        let records = count * pages::RECORDS;
        Peer::function(name, vec![shared.clone()], records, check.clone())
    };
    Ok(Workload {
        name: "extract: HTML",
        records: count * pages::RECORDS,
        remark: format!(
            "{count} pages of {kilobytes} kB, 9 fields by CSS selectors, parsing included. Ours also digests each \
             page and resolves addresses as a browser does; the peers put the host before a path."
        ),
        peers: vec![peer("html_selectolax"), peer("html_lxml")],
        round: Box::new(move || Ok(timed(|| extracted(&extractor, &captures)).0.into())),
    })
}

/// A file of actors, with a semicolon between cells.
pub(crate) fn csv(arguments: &Arguments, folder: &Path) -> Result<Workload> {
    let count = arguments.scale.of(ROWS);
    let extractor = Extractor::library(Format::Csv);
    let text = actors::csv(count);
    let shared = folder.join("actors.csv");
    std::fs::write(&shared, &text)?;
    let captures = [capture("acteurs.csv", "text/csv", text.into_bytes())];
    let check = check(&extracted(&extractor, &captures))?;
    let peer = |name| Peer::function(name, vec![shared.clone()], count, check.clone());
    Ok(Workload {
        name: "extract: CSV",
        records: count,
        remark: "10 columns, to one map per record. Ours also finds the encoding and the delimiter, and digests the \
                 file; the peers are told."
            .to_owned(),
        peers: vec![peer("csv_polars"), peer("csv_python")],
        round: Box::new(move || Ok(timed(|| extracted(&extractor, &captures)).0.into())),
    })
}

fn extracted(extractor: &Extractor, captures: &[Capture]) -> Vec<Record> {
    captures
        .iter()
        .flat_map(|capture| records(extractor, capture).records)
        .collect()
}

/// The digest of the agreed form: the fields of each record as compact JSON, sorted by name, one line each.
fn check(records: &[Record]) -> Result<String> {
    let mut text = String::new();
    for record in records {
        let sorted: BTreeMap<&String, &Value> = record.fields.iter().collect();
        text.push_str(&serde_json::to_string(&sorted)?);
        text.push('\n');
    }
    Ok(Digest::of(text.as_bytes()).to_string())
}
