//! Messages made readable: headers decoded, the text found, the attachments listed.

use std::io;

use imaplib::types::{Addresses, BodyStructure, Envelope, SinglePart, Text};
use mail_parser::{HeaderName, HeaderValue, Message, MessageParser, MessagePart, MimeHeaders as _};

use crate::transfer_encoding::Decoder;

/// So much of a message is read for people, in octets.
pub(crate) const MAX_PARSED: usize = 1 << 20;

/// The parser makes of some octets a hundred times as many: each of these may begin a header, an address or a parameter.
const MARKS: &[u8] = b":,;<";
const MAX_MARKS: usize = 100_000;

/// Of two dashes may begin a part, which takes most.
const MAX_DASHES: usize = 20_000;

/// The parser nests messages, and frees them by recursion: each level but a digest's needs a Content-Type.
const MAX_TYPES: usize = 500;

/// The name of a file is in the first octets of its parameters.
const MAX_NAME: usize = 64 << 10;

/// Nobody reads more headers.
const MAX_HEADERS: usize = 5_000;

/// A message as a person wants to see it.
#[derive(Debug, Default)]
pub(crate) struct Readable {
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) text: String,
    /// True if the text was made from HTML.
    pub(crate) from_html: bool,
    pub(crate) attachments: Vec<Attachment>,
    /// True if not all of the message was read.
    pub(crate) is_cut: bool,
}

#[derive(Debug)]
pub(crate) struct Attachment {
    pub(crate) name: Option<String>,
    pub(crate) media_type: String,
    pub(crate) size: u64,
}

const USUAL: [&str; 7] = ["Date", "From", "To", "Cc", "Reply-To", "Subject", "Message-ID"];

/// Reads a message, or as much of its beginning as can be read with little memory.
pub(crate) fn readable(raw: &[u8], all_headers: bool) -> Readable {
    let length = raw.len();
    let raw = beginning(raw);
    let is_cut = raw.len() < length;
    // Without transfer encodings: in what is encoded there could be messages that nobody has counted.
    let whole = MessageParser::new()
        .with_mime_headers()
        .with_address_headers()
        .with_message_ids()
        .header_text(HeaderName::Subject)
        .header_text(HeaderName::Comments)
        .ignore_header(HeaderName::ContentTransferEncoding);
    let Some(message) = whole.parse(raw) else {
        return Readable { text: String::from_utf8_lossy(raw).into_owned(), is_cut, ..Readable::default() };
    };
    let mut out = Readable { headers: headers(&message, all_headers), is_cut, ..Readable::default() };
    out.is_cut |= out.headers.len() == MAX_HEADERS;
    let mut texts: Vec<&MessagePart<'_>> = message.text_body.iter().filter_map(|id| message.part(*id)).collect();
    if texts.is_empty() {
        // A text whose end is missing, for a part of the message.
        texts.extend(message.parts.iter().find(|part| part.is_encoding_problem && part.is_text()));
    }
    // Alone it is decoded: no message or multipart may be taken for a text here.
    let is_leaf = |part: &&MessagePart<'_>| part.content_type().is_none_or(|content| content.ctype() == "text");
    for part in texts.into_iter().filter(|part| part.is_text()).filter(is_leaf) {
        let alone = MessageParser::new().with_mime_headers().parse(octets(raw, part.offset_header, part.offset_end));
        let Some(text) = alone.as_ref().and_then(|alone| alone.body_text(0)) else { continue };
        out.from_html |= alone.as_ref().and_then(|alone| alone.text_part(0)).is_some_and(MessagePart::is_text_html);
        if !out.text.is_empty() && !out.text.ends_with('\n') {
            out.text.push('\n');
        }
        out.text.push_str(&text.replace("\r\n", "\n"));
    }
    out.attachments = message.attachments().map(|part| attachment(raw, part)).collect();
    out
}

/// As much of a message as the parser reads in a few tens of megabytes and without deep recursion.
fn beginning(raw: &[u8]) -> &[u8] {
    const TYPE: &[u8] = b"content-type:";
    let (mut marks, mut dashes, mut types) = (0, 0, 0);
    let (mut matched, mut after_dash) = (0, false);
    for (at, octet) in raw.iter().take(MAX_PARSED).enumerate() {
        marks += usize::from(MARKS.contains(octet));
        dashes += usize::from(after_dash && *octet == b'-');
        after_dash = *octet == b'-' && !after_dash;
        // The parser passes over spaces within names. Only the first letter occurs at the start alone.
        if !octet.is_ascii_whitespace() {
            let letter = octet.to_ascii_lowercase();
            matched = if TYPE.get(matched) == Some(&letter) { matched + 1 } else { usize::from(letter == b'c') };
        }
        if matched == TYPE.len() {
            (matched, types) = (0, types + 1);
        }
        if marks > MAX_MARKS || dashes > MAX_DASHES || types > MAX_TYPES {
            return raw.get(..at).unwrap_or_default();
        }
    }
    raw.get(..MAX_PARSED).unwrap_or(raw)
}

