//! Where the strings of a response lie, without making them.

use crate::types::StrRef;

/// Finds where texts of a response lie in the block that it was received in.
#[derive(Clone, Copy)]
pub(super) struct StrRefs {
    /// Where the response ends in the block.
    pub(super) end: u32,
}

impl StrRefs {
    /// Where the text lies with which `bytes`, which reach to the end of the response, begin: NIL or a quoted string,
    /// and `behind` behind it; and what follows that.
    #[inline(always)] // It keeps everything in registers: a call would take as long as the string.
    pub(super) fn usual(self, bytes: &[u8], behind: u8) -> Option<(StrRef, &[u8])> {
        match bytes {
            [b'"', string @ ..] => {
                let length = plain_length(string);
                match string.get(length..)? {
                    [b'"', next, rest @ ..] if *next == behind => {
                        Some((StrRef::before(self.end, string.len(), length, false), rest))
                    }
                    [b'\\', ..] => self.escaped(string, length, behind),
                    _ => None,
                }
            }
            [b'N', b'I', b'L', next, rest @ ..] if *next == behind => Some((StrRef::NIL, rest)),
            _ => None,
        }
    }

    /// The same for a string in which the first backslash stands behind `plain` bytes.
    #[inline(never)]
    fn escaped(self, string: &[u8], plain: usize, behind: u8) -> Option<(StrRef, &[u8])> {
        let mut length = plain;
        loop {
            match string.get(length..)? {
                [b'\\', b'"' | b'\\', tail @ ..] => length += 2 + plain_length(tail),
                [b'"', next, rest @ ..] if *next == behind => {
                    return Some((StrRef::before(self.end, string.len(), length, true), rest));
                }
                _ => return None,
            }
        }
    }
}

/// How many bytes come before the first quote, backslash or line feed; most strings are too short for a vector search.
#[inline(always)]
pub(super) fn plain_length(bytes: &[u8]) -> usize {
    const ONES: u64 = u64::MAX / 255;
    // The lowest bit set among the highest ones of the bytes marks the first byte that equals the one looked for.
    let equal = |eight: u64, byte: u8| {
        let difference = eight ^ (ONES * u64::from(byte));
        difference.wrapping_sub(ONES) & !difference
    };
    let mut before = 0;
    let mut rest = bytes;
    while let Some((eight, tail)) = rest.split_first_chunk::<8>() {
        let eight = u64::from_le_bytes(*eight);
        let found = (equal(eight, b'"') | equal(eight, b'\\') | equal(eight, b'\n')) & (ONES << 7);
        if found != 0 {
            return before + found.trailing_zeros() as usize / 8;
        }
        before += 8;
        rest = tail;
    }
    let found = rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | b'\n'));
    before + found.unwrap_or(rest.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_string_is_plain_up_to_the_first_byte_that_needs_care() {
        // Bytes that differ by one bit from those that are looked for, and bytes with the highest bit set.
        let plain: Vec<u8> =
            b"A #!*2]\x5d^TL\x0b\x08\x0e\x1a\xa2\xdc\x8a\xff\x7f\0".iter().copied().cycle().take(40).collect();
        assert_eq!(plain_length(&plain), plain.len());
        for at in 0..plain.len() {
            for found in *b"\"\\\n" {
                let mut bytes = plain.clone();
                bytes[at] = found;
                assert_eq!(plain_length(&bytes), at, "{found}");
                assert_eq!(plain_length(&bytes[..at]), at);
            }
        }
    }
}
