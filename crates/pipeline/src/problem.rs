//! What is wrong in a definition or a schema: file, line, column, message, hint.
//!
//! Problems are for the operator, and stop everything before anything runs; what is wrong in the data of a source
//! is an `Issue`, and stops nothing.

use moisson_model::SchemaError;
use serde::Serialize;

use crate::locate::{self, Position};

/// A problem of a definition.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Problem {
    /// The file, as the operator would name it.
    pub file: String,
    /// Line, from 1; 0 where the file as a whole is meant.
    pub line: usize,
    /// Column, from 1; 0 where the file as a whole is meant.
    pub column: usize,
    /// What is wrong.
    pub message: String,
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

impl Problem {
    /// A problem of a file as a whole.
    pub fn of_file(file: &str, message: impl Into<String>) -> Self {
        Self {
            file: file.to_owned(),
            line: 0,
            column: 0,
            message: message.into(),
            hint: None,
        }
    }

    /// A problem at a byte of a file.
    pub fn at_offset(file: &str, text: &str, offset: usize, message: &str) -> Self {
        Self::of_file(file, message).at(locate::at_offset(text, offset))
    }

    /// A problem at a dotted path of a TOML file.
    pub fn at_path(file: &str, text: &str, path: &str, message: impl Into<String>) -> Self {
        let problem = Self::of_file(file, message);
        match locate::at_path(text, path) {
            Some(position) => problem.at(position),
            None => problem,
        }
    }

    /// What the TOML reader refused: the expected words become the hint.
    pub fn of_toml(file: &str, text: &str, error: &toml::de::Error) -> Self {
        let (message, hint) = split_expected(error.message());
        let problem = Self {
            hint,
            ..Self::of_file(file, message)
        };
        match error.span() {
            Some(span) => problem.at(locate::at_offset(text, span.start)),
            None => problem,
        }
    }

    /// What the JSON reader refused.
    pub fn of_json(file: &str, error: &serde_json::Error) -> Self {
        let place = Position {
            line: error.line(),
            column: error.column(),
        };
        Self::of_file(file, error.to_string()).at(place)
    }

    /// What a schema says that cannot be read: where its pointer leads, as far as the last of its keys is found.
    pub fn of_schema(file: &str, text: &str, error: &SchemaError) -> Self {
        match error {
            SchemaError::Json(error) => Self::of_json(file, error),
            SchemaError::Keyword { pointer, .. } => {
                let problem = Self::of_file(file, error.to_string());
                let key = format!("\"{}\"", pointer.rsplit('/').next().unwrap_or_default());
                match text.find(&key) {
                    Some(offset) => problem.at(locate::at_offset(text, offset)),
                    None => problem
                        .hint("the keyword is missing; `schemas/README.md` says what each must be"),
                }
            }
        }
    }

    /// The same problem with a hint.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The same problem with the words that could stand there: the nearest first.
    #[must_use]
    pub fn expected(self, words: &[String]) -> Self {
        if words.is_empty() {
            return self;
        }
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let given = quoted(&self.message)
            .iter()
            .find_map(|given| nearest(given, &words))
            .map(str::to_owned);
        let listed = format!("expected one of `{}`", words.join("`, `"));
        self.hint(match given {
            Some(word) => format!("did you mean `{word}`? {listed}"),
            None => listed,
        })
    }

    fn at(mut self, position: Position) -> Self {
        self.line = position.line;
        self.column = position.column;
        self
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.file)?;
        if self.line > 0 {
            write!(f, ":{}:{}", self.line, self.column)?;
        }
        write!(f, ": {}", self.message)
    }
}

/// Serde says what is wrong and what was expected in one line: the second half is what to do.
fn split_expected(message: &str) -> (String, Option<String>) {
    let Some((wrong, expected)) = message.split_once(", expected") else {
        return (message.to_owned(), None);
    };
    let words = quoted(expected);
    let nearest = quoted(wrong)
        .first()
        .and_then(|given| nearest(given, &words).map(str::to_owned));
    let hint = match nearest {
        Some(word) => format!("did you mean `{word}`? expected{expected}"),
        None => format!("expected{expected}"),
    };
    (wrong.to_owned(), Some(hint))
}

fn quoted(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

/// The word nearest to what was given, where one is near.
pub(crate) fn nearest<'a>(given: &str, words: &[&'a str]) -> Option<&'a str> {
    let scored = words
        .iter()
        .map(|word| (strsim::normalized_damerau_levenshtein(given, word), *word));
    let best = scored.max_by(|a, b| a.0.total_cmp(&b.0))?;
    (best.0 >= 0.6).then_some(best.1)
}

#[cfg(test)]
mod tests {
    use super::{Problem, split_expected};

    #[test]
    fn a_misspelt_key_gets_the_nearest_word() {
        let (message, hint) =
            split_expected("unknown field `recrods`, expected one of `format`, `records`");
        assert_eq!(message, "unknown field `recrods`");
        assert_eq!(
            hint.unwrap(),
            "did you mean `records`? expected one of `format`, `records`"
        );
    }

    #[test]
    fn a_problem_prints_like_a_compiler_message() {
        let text = "[expect]\nrecord = 3\n";
        let problem = Problem::at_path("a.toml", text, "expect.record", "unknown field `record`");
        assert_eq!(problem.to_string(), "a.toml:2:1: unknown field `record`");
    }
}
