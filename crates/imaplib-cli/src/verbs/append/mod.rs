//! `imap append ACCOUNT MAILBOX FILE…`

use std::fs::File;
use std::io::{self, BufReader, Cursor, Read, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use imaplib::AppendMessage;
use imaplib::blocking::Session;
use imaplib::types::{AppendUid, DateTime, Flags, MailboxName, Reported, StatusItem};
use serde_json::json;

use crate::args::Append;
use crate::args::values;
use crate::error::library::failure;
use crate::error::{Exit, Failure, Result};
use crate::mailbox::resolve;
use crate::output::{self, Output};
use crate::verbs::each::{Work, each};
use crate::verbs::flag::flag;

pub(crate) fn run(args: &Append, config: Option<&Path>, out: &mut Output) -> Result<Exit> {
    let flags: Flags = args.flag.iter().map(|name| flag(name.trim_start_matches('+'))).collect::<Result<_>>()?;
    let date = args.date.as_ref().map(|date| values::date_time("--date", date)).transpose()?;
    let own = values::size("--max-size", &args.max_size)?;
    let appending = Appending { mailbox: &args.at.mailbox, found: None, flags, date, own, out };
    each(appending, &args.at.access, config, &args.files)
}

/// Puts files into a mailbox.
struct Appending<'a> {
    mailbox: &'a str,
    /// The mailbox, and how long a message may be.
    found: Option<(MailboxName, Limit)>,
    flags: Flags,
    date: Option<DateTime>,
    /// The limit of `--max-size`.
    own: u64,
    out: &'a mut Output,
}

impl Appending<'_> {
    fn target(&mut self, session: &mut Session) -> Result<(MailboxName, Limit)> {
        if let Some(found) = &self.found {
            return Ok(found.clone());
        }
        let mailbox = resolve::find(session, self.mailbox)?;
        let limit = Limit { own: self.own, server: server_limit(session, &mailbox)? };
        Ok(self.found.insert((mailbox, limit)).clone())
    }
}

impl Work for Appending<'_> {
    type Item = PathBuf;
    type Done = (MailboxName, Reported<AppendUid>);

    fn begin(&mut self, session: &mut Session) -> Result<()> {
        self.target(session).map(drop)
    }

    fn act(&mut self, session: &mut Session, file: &PathBuf) -> Result<Self::Done> {
        let (mailbox, limit) = self.target(session)?;
        let uid = append(session, &mailbox, file, &self.flags, self.date, limit).map_err(Failure::of_change)?;
        Ok((mailbox, uid))
    }

    fn report(&mut self, file: &PathBuf, (mailbox, uid): Self::Done) -> Result<()> {
        if uid.is_unreadable() {
            output::note(&format!(
                "{}: appended, and the server's report of its UID (APPENDUID) cannot be read",
                file.display()
            ));
        }
        report(file, &mailbox, uid.value(), self.out)
    }

    fn name(file: &PathBuf) -> String {
        file.display().to_string()
    }
}

fn append(
    session: &mut Session,
    mailbox: &MailboxName,
    path: &Path,
    flags: &Flags,
    date: Option<DateTime>,
    limit: Limit,
) -> Result<Reported<AppendUid>> {
    let read_failed = |error: io::Error| Failure::file("read", path, &error);
    let not_empty = |length: u64| match length {
        0 => Err(Failure::usage(format!("{} is empty: there is no message in it", path.display()))),
        length => limit.check(path, length),
    };
    let of_file = |failure: Failure| failure.context(path.display());
    let mut hold = |input: &mut dyn Read| {
        let mut message = Vec::new();
        let most = limit.least().saturating_add(1);
        CrLf::new(input).take(most).read_to_end(&mut message).map_err(read_failed)?;
        let length = not_empty(message.len() as u64)?;
        send(session, mailbox, flags, date, Cursor::new(message), length).map_err(of_file)
    };
    if path.as_os_str() == "-" {
        return hold(&mut io::stdin().lock());
    }
    let mut file = File::open(path).map_err(|error| Failure::file("open", path, &error))?;
    let metadata = file.metadata().map_err(read_failed)?;
    if !metadata.is_file() {
        return hold(&mut BufReader::new(file));
    }
    // Line ends only make it longer.
    limit.check(path, metadata.len())?;
    // The length is announced first: the file is read twice rather than held in memory.
    let length = io::copy(&mut CrLf::new(BufReader::new(&file)), &mut io::sink()).map_err(read_failed)?;
    let length = not_empty(length)?;
    file.seek(SeekFrom::Start(0)).map_err(read_failed)?;
    send(session, mailbox, flags, date, CrLf::new(BufReader::new(file)), length).map_err(of_file)
}

