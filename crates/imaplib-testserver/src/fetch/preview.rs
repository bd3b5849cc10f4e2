//! The beginning of a message's text (RFC 8970).

use crate::mailbox::Message;
use crate::mime::decode::{charset_decode, transfer_decode};
use crate::mime::part::{Kind, Part};

/// The length of a preview, in characters.
const MAX_CHARACTERS: usize = 200;
/// The number of bytes of a part that are read.
const MAX_READ: u64 = 1024 * 1024;
/// The depth up to which parts within parts are read.
const MAX_DEPTH: usize = 50;

/// The first text of a message in one line; empty if there is none.
pub(crate) fn of(message: &Message) -> String {
    let Some(part) = first_text(message.structure(), 0) else { return String::new() };
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
