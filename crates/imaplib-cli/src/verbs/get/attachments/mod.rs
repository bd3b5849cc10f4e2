//! `imap get ACCOUNT MAILBOX UIDS --attachments -o DIR`: the attachments, decoded, under their own names.
//!
//! The server lists the parts of each message, so that messages without attachments are not transferred. One that has some is
//! fetched and taken apart, for servers read odd messages in odd ways; where the list cannot be read, or cannot be that of the
//! message, and where the message is small, too. Where much else is in it, or it does not come, the parts are fetched by their
//! numbers.

mod parts;
mod pieces;
mod structures;

use std::collections::{HashSet, VecDeque};
use std::path::Path;

use imaplib::blocking::Row;
use imaplib::command::FetchItem;
use imaplib::mime::attachment::{Attachment, beyond};
use imaplib::mime::structure::Scanned;
use imaplib::types::{Part, Section, Uid, UidSet};
use imaplib_archive::announced_size::{Measured, TextLength};

use self::parts::Parts;
use self::pieces::{Room, Sink, attachments, extract, scan};
use self::structures::{Listed, Structures, structures};
use crate::error::library::failure;
use crate::error::{Failure, Result};
use crate::files::Pending;
use crate::mailbox::reader::Reader;
use crate::message::rows::{self, copy};
use crate::output::{self, Output};

/// The structures of this many messages are requested at once.
const BATCH: usize = 50;

