//! A source file and a dataset file, read and checked as a whole before anything runs.
//!
//! The struct of each table lives beside the code that obeys it (`harvest::Spec` …); here the tables are joined, and
//! what a stage refuses is turned into a problem at its line and column.

use std::collections::{BTreeMap, BTreeSet};

use moisson_extract::Extractor;
use moisson_model::{
    Digest, Kind, Label, Licence, Publisher, Redistribution, Schema, Source, SourceId, Vocabularies,
};
use moisson_normalise::Rules;
use serde::Deserialize;

use crate::cadence::{Cadence, Fault};
use crate::expect;
use crate::problem::Problem;
use crate::retention::Retention;

/// Beginnings of the SPDX identifiers of open licences for data, and of those for code that data come under.
const OPEN: [&str; 16] = [
    "etalab-",
    "CC0-",
    "CC-BY-1",
    "CC-BY-2",
    "CC-BY-3",
    "CC-BY-4",
    "CC-BY-SA-",
    "ODbL-",
    "ODC-By-",
    "PDDL-",
    "OGL-UK-",
    "DL-DE-",
    "MIT",
    "Apache-",
    "BSD-",
    "Unlicense",
];

/// What stands in `[extract]`, for one who wrote something else.
const SELECTION: &str = "a CSS selector, as in `article.event`, with `@attribute` where an attribute is meant, as in `a@href`; \
     in JSON a pointer, as in `/items`";

/// The source file as it is written.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct SourceFile {
    title: Label,
    #[serde(default)]
    homepage: Option<String>,
    publisher: Publisher,
    licence: Licence,
    schedule: String,
    language: String,
    timezone: String,
    #[serde(default)]
    retention: Option<Retention>,
    harvest: moisson_harvest::Spec,
    extract: moisson_extract::Spec,
    normalise: moisson_normalise::Spec,
    expect: expect::Spec,
}

/// A source, ready to run.
pub struct Definition {
    /// What it says of itself.
    pub source: Source,
    /// When it is due.
    pub cadence: Cadence,
    /// How long its pages stay in the archive; for ever where it does not say.
    pub retention: Option<Retention>,
    /// Its requests.
    pub harvest: moisson_harvest::Spec,
    /// Its records.
    pub extractor: Extractor,
    /// Its entities.
    pub rules: Rules,
    /// The kind of its first schema.
    pub kind: Kind,
    /// Its gate.
    pub expect: expect::Spec,
    /// The digest of the file: a run under another definition is no repetition.
    pub digest: Digest,
}

/// The files that definitions refer to.
pub struct Contract {
    /// The schemas by kind.
    pub schemas: BTreeMap<Kind, Schema>,
    /// The vocabularies by scheme.
    pub vocabularies: Vocabularies,
    /// The digest of their files.
    pub digest: Digest,
}

impl Definition {
    /// Reads a source file. The slug is the stem of its name.
    pub fn read(file: &str, text: &str, contract: &Contract) -> Result<Self, Vec<Problem>> {
        let id = slug(file).ok_or_else(|| {
            vec![
                Problem::of_file(
                    file,
                    "the name of a source file is its slug, and cannot be this",
                )
                .hint("use lower-case letters, digits and hyphens, as in `ville-agenda.toml`"),
            ]
        })?;
        not_utf8(file, text)?;
        let stated: SourceFile =
            toml::from_str(text).map_err(|error| vec![Problem::of_toml(file, text, &error)])?;
        Checker {
            file,
            text,
            contract,
            problems: Vec::new(),
        }
        .definition(id, stated)
    }
}

/// Collects every problem of a file, so that an operator mends it in one go.
struct Checker<'a> {
    file: &'a str,
    text: &'a str,
    contract: &'a Contract,
    problems: Vec<Problem>,
}

