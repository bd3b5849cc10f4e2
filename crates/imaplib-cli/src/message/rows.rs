//! Rows with all that was asked for, and their texts. A row that lacks an item is asked for once more, and is reported
//! if it lacks it again; what nobody can read is left out with a warning.

use std::collections::BTreeMap;
use std::io::Write;

use imaplib::blocking::{Body, Row, Session};
use imaplib::command::FetchItem;
use imaplib::types::{Diagnostic, Fetch, ImapString, Section, SectionName, Uid, UidSet};
use imaplib_archive::isolation::without;

use crate::error::Result;
use crate::error::library::failure;
use crate::mailbox::reader::Reader;
use crate::output;

/// Whether the row, when all of it is known, is of this message and its texts are too: a row that names two messages, or has
/// two texts of one name or one of a wrong length, has none.
pub(crate) fn is_of_message(row: &Row<'_>, uid: Uid) -> bool {
    row.uid() == Some(uid) && !row.data().has_doubtful_text()
}

/// True for the whole of this section.
pub(crate) fn is_whole(body: &Body<'_>, section: &Section) -> bool {
    is_of(body.name(), section) && body.origin().is_none() && body.length().is_some()
}

/// True where there is no such section (NIL), or no text in it.
pub(crate) fn is_nothing(body: &Body<'_>, section: &Section) -> bool {
    is_of(body.name(), section) && body.origin().is_none() && body.length().is_none()
}

/// True for this section from its first byte on.
pub(crate) fn is_beginning_of(body: &Body<'_>, section: &Section) -> bool {
    is_of(body.name(), section) && body.origin().is_none_or(|origin| origin == 0) && body.length().is_some()
}

/// True for this section from its byte number `start` on.
pub(crate) fn is_from(body: &Body<'_>, section: &Section, start: u64) -> bool {
    is_of(body.name(), section) && body.origin().unwrap_or_default() == start && body.length().is_some()
}

fn is_of(name: &SectionName, section: &Section) -> bool {
    match name {
        SectionName::Body(named) => named.matches(section),
        SectionName::Rfc822 => *section == Section::message(),
        SectionName::Rfc822Header => *section == Section::header(),
        _ => false,
    }
}

/// The beginning of a text, in memory.
pub(crate) fn beginning(body: &mut Body<'_>, most: usize) -> Result<Vec<u8>> {
    let mut raw = Vec::new();
    while let Some(chunk) = body.chunk().map_err(|error| failure(&error))? {
        let room = most.saturating_sub(raw.len());
        raw.extend_from_slice(chunk.get(..room.min(chunk.len())).unwrap_or_default());
    }
    Ok(raw)
}

/// Copies in constant memory; returns how many bytes.
pub(crate) fn copy(body: &mut Body<'_>, to: &mut (impl Write + ?Sized)) -> Result<u64> {
    let mut size = 0;
    while let Some(chunk) = body.chunk().map_err(|error| failure(&error))? {
        to.write_all(&chunk)?;
        size += chunk.len() as u64;
    }
    Ok(size)
}

/// This many bytes of incomplete rows are held at once, about: of more there is no line.
const MAX_HELD: usize = 4 << 20;

/// What came of a fetch.
#[derive(Default)]
pub(crate) struct Outcome {
    /// Those that did not come, although the server did not refuse them.
    pub(crate) missing: UidSet,
    /// Whether some cannot be sent, or not with all that was asked for, or cannot be read; these were reported.
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
        return Ok(Outcome { missing, is_partial: is_partial || warnings.has_any() });
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
    Ok(Outcome { missing, is_partial: is_partial || warnings.has_any() })
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

/// This many warnings are reported one by one.
const MOST: u64 = 20;

/// This many bytes of what cannot be read are shown.
const SHOWN: usize = 60;

/// Reports mailboxes that the server listed and nobody can read; returns how many they are.
pub(crate) fn listings(session: &mut Session) -> u64 {
    let mut count = 0;
    while let Some(event) = session.next_event() {
        let Some(raw) = event.response.unreadable_listing() else { continue };
        count += 1;
        if count <= MOST {
            let line = raw.trim_ascii_end();
            let shown = line.get(..SHOWN.min(line.len())).unwrap_or_default().escape_ascii();
            output::note(&format!("warning: a mailbox is listed in a way that cannot be read: {shown}"));
        }
    }
    count
}

/// Reports what of messages cannot be read.
pub(crate) struct Warnings<'a> {
    tell: &'a dyn Fn(&str),
    count: u64,
}

impl Default for Warnings<'_> {
    fn default() -> Self {
        Self::new(&output::note)
    }
}

impl<'a> Warnings<'a> {
    pub(crate) fn new(tell: &'a dyn Fn(&str)) -> Self {
        Self { tell, count: 0 }
    }

    /// Reports each item of the row that cannot be read, and what is left out of others. There is no warning about what was
    /// repaired.
    pub(crate) fn look(&mut self, row: &Fetch, diagnostics: &[Diagnostic]) {
        diagnostics.iter().filter(|note| note.is_unreadable_in(row)).for_each(|note| self.warn(row, note));
    }

    /// Whether there was anything that cannot be read.
    pub(crate) fn has_any(&self) -> bool {
        self.count > 0
    }

    fn warn(&mut self, row: &Fetch, note: &Diagnostic) {
        self.count += 1;
        if self.count > MOST {
            return;
        }
        let message = match (row.uid.map(Uid::get), row.seq) {
            (Some(uid), _) => format!("message with UID {uid}"),
            (None, Some(seq)) => format!("message number {seq}"),
            (None, None) => "message".to_owned(),
        };
        let raw = note.raw.get(..SHOWN.min(note.raw.len())).unwrap_or_default().escape_ascii();
        let more = if note.raw.len() > SHOWN { "…" } else { "" };
        let item = note.item.to_string_lossy();
        let what = match note.is_loss {
            true => format!("a part of {item} is left out"),
            false => format!("{item} cannot be read"),
        };
        (self.tell)(&format!("warning: the {message}: {what} ({}): {raw}{more}", note.reason));
    }
}

impl Drop for Warnings<'_> {
    fn drop(&mut self) {
        if let Some(more @ 1..) = self.count.checked_sub(MOST) {
            let items = output::count(more, "more item");
            (self.tell)(&format!("warning: {items} of messages cannot be read"));
        }
    }
}

/// Reports messages of which all that came is kept, and that are not whole by what the server announces.
pub(crate) fn report_short(uids: &UidSet) {
    let messages = output::messages_with(uids);
    output::note(&format!("shorter than the server announces (RFC822.SIZE), and perhaps not whole: the {messages}"));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_has_two_names() {
        for (name, section) in
            [(SectionName::Rfc822, Section::message()), (SectionName::Rfc822Header, Section::header())]
        {
            for other in [Section::message(), Section::header(), Section::text()] {
                assert_eq!(is_of(&name, &other), other == section, "{name:?} {other:?}");
            }
        }
    }
}
