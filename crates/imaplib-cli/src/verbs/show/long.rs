//! What `imap show` shows of a long message: its text may stand behind attachments, far from the beginning.

use std::collections::HashSet;
use std::io::{self, BufReader, Read};

use bytes::Bytes;
use imaplib::blocking::{Body, Mailbox};
use imaplib::command::FetchItem;
use imaplib::mime::attachment;
use imaplib::mime::structure::{self, Scanned};
use imaplib::types::{BodyStructure, Part, Section, Uid};

use super::texts::Texts;
use crate::error::library::failure;
use crate::error::{Failure, Result};
use crate::message::mime::{self, Readable};
use crate::message::rows;

/// A longer message is not read to its end only to find its text.
const MAX_SCANNED: u64 = 256 << 20;

/// Completes what was read from the beginning of a message, `raw`: the texts and the list of attachments.
pub(super) fn complete(
    mailbox: &mut Mailbox<'_>,
    uid: Uid,
    raw: &[u8],
    size: u64,
    message: &mut Readable,
) -> Result<()> {
    message.is_cut = true;
    let structure = structure(mailbox, uid)?.filter(|structure| mime::fits(structure, raw, Some(size)));
    let (scanned, is_listed) = match structure {
        Some(structure) => (Some(Scanned::from(structure)), true),
        None if size <= MAX_SCANNED => (scan(mailbox, uid)?, false),
        None => (None, false),
    };
    let Some(scanned) = scanned else { return Ok(()) };
    message.attachments = attachment::list(&scanned.structure);
    let mut known = Texts::new(uid, raw, &scanned, is_listed);
    let mut is_given = true;
    let texts = mime::written(&scanned.structure, |texts| {
        is_given = is_given && known.get(mailbox, texts)?;
        Ok::<_, Failure>(known.blanks(texts))
    })?;
    if !is_given {
        // The text at the beginning is shown, such as it is.
        return Ok(());
    }
    let (texts, is_whole) = known.of(&texts);
    message.set_texts(&texts);
    message.is_cut = !(is_whole && !scanned.is_cut && mime::has_whole_header(raw));
    Ok(())
}

/// Adds the attachments that the server lists of a message in which fewer were found.
pub(super) fn add_listed(mailbox: &mut Mailbox<'_>, uid: Uid, message: &mut Readable) -> Result<()> {
    let listed = structure(mailbox, uid)?.map(|structure| attachment::list(&structure)).unwrap_or_default();
    let found: HashSet<Part> = message.attachments.iter().map(|attachment| attachment.part.clone()).collect();
    message.attachments.extend(attachment::beyond(listed, &found));
    Ok(())
}

/// The structure that the server lists, if it does.
fn structure(mailbox: &mut Mailbox<'_>, uid: Uid) -> Result<Option<BodyStructure>> {
    let mut rows = mailbox.fetch(uid, FetchItem::BodyStructure).map_err(|error| failure(&error))?;
    let mut structure = None;
    loop {
        match rows.next() {
            Ok(Some(row)) if structure.is_none() && row.uid() == Some(uid) => structure = row.body_structure().cloned(),
            Ok(Some(_)) => {}
            Ok(None) => return Ok(structure),
            Err(error) if error.is_no() || error.is_bad() => return Ok(structure),
            Err(error) => return Err(failure(&error)),
        }
    }
}

/// Finds the parts of the message while it streams by.
fn scan(mailbox: &mut Mailbox<'_>, uid: Uid) -> Result<Option<Scanned>> {
    let mut rows = mailbox.fetch(uid, FetchItem::body_peek(Section::message())).map_err(|error| failure(&error))?;
    let mut scanned = None;
    loop {
        let mut row = match rows.next() {
            Ok(Some(row)) => row,
            Ok(None) => return Ok(scanned),
            Err(error) if error.is_no() || error.is_bad() => return Ok(scanned),
            Err(error) => return Err(failure(&error)),
        };
        if row.uid() != Some(uid) || scanned.is_some() {
            continue;
        }
        while let Some(mut body) = row.next_body().map_err(|error| failure(&error))? {
            if scanned.is_none() && rows::is_whole(&body, &Section::message()) {
                let mut reader = Chunks { body: &mut body, chunk: Bytes::new(), failed: None };
                let result = structure::scan(BufReader::with_capacity(64 << 10, &mut reader));
                match (reader.failed.take(), result) {
                    (Some(error), _) => return Err(failure(&error)),
                    (None, result) => scanned = Some(result?),
                }
            }
        }
        row.finish().map_err(|error| failure(&error))?;
        scanned = scanned.filter(|_| rows::is_of_message(&row, uid));
    }
}

/// A text that streams, to be read from.
struct Chunks<'a, 'b> {
    body: &'a mut Body<'b>,
    chunk: Bytes,
    failed: Option<imaplib::Error>,
}

impl Read for Chunks<'_, '_> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        if self.chunk.is_empty() {
            match self.body.chunk() {
                Ok(chunk) => self.chunk = chunk.unwrap_or_default(),
                Err(error) => {
                    self.failed = Some(error);
                    return Err(io::ErrorKind::Other.into());
                }
            }
        }
        let length = self.chunk.len().min(to.len());
        let piece = self.chunk.split_to(length);
        to.iter_mut().zip(&piece).for_each(|(to, byte)| *to = *byte);
        Ok(length)
    }
}