impl Checker<'_> {
    fn definition(mut self, id: SourceId, stated: SourceFile) -> Result<Definition, Vec<Problem>> {
        let cadence = self.cadence(&stated);
        self.harvest(&stated.harvest);
        let extractor = self.extractor(&stated.extract);
        let source = Source {
            id,
            title: stated.title,
            homepage: stated.homepage,
            publisher: stated.publisher,
            licence: stated.licence,
            language: stated.language,
            timezone: stated.timezone,
        };
        self.licence(&source.licence);
        let rules = self.rules(&stated.normalise, &source);
        let kind = stated
            .normalise
            .schema
            .split('/')
            .next()
            .and_then(Kind::from_name);
        let (Some(cadence), Some(extractor), Some(rules), Some(kind)) =
            (cadence, extractor, rules, kind)
        else {
            return Err(self.found());
        };
        if !self.problems.is_empty() {
            return Err(self.found());
        }
        Ok(Definition {
            source,
            cadence,
            retention: stated.retention,
            harvest: stated.harvest,
            extractor,
            rules,
            kind,
            expect: stated.expect,
            digest: Digest::of(self.text.as_bytes()),
        })
    }

    /// What is requested, and the selectors by which it goes on: those are `extract`'s to read.
    fn harvest(&mut self, spec: &moisson_harvest::Spec) {
        if let Err(error) = spec.check() {
            self.problem(error.path(), error.to_string());
        }
        let selectors = spec.selectors();
        let wrong = selectors
            .filter_map(|(key, selector)| moisson_extract::check_selector(key, selector).err());
        for error in wrong {
            self.selection("harvest", &error);
        }
        let pattern = spec
            .paging
            .as_ref()
            .and_then(|paging| paging.pattern.as_ref());
        if let Some(pattern) = pattern
            && let Err(error) = moisson_extract::check_pattern("paging.match", pattern)
        {
            self.problem("harvest.paging.match", error.to_string());
        }
    }

    /// What `extract` cannot read in a table.
    fn selection(&mut self, table: &str, error: &moisson_extract::Error) {
        let path = format!("{table}.{}", error.key());
        let problem = Problem::at_path(self.file, self.text, &path, error.to_string());
        self.problems.push(problem.hint(SELECTION));
    }

    /// A licence that is not known is not open.
    fn licence(&mut self, licence: &Licence) {
        let known = OPEN.iter().any(|open| licence.id.starts_with(open));
        let open =
            licence.redistribution.is_open() && licence.redistribution != Redistribution::FactsOnly;
        if (open || licence.redistribution == Redistribution::OpenSharealike) && !known {
            let message = format!("`{}` is no open licence that is known here", licence.id);
            let hint = "give its SPDX identifier, as `etalab-2.0`; where it is not open, say `facts-only` or `unknown`";
            self.problems
                .push(Problem::at_path(self.file, self.text, "licence", message).hint(hint));
        }
    }

    fn cadence(&mut self, stated: &SourceFile) -> Option<Cadence> {
        let fault = match Cadence::new(&stated.schedule, &stated.timezone) {
            Ok(cadence) => return Some(cadence),
            Err(fault) => fault,
        };
        let (path, hint) = match fault {
            Fault::Cron(_) => (
                "schedule",
                "five fields, as in `17 4 * * *`: every day at 04:17",
            ),
            Fault::Zone(_) => ("timezone", "an IANA name, as in `Europe/Paris`"),
        };
        self.problems
            .push(Problem::at_path(self.file, self.text, path, fault.to_string()).hint(hint));
        None
    }

    fn extractor(&mut self, spec: &moisson_extract::Spec) -> Option<Extractor> {
        Extractor::new(spec)
            .map_err(|error| self.selection("extract", &error))
            .ok()
    }

    fn rules(&mut self, spec: &moisson_normalise::Spec, source: &Source) -> Option<Rules> {
        Rules::new(
            spec,
            source,
            &self.contract.schemas,
            &self.contract.vocabularies,
        )
        .map_err(|error| {
            let problem = Problem::at_path(self.file, self.text, error.path(), error.to_string());
            self.problems.push(problem.expected(error.expected()));
        })
        .ok()
    }

    /// The problems found, one for each place: what two stages refuse is mended once.
    fn found(mut self) -> Vec<Problem> {
        let mut places = BTreeSet::new();
        self.problems
            .retain(|problem| problem.line == 0 || places.insert((problem.line, problem.column)));
        self.problems
    }

    fn problem(&mut self, path: &str, message: String) {
        self.problems
            .push(Problem::at_path(self.file, self.text, path, message));
    }
}

/// The dataset file as it is written.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct DatasetFile {
    title: Label,
    description: Label,
    base_iri: String,
    licence: String,
    publisher: Publisher,
    sources: Vec<String>,
    #[serde(default)]
    judgements: Option<String>,
    #[serde(default)]
    resolve: moisson_resolve::Spec,
    #[serde(default)]
    publish: moisson_publish::Spec,
}

