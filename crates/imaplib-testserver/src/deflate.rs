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
            let rest = unused(bytes, self.packer.total_in() - before);
            packed.reserve(256);
            self.packer.compress_vec(rest, &mut packed, FlushCompress::Sync).map_err(io::Error::other)?;
            if unused(bytes, self.packer.total_in() - before).is_empty() && packed.len() < packed.capacity() {
                return Ok(packed);
            }
        }
    }

    /// Returns what the bytes become.
    pub(crate) fn unpack(&mut self, bytes: &[u8]) -> io::Result<Vec<u8>> {
        let mut plain = Vec::with_capacity(ROOM);
        let before = self.unpacker.total_in();
        loop {
            let rest = unused(bytes, self.unpacker.total_in() - before);
            plain.reserve(ROOM);
            let had = plain.len();
            let status =
                self.unpacker.decompress_vec(rest, &mut plain, FlushDecompress::Sync).map_err(io::Error::other)?;
            // There may be room left though not all is read: what was unpacked before is handed out by itself.
            let left = unused(bytes, self.unpacker.total_in() - before);
            let is_stuck = left.len() == rest.len() && plain.len() == had;
            if (left.is_empty() && plain.len() < plain.capacity()) || is_stuck || status == Status::StreamEnd {
                return Ok(plain);
            }
        }
    }
}

/// What is left of the bytes when some of them were used.
fn unused(bytes: &[u8], used: u64) -> &[u8] {
    usize::try_from(used).ok().and_then(|used| bytes.get(used..)).unwrap_or_default()
}

impl fmt::Debug for Deflate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Deflate")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_is_unpacked_however_well_it_was_packed() {
        let text = "0123456789 abcdefghijklmnopqrstuvwxyz\r\n".repeat(8000);
        let (mut near, mut far) = (Deflate::new(), Deflate::new());
        for piece in [text.as_bytes(), b"a NOOP\r\n", &[0; 100_000], b""] {
            let packed = near.pack(piece).unwrap();
            assert!(far.unpack(&packed).unwrap() == piece, "{} bytes", piece.len());
        }
        // In pieces, as they come from a network.
        let packed = near.pack(text.as_bytes()).unwrap();
        let plain: Vec<u8> = packed.chunks(7).flat_map(|chunk| far.unpack(chunk).unwrap()).collect();
        assert!(plain == text.as_bytes());
    }
}
