//! The ordered table of steps: from the raw values of a column to values that its schema allows.
//!
//! A step is a name and a pure function over the values of one column; nothing is dynamic. Whether a step applies
//! is settled once, from the schema's column and the mapping's options, so that a record only runs those that do.
//! A step that drops a value says so in the notes; a step run twice gives what it gave the first time, except for
//! the choosing ones (`regex`, `lookup`). Events' dates are finished in [`crate::moments`]: they fill several
//! columns at once.

pub(crate) mod boolean;
pub(crate) mod concept;
pub(crate) mod coordinate;
pub(crate) mod country;
pub(crate) mod date;
pub(crate) mod decode;
pub(crate) mod identifier;
pub(crate) mod language;
pub(crate) mod list;
pub(crate) mod lookup;
pub(crate) mod number;
pub(crate) mod pattern;
pub(crate) mod private;
pub(crate) mod split;
pub(crate) mod text;
pub(crate) mod url;
pub(crate) mod values;

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use moisson_model::{Column, Issue, Shape, Stage};
use regex::Regex;
use serde_json::Value;

use crate::spec::Epoch;

/// A step: its name in traces, when it applies, what it does.
#[derive(Debug)]
pub struct Step {
    /// The name, in traces and documents.
    pub name: &'static str,
    /// Whether a column takes it.
    pub(crate) applies: fn(&Field) -> bool,
    /// What it makes of the values.
    pub(crate) apply: fn(&Field, Vec<Value>, &mut Notes) -> Vec<Value>,
}

/// All steps, in the order in which values pass them.
pub const STEPS: &[Step] = &[
    Step {
        name: "values",
        applies: |_| true,
        apply: values::apply,
    },
    Step {
        name: "decode",
        applies: |_| true,
        apply: decode::apply,
    },
    Step {
        name: "regex",
        applies: |field| field.regex.is_some(),
        apply: pattern::apply,
    },
    Step {
        name: "split",
        applies: |field| field.split.is_some(),
        apply: split::apply,
    },
    Step {
        name: "text",
        applies: |_| true,
        apply: text::apply,
    },
    Step {
        name: "lookup",
        applies: |field| field.lookup.is_some(),
        apply: lookup::apply,
    },
    Step {
        name: "concept",
        applies: |field| field.sort == Sort::Code,
        apply: concept::apply,
    },
    Step {
        name: "url",
        applies: |field| field.sort == Sort::Url,
        apply: url::apply,
    },
    Step {
        name: "country",
        applies: |field| field.sort == Sort::Country,
        apply: country::apply,
    },
    Step {
        name: "language",
        applies: |field| field.sort == Sort::Language,
        apply: language::apply,
    },
    Step {
        name: "identifier",
        applies: |field| matches!(field.sort, Sort::Identifier(_)),
        apply: identifier::apply,
    },
    Step {
        name: "number",
        applies: Field::is_number,
        apply: number::apply,
    },
    Step {
        name: "boolean",
        applies: |field| field.sort == Sort::Boolean,
        apply: boolean::apply,
    },
    Step {
        name: "coordinate",
        applies: |field| matches!(field.sort, Sort::Coordinate(_)),
        apply: coordinate::apply,
    },
    Step {
        name: "date",
        applies: |field| field.sort == Sort::Date,
        apply: date::apply,
    },
    Step {
        name: "private",
        applies: |field| matches!(field.sort, Sort::Text | Sort::Url),
        apply: private::apply,
    },
    Step {
        name: "list",
        applies: |_| true,
        apply: list::apply,
    },
];

/// What the values of a column are: it follows from the schema alone.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Sort {
    /// Free text.
    Text,
    /// A notation of a vocabulary, or a word of an enumeration.
    Code,
    /// An address of the web.
    Url,
    /// An ISO 3166-1 code.
    Country,
    /// A BCP 47 tag.
    Language,
    /// An identifier of a register.
    Identifier(identifier::Scheme),
    /// A number.
    Number,
    /// A degree between minus and plus this.
    Coordinate(f64),
    /// True or false.
    Boolean,
    /// A date, read by itself.
    Date,
    /// A date of an event: its words are read together with those of its other columns.
    Moment,
}

/// Columns whose values are dates, also where their type is text: then partial dates are kept.
pub(crate) const DATES: [&str; 9] = [
    "start",
    "end",
    "start_date",
    "end_date",
    "published",
    "updated",
    "founded",
    "closed",
    "as_of",
];

