//! The bytes of a message as they are sent: with CR LF line ends, out of an mbox without the `>` that was put before lines.

use std::cell::Cell;
use std::fs::File;
use std::io::{self, BufReader, Cursor, Read, Seek as _, SeekFrom};
use std::path::PathBuf;
use std::rc::Rc;

use super::mbox::FROM;

/// Where the bytes of a message come from.
#[derive(Debug, Clone)]
pub(super) enum Place {
    /// The whole file.
    File(PathBuf),
    /// A part of an mbox file.
    Part { file: PathBuf, offset: u64, length: u64, is_quoted: bool },
    /// They are held, because they could not be read twice.
    Held(Rc<[u8]>),
}

impl Place {
    /// How many bytes the message has before its line ends are made CR LF.
    pub(super) fn size(&self) -> io::Result<u64> {
        match self {
            Self::File(path) => Ok(path.metadata()?.len()),
            Self::Part { length, .. } => Ok(*length),
            Self::Held(bytes) => Ok(bytes.len() as u64),
        }
    }

    /// Its bytes as they are sent.
    pub(super) fn open(&self) -> io::Result<Box<dyn Read>> {
        Ok(match self {
            Self::File(path) => Box::new(CrLf::new(BufReader::new(File::open(path)?))),
            Self::Held(bytes) => Box::new(CrLf::new(Cursor::new(Rc::clone(bytes)))),
            Self::Part { file, offset, length, is_quoted } => {
                let mut file = File::open(file)?;
                file.seek(SeekFrom::Start(*offset))?;
                let part = BufReader::new(file.take(*length));
                match is_quoted {
                    true => Box::new(CrLf::new(Unquoted::new(part))),
                    false => Box::new(CrLf::new(part)),
                }
            }
        })
    }

    /// How many bytes are sent.
    pub(super) fn sent_length(&self) -> io::Result<u64> {
        io::copy(&mut self.open()?, &mut io::sink())
    }
}

/// How much of a message was read to be sent: what was not read to its end, no server has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Progress {
    #[default]
    NotComplete,
    Complete,
}

/// A message that is opened when its first byte is sent, and notes when its last one was.
pub(super) struct Sent {
    place: Place,
    open: Option<Box<dyn Read>>,
    left: u64,
    progress: Rc<Cell<Progress>>,
}

impl Sent {
    pub(super) fn new(place: Place, length: u64, progress: Rc<Cell<Progress>>) -> Self {
        Self { place, open: None, left: length, progress }
    }
}

impl Read for Sent {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let reader = match &mut self.open {
            Some(reader) => reader,
            none => none.insert(self.place.open()?),
        };
        let count = reader.read(out)?;
        self.left = self.left.saturating_sub(count as u64);
        if self.left == 0 {
            self.progress.set(Progress::Complete);
            // Many wait for their answers.
            self.open = Some(Box::new(io::empty()));
        }
        Ok(count)
    }
}

/// More `>` than this in a row are not what was put before a line.
const MAX_MARKS: usize = 1000;

/// Removes one `>` from lines that are `From ` behind some of them.
struct Unquoted<R> {
    inner: R,
    /// What was read of a line that may be such a one.
    held: Vec<u8>,
    is_decided: bool,
    /// What is to be returned.
    ready: Vec<u8>,
    returned: usize,
}

impl<R: Read> Unquoted<R> {
    fn new(inner: R) -> Self {
        Self { inner, held: Vec::new(), is_decided: false, ready: Vec::new(), returned: 0 }
    }

    fn take(&mut self, byte: u8) {
        if self.is_decided {
            self.ready.push(byte);
            self.is_decided = byte != b'\n';
            return;
        }
        let marks = self.held.iter().take_while(|byte| **byte == b'>').count();
        let begun = self.held.len() - marks;
        let is_mark = begun == 0 && byte == b'>' && marks < MAX_MARKS;
        if !is_mark && FROM.get(begun) != Some(&byte) {
            self.ready.append(&mut self.held);
            self.is_decided = true;
            return self.take(byte);
        }
        self.held.push(byte);
        if !is_mark && begun + 1 == FROM.len() {
            // One mark less, if there is any.
            self.ready.extend(self.held.drain(..).skip(usize::from(marks > 0)));
            self.is_decided = true;
        }
    }
}

impl<R: Read> Read for Unquoted<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.returned == self.ready.len() {
            self.ready.clear();
            self.returned = 0;
            let mut block = [0; 4096];
            let count = self.inner.read(&mut block)?;
            if count == 0 {
                self.ready.append(&mut self.held);
                if self.ready.is_empty() {
                    return Ok(0);
                }
                break;
            }
            block.iter().take(count).for_each(|byte| self.take(*byte));
        }
        let rest = self.ready.get(self.returned..).unwrap_or_default();
        let count = rest.len().min(out.len());
        if let (Some(to), Some(from)) = (out.get_mut(..count), rest.get(..count)) {
            to.copy_from_slice(from);
        }
        self.returned += count;
        Ok(count)
    }
}

/// Makes line ends CR LF where they are LF: messages are sent like that.
struct CrLf<R> {
    inner: R,
    after_cr: bool,
    pending_lf: bool,
}

impl<R: Read> CrLf<R> {
    fn new(inner: R) -> Self {
        Self { inner, after_cr: false, pending_lf: false }
    }
}

impl<R: Read> Read for CrLf<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if out.is_empty() {
            return Ok(0);
        }
        if self.pending_lf {
            self.pending_lf = false;
            if let Some(first) = out.first_mut() {
                *first = b'\n';
            }
            return Ok(1);
        }
        // Room for twice as many bytes: each of them may grow by one.
        let mut block = [0; 4096];
        let wanted = block.len().min((out.len() / 2).max(1));
        let length = self.inner.read(block.get_mut(..wanted).unwrap_or_default())?;
        let mut slots = out.iter_mut();
        let mut written = 0;
        let mut put = |byte: u8| slots.next().map(|slot| *slot = byte).map(|()| written += 1).is_some();
        for byte in block.iter().take(length) {
            if *byte == b'\n' && !self.after_cr {
                put(b'\r');
                self.pending_lf = !put(b'\n');
            } else {
                put(*byte);
            }
            self.after_cr = *byte == b'\r';
        }
        Ok(written)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_by(mut reader: impl Read, size: usize) -> Vec<u8> {
        let (mut out, mut block) = (Vec::new(), vec![0; size]);
        loop {
            let length = reader.read(&mut block).unwrap();
            if length == 0 {
                return out;
            }
            out.extend_from_slice(&block[..length]);
        }
    }

    #[test]
    fn line_ends_become_crlf_and_stay_crlf() {
        let input = b"a\nb\r\n\n\r\n\rc\n".repeat(1000);
        let expected = b"a\r\nb\r\n\r\n\r\n\rc\r\n".repeat(1000);
        for size in [1, 2, 3, 7, 8192] {
            assert!(read_by(CrLf::new(input.as_slice()), size) == expected, "blocks of {size}");
        }
    }

    #[test]
    fn one_mark_is_taken_from_lines_that_would_separate_messages() {
        let marks = ">".repeat(5000);
        for (text, expected) in [
            (">From a\n>>From b\nx >From c\nFrom d\n", "From a\n>From b\nx >From c\nFrom d\n"),
            (">Fro\n>\n>>\n>From", ">Fro\n>\n>>\n>From"),
            ("", ""),
            (marks.as_str(), marks.as_str()),
        ] {
            for size in [1, 3, 4096] {
                assert_eq!(String::from_utf8(read_by(Unquoted::new(text.as_bytes()), size)).unwrap(), expected);
            }
        }
    }
}
