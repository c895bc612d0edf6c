//! A loopback server that does to a client whatever a host is told to do: raw bytes on a raw socket, a thread each.
//!
//! What it does is an [`Act`], chosen by the host of the request. Acts that never end do so when the client hangs up.

pub(crate) mod acts;
pub(crate) mod cases;
pub(crate) mod codings;
pub(crate) mod tls;

use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};

/// A request, as the server saw it.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) host: String,
    pub(crate) path: String,
    /// The head as it came.
    pub(crate) head: String,
    /// How often this address was asked for before.
    pub(crate) before: usize,
}

/// What is written in answer to a request.
pub(crate) type Act = Arc<dyn Fn(&Asked, &mut dyn Write) -> io::Result<()> + Send + Sync>;

/// The server; it ends with the test's process.
pub(crate) struct Hostile {
    pub(crate) address: SocketAddr,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Hostile {
    /// Starts one that plays an act per host, and answers any robots.txt with 404 unless the act is that of a host whose
    /// name begins with `robots`.
    pub(crate) fn start(acts: BTreeMap<String, Act>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a loopback port is free");
        let address = listener.local_addr().expect("it is bound");
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (acts, log) = (Arc::new(acts), Arc::clone(&asked));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (acts, log) = (Arc::clone(&acts), Arc::clone(&log));
                std::thread::spawn(move || drop(play(&stream, &acts, &log)));
            }
        });
        Self { address, asked }
    }

    /// The requests for pages of a host.
    pub(crate) fn asked(&self, host: &str) -> Vec<Asked> {
        let asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        let of_host = |asked: &&Asked| asked.host == host && asked.path != "/robots.txt";
        asked.iter().filter(of_host).cloned().collect()
    }
}

fn play(
    stream: &TcpStream,
    acts: &BTreeMap<String, Act>,
    log: &Mutex<Vec<Asked>>,
) -> io::Result<()> {
    let mut asked = read(stream)?;
    {
        let mut log = log.lock().unwrap_or_else(PoisonError::into_inner);
        let same = |other: &&Asked| other.host == asked.host && other.path == asked.path;
        asked.before = log.iter().filter(same).count();
        log.push(asked.clone());
    }
    let robots = asked.path == "/robots.txt" && !asked.host.starts_with("robots");
    let mut out = stream;
    match acts.get(&asked.host) {
        Some(act) if !robots => act(&asked, &mut out),
        _ => out.write_all(acts::NOT_FOUND),
    }
}

/// Reads the head of a request, which has no body.
pub(crate) fn read(stream: impl io::Read) -> io::Result<Asked> {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    let path = head.split(' ').nth(1).unwrap_or("/").to_owned();
    let host = head.lines().find_map(|line| line.strip_prefix("host: "));
    let host = host.unwrap_or_default().to_owned();
    Ok(Asked {
        host,
        path,
        head,
        before: 0,
    })
}
