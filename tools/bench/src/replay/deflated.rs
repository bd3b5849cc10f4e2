//! COMPRESS=DEFLATE: the answer is compressed beforehand.

use std::io::{self, BufRead as _, BufReader, Read, Write};
use std::net::TcpStream;

use flate2::bufread::DeflateDecoder;
use flate2::{Compress, Compression, FlushCompress};

use super::answer::Answer;

/// Octets in DEFLATE that refer to nothing before them and end at an octet: pieces make a stream.
pub(super) fn piece(octets: &[u8]) -> Vec<u8> {
    let mut state = Compress::new(Compression::default(), false);
    let mut piece = Vec::with_capacity(octets.len() / 2 + 64);
    loop {
        let done = usize::try_from(state.total_in()).unwrap_or(usize::MAX);
        let left = octets.get(done..).unwrap_or_default();
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
}

impl<S: Read> Read for Deflated<S> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.input.read(buffer)
    }
}

impl<S: Read + Write> Write for Deflated<S> {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        self.input.get_mut().get_mut().write_all(&piece(octets))?;
        Ok(octets.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.input.get_mut().get_mut().flush()
    }
}

/// Says what it can do, and goes on in clear text up to COMPRESS, and compressed from there.
pub(super) fn converse(stream: TcpStream, answer: &Answer) -> io::Result<()> {
    let ready = b"* OK [CAPABILITY IMAP4rev1 COMPRESS=DEFLATE] ready\r\n";
    let mut stream = BufReader::new(stream);
    stream.get_mut().write_all(ready)?;
    let mut line = String::new();
    while stream.read_line(&mut line)? > 0 {
        let tag = line.split_whitespace().next().unwrap_or("*").to_owned();
        let compress = line.to_ascii_uppercase().contains("COMPRESS");
        let about = if line.to_ascii_uppercase().contains("CAPABILITY") {
            "* CAPABILITY IMAP4rev1 COMPRESS=DEFLATE\r\n"
        } else {
            ""
        };
        stream.get_mut().write_all(format!("{about}{tag} OK done\r\n").as_bytes())?;
        if compress {
            let prepared = |out: &mut Deflated<TcpStream>| out.input.get_mut().get_mut().write_all(answer.deflated());
            return super::talk(Deflated::new(stream.into_inner()), answer, prepared);
        }
        line.clear();
    }
    Ok(())
}
