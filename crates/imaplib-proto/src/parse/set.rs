//! Sets of message numbers as servers send them: closed ranges in the server's order (RFC 9051, `sequence-set`).

use super::cursor::{Cursor, Malformed};
use crate::types::{CopyUid, Uid, UidRanges, UidSet, paired};

/// The diagnostic for a number that no message has.
const LEFT_OUT: &str = "a number that no message has, left out of a set";

/// Reads a set without `*`. The ends of each range are put in ascending order; the ranges are never expanded. What no
/// message can have as its number, such as 0, is left out and noted.
pub(super) fn ranges(cursor: &mut Cursor<'_>) -> Result<Vec<(u32, u32)>, Malformed> {
    let mut ranges = Vec::new();
    loop {
        let start = cursor.position();
        let (low, high) = range(cursor)?;
        cursor.count_ranges(&ranges)?;
        match (u32::try_from(low), u32::try_from(high)) {
            (Ok(low @ 1..), Ok(high)) => ranges.push((low, high)),
            // 0:5 are the messages up to 5.
            (Ok(0), Ok(high @ 1..)) => {
                cursor.note(start, LEFT_OUT);
                ranges.push((1, high));
            }
            _ => cursor.note(start, LEFT_OUT),
        }
        if !cursor.eat(b',') {
            cursor.weight += size_of_val(ranges.as_slice());
            return Ok(ranges);
        }
    }
}

/// Reads one range, whatever its numbers are; the lower one comes first.
fn range(cursor: &mut Cursor<'_>) -> Result<(u64, u64), Malformed> {
    let low = number(cursor)?;
    let high = if cursor.eat(b':') { number(cursor)? } else { low };
    Ok((low.min(high), low.max(high)))
}

/// Reads a number; one of more than 64 bits is as great as one of 64 bits can be.
fn number(cursor: &mut Cursor<'_>) -> Result<u64, Malformed> {
    if let Some(number) = cursor.digits() {
        return Ok(number);
    }
    match cursor.take_while(|byte| byte.is_ascii_digit()).is_empty() {
        true => Err(cursor.malformed("no number of 32 bits")),
        false => Ok(u64::MAX),
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

/// Reads the sets of COPYUID. Where a number is left out of one of them, what it is paired with is left out of the other.
pub(super) fn copies(cursor: &mut Cursor<'_>, uid_validity: u64) -> Result<CopyUid, Malformed> {
    let (begin, diagnostics) = (cursor.position(), cursor.diagnostics.len());
    let source = uid_ranges(cursor)?;
    cursor.spaces();
    let target = uid_ranges(cursor)?;
    if cursor.diagnostics.len() == diagnostics {
        return Ok(CopyUid { uid_validity, source, target });
    }
    let end = cursor.position();
    cursor.move_to(begin);
    let all = |cursor: &mut Cursor<'_>| {
        let mut all = vec![range(cursor)?];
        while cursor.eat(b',') {
            all.push(range(cursor)?);
        }
        cursor.spaces();
        Ok(all)
    };
    let (source, target) = (all(cursor)?, all(cursor)?);
    cursor.move_to(end);
    let (source, target) = paired(source, target).into_iter().unzip();
    Ok(CopyUid { uid_validity, source: UidRanges::new(source), target: UidRanges::new(target) })
}
