//! A large mailbox is compared in parts, so that what is held of it does not grow with it.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use imaplib::blocking::Mailbox;
use imaplib::command::FetchItem;
use imaplib::types::{SeqNum, SeqSet, Uid, UidSet};

use crate::error::{Leaves, Result};
use crate::sync::attempts::Attempts;
use crate::sync::server_state::{ServerState, may_be_a_message};

/// The most messages that are compared at a time. A mailbox with fewer costs no command more.
const MAX_MESSAGES: u64 = 100_000;

/// A part of a mailbox: the messages whose UIDs are in a range.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Window {
    uids: RangeInclusive<u32>,
    /// How many messages there are in it when the mailbox is opened.
    pub(crate) messages: u64,
}

impl Window {
    fn new(uids: RangeInclusive<u32>, messages: u64) -> Self {
        Self { uids, messages }
    }

    pub(crate) fn uids(&self) -> RangeInclusive<u32> {
        self.uids.clone()
    }

    /// Whether it is the whole mailbox.
    pub(crate) fn is_whole(&self) -> bool {
        *self.uids.start() <= 1 && self.is_last()
    }

    /// Whether new messages are in it.
    pub(crate) fn is_last(&self) -> bool {
        *self.uids.end() == u32::MAX
    }

    /// The same part after the mailbox has `now` messages, and no longer `before`.
    pub(crate) fn changed(&self, before: u64, now: u64) -> Self {
        let grown = if self.is_last() { now.saturating_sub(before) } else { 0 };
        let messages = (self.messages + grown).saturating_sub(before.saturating_sub(now));
        Self { uids: self.uids(), messages }
    }

    pub(crate) fn contains(&self, uid: Uid) -> bool {
        self.uids.contains(&uid.get())
    }

    /// The UIDs in it. A set that reaches to the end of the mailbox is written with a `*`.
    pub(crate) fn set(&self) -> UidSet {
        let low = Uid::new(*self.uids.start()).unwrap_or(Uid::MIN);
        match Uid::new(*self.uids.end()) {
            Some(high) if !self.is_last() => UidSet::range(low, high),
            _ => UidSet::starting_at(low),
        }
    }

    /// The UIDs in it, as a set that can be divided.
    pub(crate) fn closed_set(&self) -> UidSet {
        let uid = |number: u32| Uid::new(number).unwrap_or(Uid::MIN);
        UidSet::range(uid(*self.uids.start()), uid(*self.uids.end()))
    }
}

/// Divides the mailbox: one FETCH by sequence numbers returns the UIDs at the bounds.
///
/// Where the server does not return them, parts are larger, up to the whole mailbox.
pub(crate) fn windows(mailbox: &mut Mailbox<'_>, server: ServerState, attempts: &mut Attempts) -> Result<Vec<Window>> {
    if server.messages <= MAX_MESSAGES || attempts.has_no_bounds {
        return Ok(vec![Window::new(1..=u32::MAX, server.messages)]);
    }
    match bounds(mailbox, server.messages) {
        Ok(bounds) => Ok(divide(&bounds, server.messages)),
        Err(failure) if may_be_a_message(&failure) => {
            attempts.has_no_bounds = true;
            match failure.leaves() {
                Leaves::Archive => Err(failure),
                _ => windows(mailbox, server, attempts),
            }
        }
        Err(failure) => Err(failure),
    }
}

/// The UIDs of the last messages of all parts but the last, by their sequence numbers.
fn bounds(mailbox: &mut Mailbox<'_>, messages: u64) -> Result<BTreeMap<u64, u32>> {
    let numbers = (1..).map(|part| part * MAX_MESSAGES).take_while(|number| *number < messages);
    let mut asked = SeqSet::new();
    numbers.filter_map(|number| SeqNum::new(u32::try_from(number).ok()?)).for_each(|number| asked.insert(number));
    let mut bounds = BTreeMap::new();
    let mut rows = mailbox.fetch(&asked, [FetchItem::Uid])?;
    while let Some(row) = rows.next()? {
        if let (Some(seq), Some(uid)) = (row.data().seq.filter(|seq| asked.contains(*seq)), row.uid()) {
            bounds.insert(seq.get().into(), uid.get());
        }
    }
    Ok(bounds)
}

fn divide(bounds: &BTreeMap<u64, u32>, messages: u64) -> Vec<Window> {
    let (mut windows, mut seq_before, mut uid_before) = (Vec::new(), 0, 0);
    for (seq, uid) in bounds {
        // UIDs rise with the sequence numbers, and no message has one below its number.
        if *uid > uid_before && u64::from(*uid) >= *seq && *uid < u32::MAX {
            windows.push(Window::new(uid_before + 1..=*uid, seq - seq_before));
            (seq_before, uid_before) = (*seq, *uid);
        }
    }
    windows.push(Window::new(uid_before + 1..=u32::MAX, messages.saturating_sub(seq_before)));
    windows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_hold_every_uid_once_whatever_the_bounds_are() {
        for (bounds, expected) in [
            (&[][..], &[(1..=u32::MAX, 250_000)][..]),
            (
                &[(100_000, 100_000), (200_000, 400_000)],
                &[(1..=100_000, 100_000), (100_001..=400_000, 100_000), (400_001..=u32::MAX, 50_000)],
            ),
            // A bound that cannot be true, or is missing, joins two parts.
            (&[(100_000, 99_999), (200_000, 400_000)], &[(1..=400_000, 200_000), (400_001..=u32::MAX, 50_000)]),
            (&[(100_000, 300_000), (200_000, 300_000)], &[(1..=300_000, 100_000), (300_001..=u32::MAX, 150_000)]),
            (&[(100_000, u32::MAX)], &[(1..=u32::MAX, 250_000)]),
        ] {
            let windows = divide(&bounds.iter().copied().collect(), 250_000);
            let found: Vec<_> = windows.iter().map(|window| (window.uids(), window.messages)).collect();
            assert_eq!(found, expected);
        }
    }
}
