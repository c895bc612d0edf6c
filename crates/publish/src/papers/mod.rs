//! The papers of a release: README, licences, changes. For people, in French and English.

use std::collections::{BTreeMap, BTreeSet};

use jiff::tz::TimeZone;
use minijinja::Environment;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use moisson_model::{Kind, SourceState};
use serde_json::{Value, json};

use crate::folder::Sink;
use crate::licence::{licence_iri, licence_name};
use crate::release::contributing;
use crate::{Dataset, Edition, Error, File, Folder};

/// The papers: file name and template.
const PAPERS: [(&str, &str); 3] = [
    ("README.md", include_str!("README.md.jinja")),
    ("LICENCES.md", include_str!("LICENCES.md.jinja")),
    ("CHANGELOG.md", include_str!("CHANGELOG.md.jinja")),
];

/// What the papers say.
pub(crate) struct Papers<'a> {
    pub(crate) dataset: &'a Dataset,
    pub(crate) edition: &'a Edition,
    pub(crate) sources: &'a [SourceState],
    pub(crate) counts: &'a BTreeMap<String, u64>,
    pub(crate) attribution: &'a str,
}

impl Papers<'_> {
    /// Writes them all.
    pub(crate) fn write(&self, folder: &mut dyn Folder) -> Result<Vec<File>, Error> {
        PAPERS
            .iter()
            .map(|(path, template)| Sink::put(folder, path, &self.render(path, template)?))
            .collect()
    }

    fn render(&self, path: &str, template: &str) -> Result<String, Error> {
        let failure = |source| Error::Template {
            path: path.to_owned(),
            source,
        };
        let mut environment = Environment::new();
        let mut syntax = SyntaxConfig::builder();
        syntax
            .trim_blocks(true)
            .lstrip_blocks(true)
            .keep_trailing_newline(true);
        environment.set_syntax(syntax.build().map_err(failure)?);
        environment.add_filter("cell", cell);
        environment.add_template(path, template).map_err(failure)?;
        let values = minijinja::Value::from(Serde(self.values()));
        environment
            .get_template(path)
            .and_then(|template| template.render(values))
            .map_err(failure)
    }

    fn values(&self) -> Value {
        let (dataset, edition) = (self.dataset, self.edition);
        let table = |kind: Kind| {
            let (fr, en) = words(kind);
            json!({"name": kind.table(), "rows": self.counts.get(kind.table()), "fr": fr, "en": en})
        };
        json!({
            "title": {"fr": line(&dataset.title.fr), "en": line(&dataset.title.en)},
            "description": dataset.description,
            "base": dataset.base_iri,
            "publisher": {"name": line(&dataset.publisher.name)},
            "publisher_link": dataset.publisher.url.as_ref().map(|url| format!(", <{url}>")).unwrap_or_default(),
            "licence": dataset.licence,
            "licence_name": licence_name(&dataset.licence),
            "licence_iri": licence_iri(&dataset.licence),
            "version": edition.version,
            "previous": edition.previous,
            "date": date(edition),
            "attribution": self.attribution,
            "tables": Kind::ALL.map(table),
            "sources": self.sources.iter().map(source).collect::<Vec<_>>(),
        })
    }
}

fn source(state: &SourceState) -> Value {
    json!({
        "id": state.id,
        "name": state.name,
        "licence": state.licence,
        "licence_iri": licence_iri(&state.licence),
        "redistribution": state.redistribution.name(),
        "attribution": state.attribution,
        "status": state.status.name(),
        "records": state.records,
    })
}

/// The attribution to print: title, publisher, what the sources ask for, date of last update.
pub(crate) fn attribution(dataset: &Dataset, edition: &Edition, sources: &[SourceState]) -> String {
    let asked: BTreeSet<&str> = contributing(sources)
        .map(|source| source.attribution.trim())
        .collect();
    let asked: Vec<&str> = asked.into_iter().filter(|text| !text.is_empty()).collect();
    let head = format!(
        "{}, {}, {}",
        line(&dataset.title.fr),
        line(&dataset.publisher.name),
        date(edition)
    );
    if asked.is_empty() {
        head
    } else {
        format!("{head}. Sources : {}", line(&asked.join(" ; ")))
    }
}

/// The day of publication, UTC.
fn date(edition: &Edition) -> String {
    edition
        .version
        .instant()
        .to_zoned(TimeZone::UTC)
        .date()
        .to_string()
}

/// A text on one line.
fn line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A text as a cell of a Markdown table.
fn cell(text: Option<String>) -> String {
    line(&text.unwrap_or_default())
        .replace('\\', "\\\\")
        .replace('|', "\\|")
        .replace('<', "&lt;")
}

/// What a table holds, in French and English.
const fn words(kind: Kind) -> (&'static str, &'static str) {
    match kind {
        Kind::Actor => (
            "organisations, projets, organismes publics, médias, réseaux",
            "organisations, projects, public bodies, media, networks",
        ),
        Kind::Event => (
            "événements et séries d'événements",
            "events and series of events",
        ),
        Kind::Programme => (
            "programmes, fonds, prix, appels, études, plateformes",
            "programmes, funds, awards, calls, studies, platforms",
        ),
        Kind::Relation => ("liens entre deux entités", "links between two entities"),
        Kind::Place => ("lieux", "places"),
        Kind::Document => (
            "articles et autres documents (métadonnées)",
            "articles and other documents (metadata)",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::cell;

    #[test]
    fn a_cell_cannot_break_its_table() {
        assert_eq!(cell(Some("a|b\n<i>".to_owned())), "a\\|b &lt;i>");
        assert_eq!(cell(None), "");
    }
}
