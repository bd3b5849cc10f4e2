//! Lists of messages: one line each, or a JSON object.

use std::collections::HashMap;

use imaplib::command::{FetchItem, Search};
use imaplib::types::{DateTime, Envelope, Fetch, Flag, Flags, ImapString, Uid, UidSet};
use serde_json::json;

use crate::error::{Exit, Result};
use crate::mailbox::reader::Reader;
use crate::mailbox::resolve::{self, SET_BYTES};
use crate::message::mime;
use crate::message::object::object;
use crate::message::rows;
use crate::output::table::{Align, Table};
use crate::output::{self, Output};

/// What a line shows of a message.
const ITEMS: [FetchItem; 4] = [FetchItem::Flags, FetchItem::InternalDate, FetchItem::Size, FetchItem::Envelope];

/// How many messages are fetched at once where they are printed in another order than they come.
pub(crate) const BATCH: usize = 500;

/// This many bytes of them are held at once, about.
const MOST_HELD: usize = 4 << 20;

/// This many letters of a text are shown in a column.
const MOST_SHOWN: usize = 500;

/// The cells of a line, in the order of the columns.
pub(crate) type Cells = [String; 6];

/// Where in the cells the subject is.
pub(crate) const SUBJECT: usize = 3;

/// Lines on their way to the user: columns wait for each other, all else is printed at once.
pub(crate) struct Lines(Table);

impl Lines {
    pub(crate) fn new() -> Self {
        Self(Table::new([
            ("UID", Align::Right),
            ("DATE", Align::Left),
            ("FROM", Align::Flexible),
            ("SUBJECT", Align::Flexible),
            ("SIZE", Align::Right),
            ("FLAGS", Align::Left),
        ]))
    }

    /// Adds a message, whatever the form of the output.
    pub(crate) fn add(&mut self, row: &Fetch, out: &mut Output) -> Result<()> {
        if out.is_json() { out.object(&object(row)) } else { self.add_cells(&cells(row), out) }
    }

    /// Adds a line of text.
    pub(crate) fn add_cells(&mut self, cells: &Cells, out: &mut Output) -> Result<()> {
        if !out.is_terminal() {
            return out.row(cells);
        }
        // No terminal shows more of a cell, and all lines are held.
        self.0.row(cells.each_ref().map(|cell| cell.chars().take(MOST_SHOWN).collect::<String>()));
        Ok(())
    }

    pub(crate) fn finish(self, out: &mut Output) -> Result<()> {
        if self.0.is_empty() { Ok(()) } else { out.table(&self.0) }
    }
}

/// Prints messages as the server sends them: by UID. Partial where some are left out.
pub(crate) fn print(reader: &mut Reader<'_>, found: &UidSet, out: &mut Output) -> Result<Exit> {
    let mut lines = Lines::new();
    let outcome = rows::fetch(reader, found, &ITEMS, |row| lines.add(row, out))?;
    lines.finish(out)?;
    Ok(Exit::partial_if(outcome.is_partial).and(still_there(reader, &outcome.missing)))
}

/// Looks for messages that the server found and then did not send. Those that were expunged meanwhile are no loss; Partial
/// where others are still there, which are reported.
pub(crate) fn still_there(reader: &mut Reader<'_>, missing: &UidSet) -> Exit {
    let there = remaining(reader, missing);
    if !there.is_empty() {
        output::note(&format!("the server found and did not send the {}", output::some_messages_with(&there)));
    }
    Exit::partial_if(!there.is_empty())
}

/// Which of these messages are not known to be gone.
pub(crate) fn remaining(reader: &mut Reader<'_>, missing: &UidSet) -> UidSet {
    let (Some(first), Some(last)) = (missing.first(), missing.last()) else { return UidSet::new() };
    // One search: some servers answer each with all messages that they have.
    let is_short = missing.split(SET_BYTES).len() == 1;
    let set = if is_short { missing.clone() } else { UidSet::range(first, last) };
    let found = reader.mailbox().and_then(|mut mailbox| {
        let (found, exit) = resolve::search(&mut mailbox, Search::new().uids(set))?;
        Ok((exit == Exit::Ok).then_some(found))
    });
    // A message of which nothing is known is not known to be gone.
    found.ok().flatten().map_or_else(|| missing.clone(), |found| found.intersection(missing))
}

