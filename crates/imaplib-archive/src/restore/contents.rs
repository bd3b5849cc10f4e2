//! The contents of a message on its way: bytes that are held, or a file where they are many; and what is looked up by.

use std::fs::File;
use std::io::{self, Cursor, Read, Seek as _, SeekFrom, Take};

use sha2::{Digest as _, Sha256};

/// A message that is longer than this is not held in memory.
pub(crate) const MAX_HELD: u64 = 4 << 20;

/// So much of a header is looked at.
const MAX_HEADER: usize = 1 << 20;

/// So many characters of a Message-ID are compared.
const MAX_MESSAGE_ID: usize = 200;

/// The bytes of a message.
#[derive(Debug)]
pub(crate) enum Contents {
    Held(Vec<u8>),
    File(File, u64),
}

/// Reads a message from its beginning.
#[derive(Debug)]
pub(crate) enum Reader<'a> {
    Held(Cursor<&'a [u8]>),
    File(Take<&'a File>),
}

impl Read for Reader<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Held(bytes) => bytes.read(into),
            Self::File(file) => file.read(into),
        }
    }
}

/// What is known of the bytes of a message.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Facts {
    pub(crate) message_id: Option<String>,
    /// The SHA-256 of the header, if it is not all ASCII: servers change such headers.
    pub(crate) header: Option<Vec<u8>>,
    /// Of the whole.
    pub(crate) sha256: Vec<u8>,
}

impl Contents {
    /// The bytes of a file: held where they are few.
    pub(crate) fn of_file(mut file: File, length: u64) -> io::Result<Self> {
        if length > MAX_HELD {
            return Ok(Self::File(file, length));
        }
        let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or_default());
        file.read_to_end(&mut bytes)?;
        Ok(Self::Held(bytes))
    }

    pub(crate) fn length(&self) -> u64 {
        match self {
            Self::Held(bytes) => bytes.len() as u64,
            Self::File(_, length) => *length,
        }
    }

    /// Reads it from its beginning.
    pub(crate) fn reader(&self) -> io::Result<Reader<'_>> {
        match self {
            Self::Held(bytes) => Ok(Reader::Held(Cursor::new(bytes))),
            Self::File(file, length) => {
                (&mut &*file).seek(SeekFrom::Start(0))?;
                Ok(Reader::File(file.take(*length)))
            }
        }
    }

    pub(crate) fn facts(&self) -> io::Result<Facts> {
        let (mut hash, mut beginning) = (Sha256::new(), Vec::new());
        let mut keep = |block: &[u8]| {
            hash.update(block);
            let room = MAX_HEADER.saturating_sub(beginning.len());
            beginning.extend_from_slice(block.get(..room).unwrap_or(block));
        };
        match self {
            Self::Held(bytes) => keep(bytes),
            Self::File(..) => {
                let (mut reader, mut block) = (self.reader()?, vec![0; 64 << 10]);
                loop {
                    match reader.read(&mut block) {
                        Ok(0) => break,
                        Ok(length) => keep(block.get(..length).unwrap_or_default()),
                        Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                        Err(error) => return Err(error),
                    }
                }
            }
        }
        let header = header(&beginning);
        Ok(Facts {
            message_id: message_id(header),
            header: (!header.is_ascii()).then(|| header_sum(header)),
            sha256: hash.finalize().to_vec(),
        })
    }
}

/// The header of a message, without the empty line.
fn header(message: &[u8]) -> &[u8] {
    let mut at = 0;
    for line in message.split_inclusive(|byte| *byte == b'\n') {
        if line.trim_ascii().is_empty() {
            break;
        }
        at += line.len();
    }
    message.get(..at).unwrap_or(message)
}

/// The SHA-256 of a header, whatever line ends stand behind it.
pub(crate) fn header_sum(header: &[u8]) -> Vec<u8> {
    Sha256::digest(header.trim_ascii_end()).to_vec()
}

/// The Message-ID in a header, as it is compared: servers write `X` for what is not ASCII, and fold lines.
pub(crate) fn message_id(header: &[u8]) -> Option<String> {
    const NAME: &[u8] = b"message-id:";
    let mut found: Option<Vec<u8>> = None;
    for line in header.split_inclusive(|byte| *byte == b'\n') {
        let is_folded = matches!(line.first(), Some(b' ' | b'\t'));
        match &mut found {
            Some(id) if is_folded => id.extend_from_slice(line.trim_ascii()),
            Some(_) => break,
            None => {
                let name = line.get(..NAME.len()).filter(|name| name.eq_ignore_ascii_case(NAME));
                found = name.and(line.get(NAME.len()..)).map(|id| id.trim_ascii().to_vec());
            }
        }
    }
    let id: String = found?.iter().map(|byte| if byte.is_ascii() { char::from(*byte) } else { 'X' }).collect();
    let id: String = id.chars().filter(|c| !c.is_ascii_whitespace()).take(MAX_MESSAGE_ID).collect();
    (!id.is_empty()).then_some(id)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn a_message_id_is_compared_as_servers_keep_it() {
        for (header, expected) in [
            ("Message-ID: <a@b>\r\n", Some("<a@b>")),
            ("Subject: x\r\nmessage-id:\r\n <a\r\n @b>\r\nTo: y\r\n", Some("<a@b>")),
            ("Message-Id: <\u{e9}@b>\r\n", Some("<XX@b>")),
            ("Message-ID: \r\n", None),
            ("X-Message-ID: <a@b>\r\n", None),
            ("", None),
        ] {
            assert_eq!(message_id(header.as_bytes()).as_deref(), expected, "{header}");
        }
        let long = format!("Message-ID: {}\r\n", "x".repeat(1000));
        assert_eq!(message_id(long.as_bytes()).map(|id| id.len()), Some(MAX_MESSAGE_ID));
    }

    #[test]
    fn a_header_ends_at_the_empty_line() {
        for (message, expected) in [
            ("A: b\r\nC: d\r\n\r\ntext", "A: b\r\nC: d\r\n"),
            ("A: b\n\ntext", "A: b\n"),
            ("A: b", "A: b"),
            ("\r\nx", ""),
        ] {
            assert_eq!(header(message.as_bytes()), expected.as_bytes());
        }
        assert_eq!(header_sum(b"A: b\r\n"), header_sum(b"A: b\r\n\r\n"));
    }

    #[test]
    fn a_file_is_read_as_what_is_held() {
        let text = b"Message-ID: <\xe9@b>\r\n\r\nHello\r\n";
        let held = Contents::Held(text.to_vec());
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(text).unwrap();
        let file = Contents::File(file, text.len() as u64);
        assert_eq!(held.facts().unwrap(), file.facts().unwrap());
        assert!(held.facts().unwrap().header.is_some());
        for _ in 0..2 {
            let mut read = Vec::new();
            file.reader().unwrap().read_to_end(&mut read).unwrap();
            assert_eq!(read, text);
        }
    }
}
