//! Commands to bytes.
//!
//! Every argument passes through here, so that no value can end a command or begin another: what is not a legal atom or
//! quoted string becomes a literal, and what cannot be sent at all is refused before anything is.

use std::fmt;
use std::ops::Range;

use zeroize::Zeroizing;

use super::wipe;
use crate::types::{DateTime, Flags, InvalidValue, MailboxName, NameEncoding};

/// Up to this length a string is quoted; longer ones become literals.
const MAX_QUOTED: usize = 1024;

/// What is refused in a name that a server listed.
const NAME_WITH_NUL: &str = "mailbox name (it contains NUL, which no command can send)";

/// What the connection allows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Encoding {
    /// How mailbox names are encoded; UTF-8 also allows UTF-8 in quoted strings.
    pub names: NameEncoding,
    /// Whether searches for texts in UTF-8 go without the name of their charset, as UTF8=ACCEPT demands (RFC 9755, section 3).
    /// In IMAP4rev2 either is right, and Cyrus finds nothing without it.
    pub bare_utf8: bool,
    /// The longest literal in bytes that may be sent without waiting: none, 4096 (LITERAL-) or any (LITERAL+).
    pub non_sync: Option<u64>,
}

impl Encoding {
    /// An encoding of names, and up to which length literals go out without waiting.
    #[must_use]
    pub fn new(names: NameEncoding, non_sync: Option<u64>) -> Self {
        Self { names, bare_utf8: names == NameEncoding::Utf8, non_sync }
    }
}

/// Writes one command.
///
/// The methods can be chained. A value that cannot be sent is remembered and refused by [`finish`](Self::finish).
pub struct Encoder {
    encoding: Encoding,
    done: Fragments,
    bytes: Zeroizing<Vec<u8>>,
    secrets: Vec<Range<usize>>,
    invalid: Option<InvalidValue>,
}

impl Encoder {
    /// An encoder that has written nothing.
    #[must_use]
    pub fn new(encoding: Encoding) -> Self {
        Self {
            encoding,
            done: Vec::new(),
            bytes: Zeroizing::new(Vec::with_capacity(64)),
            secrets: Vec::new(),
            invalid: None,
        }
    }

    /// What the connection allows.
    #[must_use]
    pub fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// Words of the protocol, as they are. Never pass text from outside: it is refused if it could end the command.
    pub fn raw(&mut self, words: &str) -> &mut Self {
        if words.contains(['\r', '\n', '\0']) {
            return self.refuse("protocol text", words);
        }
        wipe::append(&mut self.bytes, words.as_bytes());
        self
    }

    /// A space.
    pub fn space(&mut self) -> &mut Self {
        wipe::append(&mut self.bytes, b" ");
        self
    }

    /// Something that writes itself.
    pub fn display(&mut self, value: impl fmt::Display) -> &mut Self {
        let text = value.to_string();
        self.raw(&text)
    }

    /// An atom.
    pub fn atom(&mut self, text: &str) -> &mut Self {
        if text.is_empty() || !text.bytes().all(is_atom_byte) {
            return self.refuse("atom", text);
        }
        wipe::append(&mut self.bytes, text.as_bytes());
        self
    }

    /// A string where an atom will do, in its shortest legal form (`astring`).
    pub fn astring(&mut self, text: impl AsRef<[u8]>) -> &mut Self {
        let text = text.as_ref();
        // Courier refuses `~`, `,` or `;` without quotes, where they are legal.
        let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_./@:+=$".contains(byte);
        if !text.is_empty() && text.iter().all(plain) && !text.eq_ignore_ascii_case(b"NIL") {
            wipe::append(&mut self.bytes, text);
            return self;
        }
        self.string(text)
    }

