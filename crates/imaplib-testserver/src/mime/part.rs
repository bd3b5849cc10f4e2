//! The tree of a message's parts, as byte ranges into the message (RFC 2045, RFC 2046).

use crate::content::Content;
use crate::mime::header::MAX_HEADER;

/// A range of bytes in the message: first, and one after the last.
pub(crate) type Span = (u64, u64);

/// One MIME part, or the message itself.
#[derive(Debug, Clone, PartialEq, Eq)]
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

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    Single,
    Message(Box<Part>),
    Multipart(Vec<Part>),
}

impl Part {
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

    /// The bytes of the header, at most as many as are read of any.
    pub(crate) fn header_bytes(&self, content: &Content) -> bytes::Bytes {
        self.header_content(content).prefix(MAX_HEADER)
    }

    /// The header as it is.
    pub(crate) fn header_content(&self, content: &Content) -> Content {
        content.slice(self.header.0, self.header.1)
    }

    /// The bytes of the body, still encoded.
    pub(crate) fn body_content(&self, content: &Content) -> Content {
        content.slice(self.body.0, self.body.1)
    }
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
