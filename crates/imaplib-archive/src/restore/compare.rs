//! What was sent against what the target has of it: what a server changed is named.

use std::collections::HashMap;

use imaplib::blocking::{Mailbox, Session};
use imaplib::command::FetchItem;
use imaplib::types::{DateTime, Flags, Section, Uid, UidSet};

use crate::error::Result;
use crate::isolation::without;
use crate::restore::contents::header_sum;
use crate::restore::job::Job;
use crate::restore::ledger::{self, Sent};
use crate::restore::report::{Change, RestoreFinding};
use crate::restore::there;

/// So many messages are compared at a time.
const PART: u32 = 1000;

/// What the target has of a message.
struct Kept {
    size: Option<u64>,
    date: Option<i64>,
    flags: Option<Flags>,
}

impl Job<'_> {
    /// Compares the messages that came and were not compared yet: size, date and flags; and the header where it is not all ASCII, for
    /// such headers servers change.
    pub(super) fn compare(&mut self, session: &mut Session) -> Result<()> {
        self.notes.write(self.tools.ledger, self.route)?;
        loop {
            let sent = ledger::uncompared(self.tools.ledger, self.route, PART)?;
            if sent.is_empty() {
                self.flags.clear();
                return Ok(());
            }
            self.tools.cancel.check()?;
            self.compare_part(session, &sent)?;
            self.notes.write(self.tools.ledger, self.route)?;
        }
    }

    fn compare_part(&mut self, session: &mut Session, sent: &[Sent]) -> Result<()> {
        let mut mailbox = session.mailbox()?;
        let place = |one: &Sent| one.to_uid.and_then(Uid::new);
        let uids: UidSet = sent.iter().filter_map(place).collect();
        let mut kept = HashMap::new();
        fetch(&mut mailbox, &uids, &mut kept)?;
        let missing = without(&uids, &uids_of(&kept));
        if !missing.is_empty() {
            // Some report new messages no earlier than at the next command.
            mailbox.noop()?;
            fetch(&mut mailbox, &missing, &mut kept)?;
        }
        let doubtful: UidSet = sent.iter().filter(|one| one.header.is_some()).filter_map(place).collect();
        let mut headers = HashMap::new();
        let doubtful = doubtful.intersection(&uids_of(&kept));
        there::headers(&mut mailbox, &doubtful, Section::header(), |uid, header| {
            headers.insert(uid, header_sum(header));
        })?;
        for one in sent {
            let Some(uid) = one.to_uid else { continue };
            self.notes.compared(one.key);
            let Some(kept) = kept.get(&uid) else { continue };
            let changes = self.changes(one, kept, headers.get(&uid));
            self.figures.changed += u64::from(!changes.is_empty());
            for change in changes {
                self.report(RestoreFinding::Changed { uid: one.key.1, to: uid, change });
            }
        }
        let vanished = without(&uids, &uids_of(&kept));
        if !vanished.is_empty() {
            self.figures.failed += vanished.len();
            self.report(RestoreFinding::Vanished(&vanished));
        }
        Ok(())
    }

    fn changes(&self, sent: &Sent, kept: &Kept, header: Option<&Vec<u8>>) -> Vec<Change> {
        let mut changes = Vec::new();
        if let Some(there) = kept.size.filter(|size| *size != sent.size) {
            changes.push(Change::Size { sent: sent.size, there });
        } else if sent.header.is_some() && header != sent.header.as_ref() {
            changes.push(Change::Header);
        }
        if matches!((sent.date, kept.date), (Some(sent), Some(kept)) if sent != kept) {
            changes.push(Change::Date);
        }
        let flags = sent.to_uid.and_then(|uid| self.flags.get(&uid));
        if let (Some(sent), Some(kept)) = (flags, &kept.flags)
            && sent.iter().any(|flag| !kept.contains(&flag))
        {
            changes.push(Change::Flags);
        }
        changes
    }
}

fn fetch(mailbox: &mut Mailbox<'_>, uids: &UidSet, kept: &mut HashMap<u32, Kept>) -> Result<()> {
    let mut rows = mailbox.fetch(uids, [FetchItem::Flags, FetchItem::InternalDate, FetchItem::Size])?;
    while let Some(row) = rows.next()? {
        // A row of flags alone is an unsolicited response.
        if let Some(uid) = row.uid().filter(|uid| uids.contains(*uid) && row.size().is_some()) {
            let date = row.internal_date().map(DateTime::unix_timestamp);
            kept.insert(uid.get(), Kept { size: row.size(), date, flags: row.flags().cloned() });
        }
    }
    Ok(())
}

fn uids_of(kept: &HashMap<u32, Kept>) -> UidSet {
    kept.keys().filter_map(|uid| Uid::new(*uid)).collect()
}
