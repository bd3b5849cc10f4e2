//! Notes about mailboxes and the server: GETMETADATA and SETMETADATA (RFC 5464), and GETANNOTATION and SETANNOTATION
//! of the draft before it.

use super::{Command, Conduct, Incomplete, Tag};
use crate::types::{Annotation, MailboxName, MetadataEntry, StatusResponse, Untagged};
use crate::wire::Encoder;

/// How deep below an entry GETMETADATA looks (RFC 5464, section 4.2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MetadataDepth {
    /// Only the entry.
    Entry,
    /// The entry and those right below.
    Children,
    /// The entry and all below.
    All,
}

/// GETMETADATA: entries of a mailbox, or of the server by an empty name (RFC 5464, section 4.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GetMetadata {
    mailbox: MailboxName,
    entries: Vec<String>,
    max_size: Option<u64>,
    depth: Option<MetadataDepth>,
    found: Vec<MetadataEntry>,
}

impl GetMetadata {
    /// Asks for these entries, such as `/private/comment`.
    #[must_use]
    pub fn new(mailbox: MailboxName, entries: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let entries = entries.into_iter().map(Into::into).collect();
        Self { mailbox, entries, max_size: None, depth: None, found: Vec::new() }
    }

    /// Leaves out values of more bytes; the completion's code reports the size of the longest one.
    #[must_use]
    pub fn max_size(mut self, bytes: u64) -> Self {
        self.max_size = Some(bytes);
        self
    }

    /// Looks below the entries too.
    #[must_use]
    pub fn depth(mut self, depth: MetadataDepth) -> Self {
        self.depth = Some(depth);
        self
    }
}

impl Command for GetMetadata {
    type Output = Vec<MetadataEntry>;

    fn encode(&self, encoder: &mut Encoder) {
        encoder.raw("GETMETADATA ");
        let size = self.max_size.map(|bytes| format!("MAXSIZE {bytes}"));
        let depth = self.depth.map(|depth| {
            let depth = match depth {
                MetadataDepth::Entry => "0",
                MetadataDepth::Children => "1",
                MetadataDepth::All => "infinity",
            };
            format!("DEPTH {depth}")
        });
        let options: Vec<String> = size.into_iter().chain(depth).collect();
        if !options.is_empty() {
            encoder.list(&options, |encoder, option| encoder.raw(option)).space();
        }
        encoder.mailbox(&self.mailbox).space();
        match self.entries.as_slice() {
            [] => encoder.refuse("list of entries (it is empty)", ""),
            [entry] => encoder.astring(entry),
            entries => encoder.list(entries, |encoder, entry| encoder.astring(entry)),
        };
    }

    fn conduct(&self) -> Conduct {
        Conduct::new().answers_as("GETMETADATA")
    }

    fn collect(&mut self, response: Untagged, _tag: Tag) -> Option<Untagged> {
        match response {
            Untagged::Metadata(found) if self.mailbox.is_answered_by(&found.mailbox) && found.changed.is_empty() => {
                self.found.extend(found.entries);
                None
            }
            other => Some(other),
        }
    }

    fn finish(self, _completion: &StatusResponse) -> Result<Self::Output, Incomplete> {
        Ok(self.found)
    }
}

/// SETMETADATA: writes entries of a mailbox, or of the server by an empty name (RFC 5464, section 4.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetMetadata {
    mailbox: MailboxName,
    entries: Vec<(String, Option<Vec<u8>>)>,
}

impl SetMetadata {
    /// Writes these entries; a value of `None` removes an entry.
    #[must_use]
    pub fn new(mailbox: MailboxName, entries: impl IntoIterator<Item = (impl Into<String>, Option<Vec<u8>>)>) -> Self {
        Self { mailbox, entries: entries.into_iter().map(|(entry, value)| (entry.into(), value)).collect() }
    }
}

impl Command for SetMetadata {
    type Output = ();

    fn encode(&self, encoder: &mut Encoder) {
        encoder.raw("SETMETADATA ").mailbox(&self.mailbox).space();
        encoder.list(&self.entries, |encoder, (entry, value)| encoder.astring(entry).space().nstring(value.as_deref()));
        if self.entries.is_empty() {
            encoder.refuse("list of entries (it is empty)", "");
        }
    }

    fn finish(self, _completion: &StatusResponse) -> Result<(), Incomplete> {
        Ok(())
    }
}

