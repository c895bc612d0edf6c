//! JSON pointers (RFC 6901) with one addition: a step `*` stands for every item of a list or every value of an
//! object.

use serde_json::Value;

/// A parsed pointer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pointer(Vec<Step>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Every,
    Key(String),
}

impl Pointer {
    /// The whole document.
    pub(crate) const fn root() -> Self {
        Self(Vec::new())
    }

    /// Parses a pointer; the error is a reason for a reader.
    pub(crate) fn parse(text: &str) -> Result<Self, &'static str> {
        if text.is_empty() {
            return Ok(Self::root());
        }
        let steps = text
            .strip_prefix('/')
            .ok_or("a pointer is empty or begins with `/`")?;
        steps
            .split('/')
            .map(step)
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// Everything that the pointer leads to, in document order.
    pub(crate) fn select<'a>(&self, root: &'a Value) -> Vec<&'a Value> {
        let mut found = vec![root];
        for step in &self.0 {
            found = found
                .into_iter()
                .flat_map(|value| go(value, step))
                .collect();
        }
        found
    }

    /// Whether the place exists: the steps before the first `*` lead somewhere.
    pub(crate) fn exists(&self, root: &Value) -> bool {
        let fixed = self
            .0
            .iter()
            .take_while(|step| **step != Step::Every)
            .cloned()
            .collect();
        !Self(fixed).select(root).is_empty()
    }

    /// Whether it may lead to several places.
    pub(crate) fn is_many(&self) -> bool {
        self.0.contains(&Step::Every)
    }
}

fn step(text: &str) -> Result<Step, &'static str> {
    if text == "*" {
        return Ok(Step::Every);
    }
    let escapes = text.split('~').skip(1);
    if escapes
        .into_iter()
        .any(|rest| !rest.starts_with(['0', '1']))
    {
        return Err("`~` stands only in `~0` and `~1`");
    }
    Ok(Step::Key(text.replace("~1", "/").replace("~0", "~")))
}

fn go<'a>(value: &'a Value, step: &Step) -> Vec<&'a Value> {
    match (value, step) {
        (Value::Array(items), Step::Every) => items.iter().collect(),
        (Value::Object(map), Step::Every) => map.values().collect(),
        (Value::Object(map), Step::Key(key)) => map.get(key).into_iter().collect(),
        (Value::Array(items), Step::Key(key)) => index(key)
            .and_then(|index| items.get(index))
            .into_iter()
            .collect(),
        _ => Vec::new(),
    }
}

fn index(key: &str) -> Option<usize> {
    let canonical = key == "0" || !key.starts_with(['0', '+']);
    key.parse().ok().filter(|_| canonical)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Pointer;

    fn at(pointer: &str) -> Vec<String> {
        let document =
            json!({"hits": [{"item": {"n": 1}}, {"item": {"n": 2}}], "a/b": {"m~n": true}});
        let pointer = Pointer::parse(pointer).unwrap();
        pointer
            .select(&document)
            .into_iter()
            .map(ToString::to_string)
            .collect()
    }

    #[test]
    fn a_star_goes_everywhere() {
        assert_eq!(at("/hits/*/item/n"), ["1", "2"]);
        assert_eq!(at("/hits/1/item/*"), ["2"]);
        assert_eq!(at("/a~1b/m~0n"), ["true"]);
        assert_eq!(at("/hits/01"), Vec::<String>::new());
    }

    #[test]
    fn a_pointer_that_does_not_parse_says_why() {
        assert!(Pointer::parse("hits").unwrap_err().contains("begins"));
        assert!(Pointer::parse("/~2").is_err());
    }
}
