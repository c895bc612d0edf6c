//! A loopback server whose answers a test sets and changes, and which remembers what it was asked.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// One answer.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) media_type: String,
    pub(crate) body: Vec<u8>,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) delay: Duration,
}

/// What was asked, and how it was answered.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    /// `host/path?query`.
    pub(crate) address: String,
    /// When the request had come.
    pub(crate) at: Instant,
    /// Request headers, names in lower case.
    pub(crate) headers: BTreeMap<String, String>,
    /// The status of the answer.
    pub(crate) status: u16,
    /// Bytes of its body.
    pub(crate) sent: usize,
}

impl Answer {
    /// 200 with a body.
    pub(crate) fn ok(media_type: &str, body: impl Into<Vec<u8>>) -> Self {
        let media_type = media_type.to_owned();
        Self {
            status: 200,
            media_type,
            body: body.into(),
            headers: Vec::new(),
            delay: Duration::ZERO,
        }
    }

    /// A status without a body.
    pub(crate) fn status(status: u16) -> Self {
        Self {
            status,
            ..Self::ok("text/plain", "")
        }
    }

    /// The same with a header. An `etag` is compared with what the request asks: a page that it has is a 304.
    pub(crate) fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    /// The same answer, later.
    pub(crate) fn after(self, delay: Duration) -> Self {
        Self { delay, ..self }
    }
}

#[derive(Default)]
struct State {
    answers: BTreeMap<String, Answer>,
    asked: Vec<Asked>,
}

/// A server on a loopback port; it ends with the test's process.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    state: Arc<Mutex<State>>,
}

impl Server {
    /// Starts one that knows nothing yet.
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a loopback port is free");
        let address = listener.local_addr().expect("it is bound");
        let state = Arc::new(Mutex::new(State::default()));
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let state = Arc::clone(&shared);
                std::thread::spawn(move || drop(answer(stream, &state)));
            }
        });
        Self { address, state }
    }

    /// Sets the answer of `host/path?query`.
    pub(crate) fn set(&self, address: &str, answer: Answer) {
        self.lock().answers.insert(address.to_owned(), answer);
    }

    /// How often `host/path?query` was asked for.
    pub(crate) fn asked(&self, address: &str) -> usize {
        self.lock()
            .asked
            .iter()
            .filter(|asked| asked.address == address)
            .count()
    }

    /// All that was asked, robots.txt left out, in the order in which it came.
    pub(crate) fn log(&self) -> Vec<Asked> {
        let asked = self.lock().asked.clone().into_iter();
        asked
            .filter(|asked| !asked.address.ends_with("/robots.txt"))
            .collect()
    }

    /// The setting that leads every `.example` host here.
    pub(crate) fn hosts(&self) -> String {
        format!("*.example={}", self.address)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn answer(mut stream: TcpStream, state: &Mutex<State>) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let target = line.split(' ').nth(1).unwrap_or("/");
    // As a proxy is asked: with the whole address.
    let path = match target
        .strip_prefix("http://")
        .and_then(|rest| rest.find('/').and_then(|at| rest.get(at..)))
    {
        Some(path) => path.to_owned(),
        None => target.to_owned(),
    };
    let headers = headers(&mut reader)?;
    let length = headers
        .get("content-length")
        .and_then(|length| length.parse().ok());
    (&mut reader)
        .take(length.unwrap_or_default())
        .read_to_end(&mut Vec::new())?;
    let host = headers.get("host").cloned().unwrap_or_default();
    let address = format!("{host}{path}");
    let found = {
        let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
        let found = state.answers.get(&address).cloned();
        let found = not_modified(found.unwrap_or_else(|| Answer::status(404)), &headers);
        state.asked.push(Asked {
            address,
            at: Instant::now(),
            headers,
            status: found.status,
            sent: found.body.len(),
        });
        found
    };
    std::thread::sleep(found.delay);
    let mut head = format!(
        "HTTP/1.1 {} -\r\ncontent-type: {}\r\ncontent-length: {}\r\nconnection: close\r\n",
        found.status,
        found.media_type,
        found.body.len()
    );
    for (name, value) in &found.headers {
        write!(head, "{name}: {value}\r\n").expect("a text takes all");
    }
    head.push_str("\r\n");
    stream.write_all(head.as_bytes())?;
    stream.write_all(&found.body)
}

fn headers(reader: &mut impl BufRead) -> std::io::Result<BTreeMap<String, String>> {
    let mut headers = BTreeMap::new();
    loop {
        let mut header = String::new();
        reader.read_line(&mut header)?;
        let Some((name, value)) = header.trim().split_once(':') else {
            return Ok(headers);
        };
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
}

/// The answer, or that the page has not changed.
fn not_modified(answer: Answer, asked: &BTreeMap<String, String>) -> Answer {
    let etag = answer.headers.iter().find(|(name, _)| *name == "etag");
    let is_known = etag.is_some_and(|(_, etag)| asked.get("if-none-match") == Some(etag));
    if !is_known {
        return answer;
    }
    Answer {
        status: 304,
        body: Vec::new(),
        ..answer
    }
}
