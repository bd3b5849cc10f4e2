//! Builds one response: text, strings in their safest form, literals that are sent from where they lie; and how a
//! command ends.

use bytes::BytesMut;

use crate::content::Content;
use crate::cursor::Syntax;
use crate::store_error::StoreError;

/// Strings up to this length go out quoted if they can.
const MAX_QUOTED: usize = 1024;

/// One response, its final CRLF included.
#[derive(Debug, Default)]
pub(crate) struct Response {
    chunks: Vec<Content>,
    text: BytesMut,
}

impl Response {
    /// Begins an untagged response.
    pub(crate) fn untagged() -> Self {
        Self::from_text("* ")
    }

    pub(crate) fn from_text(text: &str) -> Self {
        let mut response = Self::default();
        response.text(text);
        response
    }

    /// A whole line of text.
    pub(crate) fn line(text: &str) -> Vec<Content> {
        Self::from_text(text).finish()
    }

    pub(crate) fn text(&mut self, text: &str) -> &mut Self {
        self.text.extend_from_slice(text.as_bytes());
        self
    }

    pub(crate) fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        self.text.extend_from_slice(bytes);
        self
    }

    /// A quoted string or, where that is not possible, a literal.
    pub(crate) fn string(&mut self, value: &[u8]) -> &mut Self {
        if value.len() > MAX_QUOTED || !value.iter().all(|byte| matches!(byte, 1..=9 | 11..=12 | 14..=127)) {
            return self.literal(Content::memory(value.to_vec()));
        }
        self.text.extend_from_slice(b"\"");
        for &byte in value {
            if matches!(byte, b'"' | b'\\') {
                self.text.extend_from_slice(b"\\");
            }
            self.text.extend_from_slice(&[byte]);
        }
        self.text("\"")
    }

    pub(crate) fn nstring(&mut self, value: Option<&[u8]>) -> &mut Self {
        match value {
            Some(value) => self.string(value),
            None => self.text("NIL"),
        }
    }

    pub(crate) fn literal(&mut self, content: Content) -> &mut Self {
        self.text(&format!("{{{}}}\r\n", content.len()));
        self.content(content)
    }

    /// A literal that may hold NUL (RFC 3516).
    pub(crate) fn literal8(&mut self, content: Content) -> &mut Self {
        self.text(&format!("~{{{}}}\r\n", content.len()));
        self.content(content)
    }

    fn content(&mut self, content: Content) -> &mut Self {
        let before = self.text.split().freeze();
        self.chunks.push(Content::memory(before));
        self.chunks.push(content);
        self
    }

    /// A mailbox name in its form on the wire.
    pub(crate) fn mailbox(&mut self, name: &str) -> &mut Self {
        let wire = crate::name::encode(name);
        let atom = !wire.is_empty()
            && !wire.eq_ignore_ascii_case(b"NIL")
            && wire.iter().all(|byte| crate::cursor::is_atom_char(*byte));
        if atom { self.bytes(&wire) } else { self.string(&wire) }
    }

    /// Writes items between parentheses, with single spaces.
    pub(crate) fn list<T>(
        &mut self,
        items: impl IntoIterator<Item = T>,
        mut write: impl FnMut(&mut Self, T),
    ) -> &mut Self {
        self.text("(");
        for (index, item) in items.into_iter().enumerate() {
            if index > 0 {
                self.text(" ");
            }
            write(self, item);
        }
        self.text(")")
    }

    /// Ends the line.
    pub(crate) fn finish(mut self) -> Vec<Content> {
        self.text("\r\n");
        self.chunks.push(Content::memory(self.text.freeze()));
        self.chunks
    }
}

/// The end of a command; the tag is put before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Completion {
    /// Success, with an optional response code in its text.
    Ok(String),
    No(String),
    Bad(String),
    /// The command continues with the next line of the client (IDLE, AUTHENTICATE).
    Pending,
}

/// Success or refusal; refusals travel by `?`.
pub(crate) type Handled = Result<Completion, Completion>;

impl Completion {
    pub(crate) fn ok(text: impl Into<String>) -> Handled {
        Ok(Self::Ok(text.into()))
    }

    pub(crate) fn no<T>(text: impl Into<String>) -> Result<T, Self> {
        Err(Self::No(text.into()))
    }

    pub(crate) fn bad<T>(text: impl Into<String>) -> Result<T, Self> {
        Err(Self::Bad(text.into()))
    }
}

impl From<Syntax> for Completion {
    fn from(syntax: Syntax) -> Self {
        Self::Bad(syntax.0)
    }
}

impl From<StoreError> for Completion {
    fn from(error: StoreError) -> Self {
        let code = match error {
            StoreError::NoSuchMailbox => "[NONEXISTENT] ",
            StoreError::MailboxExists => "[ALREADYEXISTS] ",
            StoreError::Inbox | StoreError::InvalidName => "[CANNOT] ",
            StoreError::HasChildren => "[HASCHILDREN] ",
            StoreError::TooMany => "[OVERQUOTA] ",
            StoreError::Unreadable => "[UNAVAILABLE] ",
            StoreError::NoSuchUser | StoreError::NoSuchMessage => "",
        };
        Self::No(format!("{code}{error}"))
    }
}

/// The answer to a missing target mailbox of APPEND, COPY and MOVE (RFC 3501 section 6.3.11).
pub(crate) fn try_create(error: StoreError) -> Completion {
    match error {
        StoreError::NoSuchMailbox => Completion::No("[TRYCREATE] no such mailbox".to_owned()),
        other => other.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_take_a_safe_form() {
        let mut response = Response::untagged();
        response.string(b"a\"b\\").text(" ").string("\u{e9}".as_bytes()).text(" ").nstring(None);
        response.text(" ").mailbox("a b\u{fc}").text(" ").mailbox("nil").text(" ").list([1, 2], |out, n| {
            out.text(&n.to_string());
        });
        let sent: Vec<u8> = response.finish().iter().flat_map(|chunk| chunk.prefix(999)).collect();
        assert_eq!(sent, b"* \"a\\\"b\\\\\" {2}\r\n\xc3\xa9 NIL \"a b&APw-\" \"nil\" (1 2)\r\n");
    }
}
