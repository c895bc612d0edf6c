//! Delimited text with a header line. Encoding and delimiter are found where the definition does not state them.
//!
//! Cells stay as stated, empty ones included; a row of another length than the header is kept and reported.

use std::collections::{BTreeMap, BTreeSet};

use ::csv::{ReaderBuilder, StringRecord};
use encoding_rs::Encoding;
use moisson_model::{Capture, Fields, Issue, Stage};
use serde_json::Value;

use crate::encoding::{Declares, Decoded, decode, decode_as};
use crate::{Error, spec};

/// The delimiters that are looked for, in the order in which they win a tie.
const DELIMITERS: [u8; 4] = [b';', b',', b'\t', b'|'];

/// How many rows the delimiter is judged by.
const SAMPLE: usize = 100;

/// How many faults of one file are reported one by one.
const FAULTS: usize = 100;

/// A compiled dialect.
#[derive(Debug, Clone, Default)]
pub(crate) struct Plan {
    delimiter: Option<u8>,
    encoding: Option<&'static Encoding>,
}

impl Plan {
    /// Compiles the `[extract.csv]` table.
    pub(crate) fn new(csv: &spec::Csv) -> Result<Self, Error> {
        let delimiter = csv
            .delimiter
            .as_ref()
            .map(|stated| match stated.as_bytes() {
                [byte] if byte.is_ascii() && !matches!(byte, b'"' | b'\n' | b'\r') => Ok(*byte),
                _ => Err(Error::Delimiter {
                    delimiter: stated.clone(),
                }),
            });
        let encoding = csv.encoding.as_ref().map(|label| {
            Encoding::for_label(label.as_bytes()).ok_or_else(|| Error::Encoding {
                label: label.clone(),
            })
        });
        Ok(Self {
            delimiter: delimiter.transpose()?,
            encoding: encoding.transpose()?,
        })
    }
}

/// The rows of a file.
pub(crate) fn records(plan: &Plan, capture: &Capture) -> (Vec<Fields>, Vec<Issue>) {
    let Decoded { text, mut issues } = match plan.encoding {
        Some(encoding) => decode_as(capture, Some(encoding)),
        None => decode(capture, Declares::Nothing),
    };
    let (stated, table) = excel_line(&text);
    let delimiter = plan.delimiter.or(stated).unwrap_or_else(|| find(table));
    if table.bytes().filter(|byte| *byte == b'"').count() % 2 == 1 {
        let message = "an odd number of quotes: a quoted cell may have swallowed rows";
        issues.push(Issue::warning(Stage::Extract, "unbalanced-quotes", message));
    }
    let mut reader = ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(false)
        .flexible(true)
        .from_reader(table.as_bytes());
    let (mut header, mut records, mut faults) = (None, Vec::new(), Vec::new());
    for row in reader.records() {
        let row = match row {
            Ok(row) => row,
            Err(error) => {
                faults.push(Issue::error(
                    Stage::Extract,
                    "invalid-csv",
                    error.to_string(),
                ));
                continue;
            }
        };
        let Some(header) = &header else {
            header = Some(names(&row));
            continue;
        };
        faults.extend(ragged(header, &row, table.len() != text.len()));
        records.push(fields(header, &row));
    }
    issues.extend(few(faults));
    (records, issues)
}

/// Excel writes the delimiter in a line of its own: `sep=;`.
fn excel_line(text: &str) -> (Option<u8>, &str) {
    let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
    let stated = first.trim_end_matches('\r').trim_matches('"');
    match stated.strip_prefix("sep=").map(str::as_bytes) {
        Some([delimiter]) if delimiter.is_ascii() => (Some(*delimiter), rest),
        _ => (None, text),
    }
}

/// The delimiter under which the first rows are most alike, and then the one that gives most columns.
fn find(table: &str) -> u8 {
    let score = |delimiter: u8| {
        let mut reader = ReaderBuilder::new()
            .delimiter(delimiter)
            .has_headers(false)
            .flexible(true)
            .from_reader(table.as_bytes());
        let rows = reader.records().take(SAMPLE).filter_map(Result::ok);
        let widths: Vec<usize> = rows.map(|row| row.len()).collect();
        let width = widths.first().copied().unwrap_or_default();
        let alike = widths.iter().filter(|other| **other == width).count();
        (width > 1).then(|| (alike * SAMPLE / widths.len(), width))
    };
    let mut best = (None, b',');
    for delimiter in DELIMITERS {
        let score = score(delimiter);
        if score > best.0 {
            best = (score, delimiter);
        }
    }
    best.1
}

