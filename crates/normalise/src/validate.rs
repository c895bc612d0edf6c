//! Validation: an entity against its schema, as JSON Schema 2020-12 with formats, compiled once.
//!
//! Columns without a value are absent, so a nullable column is not required here whatever the file lists. The
//! message of a fault names the column and the rule, never the value.

use jsonschema::error::ValidationErrorKind;
use moisson_model::Schema;
use serde_json::{Map, Value};

/// A compiled schema.
#[derive(Debug)]
pub(crate) struct Validator(jsonschema::Validator);

/// Why an entity is none.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) pointer: String,
    pub(crate) code: &'static str,
    pub(crate) message: String,
}

impl Validator {
    /// Compiles what an entity obeys before `resolve`.
    pub(crate) fn new(schema: &Schema) -> Result<Self, String> {
        let mut document = schema.before_resolve();
        if let Some(required) = document.get_mut("required").and_then(Value::as_array_mut) {
            let needed = |name: &Value| {
                let column = name.as_str().and_then(|name| schema.column(name));
                column.is_some_and(|column| column.required)
            };
            required.retain(needed);
        }
        jsonschema::options()
            .with_draft(jsonschema::Draft::Draft202012)
            .should_validate_formats(true)
            .build(&document)
            .map(Self)
            .map_err(|error| error.to_string())
    }

    /// The first fault in the order of pointers, if there is one.
    pub(crate) fn fault(&self, columns: &Value) -> Option<Fault> {
        if self.0.is_valid(columns) {
            return None;
        }
        let faults = self.0.iter_errors(columns).map(|error| {
            let at = error.instance_path().to_string();
            told(&at, error.kind())
        });
        faults.min_by(|a, b| a.pointer.cmp(&b.pointer))
    }
}

/// Whether a value and its columns are taken apart again without a copy.
pub(crate) fn checked(
    validator: &Validator,
    columns: Map<String, Value>,
) -> (Map<String, Value>, Option<Fault>) {
    let whole = Value::Object(columns);
    let fault = validator.fault(&whole);
    match whole {
        Value::Object(columns) => (columns, fault),
        _ => (Map::new(), fault),
    }
}

fn told(at: &str, kind: &ValidationErrorKind) -> Fault {
    let column = at.trim_start_matches('/');
    match kind {
        ValidationErrorKind::Required { property } => {
            let name = property.as_str().unwrap_or_default();
            let pointer = format!("{at}/{name}");
            let message = format!(
                "`{}` is required and has no value",
                pointer.trim_start_matches('/')
            );
            Fault {
                pointer,
                code: "missing-required",
                message,
            }
        }
        ValidationErrorKind::Type { .. } => Fault {
            pointer: at.to_owned(),
            code: "invalid-type",
            message: format!("`{column}` has a value of another type"),
        },
        ValidationErrorKind::AdditionalProperties { .. } => Fault {
            pointer: at.to_owned(),
            code: "unknown-column",
            message: "a column is not in the schema".to_owned(),
        },
        other => Fault {
            pointer: at.to_owned(),
            code: "invalid-value",
            message: format!(
                "`{column}` breaks the rule `{}` of the schema",
                other.keyword()
            ),
        },
    }
}

#[cfg(test)]
mod tests {
    use moisson_model::Schema;
    use serde_json::json;

    use super::Validator;

    const SCHEMA: &str = r#"{
      "$schema": "https://json-schema.org/draft/2020-12/schema", "$id": "https://moisson.example/schema/place/1.0.0",
      "x-table": "places", "x-version": "1.0.0", "type": "object", "additionalProperties": false,
      "required": ["id", "name", "town"],
      "properties": {
        "id": {"type": "string", "format": "uri"},
        "name": {"type": "string", "minLength": 2},
        "town": {"type": ["string", "null"]},
        "opened": {"type": ["string", "null"], "format": "date"},
        "operator_id": {"type": ["string", "null"], "x-reference": "actor"}
      }
    }"#;

    #[test]
    fn faults_are_told_by_pointer_and_code_without_the_value() {
        let validator = Validator::new(&Schema::from_json(SCHEMA).unwrap()).unwrap();
        let code = |columns| {
            validator
                .fault(&columns)
                .map(|fault| (fault.pointer, fault.code))
        };
        assert_eq!(
            code(json!({"name": "Fab", "operator_id": {"type": "actor"}})),
            None
        );
        assert_eq!(
            code(json!({})),
            Some(("/name".to_owned(), "missing-required"))
        );
        assert_eq!(
            code(json!({"name": "F"})),
            Some(("/name".to_owned(), "invalid-value"))
        );
        assert_eq!(
            code(json!({"name": 3})),
            Some(("/name".to_owned(), "invalid-type"))
        );
        assert_eq!(
            code(json!({"name": "Fab", "opened": "2017-02-30"})),
            Some(("/opened".to_owned(), "invalid-value"))
        );
        let told = validator
            .fault(&json!({"name": "Fab", "opened": "secret"}))
            .unwrap();
        assert!(!told.message.contains("secret"));
    }
}
