//! Writing: one layout, whatever the table.

use std::io::Write;

use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::metadata::{KeyValue, SortingColumn};
use parquet::file::properties::{WriterProperties, WriterPropertiesBuilder};
use parquet::schema::types::ColumnPath;
use serde_json::{Map, Value};

use super::builder::Batch;
use crate::Error;
use crate::field::{Field, arrow_fields};

/// Who wrote the file: fixed, so that a new version of the program alone changes no byte.
const CREATED_BY: &str = "moisson version 1.0.0 (build 1)";
/// Level of zstd; unit tests write small files, quickly.
const ZSTD_LEVEL: i32 = if cfg!(test) { 1 } else { 9 };
/// Rows in a row group.
const GROUP_ROWS: usize = 100_000;
/// Rows gathered before they are encoded.
const BATCH_ROWS: usize = 4096;
/// Columns that rows are looked up by.
const BLOOM: [&str; 4] = ["id", "siren", "entity_id", "old_id"];
/// Share of wrong hits of a bloom filter.
const BLOOM_ERROR: f64 = 0.01;

/// Writes rows as one Parquet file, in the order in which they come; no order is declared.
///
/// A column that a row lacks is null; a value of another type than its column's is an error.
pub fn write_rows<W: Write + Send>(
    fields: &[Field],
    rows: impl IntoIterator<Item = Map<String, Value>>,
    out: W,
    metadata: &[(&str, String)],
) -> Result<u64, Error> {
    let mut writer = TableWriter::new("a table", fields, out, metadata, Order::Any)?;
    for row in rows {
        writer.push(&row)?;
    }
    let count = writer.rows();
    writer.finish()?;
    Ok(count)
}

/// What a file says of the order of its rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    /// Nothing.
    Any,
    /// They are sorted by the first column.
    First,
}

/// A Parquet file being written, row by row.
pub(crate) struct TableWriter<W: Write + Send> {
    path: String,
    writer: ArrowWriter<W>,
    batch: Batch,
    rows: u64,
}

impl<W: Write + Send> TableWriter<W> {
    /// Begins a file; `path` names it in errors.
    pub(crate) fn new(
        path: &str,
        fields: &[Field],
        out: W,
        metadata: &[(&str, String)],
        order: Order,
    ) -> Result<Self, Error> {
        let schema = arrow_fields(fields);
        let properties = properties(fields, metadata, order).build();
        let writer =
            ArrowWriter::try_new(out, schema.clone(), Some(properties)).map_err(failure(path))?;
        Ok(Self {
            path: path.to_owned(),
            writer,
            batch: Batch::new(fields, schema),
            rows: 0,
        })
    }

    /// The same, with an empty list where a row lacks one: one shape for those who read the release.
    pub(crate) fn filling_lists(mut self) -> Self {
        self.batch.fill_lists();
        self
    }

    /// Adds a row.
    pub(crate) fn push(&mut self, row: &Map<String, Value>) -> Result<(), Error> {
        self.batch.push(row)?;
        self.rows += 1;
        if self.batch.len() >= BATCH_ROWS {
            self.flush()?;
        }
        Ok(())
    }

    /// Rows so far.
    pub(crate) fn rows(&self) -> u64 {
        self.rows
    }

    /// Ends the file and gives back what it was written into.
    pub(crate) fn finish(mut self) -> Result<W, Error> {
        self.flush()?;
        self.writer.into_inner().map_err(failure(&self.path))
    }

    fn flush(&mut self) -> Result<(), Error> {
        if self.batch.len() == 0 {
            return Ok(());
        }
        self.writer
            .write(&self.batch.take())
            .map_err(failure(&self.path))
    }
}

fn properties(
    fields: &[Field],
    metadata: &[(&str, String)],
    order: Order,
) -> WriterPropertiesBuilder {
    let level = ZstdLevel::try_new(ZSTD_LEVEL).expect("the level is one that zstd has");
    let pairs = metadata
        .iter()
        .map(|(key, value)| KeyValue::new((*key).to_owned(), value.clone()))
        .collect();
    let first = SortingColumn {
        column_idx: 0,
        descending: false,
        nulls_first: false,
    };
    let mut properties = WriterProperties::builder()
        .set_created_by(CREATED_BY.to_owned())
        .set_compression(Compression::ZSTD(level))
        .set_max_row_group_row_count(Some(GROUP_ROWS))
        .set_key_value_metadata(Some(pairs))
        .set_sorting_columns((order == Order::First).then(|| vec![first]));
    for field in fields
        .iter()
        .filter(|field| BLOOM.contains(&field.name.as_str()))
    {
        let path = ColumnPath::from(field.name.as_str());
        properties = properties
            .set_column_bloom_filter_fpp(path.clone(), BLOOM_ERROR)
            .set_column_bloom_filter_max_ndv(path, GROUP_ROWS as u64);
    }
    properties
}

/// Says which file an error is about.
pub(super) fn failure(path: &str) -> impl Fn(ParquetError) -> Error {
    move |source| Error::Parquet {
        path: path.to_owned(),
        source,
    }
}
