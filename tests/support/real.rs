//! The real files of other projects, run once for all tests that look at what comes out: a server that answers with
//! them by `tests/real/routes.toml`, a project of `tests/real/pipelines`, and what is expected of it.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use serde::Deserialize;
use serde_json::Value;
use tempfile::TempDir;

use super::server::{Answer, Server};
use super::{AT, Ran, moisson, root, run_with, shared, tree};

/// `tests/real/expected.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Expected {
    pub(crate) source: Vec<Source>,
    pub(crate) tables: BTreeMap<String, Bounds>,
    pub(crate) merge: Vec<Merge>,
    pub(crate) personal: Personal,
}

/// What a source must give.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Source {
    pub(crate) slug: String,
    /// How its run ends; `complete` where it is not said.
    #[serde(default = "complete")]
    pub(crate) outcome: String,
    pub(crate) records: u64,
    /// Statements by table.
    pub(crate) entities: BTreeMap<String, usize>,
    /// By code.
    pub(crate) rejects: BTreeMap<String, usize>,
    /// By code.
    pub(crate) issues: BTreeMap<String, usize>,
}

fn complete() -> String {
    "complete".to_owned()
}

/// Rows of a table.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Bounds {
    pub(crate) min: usize,
    pub(crate) max: usize,
}

/// Two statements of one entity.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Merge {
    pub(crate) table: String,
    pub(crate) left: Statement,
    pub(crate) right: Statement,
    pub(crate) why: String,
}

/// A record of a source.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Statement {
    pub(crate) source: String,
    pub(crate) key: String,
}

/// Where the files hold contacts and names of persons.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Personal {
    /// Characters of the shortest value that proves something.
    pub(crate) shortest: usize,
    pub(crate) field: Vec<Field>,
}

/// A column of a CSV, or a pointer into a JSON document.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Field {
    pub(crate) file: String,
    pub(crate) column: Option<String>,
    pub(crate) pointer: Option<String>,
}

#[derive(Deserialize)]
struct Routes {
    route: Vec<Route>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Route {
    host: String,
    path: String,
    file: String,
    r#type: String,
}

/// A run on the real files.
pub(crate) struct Real {
    folder: TempDir,
    pub(crate) expected: Expected,
    pub(crate) report: Value,
    pub(crate) rejects: Vec<Value>,
    pub(crate) code: i32,
    /// Every file of the release as text, by path: unpacked, rows of a table one a line.
    pub(crate) texts: BTreeMap<String, String>,
    pub(crate) took: Duration,
}

/// The run, once for all tests; `None` where the files are absent.
pub(crate) static REAL: LazyLock<Option<Real>> = LazyLock::new(|| {
    let files = shared("data")?;
    let project = root().join("tests/real");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let begun = Instant::now();
    let ran = run(&project, folder.path(), &server(&files));
    let took = begun.elapsed();
    let rejects = command(&project, folder.path(), &["rejects", "--json"]).exits(0);
    Some(Real {
        expected: read("expected.toml"),
        report: ran.json(),
        rejects: rejects
            .stdout
            .lines()
            .map(|line| serde_json::from_str(line).expect("a line is JSON"))
            .collect(),
        code: ran.code,
        texts: texts(&folder.path().join("publish/latest")),
        took,
        folder,
    })
});

impl Real {
    /// The release.
    pub(crate) fn latest(&self) -> PathBuf {
        self.folder.path().join("publish/latest")
    }

    /// What the run says of a source.
    #[track_caller]
    pub(crate) fn source(&self, slug: &str) -> &Value {
        let mut sources = self.report["sources"].as_array().unwrap().iter();
        sources
            .find(|source| source["source"] == slug)
            .unwrap_or_else(|| panic!("no report of {slug}"))
    }
}

fn texts(release: &Path) -> BTreeMap<String, String> {
    let files = tree(&release.canonicalize().expect("the release is there")).into_iter();
    files
        .map(|(name, content)| {
            let text = text_of(&name, content);
            (name, text)
        })
        .collect()
}

/// A server of the real files.
pub(crate) fn server(files: &Path) -> Server {
    let server = Server::start();
    for route in read::<Routes>("routes.toml").route {
        let body = std::fs::read(files.join(&route.file)).expect("a file of a route is there");
        let address = format!("{}{}", route.host, route.path);
        server.set(&address, Answer::ok(&route.r#type, body));
    }
    server
}

/// Runs every source of a project, then the release.
pub(crate) fn run(project: &Path, data: &Path, server: &Server) -> Ran {
    let hosts = server.hosts();
    command(
        project,
        data,
        &["run", "--json", "--at", AT, "--host", &hosts],
    )
}

fn command(project: &Path, data: &Path, arguments: &[&str]) -> Ran {
    let mut command = moisson();
    command.args(arguments);
    command.arg("--project").arg(project);
    command.arg("--data").arg(data);
    run_with(&mut command, &[])
}

fn read<T: for<'a> Deserialize<'a>>(name: &str) -> T {
    let path = root().join("tests/real").join(name);
    let text = std::fs::read_to_string(path).expect("the file is there");
    toml::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn text_of(name: &str, content: Vec<u8>) -> String {
    let kind = name.rsplit('.').next().unwrap_or_default();
    let bytes = match kind {
        "gz" => {
            let mut plain = Vec::new();
            flate2::read::GzDecoder::new(content.as_slice())
                .read_to_end(&mut plain)
                .expect("it is gzip");
            plain
        }
        "zst" => zstd::decode_all(content.as_slice()).expect("it is zstd"),
        "parquet" => return rows(content),
        _ => content,
    };
    String::from_utf8(bytes).unwrap_or_else(|_| panic!("{name} is no UTF-8"))
}

/// The rows of a table, one a line.
fn rows(content: Vec<u8>) -> String {
    use parquet::file::reader::{FileReader, SerializedFileReader};

    let reader = SerializedFileReader::new(bytes::Bytes::from(content)).expect("it is Parquet");
    let rows = reader.get_row_iter(None).expect("it has rows");
    rows.flat_map(|row| [row.expect("a row is read").to_string(), "\n".to_owned()])
        .collect()
}
