//! A tiny site on loopback, a memory and a pair of eyes, for tests. Pages are lines of `word: value`.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use moisson_model::{
    Capture, Cause, Digest, Exchange, Held, Issue, Location, Outcome, Sitemap, SourceId, Stage,
    Wanted,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Instant;

use crate::{
    Client, Harvest, HostState, Keeping, Kept, Links, Progress, Recording, Robots, Secret,
    Settings, Spec, Tally,
};

/// The host of the site: it exists nowhere.
pub(crate) const HOST: &str = "site.example";

/// A request as the site saw it.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) at: Instant,
    /// `GET /path?query`.
    pub(crate) line: String,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: String,
    /// How often this line was seen before.
    pub(crate) before: usize,
}

/// What the site answers.
pub(crate) struct Reply {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    cut: bool,
}

impl Reply {
    pub(crate) fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: body.into(),
            cut: false,
        }
    }

    pub(crate) fn page(body: &str) -> Self {
        Self::new(200, body)
    }

    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn to(location: &str) -> Self {
        Self::new(302, "").with("location", location)
    }

    /// Announces more than it sends.
    pub(crate) fn cut(mut self) -> Self {
        self.cut = true;
        self
    }
}

/// A site that runs until the test ends.
pub(crate) struct Site {
    pub(crate) address: SocketAddr,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Site {
    pub(crate) async fn start(answer: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&seen);
        let answer = Arc::new(answer);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&log), Arc::clone(&answer)));
            }
        });
        Self { address, seen }
    }

    /// All requests, robots.txt included.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// The lines of the requests, robots.txt left out.
    pub(crate) fn lines(&self) -> Vec<String> {
        let lines = self.seen().into_iter().map(|seen| seen.line);
        lines.filter(|line| line != "GET /robots.txt").collect()
    }

    pub(crate) fn client(&self) -> Client {
        self.client_with(|_| {})
    }

    pub(crate) fn client_with(&self, change: impl FnOnce(&mut Settings)) -> Client {
        let mut settings = Settings::new("Moisson/0.1 (+https://moisson.example/contact)");
        settings.hosts.insert(HOST.to_owned(), self.address);
        settings
            .hosts
            .insert("other.example".to_owned(), self.address);
        settings.back_off = Duration::from_millis(1);
        change(&mut settings);
        let now: Timestamp = "2026-11-24T08:00:00Z".parse().unwrap();
        Client::new(settings, Arc::new(move || now)).unwrap()
    }
}

async fn serve(
    mut stream: TcpStream,
    log: Arc<Mutex<Vec<Seen>>>,
    answer: Arc<impl Fn(&Seen) -> Reply>,
) {
    let Some(mut seen) = read(&mut stream).await else {
        return;
    };
    {
        let mut log = log.lock().unwrap();
        seen.before = log.iter().filter(|other| other.line == seen.line).count();
        log.push(seen.clone());
    }
    let reply = answer(&seen);
    let mut head = format!("HTTP/1.1 {} X\r\nconnection: close\r\n", reply.status);
    if reply.status != 304 {
        let length = reply.body.len() + usize::from(reply.cut) * 10;
        write!(head, "content-length: {length}\r\n").unwrap();
    }
    for (name, value) in &reply.headers {
        write!(head, "{name}: {value}\r\n").unwrap();
    }
    head.push_str("\r\n");
    let bytes = [head.as_bytes(), &reply.body].concat();
    stream.write_all(&bytes).await.ok();
    stream.shutdown().await.ok();
}

async fn read(stream: &mut TcpStream) -> Option<Seen> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break end + 4;
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let at = Instant::now();
    let mut body = bytes.split_off(end);
    let head = String::from_utf8(bytes).ok()?;
    let mut lines = head.lines();
    let line = lines.next()?.strip_suffix(" HTTP/1.1")?.to_owned();
    let headers: BTreeMap<String, String> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    let length: usize = headers
        .get("content-length")
        .map_or(0, |length| length.parse().unwrap());
    while body.len() < length {
        stream.read_buf(&mut body).await.ok()?;
    }
    let body = String::from_utf8(body).ok()?;
    Some(Seen {
        at,
        line,
        headers,
        body,
        before: 0,
    })
}

