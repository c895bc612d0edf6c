//! How a listing goes on: from a page to the request for the next, until its end, its bound, or a repeat.

use std::collections::BTreeSet;

use bytes::Bytes;
use moisson_model::{Capture, Digest, Request};
use serde_json::{Number, Value};
use url::Url;
use url::form_urlencoded;

use crate::failure::Failure;
use crate::kept::Links;
use crate::spec::Spec;

mod form;

pub use form::{Form, Paging, Place};

/// What WordPress says of a listing; asking past it is an error there.
const TOTAL_PAGES: &str = "x-wp-totalpages";

/// The pages of one listing.
pub(crate) struct Pager<'a> {
    form: Option<Form<'a>>,
    bound: u64,
    first: Request,
    /// Pages requested.
    count: u64,
    asked: BTreeSet<Asked>,
    bodies: BTreeSet<Digest>,
}

/// What makes a request another one: address, headers (a cursor may stand there), body.
type Asked = (String, Vec<(String, String)>, Bytes);

/// What follows a page.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Another page.
    Ask(Request),
    /// Nothing more.
    End,
    /// A page that was requested already.
    Repeats,
    /// Another page, past the bound.
    Bound,
}

impl<'a> Pager<'a> {
    /// The pager of an address of a definition, and the first request.
    pub(crate) fn new(spec: &'a Spec, url: &str) -> (Self, Request) {
        let paging = spec.paging.as_ref();
        let mut pager = Self {
            form: paging.and_then(|paging| paging.form().ok()),
            bound: paging.map_or(1, |paging| u64::try_from(paging.pages).unwrap_or(u64::MAX)),
            first: request(spec, url),
            count: 0,
            asked: BTreeSet::new(),
            bodies: BTreeSet::new(),
        };
        let first = match pager.form {
            Some(Form::Page { .. } | Form::Offset { .. }) => pager.numbered(),
            _ => pager.first.clone(),
        };
        pager.count = 1;
        pager.asked.insert(asked(&first));
        (pager, first)
    }

    /// Whether a page has the body of an earlier one: a site that runs in circles, or repeats its last page.
    pub(crate) fn repeats(&mut self, capture: &Capture) -> bool {
        !self.bodies.insert(capture.sha256())
    }

    /// Whether a failure is how this listing ends: a page number past the last.
    pub(crate) fn ends_with(&self, failure: &Failure) -> bool {
        let numbered = matches!(self.form, Some(Form::Page { .. } | Form::Offset { .. }));
        numbered && self.count > 1 && matches!(failure.status, Some(404 | 410))
    }

    /// What follows a page.
    pub(crate) fn next(&mut self, capture: &Capture, links: &dyn Links) -> Step {
        let Some(request) = self.following(capture, links) else {
            return Step::End;
        };
        let key = asked(&request);
        if self.asked.contains(&key) {
            return Step::Repeats;
        }
        if self.count >= self.bound {
            return Step::Bound;
        }
        self.count += 1;
        self.asked.insert(key);
        Step::Ask(request)
    }

    fn following(&self, capture: &Capture, links: &dyn Links) -> Option<Request> {
        match self.form? {
            Form::Next(selector) => {
                let link = links.links(capture, selector).into_iter().next()?;
                let url = without_fragment(&link);
                Some(Request {
                    url,
                    ..self.first.clone()
                })
            }
            Form::Page { .. } => {
                let total = capture
                    .header(TOTAL_PAGES)
                    .and_then(|total| total.trim().parse::<u64>().ok());
                let last = total.is_some_and(|total| self.count >= total);
                (!last && links.records(capture) > 0).then(|| self.numbered())
            }
            Form::Offset { .. } => (links.records(capture) > 0).then(|| self.numbered()),
            Form::Cursor {
                pointer,
                parameter,
                place,
            } => {
                let cursor = links.text(capture, pointer)?;
                let any = !matches!(cursor.trim(), "" | "null" | "false");
                any.then(|| with_cursor(&self.first, parameter, place, &cursor))
            }
        }
    }

