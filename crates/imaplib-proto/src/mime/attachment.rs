//! The attachments of a message for people: name, type, size. What is one is defined by `BodyStructure::attachments`.

use std::collections::HashSet;
use std::ops::Range;

use crate::types::{BodyStructure, Part, SinglePart};

use super::parameters;
use super::transfer_encoding::Encoding;

/// No name of an encoding is longer.
const MAX_ENCODING: usize = 80;

/// Encoded messages inside of each other are taken apart to this depth.
pub const MAX_ENCODED_DEPTH: usize = 5;

/// Extensions by which systems know what a file is, of types that mail brings.
const EXTENSIONS: [(&str, &str); 37] = [
    ("application/gzip", "gz"),
    ("application/ics", "ics"),
    ("application/json", "json"),
    ("application/msword", "doc"),
    ("application/pdf", "pdf"),
    ("application/pgp-encrypted", "pgp"),
    ("application/pgp-keys", "asc"),
    ("application/pgp-signature", "asc"),
    ("application/pkcs7-mime", "p7m"),
    ("application/pkcs7-signature", "p7s"),
    ("application/x-pkcs7-mime", "p7m"),
    ("application/x-pkcs7-signature", "p7s"),
    ("application/rtf", "rtf"),
    ("application/vnd.ms-excel", "xls"),
    ("application/vnd.ms-powerpoint", "ppt"),
    ("application/vnd.oasis.opendocument.spreadsheet", "ods"),
    ("application/vnd.oasis.opendocument.text", "odt"),
    ("application/vnd.openxmlformats-officedocument.presentationml.presentation", "pptx"),
    ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"),
    ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx"),
    ("application/xml", "xml"),
    ("application/zip", "zip"),
    ("application/x-zip-compressed", "zip"),
    ("audio/mpeg", "mp3"),
    ("image/jpeg", "jpg"),
    ("image/svg+xml", "svg"),
    ("image/tiff", "tif"),
    ("message/delivery-status", "txt"),
    ("message/disposition-notification", "txt"),
    ("message/global", "eml"),
    ("message/news", "eml"),
    ("message/rfc822", "eml"),
    ("text/calendar", "ics"),
    ("text/plain", "txt"),
    ("text/rfc822-headers", "txt"),
    ("text/vcard", "vcf"),
    ("text/x-vcard", "vcf"),
];

/// An attachment, with what is needed to save it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Attachment {
    /// Its number, as in `BODY[2.1]`.
    pub part: Part,
    /// The file name that its sender wrote, decoded; not to be trusted.
    pub name: Option<String>,
    /// In lower case, as `image/png`.
    pub media_type: String,
    /// Decoded, in bytes; an estimate where only the server's structure is known.
    pub size: u64,
    /// In its transfer encoding, in bytes, if that is known.
    pub encoded_size: Option<u64>,
    /// Its transfer encoding.
    pub encoding: Encoding,
    /// The name of its transfer encoding as its sender wrote it, at most 80 bytes of it.
    pub encoding_label: String,
}

impl Attachment {
    /// Describes a part.
    #[must_use]
    pub fn new(number: Part, part: &SinglePart) -> Self {
        let media_type = media_type(part);
        let (encoding, encoding_label) = (encoding(part), encoding_label(part.encoding.as_bytes()));
        let encoded_size = part.size;
        let size = encoded_size.unwrap_or_default();
        // Of 78 bytes of a line 57 are of the file.
        let size = if encoding == Encoding::Base64 { size / 78 * 57 } else { size };
        let name = parameters::file_name(part);
        Self { part: number, name, media_type, size, encoded_size, encoding, encoding_label }
    }

    /// Whether it is a message that can be taken apart only once it is decoded. It should not be encoded (RFC 2046, section
    /// 5.2.1), and sometimes is.
    #[must_use]
    pub fn is_encoded_message(&self) -> bool {
        is_message(&self.media_type) && !matches!(self.encoding, Encoding::Identity | Encoding::Unknown)
    }

