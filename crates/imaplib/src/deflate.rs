//! Raw DEFLATE over any stream, for COMPRESS=DEFLATE (RFC 4978), without I/O of its own.

use std::io;

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};
use imaplib_proto::engine::{EngineError, Limits};

use crate::layer::{BLOCK, Layer};

/// How many plain bytes come before it is looked at how many they were compressed.
const UNJUDGED: u64 = 1 << 20;

/// What comes in: compressed bytes are put in, and plain ones taken out.
struct Inflater {
    state: Decompress,
    input: Vec<u8>,
    /// How much of the input is used up.
    used: usize,
    ended: bool,
    /// How many bytes a compressed one may become.
    limit: u32,
}

impl Inflater {
    /// Begins with what was received already.
    fn new(received: &[u8], limits: &Limits) -> Self {
        Self {
            state: Decompress::new(false),
            input: received.to_vec(),
            used: 0,
            ended: false,
            limit: limits.inflate_ratio,
        }
    }

    /// Puts plain bytes into the buffer and returns how many; `None` if more compressed ones are needed.
    ///
    /// # Errors
    /// If the bytes are not DEFLATE, or become more than the limit allows.
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<Option<usize>> {
        if self.ended || buffer.is_empty() {
            return Ok(Some(0));
        }
        let input = self.input.get(self.used..).unwrap_or_default();
        let (before_in, before_out) = (self.state.total_in(), self.state.total_out());
        let status = self.state.decompress(input, buffer, FlushDecompress::None);
        let status = status.map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
        let count = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
        self.used += count(self.state.total_in() - before_in);
        self.ended = status == Status::StreamEnd;
        let most = self.state.total_in().saturating_mul(self.limit.into());
        if self.state.total_out() > most.max(UNJUDGED) {
            return Err(io::Error::new(io::ErrorKind::InvalidData, EngineError::Inflated { limit: self.limit }));
        }
        match count(self.state.total_out() - before_out) {
            0 if !self.ended => Ok(None),
            plain => Ok(Some(plain)),
        }
    }

    /// Where compressed bytes are to be read to: room for [`BLOCK`]. Say how many came with [`filled`](Self::filled).
    fn room(&mut self) -> &mut [u8] {
        self.used = 0;
        self.input.resize(BLOCK, 0);
        &mut self.input
    }

    /// Reports how many bytes were read into the room.
    fn filled(&mut self, count: usize) {
        self.input.truncate(count);
    }
}

/// What goes out: plain bytes are put in, and compressed ones taken out.
struct Deflater {
    state: Compress,
    output: Vec<u8>,
    gone: usize,
    /// Whether bytes were put in since the last flush.
    dirty: bool,
}

impl Deflater {
    fn new() -> Self {
        Self { state: Compress::new(Compression::fast(), false), output: Vec::new(), gone: 0, dirty: false }
    }

    /// Compresses the bytes.
    ///
    /// # Errors
    /// Never, unless the compressor fails.
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.dirty |= !bytes.is_empty();
        self.run(bytes, FlushCompress::None)
    }

    /// Makes all that was put in ready to go.
    ///
    /// # Errors
    /// Never, unless the compressor fails.
    fn flush(&mut self) -> io::Result<()> {
        match std::mem::take(&mut self.dirty) {
            true => self.run(&[], FlushCompress::Sync),
            false => Ok(()),
        }
    }

    fn run(&mut self, mut bytes: &[u8], flush: FlushCompress) -> io::Result<()> {
        loop {
            self.output.reserve(BLOCK);
            let before = self.state.total_in();
            let status = self.state.compress_vec(bytes, &mut self.output, flush);
            status.map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
            let used = usize::try_from(self.state.total_in() - before).unwrap_or(usize::MAX);
            bytes = bytes.get(used..).unwrap_or_default();
            // Room that is left says that nothing is held back for want of it.
            if bytes.is_empty() && self.output.len() < self.output.capacity() {
                return Ok(());
            }
        }
    }

    /// What is ready to go.
    fn pending(&self) -> &[u8] {
        self.output.get(self.gone..).unwrap_or_default()
    }

    /// Reports how many of the bytes were sent.
    fn sent(&mut self, count: usize) {
        self.gone += count;
        if self.gone >= self.output.len() {
            self.output.clear();
            self.gone = 0;
        }
    }
}

