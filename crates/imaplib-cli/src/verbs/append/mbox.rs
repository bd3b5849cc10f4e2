//! The messages in an mbox file: mboxo and mboxrd, in which lines that would separate messages are quoted by `>`, and mboxcl2, in which
//! Content-Length is what counts.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read as _, Seek as _, SeekFrom};
use std::path::Path;

use imaplib::types::{Date, DateTime, Flag, Flags};

/// What the first line of an mbox file, and of each message in it, begins with.
pub(super) const FROM: &[u8] = b"From ";

/// This much of a line is looked at.
const MAX_LINE: usize = 4096;

/// A message in an mbox file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    /// Where it begins, behind the line that separates it from the one before.
    pub(super) offset: u64,
    pub(super) length: u64,
    pub(super) flags: Flags,
    /// The date of that line: when it was delivered.
    pub(super) date: Option<DateTime>,
    /// Whether `>` stands before lines that would separate messages.
    pub(super) is_quoted: bool,
}

/// Finds the messages. In an mboxcl2 file each length leads to the next message, up to the end of the file; in all others
/// messages are separated by an empty line and one that is `From `, an address and a date.
pub(super) fn find(path: &Path) -> io::Result<Vec<Found>> {
    match by_length(path)? {
        Some(found) => Ok(found),
        None => by_line(path),
    }
}

/// A line of the file: where it begins, its length, and what is looked at of it.
struct Line {
    offset: u64,
    length: u64,
    beginning: Vec<u8>,
}

impl Line {
    fn is_empty(&self) -> bool {
        self.length <= 2 && matches!(self.beginning.as_slice(), b"\n" | b"\r\n")
    }

    /// The value of the header, if it is this one; `name` in small letters, with the colon.
    fn header(&self, name: &str) -> Option<String> {
        let (start, rest) = self.beginning.split_at_checked(name.len())?;
        start.eq_ignore_ascii_case(name.as_bytes()).then(|| String::from_utf8_lossy(rest).trim().to_owned())
    }
}

struct Lines {
    file: BufReader<File>,
    offset: u64,
}

impl Lines {
    fn open(path: &Path) -> io::Result<Self> {
        Ok(Self { file: BufReader::with_capacity(64 << 10, File::open(path)?), offset: 0 })
    }

    /// The next line, of whatever length.
    fn next(&mut self) -> io::Result<Option<Line>> {
        let mut line = Line { offset: self.offset, length: 0, beginning: Vec::new() };
        loop {
            let block = match self.file.fill_buf() {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                block => block?,
            };
            if block.is_empty() {
                return Ok((line.length > 0).then_some(line));
            }
            let end = block.iter().position(|byte| *byte == b'\n').map(|at| at + 1);
            let part = block.get(..end.unwrap_or(block.len())).unwrap_or(block);
            let room = MAX_LINE.saturating_sub(line.beginning.len()).min(part.len());
            line.beginning.extend_from_slice(part.get(..room).unwrap_or_default());
            let length = part.len();
            self.file.consume(length);
            line.length += length as u64;
            self.offset += length as u64;
            if end.is_some() {
                return Ok(Some(line));
            }
        }
    }

    fn seek(&mut self, offset: u64) -> io::Result<()> {
        self.offset = self.file.seek(SeekFrom::Start(offset))?;
        Ok(())
    }
}

fn by_line(path: &Path) -> io::Result<Vec<Found>> {
    let mut lines = Lines::open(path)?;
    let mut found: Vec<Found> = Vec::new();
    let (mut open, mut is_header) = (None::<Found>, false);
    // The length of the empty line before this one.
    let mut empty = Some(0);
    while let Some(line) = lines.next()? {
        let date = empty.filter(|_| line.beginning.starts_with(FROM)).and_then(|_| date_of(&line.beginning));
        let is_first = line.offset == 0;
        if is_first || date.is_some() {
            found.extend(open.take().map(|message| ended(message, line.offset, empty)));
            open = Some(begun(&line, date));
            (is_header, empty) = (true, None);
            continue;
        }
        empty = line.is_empty().then_some(line.length);
        is_header &= empty.is_none();
        if let Some(message) = open.as_mut().filter(|_| is_header) {
            flags_in(&line, &mut message.flags);
        }
    }
    found.extend(open.take().map(|message| ended(message, lines.offset, empty)));
    Ok(found)
}

fn begun(line: &Line, date: Option<DateTime>) -> Found {
    let offset = line.offset + line.length;
    Found { offset, length: 0, flags: Flags::new(), date, is_quoted: true }
}