/// Column names: trimmed, none empty, none twice.
fn names(row: &StringRecord) -> Vec<String> {
    let mut names: Vec<String> = Vec::with_capacity(row.len());
    let (mut taken, mut copies) = (BTreeSet::new(), BTreeMap::new());
    for (index, cell) in row.iter().enumerate() {
        let stated = match cell.trim() {
            "" => column(index),
            cell => cell.to_owned(),
        };
        let mut name = stated.clone();
        while !taken.insert(name.clone()) {
            let copy = copies.entry(stated.clone()).or_insert(1);
            *copy += 1;
            name = format!("{stated}_{copy}");
        }
        names.push(name);
    }
    names
}

fn column(index: usize) -> String {
    format!("column_{}", index + 1)
}

/// Cells under their names; a cell beyond the header gets a number, a missing one is null.
fn fields(header: &[String], row: &StringRecord) -> Fields {
    let named = header.iter().enumerate().map(|(index, name)| {
        let cell = row.get(index).map(|cell| Value::String(cell.to_owned()));
        (name.clone(), cell.unwrap_or(Value::Null))
    });
    let mut fields: Fields = named.collect();
    for (index, cell) in row.iter().enumerate().skip(header.len()) {
        let name = column(index);
        fields
            .entry(name)
            .or_insert_with(|| Value::String(cell.to_owned()));
    }
    fields
}

fn ragged(header: &[String], row: &StringRecord, below_excel_line: bool) -> Option<Issue> {
    if row.len() == header.len() {
        return None;
    }
    let line = row.position().map_or(0, ::csv::Position::line) + u64::from(below_excel_line);
    let message = format!("{} cells under a header of {}", row.len(), header.len());
    let issue = Issue::warning(Stage::Extract, "ragged-row", message);
    Some(issue.at(format!("line {line}")))
}

/// The first faults one by one, the others as a number: a broken file must not give a million issues.
fn few(mut faults: Vec<Issue>) -> Vec<Issue> {
    let more = faults.len().saturating_sub(FAULTS);
    faults.truncate(FAULTS);
    if more > 0 {
        let message = format!("{more} more rows with faults");
        faults.push(Issue::warning(Stage::Extract, "ragged-row", message));
    }
    faults
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Plan, records};
    use crate::tests::capture;

    fn read(text: &[u8]) -> (Value, Vec<String>) {
        let (records, issues) = records(&Plan::default(), &capture(text));
        let places = issues
            .into_iter()
            .map(|issue| format!("{} {}", issue.code, issue.location.unwrap_or_default()));
        (json!(records), places.collect())
    }

    #[test]
    fn the_delimiter_is_found_and_quotes_hold_lines() {
        let (records, issues) = read(b"nom; ville ;nom;\n\"A, \"\"B\"\"\nC\";Lyon;;x\n");
        assert_eq!(
            records,
            json!([{"nom": "A, \"B\"\nC", "ville": "Lyon", "nom_2": "", "column_4": "x"}])
        );
        assert!(issues.is_empty());
        assert_eq!(read(b"a\tb\n1\t2,5\n").0, json!([{"a": "1", "b": "2,5"}]));
        assert_eq!(
            read(b"sep=|\r\na|b\r\n1|2\r\n").0,
            json!([{"a": "1", "b": "2"}])
        );
        assert_eq!(read(b"a\n1\n").0, json!([{"a": "1"}]));
    }

    #[test]
    fn a_ragged_row_is_kept_and_reported_with_its_line() {
        let (records, issues) = read(b"a,b\n\"1\n1\",2\n3\n4,5,6\n");
        assert_eq!(records[1], json!({"a": "3", "b": null}));
        assert_eq!(records[2], json!({"a": "4", "b": "5", "column_3": "6"}));
        assert_eq!(issues, ["ragged-row line 4", "ragged-row line 5"]);
    }
}
