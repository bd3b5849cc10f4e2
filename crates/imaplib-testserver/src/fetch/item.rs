//! The items of FETCH: how they are read and how a message answers each.

use super::section::{self, Section, Text};
use super::structure;
use crate::content::Content;
use crate::cursor::{Cursor, Parsed, Syntax};
use crate::mailbox::Message;
use crate::mime::decode::transfer_decode;
use crate::mime::part::Kind;
use crate::object_id;
use crate::response::Response;
use crate::settings::Settings;
use crate::view::write_flags;

/// A row with more items would be larger than needs to be held.
const MAX_ITEMS: usize = 200;

/// `<offset.length>` behind a section.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Partial {
    offset: u64,
    length: u64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Item {
    Flags,
    Uid,
    InternalDate,
    Size,
    Envelope,
    Body,
    BodyStructure,
    ModSeq,
    EmailId,
    ThreadId,
    ObjectIds,
    SaveDate,
    Preview,
    Section {
        section: Section,
        partial: Option<Partial>,
        peek: bool,
    },
    /// RFC822, RFC822.HEADER, RFC822.TEXT: other names for sections.
    Rfc822 {
        label: &'static str,
        text: Text,
        peek: bool,
    },
    Binary {
        numbers: Vec<u32>,
        partial: Option<Partial>,
        peek: bool,
    },
    BinarySize {
        numbers: Vec<u32>,
    },
}

/// The content of a part could not be decoded (RFC 3516).
pub(crate) struct UnknownEncoding;

impl Item {
    /// Reads a macro, one item, or a list of items.
    pub(crate) fn parse_all(args: &mut Cursor, settings: &Settings) -> Parsed<Vec<Self>> {
        if args.peek() == Some(b'(') {
            let items = args.list(|cursor| Self::parse(cursor, settings))?;
            return match items.len() {
                0 => Err(Syntax::new("no item is named")),
                1..=MAX_ITEMS => Ok(items),
                _ => Err(Syntax::new("too many items")),
            };
        }
        let fast = [Self::Flags, Self::InternalDate, Self::Size];
        let mut ahead = args.clone();
        let mut more = Vec::new();
        match ahead.keyword()?.as_str() {
            "FAST" => {}
            "ALL" => more.push(Self::Envelope),
            "FULL" => more.extend([Self::Envelope, Self::Body]),
            _ => return Ok(vec![Self::parse(args, settings)?]),
        }
        *args = ahead;
        Ok(fast.into_iter().chain(more).collect())
    }

    fn parse(args: &mut Cursor, settings: &Settings) -> Parsed<Self> {
        let word = args.take_while(|byte| byte.is_ascii_alphanumeric() || byte == b'.').to_ascii_uppercase();
        let word = String::from_utf8_lossy(&word).into_owned();
        if args.eat(b'[') {
            return Self::parse_section(&word, args, settings);
        }
        Ok(match word.as_str() {
            "FLAGS" => Self::Flags,
            "UID" => Self::Uid,
            "INTERNALDATE" => Self::InternalDate,
            "RFC822.SIZE" => Self::Size,
            "ENVELOPE" => Self::Envelope,
            "BODY" => Self::Body,
            "BODYSTRUCTURE" => Self::BodyStructure,
            "MODSEQ" if settings.has_condstore() => Self::ModSeq,
            "EMAILID" if settings.has("OBJECTID") => Self::EmailId,
            "THREADID" if settings.has("OBJECTID") => Self::ThreadId,
            "OBJECTID" if settings.has("OBJECTID+") => Self::ObjectIds,
            "SAVEDATE" if settings.has("SAVEDATE") => Self::SaveDate,
            "PREVIEW" if settings.has("PREVIEW") => {
                // A preview is never late here.
                args.eat_word(" (LAZY)");
                Self::Preview
            }
            "RFC822" => Self::Rfc822 { label: "RFC822", text: Text::Whole, peek: false },
            "RFC822.HEADER" => Self::Rfc822 { label: "RFC822.HEADER", text: Text::Header, peek: true },
            "RFC822.TEXT" => Self::Rfc822 { label: "RFC822.TEXT", text: Text::Body, peek: false },
            _ => return Err(Syntax::new(format!("unknown item \"{word}\""))),
        })
    }

    fn parse_section(word: &str, args: &mut Cursor, settings: &Settings) -> Parsed<Self> {
        let binary = settings.has("BINARY");
        match word {
            "BODY" | "BODY.PEEK" => {
                let section = Section::parse(args)?;
                Ok(Self::Section { section, partial: partial(args)?, peek: word == "BODY.PEEK" })
            }
            "BINARY" | "BINARY.PEEK" if binary => {
                let numbers = binary_part(args)?;
                Ok(Self::Binary { numbers, partial: partial(args)?, peek: word == "BINARY.PEEK" })
            }
            "BINARY.SIZE" if binary => Ok(Self::BinarySize { numbers: binary_part(args)? }),
            _ => Err(Syntax::new(format!("unknown item \"{word}[\""))),
        }
    }

    /// Whether the text of the message is read for this.
    pub(crate) fn reads_text(&self) -> bool {
        !matches!(self, Self::Flags | Self::Uid | Self::InternalDate | Self::Size | Self::ModSeq | Self::SaveDate)
    }