/// What the lake would keep.
#[derive(Default)]
pub(crate) struct Memory {
    pub(crate) exchanges: Mutex<Vec<Exchange>>,
    /// How many of them are of earlier runs.
    pub(crate) earlier: Mutex<usize>,
    pub(crate) robots: Mutex<BTreeMap<String, Robots>>,
    /// Whether a host is taken, and its state.
    pub(crate) hosts: Mutex<BTreeMap<String, (bool, HostState)>>,
    /// How often a host was given back.
    pub(crate) given: Mutex<usize>,
    pub(crate) told: Mutex<Vec<Progress>>,
    /// The value of every secret.
    pub(crate) secret: Option<String>,
    /// Stops when that many pages are kept.
    pub(crate) stop_after: Option<usize>,
    /// Refuses to keep.
    pub(crate) full: bool,
}

impl Memory {
    /// The newest of some exchanges that a request was answered with.
    fn newest(&self, key: Digest, from: usize) -> Option<Held> {
        let exchanges = self.exchanges.lock().unwrap();
        let newest = exchanges
            .iter()
            .skip(from)
            .rev()
            .find(|kept| kept.key == key)?;
        let length = body(&exchanges, newest.sha256)?.len() as u64;
        let capture = Capture {
            body: Bytes::new(),
            ..newest.capture.clone()
        };
        let (sha256, content) = (newest.sha256, newest.content);
        Some(Held {
            capture,
            sha256,
            content,
            length,
        })
    }

    /// The captures of the newest run, whole, in the order of the run.
    fn captures(&self) -> Vec<Capture> {
        let exchanges = self.exchanges.lock().unwrap();
        let mut newest: Vec<&Exchange> = exchanges
            .iter()
            .skip(*self.earlier.lock().unwrap())
            .collect();
        newest.sort_by_key(|exchange| exchange.ordinal);
        let whole = |exchange: &&Exchange| Capture {
            body: body(&exchanges, exchange.sha256).unwrap(),
            ..exchange.capture.clone()
        };
        newest.iter().map(whole).collect()
    }
}

fn body(exchanges: &[Exchange], sha256: Digest) -> Option<Bytes> {
    let mut bodies = exchanges.iter().map(|exchange| &exchange.capture.body);
    bodies.find(|body| Digest::of(body) == sha256).cloned()
}

impl Kept for Memory {
    fn held(&self, key: Digest) -> Option<Held> {
        self.newest(key, 0)
    }

    fn done(&self, key: Digest) -> Option<Held> {
        self.newest(key, *self.earlier.lock().unwrap())
    }

    fn body(&self, sha256: Digest) -> Result<Bytes, String> {
        let exchanges = self.exchanges.lock().unwrap();
        body(&exchanges, sha256).ok_or_else(|| "no such body".to_owned())
    }

    fn keep(&self, exchange: Exchange) -> Keeping<'_> {
        Box::pin(async move {
            if self.full {
                return Err("no space left".to_owned());
            }
            self.exchanges.lock().unwrap().push(exchange);
            Ok(())
        })
    }

    fn robots(&self, origin: &str) -> Option<Robots> {
        self.robots.lock().unwrap().get(origin).cloned()
    }

    fn keep_robots(&self, origin: &str, robots: &Robots) {
        self.robots
            .lock()
            .unwrap()
            .insert(origin.to_owned(), robots.clone());
    }

    fn take_host(&self, host: &str) -> Option<HostState> {
        let mut hosts = self.hosts.lock().unwrap();
        let (taken, state) = hosts.entry(host.to_owned()).or_default();
        (!std::mem::replace(taken, true)).then_some(*state)
    }

    fn give_host(&self, host: &str, state: &HostState) -> bool {
        self.hosts
            .lock()
            .unwrap()
            .insert(host.to_owned(), (false, *state));
        *self.given.lock().unwrap() += 1;
        false
    }

    fn file(&self, path: &str) -> Result<Bytes, String> {
        match path {
            "/data/list.csv" => Ok(Bytes::from_static(b"record: a")),
            _ => Err("no such file".to_owned()),
        }
    }

    fn recording(&self) -> Option<&dyn Recording> {
        None
    }

    fn secret(&self, _: &Secret) -> Result<String, String> {
        self.secret
            .clone()
            .ok_or_else(|| "it is not set".to_owned())
    }

    fn stopped(&self) -> bool {
        let kept = self.exchanges.lock().unwrap().len();
        self.stop_after.is_some_and(|pages| kept >= pages)
    }

    fn tell(&self, progress: &Progress) {
        self.told.lock().unwrap().push(progress.clone());
    }
}

