//! `moisson check`: what is wrong in definitions and schemas, with file, line, column and a hint.

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;
use moisson_pipeline::project::{self, Files};
use moisson_pipeline::{Problem, Project};
use serde_json::json;

use crate::args::Global;
use crate::output::{self, Done, Problems};

/// Arguments of `check`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  moisson check\n  moisson check pipelines/sources/demo/demo-annuaire-acteurs.toml\n\n\
    Exit code 2 where there is a problem."
)]
pub(crate) struct Arguments {
    /// Files or folders to report on; the whole project where none is named.
    paths: Vec<PathBuf>,
}

/// Runs it.
pub(crate) fn run(arguments: &Arguments, global: &Global) -> anyhow::Result<Done> {
    let (files, asked) = files(arguments, global)?;
    let (project, problems) = Project::read(&files);
    let problems: Vec<Problem> = problems
        .into_iter()
        .filter(|problem| asked.is_empty() || concerns(&asked, problem))
        .collect();
    if global.json {
        let (sources, datasets) = (project.definitions.len(), project.datasets.len());
        output::json(&json!({ "problems": problems, "sources": sources, "datasets": datasets }));
        return if problems.is_empty() {
            Ok(Done::Well)
        } else {
            Err(Problems(Vec::new()).into())
        };
    }
    if !problems.is_empty() {
        return Err(Problems(problems).into());
    }
    let (sources, datasets) = (project.definitions.len(), project.datasets.len());
    output::line(format!(
        "{sources} sources and {datasets} datasets: no problem"
    ));
    Ok(Done::Well)
}

/// The files of the project, with those named on top: a definition can be checked before it is in place.
fn files(arguments: &Arguments, global: &Global) -> anyhow::Result<(Files, Vec<String>)> {
    // A file can be checked where there is no project; a project that is named must be there.
    let mut files = match crate::project::root(global) {
        Ok(root) => project::of_folder(&root)?,
        Err(error) if global.project.is_some() || arguments.paths.is_empty() => return Err(error),
        Err(_) => project::of_contract(),
    };
    let root = crate::project::root(global)
        .ok()
        .and_then(|root| root.canonicalize().ok());
    let mut asked = Vec::new();
    for path in &arguments.paths {
        let whole = path
            .canonicalize()
            .with_context(|| format!("there is no `{}`", path.display()))?;
        let inside = root.as_ref().and_then(|root| whole.strip_prefix(root).ok());
        match inside {
            Some(inside) => asked.push(inside.to_string_lossy().into_owned()),
            None => asked.extend(add(&mut files, &whole, path)?),
        }
    }
    Ok((files, asked))
}

/// Adds what stands outside the project, under the name that tells what it is.
fn add(files: &mut Files, whole: &Path, named: &Path) -> anyhow::Result<Vec<String>> {
    let mut added = Vec::new();
    let found = if whole.is_dir() {
        moisson_lake::files::walk(whole, &["toml", "csv"])?
    } else {
        vec![whole.to_owned()]
    };
    for path in found {
        let text = moisson_lake::files::read_text(&path, 4 << 20)?;
        let inner = path
            .strip_prefix(whole)
            .ok()
            .filter(|inner| !inner.as_os_str().is_empty());
        let shown = inner.map_or_else(|| named.to_owned(), |inner| named.join(inner));
        let folder = if is_dataset(&text, &path) {
            "datasets"
        } else {
            "sources"
        };
        let name = format!(
            "pipelines/{folder}/{}",
            shown.to_string_lossy().trim_start_matches(['.', '/'])
        );
        files.insert(name.clone(), text);
        added.push(name);
    }
    Ok(added)
}

fn is_dataset(text: &str, path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "csv") || text.contains("base_iri")
}

fn concerns(asked: &[String], problem: &Problem) -> bool {
    asked
        .iter()
        .any(|asked| problem.file.starts_with(asked.as_str()))
}
