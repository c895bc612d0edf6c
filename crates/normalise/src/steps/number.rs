//! `number`: numbers, also as texts with a decimal comma and spaces between thousands.

use moisson_model::Shape;
use serde_json::{Number, Value};

use super::{Field, Notes};

pub(super) fn apply(field: &Field, values: Vec<Value>, notes: &mut Notes) -> Vec<Value> {
    let mut found = Vec::with_capacity(values.len());
    for value in values {
        match read(field, &value) {
            Some(number) => found.push(Value::Number(number)),
            None => notes.lost("invalid-number", format!("`{}` is no number", field.name)),
        }
    }
    found
}

fn read(field: &Field, value: &Value) -> Option<Number> {
    let number = match value {
        Value::Number(number) => number.clone(),
        Value::String(text) => parsed(text)?,
        _ => return None,
    };
    if field.shape != Shape::Integer || number.is_i64() {
        return Some(number);
    }
    let whole = number.as_f64().filter(|float| float.fract() == 0.0)?;
    format!("{whole:.0}").parse::<i64>().ok().map(Number::from)
}

fn parsed(text: &str) -> Option<Number> {
    let mut plain: String = text
        .chars()
        .filter(|letter| !letter.is_whitespace() && *letter != '\'')
        .collect();
    if plain.matches(',').count() == 1 && !plain.contains('.') {
        plain = plain.replace(',', ".");
    }
    let digits = plain
        .bytes()
        .all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b'+' | b'e' | b'E'));
    if !digits {
        return None;
    }
    if let Ok(whole) = plain.parse::<i64>() {
        return Some(whole.into());
    }
    Number::from_f64(plain.parse().ok()?)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::steps::Sort;
    use crate::steps::tests::{field, run};

    #[test]
    fn commas_and_spaces_are_read() {
        let number = field("amount", Sort::Number);
        assert_eq!(run(&number, json!("1 234,5")).0, [json!(1234.5)]);
        assert_eq!(run(&number, json!(12)).0, [json!(12)]);
        assert_eq!(run(&number, json!("une vingtaine")).1, ["invalid-number"]);
        assert_eq!(run(&number, json!("1,234,5")).1, ["invalid-number"]);
    }
}