    /// A string, quoted or as a literal.
    pub fn string(&mut self, text: impl AsRef<[u8]>) -> &mut Self {
        let text = text.as_ref();
        let utf8 = || self.encoding.names == NameEncoding::Utf8 && std::str::from_utf8(text).is_ok();
        let quotable = !text.iter().any(|byte| matches!(byte, 0 | b'\r' | b'\n'));
        if text.len() <= MAX_QUOTED && quotable && (text.is_ascii() || utf8()) {
            // Room for all of it at once: each byte may be escaped.
            wipe::reserve(&mut self.bytes, 2 * text.len() + 2);
            self.bytes.push(b'"');
            for byte in text {
                if matches!(byte, b'"' | b'\\') {
                    self.bytes.push(b'\\');
                }
                self.bytes.push(*byte);
            }
            self.bytes.push(b'"');
            return self;
        }
        self.literal(text)
    }

    /// A string, or `NIL`.
    pub fn nstring(&mut self, text: Option<impl AsRef<[u8]>>) -> &mut Self {
        match text {
            Some(text) => self.string(text),
            None => self.raw("NIL"),
        }
    }

    /// A string that no log may show.
    pub fn secret(&mut self, text: impl AsRef<[u8]>) -> &mut Self {
        let text = text.as_ref();
        if text.contains(&0) {
            return self.refuse("secret (it holds NUL)", "");
        }
        let start = self.bytes.len();
        let literals = self.done.len();
        self.string(text);
        let start = if self.done.len() == literals { start } else { 0 };
        self.secrets.push(start..self.bytes.len());
        self
    }

    /// Words of the protocol that no log may show.
    pub fn hidden(&mut self, words: impl AsRef<str>) -> &mut Self {
        let start = self.bytes.len();
        self.raw(words.as_ref());
        self.secrets.push(start..self.bytes.len());
        self
    }

    /// A string as a literal, whatever it holds but NUL.
    pub fn literal(&mut self, text: impl AsRef<[u8]>) -> &mut Self {
        let text = text.as_ref();
        if text.contains(&0) {
            return self.refuse("string (it holds NUL)", text);
        }
        self.announce(text.len() as u64, false);
        wipe::append(&mut self.bytes, text);
        self
    }

    /// A literal of `length` bytes that the caller brings when it is sent; `binary` if it may hold NUL.
    pub fn stream(&mut self, length: u64, binary: bool) -> &mut Self {
        self.announce(length, binary);
        self.cut();
        self.done.push(Fragment::Stream(length));
        self
    }

    fn announce(&mut self, length: u64, binary: bool) {
        let wait = self.encoding.non_sync.is_none_or(|most| length > most);
        let (tilde, plus) = (if binary { "~" } else { "" }, if wait { "" } else { "+" });
        wipe::append(&mut self.bytes, format!("{tilde}{{{length}{plus}}}\r\n").as_bytes());
        if wait {
            self.cut();
            self.done.push(Fragment::GoAhead);
        }
    }

    /// The name of a mailbox.
    pub fn mailbox(&mut self, name: &MailboxName) -> &mut Self {
        let bytes = name.to_wire(self.encoding.names);
        if bytes.contains(&0) {
            return self.refuse(NAME_WITH_NUL, bytes);
        }
        self.astring(bytes)
    }

    /// A pattern of LIST: a mailbox name in which `*` and `%` stand for any text.
    pub fn pattern(&mut self, pattern: &MailboxName) -> &mut Self {
        let bytes = pattern.to_wire(self.encoding.names);
        if bytes.contains(&0) {
            return self.refuse(NAME_WITH_NUL, bytes);
        }
        let plain = |byte: &u8| is_atom_byte(*byte) || matches!(byte, b']' | b'%' | b'*');
        if !bytes.is_empty() && bytes.iter().all(plain) {
            wipe::append(&mut self.bytes, &bytes);
            return self;
        }
        self.string(bytes)
    }

    /// Flags in parentheses. `\Recent` and `\*` cannot be set by a client and are refused.
    pub fn flags(&mut self, flags: &Flags) -> &mut Self {
        use crate::types::Flag;
        wipe::append(&mut self.bytes, b"(");
        for (index, flag) in flags.iter().enumerate() {
            if matches!(flag, Flag::Recent | Flag::Wildcard) {
                return self.refuse("flag to set", flag.as_bytes());
            }
            if index > 0 {
                wipe::append(&mut self.bytes, b" ");
            }
            self.flag(flag.as_bytes());
        }
        wipe::append(&mut self.bytes, b")");
        self
    }

