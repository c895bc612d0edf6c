//! The requests of a source: as its definition states them, with the parameter that makes each another one.

use bytes::Bytes;
use moisson_model::Request;
use serde_json::{Number, Value};
use url::{Url, form_urlencoded};

use super::form::Place;
use crate::spec::Spec;

/// The request of a definition for an address of it.
pub(super) fn listing(spec: &Spec, url: &str) -> Request {
    let body = spec.body.clone().unwrap_or_default();
    let headers = headers(spec).filter(|(name, _)| !body.is_empty() || name != "content-type");
    Request {
        method: spec.method.name().to_owned(),
        url: without_fragment(url),
        headers: headers.collect(),
        body: body.into(),
    }
}

/// The request for the page of one record.
pub(crate) fn detail(spec: &Spec, url: &str) -> Request {
    Request {
        method: "GET".to_owned(),
        url: without_fragment(url),
        headers: headers(spec)
            .filter(|(name, _)| name != "content-type")
            .collect(),
        body: Bytes::new(),
    }
}

fn headers(spec: &Spec) -> impl Iterator<Item = (String, String)> {
    let stated = spec.headers.iter();
    stated.map(|(name, value)| (name.to_ascii_lowercase(), value.clone()))
}

/// The same request for another address.
pub(super) fn to(request: &Request, url: &str) -> Request {
    Request {
        url: without_fragment(url),
        ..request.clone()
    }
}

/// The same request with a parameter set.
pub(super) fn with(request: &Request, parameter: &str, place: Place, value: &Value) -> Request {
    let mut request = request.clone();
    let text = text(value);
    match place {
        Place::Query => request.url = with_query(&request.url, parameter, &text),
        Place::Header => {
            let name = parameter.to_ascii_lowercase();
            request.headers.retain(|(key, _)| *key != name);
            request.headers.push((name, text));
        }
        Place::Body => {
            if let Ok(mut body) = serde_json::from_slice::<Value>(&request.body) {
                set(&mut body, parameter, value);
                request.body = body.to_string().into();
            }
        }
    }
    request
}

/// An address in its normal form, without the part that is never sent; what is no address stays as it is.
pub fn without_fragment(text: &str) -> String {
    let Ok(mut url) = Url::parse(text) else {
        return text.to_owned();
    };
    url.set_fragment(None);
    url.to_string()
}

/// Sets one query parameter and leaves the others as they are written: some sites are particular about encoding.
pub(crate) fn with_query(text: &str, name: &str, value: &str) -> String {
    let Ok(mut url) = Url::parse(text) else {
        return text.to_owned();
    };
    let is_other =
        |pair: &&str| form_urlencoded::parse(pair.as_bytes()).all(|(key, _)| key != name);
    let pair = form_urlencoded::Serializer::new(String::new())
        .append_pair(name, value)
        .finish();
    let query: Vec<&str> = url
        .query()
        .unwrap_or_default()
        .split('&')
        .filter(|pair| !pair.is_empty())
        .filter(is_other)
        .chain(std::iter::once(pair.as_str()))
        .collect();
    let query = query.join("&");
    url.set_query(Some(&query));
    url.to_string()
}

fn text(value: &Value) -> String {
    let text = value.as_str().map(str::to_owned);
    text.unwrap_or_else(|| value.to_string())
}

/// Puts a value where a pointer leads, as a number or a text if one of these stands there; a missing last key is made.
fn set(body: &mut Value, pointer: &str, value: &Value) {
    if let Some(stated) = body.pointer_mut(pointer) {
        let number = || text(value).parse::<Number>().ok().map(Value::Number);
        *stated = match stated {
            Value::Number(_) => number().unwrap_or_else(|| value.clone()),
            Value::String(_) => Value::from(text(value)),
            _ => value.clone(),
        };
        return;
    }
    let Some((parent, key)) = pointer.rsplit_once('/') else {
        return;
    };
    if let Some(Value::Object(parent)) = body.pointer_mut(parent) {
        let key = key.replace("~1", "/").replace("~0", "~");
        parent.insert(key, value.clone());
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{set, with_query};

    #[test]
    fn a_parameter_is_replaced_and_the_others_stay_as_written() {
        assert_eq!(
            with_query("http://a.example/x", "page", "1"),
            "http://a.example/x?page=1"
        );
        assert_eq!(
            with_query("http://a.example/x?q=a%20b&page=9&$top=5", "page", "2"),
            "http://a.example/x?q=a%20b&$top=5&page=2"
        );
        assert_eq!(
            with_query("http://a.example/?a", "after", "é&="),
            "http://a.example/?a&after=%C3%A9%26%3D"
        );
    }

    #[test]
    fn a_value_in_the_body_takes_the_type_that_stands_there() {
        let mut body = json!({"after": null, "page": 1, "text": "1", "null": null, "deep": {}});
        set(&mut body, "/after", &json!("12"));
        set(&mut body, "/page", &json!("2"));
        set(&mut body, "/text", &json!(2));
        set(&mut body, "/null", &json!(2));
        set(&mut body, "/deep/new", &json!("x"));
        set(&mut body, "/no/where", &json!("x"));
        let expected =
            json!({"after": "12", "page": 2, "text": "2", "null": 2, "deep": {"new": "x"}});
        assert_eq!(body, expected);
    }
}
