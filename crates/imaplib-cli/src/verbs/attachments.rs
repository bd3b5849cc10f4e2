//! `imap get ACCOUNT MAILBOX UIDS --attachments -o DIR`: the attachments, decoded, under their own names.
//!
//! The server lists the parts of each message, so that only attachments are transferred. Where its list cannot be read, or
//! cannot be that of the message, the message itself is fetched and taken apart; that of a small message with parts always:
//! it costs nothing more, and servers read odd messages in odd ways.

use std::collections::{HashSet, VecDeque};
use std::fs::File;
use std::io::{self, BufReader, Read as _, Seek as _, SeekFrom, Write};
use std::ops::Range;
use std::path::Path;

use imaplib::Error;
use imaplib::blocking::{Body, Mailbox};
use imaplib::command::FetchItem;
use imaplib::types::{BodyStructure, Part, Section, Uid, UidSet};

use super::get::{Received, copy, keep_all, receive};
use crate::asked;
use crate::exit::{Failure, Result};
use crate::failure::failure;
use crate::files::Pending;
use crate::mime;
use crate::mime::attachment::{self, Attachment, MAX_ENCODED_DEPTH};
use crate::mime::structure::{self, Scanned};
use crate::mime::transfer_encoding::{Decoder, Encoding, Outcome};
use crate::output::{self, Output};
use crate::safe_name::safe_name;
use crate::unreadable::Warnings;

/// The structures of so many messages are asked for at once.
const BATCH: usize = 50;

/// So many bytes of what is known of attachments are held at once, about.
const MAX_HELD: usize = 4 << 20;

/// A message with parts that is not longer, in bytes, is fetched as a whole.
const MAX_SMALL: u64 = 32 << 10;

/// Parts are asked for in lines of this length: some servers refuse long ones (RFC 7162, section 4).
const MAX_LINE: usize = 7_500;

/// So much of a header is looked at, in bytes.
const MAX_HEADER: usize = 256 << 10;

/// Saves the attachments of these messages; returns how many of them, or of the messages, did not come.
pub(super) fn save(mailbox: &mut Mailbox<'_>, uids: &UidSet, folder: &Path, out: &mut Output) -> Result<u64> {
    let mut saver = Saver { mailbox, folder, out, failed: 0, without: UidSet::new() };
    let mut size = BATCH;
    let mut uids = uids.iter();
    let mut waiting: VecDeque<Uid> = VecDeque::new();
    loop {
        waiting.extend(uids.by_ref().take(size.saturating_sub(waiting.len())));
        let batch: UidSet = waiting.drain(..size.min(waiting.len())).collect();
        if batch.is_empty() {
            break;
        }
        let Structures { found, later } = saver.structures(&batch)?;
        // As many as went well; one at least is always found.
        size = if later.is_empty() { (size * 2).min(BATCH) } else { found.len().max(1) };
        later.into_iter().rev().for_each(|uid| waiting.push_front(uid));
        for (uid, listed) in found {
            saver.message(uid, listed)?;
        }
    }
    if !saver.without.is_empty() {
        output::note(&format!("no attachments in the {}", output::messages_with(&saver.without)));
    }
    Ok(saver.failed)
}

struct Saver<'a, 'm> {
    mailbox: &'a mut Mailbox<'m>,
    folder: &'a Path,
    out: &'a mut Output,
    failed: u64,
    /// The messages that have none.
    without: UidSet,
}

/// What the server lists of a message.
#[derive(Default)]
struct Listed {
    /// `None` if there is no list, or it is not that of the message.
    attachments: Option<Vec<Attachment>>,
    is_small: bool,
}

/// What the server lists of some messages.
struct Structures {
    found: Vec<(Uid, Listed)>,
    /// Those for which there was no room, or which have to be asked for alone.
    later: Vec<Uid>,
}