/// What lines show of some messages.
#[derive(Default)]
pub(crate) struct Batch {
    rows: HashMap<Uid, Fetch>,
    /// Those that are too large to be held with the others: they are fetched again, each when it is its turn.
    left: UidSet,
    /// The one of them that is held.
    single: Option<Fetch>,
    /// Whether there are some that the server cannot send, or not all of them.
    is_partial: bool,
    /// Those that did not come, though the server did not refuse them.
    missing: UidSet,
}

impl Batch {
    /// Fetches these messages; those that are gone, or cannot be sent, are left out.
    pub(crate) fn fetch(reader: &mut Reader<'_>, uids: impl IntoIterator<Item = Uid>) -> Result<Self> {
        let wanted: UidSet = uids.into_iter().collect();
        let mut batch = Self::default();
        let mut held = 0;
        let outcome = rows::fetch(reader, &wanted, &ITEMS, |row| {
            let Some(uid) = row.uid else { return Ok(()) };
            let size = rows::size_of_row(row);
            if held + size > MOST_HELD {
                batch.left.insert(uid);
            } else {
                held += size;
                batch.rows.insert(uid, row.clone());
            }
            Ok(())
        })?;
        batch.missing = outcome.missing;
        batch.is_partial = outcome.is_partial;
        Ok(batch)
    }

    /// Reports the messages that did not come although they are there; Partial where there are any.
    pub(crate) fn finish(self, reader: &mut Reader<'_>) -> Exit {
        Exit::partial_if(self.is_partial).and(still_there(reader, &self.missing))
    }

    /// The message, if it is still there.
    pub(crate) fn get(&mut self, reader: &mut Reader<'_>, uid: Uid) -> Result<Option<&Fetch>> {
        if !self.left.contains(uid) {
            return Ok(self.rows.get(&uid));
        }
        self.single = None;
        let wanted = UidSet::range(uid, uid);
        let outcome = rows::fetch(reader, &wanted, &ITEMS, |row| {
            self.single = Some(row.clone());
            Ok(())
        })?;
        self.is_partial |= outcome.is_partial;
        outcome.missing.iter().for_each(|uid| self.missing.insert(uid));
        Ok(self.single.as_ref())
    }
}

/// Prints UIDs alone.
pub(crate) fn print_uids(uids: impl IntoIterator<Item = Uid>, out: &mut Output) -> Result<()> {
    for uid in uids {
        if out.is_json() { out.object(&json!({"uid": uid.get()}))? } else { out.line(&uid.to_string())? }
    }
    Ok(())
}

/// The date of the message, else of its arrival, in seconds since 1970.
pub(crate) fn date(row: &Fetch) -> Option<i64> {
    row.envelope.as_deref().and_then(mime::date).or_else(|| row.internal_date.map(DateTime::unix_timestamp))
}

/// The cells of a message's line.
pub(crate) fn cells(row: &Fetch) -> Cells {
    let envelope = row.envelope.as_deref();
    [
        row.uid.map(|uid| uid.to_string()).unwrap_or_default(),
        date(row).map(output::local_time).unwrap_or_default(),
        envelope.map(|envelope| mime::first_name(envelope.from())).unwrap_or_default(),
        envelope.and_then(Envelope::subject).as_ref().map(ImapString::decoded).unwrap_or_default(),
        row.size.map(output::size).unwrap_or_default(),
        row.flags.as_ref().map(short).unwrap_or_default(),
    ]
}

/// Flags without their backslashes, and without `\Recent`.
fn short(flags: &Flags) -> String {
    let shown = flags.iter().filter(|flag| !matches!(flag, Flag::Recent));
    shown.map(|flag| flag.to_string().trim_start_matches('\\').to_owned()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_are_short() {
        let flags: Flags = [Flag::Seen, Flag::Recent, Flag::JUNK].into_iter().collect();
        assert_eq!(short(&flags), "Seen $Junk");
        assert_eq!(short(&Flag::Recent.into()), "");
    }

    #[test]
    fn the_date_is_that_of_the_message_or_of_its_arrival() {
        let mut row = Fetch::default();
        assert_eq!(date(&row), None);
        row.internal_date = Some("14-Mar-2026 09:26:53 +0000".parse().unwrap());
        assert_eq!(date(&row), Some(1_773_480_413));
    }
}
