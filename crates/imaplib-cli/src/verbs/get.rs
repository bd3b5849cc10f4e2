//! `imap get ACCOUNT MAILBOX UIDS`

use std::io::{self, Write};
use std::path::Path;

use imaplib::blocking::{Body, Mailbox};
use imaplib::command::FetchItem;
use imaplib::types::{BodyStructure, Part, Section, SinglePart, Uid, UidSet};
use serde_json::{Value, json};

use crate::account::Account;
use crate::args::Get;
use crate::asked;
use crate::connect::Connector;
use crate::exit::{Exit, Failure, Result};
use crate::failure::failure;
use crate::files::{self, Pending};
use crate::mime;
use crate::output::progress::Progress;
use crate::output::terminal::TerminalWriter;
use crate::output::{self, Output};
use crate::safe_name::safe_name;
use crate::selection;
use crate::transfer_encoding::Decoder;
use crate::unreadable::Warnings;

/// A longer text is not made one line of JSON, in octets: as text it is held several times.
const MOST_IN_JSON: u64 = 8 << 20;

const MOST_OF_ENCODING: usize = 40;

pub(crate) fn run(args: &Get, config: Option<&Path>, out: &mut Output) -> Result<Exit> {
    let uids = selection::uids(&args.uids)?;
    let section = section(args)?;
    let connector = Connector::new(Account::resolve(&args.access, config)?)?;
    let mut session = connector.session()?;
    let mut mailbox = selection::examine(&mut session, &args.mailbox)?;
    let (uids, mut exit) = selection::existing(&mut mailbox, &uids, &args.mailbox)?;
    let failed = match &args.output {
        None if uids.len() > 1 => {
            return Err(Failure::usage(format!("{} messages do not fit into one stream", uids.len()))
                .hint("give a folder for them with -o DIR"));
        }
        None => to_stdout(&mut mailbox, &uids, section, out)?,
        Some(folder) => {
            files::make_folder(folder).map_err(|error| Failure::file("make the folder", folder, &error))?;
            files::remove_pending_on_signals()?;
            if args.attachments {
                attachments(&mut mailbox, &uids, folder, out)?
            } else {
                to_files(&mut mailbox, &uids, section, args, folder, out)?
            }
        }
    };
    if failed > 0 {
        exit = Exit::Partial;
    }
    out.flush()?;
    let _ = session.logout();
    Ok(exit)
}

fn section(args: &Get) -> Result<Section> {
    if args.headers {
        return Ok(Section::header());
    }
    let Some(part) = &args.part else { return Ok(Section::message()) };
    let part: Part = part
        .parse()
        .map_err(|error| Failure::usage(format!("--part: {error}")).hint("parts are numbered 1, 2, 2.1, …"))?;
    Ok(Section::part(part))
}

/// The one message to standard output; tells how many failed.
fn to_stdout(mailbox: &mut Mailbox<'_>, uids: &UidSet, section: Section, out: &mut Output) -> Result<u64> {
    let mut done = false;
    let mut warnings = Warnings::default();
    let mut rows = mailbox.fetch(uids, FetchItem::peek(section.clone())).map_err(|error| failure(&error))?;
    while let Some(mut row) = rows.next().map_err(|error| failure(&error))? {
        warnings.look(row.data(), row.notes());
        let Some(uid) = row.uid().filter(|uid| uids.contains(*uid) && !done) else { continue };
        let mut object = None;
        while let Some(mut body) = row.next_body().map_err(|error| failure(&error))? {
            if done || !asked::is_whole(&body, &section) {
                continue;
            }
            done = true;
            if out.is_json() {
                object = Some(json_object(uid, &section, &mut body)?);
            } else if out.is_terminal() {
                let mut terminal = TerminalWriter::new(out.stream());
                copy(&mut body, &mut terminal)?;
                terminal.finish()?;
            } else {
                copy(&mut body, out.stream())?;
            }
        }
        row.finish().map_err(|error| failure(&error))?;
        if done && row.uid() != Some(uid) {
            output::note(&format!("the server sent the text of another message in place of that with UID {uid}"));
            return Ok(1);
        }
        if let Some(object) = object {
            out.object(&object)?;
        }
    }
    if !done {
        output::note(&format!("the message with UID {uids} has no such part"));
        return Ok(1);
    }
    Ok(0)
}

