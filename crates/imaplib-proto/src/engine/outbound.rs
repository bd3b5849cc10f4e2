//! The way out: the commands that wait, what is left of the one that is being sent, and the bytes that are ready.

use std::collections::VecDeque;
use std::ops::Range;

use zeroize::{Zeroize, Zeroizing};

use crate::command::{Conduct, ErasedCommand, RowFilter};
use crate::wire::{Fragment, wipe};

/// A command that waits for its turn.
pub(super) struct Waiting {
    pub(super) id: u64,
    pub(super) conduct: Conduct,
    pub(super) filter: Option<RowFilter>,
    pub(super) command: Box<dyn ErasedCommand>,
    pub(super) fragments: Vec<Fragment>,
}

/// Bytes that need no waiting, and which of them are secrets.
pub(super) struct Ready {
    pub(super) bytes: Zeroizing<Vec<u8>>,
    pub(super) secrets: Vec<Range<usize>>,
}

/// What waits to be sent.
#[derive(Default)]
pub(super) struct Outbound {
    /// Encoded commands that wait for their turn.
    pub(super) waiting: VecDeque<Waiting>,
    /// What is left of the command that is being sent.
    sending: VecDeque<Fragment>,
    /// The number of that command.
    sending_id: u64,
    /// Bytes that are ready to go out, and how many of them went.
    buffer: Zeroizing<Vec<u8>>,
    written: usize,
    /// Whether a secret is among them.
    holds_secret: bool,
    /// How many bytes were ever queued to be sent.
    queued: u64,
}

impl Outbound {
    /// The bytes that are ready.
    pub(super) fn ready(&self) -> &[u8] {
        self.buffer.get(self.written..).unwrap_or_default()
    }

    /// Whether all that is ready went out.
    #[inline]
    pub(super) fn is_drained(&self) -> bool {
        self.written == self.buffer.len()
    }

    /// Notes that the transport took `count` of the ready bytes.
    pub(super) fn sent(&mut self, count: usize) {
        self.written = self.written.saturating_add(count).min(self.buffer.len());
        if self.is_drained() {
            if std::mem::take(&mut self.holds_secret) {
                self.buffer.zeroize();
            }
            self.buffer.clear();
            self.written = 0;
        }
    }

    /// Queues bytes.
    pub(super) fn put(&mut self, bytes: Zeroizing<Vec<u8>>, has_secret: bool) {
        self.queued = self.queued.saturating_add(bytes.len() as u64);
        if self.buffer.is_empty() {
            self.buffer = bytes;
        } else if !has_secret && !self.holds_secret {
            self.buffer.extend_from_slice(&bytes);
        } else {
            wipe::append(&mut self.buffer, &bytes);
        }
        self.holds_secret |= has_secret;
    }

    /// Begins to send a command, of which nothing may be left of the one before.
    pub(super) fn begin(&mut self, id: u64, fragments: Vec<Fragment>) {
        self.sending_id = id;
        self.sending.extend(fragments);
    }

    /// Whether nothing is left of the command that is being sent.
    pub(super) fn is_whole(&self) -> bool {
        self.sending.is_empty()
    }

    /// The next bytes of the command that is being sent, taken out; none if something must be waited for.
    pub(super) fn next_bytes(&mut self) -> Option<Ready> {
        match self.sending.pop_front()? {
            Fragment::Bytes(bytes, secrets) => Some(Ready { bytes, secrets }),
            other => {
                self.sending.push_front(other);
                None
            }
        }
    }

    /// The server wants the rest of the command: returns whether the command waited for that.
    pub(super) fn may_go_ahead(&mut self) -> bool {
        let waits = self.sending.front() == Some(&Fragment::GoAhead);
        if waits {
            self.sending.pop_front();
        }
        waits
    }

    /// Drops what waits for the server's go-ahead: what the server was told to expect must still be sent.
    pub(super) fn cut_at_go_ahead(&mut self) {
        if let Some(at) = self.sending.iter().position(|fragment| *fragment == Fragment::GoAhead) {
            self.sending.truncate(at);
        }
    }

    /// The command whose message comes next from the caller, and how many bytes of it are left.
    pub(super) fn stream(&self) -> Option<(u64, u64)> {
        match self.sending.front() {
            Some(Fragment::Stream(left)) => Some((self.sending_id, *left)),
            _ => None,
        }
    }

    /// Notes that the caller wrote `count` bytes of its message; returns whether that was all.
    pub(super) fn streamed(&mut self, count: u64) -> bool {
        let Some(Fragment::Stream(left)) = self.sending.front_mut() else { return false };
        *left = left.saturating_sub(count);
        let ended = *left == 0;
        if ended {
            self.sending.pop_front();
        }
        ended
    }

    /// Whether the caller still owes bytes of the command.
    pub(super) fn owes(&self, id: u64) -> bool {
        self.sending_id == id && self.sending.iter().any(|fragment| matches!(fragment, Fragment::Stream(_)))
    }

    /// Whether the command waits for its turn.
    pub(super) fn is_waiting(&self, id: u64) -> bool {
        self.waiting.iter().any(|waiting| waiting.id == id)
    }

    /// How many bytes were ever queued.
    pub(super) fn queued(&self) -> u64 {
        self.queued
    }

    /// How many bytes the transport ever took.
    pub(super) fn written(&self) -> u64 {
        self.queued.saturating_sub(self.ready().len() as u64)
    }
}
