//! The house, checked: which crate may depend on which, how long a file may be, whether each module says what it is.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::support::root;

/// Crate → crates of ours that it may depend on.
const EDGES: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("harvest", &["model"]),
    ("extract", &["model"]),
    ("normalise", &["model"]),
    ("resolve", &["model"]),
    ("publish", &["model"]),
    ("lake", &["model", "resolve", "publish"]),
    (
        "pipeline",
        &[
            "model",
            "harvest",
            "extract",
            "normalise",
            "resolve",
            "publish",
            "lake",
        ],
    ),
    ("serve", &["model", "lake"]),
    ("cli", &["model", "harvest", "lake", "pipeline", "serve"]),
    (
        "bench",
        &["model", "extract", "normalise", "resolve", "publish"],
    ),
];

/// Outside crate → the crates of ours that alone may have it (tests apart).
const OWNERS: &[(&str, &[&str])] = &[
    ("reqwest", &["harvest"]),
    ("rusqlite", &["lake"]),
    ("scraper", &["extract"]),
    ("axum", &["serve"]),
    ("clap", &["cli"]),
    ("anyhow", &["cli"]),
    ("arrow", &["publish"]),
    ("parquet", &["publish"]),
    ("tokio", &["harvest", "pipeline", "serve", "cli"]),
];

/// Lines that a source file may have.
const LINES: usize = 500;
/// Words that name nothing.
const BANNED: &[&str] = &["Manager", "Helper", "Util", "Common", "Base", "Handler"];

fn manifests() -> BTreeMap<String, toml::Table> {
    let read = |(name, _): &(&str, _)| {
        let path = root().join("crates").join(name).join("Cargo.toml");
        let text = std::fs::read_to_string(&path)
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        (
            (*name).to_owned(),
            text.parse()
                .unwrap_or_else(|error| panic!("{}: {error}", path.display())),
        )
    };
    EDGES.iter().map(read).collect()
}

fn dependencies(manifest: &toml::Table) -> Vec<String> {
    let table = manifest.get("dependencies").and_then(toml::Value::as_table);
    table
        .map(|table| table.keys().cloned().collect())
        .unwrap_or_default()
}

fn sources() -> Vec<PathBuf> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).expect("a folder of the repository") {
            let path = entry.expect("an entry").path();
            if path.is_dir() && !path.ends_with("target") && !path.ends_with("fixtures") {
                walk(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    walk(&root().join("crates"), &mut found);
    walk(&root().join("tests"), &mut found);
    found
}

#[test]
fn crates_depend_only_on_those_they_may() {
    for (name, manifest) in manifests() {
        let allowed = EDGES
            .iter()
            .find(|(edge, _)| *edge == name)
            .expect("it was read from there")
            .1;
        for dependency in dependencies(&manifest) {
            if let Some(ours) = dependency.strip_prefix("moisson-") {
                assert!(
                    allowed.contains(&ours),
                    "`{name}` may not depend on `{ours}`"
                );
            }
        }
    }
}

#[test]
fn every_crate_of_the_folder_has_its_edges_declared() {
    for entry in std::fs::read_dir(root().join("crates")).unwrap() {
        let name = entry.unwrap().file_name().to_string_lossy().into_owned();
        assert!(
            EDGES.iter().any(|(edge, _)| *edge == name),
            "`{name}` is a new crate: what does it forbid?"
        );
    }
}

#[test]
fn what_only_one_crate_may_do_only_it_can() {
    for (name, manifest) in manifests() {
        let has = dependencies(&manifest);
        for (outside, owners) in OWNERS {
            let owned = owners.contains(&name.as_str()) || name == "bench";
            assert!(
                owned || !has.iter().any(|has| has == outside),
                "`{name}` may not depend on `{outside}`"
            );
        }
    }
}

#[test]
fn versions_stand_once_in_the_workspace() {
    for (name, manifest) in manifests() {
        for table in ["dependencies", "dev-dependencies", "build-dependencies"] {
            let Some(table) = manifest.get(table).and_then(toml::Value::as_table) else {
                continue;
            };
            for (dependency, stated) in table {
                let inherits = stated.get("workspace").and_then(toml::Value::as_bool) == Some(true);
                assert!(
                    inherits,
                    "`{name}` states a version of `{dependency}`: put it into the workspace"
                );
            }
        }
    }
}

#[test]
fn files_are_short_and_say_what_they_are() {
    let mut faults = Vec::new();
    for path in sources() {
        let text = std::fs::read_to_string(&path).unwrap();
        let shown = path
            .strip_prefix(root())
            .unwrap_or(&path)
            .display()
            .to_string();
        if text.lines().count() > LINES {
            faults.push(format!(
                "{shown}: {} lines, {LINES} at most",
                text.lines().count()
            ));
        }
        let tests = path.file_name().is_some_and(|name| name == "tests.rs");
        if !tests && !text.starts_with("//!") && !text.starts_with("#![doc = include_str!") {
            faults.push(format!("{shown}: no module documentation at its head"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn no_type_is_named_after_nothing() {
    for path in sources() {
        let text = std::fs::read_to_string(&path).unwrap();
        for line in text.lines() {
            let words: Vec<&str> = line.split_whitespace().collect();
            let Some(at) = words
                .iter()
                .position(|word| ["struct", "enum", "trait"].contains(word))
            else {
                continue;
            };
            let name = words.get(at + 1).copied().unwrap_or_default();
            let banned = BANNED.iter().find(|banned| {
                name.trim_matches(|c: char| !c.is_alphanumeric())
                    .ends_with(**banned)
            });
            assert!(
                banned.is_none() || line.trim_start().starts_with("//"),
                "{}: `{name}`",
                path.display()
            );
        }
    }
}

#[test]
fn every_crate_has_its_readme_lib_and_error() {
    for (name, _) in EDGES
        .iter()
        .filter(|(name, _)| !["cli", "bench"].contains(name))
    {
        let folder = root().join("crates").join(name);
        for file in ["README.md", "src/lib.rs"] {
            assert!(
                folder.join(file).exists(),
                "crates/{name}/{file} is missing"
            );
        }
        let lines = std::fs::read_to_string(folder.join("README.md"))
            .unwrap()
            .lines()
            .count();
        assert!(lines <= 100, "crates/{name}/README.md has {lines} lines");
    }
}

#[test]
fn released_schemas_never_change() {
    let folder = root().join("schemas/released");
    let frozen = folder.join("SHA256SUMS");
    if !frozen.exists() {
        println!("no schema has been released yet");
        return;
    }
    for line in std::fs::read_to_string(frozen).unwrap().lines() {
        let (digest, name) = line.split_once("  ").expect("a line of sha256sum");
        let found = moisson_model::Digest::of(&std::fs::read(folder.join(name)).unwrap());
        assert_eq!(
            found.to_string(),
            digest,
            "{name} was released and has changed"
        );
    }
}

#[test]
fn no_file_is_larger_than_two_megabytes() {
    let listed = std::process::Command::new("git")
        .args(["ls-files", "-z"])
        .current_dir(root())
        .output();
    let Some(listed) = listed.ok().filter(|listed| listed.status.success()) else {
        println!("skipped: this is no git checkout");
        return;
    };
    for name in String::from_utf8_lossy(&listed.stdout)
        .split('\0')
        .filter(|name| !name.is_empty())
    {
        let bytes = std::fs::metadata(root().join(name)).map_or(0, |about| about.len());
        assert!(bytes < 2 << 20, "{name} has {bytes} bytes");
    }
}
