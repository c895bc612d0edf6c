//! The JSON-LD context, derived from the schemas: the document that is published, and its terms as our own expansion
//! reads them.
//!
//! The context is closed (no `@vocab`, no scoped or remote context), so that a term means the same in every file.
//! What we expand is the part of JSON-LD 1.1 that our schemas use; a definition beyond it is refused, not guessed.

use std::collections::{BTreeMap, BTreeSet};

use moisson_model::{Kind, Schema};
use serde_json::{Map, Value, json};

use crate::Error;

/// Version of the context document that releases name.
pub const CONTEXT_VERSION: &str = "1.0.0";

/// Prefixes of the context, beside `ns`.
const PREFIXES: [(&str, &str); 7] = [
    ("schema", "http://schema.org/"),
    ("org", "http://www.w3.org/ns/org#"),
    ("prov", "http://www.w3.org/ns/prov#"),
    ("dct", "http://purl.org/dc/terms/"),
    ("xsd", "http://www.w3.org/2001/XMLSchema#"),
    ("skos", "http://www.w3.org/2004/02/skos/core#"),
    ("igeo", "http://rdf.insee.fr/def/geo#"),
];

/// What a definition may say; anything else is beyond our expansion.
const KEYWORDS: [&str; 4] = ["@id", "@type", "@language", "@container"];

/// The JSON-LD context document of some schemas.
///
/// Where two schemas define a term in two ways the first stands; [`crate::release()`] refuses such schemas.
pub fn context(schemas: &BTreeMap<Kind, Schema>, base_iri: &str) -> Value {
    let mut terms = Map::new();
    terms.insert("@version".to_owned(), json!(1.1));
    terms.insert("@protected".to_owned(), json!(true));
    terms.insert("id".to_owned(), json!("@id"));
    terms.insert("type".to_owned(), json!("@type"));
    for (prefix, iri) in PREFIXES {
        terms.insert(prefix.to_owned(), json!(iri));
    }
    terms.insert("ns".to_owned(), json!(format!("{base_iri}ns#")));
    for (term, definition) in definitions(schemas) {
        terms.entry(term).or_insert(definition);
    }
    json!({"@context": terms})
}

/// The IRI of the context document that releases name.
pub fn context_iri(base_iri: &str) -> String {
    format!("{base_iri}context/{CONTEXT_VERSION}.jsonld")
}

/// Every definition of every schema, then those that identifiers need.
fn definitions(schemas: &BTreeMap<Kind, Schema>) -> Vec<(String, Value)> {
    let mut all = Vec::new();
    for schema in schemas.values() {
        let owned = |(term, definition): (&String, &Value)| (term.clone(), definition.clone());
        all.extend(schema.context.iter().map(owned));
        for column in &schema.columns {
            all.extend(column.keys.iter().cloned());
        }
    }
    let columns = schemas.values().flat_map(|schema| &schema.columns);
    if columns
        .into_iter()
        .any(|column| column.identifier.is_some())
    {
        let known: BTreeSet<String> = all.iter().map(|(term, _)| term.clone()).collect();
        all.extend(
            identifier_terms()
                .into_iter()
                .filter(|(term, _)| !known.contains(term)),
        );
    }
    all
}

fn identifier_terms() -> [(String, Value); 4] {
    [
        ("PropertyValue".to_owned(), json!("schema:PropertyValue")),
        (
            "identifier".to_owned(),
            json!({"@id": "schema:identifier", "@container": "@set"}),
        ),
        ("propertyID".to_owned(), json!("schema:propertyID")),
        ("value".to_owned(), json!("schema:value")),
    ]
}

/// How a text under a term is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Coercion {
    /// As a string.
    Plain,
    /// As a string in a language, in lower case.
    Language(String),
    /// As an IRI.
    Id,
    /// As a term, or else an IRI.
    Vocab,
    /// As a literal of a datatype.
    Datatype(String),
}

/// A term, its definition read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Term {
    /// What it stands for.
    pub(crate) iri: String,
    /// How texts under it are read.
    pub(crate) coercion: Coercion,
    /// Whether its values are always a list.
    pub(crate) set: bool,
    /// Whether its values are a map from language to text.
    pub(crate) languages: bool,
}

/// The terms of a context.
#[derive(Debug, Clone)]
pub(crate) struct Terms {
    terms: BTreeMap<String, Term>,
    prefixes: BTreeMap<String, String>,
}

impl Terms {
    /// Reads the context that schemas give, and refuses one whose terms do not hold together.
    pub(crate) fn new(schemas: &BTreeMap<Kind, Schema>, base_iri: &str) -> Result<Self, Error> {
        let document = context(schemas, base_iri);
        let stated = document.get("@context").and_then(Value::as_object);
        let stated = stated.expect("the context is made above, as an object");
        for (term, definition) in definitions(schemas) {
            if stated.get(&term) != Some(&definition) {
                return Err(fault(&term, "is defined twice, in two ways"));
            }
        }
        let mut prefixes: BTreeMap<String, String> = PREFIXES
            .iter()
            .map(|(prefix, iri)| ((*prefix).to_owned(), (*iri).to_owned()))
            .collect();
        prefixes.insert("ns".to_owned(), format!("{base_iri}ns#"));
        let mut read = Self {
            terms: BTreeMap::new(),
            prefixes,
        };
        for (name, definition) in stated {
            let known = name.starts_with('@') || name == "id" || name == "type";
            if !known && !read.prefixes.contains_key(name) {
                let term = read.term(name, definition)?;
                read.terms.insert(name.clone(), term);
            }
        }
        Ok(read)
    }

    /// A term by name.
    pub(crate) fn get(&self, name: &str) -> Option<&Term> {
        self.terms.get(name)
    }

