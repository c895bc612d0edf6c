//! What people decided: the judgements file beside a dataset.
//!
//! Columns `type,left,right,judgement,because`, where a side is `slug/key`. A decision wins over scores and over the
//! gates of numbers, qualifiers and keys, never over the gate of type: both sides are of the row's type.

use std::collections::BTreeMap;

use moisson_model::{Kind, Member, RecordKey, SourceId};
use serde::{Deserialize, Serialize};

use crate::Error;

/// A decision on one pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Decision {
    /// One thing.
    Same,
    /// Two things.
    Different,
    /// Looked at and left open: it is not proposed again.
    Unsure,
}

/// A row of the judgements file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Judgement {
    /// What was decided.
    pub decision: Decision,
    /// Why, in words.
    pub because: String,
    /// The line of the file.
    pub line: u64,
}

/// The judgements of a dataset.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Judgements {
    pairs: BTreeMap<(Member, Member), Judgement>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    r#type: Kind,
    left: String,
    right: String,
    judgement: Decision,
    because: String,
}

impl Judgements {
    /// Reads the file. Lines that begin with `#` are comments; a pair stands once, either way round.
    pub fn parse(csv: &str) -> Result<Self, Error> {
        let text = csv.strip_prefix('\u{feff}').unwrap_or(csv);
        let mut reader = csv::ReaderBuilder::new()
            .comment(Some(b'#'))
            .trim(csv::Trim::All)
            .from_reader(text.as_bytes());
        let headers = reader.headers().map_err(|error| fault(1, &error))?.clone();
        let mut read = Self::default();
        for record in reader.records() {
            let record = record.map_err(|error| fault(line_of(text, error.position()), &error))?;
            let line = line_of(text, record.position());
            let row: Row = record
                .deserialize(Some(&headers))
                .map_err(|error| fault(line, &error))?;
            read.insert(row, line)?;
        }
        Ok(read)
    }

    fn insert(&mut self, row: Row, line: u64) -> Result<(), Error> {
        let left = member(row.r#type, &row.left, line)?;
        let right = member(row.r#type, &row.right, line)?;
        if left == right {
            return Err(fault(line, &format_args!("`{left}` is judged with itself")));
        }
        let made = Judgement {
            decision: row.judgement,
            because: row.because,
            line,
        };
        let pair = ordered(left, right);
        if let Some(before) = self.pairs.get(&pair) {
            let words = format!(
                "`{}` and `{}` are judged on line {} too",
                pair.0, pair.1, before.line
            );
            return Err(fault(line, &words));
        }
        self.pairs.insert(pair, made);
        Ok(())
    }

    /// What was decided on a pair, either way round.
    pub fn between(&self, left: &Member, right: &Member) -> Option<Judgement> {
        self.pairs
            .get(&ordered(left.clone(), right.clone()))
            .cloned()
    }

    /// The pairs judged to be one thing, the lesser member first.
    pub fn same(&self) -> impl Iterator<Item = (Member, Member)> {
        self.all()
            .filter(|(_, _, judgement)| judgement.decision == Decision::Same)
            .map(|(left, right, _)| (left.clone(), right.clone()))
    }

    /// All judgements, the lesser member first.
    pub fn all(&self) -> impl Iterator<Item = (&Member, &Member, &Judgement)> {
        self.pairs
            .iter()
            .map(|((left, right), judgement)| (left, right, judgement))
    }
}

fn member(kind: Kind, text: &str, line: u64) -> Result<Member, Error> {
    let parts = text.split_once('/').and_then(|(slug, key)| {
        let source = SourceId::new(slug)?;
        (!key.is_empty()).then(|| (source, RecordKey::from_joined(key)))
    });
    let (source, key) =
        parts.ok_or_else(|| fault(line, &format_args!("`{text}` is no `slug/key` of a record")))?;
    Ok(Member { kind, source, key })
}

fn ordered(left: Member, right: Member) -> (Member, Member) {
    if left <= right {
        (left, right)
    } else {
        (right, left)
    }
}

/// The line that a row begins on: the reader's position may stand before the comments above it.
fn line_of(text: &str, position: Option<&csv::Position>) -> u64 {
    let start = position.map_or(1, csv::Position::line);
    let rest = text
        .lines()
        .skip(usize::try_from(start.saturating_sub(1)).unwrap_or(0));
    let above = rest.take_while(|line| line.starts_with('#') || line.trim().is_empty());
    start + u64::try_from(above.count()).unwrap_or(0)
}

fn fault(line: u64, message: &dyn std::fmt::Display) -> Error {
    Error::Judgements {
        line,
        message: message.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Decision, Judgements};

    const HEAD: &str = "type,left,right,judgement,because\n";

    #[test]
    fn a_pair_is_found_either_way_round() {
        let rows = "# said by the team\nactor,b/2|x,a/1,same,\"one site, two names\"\n";
        let judgements = Judgements::parse(&format!("{HEAD}{rows}")).unwrap();
        let (left, right) = judgements.same().next().unwrap();
        assert_eq!(
            (left.to_string(), right.to_string()),
            ("a/1".into(), "b/2|x".into())
        );
        let found = judgements.between(&right, &left).unwrap();
        assert_eq!((found.decision, found.line), (Decision::Same, 3));
    }

    #[test]
    fn a_fault_names_its_line() {
        let bad = [
            ("actor,a/1,b/2,perhaps,x\n", 2),
            ("actor,a/1,b/2,same,x\nactor,b/2,a/1,different,x\n", 3),
            ("actor,a/1,a/1,same,x\n", 2),
            ("actor,a/1,b2,same,x\n", 2),
            ("person,a/1,b/2,same,x\n", 2),
            ("actor,a/1,b/2,same\n", 2),
        ];
        for (rows, line) in bad {
            let error = Judgements::parse(&format!("{HEAD}{rows}")).unwrap_err();
            assert_eq!(error.line(), Some(line), "{rows}: {error}");
        }
        assert!(Judgements::parse("left,right\na/1,b/2\n").is_err());
    }
}
