//! What a hostile server does, as acts that take their bytes.

use std::io::{self, Write};
use std::sync::Arc;
use std::thread::sleep;
use std::time::Duration;

use super::Act;
use crate::support::workspace::list;

/// An answer without a page.
pub(crate) const NOT_FOUND: &[u8] =
    b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
/// The head of a JSON page whose end is that of the connection.
pub(crate) const OPEN: &str = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n";
/// The head of a JSON page in chunks.
pub(crate) const CHUNKED: &str =
    "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n";
/// How long a drip waits for its next byte: under any silence allowed.
const DRIP: Duration = Duration::from_millis(100);

/// A page that lists one organisation.
pub(crate) fn page() -> String {
    list(&["Fabrique Alpha"])
}

/// A whole answer, with further header fields, each ended by its line end.
pub(crate) fn answer(status: &str, fields: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n{fields}\r\n"
    );
    [head.as_bytes(), body].concat()
}

/// The well-behaved answer.
pub(crate) fn good() -> Vec<u8> {
    answer(
        "200 OK",
        "content-type: application/json\r\n",
        page().as_bytes(),
    )
}

/// Writes some bytes, then hangs up.
pub(crate) fn says(bytes: impl Into<Vec<u8>>) -> Act {
    let bytes = bytes.into();
    Arc::new(move |_, out| out.write_all(&bytes))
}

/// A redirect.
pub(crate) fn leads(to: &str) -> Act {
    says(answer("302 Found", &format!("location: {to}\r\n"), b""))
}

/// Writes some bytes, then the same few again and again until the client hangs up.
pub(crate) fn repeats(first: impl Into<Vec<u8>>, then: impl Into<Vec<u8>>) -> Act {
    let (first, then) = (first.into(), then.into());
    // Many at once: the client is to be tried, not the kernel.
    let many = then.repeat((64 << 10) / then.len().max(1) + 1);
    Arc::new(move |_, out| {
        out.write_all(&first)?;
        loop {
            out.write_all(&many)?;
        }
    })
}

/// Writes some bytes, then a number of copies of others.
pub(crate) fn repeats_times(
    first: impl Into<Vec<u8>>,
    then: impl Into<Vec<u8>>,
    times: usize,
) -> Act {
    let (first, then) = (first.into(), then.into());
    Arc::new(move |_, out| {
        out.write_all(&first)?;
        (0..times).try_for_each(|_| out.write_all(&then))
    })
}

/// Writes some bytes at once and the rest byte by byte.
pub(crate) fn drips(first: &str, then: &str) -> Act {
    let (first, then) = (first.to_owned(), then.to_owned());
    Arc::new(move |_, out| {
        out.write_all(first.as_bytes())?;
        for byte in then.bytes().cycle() {
            out.write_all(&[byte])?;
            sleep(DRIP);
        }
        Ok(())
    })
}

/// Takes the request and says nothing.
pub(crate) fn is_silent() -> Act {
    Arc::new(|_, out| {
        sleep(Duration::from_secs(30));
        out.flush()
    })
}

/// Redirects to the next number, for ever.
pub(crate) fn leads_on() -> Act {
    Arc::new(|asked, out| {
        let step: usize = asked
            .path
            .rsplit('/')
            .next()
            .and_then(|step| step.parse().ok())
            .unwrap_or(0);
        let next = format!("location: /step/{}\r\n", step + 1);
        out.write_all(&answer("302 Found", &next, b""))
    })
}

/// Cuts the well-behaved answer, at the next of some places each time it is asked for.
pub(crate) fn cuts(places: Vec<usize>) -> Act {
    let whole = good();
    Arc::new(move |asked, out: &mut dyn Write| -> io::Result<()> {
        let last = places.last().copied().unwrap_or_default();
        let end = places.get(asked.before).copied().unwrap_or(last);
        out.write_all(&whole[..end])
    })
}
