//! The QRESYNC parameter of SELECT and EXAMINE (RFC 7162 section 3.2.5).

use imaplib_proto::types::{SeqSet, Uid, UidSet};

use crate::content::Content;
use crate::cursor::{Cursor, Parsed, Syntax};
use crate::mailbox::Mailbox;
use crate::response::Response;
use crate::view::{View, change_row};

/// What the client knows of the mailbox.
#[derive(Debug)]
pub(crate) struct Known {
    uid_validity: u64,
    modseq: u64,
    uids: Option<UidSet>,
    /// Sequence numbers and the UIDs that belong to them.
    sample: Option<(SeqSet, UidSet)>,
}

impl Known {
    /// Reads `(uidvalidity modseq [known-uids] [(known-sequence-set known-uid-set)])`.
    pub(crate) fn parse(args: &mut Cursor) -> Parsed<Self> {
        args.need(b'(')?;
        let uid_validity = args.nonzero()?;
        args.space()?;
        let mut known = Self { uid_validity, modseq: args.nonzero()?, uids: None, sample: None };
        let mut more = args.eat(b' ');
        if more && args.peek() != Some(b'(') {
            known.uids = Some(closed_uids(args)?);
            more = args.eat(b' ');
        }
        if more {
            args.need(b'(')?;
            let numbers: SeqSet = args.set_text()?.parse().map_err(|_| invalid())?;
            args.space()?;
            let uids = closed_uids(args)?;
            args.need(b')')?;
            if numbers.is_open() || numbers.len() != uids.len() {
                return Err(invalid());
            }
            known.sample = Some((numbers, uids));
        }
        args.need(b')')?;
        Ok(known)
    }

    /// What has changed since: VANISHED (EARLIER) and a row for each message.
    pub(crate) fn changes(&self, mailbox: &Mailbox, view: &View) -> Vec<Vec<Content>> {
        let mut responses = Vec::new();
        if self.uid_validity != u64::from(mailbox.uid_validity) {
            return responses;
        }
        let uids = match (&self.uids, Uid::new(1), Uid::new(mailbox.uid_next - 1)) {
            (Some(uids), ..) => uids.clone(),
            (None, Some(first), Some(last)) => UidSet::range(first, last),
            _ => return responses,
        };
        let floor = self.last_match(view).map_or(0, Uid::get);
        let doubtful = match Uid::new(floor.saturating_add(1)) {
            Some(start) => uids.intersection(&UidSet::starting_at(start)),
            None => UidSet::new(),
        };
        responses.extend(earlier(&mailbox.vanished(self.modseq, &doubtful)));
        for (place, message) in mailbox.messages.iter().enumerate() {
            if message.modseq > self.modseq && uids.contains(message.uid) {
                let recent = view.entries.get(place).is_some_and(|entry| entry.recent);
                responses.push(change_row(place, message, true, true, Some(recent)).finish());
            }
        }
        responses
    }

    /// The UID of the last sample that is still right: up to it the client knows of everything that was expunged.
    fn last_match(&self, view: &View) -> Option<Uid> {
        let (numbers, uids) = self.sample.as_ref()?;
        let there = |number: u32| view.entries.get(usize::try_from(number).ok()?.checked_sub(1)?);
        numbers
            .iter()
            .zip(uids.iter())
            .map_while(|(number, uid)| there(number.get()).map(|entry| (entry.uid, uid)))
            .filter_map(|(ours, theirs)| (ours == theirs).then_some(ours))
            .last()
    }
}

/// `VANISHED (EARLIER)`, unless there is nothing to report.
pub(crate) fn earlier(uids: &UidSet) -> Option<Vec<Content>> {
    (!uids.is_empty()).then(|| Response::line(&format!("* VANISHED (EARLIER) {uids}")))
}

/// A set of UIDs in which `*` is not allowed.
fn closed_uids(args: &mut Cursor) -> Parsed<UidSet> {
    let uids: UidSet = args.set_text()?.parse().map_err(|_| invalid())?;
    if uids.is_open() { Err(invalid()) } else { Ok(uids) }
}

fn invalid() -> Syntax {
    Syntax::new("not a valid parameter of QRESYNC")
}
