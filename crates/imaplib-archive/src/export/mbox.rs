//! An export with an mbox file for each mailbox, in the form mboxrd: `>` is put before each line that is `From ` behind any number of
//! `>`, so that nothing of it is lost. Line ends stay as they are, CR LF in most messages, so that the bytes are those of the archive;
//! what separates messages ends in LF.

use std::io::Write;
use std::path::{Path, PathBuf};

use imaplib::types::{DateTime, Flag, Flags};

use crate::error::{ArchiveError, Result};
use crate::export::message::{Content, Target};
use crate::export::names::within;
use crate::export::replacement::Replacement;
use crate::messages::ArchivedMessage;
use crate::private;

pub(super) struct Mboxes<'a> {
    root: &'a Path,
    with_status: bool,
    open: Option<(PathBuf, Replacement)>,
}

impl<'a> Mboxes<'a> {
    pub(super) fn new(root: &'a Path, with_status: bool) -> Self {
        Self { root, with_status, open: None }
    }
}

impl Target for Mboxes<'_> {
    fn begin(&mut self, folder: &str) -> Result<()> {
        let path = within(self.root, &format!("{folder}.mbox"));
        if let Some((above, _)) = folder.rsplit_once('/') {
            private::make_folder(self.root, above).map_err(|error| ArchiveError::io("make", &path, error))?;
        }
        let file = Replacement::of(&path)?;
        self.open = Some((path, file));
        Ok(())
    }

    fn has(&mut self, _: &ArchivedMessage) -> Result<bool> {
        Ok(false)
    }

    fn add(&mut self, message: &ArchivedMessage, content: &mut Content) -> Result<u64> {
        let Some((path, file)) = &mut self.open else { return Ok(0) };
        let failed = |error| ArchiveError::io("write", path, error);
        let mut head = from_line(&content.beginning()?, message.internal_date);
        if self.with_status {
            head.push_str(&status(&message.flags));
        }
        file.write_all(head.as_bytes()).map_err(failed)?;
        let mut quoting = Quoting::new(file);
        content.for_each_block(|block| quoting.write(block).map_err(failed))?;
        quoting.finish().map_err(failed)?;
        Ok(0)
    }

    fn end(&mut self) -> Result<u64> {
        self.open.take().map_or(Ok(0), |(_, file)| file.finish().map(u64::from))
    }
}

/// Puts `>` before lines that would separate messages.
struct Quoting<'a> {
    out: &'a mut dyn Write,
    /// What may yet become such a line: some `>` and a beginning of `From `.
    held: Vec<u8>,
    /// The line is not such a one.
    is_decided: bool,
    last: u8,
}

const FROM: &[u8] = b"From ";

impl<'a> Quoting<'a> {
    fn new(out: &'a mut dyn Write) -> Self {
        Self { out, held: Vec::new(), is_decided: false, last: b'\n' }
    }

    fn write(&mut self, mut bytes: &[u8]) -> std::io::Result<()> {
        while let Some((first, rest)) = bytes.split_first() {
            if self.is_decided {
                let end = memchr::memchr(b'\n', bytes).map_or(bytes.len(), |at| at + 1);
                let (line, rest) = bytes.split_at(end);
                self.out.write_all(line)?;
                self.last = line.last().copied().unwrap_or(self.last);
                self.is_decided = self.last != b'\n';
                bytes = rest;
                continue;
            }
            let begun = self.held.iter().filter(|byte| **byte != b'>').count();
            let is_mark = begun == 0 && *first == b'>';
            if !is_mark && FROM.get(begun) != Some(first) {
                self.decide(false)?;
                continue;
            }
            self.held.push(*first);
            bytes = rest;
            if begun + 1 == FROM.len() && !is_mark {
                self.decide(true)?;
            }
        }
        Ok(())
    }

    fn decide(&mut self, is_from: bool) -> std::io::Result<()> {
        if is_from {
            self.out.write_all(b">")?;
        }
        self.out.write_all(&self.held)?;
        self.last = self.held.last().copied().unwrap_or(self.last);
        self.held.clear();
        self.is_decided = true;
        Ok(())
    }

    /// Ends the last line, if it has no end, and adds the empty line that follows a message.
    fn finish(mut self) -> std::io::Result<()> {
        if !self.held.is_empty() {
            self.decide(false)?;
        }
        self.out.write_all(if self.last == b'\n' { b"\n" } else { b"\n\n" })
    }
}

/// `From SENDER Sat Mar 14 09:26:53 2026`, in UTC: the sender of the envelope, as the message was delivered, else that of the header.
fn from_line(beginning: &[u8], date: Option<i64>) -> String {
    let address = |name: &str| header(beginning, name).and_then(|value| address_in(&value));
    let sender = ["return-path", "sender", "from"].iter().find_map(|name| address(name));
    let date = date.and_then(|date| DateTime::from_unix(date).ok()).map(asctime);
    let (sender, date) =
        (sender.as_deref().unwrap_or("MAILER-DAEMON"), date.unwrap_or_else(|| asctime_of(0, 0, "00:00:00", 1970)));
    format!("From {sender} {date}\n")
}

fn asctime(moment: DateTime) -> String {
    let date = moment.date();
    let time = format!("{:02}:{:02}:{:02}", moment.hour(), moment.minute(), moment.second());
    let month = usize::from(date.month()).saturating_sub(1);
    let names = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
    // The first day of 1970 was a Thursday.
    let weekday = usize::try_from((date.to_days() + 4).rem_euclid(7)).unwrap_or_default();
    let weekday = names.get(weekday).copied().unwrap_or("Thu");
    format!("{weekday} {}", day_of(month, date.day(), &time, date.year()))
}

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