/// A dataset, ready to resolve and publish.
pub struct Dataset {
    /// What the publication says of it.
    pub about: moisson_publish::Dataset,
    /// Slugs of sources, with `*` as wildcard.
    pub sources: Vec<String>,
    /// How duplicates are found.
    pub resolve: moisson_resolve::Rules,
    /// What people decided.
    pub judgements: moisson_resolve::Judgements,
    /// How it is published.
    pub publish: moisson_publish::Spec,
    /// The digest of the file and of its judgements.
    pub digest: Digest,
}

impl Dataset {
    /// Reads a dataset file; `judgements` finds the file it names, beside it.
    pub fn read(
        file: &str,
        text: &str,
        judgements: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, Vec<Problem>> {
        not_utf8(file, text)?;
        let stated: DatasetFile =
            toml::from_str(text).map_err(|error| vec![Problem::of_toml(file, text, &error)])?;
        let at = |path: &str, message: String| vec![Problem::at_path(file, text, path, message)];
        let slug = slug(file).ok_or_else(|| {
            vec![Problem::of_file(
                file,
                "the name of a dataset file is its slug",
            )]
        })?;
        if !stated.base_iri.starts_with("http") || !stated.base_iri.ends_with('/') {
            return Err(at(
                "base_iri",
                format!("`{}` is no base: an IRI that ends in `/`", stated.base_iri),
            ));
        }
        let decided = match &stated.judgements {
            None => String::new(),
            Some(name) => judgements(name)
                .ok_or_else(|| at("judgements", format!("there is no file `{name}` here")))?,
        };
        let resolve = moisson_resolve::Rules::new(&stated.resolve)
            .map_err(|error| at("resolve", error.to_string()))?;
        let judgements = moisson_resolve::Judgements::parse(&decided)
            .map_err(|error| at("judgements", error.to_string()))?;
        Ok(Self {
            about: moisson_publish::Dataset {
                slug: slug.as_str().to_owned(),
                title: stated.title,
                description: stated.description,
                base_iri: stated.base_iri,
                licence: stated.licence,
                publisher: stated.publisher,
            },
            sources: stated.sources,
            resolve,
            judgements,
            publish: stated.publish,
            digest: Digest::of_parts([text, decided.as_str()]),
        })
    }

    /// Whether a source is part of it.
    pub fn holds(&self, source: &SourceId) -> bool {
        self.sources
            .iter()
            .any(|pattern| fits(pattern, source.as_str()))
    }
}

/// Whether a slug fits a pattern in which `*` stands for any characters.
fn fits(pattern: &str, slug: &str) -> bool {
    let Some((head, tail)) = pattern.split_once('*') else {
        return pattern == slug;
    };
    let Some(rest) = slug.strip_prefix(head) else {
        return false;
    };
    (0..=rest.len()).any(|start| rest.get(start..).is_some_and(|rest| fits(tail, rest)))
}

/// Bytes that are no UTF-8 were read as replacement characters: the first is pointed at.
fn not_utf8(file: &str, text: &str) -> Result<(), Vec<Problem>> {
    let Some(offset) = text.find(char::REPLACEMENT_CHARACTER) else {
        return Ok(());
    };
    let problem = Problem::at_offset(file, text, offset, "this is no UTF-8 text");
    Err(vec![problem.hint("save the file as UTF-8")])
}

fn slug(file: &str) -> Option<SourceId> {
    let name = file.rsplit(['/', '\\']).next()?;
    SourceId::new(name.strip_suffix(".toml")?)
}

#[cfg(test)]
mod tests {
    use super::{fits, slug};

    #[test]
    fn a_wildcard_stands_for_any_characters() {
        assert!(fits("demo-*", "demo-annuaire"));
        assert!(fits("*-agenda", "ville-agenda"));
        assert!(!fits("demo-*", "real-mednum"));
        assert!(fits("one", "one"));
    }

    #[test]
    fn a_slug_is_the_stem_of_its_file() {
        assert_eq!(
            slug("pipelines/sources/demo/demo-annuaire.toml")
                .unwrap()
                .as_str(),
            "demo-annuaire"
        );
        assert!(slug("Démo.toml").is_none());
        assert!(slug("agenda.json").is_none());
    }
}
