//! A row as a JSON-LD node, by the annotations of its schema.
//!
//! Keys stand in the order that the streaming profile asks for: `type`, `id`, then the rest in the order of the
//! columns; inner nodes likewise, with fragment IRIs, so that there is no blank node. What could not be read back as
//! stated (a relative address under a key of IRIs, a value without a term) is left out, never guessed.

use std::fmt::Write as _;

use moisson_model::{Column, Row, Schema, Shape};
use serde_json::{Map, Value, json};

use crate::Error;
use crate::context::{Coercion, Term, Terms, fault};
use crate::iri::iri;
use crate::licence::licence_iri;

/// Makes nodes of the rows of one table.
pub(crate) struct Nodes<'a> {
    schema: &'a Schema,
    terms: &'a Terms,
    base_iri: &'a str,
}

impl<'a> Nodes<'a> {
    /// Checks that every term the schema uses is defined.
    pub(crate) fn new(
        schema: &'a Schema,
        terms: &'a Terms,
        base_iri: &'a str,
    ) -> Result<Self, Error> {
        let chosen = schema
            .types_by
            .values()
            .flat_map(|by| by.values().flatten());
        for name in schema
            .types
            .iter()
            .chain(chosen)
            .chain(schema.nodes.values())
            .chain(schema.nodes.keys())
        {
            terms.need(name)?;
        }
        for column in &schema.columns {
            if let Some(name) = column
                .node
                .as_ref()
                .filter(|name| !schema.nodes.contains_key(*name))
            {
                return Err(fault(name, "is an inner node without a type"));
            }
            for name in column.terms.iter().flat_map(|terms| terms.values()) {
                terms.need(name)?;
            }
        }
        Ok(Self {
            schema,
            terms,
            base_iri,
        })
    }

    /// The node of a row, without `@context`.
    pub(crate) fn node(&self, row: &Row) -> Result<Map<String, Value>, Error> {
        let id = row.id.iri(self.base_iri);
        let mut node = Map::new();
        let types = self.types(row);
        if !types.is_empty() {
            node.insert("type".to_owned(), json!(types));
        }
        node.insert("id".to_owned(), json!(id));
        for column in self
            .schema
            .columns
            .iter()
            .filter(|column| column.name != "id")
        {
            let Some(stated) = row
                .columns
                .get(&column.name)
                .filter(|value| !is_empty(value))
            else {
                continue;
            };
            let values = items(stated);
            self.keys(&mut node, &id, row, column, values)?;
            if let Some(scheme) = &column.identifier {
                for (position, value) in values.iter().filter_map(Value::as_str).enumerate() {
                    push(
                        &mut node,
                        "identifier",
                        true,
                        property_value(&id, scheme, position, value),
                    );
                }
            }
        }
        node.iter_mut()
            .filter(|(key, _)| *key != "type")
            .for_each(|(_, value)| sort(value));
        Ok(node)
    }

    fn keys(
        &self,
        node: &mut Map<String, Value>,
        id: &str,
        row: &Row,
        column: &Column,
        values: &[Value],
    ) -> Result<(), Error> {
        let filled = |name: &String| row.columns.get(name).is_some_and(|value| !is_empty(value));
        if column.unless.as_ref().is_some_and(filled) {
            return Ok(());
        }
        for (key, _) in &column.keys {
            let fits = |(name, wanted): &(String, Vec<String>)| {
                row.columns
                    .get(name)
                    .map(items)
                    .into_iter()
                    .flatten()
                    .filter_map(Value::as_str)
                    .any(|value| wanted.iter().any(|wanted| wanted == value))
            };
            if !column.when.get(key).is_none_or(fits) {
                continue;
            }
            let term = self.terms.need(key)?;
            for value in values {
                let Some(said) =
                    self.value(column, term, value)
                        .map_err(|expected| Error::Value {
                            row: id.to_owned(),
                            column: column.name.clone(),
                            expected,
                        })?
                else {
                    continue;
                };
                push(self.target(node, id, column), key, term.set, said);
            }
        }
        Ok(())
    }