    /// A keyword, of SEARCH.
    pub(crate) fn keyword(&mut self, keyword: &crate::types::Keyword) -> &mut Self {
        self.flag(keyword.as_bytes())
    }

    fn flag(&mut self, flag: &[u8]) -> &mut Self {
        // Keywords from a server can hold any byte.
        if flag.is_empty() || flag.iter().any(|byte| !is_atom_byte(*byte) && !matches!(byte, b'\\' | b']')) {
            return self.refuse("keyword", flag);
        }
        wipe::append(&mut self.bytes, flag);
        self
    }

    /// A date with its time in quotes.
    pub fn date_time(&mut self, date: DateTime) -> &mut Self {
        self.display(format_args!("\"{date}\""))
    }

    /// Items in parentheses with spaces between them.
    pub fn list<T>(
        &mut self,
        items: impl IntoIterator<Item = T>,
        mut write: impl for<'a> FnMut(&'a mut Self, T) -> &'a mut Self,
    ) -> &mut Self {
        wipe::append(&mut self.bytes, b"(");
        for (index, item) in items.into_iter().enumerate() {
            if index > 0 {
                wipe::append(&mut self.bytes, b" ");
            }
            write(self, item);
        }
        wipe::append(&mut self.bytes, b")");
        self
    }

    /// Makes the command fail, for a value that cannot be sent.
    pub fn refuse(&mut self, what: &'static str, value: impl AsRef<[u8]>) -> &mut Self {
        self.invalid.get_or_insert_with(|| InvalidValue::new(what, value));
        self
    }

    /// The command, with its line end.
    ///
    /// # Errors
    /// If one of the values cannot be sent.
    pub fn finish(mut self) -> Result<Fragments, InvalidValue> {
        if let Some(invalid) = self.invalid.take() {
            return Err(invalid);
        }
        wipe::append(&mut self.bytes, b"\r\n");
        self.cut();
        Ok(std::mem::take(&mut self.done))
    }

    fn cut(&mut self) {
        if !self.bytes.is_empty() {
            let secrets = std::mem::take(&mut self.secrets);
            self.done.push(Fragment::Bytes(std::mem::take(&mut self.bytes), secrets));
        }
    }
}

impl fmt::Debug for Encoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Encoder").field("encoding", &self.encoding).finish_non_exhaustive()
    }
}

fn is_atom_byte(byte: u8) -> bool {
    byte.is_ascii_graphic() && !b"(){%*\"\\]".contains(&byte)
}

/// A part of an encoded command.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fragment {
    /// Bytes to send, which are wiped when they are dropped, and which of them are secrets.
    Bytes(Zeroizing<Vec<u8>>, Vec<Range<usize>>),
    /// The server's go-ahead, `+`, must be awaited.
    GoAhead,
    /// So many bytes that the caller brings.
    Stream(u64),
}

impl fmt::Debug for Fragment {
    /// Leaves secrets out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bytes(bytes, secrets) if secrets.is_empty() => write!(f, "Bytes(\"{}\")", bytes.escape_ascii()),
            Self::Bytes(bytes, _) => write!(f, "Bytes({} with secrets)", bytes.len()),
            Self::GoAhead => f.write_str("GoAhead"),
            Self::Stream(length) => write!(f, "Stream({length})"),
        }
    }
}

/// An encoded command, without tag and with its line end.
pub type Fragments = Vec<Fragment>;

#[cfg(test)]
mod tests {
    use super::*;

