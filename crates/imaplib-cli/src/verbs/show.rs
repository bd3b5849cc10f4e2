//! `imap show ACCOUNT MAILBOX UID`

use std::path::Path;

use imaplib::blocking::Mailbox;
use imaplib::command::FetchItem;
use imaplib::types::{Flags, Section, Uid};
use serde_json::{Value, json};

use crate::account::Account;
use crate::args::Show;
use crate::connect::Connector;
use crate::exit::{Exit, Failure, Result};
use crate::failure::failure;
use crate::mime::{self, Readable};
use crate::output::{self, Output};
use crate::selection;
use crate::unreadable::Warnings;

/// What is more of a message is not shown: attachments are for `imap get`.
const MAX_SHOWN: usize = 16 << 20;

pub(crate) fn run(args: &Show, config: Option<&Path>, out: &mut Output) -> Result<Exit> {
    let uid = uid(&args.uid)?;
    let connector = Connector::new(Account::resolve(&args.access, config)?)?;
    let mut session = connector.session()?;
    let mut mailbox = selection::examine(&mut session, &args.mailbox)?;
    let (raw, flags) = fetch(&mut mailbox, uid, &args.mailbox)?;
    let message = mime::readable(&raw, args.all_headers);
    if out.is_json() {
        out.object(&object(uid, &message, &flags, raw.len()))?;
    } else {
        print(&message, out)?;
    }
    if raw.len() >= MAX_SHOWN {
        output::note("the message is longer than 16M: only its beginning is shown; `imap get` fetches all of it");
    }
    let _ = session.logout();
    Ok(Exit::Ok)
}

fn uid(text: &str) -> Result<Uid> {
    text.parse().ok().and_then(Uid::new).ok_or_else(|| {
        Failure::usage(format!("{text:?} is no UID"))
            .hint("a UID is a number from 1; `imap search ACCOUNT MAILBOX` prints them")
    })
}

fn fetch(mailbox: &mut Mailbox<'_>, uid: Uid, name: &str) -> Result<(Vec<u8>, Flags)> {
    let partial = Some((0, MAX_SHOWN as u64));
    let items = [FetchItem::Flags, FetchItem::Section { section: Section::message(), peek: true, partial }];
    let mut rows = mailbox.fetch(uid, items).map_err(|error| failure(&error))?;
    while let Some(mut row) = rows.next().map_err(|error| failure(&error))? {
        if row.uid() != Some(uid) {
            continue;
        }
        let mut raw = Vec::new();
        let body = row.next_body().map_err(|error| failure(&error))?;
        let has_text = body.is_some();
        if let Some(mut body) = body {
            while let Some(chunk) = body.chunk().map_err(|error| failure(&error))? {
                // A server may send more than it was asked for.
                let room = MAX_SHOWN.saturating_sub(raw.len());
                raw.extend(chunk.iter().take(room));
            }
        }
        row.finish().map_err(|error| failure(&error))?;
        Warnings::default().look(row.data(), row.notes());
        if !has_text {
            return Err(Failure::new(Exit::Protocol, format!("the text of the message with UID {uid} cannot be read")));
        }
        return Ok((raw, row.flags().cloned().unwrap_or_default()));
    }
    Err(selection::no_message(uid, name))
}

fn print(message: &Readable, out: &mut Output) -> Result<()> {
    for (name, value) in &message.headers {
        out.line(&format!("{name}: {value}"))?;
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
        out.line(&format!("  {name}  {}  {}", attachment.media_type, output::size(attachment.size as u64)))?;
    }
    Ok(())
}

fn object(uid: Uid, message: &Readable, flags: &Flags, size: usize) -> Value {
    let attachments = message
        .attachments
        .iter()
        .map(|attachment| json!({"name": attachment.name, "type": attachment.media_type, "size": attachment.size}));
    json!({
        "uid": uid.get(),
        "flags": flags.iter().map(|flag| flag.to_string()).collect::<Vec<_>>(),
        "size": size,
        "headers": message.headers.iter().map(|(name, value)| json!([name, value])).collect::<Vec<_>>(),
        "text": message.text,
        "from_html": message.from_html,
        "attachments": attachments.collect::<Vec<_>>(),
    })
}
