//! What a node means: its N-Quads, in the canonical form of RDFC-1.0.
//!
//! This is JSON-LD expansion and RDF serialisation for the nodes that [`crate::node`] makes, under the closed context
//! of [`crate::context()`]; any other document is outside. Without blank nodes the canonical form of a graph is its
//! lines, sorted by code point, each once.

use std::fmt::Write as _;

use serde_json::{Map, Value};

use crate::Error;
use crate::context::{Coercion, Term, Terms, fault};

const TYPE: &str = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type";
const XSD: &str = "http://www.w3.org/2001/XMLSchema#";

/// Adds the lines of a node and of its inner nodes.
pub(crate) fn quads(
    terms: &Terms,
    node: &Map<String, Value>,
    lines: &mut Vec<String>,
) -> Result<(), Error> {
    let id = node
        .get("id")
        .and_then(Value::as_str)
        .ok_or_else(|| fault("id", "is missing from a node"))?;
    let subject = format!("<{id}>");
    for (key, value) in node {
        match key.as_str() {
            "@context" | "id" => {}
            "type" => {
                for name in crate::node::items(value).iter().filter_map(Value::as_str) {
                    lines.push(format!(
                        "{subject} <{TYPE}> <{}> .\n",
                        terms.need(name)?.iri
                    ));
                }
            }
            key => {
                let term = terms.need(key)?;
                for value in crate::node::items(value) {
                    statement(terms, &subject, term, value, lines)?;
                }
            }
        }
    }
    Ok(())
}

fn statement(
    terms: &Terms,
    subject: &str,
    term: &Term,
    value: &Value,
    lines: &mut Vec<String>,
) -> Result<(), Error> {
    let mut say = |object: String| lines.push(format!("{subject} <{}> {object} .\n", term.iri));
    match value {
        Value::Null => {}
        Value::Bool(truth) => say(native(term, &truth.to_string(), "boolean")),
        Value::Number(number) => say(native(term, &number.to_string(), "integer")),
        Value::String(text) => say(object(terms, term, text)),
        Value::Object(texts) if term.languages => {
            for (language, stated) in texts {
                for text in crate::node::items(stated).iter().filter_map(Value::as_str) {
                    let tag = if language == "@none" {
                        String::new()
                    } else {
                        format!("@{}", language.to_lowercase())
                    };
                    say(format!("{}{tag}", literal(text)));
                }
            }
        }
        Value::Object(inner) => {
            let id = inner.get("id").and_then(Value::as_str).unwrap_or_default();
            say(format!("<{id}>"));
            quads(terms, inner, lines)?;
        }
        Value::Array(_) => return Err(fault(&term.iri, "holds a list in a list")),
    }
    Ok(())
}

/// A JSON boolean or integer: of the term's datatype, or of its own.
fn native(term: &Term, text: &str, own: &str) -> String {
    match &term.coercion {
        Coercion::Datatype(datatype) => typed(text, datatype),
        _ => format!("\"{text}\"^^<{XSD}{own}>"),
    }
}

fn object(terms: &Terms, term: &Term, text: &str) -> String {
    match &term.coercion {
        Coercion::Plain => literal(text),
        Coercion::Language(language) => format!("{}@{language}", literal(text)),
        Coercion::Datatype(datatype) => typed(text, datatype),
        Coercion::Vocab => format!("<{}>", terms.get(text).map_or(text, |term| &term.iri)),
        Coercion::Id => format!("<{text}>"),
    }
}

fn typed(text: &str, datatype: &str) -> String {
    if datatype.strip_prefix(XSD) == Some("string") {
        return literal(text);
    }
    format!("{}^^<{datatype}>", literal(text))
}

/// A quoted text, escaped as canonical N-Quads are.
fn literal(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for letter in text.chars() {
        match letter {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            '\u{8}' => quoted.push_str("\\b"),
            '\u{c}' => quoted.push_str("\\f"),
            '\0'..='\u{1f}' | '\u{7f}' => {
                write!(quoted, "\\u{:04X}", u32::from(letter)).expect("a String takes any text");
            }
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::literal;

    #[test]
    fn control_characters_are_escaped_as_the_canonical_form_has_them() {
        assert_eq!(literal("a\"\\\n\r\t\u{8}\u{c}"), r#""a\"\\\n\r\t\b\f""#);
        assert_eq!(
            literal("\0\u{b}\u{1f}\u{7f}"),
            r#""\u0000\u000B\u001F\u007F""#
        );
        assert_eq!(literal("é 🌱 '\u{202e}"), "\"é 🌱 '\u{202e}\"");
    }
}