/// GETANNOTATION: entries of mailboxes with an attribute (the draft ANNOTATEMORE; servers of today have
/// [`GetMetadata`]).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GetAnnotation {
    mailbox: MailboxName,
    entry: String,
    attribute: String,
    found: Vec<Annotation>,
}

impl GetAnnotation {
    /// Asks for an entry, such as `/comment`, and an attribute of it, such as `value.priv` or `*`. The mailbox may be a
    /// pattern.
    #[must_use]
    pub fn new(mailbox: MailboxName, entry: impl Into<String>, attribute: impl Into<String>) -> Self {
        Self { mailbox, entry: entry.into(), attribute: attribute.into(), found: Vec::new() }
    }
}

impl Command for GetAnnotation {
    /// The entries that were found.
    type Output = Vec<Annotation>;

    fn encode(&self, encoder: &mut Encoder) {
        encoder.raw("GETANNOTATION ").mailbox(&self.mailbox).space();
        encoder.string(&self.entry).space().string(&self.attribute);
    }

    fn conduct(&self) -> Conduct {
        Conduct::new().answers_as("GETANNOTATION")
    }

    fn collect(&mut self, response: Untagged, _tag: Tag) -> Option<Untagged> {
        match response {
            Untagged::Annotation(found) => {
                self.found.push(found);
                None
            }
            other => Some(other),
        }
    }

    fn finish(self, _completion: &StatusResponse) -> Result<Self::Output, Incomplete> {
        Ok(self.found)
    }
}

/// SETANNOTATION: writes attributes of an entry of a mailbox (the draft ANNOTATEMORE; servers of today have
/// [`SetMetadata`]).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetAnnotation {
    mailbox: MailboxName,
    entry: String,
    attributes: Vec<(String, Option<String>)>,
}

impl SetAnnotation {
    /// Writes these attributes of the entry; a value of `None` removes an attribute.
    #[must_use]
    pub fn new(
        mailbox: MailboxName,
        entry: impl Into<String>,
        attributes: impl IntoIterator<Item = (impl Into<String>, Option<String>)>,
    ) -> Self {
        let attributes = attributes.into_iter().map(|(name, value)| (name.into(), value)).collect();
        Self { mailbox, entry: entry.into(), attributes }
    }
}

impl Command for SetAnnotation {
    type Output = ();

    fn encode(&self, encoder: &mut Encoder) {
        encoder.raw("SETANNOTATION ").mailbox(&self.mailbox).space().string(&self.entry).space();
        encoder.list(&self.attributes, |encoder, (name, value)| encoder.string(name).space().nstring(value.as_deref()));
    }

    fn finish(self, _completion: &StatusResponse) -> Result<(), Incomplete> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{Encoding, Fragment};

    fn wire(command: &impl Command) -> String {
        let mut encoder = Encoder::new(Encoding::default());
        command.encode(&mut encoder);
        match encoder.finish().unwrap().as_slice() {
            [Fragment::Bytes(bytes, _)] => String::from_utf8(bytes.to_vec()).unwrap(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn options_stand_before_the_mailbox() {
        let get = GetMetadata::new(MailboxName::inbox(), ["/shared/comment"]);
        assert_eq!(wire(&get), "GETMETADATA INBOX /shared/comment\r\n");
        let get = GetMetadata::new(MailboxName::new("").unwrap(), ["/shared/comment", "/shared/admin"]);
        let get = get.max_size(1024).depth(MetadataDepth::All);
        let expected = "GETMETADATA (MAXSIZE 1024 DEPTH infinity) \"\" (/shared/comment /shared/admin)\r\n";
        assert_eq!(wire(&get), expected);
    }

    #[test]
    fn values_are_strings_or_nil() {
        let entries = [("/private/comment", Some(b"a \"b\"".to_vec())), ("/private/x", None)];
        let set = SetMetadata::new(MailboxName::inbox(), entries);
        assert_eq!(wire(&set), "SETMETADATA INBOX (/private/comment \"a \\\"b\\\"\" /private/x NIL)\r\n");
        let set = SetAnnotation::new(MailboxName::inbox(), "/comment", [("value.priv", Some("x".to_owned()))]);
        assert_eq!(wire(&set), "SETANNOTATION INBOX \"/comment\" (\"value.priv\" \"x\")\r\n");
        let get = GetAnnotation::new(MailboxName::inbox(), "/comment", "value.priv");
        assert_eq!(wire(&get), "GETANNOTATION INBOX \"/comment\" \"value.priv\"\r\n");
    }
}
