//! A text as a place in the block that it was received in: it is made when somebody asks for it, and allocates nothing unless it is
//! escaped.

use std::sync::Arc;

use bytes::Bytes;

use crate::types::ImapString;

/// Where a text lies in the block, or that there is none.
#[derive(Clone, Copy)]
pub(crate) struct StrRef {
    pub(super) start: u32,
    /// How many bytes it has there, and the bits below.
    length: u32,
}

/// Backslashes stand in the text that are no part of it.
const ESCAPED: u32 = 1 << 31;

impl Default for StrRef {
    fn default() -> Self {
        Self::NIL
    }
}

impl StrRef {
    pub(crate) const NIL: Self = Self::nil(0);

    /// No text, for one of several reasons.
    pub(super) const fn nil(reason: u32) -> Self {
        Self { start: reason, length: u32::MAX }
    }

    /// Between these places, if both are low enough to be kept.
    #[inline]
    pub(crate) fn new(start: usize, end: usize) -> Option<Self> {
        let (start, end) = (u32::try_from(start).ok()?, u32::try_from(end).ok()?);
        Some(Self { start, length: end.checked_sub(start).filter(|length| *length < ESCAPED)? })
    }

    /// The first `length` bytes of the `left` ones that come before `end`, which must be below 2 GiB.
    #[inline]
    #[allow(clippy::cast_possible_truncation)] // Neither is greater than `end`.
    pub(crate) fn before(end: u32, left: usize, length: usize, escaped: bool) -> Self {
        let escaped = if escaped { ESCAPED } else { 0 };
        Self { start: end.wrapping_sub(left as u32), length: length as u32 | escaped }
    }

    #[inline]
    pub(crate) fn is_nil(self) -> bool {
        self.length == u32::MAX
    }

    pub(crate) fn text(self, block: Option<&Arc<Bytes>>) -> Option<ImapString> {
        let block = block.filter(|_| !self.is_nil())?;
        let start = self.start as usize;
        let end = start + (self.length & !ESCAPED) as usize;
        if self.length & ESCAPED != 0 {
            return Some(Bytes::from(unescape(block.get(start..end)?)).into());
        }
        Some(ImapString::within(block, start, end))
    }
}

/// Removes the backslashes before quotes and backslashes; any other one is meant as it stands.
pub(crate) fn unescape(bytes: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(bytes.len());
    let mut rest = bytes.iter();
    while let Some(&byte) = rest.next() {
        match (byte, rest.as_slice().first()) {
            (b'\\', Some(&escaped @ (b'"' | b'\\'))) => {
                plain.push(escaped);
                rest.next();
            }
            _ => plain.push(byte),
        }
    }
    plain
}
