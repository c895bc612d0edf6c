//! Third-party readers open what is published: DuckDB, pyarrow, polars and pandas the tables, PyLD and jsonld.js the
//! linked data. They are installed by `make test`; a bare `cargo test` says that it skips them.

use std::path::Path;
use std::process::Command;

use crate::support::{DEMO, consumers, manifest, root, run_with};

/// Runs a script of `tests/consumers` with the readers of `make test`; `None` where they are not installed.
pub(crate) fn consume(script: &str, arguments: &[&Path]) -> Option<String> {
    let Some(installed) = consumers() else {
        println!("skipped: the third-party readers are not installed; `make test` does");
        return None;
    };
    let program = if Path::new(script)
        .extension()
        .is_some_and(|extension| extension == "py")
    {
        installed.join("venv/bin/python")
    } else {
        "node".into()
    };
    let mut command = Command::new(program);
    command
        .arg(root().join("tests/consumers").join(script))
        .args(arguments)
        .env("PYTHONDONTWRITEBYTECODE", "1");
    let ran = run_with(&mut command, &[]).exits(0);
    Some(ran.stdout)
}

/// The graph hash that a release states of itself.
fn stated(release: &Path) -> String {
    manifest(release)["rdf"]["rdfc10_sha256"]
        .as_str()
        .unwrap()
        .to_owned()
}

#[test]
fn duckdb_pyarrow_polars_and_pandas_read_every_table() {
    if let Some(printed) = consume("read.py", &[&DEMO.latest(), &root().join("schemas/v1")]) {
        assert!(
            printed.contains("tables/actors.parquet: 63 rows"),
            "{printed}"
        );
        assert!(printed.contains("tables/identifiers.parquet"), "{printed}");
    }
}

#[test]
fn pyld_expands_to_our_quads() {
    let site = DEMO.data().join("publish");
    if let Some(printed) = consume("expand.py", &[&site, &DEMO.latest()]) {
        assert_eq!(printed.trim(), stated(&DEMO.latest()));
    }
}

#[test]
fn jsonld_js_expands_to_our_quads_in_safe_mode() {
    let site = DEMO.data().join("publish");
    if let Some(printed) = consume("expand.mjs", &[&site, &DEMO.latest()]) {
        assert_eq!(printed.trim(), stated(&DEMO.latest()));
    }
}

#[test]
fn warcio_reads_the_archive_without_a_complaint() {
    if let Some(printed) = consume("archive.py", &[&DEMO.data().join("harvest")]) {
        assert!(printed.starts_with("28 files, "), "{printed}");
    }
}
