//! What is to be seen in a body to go on from it: wanted by `harvest`, seen by `extract`, which do not know each other.

/// What is wanted of a body.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Wanted<'a> {
    /// Selectors of links.
    pub links: &'a [&'a str],
    /// Places of texts: selectors, or JSON pointers.
    pub texts: &'a [&'a str],
    /// Whether records are to be counted.
    pub records: bool,
}

/// What was seen, in the order in which it was wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seen {
    /// The absolute addresses that each selector finds, in document order, each once.
    pub links: Vec<Vec<String>>,
    /// The text at each place. At a JSON pointer: none for null, false, an empty text or nothing at all; a list or an
    /// object (a compound cursor) gives its JSON text. At a selector in HTML: the first match, its text or attribute.
    pub texts: Vec<Option<String>>,
    /// How many records are listed; none where they were not to be counted.
    pub records: usize,
}