/// The message up to `end`, without the empty line that follows each.
fn ended(message: Found, end: u64, empty: Option<u64>) -> Found {
    let length = (end - message.offset).saturating_sub(empty.unwrap_or_default());
    Found { length, ..message }
}

/// The messages of a file in which each length leads to the next message, and the last one to the end.
fn by_length(path: &Path) -> io::Result<Option<Vec<Found>>> {
    let mut lines = Lines::open(path)?;
    let size = lines.file.get_ref().metadata()?.len();
    let mut found = Vec::new();
    while let Some(line) = lines.next()? {
        // Empty lines follow a message.
        if line.is_empty() && !found.is_empty() {
            continue;
        }
        if !line.beginning.starts_with(FROM) {
            return Ok(None);
        }
        let mut message = Found { is_quoted: false, ..begun(&line, date_of(&line.beginning)) };
        let mut length = None::<u64>;
        loop {
            let Some(line) = lines.next()? else { return Ok(None) };
            if line.is_empty() {
                break;
            }
            if let Some(value) = line.header("content-length:") {
                length = value.parse().ok();
            }
            flags_in(&line, &mut message.flags);
        }
        let end = length.and_then(|length| lines.offset.checked_add(length)).filter(|end| *end <= size);
        let Some(end) = end else { return Ok(None) };
        lines.seek(end)?;
        message.length = end - message.offset;
        found.push(message);
    }
    Ok((!found.is_empty()).then_some(found))
}

/// Adds the flags that programs keep in headers of an mbox.
fn flags_in(line: &Line, flags: &mut Flags) {
    let mut letters = |text: &str, meanings: &[(char, Flag)]| {
        meanings.iter().filter(|(letter, _)| text.contains(*letter)).for_each(|(_, flag)| flags.insert(flag.clone()));
    };
    if let Some(text) = line.header("status:") {
        letters(&text, &[('R', Flag::Seen)]);
    } else if let Some(text) = line.header("x-status:") {
        let meanings = [('A', Flag::Answered), ('F', Flag::Flagged), ('T', Flag::Draft), ('D', Flag::Deleted)];
        letters(&text, &meanings);
    } else if let Some(text) = line.header("x-mozilla-status:") {
        let bits = u16::from_str_radix(&text, 16).unwrap_or_default();
        let meanings = [(1, Flag::Seen), (2, Flag::Answered), (4, Flag::Flagged), (8, Flag::Deleted)];
        meanings.into_iter().filter(|(bit, _)| bits & bit != 0).for_each(|(_, flag)| flags.insert(flag));
    } else if let Some(text) = line.header("x-keywords:") {
        let words = text.split([' ', '\t', ',']).filter(|word| !word.is_empty());
        words.filter_map(|word| Flag::keyword(word).ok()).for_each(|flag| flags.insert(flag));
    }
}

/// The date of a line that separates messages: `From ADDRESS Sat Mar 14 09:26:53 2026`, the time perhaps without seconds, a zone before or
/// behind the year.
fn date_of(line: &[u8]) -> Option<DateTime> {
    let text = std::str::from_utf8(line.get(FROM.len()..)?).ok()?;
    let words: Vec<&str> = text.split_ascii_whitespace().collect();
    let at = words.iter().position(|word| is_time(word))?;
    let before = |back: usize| at.checked_sub(back).and_then(|at| words.get(at)).copied();
    let (month, day) = (before(2)?, before(1)?);
    let rest = words.get(at + 1..)?;
    let year = rest.iter().find(|word| word.len() == 4 && word.bytes().all(|byte| byte.is_ascii_digit()))?;
    let date: Date = format!("{day}-{month}-{year}").parse().ok()?;
    let zone = rest.iter().find_map(|word| zone_of(word)).unwrap_or_default();
    let mut parts = words.get(at)?.split(':').map(str::parse);
    let (hour, minute) = (parts.next()?.ok()?, parts.next()?.ok()?);
    DateTime::new(date, hour, minute, parts.next().and_then(Result::ok).unwrap_or_default(), zone).ok()
}

fn is_time(word: &str) -> bool {
    let parts: Vec<&str> = word.split(':').collect();
    matches!(parts.len(), 2 | 3)
        && parts.iter().all(|part| (1..=2).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit()))
}

/// `+0130`, in minutes.
fn zone_of(word: &str) -> Option<i16> {
    let (sign, digits) = match word.split_at_checked(1)? {
        ("+", digits) => (1, digits),
        ("-", digits) => (-1, digits),
        _ => return None,
    };
    if digits.len() != 4 {
        return None;
    }
    let number: i16 = digits.parse().ok()?;
    Some(sign * (number / 100 * 60 + number % 100))
}

