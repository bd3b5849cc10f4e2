//! What a server sent and nobody can read: it is reported and left out, and the rest is read.

use imaplib::blocking::Session;
use imaplib::types::{Diagnostic, Fetch, Untagged};

use crate::observer::{Event, Observer};

/// This many are reported one by one.
const MAX_REPORTED: u64 = 20;

/// Reports the mailboxes that the server listed and nobody can read; returns how many they are.
pub(crate) fn listings(session: &mut Session, observer: &dyn Observer) -> u64 {
    let mut count = 0;
    while let Some(event) = session.next_event() {
        let Untagged::Unknown { number: None, keyword, raw } = &event.response else { continue };
        if !["LIST", "LSUB", "XLIST"].iter().any(|name| keyword.eq_ignore_ascii_case(name)) {
            continue;
        }
        count += 1;
        if count <= MAX_REPORTED {
            observer.event(&Event::UnreadableListing { line: raw });
        }
    }
    count
}

/// Reports what of messages cannot be read; when it is dropped, how many more there were.
pub(crate) struct Warnings<'a> {
    observer: &'a dyn Observer,
    count: u64,
}

impl<'a> Warnings<'a> {
    pub(crate) fn new(observer: &'a dyn Observer) -> Self {
        Self { observer, count: 0 }
    }

    /// Reports each item of the row that cannot be read. What was repaired needs no warning.
    pub(crate) fn look(&mut self, row: &Fetch, diagnostics: &[Diagnostic]) {
        for diagnostic in diagnostics {
            if row.other.iter().any(|(name, _)| name.eq_ignore_ascii_case(&diagnostic.item)) {
                self.warn(row, diagnostic);
            }
        }
    }

    fn warn(&mut self, row: &Fetch, diagnostic: &Diagnostic) {
        self.count += 1;
        if self.count <= MAX_REPORTED {
            self.observer.event(&Event::UnreadableItem {
                uid: row.uid,
                number: row.seq.map(|number| number.get()),
                item: diagnostic.item.to_string_lossy().into_owned(),
                reason: diagnostic.reason.to_string(),
                raw: &diagnostic.raw,
            });
        }
    }
}

impl Drop for Warnings<'_> {
    fn drop(&mut self) {
        if let Some(more @ 1..) = self.count.checked_sub(MAX_REPORTED) {
            self.observer.event(&Event::MoreUnreadableItems(more));
        }
    }
}
