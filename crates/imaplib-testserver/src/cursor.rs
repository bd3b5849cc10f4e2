//! Reads the arguments of one command (RFC 3501 section 9).

use bytes::Bytes;
use imaplib_proto::types::{Flag, Flags};

/// Why a command was not understood; the text goes into the tagged BAD.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Syntax(pub(crate) String);

impl Syntax {
    pub(crate) fn new(reason: impl Into<String>) -> Self {
        Self(reason.into())
    }
}

pub(crate) type Parsed<T> = Result<T, Syntax>;

/// A position in a command.
#[derive(Debug, Clone)]
pub(crate) struct Cursor {
    rest: Bytes,
}

impl Cursor {
    pub(crate) fn new(command: Bytes) -> Self {
        Self { rest: command }
    }

    pub(crate) fn is_at_end(&self) -> bool {
        self.rest.is_empty()
    }

    pub(crate) fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    /// Whether the rest begins with this text, in any case.
    pub(crate) fn starts_with(&self, text: &str) -> bool {
        self.rest.get(..text.len()).is_some_and(|start| start.eq_ignore_ascii_case(text.as_bytes()))
    }

    pub(crate) fn eat(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        if found {
            self.skip(1);
        }
        found
    }

    /// Reads this text if the rest begins with it, in any case.
    pub(crate) fn eat_word(&mut self, text: &str) -> bool {
        let found = self.starts_with(text);
        if found {
            self.skip(text.len());
        }
        found
    }

    pub(crate) fn need(&mut self, byte: u8) -> Parsed<()> {
        if self.eat(byte) {
            return Ok(());
        }
        Err(Syntax::new(format!("expected '{}' {}", char::from(byte).escape_default(), self.place())))
    }

    pub(crate) fn space(&mut self) -> Parsed<()> {
        if self.eat(b' ') { Ok(()) } else { Err(Syntax::new(format!("expected a space {}", self.place()))) }
    }

    pub(crate) fn end(&self) -> Parsed<()> {
        if self.is_at_end() { Ok(()) } else { Err(Syntax::new(format!("unexpected text {}", self.place()))) }
    }

    fn place(&self) -> String {
        if self.is_at_end() {
            return "at the end of the command".to_owned();
        }
        let shown = self.rest.get(..self.rest.len().min(20)).unwrap_or_default();
        format!("before \"{}\"", shown.escape_ascii())
    }

    fn skip(&mut self, count: usize) {
        let _ = self.rest.split_to(count.min(self.rest.len()));
    }

    pub(crate) fn take_while(&mut self, accept: impl Fn(u8) -> bool) -> Bytes {
        let count = self.rest.iter().position(|byte| !accept(*byte)).unwrap_or(self.rest.len());
        self.rest.split_to(count)
    }

    fn some(&mut self, what: &str, accept: impl Fn(u8) -> bool) -> Parsed<Bytes> {
        let taken = self.take_while(accept);
        if taken.is_empty() {
            return Err(Syntax::new(format!("expected {what} {}", self.place())));
        }
        Ok(taken)
    }

    /// One or more atom characters.
    pub(crate) fn atom(&mut self) -> Parsed<Bytes> {
        self.some("an atom", is_atom_char)
    }

    /// An atom in upper case, for keywords of the protocol.
    pub(crate) fn keyword(&mut self) -> Parsed<String> {
        Ok(String::from_utf8_lossy(&self.atom()?).to_ascii_uppercase())
    }

    /// The tag of a command.
    pub(crate) fn tag(&mut self) -> Parsed<Bytes> {
        self.some("a tag", |byte| byte != b'+' && (is_atom_char(byte) || byte == b']'))
    }

    pub(crate) fn number(&mut self) -> Parsed<u64> {
        let digits = self.some("a number", |byte| byte.is_ascii_digit())?;
        let number = std::str::from_utf8(&digits).ok().and_then(|digits| digits.parse().ok());
        number.filter(|number| *number <= i64::MAX as u64).ok_or_else(|| Syntax::new("number too large"))
    }

    /// A number that is not 0.
    pub(crate) fn nonzero(&mut self) -> Parsed<u64> {
        match self.number()? {
            0 => Err(Syntax::new("0 is not allowed here")),
            number => Ok(number),
        }
    }

    /// A quoted string or a literal.
    pub(crate) fn string(&mut self) -> Parsed<Bytes> {
        match self.peek() {
            Some(b'"') => self.quoted(),
            Some(b'{') => {
                let literal = self.literal()?;
                if literal.contains(&0) {
                    return Err(Syntax::new("NUL in a literal"));
                }
                Ok(literal)
            }
            _ => Err(Syntax::new(format!("expected a string {}", self.place()))),
        }
    }

    fn quoted(&mut self) -> Parsed<Bytes> {
        self.need(b'"')?;
        let mut out = Vec::new();
        loop {
            let run = self.take_while(|byte| !matches!(byte, b'"' | b'\\' | b'\r' | b'\n' | 0));
            out.extend_from_slice(&run);
            match self.peek() {
                Some(b'"') => {
                    self.skip(1);
                    return Ok(out.into());
                }
                Some(b'\\') => {
                    self.skip(1);
                    match self.peek() {
                        Some(byte @ (b'"' | b'\\')) => {
                            out.push(byte);
                            self.skip(1);
                        }
                        _ => return Err(Syntax::new("only \\\" and \\\\ can be escaped in a quoted string")),
                    }
                }
                _ => return Err(Syntax::new("quoted string is not closed")),
            }
        }
    }

