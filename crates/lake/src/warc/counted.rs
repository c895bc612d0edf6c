//! A reader that knows where it is.

use std::io::{self, BufRead, Read};

/// Counts what is taken from a reader.
pub(crate) struct Counted<R> {
    input: R,
    taken: u64,
}

impl<R> Counted<R> {
    /// Begins to count, from where the reader stands.
    pub(crate) fn new(input: R, at: u64) -> Self {
        Self { input, taken: at }
    }

    /// Where it is.
    pub(crate) fn taken(&self) -> u64 {
        self.taken
    }

    pub(crate) fn into_inner(self) -> R {
        self.input
    }
}

impl<R: BufRead> Read for Counted<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.fill_buf()?.read(into)?;
        self.consume(read);
        Ok(read)
    }
}

impl<R: BufRead> BufRead for Counted<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.input.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        self.input.consume(amount);
        self.taken += amount as u64;
    }
}