    /// The request for the page after those counted.
    fn numbered(&self) -> Request {
        let (parameter, number) = match self.form {
            Some(Form::Page { parameter, from }) => (parameter, from.saturating_add(self.count)),
            Some(Form::Offset { parameter, size }) => (parameter, size.saturating_mul(self.count)),
            _ => return self.first.clone(),
        };
        let url = with_query(&self.first.url, parameter, &number.to_string());
        Request {
            url,
            ..self.first.clone()
        }
    }
}

/// The request of a definition for an address of it.
fn request(spec: &Spec, url: &str) -> Request {
    let body = spec.body.clone().unwrap_or_default();
    let headers = spec
        .headers
        .iter()
        .map(|(name, value)| (name.to_ascii_lowercase(), value.clone()));
    Request {
        method: spec.method.name().to_owned(),
        url: without_fragment(url),
        headers: headers
            .filter(|(name, _)| !body.is_empty() || name != "content-type")
            .collect(),
        body: body.into(),
    }
}

/// The request for the page of one record.
pub(crate) fn detail(spec: &Spec, url: &str) -> Request {
    let headers = spec
        .headers
        .iter()
        .map(|(name, value)| (name.to_ascii_lowercase(), value.clone()));
    Request {
        method: "GET".to_owned(),
        url: without_fragment(url),
        headers: headers.filter(|(name, _)| name != "content-type").collect(),
        body: Bytes::new(),
    }
}

fn asked(request: &Request) -> Asked {
    (
        request.url.clone(),
        request.headers.clone(),
        request.body.clone(),
    )
}

/// An address in its normal form, without the part that is never sent; what is no address stays as it is.
pub(crate) fn without_fragment(text: &str) -> String {
    let Ok(mut url) = Url::parse(text) else {
        return text.to_owned();
    };
    url.set_fragment(None);
    url.to_string()
}

/// Sets one query parameter and leaves the others as they are written: some sites are particular about encoding.
fn with_query(text: &str, name: &str, value: &str) -> String {
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

fn with_cursor(first: &Request, parameter: &str, place: Place, cursor: &str) -> Request {
    let mut request = first.clone();
    match place {
        Place::Query => request.url = with_query(&first.url, parameter, cursor),
        Place::Header => {
            let name = parameter.to_ascii_lowercase();
            request.headers.retain(|(key, _)| *key != name);
            request.headers.push((name, cursor.to_owned()));
        }
        Place::Body => {
            if let Ok(mut body) = serde_json::from_slice::<Value>(&first.body) {
                set(&mut body, parameter, cursor);
                request.body = body.to_string().into();
            }
        }
    }
    request
}

/// Puts a cursor where a pointer leads: as a number where one stands, as text otherwise; a missing last key is made.
fn set(body: &mut Value, pointer: &str, cursor: &str) {
    if let Some(value) = body.pointer_mut(pointer) {
        let number = cursor.parse::<Number>().ok().filter(|_| value.is_number());
        *value = number.map_or_else(|| Value::from(cursor), Value::Number);
        return;
    }
    let Some((parent, key)) = pointer.rsplit_once('/') else {
        return;
    };
    if let Some(Value::Object(parent)) = body.pointer_mut(parent) {
        let key = key.replace("~1", "/").replace("~0", "~");
        parent.insert(key, Value::from(cursor));
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
    fn a_cursor_in_the_body_takes_the_type_that_stands_there() {
        let mut body = json!({"variables": {"after": null, "page": 1}});
        set(&mut body, "/variables/after", "12");
        set(&mut body, "/variables/page", "2");
        set(&mut body, "/variables/new", "x");
        set(&mut body, "/no/where", "x");
        let expected = json!({"variables": {"after": "12", "page": 2, "new": "x"}});
        assert_eq!(body, expected);
    }
}
