//! One response in a block of received bytes, and the strings that are made of it.

use std::cell::OnceCell;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;

use crate::types::{ImapString, SHORT};

/// One response in a block of received bytes.
#[derive(Clone, Copy)]
pub(crate) struct ResponseSlice<'a> {
    block: &'a Bytes,
    shared: Shared<'a>,
    start: usize,
    end: usize,
}

/// What texts share, once one does.
#[derive(Clone, Copy)]
pub(crate) enum Shared<'a> {
    /// The block, which lies in a connection.
    Block(&'a OnceLock<Arc<Bytes>>),
    /// The block, for this response alone: no lock is needed.
    Once(&'a OnceCell<Arc<Bytes>>),
    /// A copy of the response alone, so that they do not hold the block.
    Apart(&'a OnceCell<Arc<Bytes>>),
}

impl<'a> From<&'a OnceLock<Arc<Bytes>>> for Shared<'a> {
    fn from(shared: &'a OnceLock<Arc<Bytes>>) -> Self {
        Self::Block(shared)
    }
}

impl<'a> From<&'a OnceCell<Arc<Bytes>>> for Shared<'a> {
    fn from(shared: &'a OnceCell<Arc<Bytes>>) -> Self {
        Self::Once(shared)
    }
}

impl<'a> ResponseSlice<'a> {
    /// The bytes of the block from `start` to `end`.
    #[inline]
    pub(crate) fn new(block: &'a Bytes, shared: impl Into<Shared<'a>>, start: usize, end: usize) -> Self {
        Self { block, shared: shared.into(), start, end }
    }

    /// The same response, whose texts share a copy of it alone: for what is kept longer than the block should be.
    pub(crate) fn apart(self, shared: &'a OnceCell<Arc<Bytes>>) -> Self {
        Self { shared: Shared::Apart(shared), ..self }
    }

    /// How many bytes lie before the response in what its texts share.
    #[inline]
    pub(crate) fn base(&self) -> usize {
        if self.is_apart() { 0 } else { self.start }
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
        if self.is_apart() {
            return self.shared().slice(start..end);
        }
        self.block.slice(self.start + start..self.start + end)
    }

    /// What its texts share.
    pub(crate) fn shared(&self) -> &'a Arc<Bytes> {
        match self.shared {
            Shared::Block(shared) => shared.get_or_init(|| Arc::new(self.block.clone())),
            Shared::Once(shared) => shared.get_or_init(|| Arc::new(self.block.clone())),
            Shared::Apart(shared) => shared.get_or_init(|| Arc::new(Bytes::copy_from_slice(self.bytes()))),
        }
    }

    fn is_apart(&self) -> bool {
        matches!(self.shared, Shared::Apart(_))
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