fn json_object(uid: Uid, section: &Section, body: &mut Body<'_>) -> Result<Value> {
    let hint = "without --json, messages of any length are printed";
    let raw = body.to_bytes(MOST_IN_JSON).map_err(|error| failure(&error).also_hint(hint))?;
    let mut object = json!({"uid": uid.get(), "section": section.to_string()});
    if let Some(fields) = object.as_object_mut() {
        fields.insert("data".to_owned(), output::json::bytes(&raw));
    }
    Ok(object)
}

/// Each message to a file of its own.
fn to_files(
    mailbox: &mut Mailbox<'_>,
    uids: &UidSet,
    section: Section,
    args: &Get,
    folder: &Path,
    out: &mut Output,
) -> Result<u64> {
    let progress = Progress::messages(uids.len());
    let mut done = UidSet::new();
    {
        let tell = |text: &str| progress.note(text);
        let mut warnings = Warnings::new(&tell);
        let mut rows = mailbox.fetch(uids, FetchItem::peek(section.clone())).map_err(|error| failure(&error))?;
        while let Some(mut row) = rows.next().map_err(|error| failure(&error))? {
            warnings.look(row.data(), row.notes());
            let Some(uid) = row.uid().filter(|uid| uids.contains(*uid) && !done.contains(*uid)) else { continue };
            let name = match (&args.part, args.headers) {
                (Some(part), _) => format!("{uid}-part-{part}"),
                (None, true) => format!("{uid}-headers.txt"),
                (None, false) => format!("{uid}.eml"),
            };
            let mut received = None;
            while let Some(mut body) = row.next_body().map_err(|error| failure(&error))? {
                if received.is_none() && asked::is_whole(&body, &section) {
                    received = Some(receive(folder, &name, |file| copy(&mut body, file))?);
                }
            }
            row.finish().map_err(|error| failure(&error))?;
            let Some(received) = received.filter(|_| row.uid() == Some(uid)) else { continue };
            received.keep(uid, &name, folder, out)?;
            done.insert(uid);
            progress.add(1);
        }
    }
    progress.finish();
    let failed: UidSet = uids.iter().filter(|uid| !done.contains(*uid)).collect();
    if !failed.is_empty() {
        output::note(&format!("the server did not send what was asked for of the messages with the UIDs {failed}"));
    }
    Ok(failed.len())
}

/// The attachments, decoded, under their own names.
fn attachments(mailbox: &mut Mailbox<'_>, uids: &UidSet, folder: &Path, out: &mut Output) -> Result<u64> {
    let mut seen = UidSet::new();
    let mut messages: Vec<(Uid, Vec<Wanted>)> = Vec::new();
    {
        let mut rows = mailbox.fetch(uids, FetchItem::BodyStructure).map_err(|error| failure(&error))?;
        let mut warnings = Warnings::default();
        while let Some(row) = rows.next().map_err(|error| failure(&error))? {
            warnings.look(row.data(), row.notes());
            let Some(uid) = row.uid().filter(|uid| uids.contains(*uid) && !seen.contains(*uid)) else { continue };
            if let Some(structure) = &row.data().body_structure {
                seen.insert(uid);
                messages.push((uid, wanted(structure)));
            }
        }
    }
    let unseen: UidSet = uids.iter().filter(|uid| !seen.contains(*uid)).collect();
    let mut failed = unseen.len();
    if failed > 0 {
        output::note(&format!("the server did not send the structure of the messages with the UIDs {unseen}"));
    }
    for (uid, parts) in messages.into_iter().filter(|(_, parts)| !parts.is_empty()) {
        let items: Vec<FetchItem> =
            parts.iter().map(|part| FetchItem::peek(Section::part(part.number.clone()))).collect();
        let mut left: Vec<&Wanted> = parts.iter().collect();
        let mut rows = mailbox.fetch(uid, items).map_err(|error| failure(&error))?;
        while let Some(mut row) = rows.next().map_err(|error| failure(&error))? {
            if row.uid() != Some(uid) {
                continue;
            }
            let mut received: Vec<(&Wanted, Received)> = Vec::new();
            while let Some(mut body) = row.next_body().map_err(|error| failure(&error))? {
                let is_here = |part: &&Wanted| asked::is_whole(&body, &Section::part(part.number.clone()));
                let Some(part) = left.iter().copied().find(is_here) else { continue };
                if received.iter().any(|(other, _)| other.number == part.number) {
                    continue;
                }
                let file = receive(folder, &part.name, |file| {
                    let mut counted = Counted { inner: file, count: 0 };
                    let mut decoder = Decoder::new(&mut counted, &part.encoding);
                    copy(&mut body, &mut decoder)?;
                    decoder.finish()?;
                    Ok(counted.count)
                })?;
                received.push((part, file));
            }
            row.finish().map_err(|error| failure(&error))?;
            if row.uid() != Some(uid) {
                continue;
            }
            for (part, file) in received {
                file.keep(uid, &part.name, folder, out)?;
                left.retain(|other| other.number != part.number);
            }
        }
        if !left.is_empty() {
            output::note(&format!("{} attachments of message {uid} were not sent by the server", left.len()));
            failed += left.len() as u64;
        }
    }
    Ok(failed)
}

