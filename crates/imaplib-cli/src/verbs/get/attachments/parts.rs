//! The parts of a message that are attachments, fetched by their numbers: a part that the server cannot send costs itself.

use std::collections::HashMap;

use imaplib::command::FetchItem;
use imaplib::mime::attachment::{Attachment, encoding_label};
use imaplib::mime::header;
use imaplib::mime::transfer_encoding::{Encoding, Outcome};
use imaplib::types::{Part, Section, SectionText, Uid};
use imaplib_archive::announced_size::{Measured, TextLength};

use super::pieces::{Sink, decoded, keep};
use crate::error::library::failure;
use crate::error::{Failure, Result};
use crate::mailbox::reader::Reader;
use crate::message::rows::{self, beginning, copy};
use crate::verbs::get::received::Received;

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
                let is_here = |part: &&Attachment| rows::is_whole(&body, &section(part));
                if let Some(part) = asked.iter().find(is_here) {
                    headers.push((part.part.clone(), beginning(&mut body, MAX_HEADER)?));
                }
            }
            row.finish().map_err(|error| failure(&error))?;
            let is_answer = rows::is_of_message(row, uid) && !headers.is_empty();
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
        if let Some((encoding, label)) = found.get(&part.part) {
            part.encoding = *encoding;
            part.encoding_label.clone_from(label);
        }
    }
    Ok(parts)
}

/// The encoding that the header of a part names first, and its name there.
fn encoding_in(header: &[u8]) -> Option<(Encoding, String)> {
    let (fields, _) = header::fields(header, usize::MAX);
    let field = fields.iter().find(|field| field.is("Content-Transfer-Encoding"))?;
    let label = header::unfold(field.value);
    Some((Encoding::for_label(&label), encoding_label(&label)))
}

/// Parts are asked for in lines of this length: some servers refuse long ones (RFC 7162, section 4).
const MAX_LINE: usize = 7_500;

/// Where the server does not send some parts, they are asked for in this many pieces.
const PIECES: usize = 8;

/// Fetches parts, and saves them.
pub(super) struct Parts<'a, 'm> {
    pub(super) reader: &'a mut Reader<'m>,
    pub(super) sink: Sink<'a>,
}

impl Parts<'_, '_> {
    /// Fetches the parts of a message and saves them; returns those that did not come.
    pub(super) fn save<'p>(&mut self, uid: Uid, parts: &'p [Attachment]) -> Result<Vec<&'p Attachment>> {
        // What is asked for next is last; what was lost with the connection is asked for once more.
        let mut waiting: Vec<Asked<'p>> = chunks(parts).map(|parts| Asked::new(parts.iter().collect())).collect();
        waiting.reverse();
        let mut left = Vec::new();
        while let Some(mut asked) = waiting.pop() {
            let mut not_encoded = Vec::new();
            let failure = self.fetch(uid, &mut asked, &mut not_encoded)?;
            for part in not_encoded {
                self.sink.tell(uid, part, Outcome::NotEncoded);
                waiting.push(Asked { as_sent: true, ..Asked::new(vec![part]) });
            }
            let missing = asked.parts.len();
            match failure {
                // One of them is the reason. It may have cost the connection: it is found in few steps.
                Some(_) if missing > 1 => {
                    let pieces = asked.parts.chunks(missing.div_ceil(PIECES)).rev();
                    waiting.extend(pieces.map(|parts| Asked { parts: parts.to_vec(), ..asked }));
                }
                Some(failure) if failure.is_lost() && missing == 1 && !asked.is_again => {
                    waiting.push(Asked { is_again: true, ..asked });
                }
                _ => left.extend(asked.parts),
            }
        }
        Ok(left)
    }

    /// Fetches parts by one command and saves them; leaves in `asked` those that did not come. Returns why the answer broke
    /// off, if it did.
    fn fetch<'p>(
        &mut self,
        uid: Uid,
        asked: &mut Asked<'p>,
        not_encoded: &mut Vec<&'p Attachment>,
    ) -> Result<Option<Failure>> {
        let sink = &mut self.sink;
        let (all, mut came) = (asked.parts.clone(), Vec::<Part>::new());
        let items: Vec<FetchItem> =
            asked.parts.iter().map(|part| FetchItem::body_peek(Section::part(part.part.clone()))).collect();
        self.reader.fetch_one(uid, items, |row| {
            let mut received: Vec<(&Attachment, Received, Outcome, TextLength)> = Vec::new();
            let mut again: Vec<Part> = Vec::new();
            while let Some(mut body) = row.next_body().map_err(|error| failure(&error))? {
                let is_here = |part: &&Attachment| rows::is_whole(&body, &Section::part(part.part.clone()));
                let Some(part) = asked.parts.iter().copied().find(is_here) else {
                    again.extend(
                        came.iter().filter(|part| rows::is_whole(&body, &Section::part((*part).clone()))).cloned(),
                    );
                    continue;
                };
                if received.iter().any(|(other, ..)| other.part == part.part) {
                    continue;
                }
                let encoding = if asked.as_sent { Encoding::Identity } else { part.encoding };
                let mut length = TextLength::new();
                let (file, outcome) = decoded(sink.folder, part, encoding, |to| {
                    let mut measured = Measured::new(to);
                    copy(&mut body, &mut measured)?;
                    length = measured.length().clone();
                    Ok(())
                })?;
                received.push((part, file, outcome, length));
            }
            row.finish().map_err(|error| failure(&error))?;
            if !rows::is_of_message(row, uid) {
                return Ok(false);
            }
            let mut files = Vec::new();
            for part in all.iter().filter(|part| again.contains(&part.part)) {
                sink.doubt(uid, part, "came more than once: the first is saved");
            }
            for (part, file, outcome, length) in received {
                asked.parts.retain(|other| other.part != part.part);
                came.push(part.part.clone());
                if part.encoded_size.is_some_and(|announced| length.is_short_of(announced)) {
                    sink.doubt(uid, part, "is shorter than the server lists it, and perhaps not whole");
                }
                if outcome == Outcome::NotEncoded {
                    not_encoded.push(part);
                } else {
                    sink.tell(uid, part, outcome);
                    files.push((file, part, outcome));
                }
            }
            keep(uid, files, sink, 0)?;
            // Servers may send the parts in several rows.
            Ok(asked.parts.is_empty())
        })
    }
}

/// What is asked for by one command.
struct Asked<'p> {
    parts: Vec<&'p Attachment>,
    /// Whether the parts are saved as they are sent, because they are not encoded.
    as_sent: bool,
    /// Whether it was asked for before, and lost with the connection.
    is_again: bool,
}

impl<'p> Asked<'p> {
    fn new(parts: Vec<&'p Attachment>) -> Self {
        Self { parts, as_sent: false, is_again: false }
    }
}

/// The parts in as many pieces as there have to be commands.
pub(super) fn chunks(parts: &[Attachment]) -> impl Iterator<Item = &[Attachment]> {
    let mut rest = parts;
    std::iter::from_fn(move || {
        let mut length = 0;
        let fits = |part: &&Attachment| {
            length += "BODY.PEEK[.MIME] ".len() + part.part.to_string().len();
            length <= MAX_LINE
        };
        let count = rest.iter().take_while(fits).count().max(1).min(rest.len());
        let (chunk, behind) = rest.split_at_checked(count)?;
        rest = behind;
        (!chunk.is_empty()).then_some(chunk)
    })
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
            let encoding = encoding_in(header.as_bytes()).map(|(encoding, _)| encoding);
            assert_eq!(encoding, expected, "{header}");
        }
    }
}
