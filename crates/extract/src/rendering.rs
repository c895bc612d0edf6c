//! The text of an element as a browser shows it, on one line: white space collapsed, blocks and line breaks
//! apart, scripts and styles left out. A no-break space becomes a space of its own, which does not collapse.

use scraper::{ElementRef, Html, Node};

/// Elements whose content is not text of the page.
const UNSEEN: [&str; 5] = ["script", "style", "template", "noscript", "iframe"];

/// Elements that stand within a line; every other one begins and ends a line (or a cell, or an option).
const INLINE: [&str; 42] = [
    "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em",
    "font", "i", "img", "ins", "kbd", "label", "mark", "math", "nobr", "output", "q", "rp", "rt",
    "ruby", "s", "samp", "slot", "small", "span", "strike", "strong", "sub", "sup", "svg", "time",
    "tt", "u", "var", "wbr",
];

/// The text of an element. A script or style that is asked for itself gives its source.
pub(crate) fn text(element: ElementRef<'_>) -> String {
    if UNSEEN.contains(&element.value().name()) {
        return element.text().collect();
    }
    let mut line = Line::default();
    let root = element.id();
    let mut next = element.first_child();
    // By hand and not by recursion: pages nest as deep as their authors forgot to close.
    while let Some(mut node) = next {
        let seen = line.enter(node.value());
        next = node.first_child().filter(|_| seen);
        while next.is_none() {
            line.leave(node.value());
            next = node.next_sibling();
            if next.is_some() {
                break;
            }
            match node.parent() {
                Some(parent) if parent.id() != root => node = parent,
                _ => return line.finish(),
            }
        }
    }
    line.finish()
}

/// The text of a fragment of HTML.
pub(crate) fn fragment(html: &str) -> String {
    text(Html::parse_fragment(html).root_element())
}

/// The text of a plain text: white space collapsed by the same rule.
pub(crate) fn plain(text: &str) -> String {
    let mut line = Line::default();
    line.push(text);
    line.finish()
}

#[derive(Default)]
struct Line {
    text: String,
    gap: bool,
}

impl Line {
    /// Whether the content is to be read.
    fn enter(&mut self, node: &Node) -> bool {
        match node {
            Node::Text(text) => self.push(text),
            Node::Element(element) if UNSEEN.contains(&element.name()) => return false,
            Node::Element(element) => self.gap |= !INLINE.contains(&element.name()),
            _ => (),
        }
        true
    }

    fn leave(&mut self, node: &Node) {
        if let Node::Element(element) = node {
            let within = INLINE.contains(&element.name()) || UNSEEN.contains(&element.name());
            self.gap |= !within;
        }
    }

    fn push(&mut self, text: &str) {
        for character in text.chars() {
            if matches!(character, ' ' | '\t' | '\n' | '\r' | '\u{c}') {
                self.gap = true;
                continue;
            }
            if self.gap && !self.text.is_empty() {
                self.text.push(' ');
            }
            self.gap = false;
            self.text.push(if character == '\u{a0}' {
                ' '
            } else {
                character
            });
        }
    }

    fn finish(self) -> String {
        self.text.trim().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::fragment;

    #[test]
    fn white_space_is_what_a_browser_shows() {
        assert_eq!(fragment("<p>un\n  deux</p><p>trois</p>"), "un deux trois");
        assert_eq!(fragment("<b>a</b>b<i> c</i>"), "ab c");
        assert_eq!(fragment("rue<br>ville"), "rue ville");
        assert_eq!(fragment("<ul><li>a<li>b</ul>c"), "a b c");
        assert_eq!(fragment("&nbsp;12&nbsp;h&nbsp;"), "12 h");
    }

    #[test]
    fn scripts_and_styles_are_not_text() {
        let html =
            "a<script>x()</script>b<style>c{}</style><template><p>d</p></template>e<!-- f -->";
        assert_eq!(fragment(html), "abe");
    }

    #[test]
    fn depth_does_not_matter() {
        assert_eq!(fragment(&format!("{}x", "<i>".repeat(20_000))), "x");
    }
}