    fn encode(
        encoding: Encoding,
        write: impl for<'a> FnOnce(&'a mut Encoder) -> &'a mut Encoder,
    ) -> Result<String, InvalidValue> {
        let mut encoder = Encoder::new(encoding);
        write(&mut encoder);
        let text = encoder.finish()?.into_iter().map(|fragment| match fragment {
            Fragment::Bytes(bytes, _) => bytes.escape_ascii().to_string(),
            Fragment::GoAhead => "<+>".into(),
            Fragment::Stream(length) => format!("<{length}>"),
        });
        Ok(text.collect())
    }

    #[test]
    fn strings_take_their_shortest_legal_form() {
        let sync = Encoding::default();
        let plus = Encoding { non_sync: Some(u64::MAX), ..sync };
        let minus = Encoding { non_sync: Some(4096), ..sync };
        let utf8 = Encoding { names: NameEncoding::Utf8, ..sync };
        for (encoding, text, expected) in [
            (sync, "INBOX", r"INBOX\r\n"),
            (sync, "a]b", r#"\"a]b\"\r\n"#),
            (sync, "", r#"\"\"\r\n"#),
            (sync, "nil", r#"\"nil\"\r\n"#),
            (sync, "a b\"\\", r#"\"a b\\\"\\\\\"\r\n"#),
            (sync, "x {5}", r#"\"x {5}\"\r\n"#),
            (sync, "a\r\nb", r"{4}\r\n<+>a\r\nb\r\n"),
            (plus, "a\r\nb", r"{4+}\r\na\r\nb\r\n"),
            (minus, "a\nb", r"{3+}\r\na\nb\r\n"),
            (sync, "é", r"{2}\r\n<+>\xc3\xa9\r\n"),
            (utf8, "é", r#"\"\xc3\xa9\"\r\n"#),
        ] {
            assert_eq!(encode(encoding, |e| e.astring(text)).unwrap(), expected, "{text:?}");
        }
        let long = "x".repeat(5000) + " ";
        assert!(encode(minus, |e| e.astring(&long)).unwrap().starts_with(r"{5001}\r\n<+>xxx"));
    }

    #[test]
    fn what_cannot_be_sent_is_refused() {
        let sync = Encoding::default();
        assert!(encode(sync, |e| e.astring("a\0b")).is_err());
        assert!(encode(sync, |e| e.raw("a\r\nb")).is_err());
        assert!(encode(sync, |e| e.atom("a b")).is_err());
        assert!(encode(sync, |e| e.atom("")).is_err());
        assert!(encode(sync, |e| e.flags(&crate::types::Flag::Recent.into())).is_err());
    }

    #[test]
    fn names_and_patterns() {
        let name = MailboxName::new("Entwürfe & mehr").unwrap();
        let sync = Encoding::default();
        assert_eq!(encode(sync, |e| e.mailbox(&name)).unwrap(), r#"\"Entw&APw-rfe &- mehr\"\r\n"#);
        let pattern = MailboxName::new("Entw*/%").unwrap();
        assert_eq!(encode(sync, |e| e.pattern(&pattern)).unwrap(), r"Entw*/%\r\n");
        assert_eq!(encode(sync, |e| e.mailbox(&pattern)).unwrap(), r#"\"Entw*/%\"\r\n"#);
    }

    #[test]
    fn secrets_are_marked_wherever_they_stand() {
        for (text, shown) in [("geheim", r#"LOGIN ####"#), ("a\r\nb", "LOGIN {4}\r\n")] {
            let mut encoder = Encoder::new(Encoding::default());
            encoder.raw("LOGIN ").secret(text);
            let fragments = encoder.finish().unwrap();
            let mut seen = String::new();
            for fragment in &fragments {
                if let Fragment::Bytes(bytes, secrets) = fragment {
                    let hidden = |at: usize| secrets.iter().any(|range| range.contains(&at));
                    let visible = bytes.iter().enumerate().filter(|(at, _)| !hidden(*at));
                    seen.extend(visible.map(|(_, byte)| char::from(*byte)));
                }
            }
            assert!(!seen.contains(text), "{seen}");
            assert!(seen.starts_with(shown.trim_end_matches('#')));
        }
    }
}
