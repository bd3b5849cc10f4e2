//! One response in a block of received bytes, and the strings that are made of it.

use std::cell::OnceCell;
use std::sync::Arc;

use bytes::Bytes;

use crate::types::{ImapString, SHORT};

/// One response in a block of received bytes.
#[derive(Clone, Copy)]
pub(crate) struct ResponseSlice<'a> {
    block: &'a Bytes,
    /// The block as texts share it, once one does.
    shared: &'a OnceCell<Arc<Bytes>>,
    start: usize,
    end: usize,
    /// Whether texts share a copy of the response alone, so that they do not hold the block.
    apart: bool,
}

impl<'a> ResponseSlice<'a> {
    /// The bytes of the block from `start` to `end`.
    pub(crate) fn new(block: &'a Bytes, shared: &'a OnceCell<Arc<Bytes>>, start: usize, end: usize) -> Self {
        Self { block, shared, start, end, apart: false }
    }

    /// The same response, whose texts share a copy of it alone: for what is kept longer than the block should be.
    pub(crate) fn apart(self, shared: &'a OnceCell<Arc<Bytes>>) -> Self {
        Self { shared, apart: true, ..self }
    }

    /// How many bytes lie before the response in what its texts share.
    #[inline]
    pub(crate) fn base(&self) -> usize {
        if self.apart { 0 } else { self.start }
    }

    /// The bytes of the response.
    #[inline]
    pub(crate) fn bytes(&self) -> &'a [u8] {
        self.block.get(self.start..self.end).unwrap_or_default()
    }

    /// How many bytes the response has.
    pub(crate) fn len(&self) -> usize {
        self.end - self.start
    }

    /// The bytes between two places, shared with the block.
    pub(crate) fn slice(&self, start: usize, end: usize) -> Bytes {
        if self.apart {
            return self.shared().slice(start..end);
        }
        self.block.slice(self.start + start..self.start + end)
    }

    /// What its texts share.
    pub(crate) fn shared(&self) -> &'a Arc<Bytes> {
        self.shared.get_or_init(|| {
            Arc::new(if self.apart { Bytes::copy_from_slice(self.bytes()) } else { self.block.clone() })
        })
    }

    /// The bytes between two places as text: a copy if they are few.
    #[inline]
    pub(crate) fn text(&self, start: usize, end: usize) -> ImapString {
        let length = end.saturating_sub(start);
        let bytes = self.bytes();
        if length > SHORT {
            let shared = || ImapString::shared(self.shared(), self.base() + start, self.base() + end);
            return if end <= bytes.len() { shared() } else { ImapString::default() };
        }
        match bytes.get(start..).and_then(<[u8]>::first_chunk) {
            Some(window) => ImapString::short(window, length),
            None => ImapString::copied(bytes.get(start..end).unwrap_or_default()).unwrap_or_default(),
        }
    }
}
