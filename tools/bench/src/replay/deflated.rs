//! COMPRESS=DEFLATE: the answer is compressed beforehand.

use std::io::{self, BufReader, Read, Write};

use flate2::bufread::DeflateDecoder;
use flate2::{Compress, Compression, FlushCompress};

/// Bytes in DEFLATE that refer to nothing before them and end at a byte: pieces make a stream.
pub(super) fn piece(bytes: &[u8]) -> Vec<u8> {
    let mut state = Compress::new(Compression::default(), false);
    let mut piece = Vec::with_capacity(bytes.len() / 2 + 64);
    loop {
        let done = usize::try_from(state.total_in()).unwrap_or(usize::MAX);
        let left = bytes.get(done..).unwrap_or_default();
        // It fails for no input.
        let _ = state.compress_vec(left, &mut piece, FlushCompress::Sync);
        if left.is_empty() && piece.len() < piece.capacity() {
            return piece;
        }
        piece.reserve(64 << 10);
    }
}

/// A stream that is compressed in both directions.
pub(crate) struct Deflated<S: Read> {
    input: DeflateDecoder<BufReader<S>>,
}

impl<S: Read> Deflated<S> {
    pub(crate) fn new(stream: S) -> Self {
        Self { input: DeflateDecoder::new(BufReader::with_capacity(64 << 10, stream)) }
    }

    /// The stream below, for what is compressed already.
    pub(super) fn below(&mut self) -> &mut S {
        self.input.get_mut().get_mut()
    }
}

impl<S: Read> Read for Deflated<S> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.input.read(buffer)
    }
}

impl<S: Read + Write> Write for Deflated<S> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.below().write_all(&piece(bytes))?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.below().flush()
    }
}
