//! The project that a command works on: found, read and free of problems before anything runs.

use std::path::{Path, PathBuf};

use anyhow::Context;
use moisson_pipeline::Project;
use moisson_pipeline::definition::{Contract, Dataset, Definition};
use moisson_pipeline::project::{self, Files};

use crate::args::Global;
use crate::output::{Problems, usage};

/// The project of the settings, or the problems that keep it from running.
pub(crate) fn load(global: &Global) -> anyhow::Result<Project> {
    whole(&files(global)?)
}

/// Reads a project of which nothing may be wrong.
pub(crate) fn whole(files: &Files) -> anyhow::Result<Project> {
    let (project, problems) = Project::read(files);
    if problems.is_empty() {
        Ok(project)
    } else {
        Err(Problems(problems).into())
    }
}

/// The files of the project of the settings.
pub(crate) fn files(global: &Global) -> anyhow::Result<Files> {
    let root = root(global)?;
    project::of_folder(&root)
        .with_context(|| format!("cannot read the project in `{}`", root.display()))
}

/// The folder that holds `pipelines/`: the one named, this one, or the nearest above.
pub(crate) fn root(global: &Global) -> anyhow::Result<PathBuf> {
    if let Some(root) = &global.project {
        if root.join("pipelines").is_dir() {
            return Ok(root.clone());
        }
        return Err(usage(format!(
            "`{}` is no project: it holds no folder `pipelines/`",
            root.display()
        )));
    }
    let here = std::env::current_dir().context("this folder cannot be read")?;
    let holds = |folder: &&Path| folder.join("pipelines").is_dir();
    let found = here.ancestors().find(holds).map(Path::to_owned);
    found.ok_or_else(|| {
        usage("no folder `pipelines/` here or above: name the project with --project")
    })
}

/// The schemas and vocabularies that the executable carries.
pub(crate) fn contract() -> anyhow::Result<Contract> {
    Ok(whole(&project::of_contract())?.contract)
}

/// One source's definition, from its file alone.
pub(crate) fn definition(path: &Path) -> anyhow::Result<Definition> {
    let text = read(path)?;
    Definition::read(&path.to_string_lossy(), &text, &contract()?)
        .map_err(|found| Problems(found).into())
}

/// One dataset's definition, from its file and the judgements beside it.
pub(crate) fn dataset(path: &Path) -> anyhow::Result<Dataset> {
    let text = read(path)?;
    let beside = |name: &str| read(&path.with_file_name(name)).ok();
    Dataset::read(&path.to_string_lossy(), &text, &beside).map_err(|found| Problems(found).into())
}

fn read(path: &Path) -> anyhow::Result<String> {
    moisson_lake::files::read_text(path, 4 << 20)
        .with_context(|| format!("cannot read `{}`", path.display()))
}