/// An attachment to fetch.
struct Wanted {
    number: Part,
    name: String,
    encoding: String,
}

fn wanted(structure: &BodyStructure) -> Vec<Wanted> {
    let leaves = structure.leaves();
    let attached = leaves.into_iter().filter_map(|(number, part)| {
        let name = mime::file_name(part);
        (mime::is_attachment(part) || name.is_some()).then(|| Wanted {
            name: safe_name(name.as_deref().unwrap_or_default(), &fallback_name(&number, part)),
            // No name of an encoding is longer.
            encoding: part.encoding.to_string_lossy().chars().take(MOST_OF_ENCODING).collect(),
            number,
        })
    });
    attached.collect()
}

fn fallback_name(number: &Part, part: &SinglePart) -> String {
    let extension = if part.message.is_some() { "eml" } else { "bin" };
    format!("part-{number}.{extension}")
}

/// A file that is whole and durable, but has no name yet: what else the row says may show that it is of another message.
struct Received {
    file: Pending,
    size: u64,
}

impl Received {
    fn keep(self, uid: Uid, name: &str, folder: &Path, out: &mut Output) -> Result<()> {
        let path = self.file.keep(name).map_err(|error| Failure::file("write to", folder, &error))?;
        report(uid, &path, self.size, out)
    }
}

fn receive(folder: &Path, name: &str, write: impl FnOnce(&mut Pending) -> Result<u64>) -> Result<Received> {
    let mut file = Pending::new(folder).map_err(|error| Failure::file("write to", folder, &error))?;
    let size = write(&mut file).map_err(|failure| failure.context(folder.join(name).display()))?;
    file.sync().map_err(|error| Failure::file("write to", folder, &error))?;
    Ok(Received { file, size })
}

fn report(uid: Uid, path: &Path, size: u64, out: &mut Output) -> Result<()> {
    if out.is_json() {
        out.object(&json!({"uid": uid.get(), "file": path.to_string_lossy(), "size": size}))?;
    } else {
        out.line(&path.to_string_lossy())?;
    }
    // A signal ends the process without what waits here.
    out.flush()
}

/// Copies in constant memory.
fn copy(body: &mut Body<'_>, to: &mut impl Write) -> Result<u64> {
    let mut size = 0;
    while let Some(chunk) = body.chunk().map_err(|error| failure(&error))? {
        to.write_all(&chunk)?;
        size += chunk.len() as u64;
    }
    Ok(size)
}

/// Counts what it passes on.
struct Counted<W> {
    inner: W,
    count: u64,
}

impl<W: Write> Write for Counted<W> {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(octets)?;
        self.count += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}
