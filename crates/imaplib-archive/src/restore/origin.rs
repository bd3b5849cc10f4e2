//! Where messages come from that are sent to another account: an archive, or a server.

use imaplib::types::MailboxAttribute;

use crate::error::Result;
use crate::messages::ArchivedMessage;
use crate::restore::contents::Contents;
use crate::restore::ledger::Key;
use crate::sync::server_state::Watch;

/// A mailbox from which messages come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OriginMailbox {
    /// By which messages are noted.
    pub(crate) id: i64,
    pub(crate) name: String,
    pub(crate) delimiter: Option<char>,
    pub(crate) special_use: Vec<MailboxAttribute>,
    /// Whether the user subscribes to it, if that is known.
    pub(crate) is_subscribed: Option<bool>,
    /// The server does not list it any more.
    pub(crate) is_gone: bool,
    /// The UIDVALIDITY of the messages that are not gone; 0 if it has none.
    pub(crate) uid_validity: u64,
}

/// Where messages come from.
pub(crate) trait Origin {
    /// All mailboxes.
    fn mailboxes(&mut self, watch: Watch<'_>) -> Result<Vec<OriginMailbox>>;

    /// Opens a mailbox, whose messages are asked for next. Returns it as it is now.
    fn open(&mut self, mailbox: &OriginMailbox, watch: Watch<'_>) -> Result<OriginMailbox>;

    /// The messages of the mailbox behind `last`, in the order of UIDVALIDITY and UID; at most `count` of them.
    fn messages(
        &mut self,
        mailbox: &OriginMailbox,
        last: Option<&ArchivedMessage>,
        count: usize,
        watch: Watch<'_>,
    ) -> Result<Vec<ArchivedMessage>>;

    /// Whether there is a message of this size and date with these numbers in the mailbox, as far as that is known without asking a
    /// server.
    fn has(&self, _mailbox: &OriginMailbox, _key: Key, _size: u64, _date: Option<i64>) -> bool {
        false
    }

    /// The contents of messages of the mailbox, of each by itself: one that cannot be had costs itself alone.
    fn contents(
        &mut self,
        mailbox: &OriginMailbox,
        messages: &[ArchivedMessage],
        watch: Watch<'_>,
    ) -> Result<Vec<Result<Contents>>>;
}
