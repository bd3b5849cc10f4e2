//! What an account may hold (RFC 9208).

/// The limits of an account; `None` means that there is none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Limits {
    /// In units of 1024 bytes.
    pub(crate) storage: Option<u64>,
    pub(crate) messages: Option<u64>,
}

/// What an account holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Usage {
    pub(crate) bytes: u64,
    pub(crate) messages: u64,
}

impl Usage {
    /// Of messages of these sizes.
    pub(crate) fn sum(sizes: impl Iterator<Item = u64>) -> Self {
        sizes.fold(Self::default(), |sum, size| Self {
            bytes: sum.bytes.saturating_add(size),
            messages: sum.messages + 1,
        })
    }

    /// In units of 1024 bytes, the last one begun.
    pub(crate) fn storage(self) -> u64 {
        self.bytes.div_ceil(1024)
    }
}

impl Limits {
    /// Whether so much is allowed.
    pub(crate) fn allow(self, usage: Usage) -> bool {
        self.storage.is_none_or(|limit| usage.storage() <= limit)
            && self.messages.is_none_or(|limit| usage.messages <= limit)
    }
}
