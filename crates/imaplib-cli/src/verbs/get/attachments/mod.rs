//! `imap get ACCOUNT MAILBOX UIDS --attachments -o DIR`: the attachments, decoded, under their own names.
//!
//! The server lists the parts of each message, so that only attachments are transferred. Where its list cannot be read, or
//! cannot be that of the message, the message itself is fetched and taken apart; that of a small message with parts always:
//! it costs nothing more, and servers read odd messages in odd ways.

mod encodings;
mod parts;
mod pieces;
mod structures;

use std::collections::{HashSet, VecDeque};
use std::path::Path;

use imaplib::blocking::Row;
use imaplib::command::FetchItem;
use imaplib::types::{Part, Section, Uid, UidSet};

use self::parts::Parts;
use self::pieces::{attachments, extract, scan};
use self::structures::{Listed, Structures, structures};
use crate::error::library::failure;
use crate::error::{Failure, Result};
use crate::files::Pending;
use crate::mailbox::reader::Reader;
use crate::message::body::copy;
use crate::message::mime::attachment::Attachment;
use crate::message::requested_section;
use crate::output::{self, Output};

/// The structures of this many messages are requested at once.
const BATCH: usize = 50;

/// Saves the attachments of these messages; returns how many of them, or of the messages, did not come.
pub(super) fn save(reader: &mut Reader<'_>, uids: &UidSet, folder: &Path, out: &mut Output) -> Result<u64> {
    let parts = Parts { reader, folder, out };
    let mut saver = Saver { parts, failed: 0, without: UidSet::new() };
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
    Ok(saver.failed)
}

struct Saver<'a, 'm> {
    parts: Parts<'a, 'm>,
    failed: u64,
    /// The messages that have none.
    without: UidSet,
}

impl Saver<'_, '_> {
    /// Saves the attachments of one message.
    fn message(&mut self, uid: Uid, listed: Listed) -> Result<()> {
        let is_whole_better = listed.is_small || listed.attachments.is_none();
        if is_whole_better && let Some(count) = self.take_apart(uid, &[])? {
            if count == 0 && !self.save_by_list(uid, listed.attachments.unwrap_or(listed.doubted))? {
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
        let parts = encodings::correct(self.parts.reader, uid, parts)?;
        let left = self.parts.save(uid, &parts)?;
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

    /// Saves what the server lists as attachments of a message in which none was found: a header that is odd enough is read in
    /// different ways. Returns whether there was anything.
    fn save_by_list(&mut self, uid: Uid, listed: Vec<Attachment>) -> Result<bool> {
        if listed.is_empty() {
            return Ok(false);
        }
        let parts = encodings::correct(self.parts.reader, uid, listed)?;
        let left = self.parts.save(uid, &parts)?;
        let has_saved = left.len() < parts.len();
        if has_saved {
            output::note(&format!(
                "message {uid}: its attachments are those that the server lists; the message itself shows none"
            ));
        }
        Ok(has_saved)
    }

    /// Fetches the whole message and saves the attachments that are found in it, but for those that were saved. Returns how
    /// many; nothing if the message does not come.
    fn take_apart(&mut self, uid: Uid, saved: &[&Part]) -> Result<Option<u64>> {
        let Some(whole) = self.whole(uid)? else { return Ok(None) };
        let scanned = scan(&whole, self.parts.folder)?;
        let saved: HashSet<&Part> = saved.iter().copied().collect();
        let mut found = attachments(&scanned);
        found.retain(|(part, _)| !saved.contains(&part.part));
        let file = whole.reader().map_err(|error| Failure::file("read", self.parts.folder, &error))?;
        let count = extract(uid, file, &found, self.parts.folder, self.parts.out, 0)?;
        if scanned.is_cut {
            output::note(&format!("message {uid} has more parts than are looked for: some attachments may be missing"));
        }
        self.failed += u64::from(scanned.is_cut);
        Ok(Some(count))
    }

    /// The whole message in a file without a name.
    fn whole(&mut self, uid: Uid) -> Result<Option<Pending>> {
        let folder = self.parts.folder;
        let mut whole = None;
        let mut take = |row: &mut Row<'_>| {
            let mut received = None;
            while let Some(mut body) = row.next_body().map_err(|error| failure(&error))? {
                if received.is_none() && requested_section::is_whole(&body, &Section::message()) {
                    let mut file = Pending::new(folder).map_err(|error| Failure::file("write to", folder, &error))?;
                    copy(&mut body, &mut file)?;
                    received = Some(file);
                }
            }
            row.finish().map_err(|error| failure(&error))?;
            whole = received.filter(|_| requested_section::is_of_message(row, uid));
            Ok(whole.is_some())
        };
        let item = || FetchItem::body_peek(Section::message());
        let failure = self.parts.reader.fetch_one(uid, item(), &mut take)?;
        // The first time may be an accident.
        if failure.is_some_and(|failure| failure.is_lost()) {
            self.parts.reader.fetch_one(uid, item(), &mut take)?;
        }
        Ok(whole)
    }
}
