//! What is wrong with a response, as it is found while the response is read.

use super::cursor::Cursor;
use super::keyword::packed;
use crate::types::Diagnostic;

/// How many diagnostics on one response are kept one by one.
const MAX_DIAGNOSTICS: usize = 1000;

impl Cursor<'_> {
    /// Sets the item that the following diagnostics are about.
    #[inline]
    pub(super) fn begin_item(&mut self, start: usize, end: usize) {
        self.item = (start, end);
        self.diagnostics_before = self.diagnostics.len();
    }

    /// Where the name of that item lies.
    pub(super) fn item(&self) -> (usize, usize) {
        self.item
    }

    /// Drops the diagnostics on the item: it is kept raw, so nothing in it was repaired.
    pub(super) fn drop_notes(&mut self) {
        self.diagnostics.truncate(self.diagnostics_before);
    }

    /// Adds a diagnostic for what lies between `start` and the current place.
    #[cold]
    pub(super) fn note(&mut self, start: usize, reason: &'static str) {
        self.note_at(start, reason, start, self.position());
    }

    /// The same for what is left out of the value.
    #[cold]
    pub(super) fn note_loss(&mut self, start: usize, reason: &'static str) {
        self.note(start, reason);
        if let Some(last) = self.diagnostics.last_mut() {
            last.is_loss = true;
        }
    }

    /// Adds a diagnostic for the bytes from `start` to `end`; what is wrong is at `position`.
    #[cold]
    pub(super) fn note_at(&mut self, position: usize, reason: &'static str, start: usize, end: usize) {
        let item = self.text(self.item.0, self.item.1);
        self.weight += size_of::<Diagnostic>();
        if self.diagnostics.len() < MAX_DIAGNOSTICS {
            self.diagnostics.push(Diagnostic::new(position, reason, item, self.slice(start, end)));
        } else if self.diagnostics.len() == MAX_DIAGNOSTICS {
            // A note takes more memory than what it is about; one for all the rest loses nothing.
            let reason = "too many diagnostics on one response: this one is for all that follows";
            self.diagnostics.push(Diagnostic::new(position, reason, item, self.slice(start, self.data.len())));
        }
    }
}

/// The names so far of which the reader knows what they mean: no list has many of them.
#[derive(Default)]
pub(super) struct Seen(Vec<u128>);

impl Seen {
    /// Adds the name of what was just read, with a note if it was there before: the last value counts.
    pub(super) fn add(&mut self, cursor: &mut Cursor<'_>, name: &[u8]) {
        let name = packed(name);
        if self.0.contains(&name) {
            let (start, _) = cursor.item();
            cursor.note(start, REPEATED);
        } else {
            self.0.push(name);
        }
    }
}

pub(super) const REPEATED: &str = "what can be there once is there again: this one counts";
