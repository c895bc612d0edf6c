//! WARC 1.1 (ISO 28500:2017), as this archive writes it and reads its own files back: one gzip member a record, so that
//! each can be read alone.
//!
//! An exchange is two or three records in a row: the `response` (a `revisit` where the archive holds its body already, a
//! `resource` where a file was read), the `request`, and last a `metadata` record with all that the index needs and HTTP
//! does not say. An exchange counts once that last record is whole: a file is the log that the index is rebuilt from.
//!
//! Why not the crate `warc`: it draws record identifiers at random, knows nothing of the members that a record is
//! addressed by, and compresses through a slow library; what it would spare us is the splitting of header lines. Here
//! identifiers are made from content, so that the same run gives the same bytes. What is stored is the response as
//! decoded: the headers that spoke of its transfer are dropped, and its length is that of the body.

mod counted;
mod exchange;
mod gzip;
mod read;

use std::fmt::Write as _;

use jiff::Timestamp;
use moisson_model::Digest;

pub(crate) use counted::Counted;
pub(crate) use exchange::{Referred, canonical, write};
pub(crate) use gzip::Packer;
pub(crate) use read::{Scan, Scanned, body, exchange, record};

/// The media type of lines of names and values.
const FIELDS: &str = "application/warc-fields";
/// What stands before a digest.
const SHA256: &str = "sha256:";

/// A WARC record, before it is written.
struct Record<'a> {
    kind: &'static str,
    fields: Vec<(&'static str, String)>,
    /// The block: what we made, and what came.
    block: (String, &'a [u8]),
}

impl Record<'_> {
    /// Its identifier, from its content; a body that came counts through its digest, which is among the fields.
    fn id(&self) -> String {
        let sent = (self.kind == "request").then(|| Digest::of(self.block.1).to_string());
        let parts = [self.kind].into_iter();
        let parts = parts.chain(self.fields.iter().map(|(_, value)| value.as_str()));
        let parts = parts.chain([self.block.0.as_str()]).chain(sent.as_deref());
        identifier(Digest::of_parts(parts))
    }

    /// Its header, up to the block.
    fn head(&self, id: &str) -> String {
        let mut head = format!(
            "WARC/1.1\r\nWARC-Type: {}\r\nWARC-Record-ID: {id}\r\n",
            self.kind
        );
        for (name, value) in &self.fields {
            let _infallible = write!(head, "{name}: {value}\r\n");
        }
        let length = self.block.0.len() + self.block.1.len();
        let _infallible = write!(head, "Content-Length: {length}\r\n\r\n");
        head
    }

    /// Packs it behind what is there; gives its identifier.
    fn pack(&self, packer: &mut Packer, out: &mut Vec<u8>) -> std::io::Result<String> {
        let id = self.id();
        let head = self.head(&id);
        let parts = [
            head.as_bytes(),
            self.block.0.as_bytes(),
            self.block.1,
            b"\r\n\r\n",
        ];
        packer.member(&parts, out)?;
        Ok(id)
    }
}

/// A name-based UUID, version 8 (RFC 9562): the digest is ours.
fn identifier(digest: Digest) -> String {
    let hex = digest.to_string();
    let cut = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    format!(
        "<urn:uuid:{}-{}-8{}-8{}-{}>",
        cut(0, 8),
        cut(8, 12),
        cut(12, 15),
        cut(15, 18),
        cut(18, 30)
    )
}

/// What begins a file: who wrote it.
pub(crate) fn info(
    at: Timestamp,
    file: &str,
    packer: &mut Packer,
    out: &mut Vec<u8>,
) -> std::io::Result<()> {
    let block = format!(
        "software: moisson\r\nformat: WARC File Format 1.1\r\nconformsTo: \
         http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/\r\nisPartOf: {file}\r\n"
    );
    let fields = vec![
        ("WARC-Date", date(at)),
        ("WARC-Filename", file.to_owned()),
        ("Content-Type", FIELDS.to_owned()),
    ];
    let record = Record {
        kind: "warcinfo",
        fields,
        block: (block, &[]),
    };
    record.pack(packer, out).map(drop)
}

/// An instant as WARC 1.1 has it: with the fraction of its second where it has one.
fn date(at: Timestamp) -> String {
    at.to_string()
}

#[cfg(test)]
pub(crate) mod tests;
