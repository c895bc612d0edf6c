//! Addresses as keys: the registrable domain of an actor, the canonical address of a page.
//!
//! A domain that many actors share identifies nobody; there, the host with its path does (a handle).

use url::Url;

use crate::Rules;

/// Query parameters that say where a visitor came from, not which page it is.
const TRACKING: &[&str] = &[
    "fbclid", "gclid", "mc_cid", "mc_eid", "ref", "source", "xtor",
];

/// A page's address in canonical form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Address {
    /// Host, path and query, without scheme, `www`, fragment, tracking and closing slash.
    pub(crate) text: Box<str>,
    /// Whether it is the home of its host, which many pages may name.
    pub(crate) home: bool,
}

/// The registrable domain of a website, or its handle where the host is shared.
pub(crate) fn site(rules: &Rules, website: &str) -> Option<Box<str>> {
    let url = parse(website)?;
    let host = bare_host(&url)?;
    let domain = psl::domain_str(&host).unwrap_or(&host);
    let parents = host
        .match_indices('.')
        .filter_map(|(at, _)| host.get(at + 1..));
    let shared_parent = parents.into_iter().any(|parent| rules.is_shared(parent));
    if rules.is_shared(&host) {
        let path = path(&url);
        return (!path.is_empty()).then(|| format!("{host}{path}").to_lowercase().into());
    }
    if shared_parent {
        return Some(host.into());
    }
    if !domain.contains('.') {
        return None;
    }
    Some(domain.into())
}

/// The canonical address of a page.
pub(crate) fn address(page: &str) -> Option<Address> {
    let url = parse(page)?;
    let host = bare_host(&url)?;
    let path = path(&url);
    let query: Vec<String> = url
        .query_pairs()
        .filter(|(key, _)| !key.starts_with("utm_") && !TRACKING.contains(&&**key))
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    let port = url
        .port()
        .map(|port| format!(":{port}"))
        .unwrap_or_default();
    let home = path.is_empty() && query.is_empty();
    let mark = if query.is_empty() { "" } else { "?" };
    Some(Address {
        text: format!("{host}{port}{path}{mark}{}", query.join("&")).into(),
        home,
    })
}

fn parse(text: &str) -> Option<Url> {
    let text = text.trim();
    let url = match Url::parse(text) {
        Err(url::ParseError::RelativeUrlWithoutBase) if !text.contains('@') => {
            Url::parse(&format!("https://{text}")).ok()?
        }
        parsed => parsed.ok()?,
    };
    matches!(url.scheme(), "http" | "https").then_some(url)
}

/// The host, lower case, IDNA, without `www`; numbers of machines identify nobody.
fn bare_host(url: &Url) -> Option<String> {
    let host = url.domain()?.trim_end_matches('.').to_lowercase();
    let bare = host.strip_prefix("www.").unwrap_or(&host);
    bare.contains('.').then(|| bare.to_owned())
}

fn path(url: &Url) -> &str {
    let path = url.path().trim_end_matches('/');
    ["/index.html", "/index.php", "/index.htm"]
        .iter()
        .find_map(|index| path.strip_suffix(index))
        .unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::{address, site};
    use crate::{Rules, Spec};

    fn key(website: &str) -> Option<String> {
        let spec = Spec {
            shared_hosts: vec!["partage.example".to_owned()],
            ..Spec::default()
        };
        site(&Rules::new(&spec).unwrap(), website).map(Into::into)
    }

    #[test]
    fn a_website_is_known_by_its_registrable_domain() {
        assert_eq!(
            key("https://www.Tilleul.example/a?b").as_deref(),
            Some("tilleul.example")
        );
        assert_eq!(
            key("http://blog.tilleul.co.uk").as_deref(),
            Some("tilleul.co.uk")
        );
        assert_eq!(key("été.tilleul.fr").as_deref(), Some("tilleul.fr"));
        assert_eq!(key("mailto:a@b.example"), None);
        assert_eq!(key("http://127.0.0.1/x"), None);
        assert_eq!(key("http://localhost/"), None);
    }

    #[test]
    fn on_a_shared_host_only_the_whole_handle_counts() {
        assert_eq!(key("https://medium.com/"), None);
        assert_eq!(
            key("https://medium.com/@Tilleul/").as_deref(),
            Some("medium.com/@tilleul")
        );
        assert_eq!(
            key("https://tilleul.github.io/site").as_deref(),
            Some("tilleul.github.io")
        );
        assert_eq!(
            key("https://tilleul.beta.gouv.fr/x").as_deref(),
            Some("tilleul.beta.gouv.fr")
        );
        assert_eq!(
            key("https://partage.example/t/1").as_deref(),
            Some("partage.example/t/1")
        );
    }

    #[test]
    fn one_page_has_one_address() {
        let one = address("http://www.tilleul.example/a/?utm_source=x&id=7#top").unwrap();
        let other = address("https://tilleul.example/a?id=7").unwrap();
        assert_eq!(one, other);
        assert!(!one.home);
        assert!(address("https://tilleul.example/index.html").unwrap().home);
    }
}
