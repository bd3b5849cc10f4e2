//! The first line of what may never end.

use std::io::{self, Read};

use zeroize::Zeroizing;

/// The longest secret, and the most that a command may print, in bytes.
pub(super) const MOST: u64 = 64 << 10;

/// Why there is no line that could be used.
#[derive(Debug)]
pub(super) enum Unusable {
    TooLong,
    NotUtf8,
    Empty,
    Io(io::Error),
}

impl Unusable {
    /// What is wrong with the first line.
    pub(super) fn reason(&self) -> String {
        match self {
            Self::TooLong => format!("its first line is longer than {} KiB", MOST >> 10),
            Self::NotUtf8 => "its first line is not UTF-8".to_owned(),
            Self::Empty => "its first line is empty".to_owned(),
            Self::Io(error) => error.to_string(),
        }
    }
}

/// Reads up to the end of the first line, and little beyond it.
pub(super) fn read(source: &mut impl Read) -> Result<Zeroizing<String>, Unusable> {
    let mut line = Zeroizing::new(Vec::with_capacity(4096));
    let mut block = Zeroizing::new([0; 512]);
    while !line.contains(&b'\n') {
        if line.len() as u64 > MOST {
            return Err(Unusable::TooLong);
        }
        match source.read(block.as_mut_slice()) {
            Ok(0) => break,
            Ok(count) => line.extend_from_slice(block.get(..count).unwrap_or_default()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(Unusable::Io(error)),
        }
    }
    let line = line.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    match std::str::from_utf8(line) {
        Ok("") => Err(Unusable::Empty),
        Ok(text) => Ok(Zeroizing::new(text.to_owned())),
        Err(_) => Err(Unusable::NotUtf8),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_the_first_line() {
        assert_eq!(read(&mut &b"s3cret \r\nuser: x\n"[..]).unwrap().as_str(), "s3cret ");
        assert_eq!(read(&mut &b"no line end"[..]).unwrap().as_str(), "no line end");
        assert!(matches!(read(&mut &b"\nx"[..]), Err(Unusable::Empty)));
        assert!(matches!(read(&mut &b""[..]), Err(Unusable::Empty)));
        assert!(matches!(read(&mut &b"\xff\n"[..]), Err(Unusable::NotUtf8)));
        assert!(matches!(read(&mut io::repeat(b'x')), Err(Unusable::TooLong)));
        let long = "x".repeat(60_000);
        assert_eq!(read(&mut format!("{long}\ny").as_bytes()).unwrap().as_str(), long);
    }
}
