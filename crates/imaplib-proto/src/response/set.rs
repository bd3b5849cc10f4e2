//! Sets of message numbers as servers send them: closed ranges in the server's order (RFC 9051, `sequence-set`).

use super::cursor::{Cursor, Malformed};
use crate::types::{Uid, UidRanges, UidSet};

/// Reads a set without `*`. The ends of each range are put in ascending order; the ranges are never expanded.
pub(super) fn ranges(cursor: &mut Cursor<'_>) -> Result<Vec<(u32, u32)>, Malformed> {
    let mut ranges = Vec::new();
    loop {
        let low = positive(cursor)?;
        let high = if cursor.eat(b':') { positive(cursor)? } else { low };
        cursor.count_ranges(&ranges)?;
        ranges.push((low.min(high), low.max(high)));
        if !cursor.eat(b',') {
            cursor.weight += size_of_val(ranges.as_slice());
            return Ok(ranges);
        }
    }
}

pub(super) fn uid_ranges(cursor: &mut Cursor<'_>) -> Result<UidRanges, Malformed> {
    let pair = |(low, high)| Some((Uid::new(low)?, Uid::new(high)?));
    Ok(UidRanges::new(ranges(cursor)?.into_iter().filter_map(pair).collect()))
}

/// Reads a set of UIDs of which the order does not matter.
pub(super) fn uid_set(cursor: &mut Cursor<'_>) -> Result<UidSet, Malformed> {
    ranges(cursor).map(UidSet::from_unsorted)
}

fn positive(cursor: &mut Cursor<'_>) -> Result<u32, Malformed> {
    let start = cursor.position();
    match cursor.number32()? {
        0 => Err(Malformed { position: start, reason: "0 in a set of messages" }),
        number => Ok(number),
    }
}