/// How long a message may be, in bytes as it is sent.
#[derive(Clone, Copy)]
struct Limit {
    /// That of `--max-size`.
    own: u64,
    /// What the server announces (RFC 7889), if it does.
    server: Option<u64>,
}

impl Limit {
    fn least(self) -> u64 {
        self.server.unwrap_or(u64::MAX).min(self.own)
    }

    fn check(self, path: &Path, length: u64) -> Result<u64> {
        let name = path.display();
        if let Some(most) = self.server.filter(|most| length > *most) {
            let text = format!("{name} is longer than the {most} bytes that the server accepts (APPENDLIMIT)");
            return Err(
                Failure::new(Exit::Unavailable, text).hint("leave out attachments, or ask the server's operator")
            );
        }
        if length > self.own {
            let text = format!("{name} is longer than {}", output::size(self.own));
            return Err(Failure::usage(text).hint("is it one message? --max-size SIZE allows more"));
        }
        Ok(length)
    }
}

/// The limit of the mailbox. Where the server has one of its own for each, it is asked for; a refusal is not an error.
fn server_limit(session: &mut Session, mailbox: &MailboxName) -> Result<Option<u64>> {
    let capabilities = session.capabilities();
    if capabilities.append_limit().is_some() || !capabilities.has_name("APPENDLIMIT") {
        return Ok(capabilities.append_limit());
    }
    match session.status(mailbox, &[StatusItem::AppendLimit]) {
        Ok(status) => Ok(status.append_limit.flatten()),
        Err(error) if error.is_command_level() => Ok(None),
        Err(error) => Err(failure(&error)),
    }
}

fn send(
    session: &mut Session,
    mailbox: &MailboxName,
    flags: &Flags,
    date: Option<DateTime>,
    message: impl Read,
    length: u64,
) -> Result<Reported<AppendUid>> {
    let mut message = AppendMessage::new(message, length).flags(flags.clone());
    if let Some(date) = date {
        message = message.date(date);
    }
    session.append(mailbox, message).map_err(|error| failure(&error).context("append"))
}

fn report(file: &Path, mailbox: &MailboxName, uid: Option<&AppendUid>, out: &mut Output) -> Result<()> {
    let uids = uid.map(|uid| uid.uids.to_string());
    if out.is_json() {
        let validity = uid.map(|uid| uid.uid_validity);
        let number = uid.and_then(|uid| uid.uids.iter().next()).map(imaplib::types::Uid::get);
        return out.object(&json!({
            "change": "appended",
            "mailbox": mailbox.to_text(),
            "file": file.to_string_lossy(),
            "uid": number,
            "uidvalidity": validity,
        }));
    }
    if out.is_terminal() {
        let uid = uids.map(|uid| format!(" as UID {uid}")).unwrap_or_default();
        return out.line(&format!("{} added to {mailbox}{uid}", file.display()));
    }
    uids.map_or(Ok(()), |uid| out.line(&uid))
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

    #[test]
    fn line_ends_become_crlf_and_stay_crlf() {
        let input = b"a\nb\r\n\n\r\n\rc\n".repeat(1000);
        let expected = b"a\r\nb\r\n\r\n\r\n\rc\r\n".repeat(1000);
        for size in [1, 2, 3, 7, 8192] {
            let mut reader = CrLf::new(input.as_slice());
            let (mut out, mut block) = (Vec::new(), vec![0; size]);
            loop {
                let length = reader.read(&mut block).unwrap();
                if length == 0 {
                    break;
                }
                out.extend_from_slice(&block[..length]);
            }
            assert!(out == expected, "blocks of {size}");
        }
    }
}
