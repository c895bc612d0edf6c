//! A loopback server whose answers a test sets and changes, and which remembers what it was asked.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// One answer.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) media_type: String,
    pub(crate) body: Vec<u8>,
    pub(crate) delay: Duration,
}

impl Answer {
    /// 200 with a body.
    pub(crate) fn ok(media_type: &str, body: impl Into<Vec<u8>>) -> Self {
        let media_type = media_type.to_owned();
        Self {
            status: 200,
            media_type,
            body: body.into(),
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

    /// The same answer, later.
    pub(crate) fn after(self, delay: Duration) -> Self {
        Self { delay, ..self }
    }
}

#[derive(Default)]
struct State {
    answers: BTreeMap<String, Answer>,
    asked: Vec<String>,
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
            .filter(|asked| *asked == address)
            .count()
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
    let path = line.split(' ').nth(1).unwrap_or("/").to_owned();
    let (mut host, mut length) = (String::new(), 0);
    loop {
        let mut header = String::new();
        reader.read_line(&mut header)?;
        let Some((name, value)) = header.trim().split_once(':') else {
            break;
        };
        match name.to_ascii_lowercase().as_str() {
            "host" => value.trim().clone_into(&mut host),
            "content-length" => length = value.trim().parse().unwrap_or_default(),
            _ => {}
        }
    }
    reader.take(length).read_to_end(&mut Vec::new())?;
    let found = {
        let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
        let address = format!("{host}{path}");
        let found = state.answers.get(&address).cloned();
        state.asked.push(address);
        found.unwrap_or_else(|| Answer::status(404))
    };
    std::thread::sleep(found.delay);
    let head = format!(
        "HTTP/1.1 {} -\r\ncontent-type: {}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        found.status,
        found.media_type,
        found.body.len()
    );
    stream.write_all(head.as_bytes())?;
    stream.write_all(&found.body)
}
