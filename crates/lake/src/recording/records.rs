//! The records of a file, packed or not, one after the other.

use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use bytes::Bytes;
use flate2::bufread::GzDecoder;
use jiff::Timestamp;

use super::bare;
use crate::warc::Counted;
use crate::{Error, files};

/// Bytes that the header of a record may have.
const HEAD: u64 = 64 << 10;
/// Bytes that a block may have beyond the cap on bodies: its HTTP head, and what chunks add.
const BESIDE: u64 = 1 << 20;
const GZIP: [u8; 2] = [0x1f, 0x8b];
/// What a record begins with.
const VERSION: &[u8] = b"WARC/";

/// Where a record begins: a byte of the file, or a gzip member and a byte of what is in it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Position {
    pub(super) offset: u64,
    pub(super) within: u64,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "byte {}", self.offset)?;
        if self.within > 0 {
            write!(f, ", {} bytes into what is packed there", self.within)?;
        }
        Ok(())
    }
}

/// What is wrong with a record.
#[derive(Debug, thiserror::Error)]
pub(super) enum Fault {
    #[error("it has more than {0} bytes")]
    TooLarge(u64),
    #[error("this is no WARC record")]
    NoRecord,
    #[error("the file ends within it")]
    CutShort,
    #[error("it cannot be unpacked ({0})")]
    Packing(io::Error),
    #[error("it cannot be read ({0})")]
    Disk(io::Error),
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => Self::CutShort,
            io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput => Self::Packing(error),
            _ => Self::Disk(error),
        }
    }
}

/// A record.
pub(super) struct Record {
    pub(super) position: Position,
    /// Names in lower case.
    fields: Vec<(String, String)>,
    pub(super) block: Bytes,
}

impl Record {
    pub(super) fn field(&self, name: &str) -> Option<&str> {
        field(&self.fields, name)
    }

    pub(super) fn kind(&self) -> &str {
        self.field("warc-type").unwrap_or_default()
    }

    pub(super) fn url(&self) -> Option<&str> {
        self.field("warc-target-uri").map(bare)
    }

    /// Whether it is of an address that can be harvested.
    pub(super) fn is_web(&self) -> bool {
        let url = self.url().unwrap_or_default().to_ascii_lowercase();
        url.starts_with("http:") || url.starts_with("https:")
    }

    pub(super) fn date(&self) -> Option<Timestamp> {
        self.field("warc-date")?.parse().ok()
    }
}

/// The file as it is packed.
enum Input {
    Plain(Counted<BufReader<File>>),
    /// Within a member, and where that begins.
    Member(Box<Counted<BufReader<Packed>>>, u64),
    /// Behind the last: nothing.
    Ended(io::Empty),
}

type Packed = GzDecoder<Counted<BufReader<File>>>;

/// The records of a file.
pub(super) struct Records {
    input: Input,
    cap: u64,
    /// Where the last one that was looked at begins.
    begun: Position,
}

impl Records {
    pub(super) fn open(path: &Path, cap: u64) -> Result<Self, Error> {
        let mut file = BufReader::new(files::open(path)?);
        let begins = file.fill_buf().map_err(Error::file("read", path))?;
        if !begins.starts_with(&GZIP) && !begins.starts_with(VERSION) {
            let message = "this is no WARC file, as it is or packed with gzip";
            return Err(Error::content(path, message));
        }
        let packed = begins.starts_with(&GZIP);
        Ok(Self::new(file, Position::default(), packed, cap))
    }

    /// The record at a place where one was read.
    pub(super) fn at(path: &Path, position: Position, cap: u64) -> Result<Record, Fault> {
        let mut file = BufReader::new(File::open(path)?);
        file.seek(SeekFrom::Start(position.offset))?;
        let packed = file.fill_buf()?.starts_with(&GZIP);
        let mut records = Self::new(file, position, packed, cap);
        io::copy(
            &mut records.input.reader().take(position.within),
            &mut io::sink(),
        )?;
        records.record()?.ok_or(Fault::CutShort)
    }

    fn new(file: BufReader<File>, begun: Position, packed: bool, cap: u64) -> Self {
        let file = Counted::new(file, begun.offset);
        let input = if packed {
            member(file)
        } else {
            Input::Plain(file)
        };
        Self { input, cap, begun }
    }

