//! `imap get ACCOUNT MAILBOX UIDS`

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use imaplib::blocking::{Body, Mailbox};
use imaplib::command::FetchItem;
use imaplib::types::{BodyStructure, Part, Section, SectionName, SinglePart, Uid, UidSet};
use serde_json::json;

use crate::account::Account;
use crate::args::Get;
use crate::connect::Connector;
use crate::exit::{Exit, Failure, Result};
use crate::failure::failure;
use crate::output::progress::Progress;
use crate::output::terminal::TerminalWriter;
use crate::output::{self, Output};
use crate::selection;
use crate::transfer_encoding::Decoder;
use crate::unreadable::Warnings;
use crate::{files, mime};

/// A longer text is not made one line of JSON, in octets.
const MOST_IN_JSON: u64 = 64 << 20;

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
            fs::create_dir_all(folder).map_err(|error| Failure::file("make the folder", folder, &error))?;
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
    let mut done = 0;
    let mut warnings = Warnings::default();
    let mut rows = mailbox.fetch(uids, FetchItem::peek(section.clone())).map_err(|error| failure(&error))?;
    while let Some(mut row) = rows.next().map_err(|error| failure(&error))? {
        let Some(uid) = row.uid().filter(|uid| uids.contains(*uid)) else { continue };
        warnings.look(row.data(), row.notes());
        let body = row.next_body().map_err(|error| failure(&error))?;
        let Some(mut body) = body.filter(|body| body.length().is_some()) else { continue };
        if done > 0 {
            continue;
        }
        done += 1;
        if out.is_json() {
            let raw = body
                .to_bytes(MOST_IN_JSON)
                .map_err(|error| failure(&error).also_hint("without --json, messages of any length are printed"))?;
            out.object(&json!({"uid": uid.get(), "section": section.to_string(), "data": output::json::octets(&raw)}))?;
        } else if out.is_terminal() {
            let mut terminal = TerminalWriter::new(out.stream());
            copy(&mut body, &mut terminal)?;
            terminal.finish()?;
        } else {
            copy(&mut body, out.stream())?;
        }
    }
    if done == 0 {
        output::note(&format!("the message with UID {uids} has no such part"));
        return Ok(1);
    }
    Ok(0)
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
        let mut rows = mailbox.fetch(uids, FetchItem::peek(section)).map_err(|error| failure(&error))?;
        while let Some(mut row) = rows.next().map_err(|error| failure(&error))? {
            warnings.look(row.data(), row.notes());
            let Some(uid) = row.uid().filter(|uid| uids.contains(*uid) && !done.contains(*uid)) else { continue };
            let body = row.next_body().map_err(|error| failure(&error))?;
            let Some(mut body) = body.filter(|body| body.length().is_some()) else { continue };
            let name = match (&args.part, args.headers) {
                (Some(part), _) => format!("{uid}-part-{part}"),
                (None, true) => format!("{uid}-headers.txt"),
                (None, false) => format!("{uid}.eml"),
            };
            let (file, path) =
                files::create_new(folder, &name).map_err(|error| Failure::file("write to", folder, &error))?;
            let size = write_file(&mut body, &file, &path, |body, file| copy(body, file))?;
            report(uid, &path, size, out)?;
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
    let mut failed = 0;
    let mut messages: Vec<(Uid, Vec<Wanted>)> = Vec::new();
    {
        let mut rows = mailbox.fetch(uids, FetchItem::BodyStructure).map_err(|error| failure(&error))?;
        let mut warnings = Warnings::default();
        while let Some(row) = rows.next().map_err(|error| failure(&error))? {
            warnings.look(row.data(), row.notes());
            match (row.uid(), row.data().body_structure.as_ref()) {
                (Some(uid), Some(structure)) => messages.push((uid, wanted(structure))),
                (uid, _) => {
                    output::note(&format!("the structure of message {} could not be read", uid.map_or(0, Uid::get)));
                    failed += 1;
                }
            }
        }
    }
    for (uid, parts) in messages.into_iter().filter(|(_, parts)| !parts.is_empty()) {
        let items: Vec<FetchItem> =
            parts.iter().map(|part| FetchItem::peek(Section::part(part.number.clone()))).collect();
        let mut left = parts.len() as u64;
        let mut rows = mailbox.fetch(uid, items).map_err(|error| failure(&error))?;
        while let Some(mut row) = rows.next().map_err(|error| failure(&error))? {
            while let Some(mut body) = row.next_body().map_err(|error| failure(&error))? {
                let SectionName::Body(section) = body.name() else { continue };
                let Some(part) = parts.iter().find(|part| part.number == section.part && body.length().is_some())
                else {
                    continue;
                };
                let (file, path) =
                    files::create_new(folder, &part.name).map_err(|error| Failure::file("write to", folder, &error))?;
                let size = write_file(&mut body, &file, &path, |body, file| {
                    let mut counted = Counted { inner: file, count: 0 };
                    let mut decoder = Decoder::new(&mut counted, &part.encoding);
                    copy(body, &mut decoder)?;
                    decoder.finish()?;
                    Ok(counted.count)
                })?;
                report(uid, &path, size, out)?;
                left = left.saturating_sub(1);
            }
        }
        if left > 0 {
            output::note(&format!("{left} attachments of message {uid} were not sent by the server"));
            failed += left;
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
        let disposition = part.extension.disposition.as_ref();
        let is_attachment = disposition.is_some_and(|disposition| disposition.kind.eq_ignore_ascii_case("attachment"));
        (is_attachment || name.is_some()).then(|| Wanted {
            name: files::safe_name(name.as_deref().unwrap_or_default(), &fallback_name(&number, part)),
            encoding: part.encoding.to_string_lossy().into_owned(),
            number,
        })
    });
    attached.collect()
}

fn fallback_name(number: &Part, part: &SinglePart) -> String {
    let extension = if part.message.is_some() { "eml" } else { "bin" };
    format!("part-{number}.{extension}")
}

/// Writes a file; one that could not be finished is removed, so that none passes for whole.
fn write_file(
    body: &mut Body<'_>,
    file: &File,
    path: &Path,
    write: impl FnOnce(&mut Body<'_>, &mut &File) -> Result<u64>,
) -> Result<u64> {
    let mut writer = file;
    write(body, &mut writer).map_err(|failure| {
        drop(fs::remove_file(path));
        failure.context(path.display())
    })
}

fn report(uid: Uid, path: &Path, size: u64, out: &mut Output) -> Result<()> {
    if out.is_json() {
        return out.object(&json!({"uid": uid.get(), "file": path.to_string_lossy(), "size": size}));
    }
    out.line(&path.to_string_lossy())
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
