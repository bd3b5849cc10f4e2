//! Which texts of an answer are a message's, and messages for which one answer has two different texts: one of them may
//! be a part of another message.
//!
//! A literal that is announced too short ends within a message, and what follows in it is read as rows, which its sender may
//! have written. Nothing in the framing shows that; that the true row comes, too, does.

use std::collections::HashMap;
use std::fs;

use imaplib::blocking::{Body, Mailbox, Row};
use imaplib::types::{BodySection, Fetch, Section, SectionBody, SectionName, Uid, UidSet, Untagged};
use sha2::{Digest as _, Sha256};

use crate::error::{ArchiveError, Result};
use crate::index::Index;
use crate::maildir::{self, Maildir};

/// Whether this is the whole text of a message: a server may send others, or pieces.
pub(crate) fn is_whole(body: &Body<'_>) -> bool {
    is_whole_section(body.name()) && body.origin().is_none() && body.length().is_some()
}

/// Whether this names the whole text of a message.
pub(crate) fn is_whole_section(name: &SectionName) -> bool {
    match name {
        SectionName::Body(named) => named.matches(&Section::message()),
        SectionName::Rfc822 => true,
        _ => false,
    }
}

/// Whether the row, when all of it is known, is of this message and its text is too: a row that names two messages, or has two
/// texts of one name or one of a wrong length, has none.
pub(crate) fn is_of_message(row: &Row<'_>, uid: Uid) -> bool {
    row.uid() == Some(uid) && !row.data().has_doubtful_text()
}

/// This many further texts are remembered with their sums; the messages of more are asked for again in any case.
const MAX_SUMS: usize = 10_000;

/// The texts that came for messages which had one already.
#[derive(Debug, Default)]
pub(crate) struct FurtherTexts {
    sums: HashMap<Uid, Vec<u8>>,
    /// Those of which a text did not come whole, or several that differ.
    unlike: UidSet,
}

impl FurtherTexts {
    /// Reads the texts of another row of a message.
    pub(crate) fn read(&mut self, uid: Uid, row: &mut Row<'_>) -> Result<()> {
        while let Some(mut body) = row.next_body()? {
            if !is_whole(&body) {
                continue;
            }
            let mut hash = Sha256::new();
            while let Some(chunk) = body.chunk()? {
                hash.update(&chunk);
            }
            self.add(uid, Some(hash.finalize().to_vec()));
        }
        Ok(())
    }

    /// Removes the events, and reads the rows among them: those of `wanted` with a text are further ones.
    pub(crate) fn take_events(&mut self, mailbox: &mut Mailbox<'_>, wanted: &UidSet) {
        while let Some(event) = mailbox.session().next_event() {
            let Untagged::Fetch(row) = &event.response else { continue };
            if let Some(uid) = row.uid.filter(|uid| wanted.contains(*uid)) {
                texts_of(row).for_each(|sum| self.add(uid, sum));
            }
        }
    }

    fn add(&mut self, uid: Uid, sum: Option<Vec<u8>>) {
        let is_known = self.sums.get(&uid).is_some_and(|known| Some(known) == sum.as_ref());
        match sum {
            _ if is_known => {}
            Some(sum) if self.sums.len() < MAX_SUMS && !self.sums.contains_key(&uid) => {
                self.sums.insert(uid, sum);
            }
            _ => self.unlike.insert(uid),
        }
    }

    /// Which of these messages have texts that differ from the stored ones.
    fn contradicted(&self, index: &Index, (mailbox, uid_validity): (i64, u64)) -> Result<UidSet> {
        let mut found = self.unlike.clone();
        for (uid, sum) in &self.sums {
            if index.sha256(mailbox, uid_validity, uid.get())?.is_some_and(|stored| stored != *sum) {
                found.insert(*uid);
            }
        }
        Ok(found)
    }

    /// Removes the messages from the archive of which two different texts came; returns them.
    pub(crate) fn remove_contradicted(
        &self,
        index: &mut Index,
        maildir: &Maildir,
        place: (i64, u64),
    ) -> Result<UidSet> {
        let found = self.contradicted(index, place)?;
        let mut removed = UidSet::new();
        for uid in found.iter() {
            let Some(file) = index.file(place.0, place.1, uid.get())? else { continue };
            // The row first: a file without one is compared with the server's message before it counts.
            let change = index.change(place.0, place.1)?;
            change.remove(uid.get())?;
            change.commit()?;
            let path = maildir.place(&file);
            if maildir::is_file(&path) {
                fs::remove_file(&path).map_err(|error| ArchiveError::io("remove", &path, error))?;
            }
            removed.insert(uid);
        }
        Ok(removed)
    }
}

/// The SHA-256 of each whole text in a row; `None` for one that is not here.
fn texts_of(row: &Fetch) -> impl Iterator<Item = Option<Vec<u8>>> {
    let is_text = |section: &&BodySection| is_whole_section(&section.name) && section.origin.is_none();
    row.sections.iter().filter(is_text).filter_map(|section| match &section.data {
        SectionBody::Here(bytes) => Some(Some(Sha256::digest(bytes).to_vec())),
        SectionBody::Nil => None,
        _ => Some(None),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uid(number: u32) -> Uid {
        Uid::new(number).unwrap()
    }

    #[test]
    fn only_texts_that_differ_contradict() {
        let dir = tempfile::tempdir().unwrap();
        let index = Index::open(&dir.path().join("db")).unwrap();
        let mut texts = FurtherTexts::default();
        let sum = |text: &str| Some(Sha256::digest(text).to_vec());
        // Nothing is stored: a single further text differs from nothing.
        texts.add(uid(1), sum("a"));
        texts.add(uid(1), sum("a"));
        texts.add(uid(2), sum("a"));
        texts.add(uid(2), sum("b"));
        texts.add(uid(3), None);
        assert_eq!(texts.contradicted(&index, (1, 7)).unwrap().to_string(), "2:3");
    }
}
