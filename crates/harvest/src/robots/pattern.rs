//! What the path of a rule fits: `*`, `$` and percent-encoding, as RFC 9309 says in 2.2.2 and 2.2.3.
//!
//! Both sides are compared as octets, with percent-encoding undone, so that every spelling of an octet is the same one.
//! Two octets mean something else when encoded and stay so: `%25`, and `%2F` in a path. In a query `%2F` is `/`: the table
//! of 2.2.2 has it. A pattern is cut at its stars and each piece is looked for once, from left to right and without ever
//! going back, which finds a fit wherever there is one: the time is linear in pattern and address, however hostile they are.

use memchr::memmem;
use url::Url;

/// The path of a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pattern {
    /// What an address begins with, up to the first star.
    head: Vec<u8>,
    /// What comes between and after the stars; none is empty.
    pieces: Vec<Vec<u8>>,
    /// Whether the address ends where the last piece does.
    anchored: bool,
    /// How specific it is.
    octets: usize,
}

impl Pattern {
    /// Reads a pattern; of what has none to say, nothing fits.
    pub(super) fn new(text: &[u8]) -> Self {
        let body = text.strip_suffix(b"$");
        let ended = body.is_some();
        let body = body.unwrap_or(text);
        let mut queried = false;
        let mut pieces = body
            .split(|byte| *byte == b'*')
            .map(|piece| in_pattern(piece, &mut queried));
        let head = pieces.next().unwrap_or_default();
        let mut pieces: Vec<Vec<u8>> = pieces.collect();
        let stars = pieces.len();
        // A star at the end leaves nothing for `$` to say.
        let anchored = ended && pieces.last().is_none_or(|piece| !piece.is_empty());
        pieces.retain(|piece| !piece.is_empty());
        let octets = weight(&head) + pieces.iter().map(|piece| weight(piece)).sum::<usize>();
        Self {
            head,
            pieces,
            anchored,
            octets: octets + stars + usize::from(ended),
        }
    }

    /// How many octets it has where those that no address may hold as they are count as `%XX`; the longest rule decides.
    pub(super) fn octets(&self) -> usize {
        self.octets
    }

    /// Whether an address fits.
    pub(super) fn fits(&self, target: &Target) -> bool {
        let find = |text: &[u8], piece: &[u8]| memmem::find(text, piece);
        let decoded = target.decoded.as_ref();
        self.fits_text(&target.text, find)
            || decoded.is_some_and(|decoded| self.fits_text(decoded, find))
    }

    fn fits_text(&self, text: &[u8], mut find: impl FnMut(&[u8], &[u8]) -> Option<usize>) -> bool {
        let Some(mut rest) = text.strip_prefix(self.head.as_slice()) else {
            return false;
        };
        let (last, between) = match self.pieces.split_last() {
            Some((last, between)) if self.anchored => (Some(last), between),
            _ => (None, self.pieces.as_slice()),
        };
        for piece in between {
            let Some(at) = find(rest, piece) else {
                return false;
            };
            rest = rest.get(at + piece.len()..).unwrap_or_default();
        }
        match last {
            Some(last) => rest.ends_with(last),
            None => !self.anchored || rest.is_empty(),
        }
    }
}

/// What patterns are compared with: path and query of an address.
#[derive(Debug)]
pub(super) struct Target {
    text: Vec<u8>,
    /// The same with `%2F` undone in its query, where there is one.
    decoded: Option<Vec<u8>>,
}

impl Target {
    pub(super) fn new(url: &Url) -> Self {
        let mut text = undone(url.path().as_bytes(), KEPT_IN_PATH);
        let Some(query) = url.query() else {
            return Self {
                text,
                decoded: None,
            };
        };
        text.push(b'?');
        let kept = undone(query.as_bytes(), KEPT_IN_PATH);
        let bare = undone(query.as_bytes(), KEPT_IN_QUERY);
        let decoded = (bare != kept).then(|| [text.as_slice(), &bare].concat());
        text.extend(kept);
        Self { text, decoded }
    }
}

/// Octets that stay encoded.
const KEPT_IN_PATH: &[u8] = b"%/";
const KEPT_IN_QUERY: &[u8] = b"%";

