//! `url`: an address of the web, in the one form of the WHATWG standard.
//!
//! A missing scheme is added where the host ends in a known suffix; what tracks readers, names a user or a place
//! in the page is dropped. Anything but http and https, an e-mail address, an address of a machine: none.

use serde_json::Value;
use url::{Host, Url};

use super::{Field, Notes, each_text};
use crate::personal;

/// Query parameters that follow the reader, not the page.
const TRACKERS: [&str; 18] = [
    "fbclid",
    "gclid",
    "gclsrc",
    "dclid",
    "gbraid",
    "wbraid",
    "msclkid",
    "yclid",
    "twclid",
    "ttclid",
    "igshid",
    "igsh",
    "mc_cid",
    "mc_eid",
    "_hsenc",
    "_hsmi",
    "oly_enc_id",
    "xtor",
];

/// Families of such parameters.
const TRACKER_PREFIXES: [&str; 4] = ["utm_", "mtm_", "pk_", "hsa_"];

/// Hosts whose paths are telephone numbers.
const DIALLERS: [&str; 3] = ["wa.me", "api.whatsapp.com", "t.me"];

pub(super) fn apply(field: &Field, values: Vec<Value>, notes: &mut Notes) -> Vec<Value> {
    each_text(values, |text| match web_address(&text) {
        Ok(address) => Some(Value::String(address)),
        Err(why) => {
            notes.lost("invalid-url", format!("`{}` {why}", field.name));
            None
        }
    })
}

/// The address in its one form, or what it is instead.
pub(crate) fn web_address(text: &str) -> Result<String, &'static str> {
    let text = text.trim().trim_end_matches([',', ';']);
    let whole = match profile(text) {
        Some(address) => address,
        None => with_scheme(text)?,
    };
    let mut url = Url::parse(&whole).map_err(|_| "is not an address of the web")?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err("is neither http nor https");
    }
    match url.host() {
        Some(Host::Domain(host)) if is_public(host) => {}
        _ => return Err("has no public host"),
    }
    let dials = url.host_str().is_some_and(|host| DIALLERS.contains(&host));
    if dials
        && url
            .path()
            .trim_matches('/')
            .bytes()
            .filter(u8::is_ascii_digit)
            .count()
            >= 8
    {
        return Err("is a telephone number");
    }
    // Both can only fail on addresses without a host.
    let stripped = url.set_username("").and_then(|()| url.set_password(None));
    stripped.map_err(|()| "is not an address of the web")?;
    url.set_fragment(None);
    let query = url.query().and_then(without_trackers);
    url.set_query(query.as_deref());
    Ok(url.into())
}

/// The page of a Fediverse handle, `@name@host`, which reads as an e-mail address otherwise.
fn profile(text: &str) -> Option<String> {
    let (name, host) = text.strip_prefix('@')?.split_once('@')?;
    let plain = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '.' | '-');
    let fits = !name.is_empty() && name.chars().all(plain) && host.chars().all(plain);
    fits.then(|| format!("https://{host}/@{name}"))
}

fn with_scheme(text: &str) -> Result<String, &'static str> {
    if text.contains(char::is_whitespace) {
        return Err("holds spaces");
    }
    if let Some(rest) = text.strip_prefix("//") {
        return Ok(format!("https://{rest}"));
    }
    if text.contains("://") {
        return Ok(text.to_owned());
    }
    let host = text.split(['/', '?', '#']).next().unwrap_or_default();
    if personal::holds(text) || host.contains('@') {
        return Err("is an e-mail address, not an address of the web");
    }
    // A colon before any slash is a scheme (`mailto:`), unless a port follows it.
    let (host, port) = host.split_once(':').unwrap_or((host, "0"));
    if !port.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err("is neither http nor https");
    }
    let known = psl::suffix(host.to_lowercase().as_bytes()).is_some_and(|suffix| suffix.is_known());
    let has_dot = host.trim_matches('.').contains('.');
    if has_dot && (known || host.ends_with(".example")) {
        Ok(format!("https://{text}"))
    } else {
        Err("is not an address of the web")
    }
}

/// Whether a host can be reached by others: a dot, and no name of one machine or network.
fn is_public(host: &str) -> bool {
    let host = host.trim_end_matches('.');
    let private = [".local", ".localhost", ".internal", ".lan"];
    host.contains('.') && !private.iter().any(|suffix| host.ends_with(suffix))
}

fn without_trackers(query: &str) -> Option<String> {
    let kept: Vec<&str> = query
        .split('&')
        .filter(|pair| !pair.is_empty() && !is_tracker(pair.split('=').next().unwrap_or_default()))
        .collect();
    (!kept.is_empty()).then(|| kept.join("&"))
}

fn is_tracker(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    TRACKERS.contains(&name.as_str())
        || TRACKER_PREFIXES
            .iter()
            .any(|prefix| name.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::web_address;

    #[test]
    fn addresses_take_one_form() {
        let cases = [
            ("www.ademe.fr", "https://www.ademe.fr/"),
            (
                "HTTP://Exemple.EXAMPLE:80/A?utm_source=x&b=%20&fbclid=1#top",
                "http://exemple.example/A?b=%20",
            ),
            ("//a.example/x", "https://a.example/x"),
            ("@atelier@social.example", "https://social.example/@atelier"),
            ("https://user:pw@a.example/", "https://a.example/"),
            (
                "https://médiation.example",
                "https://xn--mdiation-b1a.example/",
            ),
            ("a.example:8080/x", "https://a.example:8080/x"),
        ];
        for (raw, expected) in cases {
            assert_eq!(web_address(raw).as_deref(), Ok(expected), "{raw}");
            assert_eq!(web_address(expected).as_deref(), Ok(expected), "{raw}");
        }
    }

    #[test]
    fn what_is_no_public_page_is_refused() {
        for raw in [
            "mailto:bonjour@a.example",
            "bonjour@a.example",
            "tel:0102030405",
            "javascript:void(0)",
            "/page",
            "voir le site",
            "ftp://a.example/",
            "http://localhost:8080/",
            "http://127.0.0.1/",
            "http://[::1]/",
            "notre.site-web",
            "https://",
            "https://wa.me/33612345678",
            "fr",
            "facebook",
        ] {
            assert!(web_address(raw).is_err(), "{raw}");
        }
    }
}
