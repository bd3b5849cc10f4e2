//! GETMETADATA and SETMETADATA (RFC 5464).

use bytes::Bytes;

use crate::annotations::{Annotations, Depth, entry, write_entry};
use crate::content::Content;
use crate::cursor::{Cursor, Parsed, Syntax};
use crate::response::{Completion, Handled, Response};
use crate::session::Session;
use crate::settings::Settings;

/// Which entries are asked for, and how much of them.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    max_size: Option<u64>,
    depth: Depth,
    entries: Vec<String>,
}

impl Request {
    /// Entries and nothing below them, for LIST (RFC 9590).
    pub(crate) fn of(entries: Vec<String>) -> Self {
        Self { max_size: None, depth: Depth::Zero, entries }
    }

    /// The entries that have values, and the size of the largest one that is too large.
    fn answer(&self, annotations: &Annotations) -> (Vec<(String, Option<Bytes>)>, Option<usize>) {
        let mut found: Vec<(String, Option<Bytes>)> = Vec::new();
        let mut too_large = None;
        for name in &self.entries {
            let mut exists = false;
            for (name, value) in annotations.below(name, self.depth) {
                exists = true;
                if self.max_size.is_some_and(|max| value.len() as u64 > max) {
                    too_large = too_large.max(Some(value.len()));
                } else {
                    found.push((name.to_owned(), Some(value.clone())));
                }
            }
            if self.depth == Depth::Zero && !exists {
                found.push((name.clone(), None));
            }
        }
        (found, too_large)
    }

    /// The response, and the size of the largest value that is left out.
    pub(crate) fn response(&self, mailbox: &str, annotations: &Annotations) -> (Option<Response>, Option<usize>) {
        let (found, too_large) = self.answer(annotations);
        if found.is_empty() {
            return (None, too_large);
        }
        let mut response = Response::untagged();
        response.text("METADATA ").mailbox(mailbox).text(" ").list(found, |out, (name, value)| {
            write_entry(out, &name);
            out.text(" ");
            match value {
                Some(value) if value.contains(&0) => out.literal8(Content::memory(value)),
                Some(value) => out.string(&value),
                None => out.text("NIL"),
            };
        });
        (Some(response), too_large)
    }
}

pub(crate) fn get_metadata(session: &mut Session, args: &mut Cursor) -> Handled {
    args.space()?;
    let mut request = Request::of(Vec::new());
    // The grammar puts the options before the mailbox, the examples behind it.
    let has_options = options(args, &mut request)?;
    let name = args.mailbox_or_empty()?;
    args.space()?;
    if !has_options && (args.starts_with("(MAXSIZE ") || args.starts_with("(DEPTH ")) {
        options(args, &mut request)?;
    }
    request.entries = entries(args)?;
    args.end()?;
    let user = session.logged_in()?;
    allowed(&session.settings, &name)?;
    let (response, too_large) = session.store.with(&user, |account| {
        let annotations = if name.is_empty() { &account.annotations } else { &account.mailbox(&name)?.annotations };
        Ok::<_, Completion>(request.response(&name, annotations))
    })?;
    if let Some(response) = response {
        session.send(response);
    }
    Completion::ok(match too_large {
        Some(size) => format!("[METADATA LONGENTRIES {size}] GETMETADATA done"),
        None => "GETMETADATA done".to_owned(),
    })
}

pub(crate) fn set_metadata(session: &mut Session, args: &mut Cursor) -> Handled {
    args.space()?;
    let name = args.mailbox_or_empty()?;
    args.space()?;
    let changes = args.list(|cursor| {
        let name = entry(cursor)?;
        cursor.space()?;
        Ok((name, value(cursor)?))
    })?;
    args.end()?;
    let user = session.logged_in()?;
    allowed(&session.settings, &name)?;
    session.store.with(&user, |account| {
        if name.is_empty() {
            return account.annotations.set(changes).map(|_| ());
        }
        let mailbox = account.mailbox_mut(&name)?;
        // QRESYNC demands that the mod-sequence of the mailbox grows (RFC 7162 section 3.2).
        if !mailbox.annotations.set(changes)?.is_empty() {
            mailbox.modseq += 1;
        }
        Ok(())
    })?;
    session.store.notify();
    Completion::ok("SETMETADATA done")
}

/// Reads `(MAXSIZE n DEPTH d) `, if it is there.
fn options(args: &mut Cursor, request: &mut Request) -> Parsed<bool> {
    if args.peek() != Some(b'(') {
        return Ok(false);
    }
    args.list(|cursor| {
        let name = cursor.keyword()?;
        cursor.space()?;
        match name.as_str() {
            "MAXSIZE" => request.max_size = Some(cursor.number()?),
            "DEPTH" => {
                request.depth = match cursor.keyword()?.as_str() {
                    "0" => Depth::Zero,
                    "1" => Depth::One,
                    "INFINITY" => Depth::Infinity,
                    _ => return Err(Syntax::new("DEPTH is 0, 1 or infinity")),
                }
            }
            other => return Err(Syntax::new(format!("unknown option {other}"))),
        }
        Ok(())
    })?;
    args.space()?;
    Ok(true)
}

/// Reads one name of an entry, or a list of them.
pub(crate) fn entries(args: &mut Cursor) -> Parsed<Vec<String>> {
    let entries = if args.peek() == Some(b'(') { args.list(entry)? } else { vec![entry(args)?] };
    if entries.is_empty() { Err(Syntax::new("no entry is named")) } else { Ok(entries) }
}

fn value(args: &mut Cursor) -> Parsed<Option<Bytes>> {
    if args.eat(b'~') { args.literal().map(Some) } else { args.nstring() }
}

/// METADATA-SERVER alone knows no annotations of mailboxes.
fn allowed(settings: &Settings, mailbox: &str) -> Result<(), Completion> {
    if mailbox.is_empty() || settings.has("METADATA") {
        return Ok(());
    }
    Completion::bad("annotations of mailboxes are not supported")
}
