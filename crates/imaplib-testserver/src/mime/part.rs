//! The tree of a message's parts, as byte ranges into the message (RFC 2045, RFC 2046).

use crate::content::Content;
use crate::mime::header;
use crate::mime::header::Parameterized;

/// Deeper nesting is treated as opaque, so that hostile messages cannot exhaust the stack.
const MAX_DEPTH: usize = 32;
/// A multipart keeps at most this many children.
const MAX_CHILDREN: usize = 1000;
/// How much of a synthetic message is read to find its header.
const SYNTHETIC_HEADER: usize = 4096;

/// A range of bytes in the message: first, and one after the last.
pub(crate) type Span = (u64, u64);

/// One MIME part, or the message itself.
#[derive(Debug)]
pub(crate) struct Part {
    /// The header with the empty line that ends it.
    pub(crate) header: Span,
    /// What follows the header.
    pub(crate) body: Span,
    pub(crate) media_type: Vec<u8>,
    pub(crate) media_subtype: Vec<u8>,
    pub(crate) parameters: Vec<(Vec<u8>, Vec<u8>)>,
    pub(crate) encoding: Vec<u8>,
    /// Lines in the body, the last one counted even without a line end.
    pub(crate) lines: u64,
    pub(crate) kind: Kind,
}

#[derive(Debug)]
pub(crate) enum Kind {
    Single,
    Message(Box<Part>),
    Multipart(Vec<Part>),
}

impl Part {
    /// The tree of a whole message.
    pub(crate) fn of(content: &Content) -> Self {
        if let Some(bytes) = content.as_bytes() {
            return parse(bytes, 0, bytes.len(), b"text/plain", 0);
        }
        let prefix = content.prefix(SYNTHETIC_HEADER);
        let mut part = parse(&prefix, 0, prefix.len(), b"text/plain", 0);
        part.body.1 = content.len();
        part.lines = content.synthetic_lines(part.body.0);
        part
    }

    /// Whether the media type is this, in any case; the subtype too if one is given.
    pub(crate) fn is(&self, media_type: &str, subtype: Option<&str>) -> bool {
        self.media_type.eq_ignore_ascii_case(media_type.as_bytes())
            && subtype.is_none_or(|subtype| self.media_subtype.eq_ignore_ascii_case(subtype.as_bytes()))
    }

    /// The value of a content-type parameter.
    pub(crate) fn parameter(&self, name: &str) -> Option<&[u8]> {
        self.parameters
            .iter()
            .find(|(found, _)| found.eq_ignore_ascii_case(name.as_bytes()))
            .map(|(_, value)| value.as_slice())
    }

    /// The bytes of the header.
    pub(crate) fn header_bytes(&self, content: &Content) -> bytes::Bytes {
        content.slice(self.header.0, self.header.1).prefix(usize::MAX)
    }

    /// The bytes of the body, still encoded.
    pub(crate) fn body_content(&self, content: &Content) -> Content {
        content.slice(self.body.0, self.body.1)
    }
}

