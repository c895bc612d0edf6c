//! Content codings (RFC 9110, section 8.4.1) undone as the bytes arrive, under caps.
//!
//! A few bytes may decode to gigabytes, so the decoding is ours rather than the HTTP client's: what it yields is counted
//! as it comes, and nothing is held beyond a cap but the window of a coding (at most 16 MiB, that of brotli).
//! A stream that breaks off is an error: half a page is no page.

use std::io::{self, Write};

use brotli_decompressor::{BrotliDecoderParameter, DecompressorWriter};
use flate2::Decompress;
use flate2::write::{MultiGzDecoder, ZlibDecoder};
use zstd::stream::raw::{self, DParameter};
use zstd::stream::zio;

#[cfg(test)]
mod tests;

/// What the client can decode, as `Accept-Encoding` says it.
pub(crate) const ACCEPTED: &str = "gzip, br, zstd, deflate";
/// Codings that one body may be wrapped in. Two happen, where a proxy compresses what was compressed.
const STACKED: usize = 2;
/// How much larger than its transfer a body may be. Listings shrink to a tenth, the most repetitive of tables to a
/// hundredth; a bomb needs a thousand (deflate's limit is 1032) to be worth sending.
const RATIO: u64 = 200;
/// Bodies up to this size are free of the ratio: a page of blanks harms nobody.
const RATIO_FREE: u64 = 1 << 20;
/// How far a transfer may exceed the cap on what it decodes to: headers and checksums of codings, no more.
const OVERHEAD: u64 = 64 << 10;
/// The largest zstd window, 8 MiB, as RFC 9659 rules for HTTP.
const ZSTD_WINDOW_LOG: u32 = 23;
const BUFFER: usize = 16 << 10;
/// How much of a name that a server made up is repeated in a message.
const NAME: usize = 40;

/// Why a body cannot be had.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Fault {
    /// More than one body may have.
    #[error("the body is over {0} bytes")]
    TooLarge(u64),
    /// A bomb.
    #[error("the body decodes to more than {RATIO} times the {0} bytes received")]
    Ratio(u64),
    /// A coding that was not asked for.
    #[error("the content coding `{0}` is not one that was asked for")]
    Unknown(String),
    /// A coding upon a coding upon a coding.
    #[error("the body is wrapped in more than {STACKED} content codings")]
    Stacked,
    /// Bytes that are not what they claim to be.
    #[error("the body is not the `{0}` that it claims to be: {1}")]
    Corrupt(String, String),
    /// The coding does not come to its end, although the transfer did.
    #[error("the `{0}` body breaks off, or its checksum is wrong")]
    Truncated(String),
}

/// Turns what is received into a body.
pub(crate) struct Decoder {
    /// The codings as stated, for messages.
    stated: String,
    stage: Box<dyn Stage>,
    received: u64,
    max_bytes: u64,
}

impl Decoder {
    /// A decoder for the codings of `Content-Encoding`: the last applied is the first undone.
    pub(crate) fn new(stated: &str, max_bytes: u64) -> Result<Self, Fault> {
        let codings: Vec<String> = stated
            .split(',')
            .map(|coding| coding.trim().to_ascii_lowercase())
            .filter(|coding| !coding.is_empty() && coding != "identity")
            .collect();
        if codings.len() > STACKED {
            return Err(Fault::Stacked);
        }
        let sink: Box<dyn Stage> = Box::new(Sink::new(max_bytes));
        let stage = codings
            .iter()
            .try_fold(sink, |inner, coding| undo(coding, inner))?;
        Ok(Self {
            stated: codings.join(", "),
            stage,
            received: 0,
            max_bytes,
        })
    }

    /// Makes room for what the server says it will send, or says at once that it is too much.
    pub(crate) fn announce(&mut self, bytes: u64) -> Result<(), Fault> {
        if bytes > self.most() {
            return Err(Fault::TooLarge(self.max_bytes));
        }
        let room = usize::try_from(bytes.min(RATIO_FREE)).unwrap_or_default();
        self.stage.sink().body.reserve_exact(room);
        Ok(())
    }

    /// Whether anything is to be undone.
    pub(crate) fn is_coded(&self) -> bool {
        !self.stated.is_empty()
    }

    /// How many bytes were received.
    pub(crate) fn received(&self) -> u64 {
        self.received
    }

    /// How many bytes may be received.
    fn most(&self) -> u64 {
        self.max_bytes.saturating_add(OVERHEAD)
    }

    /// Takes what was received; what it decodes to is counted at once.
    pub(crate) fn push(&mut self, chunk: &[u8]) -> Result<(), Fault> {
        self.received = self.received.saturating_add(chunk.len() as u64);
        if self.received > self.most() {
            return Err(Fault::TooLarge(self.max_bytes));
        }
        self.stage.sink().received = self.received;
        let written = self.stage.write_all(chunk);
        written.map_err(|error| self.fault(&error))
    }

    /// Whether the coding came to its end. A body of no bytes at all is empty, whatever it claims.
    pub(crate) fn end(&mut self) -> Result<(), Fault> {
        if self.received == 0 {
            return Ok(());
        }
        let ended = self.stage.end();
        ended.map_err(|error| match self.fault(&error) {
            Fault::Corrupt(stated, _) => Fault::Truncated(stated),
            fault => fault,
        })
    }

