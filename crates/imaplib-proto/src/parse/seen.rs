//! What is there twice where it can be there once.

use super::cursor::Cursor;
use super::keyword::packed;

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
