//! Identifiers of objects in one list: OBJECTID+ (draft-ietf-mailmaint-imap-objectid-bis, which follows RFC 8474).

use super::ImapString;

/// The identifiers of an object, each with its kind: those of a mailbox and its account, or those of a message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ObjectIds {
    /// The account: ACCOUNTID.
    pub account: Option<ImapString>,
    /// The mailbox: MAILBOXID.
    pub mailbox: Option<ImapString>,
    /// The content of the message: EMAILID.
    pub email: Option<ImapString>,
    /// The conversation: THREADID.
    pub thread: Option<ImapString>,
    /// Those of other kinds: the kind and the identifier.
    pub other: Vec<(ImapString, ImapString)>,
}

impl ObjectIds {
    /// All of them with their kinds.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &ImapString)> {
        let known = [
            ("ACCOUNTID", &self.account),
            ("MAILBOXID", &self.mailbox),
            ("EMAILID", &self.email),
            ("THREADID", &self.thread),
        ];
        let known = known.into_iter().filter_map(|(kind, id)| Some((kind, id.as_ref()?)));
        known.chain(self.other.iter().filter_map(|(kind, id)| Some((kind.to_str()?, id))))
    }
}