impl Saver<'_, '_> {
    fn structures(&mut self, batch: &UidSet) -> Result<Structures> {
        let items = [FetchItem::BodyStructure, FetchItem::Size, FetchItem::peek(Section::header())];
        let mut rows = self.mailbox.fetch(batch, items).map_err(|error| failure(&error))?;
        let mut warnings = Warnings::default();
        let (mut found, mut later): (Vec<(Uid, Listed)>, Vec<Uid>) = (Vec::new(), Vec::new());
        let (mut seen, mut held) = (UidSet::new(), 0);
        let mut is_refused = false;
        loop {
            let mut row = match rows.next() {
                Ok(Some(row)) => row,
                Ok(None) => break,
                Err(error) if is_refusal(&error) => {
                    is_refused = true;
                    break;
                }
                Err(error) => return Err(failure(&error)),
            };
            let Some(uid) = row.uid().filter(|uid| batch.contains(*uid) && !seen.contains(*uid)) else { continue };
            let mut header = Vec::new();
            while let Some(mut body) = row.next_body().map_err(|error| failure(&error))? {
                if header.is_empty() && asked::is_whole(&body, &Section::header()) {
                    header = beginning(&mut body, MAX_HEADER)?;
                }
            }
            row.finish().map_err(|error| failure(&error))?;
            warnings.look(row.data(), row.diagnostics());
            if !asked::is_of_message(&row, uid) {
                continue;
            }
            seen.insert(uid);
            if held > MAX_HELD {
                later.push(uid);
                continue;
            }
            let structure = row.body_structure().filter(|structure| mime::fits(structure, &header, row.size()));
            let attachments = structure.map(attachment::list);
            let has_parts = matches!(structure, Some(BodyStructure::Multi(_)));
            let is_small = has_parts && row.size().is_some_and(|size| (1..=MAX_SMALL).contains(&size));
            let names = attachments.iter().flatten().map(|part| 200 + part.name.as_ref().map_or(0, String::len));
            held += names.sum::<usize>();
            found.push((uid, Listed { attachments, is_small }));
        }
        let unseen = batch.iter().filter(|uid| !seen.contains(*uid));
        if is_refused && batch.len() > 1 {
            // One of them is the reason: each is asked for alone.
            later.extend(unseen);
        } else {
            found.extend(unseen.map(|uid| (uid, Listed::default())));
        }
        Ok(Structures { found, later })
    }

    /// Saves the attachments of one message.
    fn message(&mut self, uid: Uid, listed: Listed) -> Result<()> {
        let is_whole_better = listed.is_small || listed.attachments.is_none();
        if is_whole_better && let Some(count) = self.take_apart(uid, &[])? {
            if count == 0 {
                self.without.insert(uid);
            }
            return Ok(());
        }
        let Some(parts) = listed.attachments else {
            self.failed += 1;
            output::note(&format!("the server sent neither the structure nor the text of the message with UID {uid}"));
            return Ok(());
        };
        if parts.is_empty() {
            self.without.insert(uid);
            return Ok(());
        }
        let mut left: Vec<&Attachment> = Vec::new();
        for chunk in chunks(&parts) {
            self.parts(uid, chunk, false, &mut left)?;
        }
        if left.is_empty() {
            return Ok(());
        }
        // Perhaps the server's list is not that of the message.
        let missing: HashSet<&Part> = left.iter().map(|part| &part.part).collect();
        let saved: Vec<&Part> = parts.iter().map(|part| &part.part).filter(|part| !missing.contains(part)).collect();
        let found = self.take_apart(uid, &saved)?.unwrap_or_default();
        if let Some(left @ 1..) = (left.len() as u64).checked_sub(found) {
            self.failed += left;
            let left = output::count(left, "attachment");
            output::note(&format!("{left} of the message with UID {uid} did not come from the server"));
        }
        Ok(())
    }