/// A piece of a pattern; `queried` once the query has begun.
fn in_pattern(piece: &[u8], queried: &mut bool) -> Vec<u8> {
    let query = if *queried {
        Some(0)
    } else {
        memchr::memchr(b'?', piece)
    };
    *queried = query.is_some();
    let (path, query) = piece.split_at(query.unwrap_or(piece.len()));
    [undone(path, KEPT_IN_PATH), undone(query, KEPT_IN_QUERY)].concat()
}

/// Octets with percent-encoding undone but for those that are kept, and what is no encoding as it stands.
fn undone(text: &[u8], kept: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        let encoded = (*first == b'%').then(|| pair(after)).flatten();
        let Some((octet, after)) = encoded else {
            out.push(*first);
            continue;
        };
        rest = after;
        if kept.contains(&octet) {
            out.extend(format!("%{octet:02X}").bytes());
        } else {
            out.push(octet);
        }
    }
    out
}

/// The octet that two hexadecimal digits write, and what follows them.
fn pair(text: &[u8]) -> Option<(u8, &[u8])> {
    let (digits, after) = text.split_first_chunk::<2>()?;
    let [high, low] = digits.map(|digit| char::from(digit).to_digit(16));
    let octet = u8::try_from(high? * 16 + low?).ok()?;
    Some((octet, after))
}

