//! `imap show ACCOUNT MAILBOX UID`

mod long;
mod texts;

use std::path::Path;

use imaplib::blocking::Mailbox;
use imaplib::command::{FetchItem, Search};
use imaplib::types::{Flags, Section, Uid, UidSet};
use imaplib_archive::announced_size::TextLength;

use crate::args::Show;
use crate::error::library::failure;
use crate::error::{Exit, Failure, Result};
use crate::mailbox::resolve;
use crate::message::mime::{self, MAX_PARSED, Readable};
use crate::message::object::of_readable;
use crate::message::rows::report_short;
use crate::message::rows::{self, Warnings, beginning};
use crate::output::{self, Output};
use crate::verbs::frame::in_session;

pub(crate) fn run(args: &Show, config: Option<&Path>, out: &mut Output) -> Result<Exit> {
    let uid = uid(&args.uid)?;
    in_session(&args.at.access, config, |session| {
        let mut mailbox = resolve::examine(session, &args.at.mailbox)?;
        let Fetched { raw, flags, size, is_short, is_partial } = fetch(&mut mailbox, uid, &args.at.mailbox)?;
        let mut message = mime::readable(&raw, args.all_headers || out.is_json());
        let mut exit = Exit::partial_if(is_short || is_partial);
        let is_cut = size > raw.len() as u64;
        let completed = match is_cut {
            true => long::complete(&mut mailbox, uid, &raw, size, &mut message),
            false if message.is_odd => long::add_listed(&mut mailbox, uid, &mut message),
            false => Ok(()),
        };
        // The beginning is shown in any case.
        if let Err(failure) = completed {
            let what = if is_cut { "the rest of the message" } else { "the list of the message's parts" };
            output::note(&format!("{what} cannot be fetched: {failure}"));
            exit = Exit::Partial;
        }
        if out.is_json() {
            out.object(&of_readable(uid, &flags, size, &message))?;
        } else {
            print(&message, out)?;
        }
        if is_short {
            report_short(&UidSet::range(uid, uid));
        }
        for encoding in &message.unknown_encodings {
            output::note(&format!(
                "a text is in a transfer encoding that is not known ({encoding}): it is shown as it was sent"
            ));
        }
        if message.is_cut {
            output::note(&format!(
                "the message has {}: not all of it is shown; `imap get` fetches all of it",
                output::size(size)
            ));
        }
        Ok(exit)
    })
}

fn uid(text: &str) -> Result<Uid> {
    text.parse().ok().and_then(Uid::new).ok_or_else(|| {
        Failure::usage(format!("{text:?} is not a UID"))
            .hint("a UID is a number from 1; `imap search ACCOUNT MAILBOX` prints them")
    })
}

/// The beginning of a message.
struct Fetched {
    raw: Vec<u8>,
    flags: Flags,
    /// That of the whole message.
    size: u64,
    /// Bytes are missing by what the server announces.
    is_short: bool,
    /// The server sent another text of it, too, or something that cannot be read: this was reported.
    is_partial: bool,
}

fn fetch(mailbox: &mut Mailbox<'_>, uid: Uid, name: &str) -> Result<Fetched> {
    let partial = Some((0, MAX_PARSED as u64));
    let items =
        [FetchItem::Flags, FetchItem::Size, FetchItem::Section { section: Section::message(), peek: true, partial }];
    let explain = |error: imaplib::Error| failure(&error).context(format!("the message with UID {uid}"));
    let mut rows = mailbox.fetch(uid, items).map_err(explain)?;
    let mut seen = false;
    let mut fetched: Option<Fetched> = None;
    let mut warnings = Warnings::default();
    while let Some(mut row) = rows.next().map_err(explain)? {
        if row.uid() != Some(uid) {
            continue;
        }
        let mut text = None;
        while let Some(mut body) = row.next_body().map_err(explain)? {
            if text.is_some() || !rows::is_beginning_of(&body, &Section::message()) {
                continue;
            }
            // A server may send more than it was asked for.
            text = Some((beginning(&mut body, MAX_PARSED)?, body.length().unwrap_or_default()));
        }
        row.finish().map_err(explain)?;
        warnings.look(row.data(), row.diagnostics());
        seen = true;
        let Some((raw, length)) = text.filter(|_| rows::is_of_message(&row, uid)) else { continue };
        if let Some(first) = &mut fetched {
            if first.raw != raw {
                output::note(&format!("the server sent two texts of the message with UID {uid}: the first is shown"));
                first.is_partial = true;
            }
            continue;
        }
        // Servers count wrongly: only what was cut has more bytes than came.
        let size = if raw.len() < MAX_PARSED { length } else { row.size().unwrap_or_default().max(length) };
        let announced = row.size().filter(|_| raw.len() < MAX_PARSED);
        let is_short = announced.is_some_and(|announced| TextLength::of(&raw).is_short_of(announced));
        let flags = row.flags().cloned().unwrap_or_default();
        fetched = Some(Fetched { raw, flags, size, is_short, is_partial: false });
    }
    if let Some(mut fetched) = fetched {
        fetched.is_partial |= warnings.has_any();
        return Ok(fetched);
    }
    if seen {
        return Err(Failure::new(Exit::Protocol, format!("the text of the message with UID {uid} cannot be read")));
    }
    drop(rows);
    let (found, _) = resolve::search(mailbox, Search::new().uids(UidSet::range(uid, uid)))?;
    Err(match found.contains(uid) {
        true => Failure::new(Exit::Partial, format!("the server did not send the message with UID {uid}")),
        false => resolve::no_message(uid, name),
    })
}

fn print(message: &Readable, out: &mut Output) -> Result<()> {
    for header in &message.headers {
        out.line(&format!("{}: {}", header.name, header.text()))?;
    }
    out.line("")?;
    out.text(&message.text)?;
    if !message.text.is_empty() && !message.text.ends_with('\n') {
        out.line("")?;
    }
    if !message.attachments.is_empty() {
        out.line("")?;
        out.heading("Attachments:")?;
    }
    for attachment in &message.attachments {
        let name = attachment.name.as_deref().unwrap_or("(no name)");
        out.line(&format!("  {name}  {}  {}", attachment.media_type, output::size(attachment.size)))?;
    }
    Ok(())
}
