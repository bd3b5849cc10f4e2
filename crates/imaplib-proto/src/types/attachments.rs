//! Which parts of a message are attachments, and which are its text.
//!
//! Senders rarely say so clearly: many attachments have no Content-Disposition, and some have no name. This is the one
//! definition, for a structure that the server sent and for one that was read from the message itself.

use std::collections::BTreeSet;

use super::{BodyStructure, ImapString, Part, SinglePart};

/// Subtypes of text to be read that is not plain; all others are data.
const FORMATTED: [&str; 5] = ["html", "enriched", "richtext", "markdown", "x-markdown"];

impl BodyStructure {
    /// Returns the attachments with their numbers, in the order of the message, those inside forwarded messages
    /// included.
    ///
    /// A part is an attachment if its disposition is `attachment`, if it has a file name, or if it is not text to be
    /// read: an image, a PDF, a forwarded message (which is an attachment as a whole, and its attachments are, too).
    /// Multiparts are none.
    ///
    /// ```
    /// use imaplib_proto::types::{BodyStructure, MultiPart, SinglePart};
    /// let part = |media_type: &str, subtype: &str| {
    ///     BodyStructure::Single(SinglePart::new(media_type.into(), subtype.into()))
    /// };
    /// let parts = vec![part("TEXT", "PLAIN"), part("APPLICATION", "PDF")];
    /// let structure = BodyStructure::Multi(MultiPart::new("MIXED".into(), parts));
    /// let numbers: Vec<String> = structure.attachments().iter().map(|(number, _)| number.to_string()).collect();
    /// assert_eq!(numbers, ["2"]);
    /// let numbers: Vec<String> = structure.texts().iter().map(|(number, _)| number.to_string()).collect();
    /// assert_eq!(numbers, ["1"]);
    /// ```
    #[must_use]
    pub fn attachments(&self) -> Vec<(Part, &SinglePart)> {
        self.leaves().into_iter().filter(|(_, part)| part.is_attachment()).collect()
    }

    /// Returns the parts that are the text of the message, with their numbers, in the order of the message.
    ///
    /// Of the alternatives of a multipart/alternative the one with a text/plain is preferred, else the last. The text of
    /// forwarded messages is not the text of the message. Where there is no other, text with a file name is returned,
    /// and else the text of the first forwarded message.
    #[must_use]
    pub fn texts(&self) -> Vec<(Part, &SinglePart)> {
        self.texts_besides(&BTreeSet::new())
    }

    /// Returns the parts that are the text of the message, if these are known to hold nothing but blanks.
    ///
    /// Of the alternatives of a multipart/alternative one that has more to it is taken: some senders leave the text/plain
    /// empty and write all into the HTML.
    #[must_use]
    pub fn texts_besides(&self, blank: &BTreeSet<Part>) -> Vec<(Part, &SinglePart)> {
        let mut message = (Vec::new(), self);
        loop {
            let (number, body) = message;
            let leaves = chosen(number, body, blank);
            let mut texts: Vec<_> = leaves.iter().filter(|(_, part)| !part.is_attachment()).collect();
            if texts.is_empty() {
                texts.extend(leaves.iter().find(|(_, part)| part.is_text()));
            }
            let forwarded = leaves.iter().find_map(|(number, part)| Some((number.clone(), part.message.as_ref()?)));
            match forwarded {
                Some((number, forwarded)) if texts.is_empty() => message = (number, &forwarded.body),
                _ => return texts.into_iter().map(|(number, part)| (Part::new(number.clone()), *part)).collect(),
            }
        }
    }

    /// Whether there is text to be read in this part, which has a number, or, if `plain`, text that is plain.
    fn has_text(&self, number: &[u32], plain: bool, blank: &BTreeSet<Part>) -> bool {
        // A stack instead of recursion: the depth comes from the server.
        let mut open = vec![(number.to_vec(), self)];
        while let Some((number, body)) = open.pop() {
            match body {
                Self::Multi(multi) => open.extend(
                    (1_u32..).zip(&multi.parts).map(|(index, child)| ([number.as_slice(), &[index]].concat(), child)),
                ),
                Self::Single(part) if !part.is_attachment() && (part.is_plain() || !plain) => {
                    if blank.is_empty() || !blank.contains(&Part::new(number)) {
                        return true;
                    }
                }
                Self::Single(_) => {}
            }
        }
        false
    }
}

