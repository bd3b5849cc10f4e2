//! What the server lists of messages: their attachments, as far as the list can be that of the message.

use imaplib::command::FetchItem;
use imaplib::mime::attachment::{self, Attachment};
use imaplib::types::{BodyStructure, Section, Uid, UidSet};

use crate::error::Result;
use crate::error::library::failure;
use crate::mailbox::reader::Reader;
use crate::message::mime;
use crate::message::rows::{self, Warnings, beginning};
use imaplib_archive::isolation::without;

/// This many bytes of what is known of attachments are held at once, about.
const MAX_HELD: usize = 4 << 20;

/// A message with parts that is not longer, in bytes, is fetched as a whole.
const MAX_SMALL: u64 = 32 << 10;

/// Where the attachments are at least a third of a message, but for this many bytes, it is fetched as a whole too.
const MAX_BESIDES: u64 = 1 << 20;

/// This much of a header is looked at, in bytes.
const MAX_HEADER: usize = 256 << 10;

/// What the server lists of a message.
#[derive(Default)]
pub(super) struct Listed {
    /// `None` if there is no list, or it is not that of the message.
    pub(super) attachments: Option<Vec<Attachment>>,
    /// Those in a list that is not believed: its header is not the message's, as this program reads it.
    pub(super) doubted: Vec<Attachment>,
    /// Whether the message itself is fetched: it is small, or has little in it but its attachments.
    pub(super) is_cheap: bool,
}

/// What the server lists of some messages.
pub(super) struct Structures {
    pub(super) found: Vec<(Uid, Listed)>,
    /// Those for which there was no room.
    pub(super) later: Vec<Uid>,
}

/// Asks for the structures of these messages. A message whose structure does not come may still come itself.
pub(super) fn structures(reader: &mut Reader<'_>, batch: &UidSet) -> Result<Structures> {
    let items = [FetchItem::BodyStructure, FetchItem::Size, FetchItem::body_peek(Section::header())];
    let mut warnings = Warnings::default();
    let (mut found, mut later): (Vec<(Uid, Listed)>, Vec<Uid>) = (Vec::new(), Vec::new());
    let mut held = 0;
    let fetched = reader.fetch_quietly(batch, items, |row| {
        let Some(uid) = row.uid() else { return Ok(false) };
        let mut header = Vec::new();
        while let Some(mut body) = row.next_body().map_err(|error| failure(&error))? {
            if header.is_empty() && rows::is_whole(&body, &Section::header()) {
                header = beginning(&mut body, MAX_HEADER)?;
            }
        }
        row.finish().map_err(|error| failure(&error))?;
        warnings.look(row.data(), row.diagnostics());
        if !rows::is_of_message(row, uid) {
            return Ok(false);
        }
        if held > MAX_HELD {
            later.push(uid);
            return Ok(true);
        }
        let (structure, doubted) = match row.body_structure() {
            Some(structure) if mime::fits(structure, &header, row.size()) => (Some(structure), None),
            doubted => (None, doubted),
        };
        let attachments = structure.map(attachment::list);
        let doubted = doubted.map(attachment::list).unwrap_or_default();
        let has_parts = matches!(structure, Some(BodyStructure::Multi(_)));
        let encoded: u64 = structure
            .map(|structure| structure.attachments())
            .into_iter()
            .flatten()
            .filter_map(|(_, part)| part.size)
            .sum();
        let most = if encoded > 0 { encoded.saturating_mul(3).saturating_add(MAX_BESIDES) } else { MAX_SMALL };
        let is_cheap = has_parts && row.size().is_some_and(|size| (1..=most).contains(&size));
        let names =
            attachments.iter().flatten().chain(&doubted).map(|part| 200 + part.name.as_ref().map_or(0, String::len));
        held += names.sum::<usize>();
        found.push((uid, Listed { attachments, doubted, is_cheap }));
        Ok(true)
    })?;
    found.extend(without(batch, &fetched.came).iter().map(|uid| (uid, Listed::default())));
    Ok(Structures { found, later })
}