fn day_of(month: usize, day: u8, time: &str, year: u16) -> String {
    format!("{} {day:>2} {time} {year:04}", MONTHS.get(month).copied().unwrap_or("Jan"))
}

fn asctime_of(month: usize, day: u8, time: &str, year: u16) -> String {
    format!("Thu {}", day_of(month, day + 1, time, year))
}

/// The first header of this name, in small letters, of those in the beginning of a message.
fn header(beginning: &[u8], name: &str) -> Option<String> {
    let mut lines =
        beginning.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii_end).take_while(|line| !line.is_empty());
    let is_it = |line: &&[u8]| {
        line.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name.as_bytes()))
            && line.get(name.len()) == Some(&b':')
    };
    let first = lines.by_ref().find(is_it)?;
    let mut value = first.get(name.len() + 1..)?.to_vec();
    for line in lines.take_while(|line| matches!(line.first(), Some(b' ' | b'\t'))) {
        value.extend_from_slice(line);
    }
    Some(String::from_utf8_lossy(&value).trim().to_owned())
}

/// The address in a header, if it has no blank and can be read by every program.
fn address_in(value: &str) -> Option<String> {
    let inner = value.rsplit_once('<').and_then(|(_, rest)| rest.split_once('>')).map(|(address, _)| address);
    let address = inner.unwrap_or(value).trim();
    let is_sound =
        (1..=254).contains(&address.len()) && address.bytes().all(|byte| byte.is_ascii_graphic() && byte != b',');
    is_sound.then(|| address.to_owned())
}

/// The headers in which mail programs keep the flags of a message in an mbox.
fn status(flags: &Flags) -> String {
    let has = |flag: Flag| flags.iter().any(|found| found == flag);
    let letters = |pairs: &[(Flag, char)]| {
        pairs.iter().filter(|(flag, _)| has(flag.clone())).map(|(_, letter)| *letter).collect()
    };
    let status = if has(Flag::Seen) { "RO" } else { "O" };
    let other: String =
        letters(&[(Flag::Answered, 'A'), (Flag::Flagged, 'F'), (Flag::Draft, 'T'), (Flag::Deleted, 'D')]);
    let mut text = format!("Status: {status}\n");
    if !other.is_empty() {
        text.push_str(&format!("X-Status: {other}\n"));
    }
    let keywords: Vec<String> = flags
        .iter()
        .map(|flag| flag.to_string())
        .filter(|name| !name.starts_with('\\') && name.bytes().all(|byte| byte.is_ascii_graphic()))
        .collect();
    if !keywords.is_empty() {
        text.push_str(&format!("X-Keywords: {}\n", keywords.join(" ")));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quoted(text: &str, size: usize) -> String {
        let mut out = Vec::new();
        let mut quoting = Quoting::new(&mut out);
        text.as_bytes().chunks(size).for_each(|chunk| quoting.write(chunk).unwrap());
        quoting.finish().unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn lines_that_would_separate_messages_are_quoted() {
        for (text, expected) in [
            ("From a\r\n>From b\r\n>>From c\r\n", ">From a\r\n>>From b\r\n>>>From c\r\n\n"),
            ("Fro\nFrom\nFromx\n From \n>Fro", "Fro\nFrom\nFromx\n From \n>Fro\n\n"),
            ("x From \n>\n>>\nFrom ", "x From \n>\n>>\n>From \n\n"),
            ("", "\n"),
            (">", ">\n\n"),
        ] {
            for size in [1, 2, 3, 5, 100] {
                assert_eq!(quoted(text, size), expected, "{text:?} {size}");
            }
        }
    }

    #[test]
    fn the_line_before_a_message_is_sound() {
        for (head, date, expected) in [
            (
                "Return-Path: <a@b.example>\r\nFrom: C <c@d>\r\n",
                Some(1_773_480_413),
                "a@b.example Sat Mar 14 09:26:53 2026",
            ),
            ("From: \"C, D\" <c@d>\r\n\r\nSender: x@y\r\n", Some(0), "c@d Thu Jan  1 00:00:00 1970"),
            ("FROM:\r\n\tfolded@example\r\n", None, "folded@example Thu Jan  1 00:00:00 1970"),
            ("From: a@b, c@d\r\n", Some(951_782_400), "MAILER-DAEMON Tue Feb 29 00:00:00 2000"),
            ("Return-Path: <>\r\nFrom: a b\r\n", Some(-1), "MAILER-DAEMON Wed Dec 31 23:59:59 1969"),
            ("From: ü@x\r\n", Some(5), "MAILER-DAEMON Thu Jan  1 00:00:05 1970"),
            ("From: x@y\u{1b}[2J\r\nSubject: x\r\n", Some(5), "MAILER-DAEMON Thu Jan  1 00:00:05 1970"),
        ] {
            assert_eq!(from_line(head.as_bytes(), date), format!("From {expected}\n"), "{head:?}");
        }
    }

    #[test]
    fn flags_are_the_headers_of_other_programs() {
        let flags: Flags = "\\Seen \\Answered \\Flagged work $Junk".parse().unwrap();
        assert_eq!(status(&flags), "Status: RO\nX-Status: AF\nX-Keywords: work $Junk\n");
        assert_eq!(status(&Flags::new()), "Status: O\n");
    }
}
