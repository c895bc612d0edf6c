//! What the end-to-end tests share: the program, folders of their own, the demonstration run once, a release read.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::LazyLock;

use serde_json::Value;
use tempfile::TempDir;

pub(crate) mod contacts;
pub(crate) mod hostile;
pub(crate) mod real;
pub(crate) mod server;
pub(crate) mod workspace;

/// The clock of the tests.
pub(crate) const AT: &str = "2026-11-20T08:00:00Z";

/// What a run of the program came to.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    /// The same, once it is known to have exited so.
    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Self {
        assert_eq!(
            self.code, code,
            "stdout:\n{}\nstderr:\n{}",
            self.stdout, self.stderr
        );
        self
    }

    /// Standard output as one JSON document.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("{error}: {}", self.stdout))
    }
}

/// The program, in an environment of its own.
pub(crate) fn moisson() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_moisson"));
    for name in [
        "MOISSON_DATA",
        "MOISSON_PROJECT",
        "MOISSON_HOSTS",
        "MOISSON_CONTACT",
        "MOISSON_CA",
        "RUST_LOG",
    ] {
        command.env_remove(name);
    }
    command.current_dir(root());
    command
}

/// Runs the program to its end.
pub(crate) fn run<S: AsRef<std::ffi::OsStr>>(arguments: &[S]) -> Ran {
    run_with(moisson().args(arguments), &[])
}

/// Runs a command to its end, with bytes on its standard input.
pub(crate) fn run_with(command: &mut Command, input: &[u8]) -> Ran {
    use std::io::Write;

    let command = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().expect("the program starts");
    let mut stdin = child.stdin.take().expect("its input is piped");
    let input = input.to_vec();
    let feeding = std::thread::spawn(move || stdin.write_all(&input));
    let output = child.wait_with_output().expect("the program ends");
    drop(feeding.join());
    Ran {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// The root of the repository.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .expect("the repository is there")
}

/// The real files of other projects, where they are beside the repository; says so where they are not.
pub(crate) fn shared(part: &str) -> Option<PathBuf> {
    let path = root().join("../shared").join(part);
    if path.exists() {
        return Some(path);
    }
    println!("skipped: there is no ../shared/{part} beside the repository");
    None
}

/// The third-party readers that `make test` installs.
pub(crate) fn consumers() -> Option<PathBuf> {
    let path = PathBuf::from(std::env::var_os("MOISSON_CONSUMERS")?);
    path.join(".ready").exists().then_some(path)
}

/// The demonstration, run once for all tests that look at what comes out of it.
pub(crate) struct Demo {
    folder: TempDir,
}

impl Demo {
    /// The data folder.
    pub(crate) fn data(&self) -> &Path {
        self.folder.path()
    }

    /// The newest release.
    pub(crate) fn latest(&self) -> PathBuf {
        self.data().join("publish/latest")
    }
}

/// The demonstration at the clock of the tests.
pub(crate) static DEMO: LazyLock<Demo> = LazyLock::new(|| {
    let folder = tempfile::tempdir().expect("a temporary folder");
    demo_into(folder.path(), AT).exits(0);
    Demo { folder }
});

/// Runs the demonstration.
pub(crate) fn demo_into(data: &Path, at: &str) -> Ran {
    run_with(
        moisson().args(["demo", "--at", at, "--data"]).arg(data),
        &[],
    )
}

/// The records of a table, from its newline-delimited JSON-LD.
pub(crate) fn records(release: &Path, table: &str) -> Vec<Value> {
    let bytes = std::fs::read(release.join(format!("rdf/{table}.ndjsonld.gz")))
        .expect("the table is there");
    let mut text = String::new();
    flate2::read::GzDecoder::new(bytes.as_slice())
        .read_to_string(&mut text)
        .expect("it is gzip");
    text.lines()
        .map(|line| serde_json::from_str(line).expect("a line is JSON"))
        .collect()
}

/// The manifest of a release.
pub(crate) fn manifest(release: &Path) -> Value {
    let text =
        std::fs::read_to_string(release.join("manifest.json")).expect("a release has a manifest");
    serde_json::from_str(&text).expect("the manifest is JSON")
}

/// Every file under a folder with its content, by relative path.
pub(crate) fn tree(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    fn walk(root: &Path, folder: &Path, found: &mut BTreeMap<String, Vec<u8>>) {
        for entry in std::fs::read_dir(folder).expect("the folder is there") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                walk(root, &path, found);
            } else {
                let name = path
                    .strip_prefix(root)
                    .expect("it is within")
                    .to_string_lossy()
                    .into_owned();
                found.insert(name, std::fs::read(&path).expect("a file is read"));
            }
        }
    }
    let mut found = BTreeMap::new();
    walk(
        folder,
        &folder.canonicalize().expect("the folder is there"),
        &mut found,
    );
    found
}
