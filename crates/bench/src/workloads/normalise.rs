//! `normalise`: raw actors to entities that are valid against their schema, traced.

use std::path::Path;

use anyhow::Result;
use moisson_model::Record;
use moisson_normalise::{Normalised, Rules, Spec, entities};

use crate::arguments::Arguments;
use crate::generate::actors;
use crate::measure::{Workload, timed};
use crate::project;

const RECORDS: usize = 50_000;

/// Actors of one source.
pub(crate) fn actors(arguments: &Arguments, _folder: &Path) -> Result<Workload> {
    let count = arguments.scale.of(RECORDS);
    let spec: Spec = toml::from_str(actors::DEFINITION)?;
    let (schemas, vocabularies) = (project::schemas()?, project::vocabularies()?);
    let rules = Rules::new(
        &spec,
        &project::source("annuaire")?,
        &schemas,
        &vocabularies,
    )?;
    let records = actors::records(count);
    let made = normalised(&rules, &records);
    let valid: usize = made.iter().map(|made| made.entities.len()).sum();
    let rejects: usize = made.iter().map(|made| made.rejects.len()).sum();
    Ok(Workload {
        name: "normalise: actors",
        records: count,
        remark: format!(
            "10 raw fields to 11 columns: text, codes, addresses, dates in words, SIREN, personal data cut out, a \
             trace for each column, validation. {valid} entities, {rejects} rejects. No peer: none has these rules, \
             and validation alone would be another work."
        ),
        peers: Vec::new(),
        round: Box::new(move || Ok(timed(|| normalised(&rules, &records)).0.into())),
    })
}

fn normalised(rules: &Rules, records: &[Record]) -> Vec<Normalised> {
    records
        .iter()
        .map(|record| entities(rules, record))
        .collect()
}
