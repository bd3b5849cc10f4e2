//! `imap get ACCOUNT MAILBOX UIDS`

mod attachments;
mod empty_text;
mod received;

use std::path::Path;

use imaplib::Error;
use imaplib::command::FetchItem;
use imaplib::types::{Part, Section, Uid, UidSet};
use imaplib_archive::announced_size::{Measured, TextLength};
use serde_json::{Value, json};

use self::received::receive;
use crate::args::Get;
use crate::error::library::failure;
use crate::error::{Exit, Failure, Result};
use crate::files;
use crate::mailbox::reader::Reader;
use crate::mailbox::resolve;
use crate::message::rows::{self, Warnings, copy};
use crate::output::diagnostics::Progress;
use crate::output::terminal::TerminalWriter;
use crate::output::{self, Output};
use crate::verbs::frame::in_mailbox;

/// A longer text is not made one line of JSON, in bytes: as text it is held several times.
const MOST_IN_JSON: u64 = 8 << 20;

pub(crate) fn run(args: &Get, config: Option<&Path>, out: &mut Output) -> Result<Exit> {
    let uids = resolve::uids(&args.at.uids)?;
    let asked = asked(args)?;
    in_mailbox(&args.at.access, config, &args.at.mailbox, |reader| {
        let (uids, mut exit) = resolve::existing(&mut reader.mailbox()?, &uids, &args.at.mailbox)?;
        let failed = match &args.output {
            None if uids.len() > 1 => {
                return Err(Failure::usage(format!("{} messages do not fit into one stream", uids.len()))
                    .hint("give a folder for them with -o DIR"));
            }
            None => to_stdout(reader, &uids, &asked, out)?,
            Some(folder) => {
                files::make_folder(folder).map_err(|error| Failure::file("make the folder", folder, &error))?;
                files::remove_pending_on_signals()?;
                if args.attachments {
                    attachments::save(reader, &uids, folder, args.max_attachments, out)?
                } else {
                    to_files(reader, &uids, &asked, args, folder, out)?
                }
            }
        };
        if failed > 0 || reader.has_other_texts {
            exit = Exit::Partial;
        }
        out.flush()?;
        Ok(exit)
    })
}

/// What of each message.
struct Asked {
    section: Section,
    part: Option<Part>,
}

impl Asked {
    fn is_message(&self) -> bool {
        self.section == Section::message()
    }

    /// Reports that this did not come of some messages.
    fn report_missing(&self, uids: &UidSet) {
        let what = match &self.part {
            Some(part) => format!("part {part} of "),
            None if self.is_message() => String::new(),
            None => "the header of ".to_owned(),
        };
        output::note(&format!("the server did not send {what}the {}", output::messages_with(uids)));
    }
}

fn asked(args: &Get) -> Result<Asked> {
    if args.headers {
        return Ok(Asked { section: Section::header(), part: None });
    }
    let Some(part) = &args.part else { return Ok(Asked { section: Section::message(), part: None }) };
    let part: Part = part
        .parse()
        .map_err(|error| Failure::usage(format!("--part: {error}")).hint("parts are numbered 1, 2, 2.1, …"))?;
    Ok(Asked { section: Section::part(part.clone()), part: Some(part) })
}

