//! The `Link` header (RFC 8288): which address is the next.
//!
//! Strict where the grammar is: a value that breaks off is read up to there. Of the parameters only `rel` and
//! `anchor` are understood; `rel*` and `rev` are not, as the RFC advises.

use url::Url;

/// A link value: its target, the first `rel`, and whether it speaks of another page.
struct Link {
    target: String,
    rel: Option<String>,
    anchor: Option<String>,
}

/// The target of the first link with the relation `next` in the context of this page.
pub(super) fn next<'a>(fields: impl Iterator<Item = &'a str>, base: &Url) -> Option<Url> {
    let links = fields.flat_map(links);
    let mut found = links.filter(|link| is_next(link) && is_of(link, base));
    found.find_map(|link| base.join(&link.target).ok())
}

/// Relation types are parted by spaces and compared without case.
fn is_next(link: &Link) -> bool {
    let relations = link.rel.as_deref().unwrap_or_default();
    relations
        .split_ascii_whitespace()
        .any(|relation| relation.eq_ignore_ascii_case("next"))
}

/// Whether a link speaks of this page: `anchor` may name another.
fn is_of(link: &Link, base: &Url) -> bool {
    let Some(anchor) = &link.anchor else {
        return true;
    };
    base.join(anchor).is_ok_and(|mut context| {
        context.set_fragment(None);
        context == *base
    })
}

fn links(field: &str) -> Vec<Link> {
    let (mut found, mut rest) = (Vec::new(), field);
    loop {
        rest = rest.trim_start_matches([' ', '\t', ',']);
        let Some((target, after)) = rest.strip_prefix('<').and_then(|rest| rest.split_once('>'))
        else {
            return found;
        };
        let mut link = Link {
            target: target.trim().to_owned(),
            rel: None,
            anchor: None,
        };
        rest = after;
        while let Some((name, value, after)) = parameter(rest) {
            let slot = match name.to_ascii_lowercase().as_str() {
                "rel" => Some(&mut link.rel),
                "anchor" => Some(&mut link.anchor),
                _ => None,
            };
            // Later ones of the same name are ignored (RFC 8288, 3.3).
            slot.map(|slot| slot.get_or_insert(value));
            rest = after;
        }
        found.push(link);
        rest = rest.trim_start();
        if !rest.is_empty() && !rest.starts_with(',') {
            return found;
        }
    }
}

/// `; name`, `; name=token` or `; name="quoted"`, and the rest.
fn parameter(text: &str) -> Option<(&str, String, &str)> {
    let text = text.trim_start().strip_prefix(';')?.trim_start();
    let end = text.find(['=', ';', ',', ' ', '\t']).unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    let Some(value) = rest.trim_start().strip_prefix('=') else {
        return Some((name, String::new(), rest));
    };
    let value = value.trim_start();
    if let Some(quoted) = value.strip_prefix('"') {
        let (value, rest) = unquoted(quoted)?;
        return Some((name, value, rest));
    }
    let end = value.find([';', ',', ' ', '\t']).unwrap_or(value.len());
    let (value, rest) = value.split_at(end);
    Some((name, value.to_owned(), rest))
}

/// A quoted string up to its end (RFC 9110, 5.6.4), and what follows it.
fn unquoted(text: &str) -> Option<(String, &str)> {
    let (mut value, mut characters) = (String::new(), text.chars());
    loop {
        match characters.next()? {
            '"' => return Some((value, characters.as_str())),
            '\\' => value.push(characters.next()?),
            other => value.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::next;

    fn of(fields: &[&str]) -> Option<String> {
        let base = "http://a.example/list/?page=1".parse().unwrap();
        next(fields.iter().copied(), &base).map(String::from)
    }

    #[test]
    fn the_next_link_is_found_among_others() {
        let github = r#"<https://a.example/l?page=1>; rel="prev", <https://a.example/l?page=3>; rel="next", <https://a.example/l?page=9>; rel="last""#;
        assert_eq!(of(&[github]).as_deref(), Some("https://a.example/l?page=3"));
        let split = ["<p0>; rel=prev", "<p2>; rel=next"];
        assert_eq!(of(&split).as_deref(), Some("http://a.example/list/p2"));
        assert_eq!(of(&["<p1>; rel=last"]), None);
    }

    #[test]
    fn targets_are_relative_to_the_page() {
        for (target, url) in [
            ("?page=2", "http://a.example/list/?page=2"),
            ("/x", "http://a.example/x"),
            ("//b.example/x", "http://b.example/x"),
            ("", "http://a.example/list/?page=1"),
        ] {
            let field = format!("<{target}>; rel=next");
            assert_eq!(of(&[&field]).as_deref(), Some(url));
        }
    }

    #[test]
    fn quoting_and_spacing_are_those_of_the_grammar() {
        for field in [
            r#"<p2>;REL="start NEXT other""#,
            r#"<p2>  ;  title="a, b; rel=\"prev\" <x>" ; rel = next"#,
            r#",, <p1>;title="x";rel=up ,, <p2>;crossorigin;rel=next"#,
            "<p2>; rel=next; rel=prev",
            r#"<p1>; rel="nextish", <p2>; rel="next"; title*=UTF-8''l%27autre"#,
            "<a,b;c>; rel=up, <p2>; rel=next",
        ] {
            assert_eq!(
                of(&[field]).as_deref(),
                Some("http://a.example/list/p2"),
                "{field}"
            );
        }
    }

    #[test]
    fn an_anchor_that_names_another_page_makes_it_a_link_of_that_page() {
        assert_eq!(of(&[r#"<p2>; rel=next; anchor="/other""#]), None);
        assert!(of(&[r#"<p2>; rel=next; anchor="?page=1#list""#]).is_some());
    }

    #[test]
    fn what_is_no_link_is_read_up_to_there() {
        for field in [
            "",
            ",",
            "p2; rel=next",
            "<p2",
            "<p2>",
            "<p2>; rel",
            r#"<p2>; rel="next"#,
            "<p2> rel=next",
            "<p2>; rev=next",
            "<http://[>; rel=next",
        ] {
            assert_eq!(of(&[field]), None, "{field}");
        }
        assert!(of(&["<p2>; rel=next, junk"]).is_some());
    }

    proptest::proptest! {
        #[test]
        fn no_header_makes_it_panic(field in "[<>;,=\"\\\\ a-zé]{0,40}", start in "(<p>; rel=)?") {
            of(&[&format!("{start}{field}")]);
        }
    }
}
