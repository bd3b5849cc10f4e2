//! COMPRESS=DEFLATE (RFC 4978): both directions of a connection.

use std::fmt;
use std::io;

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};

/// By how much room grows, in bytes.
const ROOM: usize = 16 << 10;

/// The state of both directions.
pub(crate) struct Deflate {
    packer: Compress,
    unpacker: Decompress,
}

impl Deflate {
    pub(crate) fn new() -> Self {
        Self { packer: Compress::new(Compression::best(), false), unpacker: Decompress::new(false) }
    }

    /// Compresses, so that all of it can be read at once.
    pub(crate) fn pack(&mut self, bytes: &[u8]) -> io::Result<Vec<u8>> {
        let mut packed = Vec::with_capacity(bytes.len() / 2 + 256);
        let before = self.packer.total_in();
        loop {
            let used = usize::try_from(self.packer.total_in() - before).unwrap_or(usize::MAX);
            let rest = bytes.get(used..).unwrap_or_default();
            packed.reserve(256);
            self.packer.compress_vec(rest, &mut packed, FlushCompress::Sync).map_err(io::Error::other)?;
            if packed.len() < packed.capacity() {
                return Ok(packed);
            }
        }
    }

    /// Returns what the bytes become.
    pub(crate) fn unpack(&mut self, bytes: &[u8]) -> io::Result<Vec<u8>> {
        let mut plain = Vec::with_capacity(ROOM);
        let before = self.unpacker.total_in();
        loop {
            let used = usize::try_from(self.unpacker.total_in() - before).unwrap_or(usize::MAX);
            let rest = bytes.get(used..).unwrap_or_default();
            plain.reserve(ROOM);
            let status =
                self.unpacker.decompress_vec(rest, &mut plain, FlushDecompress::Sync).map_err(io::Error::other)?;
            if plain.len() < plain.capacity() || status == Status::StreamEnd {
                return Ok(plain);
            }
        }
    }
}

impl fmt::Debug for Deflate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Deflate")
    }
}