/// The leaves of one message, without those of messages in it and with one alternative of each multipart/alternative.
fn chosen<'a>(number: Vec<u32>, body: &'a BodyStructure, blank: &BTreeSet<Part>) -> Vec<(Vec<u32>, &'a SinglePart)> {
    let mut leaves = Vec::new();
    let mut open = vec![(number, body, true)];
    while let Some((number, body, is_message)) = open.pop() {
        let multi = match body {
            BodyStructure::Single(part) => {
                leaves.push((if is_message { [number.as_slice(), &[1]].concat() } else { number }, part));
                continue;
            }
            BodyStructure::Multi(multi) => multi,
        };
        let children =
            (1_u32..).zip(&multi.parts).map(|(index, child)| ([number.as_slice(), &[index]].concat(), child, false));
        if multi.subtype.eq_ignore_ascii_case("alternative") {
            let children: Vec<_> = children.collect();
            let is = |plain: bool, blank: &BTreeSet<Part>| {
                let has = |(number, child, _): &(Vec<u32>, &BodyStructure, bool)| child.has_text(number, plain, blank);
                if plain { children.iter().position(has) } else { children.iter().rposition(has) }
            };
            let none = BTreeSet::new();
            // Where all are blank it is all the same.
            let best =
                is(true, blank).or_else(|| is(false, blank)).or_else(|| is(true, &none)).or_else(|| is(false, &none));
            open.extend(children.into_iter().nth(best.unwrap_or_default()));
        } else {
            open.extend(children.collect::<Vec<_>>().into_iter().rev());
        }
    }
    leaves
}

impl SinglePart {
    /// Whether the part is an attachment, as [`BodyStructure::attachments`] defines it.
    #[must_use]
    pub fn is_attachment(&self) -> bool {
        !self.is_text() || self.has_file_name() || !(self.is_plain() || self.is_of(&FORMATTED))
    }

    /// Whether the part has a file name, in any of the encodings of RFC 2231.
    #[must_use]
    pub fn has_file_name(&self) -> bool {
        let disposition = self.extension.disposition.as_ref().map(|disposition| &*disposition.parameters);
        let names = |parameters: &[(ImapString, ImapString)], wanted: &str| {
            parameters.iter().any(|(name, value)| !value.is_empty() && is_parameter(name, wanted))
        };
        disposition.is_some_and(|parameters| names(parameters, "filename")) || names(&self.parameters, "name")
    }

    /// Whether it is text that the sender does not call an attachment. What has no type is text (RFC 2045, section 5.2).
    fn is_text(&self) -> bool {
        let disposition = self.extension.disposition.as_ref();
        let is_attached = disposition.is_some_and(|disposition| disposition.kind.eq_ignore_ascii_case("attachment"));
        !is_attached && (self.media_type.is_empty() || self.media_type.eq_ignore_ascii_case("text"))
    }

    fn is_plain(&self) -> bool {
        self.subtype.is_empty() || self.is_of(&["plain"])
    }

    fn is_of(&self, subtypes: &[&str]) -> bool {
        subtypes.iter().any(|subtype| self.subtype.eq_ignore_ascii_case(subtype))
    }
}

/// Whether `name` is the parameter or a piece of it: `filename`, `filename*`, `filename*0`, `filename*0*`.
fn is_parameter(name: &ImapString, wanted: &str) -> bool {
    let name = name.as_bytes();
    let Some((start, rest)) = name.split_at_checked(wanted.len()) else { return false };
    start.eq_ignore_ascii_case(wanted.as_bytes()) && (rest.is_empty() || rest.starts_with(b"*"))
}
