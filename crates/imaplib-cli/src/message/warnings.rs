//! Warnings about what a server sent and nobody can read: it is left out, and the rest is read.

use imaplib::blocking::Session;
use imaplib::types::{Diagnostic, Fetch, Uid, Untagged};

use crate::output;

/// This many warnings are reported one by one.
const MOST: u64 = 20;

/// This many bytes of what cannot be read are shown.
const SHOWN: usize = 60;

/// Reports mailboxes that the server listed and nobody can read; returns how many they are.
pub(crate) fn listings(session: &mut Session) -> u64 {
    let mut count = 0;
    while let Some(event) = session.next_event() {
        let Untagged::Unknown { number: None, keyword, raw } = &event.response else { continue };
        if !["LIST", "LSUB", "XLIST"].iter().any(|name| keyword.eq_ignore_ascii_case(name)) {
            continue;
        }
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

    /// Reports each item of the row that cannot be read. There is no warning about what was repaired.
    pub(crate) fn look(&mut self, row: &Fetch, diagnostics: &[Diagnostic]) {
        for note in diagnostics {
            if row.other.iter().any(|(name, _)| name.eq_ignore_ascii_case(&note.item)) {
                self.warn(row, note);
            }
        }
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
        (self.tell)(&format!(
            "warning: the {message}: {} cannot be read ({}): {raw}{more}",
            note.item.to_string_lossy(),
            note.reason
        ));
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