    /// The next record, or why it cannot be read; none at the end, and behind a fault that no record can be found after.
    pub(super) fn next(&mut self) -> Result<Option<Record>, (Position, Fault)> {
        self.record().map_err(|fault| {
            let next = match (&fault, &mut self.input) {
                (Fault::TooLarge(_), _) => true,
                // The next member begins with a record again.
                (Fault::NoRecord, Input::Member(rest, _)) => {
                    io::copy(rest, &mut io::sink()).is_ok()
                }
                _ => false,
            };
            if !next {
                self.input = Input::Ended(io::empty());
            }
            (self.begun, fault)
        })
    }

    fn record(&mut self) -> Result<Option<Record>, Fault> {
        self.begun = self.input.position();
        if !self.find()? {
            return Ok(None);
        }
        self.begun = self.input.position();
        let reader = self.input.reader();
        let fields = fields(&head(reader)?).ok_or(Fault::NoRecord)?;
        let length = field(&fields, "content-length").and_then(|length| length.parse().ok());
        let length: u64 = length.ok_or(Fault::NoRecord)?;
        let largest = self.cap.saturating_add(BESIDE);
        if length > largest {
            io::copy(&mut reader.take(length), &mut io::sink())?;
            return Err(Fault::TooLarge(largest));
        }
        let mut block = Vec::new();
        if reader.take(length).read_to_end(&mut block)? as u64 != length {
            return Err(Fault::CutShort);
        }
        Ok(Some(Record {
            position: self.begun,
            fields,
            block: block.into(),
        }))
    }

    /// Goes to where a record begins; false at the end.
    fn find(&mut self) -> Result<bool, Fault> {
        loop {
            let reader = self.input.reader();
            while let Some(b'\r' | b'\n') = reader.fill_buf()?.first() {
                reader.consume(1);
            }
            if !reader.fill_buf()?.is_empty() {
                return Ok(true);
            }
            match std::mem::replace(&mut self.input, Input::Ended(io::empty())) {
                Input::Member(packed, _) => {
                    let mut file = packed.into_inner().into_inner().into_inner();
                    if file.fill_buf()?.is_empty() {
                        return Ok(false);
                    }
                    self.input = member(file);
                    self.begun = self.input.position();
                }
                Input::Plain(_) | Input::Ended(_) => return Ok(false),
            }
        }
    }
}

impl Input {
    fn reader(&mut self) -> &mut dyn BufRead {
        match self {
            Self::Plain(file) => file,
            Self::Member(packed, _) => packed,
            Self::Ended(nothing) => nothing,
        }
    }

    fn position(&self) -> Position {
        match self {
            Self::Plain(file) => Position {
                offset: file.taken(),
                within: 0,
            },
            Self::Member(packed, offset) => Position {
                offset: *offset,
                within: packed.taken(),
            },
            Self::Ended(_) => Position::default(),
        }
    }
}

/// The member that a file goes on with.
fn member(file: Counted<BufReader<File>>) -> Input {
    let offset = file.taken();
    let packed = BufReader::new(GzDecoder::new(file));
    Input::Member(Box::new(Counted::new(packed, 0)), offset)
}

/// The header of a record, up to the empty line.
fn head(reader: &mut dyn BufRead) -> Result<Vec<u8>, Fault> {
    let mut head = Vec::new();
    let mut reader = reader.take(HEAD);
    loop {
        let begins = head.len();
        if reader.read_until(b'\n', &mut head)? == 0 {
            return Err(match reader.limit() {
                0 => Fault::NoRecord,
                _ => Fault::CutShort,
            });
        }
        if !head.starts_with(VERSION) {
            return Err(Fault::NoRecord);
        }
        if let Some(b"\r\n" | b"\n") = head.get(begins..) {
            return Ok(head);
        }
    }
}

/// The fields of a header, names in lower case; a line that begins with a blank goes on with the one before.
fn fields(head: &[u8]) -> Option<Vec<(String, String)>> {
    let text = String::from_utf8_lossy(head);
    let mut fields: Vec<(String, String)> = Vec::new();
    for line in text.lines().skip(1).filter(|line| !line.is_empty()) {
        if line.starts_with([' ', '\t']) {
            let (_, value) = fields.last_mut()?;
            value.push(' ');
            value.push_str(line.trim());
        } else {
            let (name, value) = line.split_once(':')?;
            let name = name.trim().to_ascii_lowercase();
            fields.push((name, value.trim().to_owned()));
        }
    }
    Some(fields)
}

fn field<'a>(fields: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let found = fields.iter().find(|(key, _)| key == name);
    found.map(|(_, value)| value.as_str())
}
