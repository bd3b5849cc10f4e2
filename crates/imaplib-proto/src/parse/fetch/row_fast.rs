//! The short way of the items that most rows are made of, as nearly every server sends them.

use super::super::flags::usual_flags;
use super::super::number::number;
use crate::types::{Fetch, Flags, SeqNum, Uid};
use crate::wire::ResponseSlice;

/// What was read of a row in the usual form.
pub(in crate::parse) enum UsualRow<'a> {
    /// All of it; this follows its line end.
    Whole(&'a [u8]),
    /// What comes before these items.
    Before(&'a [u8]),
}

/// Reads `* n FETCH (` and the items of most rows, as nearly every server sends them; nothing if the row does not begin
/// so. The frame may go on behind the row.
#[inline]
pub(in crate::parse) fn usual_row<'a>(frame: &ResponseSlice<'a>, row: &mut Fetch) -> Option<UsualRow<'a>> {
    let bytes = frame.bytes();
    let (seq, rest) = number(bytes.strip_prefix(b"* ")?)?;
    let mut item = rest.strip_prefix(b" FETCH (")?;
    row.seq = Some(SeqNum::new(seq)?);
    loop {
        // A value counts only where an item can end behind it.
        let end = if row.uid.is_none()
            && let Some(value) = item.strip_prefix(b"UID ")
        {
            let Some((uid, rest)) = number(value).and_then(|(uid, rest)| Some((Uid::new(uid)?, rest))) else {
                return Some(UsualRow::Before(item));
            };
            let end = item_end(rest);
            if end.is_some() {
                row.uid = Some(uid);
            }
            end
        } else if row.flags.is_none()
            && let Some(value) = item.strip_prefix(b"FLAGS ")
        {
            let Some((bits, keywords, rest)) = usual_flags(value) else { return Some(UsualRow::Before(item)) };
            let end = item_end(rest);
            if end.is_some() {
                let flags = row.flags.insert(Flags::of_bits(bits));
                if keywords {
                    let start = bytes.len() - value.len() + 1;
                    flags.set_keywords(frame.text(start, bytes.len() - rest.len() - 1));
                }
            }
            end
        } else {
            None
        };
        match end {
            Some(ItemEnd::Row(behind)) => return Some(UsualRow::Whole(behind)),
            Some(ItemEnd::Next(next)) => item = next,
            None => return Some(UsualRow::Before(item)),
        }
    }
}

/// What follows an item in most rows.
enum ItemEnd<'a> {
    /// The end of the row, and this behind it.
    Row(&'a [u8]),
    /// Another item.
    Next(&'a [u8]),
}

#[inline]
fn item_end(rest: &[u8]) -> Option<ItemEnd<'_>> {
    match rest.split_first()? {
        (b' ', next) => Some(ItemEnd::Next(next)),
        (b')', [b'\r', b'\n', behind @ ..]) => Some(ItemEnd::Row(behind)),
        _ => None,
    }
}