    /// Fetches parts of a message and saves them; `left` gets those that did not come.
    fn parts<'p>(
        &mut self,
        uid: Uid,
        parts: &'p [Attachment],
        as_sent: bool,
        left: &mut Vec<&'p Attachment>,
    ) -> Result<()> {
        let items: Vec<FetchItem> =
            parts.iter().map(|part| FetchItem::peek(Section::part(part.part.clone()))).collect();
        let mut missing: Vec<&Attachment> = parts.iter().collect();
        let mut not_encoded: Vec<&Attachment> = Vec::new();
        let mut is_refused = false;
        let mut rows = self.mailbox.fetch(uid, items).map_err(|error| failure(&error))?;
        loop {
            let mut row = match rows.next() {
                Ok(Some(row)) => row,
                Ok(None) => break,
                Err(error) if is_refusal(&error) => {
                    is_refused = true;
                    break;
                }
                Err(error) => return Err(failure(&error)),
            };
            if row.uid() != Some(uid) {
                continue;
            }
            let mut received: Vec<(&Attachment, Received, Outcome)> = Vec::new();
            while let Some(mut body) = row.next_body().map_err(|error| failure(&error))? {
                let is_here = |part: &&Attachment| asked::is_whole(&body, &Section::part(part.part.clone()));
                let Some(part) = missing.iter().copied().find(is_here) else { continue };
                if received.iter().any(|(other, ..)| other.part == part.part) {
                    continue;
                }
                let encoding = if as_sent { Encoding::Identity } else { part.encoding };
                let (file, outcome) = decoded(self.folder, part, encoding, |to| copy(&mut body, to).map(|_| ()))?;
                received.push((part, file, outcome));
            }
            row.finish().map_err(|error| failure(&error))?;
            if !asked::is_of_message(&row, uid) {
                continue;
            }
            let mut files = Vec::new();
            for (part, file, outcome) in received {
                missing.retain(|other| other.part != part.part);
                if outcome == Outcome::NotEncoded {
                    not_encoded.push(part);
                } else {
                    tell(uid, part, outcome);
                    files.push((file, part, outcome));
                }
            }
            keep(uid, files, self.folder, self.out, 0)?;
        }
        drop(rows);
        if is_refused && parts.len() > 1 {
            for part in missing {
                self.parts(uid, std::slice::from_ref(part), as_sent, left)?;
            }
        } else {
            left.extend(missing);
        }
        for part in not_encoded {
            tell(uid, part, Outcome::NotEncoded);
            self.parts(uid, std::slice::from_ref(part), true, left)?;
        }
        Ok(())
    }

    /// Fetches the whole message and saves the attachments that are found in it, but for those that were saved. Returns how
    /// many; nothing if the message does not come.
    fn take_apart(&mut self, uid: Uid, saved: &[&Part]) -> Result<Option<u64>> {
        let Some(whole) = self.whole(uid)? else { return Ok(None) };
        let scanned = scan(&whole, self.folder)?;
        let saved: HashSet<&Part> = saved.iter().copied().collect();
        let mut found = attachments(&scanned);
        found.retain(|(part, _)| !saved.contains(&part.part));
        let file = whole.reader().map_err(|error| Failure::file("read", self.folder, &error))?;
        let count = extract(uid, file, &found, self.folder, self.out, 0)?;
        if scanned.is_cut {
            output::note(&format!("message {uid} has more parts than are looked for: some attachments may be missing"));
        }
        self.failed += u64::from(scanned.is_cut);
        Ok(Some(count))
    }

    /// The whole message in a file without a name.
    fn whole(&mut self, uid: Uid) -> Result<Option<Pending>> {
        let mut rows = self.mailbox.fetch(uid, FetchItem::peek(Section::message())).map_err(|error| failure(&error))?;
        let mut whole = None;
        loop {
            let mut row = match rows.next() {
                Ok(Some(row)) => row,
                Ok(None) => return Ok(whole),
                Err(error) if is_refusal(&error) => return Ok(whole),
                Err(error) => return Err(failure(&error)),
            };
            if row.uid() != Some(uid) || whole.is_some() {
                continue;
            }
            let mut received = None;
            while let Some(mut body) = row.next_body().map_err(|error| failure(&error))? {
                if received.is_none() && asked::is_whole(&body, &Section::message()) {
                    let mut file =
                        Pending::new(self.folder).map_err(|error| Failure::file("write to", self.folder, &error))?;
                    copy(&mut body, &mut file)?;
                    received = Some(file);
                }
            }
            row.finish().map_err(|error| failure(&error))?;
            whole = received.filter(|_| asked::is_of_message(&row, uid));
        }
    }
}

fn scan(file: &Pending, folder: &Path) -> Result<Scanned> {
    let scanned = file.reader().and_then(|file| structure::scan(BufReader::with_capacity(64 << 10, file)));
    scanned.map_err(|error| Failure::file("read", folder, &error))
}

/// Saves pieces of a message that is in a file; returns how many.
fn extract(
    uid: Uid,
    mut message: File,
    pieces: &[(Attachment, Range<u64>)],
    folder: &Path,
    out: &mut Output,
    depth: usize,
) -> Result<u64> {
    let mut count = 0;
    for (part, place) in pieces {
        let (mut received, outcome) = decoded(folder, part, part.encoding, |to| piece(&mut message, place, to))?;
        tell(uid, part, outcome);
        if outcome == Outcome::NotEncoded {
            received = decoded(folder, part, Encoding::Identity, |to| piece(&mut message, place, to))?.0;
        }
        count += 1 + keep(uid, vec![(received, part, outcome)], folder, out, depth)?;
    }
    Ok(count)
}