    /// A term by name, which must be defined.
    pub(crate) fn need(&self, name: &str) -> Result<&Term, Error> {
        self.get(name)
            .ok_or_else(|| fault(name, "is used and not defined"))
    }

    /// Whether a processor would take what stands before a colon for a name of the context.
    pub(crate) fn is_name(&self, word: &str) -> bool {
        self.prefixes.contains_key(word) || self.terms.contains_key(word)
    }

    fn term(&self, name: &str, definition: &Value) -> Result<Term, Error> {
        let plain = |iri: String| Term {
            iri,
            coercion: Coercion::Plain,
            set: false,
            languages: false,
        };
        match definition {
            Value::String(iri) => Ok(plain(self.expand(name, iri)?)),
            Value::Object(stated) => {
                if let Some(other) = stated.keys().find(|key| !KEYWORDS.contains(&key.as_str())) {
                    return Err(fault(
                        name,
                        &format!("has `{other}`, which is not supported"),
                    ));
                }
                let iri = stated.get("@id").and_then(Value::as_str);
                let iri = iri.ok_or_else(|| fault(name, "has no `@id`"))?;
                let containers = containers(stated.get("@container"));
                if let Some(other) = containers
                    .iter()
                    .find(|it| **it != "@set" && **it != "@language")
                {
                    return Err(fault(
                        name,
                        &format!("has the container `{other}`, which is not supported"),
                    ));
                }
                Ok(Term {
                    coercion: self.coercion(name, stated)?,
                    set: containers.contains(&"@set"),
                    languages: containers.contains(&"@language"),
                    ..plain(self.expand(name, iri)?)
                })
            }
            _ => Err(fault(name, "is neither a text nor an object")),
        }
    }

    fn coercion(&self, name: &str, stated: &Map<String, Value>) -> Result<Coercion, Error> {
        let text = |key: &str| stated.get(key).and_then(Value::as_str);
        Ok(match (text("@type"), text("@language")) {
            (Some("@id"), _) => Coercion::Id,
            (Some("@vocab"), _) => Coercion::Vocab,
            (Some("@none"), _) | (None, None) => Coercion::Plain,
            (Some(datatype), _) => Coercion::Datatype(self.expand(name, datatype)?),
            (None, Some(language)) => Coercion::Language(language.to_lowercase()),
        })
    }

    /// An IRI, or a name under one of our prefixes, made whole.
    fn expand(&self, name: &str, stated: &str) -> Result<String, Error> {
        match stated.split_once(':') {
            Some((_, rest)) if rest.starts_with("//") => Ok(stated.to_owned()),
            Some((prefix, rest)) => {
                let base = self.prefixes.get(prefix);
                base.map(|base| format!("{base}{rest}"))
                    .ok_or_else(|| fault(name, &format!("has the unknown prefix `{prefix}`")))
            }
            None => Err(fault(
                name,
                &format!("stands for `{stated}`, which is no IRI"),
            )),
        }
    }
}

fn containers(stated: Option<&Value>) -> Vec<&str> {
    match stated {
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

/// An error about a term.
pub(crate) fn fault(term: &str, fault: &str) -> Error {
    Error::Term {
        term: term.to_owned(),
        fault: fault.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use moisson_model::{Kind, Schema};
    use serde_json::json;

    use super::{Coercion, Terms, context};

    fn schemas(definition: &str, other: &str) -> BTreeMap<Kind, Schema> {
        let schema = |table: &str, definition: &str| {
            let text = format!(
                r#"{{"x-table": "{table}", "x-version": "1.0.0", "properties": {{
                     "name": {{"type": "string", "x-identifier": "NAME", "x-jsonld-context": {{"name": {definition}}}}}}}}}"#
            );
            Schema::from_json(&text).unwrap()
        };
        BTreeMap::from([
            (Kind::Actor, schema("actors", definition)),
            (Kind::Event, schema("events", other)),
        ])
    }

    #[test]
    fn the_context_is_versioned_protected_and_closed() {
        let schemas = schemas(r#""schema:name""#, r#""schema:name""#);
        let document = context(&schemas, "https://data.example.org/");
        let terms = &document["@context"];
        assert_eq!(terms["@version"], json!(1.1));
        assert_eq!(terms["@protected"], json!(true));
        assert_eq!(terms.get("@vocab"), None);
        assert_eq!(terms["identifier"]["@container"], "@set");
        assert_eq!(terms["name"], "schema:name");
    }

    #[test]
    fn a_term_is_read_with_its_coercion_and_containers() {
        let typed = r#"{"@id": "schema:name", "@type": "xsd:date", "@container": ["@set"]}"#;
        let terms = Terms::new(&schemas(typed, typed), "https://data.example.org/").unwrap();
        let term = terms.get("name").unwrap();
        assert_eq!(term.iri, "http://schema.org/name");
        assert_eq!(
            term.coercion,
            Coercion::Datatype("http://www.w3.org/2001/XMLSchema#date".to_owned())
        );
        assert!(term.set);
    }

    #[test]
    fn a_term_with_two_meanings_or_an_unknown_feature_is_refused() {
        for (one, other, expected) in [
            (
                r#""schema:name""#,
                r#""schema:alternateName""#,
                "defined twice",
            ),
            (r#""foaf:name""#, r#""foaf:name""#, "unknown prefix"),
            (
                r#"{"@id": "schema:name", "@container": "@list"}"#,
                r#"{"@id": "schema:name", "@container": "@list"}"#,
                "@list",
            ),
            (
                r#"{"@reverse": "schema:name"}"#,
                r#"{"@reverse": "schema:name"}"#,
                "@reverse",
            ),
        ] {
            let error = Terms::new(&schemas(one, other), "https://data.example.org/").unwrap_err();
            assert!(error.to_string().contains(expected), "{error}");
        }
    }
}