/// Whether a file begins as an mbox does.
pub(super) fn is_mbox(path: &Path) -> io::Result<bool> {
    let mut start = Vec::new();
    File::open(path)?.take(FROM.len() as u64).read_to_end(&mut start)?;
    Ok(start == FROM)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<(String, String, Option<i64>, bool)> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.mbox");
        std::fs::write(&path, text).unwrap();
        let text_of = |found: &Found| {
            let (start, length) = (usize::try_from(found.offset).unwrap(), usize::try_from(found.length).unwrap());
            text.get(start..start + length).unwrap().to_owned()
        };
        let all = find(&path).unwrap();
        all.iter()
            .map(|found| {
                (text_of(found), found.flags.to_string(), found.date.map(DateTime::unix_timestamp), found.is_quoted)
            })
            .collect()
    }

    #[test]
    fn messages_are_separated_by_an_empty_line_and_one_with_a_date() {
        let from = "From a@b Sat Mar 14 09:26:53 2026\n";
        let text =
            format!("{from}A: 1\n\nFrom here\n>From x\n\n{from}B: 2\r\n\r\nbody\r\n\r\n\n{from}C: 3\n\nx\n{from}y\n\n");
        let expected = ["A: 1\n\nFrom here\n>From x\n", "B: 2\r\n\r\nbody\r\n\r\n", &format!("C: 3\n\nx\n{from}y\n")];
        let found = found(&text);
        let texts: Vec<&str> = found.iter().map(|(text, ..)| text.as_str()).collect();
        assert_eq!(texts, expected);
        assert!(
            found.iter().all(|(_, flags, date, quoted)| flags.is_empty() && *date == Some(1_773_480_413) && *quoted)
        );
    }

    #[test]
    fn lengths_count_only_where_each_leads_to_the_next_message() {
        let from = "From a@b Sat Mar 14 09:26:53 2026\n";
        let body = format!("x\n\n{from}y\n");
        let whole = format!("{from}Content-Length: {}\n\n{body}\n{from}Content-Length: 2\n\nz\n", body.len());
        let texts: Vec<String> =
            found(&whole).into_iter().map(|(text, _, _, quoted)| format!("{quoted} {text}")).collect();
        let expected =
            [format!("false Content-Length: {}\n\n{body}", body.len()), "false Content-Length: 2\n\nz\n".to_owned()];
        assert_eq!(texts, expected);
        // One that is wrong, and all are looked for by lines.
        let wrong = whole.replace("Content-Length: 2", "Content-Length: 3");
        assert_eq!(found(&wrong).len(), 3);
        let last = format!("{from}Content-Length: 99999999999999999999\n\nz\n");
        assert_eq!(found(&last).len(), 1);
    }

    #[test]
    fn flags_are_those_of_the_usual_programs() {
        let from = "From - Sat Mar 14 09:26:53 2026 +0100\n";
        for (headers, flags) in [
            ("Status: RO\nX-Status: AF\nX-Keywords: work $Junk\n", "\\Answered \\Flagged \\Seen $Junk work"),
            ("status: O\nx-status: TD\n", "\\Deleted \\Draft"),
            ("X-Mozilla-Status: 0007\n", "\\Answered \\Flagged \\Seen"),
            ("X-Keywords: a\"b {\n\nStatus: RO\n", ""),
        ] {
            let found = &found(&format!("{from}{headers}\nx\n"))[0];
            let mut words: Vec<&str> = found.1.split(' ').filter(|word| !word.is_empty()).collect();
            words.sort_unstable_by_key(|word| (!word.starts_with('\\'), word.to_ascii_lowercase()));
            assert_eq!((words.join(" ").as_str(), found.2), (flags, Some(1_773_476_813)), "{headers}");
        }
    }

    #[test]
    fn dates_are_read_as_programs_write_them() {
        for (line, moment) in [
            ("From a@b Sat Mar 14 09:26:53 2026", Some(1_773_480_413)),
            ("From a@b Sat Mar 14 09:26 2026", Some(1_773_480_360)),
            ("From a@b  Sat Mar  4 9:26:53 CET 2026", Some(1_772_616_413)),
            ("From a@b Sat Mar 14 10:26:53 2026 +0100", Some(1_773_480_413)),
            ("From a b c Sat Mar 14 09:26:53 2026", Some(1_773_480_413)),
            ("From here to there", None),
            ("From a@b Sat Foo 14 09:26:53 2026", None),
            ("From a@b Sat Mar 41 09:26:53 2026", None),
            ("From 10:00", None),
            ("From ", None),
        ] {
            assert_eq!(date_of(line.as_bytes()).map(DateTime::unix_timestamp), moment, "{line}");
        }
    }
}
