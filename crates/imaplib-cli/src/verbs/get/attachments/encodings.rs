//! How attachments are encoded, by their own headers: servers call `base64;` and other odd labels 7bit.

use std::collections::HashMap;

use imaplib::command::FetchItem;
use imaplib::types::{Part, Section, SectionText, Uid};

use super::parts::chunks;
use crate::error::Result;
use crate::error::library::failure;
use crate::mailbox::reader::Reader;
use crate::message::body::beginning;
use crate::message::mime::attachment::Attachment;
use crate::message::mime::transfer_encoding::Encoding;
use crate::message::mime::{header, parameters};
use crate::message::requested_section;

/// This much of the header of a part is looked at, in bytes.
const MAX_HEADER: usize = 64 << 10;

/// Looks into the headers of the parts that are not encoded by the server's structure, and enters what they are.
///
/// Where a header does not come, the server's word remains.
pub(super) fn correct(reader: &mut Reader<'_>, uid: Uid, mut parts: Vec<Attachment>) -> Result<Vec<Attachment>> {
    let plain: Vec<Attachment> = parts.iter().filter(|part| part.encoding == Encoding::Identity).cloned().collect();
    let mut found = HashMap::new();
    for asked in chunks(&plain) {
        let section = |part: &Attachment| Section { part: part.part.clone(), text: SectionText::Mime };
        let items: Vec<FetchItem> = asked.iter().map(|part| FetchItem::body_peek(section(part))).collect();
        let refused = reader.fetch_one(uid, items, |row| {
            let mut headers: Vec<(Part, Vec<u8>)> = Vec::new();
            while let Some(mut body) = row.next_body().map_err(|error| failure(&error))? {
                let is_here = |part: &&Attachment| requested_section::is_whole(&body, &section(part));
                if let Some(part) = asked.iter().find(is_here) {
                    headers.push((part.part.clone(), beginning(&mut body, MAX_HEADER)?));
                }
            }
            row.finish().map_err(|error| failure(&error))?;
            let is_answer = requested_section::is_of_message(row, uid) && !headers.is_empty();
            if is_answer {
                found.extend(headers.into_iter().filter_map(|(part, header)| Some((part, encoding_in(&header)?))));
            }
            Ok(is_answer)
        })?;
        if refused.is_some() {
            break;
        }
    }
    for part in &mut parts {
        if let Some(encoding) = found.get(&part.part) {
            part.encoding = *encoding;
        }
    }
    Ok(parts)
}

/// The encoding that the header of a part names first.
fn encoding_in(header: &[u8]) -> Option<Encoding> {
    let (fields, _) = header::fields(header, usize::MAX);
    let field = fields.iter().find(|field| field.is("Content-Transfer-Encoding"))?;
    Some(Encoding::for_label(parameters::text(&header::unfold(field.value)).as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_labels_are_read_as_they_are_meant() {
        for (header, expected) in [
            ("Content-Type: x/y\r\nContent-Transfer-Encoding: base64;\r\n\r\n", Some(Encoding::Base64)),
            ("content-transfer-encoding:\r\n \"base64\"\r\n\r\n", Some(Encoding::Base64)),
            ("Content-Transfer-Encoding: quoted-printable;\r\n", Some(Encoding::QuotedPrintable)),
            ("Content-Transfer-Encoding: 7bit\r\nContent-Transfer-Encoding: base64\r\n", Some(Encoding::Identity)),
            ("Content-Type: x/y\r\n\r\n", None),
            ("", None),
        ] {
            assert_eq!(encoding_in(header.as_bytes()), expected, "{header}");
        }
    }
}