impl Sort {
    /// The sort of a column; `moments` where the table fills the dates of an event together.
    pub(crate) fn of(column: &Column, coded: bool, moments: bool) -> Self {
        let name = column.name.as_str();
        if moments && matches!(name, "start" | "end" | "start_date" | "end_date") {
            return Self::Moment;
        }
        if let Some(scheme) = identifier::Scheme::of(column) {
            return Self::Identifier(scheme);
        }
        match (column.shape, name) {
            (Shape::Boolean, _) => Self::Boolean,
            (Shape::Number, "lat") => Self::Coordinate(90.0),
            (Shape::Number, "lon") => Self::Coordinate(180.0),
            (Shape::Number | Shape::Integer, _) => Self::Number,
            (Shape::Date | Shape::Timestamp, _) => Self::Date,
            (Shape::Text, _) if coded => Self::Code,
            (Shape::Text, _) if column.uri => Self::Url,
            (Shape::Text, "country") => Self::Country,
            (Shape::Text, "language" | "languages") => Self::Language,
            (Shape::Text, name) if DATES.contains(&name) => Self::Date,
            (Shape::Text, _) => Self::Text,
        }
    }
}

/// A column as steps see it: schema, options, and the source's language and zone.
#[derive(Debug, Clone)]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) shape: Shape,
    pub(crate) list: bool,
    pub(crate) sort: Sort,
    /// Folded word → notation, of a coded column.
    pub(crate) words: BTreeMap<String, String>,
    /// Folded raw value → notations.
    pub(crate) lookup: Option<BTreeMap<String, Vec<String>>>,
    pub(crate) regex: Option<Regex>,
    pub(crate) split: Option<String>,
    pub(crate) epoch: Option<Epoch>,
    pub(crate) language: String,
    pub(crate) zone: TimeZone,
}

impl Field {
    fn is_number(&self) -> bool {
        matches!(self.sort, Sort::Number | Sort::Coordinate(_))
    }

    /// The steps that this column takes.
    pub(crate) fn steps(&self) -> Vec<&'static Step> {
        STEPS.iter().filter(|step| (step.applies)(self)).collect()
    }
}

/// What steps have to say of the values of one column: issues, without record and source yet.
pub(crate) struct Notes<'a> {
    pub(crate) issues: &'a mut Vec<Issue>,
    pub(crate) location: Option<&'a str>,
}

impl Notes<'_> {
    /// A value was lost.
    pub(crate) fn lost(&mut self, code: &str, message: impl Into<String>) {
        self.push(Issue::error(Stage::Normalise, code, message));
    }

    /// A value was changed, or something else should be known.
    pub(crate) fn warn(&mut self, code: &str, message: impl Into<String>) {
        self.push(Issue::warning(Stage::Normalise, code, message));
    }

    /// The same notes, of another place.
    pub(crate) fn at<'b>(&'b mut self, location: Option<&'b str>) -> Notes<'b> {
        Notes {
            issues: &mut *self.issues,
            location,
        }
    }

    fn push(&mut self, issue: Issue) {
        let issue = match self.location {
            Some(location) => issue.at(location),
            None => issue,
        };
        self.issues.push(issue);
    }
}

/// Each text through a function; what is no text passes.
pub(crate) fn each_text(
    values: Vec<Value>,
    mut change: impl FnMut(String) -> Option<Value>,
) -> Vec<Value> {
    let step = |value| match value {
        Value::String(text) => change(text),
        other => Some(other),
    };
    values.into_iter().filter_map(step).collect()
}

#[cfg(test)]
pub(crate) mod tests {
    use std::collections::BTreeMap;

    use jiff::tz::{TimeZone, TimeZoneDatabase};
    use moisson_model::{Issue, Shape};
    use serde_json::Value;

    use super::{Field, Notes, STEPS, Sort};

    pub(crate) fn paris() -> TimeZone {
        TimeZoneDatabase::bundled().get("Europe/Paris").unwrap()
    }

    pub(crate) fn field(name: &str, sort: Sort) -> Field {
        let shape = match sort {
            Sort::Number | Sort::Coordinate(_) => Shape::Number,
            Sort::Boolean => Shape::Boolean,
            _ => Shape::Text,
        };
        Field {
            name: name.to_owned(),
            shape,
            list: false,
            sort,
            words: BTreeMap::new(),
            lookup: None,
            regex: None,
            split: None,
            epoch: None,
            language: "fr".to_owned(),
            zone: paris(),
        }
    }

    /// Runs the steps of a field; the values and the codes of the issues.
    pub(crate) fn run(field: &Field, raw: Value) -> (Vec<Value>, Vec<String>) {
        let mut issues: Vec<Issue> = Vec::new();
        let mut notes = Notes {
            issues: &mut issues,
            location: None,
        };
        let steps = field.steps();
        let values = steps.iter().fold(vec![raw], |values, step| {
            (step.apply)(field, values, &mut notes)
        });
        (values, issues.into_iter().map(|issue| issue.code).collect())
    }

    #[test]
    fn names_of_steps_are_unique() {
        let mut names: Vec<_> = STEPS.iter().map(|step| step.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), STEPS.len());
    }
}