/// The one message to standard output; returns how many failed.
fn to_stdout(reader: &mut Reader<'_>, uids: &UidSet, asked: &Asked, out: &mut Output) -> Result<u64> {
    let section = &asked.section;
    let mut size = None;
    let mut object = None;
    let mut length = TextLength::new();
    let mut is_short = false;
    let mut items = vec![FetchItem::body_peek(section.clone())];
    if asked.is_message() {
        items.insert(0, FetchItem::Size);
    }
    let explain = |error: Error| failure(&error).context(format!("the {}", output::messages_with(uids)));
    let mut mailbox = reader.mailbox()?;
    let mut warnings = Warnings::default();
    let mut rows = mailbox.fetch(uids, items).map_err(explain)?;
    let mut failed = 0;
    while let Some(mut row) = rows.next().map_err(explain)? {
        warnings.look(row.data(), row.diagnostics());
        let Some(uid) = row.uid().filter(|uid| uids.contains(*uid)) else { continue };
        if size.is_some() {
            if row.next_body().map_err(explain)?.is_some() {
                output::note(&format!(
                    "the server sent the {} more than once: the first is used",
                    output::messages_with(uids)
                ));
                failed = 1;
            }
            continue;
        }
        while let Some(mut body) = row.next_body().map_err(explain)? {
            let is_nothing = rows::is_nothing(&body, section);
            if size.is_some() || !(is_nothing || rows::is_whole(&body, section)) {
                continue;
            }
            if is_nothing {
                size = Some(0);
            } else if out.is_json() {
                let hint = "without --json, messages of any length are printed";
                let raw = body.to_bytes(MOST_IN_JSON).map_err(|error| failure(&error).also_hint(hint))?;
                object = Some(json_object(uid, section, &raw));
                length = TextLength::of(&raw);
                size = Some(length.size());
            } else if out.is_terminal() {
                let mut terminal = TerminalWriter::new(out.stream());
                let mut measured = Measured::new(&mut terminal);
                size = Some(copy(&mut body, &mut measured)?);
                length = measured.length().clone();
                terminal.finish()?;
            } else {
                let mut measured = Measured::new(out.stream());
                size = Some(copy(&mut body, &mut measured)?);
                length = measured.length().clone();
            }
        }
        row.finish().map_err(explain)?;
        let announced = row.size().filter(|_| asked.is_message() && length.size() > 0);
        is_short = announced.is_some_and(|announced| length.is_short_of(announced));
        if size.is_some() && row.uid() != Some(uid) {
            output::note(&format!("the server sent the text of another message in place of that with UID {uid}"));
            return Ok(1);
        }
        if row.data().has_doubtful_text() {
            output::note(&format!(
                "the text of the message with UID {uid} is in doubt: the server sent two, or a wrong length"
            ));
            return Ok(1);
        }
    }
    drop((rows, warnings));
    match (size, uids.first()) {
        (Some(0), Some(uid)) => {
            if empty_text::really_empty(reader, uids, section, asked.part.as_ref())?.is_empty() {
                return Ok(1);
            }
            object = Some(json_object(uid, section, b""));
        }
        (Some(_), _) => {}
        (None, _) => {
            asked.report_missing(uids);
            return Ok(1);
        }
    }
    if let Some(object) = object.filter(|_| out.is_json()) {
        out.object(&object)?;
    }
    if is_short {
        rows::report_short(uids);
        failed = 1;
    }
    Ok(failed)
}

fn json_object(uid: Uid, section: &Section, raw: &[u8]) -> Value {
    json!({"uid": uid.get(), "section": section.to_string(), "data": output::json::bytes(raw)})
}

/// Each message to a file of its own.
fn to_files(
    reader: &mut Reader<'_>,
    uids: &UidSet,
    asked: &Asked,
    args: &Get,
    folder: &Path,
    out: &mut Output,
) -> Result<u64> {
    let section = &asked.section;
    let name = |uid: Uid| match (&args.part, args.headers) {
        (Some(part), _) => format!("{uid}-part-{part}"),
        (None, true) => format!("{uid}-headers.txt"),
        (None, false) => format!("{uid}.eml"),
    };
    // Texts that are shorter than the server announces them.
    let (mut empty, mut short) = (UidSet::new(), UidSet::new());
    let mut items = vec![FetchItem::body_peek(section.clone())];
    if asked.is_message() {
        items.insert(0, FetchItem::Size);
    }
    let progress = Progress::messages(uids.len());
    let note = |text: &str| progress.note(text);
    let fetched = {
        let mut warnings = Warnings::new(&note);
        reader.fetch(uids, items, &note, |row| {
            warnings.look(row.data(), row.diagnostics());
            let Some(uid) = row.uid() else { return Ok(false) };
            let name = name(uid);
            let (mut received, mut is_empty) = (None, false);
            while let Some(mut body) = row.next_body().map_err(|error| failure(&error))? {
                is_empty |= rows::is_nothing(&body, section);
                if received.is_none() && rows::is_whole(&body, section) {
                    let mut length = TextLength::new();
                    let file = receive(folder, &name, |file| {
                        let mut measured = Measured::new(file);
                        let size = copy(&mut body, &mut measured)?;
                        length = measured.length().clone();
                        Ok(size)
                    })?;
                    received = Some((file, length));
                }
            }
            row.finish().map_err(|error| failure(&error))?;
            if !rows::is_of_message(row, uid) {
                return Ok(false);
            }
            match received {
                Some((received, length)) if received.size > 0 => {
                    let announced = row.size().filter(|_| asked.is_message());
                    if announced.is_some_and(|announced| length.is_short_of(announced)) {
                        short.insert(uid);
                    }
                    received.keep(uid, &name, folder, out)?;
                }
                None if !is_empty => return Ok(false),
                // Looked at when no other command is in flight.
                _ => empty.insert(uid),
            }
            progress.add(1);
            Ok(true)
        })?
    };
    progress.finish();
    let missing = fetched.missing(uids);
    if !missing.is_empty() {
        asked.report_missing(&missing);
    }
    if !short.is_empty() {
        rows::report_short(&short);
    }
    let mut failed = missing.len() + fetched.unsendable.len() + short.len();
    if !empty.is_empty() {
        let kept = empty_text::really_empty(reader, &empty, section, asked.part.as_ref())?;
        for uid in kept.iter() {
            receive(folder, &name(uid), |_| Ok(0))?.keep(uid, &name(uid), folder, out)?;
        }
        failed += empty.len() - kept.len();
    }
    Ok(failed)
}
