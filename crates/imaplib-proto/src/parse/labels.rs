//! Items of rows that some servers have and this library reads only when asked: Gmail's labels, object identifiers.

use std::cell::OnceCell;

use bytes::Bytes;

use super::Context;
use super::cursor::{Cursor, Malformed};
use super::status_item::object_id;
use crate::types::{Fetch, ImapString, MailboxName};
use crate::wire::ResponseSlice;

impl Fetch {
    /// Gmail's labels, `X-GM-LABELS`: names of mailboxes, and words such as `\Important`.
    ///
    /// `None` if the row has none or they cannot be read; then they are among [`other`](Self::other) as they came.
    #[must_use]
    pub fn labels(&self) -> Option<Vec<MailboxName>> {
        self.read_item("X-GM-LABELS", labels)
    }

    /// The identifier of the message's content, EMAILID (RFC 8474, section 5.1).
    #[must_use]
    pub fn email_id(&self) -> Option<ImapString> {
        self.read_item("EMAILID", |cursor| if cursor.eat_nil() { Ok(None) } else { object_id(cursor).map(Some) })?
    }

    /// The identifier of the conversation, THREADID (RFC 8474, section 5.2); `None` also where the server sends NIL.
    #[must_use]
    pub fn thread_id(&self) -> Option<ImapString> {
        self.read_item("THREADID", |cursor| if cursor.eat_nil() { Ok(None) } else { object_id(cursor).map(Some) })?
    }

    /// The first words of the message, PREVIEW (RFC 8970); `None` also where the server sends NIL.
    #[must_use]
    pub fn preview(&self) -> Option<ImapString> {
        self.read_item("PREVIEW", |cursor| cursor.nstring_or_atom())?
    }

    fn read_item<T>(&self, name: &str, read: impl Fn(&mut Cursor<'_>) -> Result<T, Malformed>) -> Option<T> {
        let (_, raw) = self.other.iter().find(|(found, _)| found.eq_ignore_ascii_case(name))?;
        let (shared, context): (_, Context) = (OnceCell::new(), Context::default());
        // A value that ends in a line end keeps it: here nothing is a response's end.
        let framed = Bytes::from([raw, &b"\r\n"[..]].concat());
        let mut cursor = Cursor::new(ResponseSlice::new(&framed, &shared, 0, framed.len()), &context);
        read(&mut cursor).ok().filter(|_| cursor.at_end())
    }
}

/// Reads the list; Gmail sends NIL among the labels.
fn labels(cursor: &mut Cursor<'_>) -> Result<Vec<MailboxName>, Malformed> {
    let mut labels = Vec::new();
    if cursor.eat_nil() {
        return Ok(labels);
    }
    cursor.need(b'(', "no list of labels")?;
    loop {
        cursor.spaces();
        if cursor.eat(b')') {
            return Ok(labels);
        }
        if !cursor.eat_nil() {
            cursor.count::<MailboxName>()?;
            labels.push(cursor.mailbox()?);
        }
    }
}
