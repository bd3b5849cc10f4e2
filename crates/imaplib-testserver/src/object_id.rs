//! Identifiers of mailboxes, messages and threads (RFC 8474), and all of an object in one list (OBJECTID+).

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

use crate::mailbox::{Mailbox, Message};
use crate::order::thread::thread_root;

/// How much of a large message is hashed, in bytes.
const HASHED: usize = 1024 * 1024;

/// The identifier of a mailbox, which it keeps when it is renamed.
pub(crate) fn of_mailbox(mailbox: &Mailbox) -> String {
    format!("F{}", mailbox.id)
}

/// The identifier of the account: a user sees no other.
pub(crate) const ACCOUNT: &str = "U1";

/// The identifiers of a mailbox and its account, in one list.
pub(crate) fn all_of_mailbox(mailbox: &Mailbox) -> String {
    format!("OBJECTID (ACCOUNTID {ACCOUNT} MAILBOXID {})", of_mailbox(mailbox))
}

/// The identifiers of a message in one list.
pub(crate) fn all_of_message(message: &Message) -> String {
    let thread = of_thread(message).map(|id| format!(" THREADID {id}")).unwrap_or_default();
    format!("OBJECTID (EMAILID {}{thread})", of_message(message))
}

/// The identifier of what cannot change in a message: its text and its internal date.
pub(crate) fn of_message(message: &Message) -> String {
    let date = message.date.to_string();
    let size = message.size().to_be_bytes();
    format!("M{}", hash(&[date.as_bytes(), &size, &message.content.prefix(HASHED)]))
}

/// The identifier that messages share whose References begin alike; `None` for a message that has no identifier.
pub(crate) fn of_thread(message: &Message) -> Option<String> {
    let first = thread_root(message)?;
    Some(format!("T{}", hash(&[&first])))
}

fn hash(parts: &[&[u8]]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part);
    }
    let mut text = String::new();
    for byte in hash.finalize().iter().take(8) {
        let _ = write!(text, "{byte:02x}");
    }
    text
}
