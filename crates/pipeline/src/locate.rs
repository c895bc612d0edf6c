//! Line and column of what stands at a path of a TOML file, so that a problem points at the words to change.
//!
//! The stages check their own tables and name what is wrong by its path (`normalise.map.start`); only this module
//! knows where that path stands in the text.

use toml::de::{DeTable, DeValue};

/// A place in a text, both from 1, the column in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

/// The position of a byte offset.
pub fn at_offset(text: &str, offset: usize) -> Position {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let last = before.rsplit('\n').next().unwrap_or_default();
    Position {
        line,
        column: last.chars().count() + 1,
    }
}

/// The position of a dotted path: its key where it is there, else that of the deepest table on the way.
pub fn at_path(text: &str, path: &str) -> Option<Position> {
    let document = DeTable::parse(text).ok()?;
    let mut table = document.get_ref();
    let mut found = None;
    let mut steps = path.split('.').peekable();
    while let Some(step) = steps.next() {
        let (key, value) = table.iter().find(|(key, _)| key.get_ref() == step)?;
        found = Some(at_offset(text, key.span().start));
        let Some(next) = inner(value.get_ref(), &mut steps) else {
            break;
        };
        table = next;
        if !steps
            .peek()
            .is_some_and(|step| table.iter().any(|(key, _)| key.get_ref() == *step))
        {
            break;
        }
    }
    found
}

fn inner<'a, 'b>(
    value: &'a DeValue<'b>,
    steps: &mut std::iter::Peekable<std::str::Split<'_, char>>,
) -> Option<&'a DeTable<'b>> {
    match value {
        DeValue::Table(table) => Some(table),
        DeValue::Array(items) => {
            let index: usize = steps.next()?.parse().ok()?;
            match items.get(index)?.get_ref() {
                DeValue::Table(table) => Some(table),
                _ => None,
            }
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Position, at_offset, at_path};

    const FILE: &str = "title = \"é\"\n\n[normalise.map]\nname = \"n\"\nstart = { from = \"when\" }\n\n[[normalise.also]]\nkey = [\"a\"]\n";

    #[test]
    fn a_path_is_found_where_its_key_stands() {
        assert_eq!(
            at_path(FILE, "normalise.map.start"),
            Some(Position { line: 5, column: 1 })
        );
        assert_eq!(
            at_path(FILE, "normalise.map.start.from"),
            Some(Position {
                line: 5,
                column: 11
            })
        );
        assert_eq!(
            at_path(FILE, "normalise.also.0.key"),
            Some(Position { line: 8, column: 1 })
        );
    }

    #[test]
    fn a_path_that_is_not_there_gives_the_deepest_table() {
        assert_eq!(
            at_path(FILE, "normalise.map.url"),
            Some(Position {
                line: 3,
                column: 12
            })
        );
        assert_eq!(at_path(FILE, "extract"), None);
    }

    #[test]
    fn columns_count_characters() {
        assert_eq!(at_offset("aé\nbc", 5), Position { line: 2, column: 2 });
    }
}
