//! What the server sends unasked.

use std::collections::VecDeque;

use super::Limits;
use crate::types::{Diagnostic, MailboxName, Untagged};

/// A response that belongs to no command.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Event {
    /// The mailbox that was open when it came.
    pub mailbox: Option<MailboxName>,
    /// What the server said.
    pub response: Untagged,
    /// What was repaired or not understood.
    pub diagnostics: Vec<Diagnostic>,
}

/// Events in order. When it is full, the oldest give way and are counted.
#[derive(Debug)]
pub(super) struct EventQueue {
    /// Each with the length of its response in bytes.
    events: VecDeque<(Event, usize)>,
    bytes: usize,
    most: usize,
    most_bytes: usize,
    lost: u64,
}

impl EventQueue {
    pub(super) fn new(limits: &Limits) -> Self {
        Self { events: VecDeque::new(), bytes: 0, most: limits.events, most_bytes: limits.event_bytes, lost: 0 }
    }

    pub(super) fn push(&mut self, event: Event, bytes: usize) {
        self.events.push_back((event, bytes));
        self.bytes = self.bytes.saturating_add(bytes);
        while self.events.len() > self.most || self.bytes > self.most_bytes {
            if self.pop().is_none() {
                break;
            }
            self.lost += 1;
        }
    }

    pub(super) fn pop(&mut self) -> Option<Event> {
        let (event, bytes) = self.events.pop_front()?;
        self.bytes = self.bytes.saturating_sub(bytes);
        Some(event)
    }

    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = &Event> + Clone {
        self.events.iter().map(|(event, _)| event)
    }

    pub(super) fn take_lost(&mut self) -> u64 {
        std::mem::take(&mut self.lost)
    }
}
