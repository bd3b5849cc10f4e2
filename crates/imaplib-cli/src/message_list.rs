//! Lists of messages: one line each, or a JSON object.

use std::collections::HashMap;

use imaplib::blocking::Mailbox;
use imaplib::command::FetchItem;
use imaplib::types::{Addresses, DateTime, Envelope, Fetch, Flag, Flags, Uid, UidSet};
use serde_json::{Value, json};

use crate::exit::Result;
use crate::failure::failure;
use crate::output::table::{Align, Table};
use crate::output::{self, Output};
use crate::unreadable::Warnings;
use crate::{mime, when};

/// What a line shows of a message.
const ITEMS: [FetchItem; 4] = [FetchItem::Flags, FetchItem::InternalDate, FetchItem::Size, FetchItem::Envelope];

/// How many messages are fetched at once where they are printed in another order than they come.
pub(crate) const BATCH: usize = 500;

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
        self.0.row(cells);
        Ok(())
    }

    pub(crate) fn finish(self, out: &mut Output) -> Result<()> {
        if self.0.is_empty() { Ok(()) } else { out.table(&self.0) }
    }
}

/// Prints messages as the server sends them: by UID.
pub(crate) fn print(mailbox: &mut Mailbox<'_>, found: &UidSet, out: &mut Output) -> Result<()> {
    let mut lines = Lines::new();
    let mut rows = mailbox.fetch(found, ITEMS).map_err(|error| failure(&error))?;
    let mut warnings = Warnings::default();
    while let Some(row) = rows.next().map_err(|error| failure(&error))? {
        warnings.look(row.data(), row.notes());
        lines.add(row.data(), out)?;
    }
    lines.finish(out)
}

/// What lines show of these messages; those that are gone are left out.
pub(crate) fn fetch(mailbox: &mut Mailbox<'_>, uids: impl IntoIterator<Item = Uid>) -> Result<HashMap<Uid, Fetch>> {
    let wanted: UidSet = uids.into_iter().collect();
    let mut rows = mailbox.fetch(&wanted, ITEMS).map_err(|error| failure(&error))?;
    let mut warnings = Warnings::default();
    let mut found = HashMap::new();
    while let Some(row) = rows.next().map_err(|error| failure(&error))? {
        warnings.look(row.data(), row.notes());
        let row = row.into_data();
        found.extend(row.uid.map(|uid| (uid, row)));
    }
    Ok(found)
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
        date(row).map(when::local).unwrap_or_default(),
        envelope.map(|envelope| mime::first_name(envelope.from())).unwrap_or_default(),
        envelope.and_then(Envelope::subject).as_ref().map(mime::decode).unwrap_or_default(),
        row.size.map(output::size).unwrap_or_default(),
        row.flags.as_ref().map(short).unwrap_or_default(),
    ]
}

/// Flags without their backslashes, and without `\Recent`.
fn short(flags: &Flags) -> String {
    let shown = flags.iter().filter(|flag| !matches!(flag, Flag::Recent));
    shown.map(|flag| flag.to_string().trim_start_matches('\\').to_owned()).collect::<Vec<_>>().join(" ")
}

/// A message for programs.
pub(crate) fn object(row: &Fetch) -> Value {
    let envelope = row.envelope.as_deref();
    let addresses = |pick: fn(&Envelope) -> Addresses<'_>| {
        envelope.map(|envelope| mime::full_addresses(pick(envelope))).unwrap_or_default()
    };
    json!({
        "uid": row.uid.map(Uid::get),
        "date": date(row).and_then(when::utc),
        "received": row.internal_date.and_then(|date| when::utc(date.unix_timestamp())),
        "from": addresses(Envelope::from),
        "to": addresses(Envelope::to),
        "cc": addresses(Envelope::cc),
        "subject": envelope.and_then(Envelope::subject).as_ref().map(mime::decode),
        "message_id": envelope.and_then(|envelope| envelope.message_id()).map(|id| id.to_string_lossy().into_owned()),
        "size": row.size,
        "flags": row.flags.as_ref().map(|flags| flags.iter().map(|flag| flag.to_string()).collect::<Vec<_>>()),
    })
}
