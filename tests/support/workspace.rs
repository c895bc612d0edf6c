//! A project of a test's own: sources in the form of JSON lists, a dataset, a data folder, and the program run on it.

use std::path::PathBuf;
use std::process::Command;

use tempfile::TempDir;

use super::{Ran, moisson, run_with};

/// A project and its data.
pub(crate) struct Workspace {
    folder: TempDir,
    hosts: String,
}

impl Workspace {
    /// An empty project, its `.example` hosts led to an address.
    pub(crate) fn new(hosts: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let workspace = Self {
            folder,
            hosts: hosts.to_owned(),
        };
        workspace.put("pipelines/datasets/all.toml", DATASET);
        workspace
    }

    /// Writes a file of the project.
    pub(crate) fn put(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::create_dir_all(path.parent().expect("it is in a folder"))
            .expect("a folder is made");
        std::fs::write(&path, text).expect("a file is written");
        path
    }

    /// Adds a source that lists actors as JSON, at `http://SLUG.example/list.json`.
    pub(crate) fn source(&self, slug: &str, schedule: &str, least: usize) -> PathBuf {
        let text = SOURCE
            .replace("SLUG", slug)
            .replace("SCHEDULE", schedule)
            .replace("LEAST", &least.to_string());
        self.put(&format!("pipelines/sources/{slug}.toml"), &text)
    }

    /// Adds such a source with lines of its own in `[harvest]`, in place of its delay; a `url` replaces its own.
    pub(crate) fn source_with(&self, slug: &str, harvest: &str) {
        let mut text = SOURCE.replace("delay = \"10ms\"", harvest);
        if harvest.contains("url = ") {
            text = text.replace("url   = \"http://SLUG.example/list.json\"\n", "");
        }
        let text = text
            .replace("SLUG", slug)
            .replace("SCHEDULE", "0 4 * * *")
            .replace("LEAST", "1");
        self.put(&format!("pipelines/sources/{slug}.toml"), &text);
    }

    /// The data folder.
    pub(crate) fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// The published tree.
    pub(crate) fn published(&self) -> PathBuf {
        self.data().join("publish")
    }

    /// The versions published, oldest first.
    pub(crate) fn releases(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.published().join("releases"))
            .into_iter()
            .flatten()
            .flatten();
        let mut names: Vec<String> = entries
            .filter(|entry| entry.path().is_dir())
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    /// The program on this project.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = moisson();
        command
            .args(arguments)
            .arg("--project")
            .arg(self.folder.path())
            .arg("--data")
            .arg(self.data());
        command.args(["--host", &self.hosts]);
        command
    }

    /// Runs the program on this project.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        run_with(&mut self.command(arguments), &[])
    }
}

/// The list that a source of a workspace serves.
pub(crate) fn list(names: &[&str]) -> String {
    let item = |name: &&str| {
        let id = name.to_lowercase().replace(' ', "-");
        format!(r#"{{"id": "{id}", "name": "{name}", "site": "https://{id}.example/"}}"#)
    };
    format!(
        r#"{{"items": [{}]}}"#,
        names.iter().map(item).collect::<Vec<_>>().join(", ")
    )
}

const DATASET: &str = r#"
title = { fr = "Essai", en = "Trial" }
description = { fr = "Un jeu de données d'essai.", en = "A trial dataset." }
base_iri = "https://data.moisson.example/"
licence = "etalab-2.0"
publisher = { name = "Moisson", url = "https://moisson.example/", email = "contact@moisson.example" }
sources = ["*"]
"#;

const SOURCE: &str = r#"
title     = { fr = "Liste SLUG", en = "List SLUG" }
publisher = { name = "SLUG", url = "http://SLUG.example/" }
licence   = { id = "etalab-2.0", redistribution = "open-attribution", attribution = "SLUG", checked = 2026-11-20 }
schedule  = "SCHEDULE"
language  = "fr"
timezone  = "Europe/Paris"

[harvest]
url   = "http://SLUG.example/list.json"
delay = "10ms"

[extract]
format  = "json"
records = "/items"

[normalise]
schema = "actor/1"
key    = ["id"]
[normalise.map]
name    = "name"
website = "site"
kind    = { value = "organisation" }

[expect]
records = { min = LEAST }
"#;