/// Gives decoded attachments their names, and saves what is in those that are messages which were encoded; returns how many
/// these are.
fn keep(
    uid: Uid,
    files: Vec<(Received, &Attachment, Outcome)>,
    folder: &Path,
    out: &mut Output,
    depth: usize,
) -> Result<u64> {
    let mut count = 0;
    let mut named = Vec::new();
    for (received, part, outcome) in files {
        let may_hold = part.is_encoded_message() && outcome != Outcome::NotEncoded && depth < MAX_ENCODED_DEPTH;
        let reader = || received.file().reader().map_err(|error| Failure::file("read", folder, &error));
        let inside = if may_hold { Some((reader()?, scan(received.file(), folder)?)) } else { None };
        named.push((received, name(part)));
        if let Some((file, scanned)) = inside {
            keep_all(std::mem::take(&mut named), uid, folder, out)?;
            count += extract(uid, file, &part.inner(&scanned.structure, &scanned.places), folder, out, depth + 1)?;
        }
    }
    keep_all(named, uid, folder, out)?;
    Ok(count)
}

/// Whether the server refused this command and goes on.
fn is_refusal(error: &Error) -> bool {
    error.is_no() || error.is_bad()
}

/// The parts in as many pieces as there have to be commands.
fn chunks(parts: &[Attachment]) -> impl Iterator<Item = &[Attachment]> {
    let mut rest = parts;
    std::iter::from_fn(move || {
        let mut length = 0;
        let fits = |part: &&Attachment| {
            length += "BODY.PEEK[] ".len() + part.part.to_string().len();
            length <= MAX_LINE
        };
        let count = rest.iter().take_while(fits).count().max(1).min(rest.len());
        let (chunk, behind) = rest.split_at_checked(count)?;
        rest = behind;
        (!chunk.is_empty()).then_some(chunk)
    })
}

/// The attachments of a message that was taken apart, with their places in it.
fn attachments(scanned: &Scanned) -> Vec<(Attachment, Range<u64>)> {
    let leaves = scanned.structure.leaves().into_iter().zip(&scanned.places);
    let attached = leaves.filter(|((_, part), _)| part.is_attachment());
    attached.map(|((number, part), place)| (Attachment::new(number, part), place.clone())).collect()
}

/// Writes a piece of a message.
fn piece(file: &mut File, place: &Range<u64>, to: &mut dyn Write) -> Result<()> {
    file.seek(SeekFrom::Start(place.start))?;
    io::copy(&mut file.take(place.end - place.start), to)?;
    Ok(())
}

/// Writes an attachment into a file without a name, without its transfer encoding.
fn decoded(
    folder: &Path,
    part: &Attachment,
    encoding: Encoding,
    write: impl FnOnce(&mut dyn Write) -> Result<()>,
) -> Result<(Received, Outcome)> {
    let mut outcome = Outcome::Whole;
    let file = receive(folder, &name(part), |file| {
        let mut counted = Counted { inner: file, count: 0 };
        let mut decoder = Decoder::new(&mut counted, encoding);
        write(&mut decoder)?;
        outcome = decoder.finish()?;
        Ok(counted.count)
    })?;
    Ok((file, outcome))
}

/// Says that an attachment is not encoded as it should be.
fn tell(uid: Uid, part: &Attachment, outcome: Outcome) {
    let encoding = match part.encoding {
        Encoding::Identity => return,
        Encoding::Base64 => "base64",
        Encoding::QuotedPrintable => "quoted-printable",
        Encoding::UuEncode => "uuencode",
    };
    let attachment = format!("the attachment {} of message {uid}", name(part));
    match outcome {
        Outcome::Whole => {}
        Outcome::Damaged => {
            output::note(&format!("{attachment}: what is not {encoding} in it, or is missing at its end, was left out"))
        }
        Outcome::NotEncoded => {
            output::note(&format!("{attachment} is not {encoding} as it is said to be: it is saved as it was sent"))
        }
    }
}

fn name(part: &Attachment) -> String {
    safe_name(&part.wanted_name(), &part.fallback_name())
}

/// The beginning of a text, in memory.
pub(super) fn beginning(body: &mut Body<'_>, most: usize) -> Result<Vec<u8>> {
    let mut raw = Vec::new();
    while let Some(chunk) = body.chunk().map_err(|error| failure(&error))? {
        let room = most.saturating_sub(raw.len());
        raw.extend_from_slice(chunk.get(..room.min(chunk.len())).unwrap_or_default());
    }
    Ok(raw)
}

/// Counts what it passes on.
struct Counted<W> {
    inner: W,
    count: u64,
}

impl<W: Write> Write for Counted<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.count += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}
