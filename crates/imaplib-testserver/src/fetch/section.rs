//! Sections of a message: `BODY[1.2.HEADER.FIELDS (From)]` (RFC 3501 section 6.4.5), and the beginning of its text (RFC
//! 8970).

use bytes::Bytes;

use crate::content::Content;
use crate::cursor::{Cursor, Parsed, Syntax};
use crate::mailbox::Message;
use crate::mime::decode::{charset_decode, transfer_decode};
use crate::mime::header;
use crate::mime::part::{Kind, Part};
use crate::response::Response;

/// A message has no more levels of parts than this in a request.
const MAX_NUMBERS: usize = 64;

/// Which piece of a message is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Section {
    pub(crate) numbers: Vec<u32>,
    pub(crate) text: Text,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Text {
    Whole,
    Header,
    Fields { names: Vec<Bytes>, not: bool },
    Body,
    Mime,
}

impl Section {
    pub(crate) fn plain(text: Text) -> Self {
        Self { numbers: Vec::new(), text }
    }

    /// Reads what stands between the brackets, and the closing one.
    pub(crate) fn parse(args: &mut Cursor) -> Parsed<Self> {
        let (numbers, open) = part_numbers(args)?;
        if args.eat(b']') {
            if open {
                return Err(Syntax::new("section ends with a dot"));
            }
            return Ok(Self { numbers, text: Text::Whole });
        }
        if !open {
            return Err(Syntax::new("expected ']' after a part number"));
        }
        let word = args.take_while(|byte| byte.is_ascii_alphabetic() || byte == b'.').to_ascii_uppercase();
        let text = match word.as_slice() {
            b"HEADER" => Text::Header,
            b"TEXT" => Text::Body,
            b"MIME" if !numbers.is_empty() => Text::Mime,
            b"HEADER.FIELDS" | b"HEADER.FIELDS.NOT" => {
                args.space()?;
                let names = args.list(Cursor::astring)?;
                if names.is_empty() || names.iter().any(|name| name.is_empty()) {
                    return Err(Syntax::new("a header field has no name"));
                }
                Text::Fields { names, not: word.ends_with(b"NOT") }
            }
            _ => return Err(Syntax::new("unknown section")),
        };
        args.need(b']')?;
        Ok(Self { numbers, text })
    }

    /// Writes the section as it stands between the brackets.
    pub(crate) fn write(&self, response: &mut Response) {
        let numbers: Vec<String> = self.numbers.iter().map(u32::to_string).collect();
        response.text(&numbers.join("."));
        if !numbers.is_empty() && self.text != Text::Whole {
            response.text(".");
        }
        match &self.text {
            Text::Whole => {}
            Text::Header => {
                response.text("HEADER");
            }
            Text::Body => {
                response.text("TEXT");
            }
            Text::Mime => {
                response.text("MIME");
            }
            Text::Fields { names, not } => {
                response.text(if *not { "HEADER.FIELDS.NOT " } else { "HEADER.FIELDS " });
                response.list(names, |out, name| {
                    if name.iter().all(|byte| crate::cursor::is_atom_char(*byte)) {
                        out.bytes(name);
                    } else {
                        out.string(name);
                    }
                });
            }
        }
    }

    /// The bytes of the section; `None` if the message has no such part.
    pub(crate) fn of(&self, message: &Message) -> Option<Content> {
        let content = &message.content;
        if self.numbers.is_empty() {
            return Some(match &self.text {
                Text::Whole => content.clone(),
                Text::Header | Text::Mime => message.header_content(),
                Text::Body => message.body_content(),
                Text::Fields { names, not } => Content::memory(chosen_fields(&message.header_bytes(), names, *not)),
            });
        }
        let root = message.structure();
        let part = find(&root, &self.numbers)?;
        match &self.text {
            Text::Whole => return Some(part.body_content(content)),
            Text::Mime => return Some(part.header_content(content)),
            Text::Header | Text::Body | Text::Fields { .. } => {}
        }
        let Kind::Message(inner) = &part.kind else { return None };
        Some(match &self.text {
            Text::Body => inner.body_content(content),
            Text::Fields { names, not } => Content::memory(chosen_fields(&inner.header_bytes(content), names, *not)),
            _ => inner.header_content(content),
        })
    }
}

/// `1.2.3`, and whether more of the section follows a dot or nothing has been read.
pub(crate) fn part_numbers(args: &mut Cursor) -> Parsed<(Vec<u32>, bool)> {
    let mut numbers = Vec::new();
    while args.peek().is_some_and(|byte| byte.is_ascii_digit()) {
        let number = u32::try_from(args.number()?).ok().filter(|number| *number > 0);
        numbers.push(number.ok_or_else(|| Syntax::new("part numbers start at 1"))?);
        if numbers.len() > MAX_NUMBERS {
            return Err(Syntax::new("part number too deep"));
        }
        if !args.eat(b'.') {
            return Ok((numbers, false));
        }
    }
    let open = !numbers.is_empty() || args.peek() != Some(b']');
    Ok((numbers, open))
}

