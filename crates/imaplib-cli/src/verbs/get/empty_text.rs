//! A text without any bytes: whether what was asked for is empty, is not there, or was not sent.

use imaplib::command::FetchItem;
use imaplib::types::{BodyStructure, Fetch, Part, Section, UidSet};

use crate::error::Result;
use crate::mailbox::reader::Reader;
use crate::output;

/// Looks at the structure and the size of messages of which an empty text came. Returns those where it is really empty;
/// the others are reported.
pub(super) fn really_empty(
    reader: &mut Reader<'_>,
    uids: &UidSet,
    section: &Section,
    part: Option<&Part>,
) -> Result<UidSet> {
    let items = [FetchItem::Size, FetchItem::BodyStructure];
    let (mut empty, mut missing) = (UidSet::new(), UidSet::new());
    reader.fetch(uids, items, &output::note, |row| {
        let Some(uid) = row.uid() else { return Ok(false) };
        match standing(row.data(), section, part) {
            Standing::Empty => empty.insert(uid),
            Standing::Missing => missing.insert(uid),
            Standing::NotSent => {}
        }
        Ok(true)
    })?;
    let not_sent: UidSet = uids.iter().filter(|uid| !empty.contains(*uid) && !missing.contains(*uid)).collect();
    let what = part.map_or_else(|| "text".to_owned(), |part| format!("part {part}"));
    if let Some(messages) = named(&missing) {
        output::note(&format!("there is no {what} in the {messages}"));
    }
    if let Some(messages) = named(&not_sent) {
        output::note(&format!(
            "the server sent nothing of the {what} of the {messages}, which the server does not report as empty"
        ));
    }
    Ok(empty)
}

fn named(uids: &UidSet) -> Option<String> {
    match uids.len() {
        0 => None,
        _ => Some(output::messages_with(uids)),
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Standing {
    Empty,
    Missing,
    /// It is there and not empty, or the server does not tell.
    NotSent,
}

fn standing(row: &Fetch, section: &Section, part: Option<&Part>) -> Standing {
    match part {
        Some(part) => row.body_structure.as_deref().map_or(Standing::NotSent, |structure| of_part(structure, part)),
        // A message can be without a header, and with nothing else.
        None if *section != Section::message() || row.size == Some(0) => Standing::Empty,
        None => Standing::NotSent,
    }
}

fn of_part(structure: &BodyStructure, part: &Part) -> Standing {
    let leaves = structure.leaves();
    if let Some((_, leaf)) = leaves.iter().find(|(number, _)| number == part) {
        return if leaf.size.unwrap_or_default() == 0 { Standing::Empty } else { Standing::NotSent };
    }
    // A multipart has at least the lines between its parts.
    let is_above = leaves.iter().any(|(number, _)| number.numbers().starts_with(part.numbers()));
    if is_above { Standing::NotSent } else { Standing::Missing }
}