    /// The attachments inside of it, by their numbers in the whole message.
    #[must_use]
    pub fn inner(&self, structure: &BodyStructure, places: &[Range<u64>]) -> Vec<(Self, Range<u64>)> {
        let leaves = structure.leaves().into_iter().zip(places).filter(|((_, part), _)| part.is_attachment());
        let number = |inner: &Part| Part::new([self.part.numbers(), inner.numbers()].concat());
        leaves.map(|((inner, part), place)| (Self::new(number(&inner), part), place.clone())).collect()
    }

    /// A name for the file of a part that has none.
    #[must_use]
    pub fn fallback_name(&self) -> String {
        format!("part-{}.{}", self.part, extension(&self.media_type))
    }

    /// The name for the file, as the sender wants it: not to be trusted. A message gets the extension of one.
    #[must_use]
    pub fn wanted_name(&self) -> String {
        let name = self.name.clone().unwrap_or_default();
        if is_message(&self.media_type) && !name.is_empty() && !name.to_ascii_lowercase().ends_with(".eml") {
            name + ".eml"
        } else {
            name
        }
    }
}

/// The attachments as a structure lists them.
#[must_use]
pub fn list(structure: &BodyStructure) -> Vec<Attachment> {
    let mut list: Vec<Attachment> = Vec::new();
    let mut encoded: Option<Part> = None;
    for (number, part) in structure.attachments() {
        // What a server finds inside of a message that is encoded is not there.
        let outer = encoded.as_ref().map(Part::numbers).filter(|outer| number.numbers().starts_with(outer));
        if outer.is_some() {
            continue;
        }
        let attachment = Attachment::new(number, part);
        encoded = attachment.is_encoded_message().then(|| attachment.part.clone());
        list.push(attachment);
    }
    list
}

/// What is listed beyond what was found in the message itself, if that is less.
#[must_use]
pub fn beyond(listed: Vec<Attachment>, found: &HashSet<Part>) -> Vec<Attachment> {
    if listed.len() <= found.len() {
        return Vec::new();
    }
    listed.into_iter().filter(|attachment| !found.contains(&attachment.part)).collect()
}

fn encoding(part: &SinglePart) -> Encoding {
    let label = part.encoding.as_bytes();
    Encoding::for_label(label.get(..MAX_ENCODING).unwrap_or(label))
}

/// The name of a transfer encoding as it is shown: its beginning, if it is longer than any.
#[must_use]
pub fn encoding_label(label: &[u8]) -> String {
    String::from_utf8_lossy(label.get(..MAX_ENCODING).unwrap_or(label)).trim().to_owned()
}

fn is_message(media_type: &str) -> bool {
    extension(media_type) == "eml"
}

fn media_type(part: &SinglePart) -> String {
    let (media_type, subtype) = (part.media_type.to_string_lossy(), part.subtype.to_string_lossy());
    if media_type.is_empty() {
        return "application/octet-stream".to_owned();
    }
    format!("{media_type}/{subtype}").to_ascii_lowercase()
}

fn extension(media_type: &str) -> &str {
    let known = EXTENSIONS.iter().find(|(name, _)| *name == media_type).map(|(_, extension)| *extension);
    // `image/png`, `text/html`, `audio/ogg`: the subtype is the extension of many.
    let subtype =
        media_type.split_once('/').filter(|(media_type, _)| *media_type != "application").map(|(_, subtype)| subtype);
    let short = subtype
        .filter(|subtype| (2..=4).contains(&subtype.len()) && subtype.bytes().all(|c| c.is_ascii_alphanumeric()));
    known.or(short).unwrap_or("bin")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_an_encoding_is_shown_as_it_is_or_its_beginning() {
        assert_eq!(encoding_label(b" x-odd\r\n"), "x-odd");
        assert_eq!(encoding_label(&[b'x'; 200]), "x".repeat(MAX_ENCODING));
    }
}
