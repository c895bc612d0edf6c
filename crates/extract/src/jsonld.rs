//! JSON-LD as it stands, without expansion: a document alone, or the blocks embedded in a page.
//!
//! With types, every object of one of them, however deep; without, the objects at the top and those of their
//! `@graph`. A block that is not JSON costs itself alone.

use moisson_model::{Capture, Fields, Issue, Stage};
use scraper::Selector;
use serde_json::Value;

use crate::encoding::{Declares, decode};
use crate::page::Page;
use crate::spec::Records;
use crate::{Error, Format, json};

/// Ways of writing that a type is of schema.org.
const PREFIXES: [&str; 3] = ["http://schema.org/", "https://schema.org/", "schema:"];

/// A compiled choice of objects.
#[derive(Debug, Clone)]
pub(crate) enum Plan {
    /// The top objects, a `@graph` among them.
    Top,
    /// The top objects and those of their `@graph`.
    Every,
    /// The objects of these types, without prefix, anywhere.
    Types(Vec<String>),
}

impl Plan {
    /// Compiles `records`.
    pub(crate) fn new(records: Option<&Records>) -> Result<Self, Error> {
        match records {
            None => Ok(Self::Every),
            Some(Records::Types(types)) if types.is_empty() => Ok(Self::Every),
            Some(Records::Types(types)) => {
                let types = types.iter().map(|name| local(name).to_owned());
                Ok(Self::Types(types.collect()))
            }
            Some(Records::One(_)) => Err(Error::Meaningless {
                key: "records".to_owned(),
                format: Format::Jsonld,
                reason: "expected a list of types, such as `[\"Event\"]`".to_owned(),
            }),
        }
    }

    fn choose(&self, value: &Value, chosen: &mut Vec<Fields>) {
        match (self, value) {
            (_, Value::Array(items)) => items.iter().for_each(|item| self.choose(item, chosen)),
            (Self::Top, Value::Object(object)) => chosen.push(object.clone()),
            (Self::Every, Value::Object(object)) => match object.get("@graph") {
                Some(graph) => self.choose(graph, chosen),
                None => chosen.push(object.clone()),
            },
            (Self::Types(types), Value::Object(object)) => {
                if is_of(object, types) {
                    chosen.push(object.clone());
                }
                object.values().for_each(|value| self.choose(value, chosen));
            }
            _ => (),
        }
    }
}

fn is_of(object: &Fields, types: &[String]) -> bool {
    let is = |value: &Value| {
        let name = value.as_str().map(local);
        name.is_some_and(|name| types.iter().any(|wanted| wanted == name))
    };
    match object.get("@type") {
        Some(Value::Array(names)) => names.iter().any(is),
        Some(name) => is(name),
        None => false,
    }
}

/// A type without the prefix of schema.org.
fn local(name: &str) -> &str {
    PREFIXES
        .iter()
        .find_map(|prefix| name.strip_prefix(prefix))
        .unwrap_or(name)
}

/// The objects of a body.
pub(crate) fn records(plan: &Plan, capture: &Capture) -> (Vec<Fields>, Vec<Issue>) {
    let decoded = decode(capture, Declares::Html);
    let is_document = decoded.text.trim_start().starts_with(['{', '[']);
    let (documents, issues) = if is_document {
        let (documents, mut issues) = json::read(&decoded.text);
        issues.extend(decoded.issues);
        (documents, issues)
    } else {
        embedded(capture)
    };
    let mut records = Vec::new();
    for document in &documents {
        plan.choose(document, &mut records);
    }
    (records, issues)
}