/// The part with these numbers. A message inside a message counts its own parts from 1.
pub(crate) fn find<'a>(root: &'a Part, numbers: &[u32]) -> Option<&'a Part> {
    let mut current = root;
    let mut is_message = true;
    for &number in numbers {
        let container = match &current.kind {
            Kind::Message(inner) if !is_message => {
                is_message = true;
                inner
            }
            _ => current,
        };
        current = match &container.kind {
            Kind::Multipart(children) => children.get(usize::try_from(number).ok()?.checked_sub(1)?)?,
            _ if is_message && number == 1 => container,
            _ => return None,
        };
        is_message = false;
    }
    Some(current)
}

fn chosen_fields(header_bytes: &[u8], names: &[Bytes], not: bool) -> Vec<u8> {
    let mut out = Vec::new();
    for field in header::fields(header_bytes) {
        let named = names.iter().any(|name| name.eq_ignore_ascii_case(field.name));
        if named != not {
            out.extend_from_slice(field.raw);
        }
    }
    out.extend_from_slice(b"\r\n");
    out
}

/// The length of a preview, in characters.
const MAX_CHARACTERS: usize = 200;
/// The number of bytes of a part that are read.
const MAX_READ: u64 = 1024 * 1024;
/// The depth up to which parts within parts are read.
const MAX_DEPTH: usize = 50;

/// The first text of a message in one line; empty if there is none.
pub(crate) fn of(message: &Message) -> String {
    let root = message.structure();
    let Some(part) = first_text(&root, 0) else { return String::new() };
    let body = part.body_content(&message.content).slice(0, MAX_READ).prefix(usize::MAX);
    let decoded = transfer_decode(&part.encoding, &body).unwrap_or_else(|| body.to_vec());
    let text = charset_decode(part.parameter("charset").unwrap_or(b"utf-8"), &decoded);
    let text = if part.is("text", Some("html")) { without_tags(&text) } else { text };
    let mut preview: String =
        text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(MAX_CHARACTERS).collect();
    preview.truncate(preview.trim_end().len());
    preview
}

fn first_text(part: &Part, depth: usize) -> Option<&Part> {
    match &part.kind {
        _ if depth > MAX_DEPTH => None,
        Kind::Multipart(children) => children.iter().find_map(|child| first_text(child, depth + 1)),
        Kind::Message(inner) => first_text(inner, depth + 1),
        Kind::Single => part.is("text", None).then_some(part),
    }
}

fn without_tags(text: &str) -> String {
    let mut out = String::new();
    for (index, piece) in text.split('<').enumerate() {
        let visible = if index == 0 { piece } else { piece.split_once('>').map_or("", |(_, behind)| behind) };
        out.push_str(visible);
        out.push(' ');
    }
    out
}

#[cfg(test)]
mod tests {
    use imaplib_proto::types::{DateTime, Flags};

    use super::*;
    use crate::mailbox::{Draft, Mailbox};

    const MESSAGE: &str = "Subject: s\r\nX: y\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n\
        --b\r\nContent-Type: text/plain\r\n\r\none\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n\
        Subject: inner\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\n\r\ndeep\r\n--c--\r\n\
        --b\r\nContent-Type: message/rfc822\r\n\r\nSubject: simple\r\n\r\nsimple text\r\n--b--\r\n";

    fn section(text: &str) -> Option<String> {
        let mut mailbox = Mailbox::new(1, 1);
        let draft = Draft { flags: Flags::new(), date: DateTime::from_unix(0).unwrap(), content: MESSAGE.into() };
        let uid = mailbox.append(draft).unwrap();
        let mut cursor = Cursor::new(Bytes::from(format!("{text}]")));
        let section = Section::parse(&mut cursor).unwrap();
        let mut echo = Response::default();
        section.write(&mut echo);
        let found = section.of(mailbox.message(uid).unwrap())?;
        Some(String::from_utf8(found.prefix(usize::MAX).to_vec()).unwrap())
    }

    #[test]
    fn finds_sections() {
        let cases = [
            ("1", Some("one")),
            ("1.MIME", Some("Content-Type: text/plain\r\n\r\n")),
            ("1.1", None),
            ("1.HEADER", None),
            ("2.1", Some("deep")),
            ("2.1.1", None),
            ("2.HEADER.FIELDS (subject)", Some("Subject: inner\r\n\r\n")),
            ("3.1", Some("simple text")),
            ("3.TEXT", Some("simple text")),
            ("3.2", None),
            ("4", None),
            ("HEADER.FIELDS (X Absent)", Some("X: y\r\n\r\n")),
            ("HEADER.FIELDS.NOT (Content-Type X)", Some("Subject: s\r\n\r\n")),
        ];
        for (text, expected) in cases {
            assert_eq!(section(text).as_deref(), expected, "{text}");
        }
        assert_eq!(section("").unwrap(), MESSAGE);
    }

    #[test]
    fn refuses_malformed_sections() {
        for bad in ["0]", "1.]", "MIME]", "1HEADER]", "HEADER", "HEADER.FIELDS ()]", "X]", ".1]"] {
            assert!(Section::parse(&mut Cursor::new(Bytes::from(bad))).is_err(), "{bad}");
        }
    }
}