    /// The node that a column's keys go into: the row's own, or an inner one, made when first needed.
    fn target<'n>(
        &self,
        node: &'n mut Map<String, Value>,
        id: &str,
        column: &Column,
    ) -> &'n mut Map<String, Value> {
        let Some((name, kind)) = column
            .node
            .as_ref()
            .and_then(|name| self.schema.nodes.get_key_value(name))
        else {
            return node;
        };
        let set = self.terms.get(name).is_some_and(|term| term.set);
        let inner = json!({"type": kind, "id": format!("{id}#{name}")});
        let held = node
            .entry(name.clone())
            .or_insert_with(|| if set { json!([inner]) } else { inner });
        let held = if set {
            held.get_mut(0).expect("it is made with one item")
        } else {
            held
        };
        held.as_object_mut()
            .expect("inner nodes are made as objects, and no column shares their key")
    }

    fn types(&self, row: &Row) -> Vec<&str> {
        let mut types: Vec<&str> = self.schema.types.iter().map(String::as_str).collect();
        for (column, by) in &self.schema.types_by {
            let values = row
                .columns
                .get(column)
                .map(items)
                .into_iter()
                .flatten()
                .filter_map(Value::as_str);
            for name in values.filter_map(|value| by.get(value)).flatten() {
                if !types.contains(&name.as_str()) {
                    types.push(name);
                }
            }
        }
        types
    }

    /// What a key says for a value; none where it has no meaning there.
    fn value(
        &self,
        column: &Column,
        term: &Term,
        value: &Value,
    ) -> Result<Option<Value>, &'static str> {
        let text = match (column.shape, value) {
            (Shape::Boolean, Value::Bool(_)) => return Ok(Some(value.clone())),
            (Shape::Integer, Value::Number(_)) => return Ok(Some(value.clone())),
            (Shape::Number, Value::Number(number)) => decimal(number.as_f64().ok_or("number")?),
            (Shape::Timestamp, Value::String(text)) => text
                .parse::<jiff::Timestamp>()
                .map_err(|_| "instant")?
                .to_string(),
            (Shape::Date, Value::String(text)) => text
                .parse::<jiff::civil::Date>()
                .map_err(|_| "date")?
                .to_string(),
            (Shape::Text, Value::String(text)) => text.clone(),
            _ => return Err("value of its type"),
        };
        let is_iri = matches!(term.coercion, Coercion::Id | Coercion::Vocab);
        let said = if let Some(terms) = &column.terms {
            let Some(name) = terms.get(&text) else {
                return Ok(None);
            };
            name.clone()
        } else if let Some(template) = &column.template {
            template.replace("{}", &text)
        } else if column.vocabulary.is_some() && is_iri {
            format!(
                "{}vocab/{}/{text}",
                self.base_iri,
                column.vocabulary.as_deref().unwrap_or_default()
            )
        } else if column.name == "licence" && is_iri {
            licence_iri(&text)
        } else {
            text
        };
        Ok(match term.coercion {
            Coercion::Vocab if self.terms.get(&said).is_some() => Some(json!(said)),
            Coercion::Id | Coercion::Vocab => iri(self.terms, &said).map(Value::String),
            _ if term.languages => Some(json!({"@none": said})),
            _ => Some(json!(said)),
        })
    }
}

fn property_value(id: &str, scheme: &str, position: usize, value: &str) -> Value {
    let mut fragment: String = scheme
        .to_lowercase()
        .chars()
        .map(|letter| {
            if letter.is_ascii_alphanumeric() {
                letter
            } else {
                '-'
            }
        })
        .collect();
    if position > 0 {
        write!(fragment, "-{}", position + 1).expect("a String takes any text");
    }
    json!({"type": "PropertyValue", "id": format!("{id}#{fragment}"), "propertyID": scheme, "value": value})
}

/// Adds a value to a key: a list under a key of sets, and wherever there is more than one value.
fn push(node: &mut Map<String, Value>, key: &str, set: bool, value: Value) {
    match node.get_mut(key) {
        Some(Value::Array(held)) => held.push(value),
        Some(held) => {
            let first = held.take();
            *held = if first == value {
                first
            } else {
                Value::Array(vec![first, value])
            };
        }
        None => {
            let first = if set {
                Value::Array(vec![value])
            } else {
                value
            };
            node.insert(key.to_owned(), first);
        }
    }
}

/// Sorts the texts of every list, each once: several columns may say the same.
fn sort(value: &mut Value) {
    match value {
        Value::Array(held) if held.iter().all(Value::is_string) => {
            held.sort_by(|left, right| left.as_str().cmp(&right.as_str()));
            held.dedup();
        }
        Value::Array(held) => held.iter_mut().for_each(sort),
        Value::Object(inner) => inner.values_mut().for_each(sort),
        _ => {}
    }
}

/// A number in decimal digits, without exponent, as `xsd:decimal` has it.
fn decimal(number: f64) -> String {
    let text = number.to_string();
    if text == "-0" { "0".to_owned() } else { text }
}

/// Null, the empty text and the empty list say nothing.
pub(crate) fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        _ => false,
    }
}

/// The items of a list, or the one value.
pub(crate) fn items(value: &Value) -> &[Value] {
    match value {
        Value::Array(items) => items,
        one => std::slice::from_ref(one),
    }
}

#[cfg(test)]
mod tests;
