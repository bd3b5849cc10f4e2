//! What the server says unasked.

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
    /// Each with the length of its response in octets.
    events: VecDeque<(Event, usize)>,
    octets: usize,
    most: usize,
    most_octets: usize,
    lost: u64,
}

impl EventQueue {
    pub(super) fn new(limits: &Limits) -> Self {
        Self { events: VecDeque::new(), octets: 0, most: limits.events, most_octets: limits.event_bytes, lost: 0 }
    }

    pub(super) fn push(&mut self, event: Event, octets: usize) {
        self.events.push_back((event, octets));
        self.octets = self.octets.saturating_add(octets);
        while self.events.len() > self.most || self.octets > self.most_octets {
            if self.pop().is_none() {
                break;
            }
            self.lost += 1;
        }
    }

    pub(super) fn pop(&mut self) -> Option<Event> {
        let (event, octets) = self.events.pop_front()?;
        self.octets = self.octets.saturating_sub(octets);
        Some(event)
    }

    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = &Event> + Clone {
        self.events.iter().map(|(event, _)| event)
    }

    pub(super) fn take_lost(&mut self) -> u64 {
        std::mem::take(&mut self.lost)
    }
}