/// Both directions, compressed.
pub(crate) struct Deflate {
    input: Inflater,
    output: Deflater,
}

impl Deflate {
    /// Begins with compressed bytes that were received already.
    pub(crate) fn new(received: &[u8], limits: &Limits) -> Self {
        Self { input: Inflater::new(received, limits), output: Deflater::new() }
    }
}

impl Layer for Deflate {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<Option<usize>> {
        self.input.read(buffer)
    }

    fn room(&mut self) -> &mut [u8] {
        self.input.room()
    }

    fn filled(&mut self, count: usize) {
        self.input.filled(count);
    }

    fn end(&mut self) {
        self.input.ended = true;
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let bytes = bytes.get(..BLOCK).unwrap_or(bytes);
        self.output.write(bytes)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.output.flush()
    }

    fn close(&mut self) -> io::Result<()> {
        self.output.flush()
    }

    fn pending(&mut self) -> &[u8] {
        self.output.pending()
    }

    fn sent(&mut self, count: usize) {
        self.output.sent(count);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inflate(inflater: &mut Inflater, compressed: &[u8], step: usize) -> Vec<u8> {
        let mut plain = Vec::new();
        let mut buffer = [0; 7];
        for part in compressed.chunks(step) {
            inflater.room()[..part.len()].copy_from_slice(part);
            inflater.filled(part.len());
            while let Some(count) = inflater.read(&mut buffer).unwrap() {
                plain.extend_from_slice(&buffer[..count]);
            }
        }
        plain
    }

    #[test]
    fn there_and_back() {
        for step in [1, 3, BLOCK] {
            let (mut deflater, mut inflater) = (Deflater::new(), Inflater::new(b"", &Limits::default()));
            for size in [0, 1, 10, 100_000] {
                let text: Vec<u8> =
                    (0..size).map(|number: usize| u8::try_from(number * number % 251).unwrap()).collect();
                deflater.write(&text).unwrap();
                deflater.flush().unwrap();
                let compressed = deflater.pending().to_vec();
                deflater.sent(compressed.len());
                assert!(inflate(&mut inflater, &compressed, step) == text);
            }
            deflater.flush().unwrap();
            assert!(deflater.pending().is_empty(), "nothing new, and yet something goes out");
        }
    }

    /// Zeros are all that DEFLATE can do, and pass; with a limit they do not.
    #[test]
    fn inflation_has_a_limit() {
        let mut deflater = Deflater::new();
        deflater.write(&vec![0; 8 << 20]).unwrap();
        deflater.flush().unwrap();
        let compressed = deflater.pending().to_vec();
        for (limits, fits) in [(Limits::default(), true), (Limits::default().inflate_ratio(100), false)] {
            let mut inflater = Inflater::new(&compressed, &limits);
            let (mut plain, mut buffer) = (0, vec![0; BLOCK]);
            let error = loop {
                match inflater.read(&mut buffer) {
                    Ok(Some(count)) => plain += count,
                    Ok(None) => break None,
                    Err(error) => break Some(error),
                }
            };
            assert_eq!((error.is_none(), plain == 8 << 20), (fits, fits), "{error:?}");
            let error = error.map(|error| crate::Error::io(crate::TimeoutPhase::Silence, error));
            assert!(error.is_none_or(|error| error.is_limit()));
        }
    }

    #[test]
    fn noise_is_an_error() {
        let mut inflater = Inflater::new(b"\xff\xff\xff\xff noise", &Limits::default());
        assert!(inflater.read(&mut [0; 100]).is_err());
    }
}