    /// Whether fetching this marks the message as seen.
    pub(crate) fn marks_seen(&self) -> bool {
        matches!(
            self,
            Self::Section { peek: false, .. } | Self::Rfc822 { peek: false, .. } | Self::Binary { peek: false, .. }
        )
    }

    pub(crate) fn write(
        &self,
        response: &mut Response,
        message: &Message,
        recent: bool,
    ) -> Result<(), UnknownEncoding> {
        let content = &message.content;
        match self {
            Self::Flags => write_flags(response, message, recent),
            Self::Uid => {
                response.text(&format!("UID {}", message.uid));
            }
            Self::InternalDate => {
                response.text(&format!("INTERNALDATE \"{}\"", message.date));
            }
            Self::Size => {
                response.text(&format!("RFC822.SIZE {}", message.size()));
            }
            Self::ModSeq => {
                response.text(&format!("MODSEQ ({})", message.modseq));
            }
            Self::EmailId => {
                response.text(&format!("EMAILID ({})", object_id::of_message(message)));
            }
            Self::ThreadId => match object_id::of_thread(message) {
                Some(id) => {
                    response.text(&format!("THREADID ({id})"));
                }
                None => {
                    response.text("THREADID NIL");
                }
            },
            Self::ObjectIds => {
                response.text(&object_id::all_of_message(message));
            }
            Self::SaveDate => match message.saved {
                Some(saved) => {
                    response.text(&format!("SAVEDATE \"{saved}\""));
                }
                None => {
                    response.text("SAVEDATE NIL");
                }
            },
            Self::Preview => {
                response.text("PREVIEW ").string(section::of(message).as_bytes());
            }
            Self::Envelope => {
                response.text("ENVELOPE ");
                structure::write_envelope(response, &message.header_bytes());
            }
            Self::Body => {
                response.text("BODY ");
                structure::write(response, content, &message.structure(), false);
            }
            Self::BodyStructure => {
                response.text("BODYSTRUCTURE ");
                structure::write(response, content, &message.structure(), true);
            }
            Self::Section { section, partial, .. } => {
                response.text("BODY[");
                section.write(response);
                response.text("]");
                write_origin(response, *partial);
                write_data(response, section.of(message), *partial, false);
            }
            Self::Rfc822 { label, text, .. } => {
                response.text(label);
                write_data(response, Section::plain(text.clone()).of(message), None, false);
            }
            Self::Binary { numbers, partial, .. } => {
                let data = decoded(message, numbers)?;
                response.text("BINARY[");
                write_numbers(response, numbers);
                response.text("]");
                write_origin(response, *partial);
                write_data(response, data, *partial, true);
            }
            Self::BinarySize { numbers } => {
                let size = decoded(message, numbers)?.map_or(0, |data| data.len());
                response.text("BINARY.SIZE[");
                write_numbers(response, numbers);
                response.text(&format!("] {size}"));
            }
        }
        Ok(())
    }
}

fn binary_part(args: &mut Cursor) -> Parsed<Vec<u32>> {
    let (numbers, open) = section::part_numbers(args)?;
    if open && !numbers.is_empty() {
        return Err(Syntax::new("section ends with a dot"));
    }
    args.need(b']')?;
    Ok(numbers)
}

fn partial(args: &mut Cursor) -> Parsed<Option<Partial>> {
    if !args.eat(b'<') {
        return Ok(None);
    }
    let offset = args.number()?;
    args.need(b'.')?;
    let length = args.number()?;
    args.need(b'>')?;
    if length == 0 {
        return Err(Syntax::new("a partial fetch needs a length above 0"));
    }
    Ok(Some(Partial { offset, length }))
}

fn write_numbers(response: &mut Response, numbers: &[u32]) {
    let numbers: Vec<String> = numbers.iter().map(u32::to_string).collect();
    response.text(&numbers.join("."));
}

fn write_origin(response: &mut Response, partial: Option<Partial>) {
    if let Some(partial) = partial {
        response.text(&format!("<{}>", partial.offset));
    }
}

fn write_data(response: &mut Response, data: Option<Content>, partial: Option<Partial>, binary: bool) {
    response.text(" ");
    let Some(data) = data else {
        response.text("NIL");
        return;
    };
    let data = match partial {
        Some(Partial { offset, length }) => data.slice(offset, offset.saturating_add(length)),
        None => data,
    };
    let data = data.read_if_short();
    // Only a literal8 may hold NUL.
    if binary && data.as_bytes().is_some_and(|bytes| bytes.contains(&0)) {
        response.literal8(data);
    } else {
        response.literal(data);
    }
}

/// A part without its transfer encoding; `Ok(None)` if there is no such part.
fn decoded(message: &Message, numbers: &[u32]) -> Result<Option<Content>, UnknownEncoding> {
    if numbers.is_empty() {
        return Ok(Some(message.content.clone()));
    }
    let root = message.structure();
    let Some(part) = section::find(&root, numbers) else { return Ok(None) };
    let body = part.body_content(&message.content);
    let encoded = !["7bit", "8bit", "binary"].iter().any(|plain| part.encoding.eq_ignore_ascii_case(plain.as_bytes()));
    if !encoded {
        return Ok(Some(body));
    }
    if !matches!(part.kind, Kind::Single) {
        return Err(UnknownEncoding);
    }
    let bytes = body.as_bytes().ok_or(UnknownEncoding)?;
    let decoded = transfer_decode(&part.encoding, bytes).ok_or(UnknownEncoding)?;
    Ok(Some(Content::memory(decoded)))
}