/// Reads lines of `word: value`.
pub(crate) struct Eyes;

impl Links for Eyes {
    fn see(&self, capture: &Capture, wanted: Wanted<'_>) -> moisson_model::Seen {
        let links = wanted.links.iter();
        let texts = wanted.texts.iter();
        moisson_model::Seen {
            links: links.map(|selector| values(capture, selector)).collect(),
            texts: texts
                .map(|place| values(capture, place).into_iter().next())
                .collect(),
            records: values(capture, "record").len(),
        }
    }

    fn sitemap(&self, capture: &Capture, pattern: &str) -> Sitemap {
        let locations = |word| {
            let urls = values(capture, word).into_iter();
            let location = |url| Location { url, lastmod: None };
            urls.map(location).collect::<Vec<_>>()
        };
        let mut pages = locations("page");
        pages.retain(|page| page.url.contains(pattern));
        let issue = |code: String| Issue::error(Stage::Extract, &code, "unreadable");
        Sitemap {
            pages,
            sitemaps: locations("sitemap"),
            issues: values(capture, "issue").into_iter().map(issue).collect(),
        }
    }

    fn content(&self, capture: &Capture) -> Option<Digest> {
        let records = values(capture, "record");
        (!records.is_empty()).then(|| Digest::of_parts(records.iter().map(String::as_str)))
    }
}

fn values(capture: &Capture, word: &str) -> Vec<String> {
    let body = String::from_utf8_lossy(&capture.body);
    let lines = body.lines().filter_map(|line| line.split_once(": "));
    lines
        .filter(|(name, _)| *name == word)
        .map(|(_, value)| value.to_owned())
        .collect()
}

/// A definition for the site, without delay unless stated.
pub(crate) fn spec(text: &str) -> Spec {
    let delay = if text.contains("delay") {
        ""
    } else {
        "delay = \"0s\"\n"
    };
    let url = if text.contains("url") {
        ""
    } else {
        "url = \"http://site.example/list\"\n"
    };
    let spec: Spec = toml::from_str(&format!("{url}{delay}{text}")).unwrap();
    spec.check().unwrap();
    spec
}

/// What a harvest came to, with its captures.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) outcome: Outcome,
    pub(crate) cause: Option<Cause>,
    pub(crate) issues: Vec<Issue>,
    pub(crate) tally: Tally,
    pub(crate) captures: Vec<Capture>,
}

/// Harvests anew.
pub(crate) async fn harvest(client: &Client, memory: &Memory, text: &str) -> Found {
    let kept = memory.exchanges.lock().unwrap().len();
    *memory.earlier.lock().unwrap() = kept;
    resume(client, memory, text).await
}

/// Goes on with the run before.
pub(crate) async fn resume(client: &Client, memory: &Memory, text: &str) -> Found {
    let source = SourceId::new("test").unwrap();
    let today = "2026-11-24".parse().unwrap();
    let harvest = crate::capture(client, &source, &spec(text), today, memory, &Eyes).await;
    let Harvest {
        outcome,
        cause,
        issues,
        tally,
    } = harvest;
    Found {
        outcome,
        cause,
        issues,
        tally,
        captures: memory.captures(),
    }
}

/// The codes of the issues.
pub(crate) fn codes(found: &Found) -> Vec<&str> {
    found
        .issues
        .iter()
        .map(|issue| issue.code.as_str())
        .collect()
}

/// The HTML pages under a folder of real data, with their names; says so where there is none.
#[expect(clippy::disallowed_methods, reason = "tests look at files")]
pub(crate) fn pages(root: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    let mut folders = vec![root.join("html"), root.join("listings")];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else {
            println!("skipped: there is no {}", folder.display());
            continue;
        };
        for path in entries.map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path
                .extension()
                .is_some_and(|kind| kind == "html" || kind == "htm")
            {
                found.push((path.display().to_string(), std::fs::read(&path).unwrap()));
            }
        }
    }
    found
}
