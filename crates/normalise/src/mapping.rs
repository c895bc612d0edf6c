//! Where raw values come from: paths into a record or an item of it, and what gathers them for a column.

use std::borrow::Cow;

use moisson_model::Record;
use serde_json::Value;

use crate::steps::text::is_empty;

/// What paths are read in: a record, or an item of one of its lists.
#[derive(Clone, Copy)]
pub(crate) struct Scope<'a> {
    pub(crate) record: &'a Record,
    pub(crate) item: Option<&'a Value>,
}

/// A path of a definition: a field, a pointer, `.` for the item itself, `^field` for the whole record's field.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Path {
    text: String,
    of_record: bool,
    wild: bool,
}

impl Path {
    pub(crate) fn new(text: &str) -> Self {
        let (text, of_record) = match text.strip_prefix('^') {
            Some(text) => (text, true),
            None => (text, false),
        };
        let text = if text == "." { "" } else { text };
        let wild = text.starts_with('/') && text.split('/').any(|step| step == "*");
        Self {
            text: text.to_owned(),
            of_record,
            wild,
        }
    }

    /// The value there; `*` in a pointer gathers a list.
    pub(crate) fn value<'a>(&self, scope: Scope<'a>) -> Option<Cow<'a, Value>> {
        let item = scope.item.filter(|_| !self.of_record);
        if self.wild {
            return self.gathered(scope.record, item).map(Cow::Owned);
        }
        let found = match item {
            None => scope.record.get(&self.text),
            Some(item) if self.text.is_empty() => Some(item),
            Some(item) if self.text.starts_with('/') => item.pointer(&self.text),
            Some(item) => item.get(&self.text),
        };
        found.map(Cow::Borrowed)
    }

    /// The items of the list there; a single value is a list of one.
    pub(crate) fn items<'a>(&self, scope: Scope<'a>) -> Vec<Cow<'a, Value>> {
        match self.value(scope) {
            None | Some(Cow::Borrowed(Value::Null) | Cow::Owned(Value::Null)) => Vec::new(),
            Some(Cow::Borrowed(Value::Array(items))) => items.iter().map(Cow::Borrowed).collect(),
            Some(Cow::Owned(Value::Array(items))) => items.into_iter().map(Cow::Owned).collect(),
            Some(value) => vec![value],
        }
    }

    fn gathered(&self, record: &Record, item: Option<&Value>) -> Option<Value> {
        let mut segments = self.segments().into_iter();
        let mut reached: Vec<&Value> = match item {
            Some(item) => vec![item],
            None => record.fields.get(&segments.next()?).into_iter().collect(),
        };
        for segment in segments {
            reached = reached
                .into_iter()
                .flat_map(|value| children(value, &segment))
                .collect();
        }
        Some(Value::Array(reached.into_iter().cloned().collect()))
    }

    /// The steps of the path, from the record or from the item.
    pub(crate) fn segments(&self) -> Vec<String> {
        match self.text.strip_prefix('/') {
            None if self.text.is_empty() => Vec::new(),
            None => vec![self.text.clone()],
            Some(pointer) => pointer.split('/').map(unescaped).collect(),
        }
    }

    /// Whether it reaches the record from within an item.
    pub(crate) const fn is_of_record(&self) -> bool {
        self.of_record
    }

    /// The JSON pointer of the field, for messages.
    pub(crate) fn pointer(&self) -> String {
        pointer(&self.segments())
    }
}

fn children<'a>(value: &'a Value, segment: &str) -> Vec<&'a Value> {
    match value {
        Value::Array(items) if segment == "*" => items.iter().collect(),
        Value::Array(items) => segment
            .parse::<usize>()
            .ok()
            .and_then(|index| items.get(index))
            .into_iter()
            .collect(),
        // A list of one is often written without its brackets.
        Value::Object(_) if segment == "*" => vec![value],
        Value::Object(fields) => fields.get(segment).into_iter().collect(),
        _ => Vec::new(),
    }
}

fn unescaped(step: &str) -> String {
    step.replace("~1", "/").replace("~0", "~")
}

/// A JSON pointer of steps.
pub(crate) fn pointer(segments: &[String]) -> String {
    segments.iter().fold(String::new(), |pointer, step| {
        pointer + "/" + &step.replace('~', "~0").replace('/', "~1")
    })
}

