//! The columns of a table as Arrow has them: the few types that every reader takes without a cast.
//!
//! Text, 64-bit integers and floats, booleans, `date32`, `timestamp[us, UTC]`, and lists of these whose item is named
//! `element`. No large, view or dictionary type: the Arrow schema in the file would force it on readers.

use std::sync::Arc;

use arrow::datatypes::{DataType, SchemaRef, TimeUnit};
use moisson_model::{Column, Schema, Shape};

/// Name of the item of a list.
pub(crate) const ELEMENT: &str = "element";
/// Zone of every timestamp.
pub(crate) const UTC: &str = "UTC";
/// What separates the field id of a list's item from that of its list.
const ELEMENT_ID: usize = 1000;

/// A column of a Parquet table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// Type of its values, or of its items.
    pub shape: Shape,
    /// Whether it holds a list.
    pub list: bool,
    /// Whether every row has a value.
    pub required: bool,
    /// What it is, for readers; may be empty.
    pub description: String,
}

impl Field {
    /// A column that may be empty.
    pub fn new(name: &str, shape: Shape) -> Self {
        Self {
            name: name.to_owned(),
            shape,
            list: false,
            required: false,
            description: String::new(),
        }
    }

    /// The same, with a value in every row.
    #[must_use]
    pub fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// The same, with a list of such values.
    #[must_use]
    pub fn list(mut self) -> Self {
        self.list = true;
        self
    }

    /// The same, described.
    #[must_use]
    pub fn described(mut self, description: &str) -> Self {
        description.clone_into(&mut self.description);
        self
    }

    fn arrow(&self, position: usize) -> arrow::datatypes::Field {
        let id = |id: usize| ("PARQUET:field_id".to_owned(), id.to_string());
        let scalar = data_type(self.shape);
        let whole = if self.list {
            let item = arrow::datatypes::Field::new(ELEMENT, scalar, false);
            DataType::List(Arc::new(
                item.with_metadata([id(ELEMENT_ID + position)].into()),
            ))
        } else {
            scalar
        };
        let mut metadata = vec![id(position)];
        if !self.description.is_empty() {
            metadata.push(("description".to_owned(), self.description.clone()));
        }
        let field = arrow::datatypes::Field::new(&self.name, whole, !self.required);
        field.with_metadata(metadata.into_iter().collect())
    }
}

impl From<&Column> for Field {
    fn from(column: &Column) -> Self {
        Self {
            name: column.name.clone(),
            shape: column.shape,
            list: column.list,
            required: column.required,
            description: column.description.clone(),
        }
    }
}

/// The Arrow schema of columns; field ids are their positions, from 1.
pub(crate) fn arrow_fields(fields: &[Field]) -> SchemaRef {
    let fields: Vec<_> = fields
        .iter()
        .enumerate()
        .map(|(index, field)| field.arrow(index + 1))
        .collect();
    Arc::new(arrow::datatypes::Schema::new(fields))
}

/// The Arrow schema of a table, derived from its schema file.
pub fn arrow_schema(schema: &Schema) -> SchemaRef {
    arrow_fields(&fields(schema))
}

/// The columns of a table.
pub(crate) fn fields(schema: &Schema) -> Vec<Field> {
    schema.columns.iter().map(Field::from).collect()
}

pub(crate) fn data_type(shape: Shape) -> DataType {
    match shape {
        Shape::Text => DataType::Utf8,
        Shape::Integer => DataType::Int64,
        Shape::Number => DataType::Float64,
        Shape::Boolean => DataType::Boolean,
        Shape::Date => DataType::Date32,
        Shape::Timestamp => DataType::Timestamp(TimeUnit::Microsecond, Some(UTC.into())),
    }
}