fn weight(octets: &[u8]) -> usize {
    let weigh = |octet: &u8| if octet.is_ascii_graphic() { 1 } else { 3 };
    octets.iter().map(weigh).sum()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use url::Url;

    use super::{Pattern, Target};

    fn target(path: &str) -> Target {
        Target::new(&Url::parse(&format!("https://a.example{path}")).unwrap())
    }

    fn fits(pattern: &str, path: &str) -> bool {
        Pattern::new(pattern.as_bytes()).fits(&target(path))
    }

    #[test]
    fn a_pattern_fits_the_beginning() {
        assert!(fits("/", "/any"));
        assert!(fits("/fish", "/fish.html") && fits("/fish", "/fishheads/yummy.html"));
        assert!(
            !fits("/fish", "/Fish.asp") && !fits("/fish", "/catfish") && !fits("/fish/", "/fish")
        );
        assert!(!fits("fish", "/fish") && !fits("https://a.example/fish", "/fish"));
    }

    #[test]
    fn a_star_is_any_octets_and_a_dollar_the_end() {
        assert!(fits("/*.php", "/folder/any.php.file?x") && !fits("/*.php", "/windows.PHP"));
        assert!(
            fits("/*.php$", "/a.php.php")
                && !fits("/*.php$", "/a.php?x")
                && !fits("/*.php$", "/a.php/")
        );
        assert!(fits("/fish*.php", "/fishheads/catfish.php?id=1"));
        assert!(fits("/a$", "/a") && !fits("/a$", "/ab"));
        assert!(fits("/a*$", "/abc") && fits("/a**b*", "/ab") && fits("*", "/"));
        // The end may not be a piece that was already passed over.
        assert!(!fits("/*ab*ab$", "/ab") && fits("/*ab*ab$", "/abab"));
        // Only at the end is it the end.
        assert!(fits("/a$b", "/a$b") && !fits("/a$b", "/a"));
    }

    /// RFC 9309, the tables of 2.2.2 and 2.2.3.
    #[test]
    fn every_spelling_of_an_octet_is_the_same() {
        assert!(fits(
            "/foo/bar?baz=http://foo.bar",
            "/foo/bar?baz=http%3A%2F%2Ffoo.bar"
        ));
        assert!(fits(
            "/foo/bar?baz=http%3A%2F%2Ffoo.bar",
            "/foo/bar?baz=http://foo.bar"
        ));
        assert!(
            fits("/foo/bar/ツ", "/foo/bar/%E3%83%84") && fits("/foo/bar/%e3%83%84", "/foo/bar/ツ")
        );
        assert!(
            fits("/foo/bar/%62%61%7A", "/foo/bar/baz")
                && fits("/foo/bar/baz", "/foo/bar/%62%61%7a")
        );
        assert!(fits("/file-with-a-%2A.html", "/file-with-a-*.html"));
        assert!(!fits("/file-with-a-%2A.html", "/file-with-a-b.html"));
        assert!(fits("/foo-%24", "/foo-$") && !fits("/foo-%24", "/foo-"));
        assert!(fits("/a b", "/a%20b") && fits("/%zz", "/%zz"));
    }

    #[test]
    fn a_slash_that_a_path_encodes_is_no_slash() {
        assert!(!fits("/a%2fb", "/a/b") && !fits("/a/b", "/a%2Fb") && fits("/a%2fb", "/a%2Fb"));
        assert!(
            fits("/*http%3A%2F%2F", "/?u=http%3a%2f%2f") && fits("/*http://", "/?u=http%3A%2F%2F")
        );
        assert!(!fits("/%252F", "/%2F") && fits("/%252F", "/%252F"));
    }

    #[test]
    fn the_longer_pattern_has_more_octets_however_it_is_spelt() {
        let octets = |text: &str| Pattern::new(text.as_bytes()).octets();
        assert_eq!(octets("/a%62"), octets("/ab"));
        assert_eq!(octets("/é"), octets("/%C3%A9"));
        assert_eq!([octets("/"), octets("/*"), octets("/*$")], [1, 2, 3]);
    }

    /// The obvious way: try every length for every star.
    fn slowly(pattern: &[u8], text: &[u8]) -> bool {
        match pattern {
            [] => true,
            [b'$'] => text.is_empty(),
            [b'*', rest @ ..] => (0..=text.len()).any(|at| slowly(rest, &text[at..])),
            [first, rest @ ..] => text
                .split_first()
                .is_some_and(|(octet, text)| first == octet && slowly(rest, text)),
        }
    }

    /// How many octets are looked at, where each search is charged what it is given to pass over.
    fn steps(pattern: &Pattern, text: &[u8]) -> usize {
        let mut steps = pattern.head.len();
        pattern.fits_text(text, |text, piece| {
            let at = memchr::memmem::find(text, piece);
            steps += piece.len() + at.map_or(text.len(), |at| at + piece.len());
            at
        });
        steps + pattern.pieces.last().map_or(0, Vec::len)
    }

    #[test]
    fn a_hostile_pattern_takes_no_longer_than_it_is() {
        let text = ["/", &"a".repeat(8000)].concat();
        for hostile in ["*a", "a*", "*a*a*b", "**", "*aaaaaaaab", "a"] {
            for end in ["", "$", "b", "b$"] {
                let pattern = ["/", &hostile.repeat(20_000), end].concat();
                let steps = steps(&Pattern::new(pattern.as_bytes()), text.as_bytes());
                assert!(
                    steps <= 2 * (pattern.len() + text.len()),
                    "{hostile}{end}: {steps} steps"
                );
            }
        }
    }

    proptest! {
        #[test]
        fn a_fit_is_found_wherever_the_obvious_way_finds_one(pattern in "/[ab*$/]{0,8}", path in "/[ab$/]{0,10}") {
            let found = Pattern::new(pattern.as_bytes()).fits_text(path.as_bytes(), memchr::memmem::find);
            prop_assert_eq!(found, slowly(pattern.as_bytes(), path.as_bytes()));
        }

        #[test]
        fn steps_are_linear(pattern in "/[ab*]{0,60}[$]?", path in "/[ab]{0,60}") {
            let steps = steps(&Pattern::new(pattern.as_bytes()), path.as_bytes());
            prop_assert!(steps <= 2 * (pattern.len() + path.len()), "{} steps", steps);
        }

        #[test]
        fn no_octets_panic(pattern: Vec<u8>, path in "\\PC{0,40}") {
            if let Ok(url) = Url::parse("https://a.example").unwrap().join(&path) {
                Pattern::new(&pattern).fits(&Target::new(&url));
            }
        }

        #[test]
        fn an_address_fits_its_own_path(path in "/[a-z%?=/é&:@]{0,20}") {
            let url = Url::parse("https://a.example").unwrap().join(&path);
            if let Ok(url) = url && url.host_str() == Some("a.example") {
                let mut pattern = url.path().to_owned();
                if let Some(query) = url.query() {
                    pattern = [&pattern, "?", query].concat();
                }
                prop_assert!(Pattern::new(pattern.as_bytes()).fits(&Target::new(&url)), "{}", pattern);
            }
        }
    }
}
