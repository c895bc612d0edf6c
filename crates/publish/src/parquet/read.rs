//! Reading back: the rows of a file that [`super::write_rows`] wrote, as JSON values.

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{
    DataType, Date32Type, Float64Type, Int64Type, TimeUnit, TimestampMicrosecondType,
};
use jiff::{Span, Timestamp};
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use parquet::file::reader::ChunkReader;
use serde_json::{Map, Value, json};

use super::builder::EPOCH;
use super::write::failure;
use crate::Error;

/// What the file is called in errors: its caller knows the path.
const NAME: &str = "a table";

/// The rows of a Parquet file, one JSON object each: nulls are left out, dates and instants are RFC 3339 texts.
pub fn read_rows<R: ChunkReader + 'static>(reader: R) -> Result<Rows, Error> {
    let reader = ParquetRecordBatchReaderBuilder::try_new(reader).map_err(failure(NAME))?;
    let reader = reader.build().map_err(failure(NAME))?;
    Ok(Rows {
        reader,
        batch: None,
        next: 0,
    })
}

/// Rows being read, a batch at a time.
pub struct Rows {
    reader: ParquetRecordBatchReader,
    batch: Option<RecordBatch>,
    next: usize,
}

impl Iterator for Rows {
    type Item = Result<Map<String, Value>, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(batch) = self
                .batch
                .as_ref()
                .filter(|batch| self.next < batch.num_rows())
            {
                self.next += 1;
                return Some(row(batch, self.next - 1));
            }
            self.next = 0;
            match self.reader.next()? {
                Ok(batch) => self.batch = Some(batch),
                Err(error) => {
                    self.batch = None;
                    return Some(Err(failure(NAME)(error.into())));
                }
            }
        }
    }
}

fn row(batch: &RecordBatch, index: usize) -> Result<Map<String, Value>, Error> {
    let schema = batch.schema_ref();
    let mut row = Map::new();
    for (field, array) in schema.fields().iter().zip(batch.columns()) {
        let value = value(array.as_ref(), index);
        let value = value.ok_or_else(|| Error::ColumnType {
            column: field.name().clone(),
            found: array.data_type().to_string(),
        })?;
        if !value.is_null() {
            row.insert(field.name().clone(), value);
        }
    }
    Ok(row)
}

/// A cell, or none where its type is not one that we write.
fn value(array: &dyn Array, index: usize) -> Option<Value> {
    if array.is_null(index) {
        return Some(Value::Null);
    }
    Some(match array.data_type() {
        DataType::Utf8 => json!(array.as_string::<i32>().value(index)),
        DataType::Int64 => json!(array.as_primitive::<Int64Type>().value(index)),
        DataType::Float64 => json!(array.as_primitive::<Float64Type>().value(index)),
        DataType::Boolean => json!(array.as_boolean().value(index)),
        DataType::Date32 => {
            let days = array.as_primitive::<Date32Type>().value(index);
            json!(
                EPOCH
                    .checked_add(Span::new().try_days(days).ok()?)
                    .ok()?
                    .to_string()
            )
        }
        DataType::Timestamp(TimeUnit::Microsecond, _) => {
            let instant = array
                .as_primitive::<TimestampMicrosecondType>()
                .value(index);
            json!(Timestamp::from_microsecond(instant).ok()?.to_string())
        }
        DataType::List(_) => {
            let items = array.as_list::<i32>().value(index);
            let values = (0..items.len()).map(|index| value(items.as_ref(), index));
            Value::Array(values.collect::<Option<_>>()?)
        }
        _ => return None,
    })
}