/// Saves the attachments of these messages, `most` of each; returns how many of them, or of the messages, did not come, were not
/// saved or are damaged.
pub(super) fn save(
    reader: &mut Reader<'_>,
    uids: &UidSet,
    folder: &Path,
    most: usize,
    out: &mut Output,
) -> Result<u64> {
    let parts = Parts { reader, sink: Sink { folder, out, room: Room::default(), damaged: 0 } };
    let mut saver = Saver { parts, most, failed: 0, without: UidSet::new(), short: UidSet::new() };
    let mut size = BATCH;
    let mut uids = uids.iter();
    let mut waiting: VecDeque<Uid> = VecDeque::new();
    loop {
        waiting.extend(uids.by_ref().take(size.saturating_sub(waiting.len())));
        let batch: UidSet = waiting.drain(..size.min(waiting.len())).collect();
        if batch.is_empty() {
            break;
        }
        let Structures { found, later } = structures(saver.parts.reader, &batch)?;
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
    if !saver.short.is_empty() {
        rows::report_short(&saver.short);
    }
    Ok(saver.failed + saver.short.len() + saver.parts.sink.damaged)
}

struct Saver<'a, 'm> {
    parts: Parts<'a, 'm>,
    /// How many attachments of a message are saved.
    most: usize,
    failed: u64,
    /// The messages that have none.
    without: UidSet,
    /// The messages whose text is shorter than the server announces: the last of their attachments may be cut or missing.
    short: UidSet,
}

/// What was found in a message itself.
struct Found {
    /// The attachments, but for those in messages that are encoded.
    parts: HashSet<Part>,
    /// Whether there are more parts than are looked for.
    is_cut: bool,
}

impl Saver<'_, '_> {
    /// Saves the attachments of one message.
    fn message(&mut self, uid: Uid, listed: Listed) -> Result<()> {
        self.parts.sink.room = Room::new(self.most);
        self.save_message(uid, listed)?;
        let refused = self.parts.sink.room.refused;
        if refused > 0 {
            self.failed += refused;
            let (left, most) = (output::count(refused, "attachment"), self.most);
            output::note(&format!(
                "{left} of the message with UID {uid} not saved: it has more than {most} (--max-attachments is more)"
            ));
        }
        Ok(())
    }

    fn save_message(&mut self, uid: Uid, listed: Listed) -> Result<()> {
        let is_believed = listed.attachments.is_some();
        let is_whole_tried = listed.is_cheap || !is_believed;
        let found = if is_whole_tried { self.take_apart(uid, &HashSet::new(), !is_believed)? } else { None };
        if found.is_none() && !is_believed {
            self.failed += 1;
            output::note(&format!("the server sent neither the structure nor the text of the message with UID {uid}"));
            return Ok(());
        }
        let list = listed.attachments.unwrap_or(listed.doubted);
        let Some(found) = found else {
            if list.is_empty() {
                self.without.insert(uid);
                return Ok(());
            }
            return self.save_by_list(uid, list, is_whole_tried);
        };
        let (is_empty, listed, seen) = (found.parts.is_empty(), list.len(), found.parts.len());
        // A header that is odd enough is read in different ways.
        let more = beyond(list, &found.parts);
        if found.is_cut && more.is_empty() {
            self.failed += 1;
            output::note(&format!("message {uid} has more parts than are looked for: some attachments may be missing"));
        }
        let taken = self.parts.sink.room.take(more.len());
        let parts = parts::correct(self.parts.reader, uid, more.into_iter().take(taken).collect())?;
        let left = self.parts.save(uid, &parts)?.len();
        let saved = (parts.len() - left) as u64;
        if saved > 0 && !found.is_cut {
            let which =
                if is_empty { "its attachments are those".to_owned() } else { output::count(saved, "more attachment") };
            output::note(&format!("message {uid}: {which} that the server lists; the message itself shows none"));
        }
        // The list may number the same parts otherwise. One that was doubted, and of which nothing comes, is that of another message.
        let missing = left.min(listed.saturating_sub(seen)) as u64;
        if missing > 0 && (is_believed || saved > 0) {
            self.tell_missing(uid, missing);
        } else if is_empty && saved == 0 && self.parts.sink.room.refused == 0 {
            self.without.insert(uid);
        }
        Ok(())
    }

    /// Counts attachments that did not come.
    fn tell_missing(&mut self, uid: Uid, left: u64) {
        self.failed += left;
        let left = output::count(left, "attachment");
        output::note(&format!("{left} of the message with UID {uid} did not come from the server"));
    }

    /// Saves attachments by their numbers in the server's list.
    fn save_by_list(&mut self, uid: Uid, mut list: Vec<Attachment>, is_whole_tried: bool) -> Result<()> {
        list.truncate(self.parts.sink.room.take(list.len()));
        let parts = parts::correct(self.parts.reader, uid, list)?;
        let left: HashSet<&Part> = self.parts.save(uid, &parts)?.into_iter().map(|part| &part.part).collect();
        if left.is_empty() {
            return Ok(());
        }
        // Perhaps the server's list is not that of the message.
        let saved = parts.iter().map(|part| &part.part).filter(|part| !left.contains(part)).cloned().collect();
        let found = if is_whole_tried { None } else { self.take_apart(uid, &saved, true)? };
        let found = found.map(|found| found.parts.len()).unwrap_or_default();
        if let Some(left @ 1..) = left.len().checked_sub(found) {
            self.tell_missing(uid, left as u64);
        }
        Ok(())
    }

    /// Fetches the whole message and saves the attachments that are found in it, but for those that were saved. Returns what
    /// was found; nothing if the message does not come.
    fn take_apart(&mut self, uid: Uid, saved: &HashSet<Part>, may_repeat: bool) -> Result<Option<Found>> {
        let Some(whole) = self.whole(uid, may_repeat)? else { return Ok(None) };
        let folder = self.parts.sink.folder;
        let Scanned { structure, places, is_cut, .. } = scan(&whole, folder)?;
        let mut found = attachments(&structure, &places);
        found.retain(|(part, _)| !saved.contains(&part.part));
        let file = whole.reader().map_err(|error| Failure::file("read", folder, &error))?;
        extract(uid, file, &found, &mut self.parts.sink, 0)?;
        Ok(Some(Found { parts: found.into_iter().map(|(part, _)| part.part).collect(), is_cut }))
    }

    /// The whole message in a file without a name.
    fn whole(&mut self, uid: Uid, may_repeat: bool) -> Result<Option<Pending>> {
        let folder = self.parts.sink.folder;
        let mut whole = None;
        let short = &mut self.short;
        let mut take = |row: &mut Row<'_>| {
            let (mut received, mut length) = (None, TextLength::new());
            while let Some(mut body) = row.next_body().map_err(|error| failure(&error))? {
                if received.is_none() && rows::is_whole(&body, &Section::message()) {
                    let mut file = Pending::new(folder).map_err(|error| Failure::file("write to", folder, &error))?;
                    let mut measured = Measured::new(&mut file);
                    copy(&mut body, &mut measured)?;
                    length = measured.length().clone();
                    received = Some(file);
                }
            }
            row.finish().map_err(|error| failure(&error))?;
            whole = received.filter(|_| rows::is_of_message(row, uid));
            if whole.is_some() && row.size().is_some_and(|announced| length.is_short_of(announced)) {
                short.insert(uid);
            }
            Ok(whole.is_some())
        };
        let item = || [FetchItem::Size, FetchItem::body_peek(Section::message())];
        let failure = self.parts.reader.fetch_one(uid, item(), &mut take)?;
        // The first time may be an accident.
        if may_repeat && failure.is_some_and(|failure| failure.is_lost()) {
            self.parts.reader.fetch_one(uid, item(), &mut take)?;
        }
        Ok(whole)
    }
}
