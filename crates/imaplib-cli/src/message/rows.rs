//! Rows with all that was asked for. One that lacks an item is asked for once more, and is reported if it lacks it again.

use std::collections::BTreeMap;

use imaplib::command::FetchItem;
use imaplib::types::{Fetch, ImapString, Uid, UidSet};

use crate::error::Result;
use crate::mailbox::reader::Reader;
use crate::message::warnings::Warnings;
use crate::output;
use imaplib_archive::isolation::without;

/// This many bytes of incomplete rows are held at once, about: of more there is no line.
const MAX_HELD: usize = 4 << 20;

/// What came of a fetch.
#[derive(Default)]
pub(crate) struct Outcome {
    /// Those that did not come, although the server did not refuse them.
    pub(crate) missing: UidSet,
    /// Whether some cannot be sent, or not with all that was asked for; these were reported.
    pub(crate) is_partial: bool,
}

/// Fetches the items of messages; `take` is given one row of each message that comes. Of these only the last ones may lack
/// an item.
pub(crate) fn fetch(
    reader: &mut Reader<'_>,
    wanted: &UidSet,
    items: &[FetchItem],
    mut take: impl FnMut(&Fetch) -> Result<()>,
) -> Result<Outcome> {
    let mut warnings = Warnings::default();
    let mut lacking = UidSet::new();
    let first = reader.fetch(wanted, items.to_vec(), &output::note, |row| {
        let Some(uid) = row.uid() else { return Ok(false) };
        if lacks(row.data(), items) {
            // Also a change of flags that another client makes.
            lacking.insert(uid);
            return Ok(false);
        }
        warnings.look(row.data(), row.diagnostics());
        take(row.data())?;
        Ok(true)
    })?;
    let mut missing = first.missing(wanted);
    let again = missing.intersection(&lacking);
    let mut is_partial = !first.unsendable.is_empty();
    if again.is_empty() {
        return Ok(Outcome { missing, is_partial });
    }
    let mut held: BTreeMap<Uid, Fetch> = BTreeMap::new();
    let (mut size, mut incomplete) = (0, UidSet::new());
    let second = reader.fetch(&again, items.to_vec(), &output::note, |row| {
        let Some(uid) = row.uid() else { return Ok(false) };
        warnings.look(row.data(), row.diagnostics());
        let mut all = held.remove(&uid).unwrap_or_default();
        fill(&mut all, row.data());
        if !lacks(&all, items) {
            take(&all)?;
            return Ok(true);
        }
        incomplete.insert(uid);
        size += size_of_row(row.data()) + size_of::<Fetch>();
        if size <= MAX_HELD {
            held.insert(uid, all);
        }
        Ok(false)
    })?;
    is_partial |= !second.unsendable.is_empty();
    let left = second.missing(&again);
    incomplete = incomplete.intersection(&left);
    missing = without(&missing, &again);
    without(&left, &incomplete).ranges().for_each(|(low, high)| missing.insert_range(low, high));
    if !incomplete.is_empty() {
        let messages = output::some_messages_with(&incomplete);
        output::note(&format!("the server did not send all that was asked for of the {messages}"));
        is_partial = true;
    }
    held.iter().filter(|(uid, _)| incomplete.contains(**uid)).try_for_each(|(_, row)| take(row))?;
    Ok(Outcome { missing, is_partial })
}

/// Whether the row is without one of these items. One that cannot be read is there: it is reported by itself.
fn lacks(row: &Fetch, items: &[FetchItem]) -> bool {
    items.iter().any(|item| {
        let (is_there, name) = match item {
            FetchItem::Flags => (row.flags.is_some(), "FLAGS"),
            FetchItem::InternalDate => (row.internal_date.is_some(), "INTERNALDATE"),
            FetchItem::Size => (row.size.is_some(), "RFC822.SIZE"),
            FetchItem::Envelope => (row.envelope.is_some(), "ENVELOPE"),
            _ => return false,
        };
        !is_there && !row.other.iter().any(|(other, _)| other.eq_ignore_ascii_case(name))
    })
}

/// Adds what a row has and an earlier row of the same message has not.
fn fill(all: &mut Fetch, row: &Fetch) {
    if all.uid.is_none() {
        *all = row.clone();
        return;
    }
    all.flags = row.flags.clone().or_else(|| all.flags.take());
    all.internal_date = all.internal_date.or(row.internal_date);
    all.size = all.size.or(row.size);
    if all.envelope.is_none() {
        all.envelope.clone_from(&row.envelope);
    }
    all.other.extend(row.other.iter().cloned());
}

/// About how many bytes a message's envelope and flags take.
pub(crate) fn size_of_row(row: &Fetch) -> usize {
    let envelope = row.envelope.as_deref().map_or(0, |envelope| {
        let texts = [envelope.date(), envelope.subject(), envelope.in_reply_to(), envelope.message_id()];
        let fields =
            [envelope.from(), envelope.sender(), envelope.reply_to(), envelope.to(), envelope.cc(), envelope.bcc()];
        let addresses = fields.into_iter().flat_map(|field| {
            field.emails().map(|email| 64 + email.address().len() + email.name.as_ref().map_or(0, ImapString::len))
        });
        texts.iter().flatten().map(ImapString::len).sum::<usize>() + addresses.sum::<usize>()
    });
    envelope + row.flags.as_ref().map_or(0, |flags| flags.to_string().len())
}