/// What gathers the raw values of a column.
#[derive(Debug, Clone)]
pub(crate) enum Origin {
    /// A field.
    From(Path),
    /// A constant.
    Constant(Value),
    /// The first of several that is not empty.
    First(Vec<Path>),
    /// All of several, joined.
    Join(Vec<Path>, String),
}

impl Origin {
    /// The name of the rule in a trace; a plain field has none.
    pub(crate) const fn rule(&self) -> Option<&'static str> {
        match self {
            Self::From(_) => None,
            Self::Constant(_) => Some("constant"),
            Self::First(_) => Some("first"),
            Self::Join(..) => Some("join"),
        }
    }

    /// The paths that it reads.
    pub(crate) fn paths(&self) -> &[Path] {
        match self {
            Self::From(path) => std::slice::from_ref(path),
            Self::Constant(_) => &[],
            Self::First(paths) | Self::Join(paths, _) => paths,
        }
    }

    /// The raw value, and what a trace says it was.
    pub(crate) fn raw<'a>(&'a self, scope: Scope<'a>) -> Option<(Cow<'a, Value>, Value)> {
        match self {
            Self::From(path) => path.value(scope).map(with_trace),
            Self::Constant(value) => Some(with_trace(Cow::Borrowed(value))),
            Self::First(paths) => paths
                .iter()
                .filter_map(|path| path.value(scope))
                .find(|value| !is_empty(value))
                .map(with_trace),
            Self::Join(paths, with) => joined(paths, with, scope),
        }
    }
}

fn with_trace(value: Cow<'_, Value>) -> (Cow<'_, Value>, Value) {
    let trace = value.clone().into_owned();
    (value, trace)
}

fn joined<'a>(paths: &[Path], with: &str, scope: Scope<'a>) -> Option<(Cow<'a, Value>, Value)> {
    let parts: Vec<Value> = paths
        .iter()
        .filter_map(|path| path.value(scope))
        .filter(|value| !is_empty(value))
        .map(Cow::into_owned)
        .collect();
    let texts: Vec<String> = parts.iter().filter_map(scalar).collect();
    let text = texts.join(with);
    (!text.is_empty()).then(|| (Cow::Owned(Value::String(text)), Value::Array(parts)))
}

/// A scalar as raw text: strings as they are, numbers and booleans as JSON writes them.
pub(crate) fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        _ => None,
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use moisson_model::{Digest, Provenance, Record};
    use serde_json::{Value, json};

    use super::{Origin, Path, Scope};

    pub(crate) fn record(fields: &Value) -> Record {
        Record {
            index: 0,
            fields: fields.as_object().unwrap().clone(),
            provenance: Provenance {
                url: "https://annuaire.example/".to_owned(),
                fetched_at: "2026-11-20T08:00:00Z".parse().unwrap(),
                sha256: Digest::of(b""),
            },
        }
    }

    #[test]
    fn paths_reach_the_item_and_with_a_caret_the_record() {
        let record = record(&json!({"id": 1, "venues": [{"a": {"b": 2}}]}));
        let item = json!({"a": {"b": 2}, "id": 3});
        let scope = Scope {
            record: &record,
            item: Some(&item),
        };
        let number = |path: &str| Path::new(path).value(scope).and_then(|v| v.as_i64());
        assert_eq!(number("id"), Some(3));
        assert_eq!(number("^id"), Some(1));
        assert_eq!(number("/a/b"), Some(2));
        assert_eq!(Path::new(".").value(scope).unwrap().as_ref(), &item);
    }

    #[test]
    fn a_star_gathers_the_items_of_a_list() {
        let record = record(&json!({"tags": [{"l": "a"}, {"l": "b"}, {}]}));
        let scope = Scope {
            record: &record,
            item: None,
        };
        let value = Path::new("/tags/*/l").value(scope).unwrap().into_owned();
        assert_eq!(value, json!(["a", "b"]));
    }

    #[test]
    fn first_skips_placeholders_and_join_skips_gaps() {
        let record = record(&json!({"a": "-", "b": null, "c": "x", "d": 3}));
        let scope = Scope {
            record: &record,
            item: None,
        };
        let paths = ["a", "b", "c", "d"].map(Path::new).to_vec();
        let first = Origin::First(paths.clone());
        assert_eq!(first.raw(scope).unwrap().1, json!("x"));
        let join = Origin::Join(paths, ", ".to_owned());
        assert_eq!(join.raw(scope).unwrap().0.as_ref(), &json!("x, 3"));
    }
}