    /// `{n}` or `{n+}`, CRLF and n bytes.
    pub(crate) fn literal(&mut self) -> Parsed<Bytes> {
        self.need(b'{')?;
        let size = self.number()?;
        let _ = self.eat(b'+');
        if !(self.eat(b'}') && self.eat(b'\r') && self.eat(b'\n')) {
            return Err(Syntax::new("malformed literal"));
        }
        match usize::try_from(size) {
            Ok(size) if size <= self.rest.len() => Ok(self.rest.split_to(size)),
            _ => Err(Syntax::new("literal is cut short")),
        }
    }

    pub(crate) fn astring(&mut self) -> Parsed<Bytes> {
        match self.peek() {
            Some(b'"' | b'{') => self.string(),
            _ => self.some("a string", |byte| is_atom_char(byte) || byte == b']'),
        }
    }

    pub(crate) fn nstring(&mut self) -> Parsed<Option<Bytes>> {
        match self.peek() {
            Some(b'"' | b'{') => self.string().map(Some),
            _ if self.eat_word("NIL") => Ok(None),
            _ => Err(Syntax::new(format!("expected a string or NIL {}", self.place()))),
        }
    }

    /// A LIST pattern as it stands on the wire.
    pub(crate) fn list_mailbox(&mut self) -> Parsed<Bytes> {
        match self.peek() {
            Some(b'"' | b'{') => self.string(),
            _ => self.some("a mailbox pattern", |byte| is_atom_char(byte) || matches!(byte, b']' | b'%' | b'*')),
        }
    }

    /// The name of a mailbox, decoded; INBOX in any case is `INBOX`.
    pub(crate) fn mailbox(&mut self) -> Parsed<String> {
        let name = self.mailbox_or_empty()?;
        if name.is_empty() { Err(Syntax::new("the mailbox name is empty")) } else { Ok(name) }
    }

    /// The name of a mailbox or the empty string, as the reference of LIST may be.
    pub(crate) fn mailbox_or_empty(&mut self) -> Parsed<String> {
        let wire = self.astring()?;
        crate::name::decode(&wire).ok_or_else(|| Syntax::new("mailbox name is not in modified UTF-7"))
    }

    pub(crate) fn flag(&mut self) -> Parsed<Flag> {
        let start = self.rest.clone();
        let backslash = self.eat(b'\\');
        let atom = self.some("a flag", is_atom_char)?;
        let length = atom.len() + usize::from(backslash);
        let text = String::from_utf8_lossy(start.get(..length).unwrap_or_default()).into_owned();
        let flag: Flag = text.parse().map_err(|_| Syntax::new(format!("unknown flag {text}")))?;
        match flag {
            Flag::Recent | Flag::Wildcard => Err(Syntax::new(format!("{text} cannot be set by a client"))),
            Flag::Keyword(_) if backslash => Err(Syntax::new(format!("unknown flag {text}"))),
            flag => Ok(flag),
        }
    }

    /// `(flag flag …)`, possibly empty.
    pub(crate) fn flag_list(&mut self) -> Parsed<Flags> {
        Ok(self.list(Cursor::flag)?.into_iter().collect())
    }

    /// `(item item …)`, possibly empty.
    pub(crate) fn list<T>(&mut self, mut item: impl FnMut(&mut Self) -> Parsed<T>) -> Parsed<Vec<T>> {
        self.need(b'(')?;
        let mut items = Vec::new();
        if self.eat(b')') {
            return Ok(items);
        }
        loop {
            items.push(item(self)?);
            if self.eat(b')') {
                return Ok(items);
            }
            self.space()?;
        }
    }

    /// The text of a sequence set; which numbers are meant is for the caller to say.
    pub(crate) fn set_text(&mut self) -> Parsed<String> {
        let text = self.some("a message set", |byte| byte.is_ascii_digit() || b":,*".contains(&byte))?;
        Ok(String::from_utf8_lossy(&text).into_owned())
    }
}

/// ATOM-CHAR of RFC 3501.
pub(crate) fn is_atom_char(byte: u8) -> bool {
    byte.is_ascii_graphic() && !b"(){%*\"\\]".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cursor(text: &str) -> Cursor {
        Cursor::new(Bytes::copy_from_slice(text.as_bytes()))
    }

    #[test]
    fn reads_strings() {
        assert_eq!(cursor("ab]c x").astring().unwrap(), "ab]c");
        assert_eq!(cursor("\"a\\\"b\"").astring().unwrap(), "a\"b");
        assert_eq!(cursor("{3}\r\na\rb)").astring().unwrap(), "a\rb");
        assert_eq!(cursor("{3+}\r\nabc").astring().unwrap(), "abc");
        for bad in ["", " a", "(a", "\"a", "\"\\n\"", "{3}\r\nab", "{3}abc", "{x}", "\\a"] {
            assert!(cursor(bad).astring().is_err(), "{bad}");
        }
    }

    #[test]
    fn reads_flags() {
        assert_eq!(cursor("(\\seen $Junk)").flag_list().unwrap().to_string(), "\\Seen $Junk");
        assert!(cursor("()").flag_list().unwrap().is_empty());
        for bad in ["(\\Recent)", "(\\*)", "(\\Foo)", "(a  b)", "( a)", "(a", "a"] {
            assert!(cursor(bad).flag_list().is_err(), "{bad}");
        }
    }
}
