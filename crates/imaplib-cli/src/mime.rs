//! Messages made readable: headers decoded, the text found, the attachments listed.

use imaplib::types::{Addresses, Envelope, SinglePart, Text};
use mail_parser::{HeaderValue, Message, MessageParser, MimeHeaders as _, PartType};

/// A message as a person wants to see it.
#[derive(Debug, Default)]
pub(crate) struct Readable {
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) text: String,
    /// True if the text was made from HTML.
    pub(crate) from_html: bool,
    pub(crate) attachments: Vec<Attachment>,
}

#[derive(Debug)]
pub(crate) struct Attachment {
    pub(crate) name: Option<String>,
    pub(crate) media_type: String,
    pub(crate) size: usize,
}

const USUAL: [&str; 7] = ["Date", "From", "To", "Cc", "Reply-To", "Subject", "Message-ID"];

/// Reads a message.
pub(crate) fn readable(raw: &[u8], all_headers: bool) -> Readable {
    let Some(message) = MessageParser::default().parse(raw) else {
        return Readable { text: String::from_utf8_lossy(raw).into_owned(), ..Readable::default() };
    };
    let mut out = Readable { headers: headers(&message, all_headers), ..Readable::default() };
    for position in 0..message.text_body_count() {
        let Some(text) = message.body_text(position) else { continue };
        let html = u32::try_from(position).ok().and_then(|position| message.text_part(position));
        out.from_html |= html.is_some_and(|part| matches!(part.body, PartType::Html(_)));
        if !out.text.is_empty() && !out.text.ends_with('\n') {
            out.text.push('\n');
        }
        out.text.push_str(&text.replace("\r\n", "\n"));
    }
    out.attachments = message.attachments().map(|part| attachment(part)).collect();
    out
}

fn attachment(part: &mail_parser::MessagePart<'_>) -> Attachment {
    let size = match &part.body {
        // The length of a nested message is that of its octets.
        PartType::Message(message) => message.raw_message().len(),
        _ => part.len(),
    };
    Attachment { name: part.attachment_name().map(str::to_owned), media_type: media_type(part), size }
}

fn media_type(part: &mail_parser::MessagePart<'_>) -> String {
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
    let mut headers: Vec<(String, String)> = shown.collect();
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
    let message = MessageParser::new().header_text(mail_parser::HeaderName::Subject).parse_headers(&header);
    let decoded = message.as_ref().and_then(Message::subject).map(str::to_owned);
    decoded.unwrap_or_else(|| raw.to_string_lossy().into_owned())
}

/// The first of some addresses, for a table: its name, else the address itself.
pub(crate) fn first_name(addresses: Addresses<'_>) -> String {
    let Some(address) = addresses.emails().next() else { return String::new() };
    let name = address.name.as_ref().map(decode).filter(|name| !name.trim().is_empty());
    name.unwrap_or_else(|| address.address())
}

/// `Name <address>` for each.
pub(crate) fn full_addresses(addresses: Addresses<'_>) -> Vec<String> {
    let emails = addresses.emails();
    let full = emails.map(|email| match email.name.as_ref().map(decode).filter(|name| !name.trim().is_empty()) {
        Some(name) => format!("{name} <{}>", email.address()),
        None => email.address(),
    });
    full.collect()
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
