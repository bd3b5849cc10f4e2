//! What the server says unasked.

use std::collections::VecDeque;

use crate::response::{Note, Untagged};
use crate::types::MailboxName;

/// A response that belongs to no command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// The mailbox that was open when it came.
    pub mailbox: Option<MailboxName>,
    /// What the server said.
    pub response: Untagged,
    /// What was repaired or not understood.
    pub notes: Vec<Note>,
}

/// Events in order. When it is full, the oldest gives way and is counted.
#[derive(Debug)]
pub(super) struct EventQueue {
    events: VecDeque<Event>,
    limit: usize,
    lost: u64,
}

impl EventQueue {
    pub(super) fn new(limit: usize) -> Self {
        Self { events: VecDeque::new(), limit, lost: 0 }
    }

    pub(super) fn push(&mut self, event: Event) {
        if self.events.len() >= self.limit {
            self.events.pop_front();
            self.lost += 1;
        }
        if self.limit > 0 {
            self.events.push_back(event);
        }
    }

    pub(super) fn pop(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    pub(super) fn take_lost(&mut self) -> u64 {
        std::mem::take(&mut self.lost)
    }
}
