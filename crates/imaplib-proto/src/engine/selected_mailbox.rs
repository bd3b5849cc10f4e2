//! The live view of the mailbox that is open.

use crate::types::{Flags, ImapString, MailboxName, ResponseCode, SeqNum, StatusResponse, Untagged};

/// What is known of the mailbox that is open; each response keeps it up to date.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SelectedMailbox {
    /// Its name.
    pub name: MailboxName,
    /// How many messages it holds.
    pub exists: u32,
    /// Whether the server has reported it: if not, or if the last report was not a number of 32 bits, the number means
    /// nothing.
    pub exists_is_known: bool,
    /// How many of them have `\Recent` (RFC 3501).
    pub recent: u32,
    /// The UIDVALIDITY, a number to compare, of more than 32 bits on some servers; `None` if the server has none, and UIDs
    /// do not last.
    pub uid_validity: Option<u64>,
    /// The UID that the next message gets, as of when the mailbox was opened, or when its changes were found last.
    pub uid_next: Option<u64>,
    /// The first message without `\Seen`, as of when the mailbox was opened (RFC 3501).
    pub first_unseen: Option<SeqNum>,
    /// The flags that the mailbox knows.
    pub flags: Flags,
    /// The flags that can be changed for ever; `None` if the server did not say: then all can.
    pub permanent_flags: Option<Flags>,
    /// The highest modification sequence, as of then; `None` if the mailbox has none (RFC 7162).
    pub highest_mod_seq: Option<u64>,
    /// The identifier of the mailbox (RFC 8474).
    pub mailbox_id: Option<ImapString>,
    /// The identifier of its account (OBJECTID+).
    pub account_id: Option<ImapString>,
    /// Whether nothing can be changed.
    pub read_only: bool,
    /// Whether UIDs last only as long as the mailbox is open (RFC 4315).
    pub uids_not_sticky: bool,
    /// Whether it was opened with EXAMINE.
    pub examined: bool,
}

impl SelectedMailbox {
    pub(super) fn new(name: MailboxName, read_only: bool) -> Self {
        Self {
            name,
            exists: 0,
            exists_is_known: false,
            recent: 0,
            uid_validity: None,
            uid_next: None,
            first_unseen: None,
            flags: Flags::new(),
            permanent_flags: None,
            highest_mod_seq: None,
            mailbox_id: None,
            account_id: None,
            read_only,
            uids_not_sticky: false,
            examined: read_only,
        }
    }

    /// Whether the server would refuse every change of a message: the mailbox was opened with EXAMINE, or is read-only
    /// and has no flag that can be changed.
    #[must_use]
    pub fn refuses_changes(&self) -> bool {
        self.read_only && (self.examined || self.permanent_flags.as_ref().is_none_or(Flags::is_empty))
    }

    /// Notes numbers that a client found out: they never fall.
    pub(super) fn learn(&mut self, uid_next: u64, mod_seq: u64) {
        self.uid_next = self.uid_next.max(Some(uid_next).filter(|number| *number > 0));
        if self.highest_mod_seq.is_some() {
            self.highest_mod_seq = self.highest_mod_seq.max(Some(mod_seq));
        }
    }

    pub(super) fn update(&mut self, response: &Untagged) {
        match response {
            Untagged::Exists(count) => (self.exists, self.exists_is_known) = (*count, true),
            // Whatever was reported before is no longer true.
            Untagged::Unknown { keyword, .. } if keyword.eq_ignore_ascii_case("EXISTS") => self.exists_is_known = false,
            Untagged::Recent(count) => self.recent = *count,
            Untagged::Flags(flags) => self.flags = flags.clone(),
            // A number beyond the mailbox means nothing.
            Untagged::Expunge(seq) if seq.get() <= self.exists => self.exists -= 1,
            Untagged::Vanished { earlier: false, uids } => {
                self.exists = self.exists.saturating_sub(u32::try_from(uids.len()).unwrap_or(u32::MAX));
            }
            Untagged::Status(status) => self.change_code(status),
            _ => {}
        }
    }

    /// As [`update_code`](Self::update_code), of a mailbox that is open already: where it turns read-only, what was said
    /// about the flags that can be changed does not hold any more.
    pub(super) fn change_code(&mut self, status: &StatusResponse) {
        let could_write = !self.read_only;
        self.update_code(status);
        if self.read_only && could_write {
            self.permanent_flags = Some(Flags::new());
        }
    }

    pub(super) fn update_code(&mut self, status: &StatusResponse) {
        // Some servers say zero for what they do not know; that replaces nothing that is known.
        let known = |number: u64| (number != 0).then_some(number);
        match &status.code {
            Some(ResponseCode::PermanentFlags(flags)) => self.permanent_flags = Some(flags.clone()),
            Some(ResponseCode::UidNext(number)) => self.uid_next = known(*number).or(self.uid_next),
            Some(ResponseCode::UidValidity(number)) => self.uid_validity = known(*number).or(self.uid_validity),
            Some(ResponseCode::Unseen(seq)) => self.first_unseen = *seq,
            Some(ResponseCode::HighestModSeq(number)) => self.highest_mod_seq = Some(*number),
            Some(ResponseCode::NoModSeq) => self.highest_mod_seq = None,
            Some(ResponseCode::MailboxId(id)) => self.mailbox_id = Some(id.clone()),
            Some(ResponseCode::ObjectIds(ids)) => {
                self.mailbox_id = ids.mailbox.clone().or_else(|| self.mailbox_id.take());
                self.account_id = ids.account.clone().or_else(|| self.account_id.take());
            }
            Some(ResponseCode::ReadOnly) => self.read_only = true,
            Some(ResponseCode::ReadWrite) => self.read_only = false,
            Some(ResponseCode::UidNotSticky) => self.uids_not_sticky = true,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_were_found_out_never_fall() {
        let mut mailbox = SelectedMailbox::new(MailboxName::inbox(), false);
        mailbox.learn(0, 7);
        assert_eq!((mailbox.uid_next, mailbox.highest_mod_seq), (None, None), "it has no modification sequences");
        mailbox.highest_mod_seq = Some(5);
        for (uid_next, mod_seq) in [(9, 7), (3, 2), (0, 0)] {
            mailbox.learn(uid_next, mod_seq);
            assert_eq!((mailbox.uid_next, mailbox.highest_mod_seq), (Some(9), Some(7)));
        }
    }
}
