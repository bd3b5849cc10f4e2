//! NAMESPACE: where a user's own, other users' and shared mailboxes lie (RFC 9051, section 7.3.4).

use super::{ImapString, MailboxName};

/// The answer to NAMESPACE. A kind that the server does not have is an empty list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Namespaces {
    /// The user's own mailboxes.
    pub personal: Vec<Namespace>,
    /// Other users' mailboxes.
    pub other_users: Vec<Namespace>,
    /// Mailboxes shared among users.
    pub shared: Vec<Namespace>,
}

/// One namespace.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Namespace {
    /// What the names in it begin with; may be empty.
    pub prefix: MailboxName,
    /// The character between the levels of a name; `None` if there are no levels.
    pub delimiter: Option<char>,
    /// Extensions: a name and its values.
    pub extensions: Vec<(ImapString, Vec<ImapString>)>,
}

impl Namespace {
    /// A namespace without extensions.
    #[must_use]
    pub fn new(prefix: MailboxName, delimiter: Option<char>) -> Self {
        Self { prefix, delimiter, extensions: Vec::new() }
    }
}
