//! Arrow arrays, built cell by cell from JSON values.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanBuilder, Date32Builder, Float64Builder, Int64Builder, ListArray, RecordBatch,
    StringBuilder, TimestampMicrosecondBuilder,
};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::datatypes::{DataType, SchemaRef};
use jiff::civil::Date;
use moisson_model::Shape;
use serde_json::{Map, Value};

use crate::Error;
use crate::field::{Field, UTC};

/// The day that `date32` counts from.
pub(super) const EPOCH: Date = Date::constant(1970, 1, 1);

/// The list of nothing.
static EMPTY: Value = Value::Array(Vec::new());

/// Rows on their way into a record batch.
pub(super) struct Batch {
    columns: Vec<(Field, Cells)>,
    schema: SchemaRef,
    rows: usize,
    fill: bool,
}

impl Batch {
    pub(super) fn new(fields: &[Field], schema: SchemaRef) -> Self {
        let columns = fields
            .iter()
            .map(|field| (field.clone(), Cells::new(field)))
            .collect();
        Self {
            columns,
            schema,
            rows: 0,
            fill: false,
        }
    }

    /// From here on a list that a row lacks is empty, not null.
    pub(super) fn fill_lists(&mut self) {
        self.fill = true;
    }

    /// Rows that it holds.
    pub(super) fn len(&self) -> usize {
        self.rows
    }

    /// Adds a row; a column that it lacks is null.
    pub(super) fn push(&mut self, row: &Map<String, Value>) -> Result<(), Error> {
        for (field, cells) in &mut self.columns {
            let absent = if self.fill && field.list {
                &EMPTY
            } else {
                &Value::Null
            };
            let value = row
                .get(&field.name)
                .filter(|value| !value.is_null())
                .unwrap_or(absent);
            let whole = !(field.required && value.is_null());
            if !(whole && cells.push(value).is_some()) {
                return Err(Error::Value {
                    row: name(row),
                    column: field.name.clone(),
                    expected: expected(field),
                });
            }
        }
        self.rows += 1;
        Ok(())
    }

    /// The rows so far; none are left.
    pub(super) fn take(&mut self) -> RecordBatch {
        let schema = Arc::clone(&self.schema);
        let arrays = self.columns.iter_mut().zip(schema.fields());
        let arrays = arrays
            .map(|((_, cells), field)| cells.take(field.data_type()))
            .collect();
        self.rows = 0;
        RecordBatch::try_new(schema, arrays).expect("arrays are built by the fields of the schema")
    }
}

/// What a row is called in messages.
fn name(row: &Map<String, Value>) -> String {
    let first = row.get("id").or_else(|| row.values().next());
    first.and_then(Value::as_str).unwrap_or("a row").to_owned()
}

fn expected(field: &Field) -> &'static str {
    match (field.list, field.shape) {
        (true, _) => "list",
        (_, Shape::Text) => "text",
        (_, Shape::Integer) => "integer",
        (_, Shape::Number) => "number",
        (_, Shape::Boolean) => "boolean",
        (_, Shape::Date) => "date",
        (_, Shape::Timestamp) => "instant",
    }
}

enum Cells {
    One(Scalar),
    Many {
        items: Scalar,
        lengths: Vec<usize>,
        valid: Vec<bool>,
    },
}

impl Cells {
    fn new(field: &Field) -> Self {
        let scalar = Scalar::new(field.shape);
        if field.list {
            Self::Many {
                items: scalar,
                lengths: Vec::new(),
                valid: Vec::new(),
            }
        } else {
            Self::One(scalar)
        }
    }

    /// Adds a value, or says that it is of another type.
    fn push(&mut self, value: &Value) -> Option<()> {
        match self {
            Self::One(scalar) => scalar.push(value),
            Self::Many {
                items,
                lengths,
                valid,
            } => {
                let values = match value {
                    Value::Null => &[],
                    Value::Array(values) => values.as_slice(),
                    _ => return None,
                };
                for value in values {
                    (!value.is_null()).then(|| items.push(value))??;
                }
                lengths.push(values.len());
                valid.push(!value.is_null());
                Some(())
            }
        }
    }

    fn take(&mut self, data_type: &DataType) -> ArrayRef {
        match (self, data_type) {
            (
                Self::Many {
                    items,
                    lengths,
                    valid,
                },
                DataType::List(item),
            ) => {
                let offsets = OffsetBuffer::from_lengths(std::mem::take(lengths));
                let nulls = NullBuffer::from(std::mem::take(valid));
                let nulls = Some(nulls).filter(|nulls| nulls.null_count() > 0);
                Arc::new(ListArray::new(
                    Arc::clone(item),
                    offsets,
                    items.take(),
                    nulls,
                ))
            }
            (Self::One(scalar) | Self::Many { items: scalar, .. }, _) => scalar.take(),
        }
    }
}

enum Scalar {
    Text(StringBuilder),
    Integer(Int64Builder),
    Number(Float64Builder),
    Boolean(BooleanBuilder),
    Date(Date32Builder),
    Timestamp(TimestampMicrosecondBuilder),
}

impl Scalar {
    fn new(shape: Shape) -> Self {
        match shape {
            Shape::Text => Self::Text(StringBuilder::new()),
            Shape::Integer => Self::Integer(Int64Builder::new()),
            Shape::Number => Self::Number(Float64Builder::new()),
            Shape::Boolean => Self::Boolean(BooleanBuilder::new()),
            Shape::Date => Self::Date(Date32Builder::new()),
            Shape::Timestamp => {
                Self::Timestamp(TimestampMicrosecondBuilder::new().with_timezone(UTC))
            }
        }
    }

    /// Adds a value, or says that it is of another type.
    fn push(&mut self, value: &Value) -> Option<()> {
        if value.is_null() {
            self.push_null();
            return Some(());
        }
        match self {
            Self::Text(cells) => cells.append_value(value.as_str()?),
            Self::Integer(cells) => cells.append_value(value.as_i64()?),
            Self::Number(cells) => cells.append_value(value.as_f64()?),
            Self::Boolean(cells) => cells.append_value(value.as_bool()?),
            Self::Date(cells) => cells.append_value(days(value)?),
            Self::Timestamp(cells) => cells.append_value(microseconds(value)?),
        }
        Some(())
    }

    fn push_null(&mut self) {
        match self {
            Self::Text(cells) => cells.append_null(),
            Self::Integer(cells) => cells.append_null(),
            Self::Number(cells) => cells.append_null(),
            Self::Boolean(cells) => cells.append_null(),
            Self::Date(cells) => cells.append_null(),
            Self::Timestamp(cells) => cells.append_null(),
        }
    }

    fn take(&mut self) -> ArrayRef {
        match self {
            Self::Text(cells) => Arc::new(cells.finish()),
            Self::Integer(cells) => Arc::new(cells.finish()),
            Self::Number(cells) => Arc::new(cells.finish()),
            Self::Boolean(cells) => Arc::new(cells.finish()),
            Self::Date(cells) => Arc::new(cells.finish()),
            Self::Timestamp(cells) => Arc::new(cells.finish()),
        }
    }
}

fn days(value: &Value) -> Option<i32> {
    let date: Date = value.as_str()?.parse().ok()?;
    Some(date.since((jiff::Unit::Day, EPOCH)).ok()?.get_days())
}

fn microseconds(value: &Value) -> Option<i64> {
    let instant: jiff::Timestamp = value.as_str()?.parse().ok()?;
    Some(instant.as_microsecond())
}