    /// What was decoded so far.
    pub(crate) fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.stage.sink().body)
    }

    fn fault(&mut self, error: &io::Error) -> Fault {
        let over = self.stage.sink().over.clone();
        over.unwrap_or_else(|| Fault::Corrupt(self.stated.clone(), error.to_string()))
    }
}

/// A step of the way from the transfer to the body.
trait Stage: Write + Send {
    /// Where the body gathers.
    fn sink(&mut self) -> &mut Sink;

    /// Fails unless the stream is at its end.
    fn end(&mut self) -> io::Result<()>;
}

/// The body, as far as it may grow.
struct Sink {
    body: Vec<u8>,
    max_bytes: u64,
    received: u64,
    /// Which cap was met.
    over: Option<Fault>,
}

impl Sink {
    fn new(max_bytes: u64) -> Self {
        Self {
            body: Vec::new(),
            max_bytes,
            received: 0,
            over: None,
        }
    }

    /// How large the body may be by now, and the fault of being larger.
    fn cap(&self) -> (u64, Fault) {
        let by_ratio = self.received.saturating_mul(RATIO).max(RATIO_FREE);
        if by_ratio < self.max_bytes {
            (by_ratio, Fault::Ratio(self.received))
        } else {
            (self.max_bytes, Fault::TooLarge(self.max_bytes))
        }
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let (cap, fault) = self.cap();
        let room = usize::try_from(cap)
            .unwrap_or(usize::MAX)
            .saturating_sub(self.body.len());
        let taken = bytes.len().min(room);
        self.body.extend(bytes.iter().take(taken));
        if taken < bytes.len() {
            self.over = Some(fault.clone());
            return Err(io::Error::other(fault));
        }
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Stage for Sink {
    fn sink(&mut self) -> &mut Sink {
        self
    }

    fn end(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Stage for Box<dyn Stage> {
    fn sink(&mut self) -> &mut Sink {
        (**self).sink()
    }

    fn end(&mut self) -> io::Result<()> {
        (**self).end()
    }
}

/// Each library has its own words for the same two things.
macro_rules! stage {
    ($decoder:ty, $inner:ident, $finish:ident) => {
        impl<S: Stage> Stage for $decoder {
            fn sink(&mut self) -> &mut Sink {
                self.$inner().sink()
            }

            fn end(&mut self) -> io::Result<()> {
                self.$finish()?;
                self.$inner().end()
            }
        }
    };
}

stage!(MultiGzDecoder<S>, get_mut, try_finish);
stage!(ZlibDecoder<S>, get_mut, try_finish);
stage!(DecompressorWriter<S>, get_mut, close);
stage!(zio::Writer<S, raw::Decoder<'static>>, writer_mut, finish);

/// `deflate` is zlib by its definition (RFC 9110, section 8.4.1.2) and raw with some servers.
struct Deflate {
    decoder: ZlibDecoder<Box<dyn Stage>>,
    begun: bool,
}

impl Write for Deflate {
    /// The first byte tells: its low half is 8 in zlib, and a raw stream would begin so only with padding that is not zero.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let raw = bytes.first().is_some_and(|first| first & 0x0f != 8);
        if raw && !self.begun {
            let inner = std::mem::replace(self.decoder.get_mut(), Box::new(Sink::new(0)));
            self.decoder = ZlibDecoder::new_with_decompress(inner, Decompress::new(false));
        }
        self.begun |= !bytes.is_empty();
        self.decoder.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.decoder.flush()
    }
}

impl Stage for Deflate {
    fn sink(&mut self) -> &mut Sink {
        self.decoder.sink()
    }

    fn end(&mut self) -> io::Result<()> {
        self.decoder.end()
    }
}

/// The stage that undoes a coding and hands on to the next.
fn undo(coding: &str, inner: Box<dyn Stage>) -> Result<Box<dyn Stage>, Fault> {
    Ok(match coding {
        "gzip" | "x-gzip" => Box::new(MultiGzDecoder::new(inner)),
        "deflate" => Box::new(Deflate {
            decoder: ZlibDecoder::new(inner),
            begun: false,
        }),
        "br" => Box::new(brotli(inner)),
        "zstd" => Box::new(zio::Writer::new(
            inner,
            zstd().map_err(|_| unknown(coding))?,
        )),
        _ => return Err(unknown(coding)),
    })
}

fn unknown(coding: &str) -> Fault {
    Fault::Unknown(coding.chars().take(NAME).collect())
}

/// The library takes windows of a gigabyte unless told that this is the `br` of RFC 7932.
fn brotli(inner: Box<dyn Stage>) -> DecompressorWriter<Box<dyn Stage>> {
    let mut decoder = DecompressorWriter::new(inner, BUFFER);
    decoder.set_parameter(BrotliDecoderParameter::BROTLI_DECODER_PARAM_LARGE_WINDOW, 0);
    decoder
}

fn zstd() -> io::Result<raw::Decoder<'static>> {
    let mut decoder = raw::Decoder::new()?;
    decoder.set_parameter(DParameter::WindowLogMax(ZSTD_WINDOW_LOG))?;
    Ok(decoder)
}