fn octets(raw: &[u8], start: u32, end: u32) -> &[u8] {
    raw.get(start as usize..end as usize).unwrap_or_default()
}

fn attachment(raw: &[u8], part: &MessagePart<'_>) -> Attachment {
    let encoding = part.headers.iter().rev().find(|header| header.name == HeaderName::ContentTransferEncoding);
    let encoding = encoding.map(|header| octets(raw, header.offset_start, header.offset_end)).unwrap_or_default();
    let body = octets(raw, part.offset_body, part.offset_end);
    let mut size = Size(0);
    let mut decoder = Decoder::new(&mut size, &String::from_utf8_lossy(encoding));
    // What only counts does not fail.
    let _ = io::Write::write_all(&mut decoder, body).and_then(|()| decoder.finish());
    Attachment { name: part.attachment_name().map(str::to_owned), media_type: media_type(part), size: size.0 }
}

/// Counts what is written to it.
struct Size(u64);

impl io::Write for Size {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        self.0 += octets.len() as u64;
        Ok(octets.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The attachments as the server lists them; their sizes are estimates.
pub(crate) fn attachments(structure: &BodyStructure) -> Vec<Attachment> {
    let leaves = structure.leaves().into_iter();
    let attached = leaves.filter_map(|(_, part)| {
        let name = file_name(part);
        (name.is_some() || is_attachment(part)).then(|| {
            let media_type = format!("{}/{}", part.media_type.to_string_lossy(), part.subtype.to_string_lossy());
            let size = part.size.unwrap_or_default();
            // Of 78 octets of a line 57 are of the file.
            let size = if part.encoding.eq_ignore_ascii_case("base64") { size / 78 * 57 } else { size };
            Attachment { name, media_type: media_type.to_ascii_lowercase(), size }
        })
    });
    attached.collect()
}

/// True if the sender says so.
pub(crate) fn is_attachment(part: &SinglePart) -> bool {
    let disposition = part.extension.disposition.as_ref();
    disposition.is_some_and(|disposition| disposition.kind.eq_ignore_ascii_case("attachment"))
}

fn media_type(part: &MessagePart<'_>) -> String {
    match part.content_type() {
        Some(content) => format!("{}/{}", content.ctype(), content.subtype().unwrap_or("*")).to_ascii_lowercase(),
        None if part.is_message() => "message/rfc822".to_owned(),
        None => "application/octet-stream".to_owned(),
    }
}

fn headers(message: &Message<'_>, all: bool) -> Vec<(String, String)> {
    let shown = message.headers().iter().filter_map(|header| {
        let usual = USUAL.iter().any(|name| name.eq_ignore_ascii_case(header.name()));
        let raw = || {
            let range = header.offset_start() as usize..header.offset_end() as usize;
            String::from_utf8_lossy(message.raw_message().get(range).unwrap_or_default()).into_owned()
        };
        (all || usual).then(|| (header.name().to_owned(), unfold(&header_text(header.value()).unwrap_or_else(raw))))
    });
    let mut headers: Vec<(String, String)> = shown.take(MAX_HEADERS).collect();
    if !all {
        headers.sort_by_key(|(name, _)| USUAL.iter().position(|usual| usual.eq_ignore_ascii_case(name)));
    }
    headers
}

/// The decoded value, where there is more to it than its raw text.
fn header_text(value: &HeaderValue<'_>) -> Option<String> {
    match value {
        HeaderValue::Text(text) => Some(text.to_string()),
        HeaderValue::TextList(list) => Some(list.join(", ")),
        HeaderValue::Address(addresses) => Some(addresses.iter().map(address).collect::<Vec<_>>().join(", ")),
        _ => None,
    }
}

fn address(address: &mail_parser::Addr<'_>) -> String {
    match (address.name(), address.address()) {
        (Some(name), Some(address)) => format!("{name} <{address}>"),
        (one, other) => one.or(other).unwrap_or_default().to_owned(),
    }
}

fn unfold(text: &str) -> String {
    text.split(['\r', '\n']).map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
}

/// A header's text with its encoded-words (RFC 2047) decoded.
pub(crate) fn decode(raw: &Text) -> String {
    let bytes = raw.as_bytes();
    let plain = std::str::from_utf8(bytes).ok().filter(|text| !text.contains("=?"));
    if let Some(text) = plain {
        return text.to_owned();
    }
    let mut header = b"Subject: ".to_vec();
    header.extend(bytes.iter().map(|byte| if matches!(byte, b'\r' | b'\n') { b' ' } else { *byte }));
    header.extend_from_slice(b"\r\n\r\n");
    let message = MessageParser::new().header_text(HeaderName::Subject).parse_headers(&header);
    let decoded = message.as_ref().and_then(Message::subject).map(str::to_owned);
    decoded.unwrap_or_else(|| raw.to_string_lossy().into_owned())
}

/// The first of some addresses, for a table: its name, else the address itself.
pub(crate) fn first_name(addresses: Addresses<'_>) -> String {
    let Some(address) = addresses.emails().next() else { return String::new() };
    let name = address.name.as_ref().map(decode).filter(|name| !name.trim().is_empty());
    name.unwrap_or_else(|| address.address())
}

/// The file name that a part carries, decoded (RFC 2231, RFC 2047).
pub(crate) fn file_name(part: &SinglePart) -> Option<String> {
    let disposition = part.extension.disposition.as_ref().map(|disposition| &*disposition.parameters);
    let named = disposition.and_then(|parameters| parameter("Content-Disposition: attachment", parameters, "filename"));
    named.or_else(|| parameter("Content-Type: application/octet-stream", &part.parameters, "name"))
}

/// Lets the header parser put continued and encoded parameters together.
fn parameter(field: &str, parameters: &[(Text, Text)], wanted: &str) -> Option<String> {
    let mut header = field.to_owned();
    for (name, value) in parameters {
        if header.len() > MAX_NAME {
            break;
        }
        let name = name.to_string_lossy().to_ascii_lowercase();
        if !name.starts_with(wanted)
            || !name.bytes().all(|byte| byte.is_ascii_graphic() && byte != b';' && byte != b'=')
        {
            continue;
        }
        let value = value.to_string_lossy().replace(['\r', '\n'], " ");
        let value = if name.ends_with('*') {
            value.replace([' ', ';', '"'], "_")
        } else {
            format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
        };
        header.push_str(&format!("; {name}={value}"));
    }
    header.push_str("\r\n\r\n");
    let message = MessageParser::default().parse_headers(header.as_bytes())?;
    let name = message.root_part().attachment_name()?.to_owned();
    // Against the standard, many programs put encoded-words between the quotes.
    Some(if name.contains("=?") { decode(&Text::from(name)) } else { name })
}

/// The moment that the Date field tells, in seconds since 1970.
pub(crate) fn date(envelope: &Envelope) -> Option<i64> {
    let date = envelope.date()?;
    let text = date.to_str()?;
    jiff::fmt::rfc2822::parse(text.trim()).ok().map(|zoned| zoned.timestamp().as_second())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encoded_words_are_decoded() {
        for (raw, decoded) in [
            ("plain", "plain"),
            ("=?UTF-8?Q?Gr=C3=BC=C3=9Fe?=", "Grüße"),
            ("=?iso-8859-1?q?caf=E9?= au =?utf-8?b?bGFpdA==?=", "café au lait"),
        ] {
            assert_eq!(decode(&Text::from(raw)), decoded);
        }
    }

    #[test]
    fn a_message_is_readable() {
        let raw = b"From: =?utf-8?q?J=C3=BCrgen?= <j@example.org>\r\nX-Other: 1\r\nSubject: =?utf-8?q?=C3=9C?=\r\n\
            Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\n<p>Hello <b>you</b></p>\r\n\
            --b\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename=\"../a.pdf\"\r\n\r\nPDF\r\n--b--\r\n";
        let message = readable(raw, false);
        assert_eq!(message.headers, [("From".into(), "Jürgen <j@example.org>".into()), ("Subject".into(), "Ü".into())]);
        assert!(message.text.contains("Hello") && message.from_html);
        assert_eq!(message.attachments.len(), 1);
        assert_eq!(message.attachments[0].name.as_deref(), Some("../a.pdf"));
        assert!(readable(raw, true).headers.iter().any(|(name, value)| name == "X-Other" && value == "1"));
    }
}