fn parse(data: &[u8], start: usize, end: usize, default_type: &[u8], depth: usize) -> Part {
    let region = data.get(start..end).unwrap_or_default();
    let header_len = header::header_len(region);
    let (header_bytes, body) = region.split_at(header_len.min(region.len()));
    let body_start = start + header_len;

    let content_type = header::value(header_bytes, "content-type");
    let declared = Parameterized::parse(content_type.as_deref().unwrap_or(default_type));
    let (media_type, media_subtype, mut parameters) = match split_type(&declared.value) {
        Some((main, sub)) => (main, sub, declared.parameters),
        None => (b"text".to_vec(), b"plain".to_vec(), Vec::new()),
    };
    if media_type.eq_ignore_ascii_case(b"text")
        && !parameters.iter().any(|(name, _)| name.eq_ignore_ascii_case(b"charset"))
    {
        parameters.push((b"charset".to_vec(), b"us-ascii".to_vec()));
    }
    let encoding = header::value(header_bytes, "content-transfer-encoding")
        .filter(|value| !value.is_empty())
        .unwrap_or_else(|| b"7bit".to_vec());

    let mut part = Part {
        header: (start as u64, body_start as u64),
        body: (body_start as u64, end as u64),
        lines: count_lines(body),
        media_type,
        media_subtype,
        parameters,
        encoding,
        kind: Kind::Single,
    };
    if depth >= MAX_DEPTH {
        return part;
    }
    if part.is("message", Some("rfc822")) {
        part.kind = Kind::Message(Box::new(parse(data, body_start, end, b"text/plain", depth + 1)));
    } else if part.is("multipart", None)
        && let Some(boundary) = part.parameter("boundary")
    {
        let child_type: &[u8] = if part.is("multipart", Some("digest")) { b"message/rfc822" } else { b"text/plain" };
        let children: Vec<Part> = child_spans(body, boundary)
            .into_iter()
            .map(|(from, to)| parse(data, body_start + from, body_start + to, child_type, depth + 1))
            .collect();
        if !children.is_empty() {
            part.kind = Kind::Multipart(children);
        }
    }
    part
}

fn split_type(value: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    let slash = value.iter().position(|byte| *byte == b'/')?;
    let main = value.get(..slash)?.trim_ascii().to_vec();
    let sub = value.get(slash + 1..)?.trim_ascii().to_vec();
    (!main.is_empty() && !sub.is_empty()).then_some((main, sub))
}

/// The spans between boundary lines; the line end before a boundary belongs to the boundary.
fn child_spans(body: &[u8], boundary: &[u8]) -> Vec<(usize, usize)> {
    let mut spans = Vec::new();
    let mut open: Option<usize> = None;
    let mut at = 0;
    let mut previous_end = 0;
    for line in body.split_inclusive(|byte| *byte == b'\n') {
        let line_start = at;
        at += line.len();
        let without_line_end = trim_line_end(line);
        if let Some(rest) = without_line_end.strip_prefix(b"--").and_then(|rest| rest.strip_prefix(boundary))
            && matches!(rest.trim_ascii(), b"" | b"--")
        {
            if let Some(from) = open.take() {
                spans.push((from, previous_end.max(from)));
            }
            if rest.starts_with(b"--") || spans.len() >= MAX_CHILDREN {
                return spans;
            }
            open = Some(at);
        }
        previous_end = line_start + without_line_end.len();
    }
    if let Some(from) = open {
        spans.push((from, body.len()));
    }
    spans
}

fn trim_line_end(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

fn count_lines(body: &[u8]) -> u64 {
    body.split_inclusive(|byte| *byte == b'\n').count() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_nested_parts() {
        let text = "Content-Type: multipart/mixed; boundary=b\r\n\r\npreamble\r\n--b\r\n\r\none\r\n--b\r\n\
                    Content-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\ninside\r\n--b--\r\nepilogue";
        let content = Content::memory(text.as_bytes().to_vec());
        let root = Part::of(&content);
        let Kind::Multipart(children) = &root.kind else { panic!("no multipart") };
        assert_eq!(children.len(), 2);
        assert_eq!(&children[0].body_content(&content).prefix(99)[..], b"one");
        let Kind::Message(inner) = &children[1].kind else { panic!("no message") };
        assert_eq!(&inner.body_content(&content).prefix(99)[..], b"inside");
    }

    #[test]
    fn deep_nesting_is_cut() {
        let text = "Content-Type: message/rfc822\r\n\r\n".repeat(5000);
        let content = Content::memory(text);
        let _ = Part::of(&content);
    }

    #[test]
    fn synthetic_message_is_one_text_part() {
        let content = Content::synthetic(1 << 40);
        let root = Part::of(&content);
        assert_eq!(root.body.1, 1 << 40);
        assert!(root.is("text", Some("plain")));
    }
}