fn embedded(capture: &Capture) -> (Vec<Value>, Vec<Issue>) {
    let (page, mut issues) = Page::of(capture);
    let Ok(selector) = Selector::parse(r#"script[type^="application/ld+json" i]"#) else {
        return (Vec::new(), issues);
    };
    let mut documents = Vec::new();
    for (index, script) in page.html.select(&selector).enumerate() {
        let source: String = script.text().collect();
        if source.trim().is_empty() {
            continue;
        }
        let block = format!("block {}", index + 1);
        match parse(&source) {
            Ok((document, false)) => documents.push(document),
            Ok((document, true)) => {
                documents.push(document);
                let message = "a raw control character inside a text was kept";
                issues.push(Issue::warning(Stage::Extract, "repaired-json", message).at(block));
            }
            Err(error) => {
                let issue = json::fault(&error, 0);
                let place = issue.location.clone().unwrap_or_default();
                issues.push(issue.at(format!("{block}, {place}")));
            }
        }
    }
    (documents, issues)
}

/// The document of a block, and whether it had to be repaired.
fn parse(source: &str) -> Result<(Value, bool), serde_json::Error> {
    let json = unwrapped(source);
    serde_json::from_str(json)
        .map(|value| (value, false))
        .or_else(|error| {
            serde_json::from_str(&escaped(json))
                .map(|value| (value, true))
                .map_err(|_| error)
        })
}

/// The text with the control characters of its strings escaped: a raw line break is the one fault of JSON that
/// consumers overlook.
fn escaped(json: &str) -> String {
    let (mut text, mut quoted, mut escape) = (String::with_capacity(json.len()), false, false);
    for character in json.chars() {
        quoted ^= character == '"' && !escape;
        escape = character == '\\' && !escape;
        if character.is_control() && quoted {
            let code = u32::from(character);
            text.extend([r"\u", &format!("{code:04x}")]);
        } else {
            text.push(character);
        }
    }
    text
}

/// The block without the comment or CDATA that old templates hide it in, and without what ends it.
fn unwrapped(source: &str) -> &str {
    let mut json = source;
    loop {
        let before = json;
        json = json.trim_matches(|c: char| c.is_whitespace() || c.is_control() || c == '\u{feff}');
        for (opening, closing) in [
            ("<!--", "-->"),
            ("//<![CDATA[", "//]]>"),
            ("/*<![CDATA[*/", "/*]]>*/"),
            ("<![CDATA[", "]]>"),
        ] {
            json = json.strip_prefix(opening).unwrap_or(json);
            json = json.strip_suffix(closing).unwrap_or(json);
        }
        json = json.strip_suffix(';').unwrap_or(json);
        if json == before {
            return json;
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Plan, records};
    use crate::tests::capture;

    const PAGE: &str = r#"<script type="application/ld+json">
      <!-- {"@context": "https://schema.org", "@graph": [
        {"@type": "schema:Event", "name": "Fête", "organizer": {"@type": ["Thing", "http://schema.org/Organization"], "name": "Asso"}},
        {"@type": "BreadcrumbList"}]} -->
      </script>
      <script type="application/ld+json">{"@type": "Event", }</script>
      <script type="application/LD+JSON; charset=utf-8">[{"@type": "Event", "name": "deux
lignes"}]</script>"#;

    fn types(names: &[&str]) -> Plan {
        Plan::Types(names.iter().map(|name| (*name).to_owned()).collect())
    }

    #[test]
    fn objects_come_by_type_however_deep() {
        let page = capture(PAGE.as_bytes());
        let (events, issues) = records(&types(&["Event"]), &page);
        assert_eq!(events[0]["name"], "Fête");
        assert_eq!(events[1]["name"], "deux\nlignes");
        let codes: Vec<_> = issues.iter().map(|issue| issue.code.as_str()).collect();
        assert_eq!(codes, ["invalid-json", "repaired-json"]);
        assert!(
            issues[0]
                .location
                .as_ref()
                .unwrap()
                .starts_with("block 2, line 1")
        );
        let (organisations, _) = records(&types(&["Organization"]), &page);
        assert_eq!(json!(organisations)[0]["name"], "Asso");
    }

    #[test]
    fn without_types_the_graph_is_opened_and_without_a_definition_it_stands() {
        let document =
            capture(br#"{"@graph": [{"@type": "A"}, {"@type": "B", "c": {"@type": "C"}}]}"#);
        assert_eq!(records(&Plan::Every, &document).0.len(), 2);
        assert_eq!(records(&Plan::Top, &document).0.len(), 1);
    }
}
