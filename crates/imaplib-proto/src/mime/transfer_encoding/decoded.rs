//! What the decoders write, and what became of the text.

use std::io::{self, Write};

/// What became of the encoded text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// All of it was decoded.
    Whole,
    /// It was decoded; something in it, behind it or at its end was not of the encoding. In quoted-printable that is kept as
    /// it is, else it was left out.
    Damaged,
    /// It is not in the encoding that it is said to be in: what was written means nothing.
    NotEncoded,
}

/// This many bytes of the output are collected.
pub(super) const BLOCK: usize = 8 << 10;

/// Collects single bytes into blocks.
pub(super) struct Output<W> {
    pub(super) inner: W,
    pub(super) block: Vec<u8>,
}

impl<W: Write> Output<W> {
    #[inline]
    pub(super) fn push(&mut self, byte: u8) -> io::Result<()> {
        self.block.push(byte);
        if self.block.len() >= BLOCK { self.flush() } else { Ok(()) }
    }

    pub(super) fn flush(&mut self) -> io::Result<()> {
        self.inner.write_all(&self.block)?;
        self.block.clear();
        Ok(())
    }
}
