//! Why messages are left out, and what a server sent that nobody can read: each is reported once, and the rest is read.

use imaplib::blocking::Session;
use imaplib::types::{Diagnostic, Fetch, Uid, UidSet};

use crate::error::ArchiveError;
use crate::isolation::without;
use crate::observer::{Event, LeftOut, Observer};

/// This many reasons are kept; a server may word each refusal differently.
const MAX_REASONS: usize = 20;

/// The reasons of the messages that cannot be had.
#[derive(Debug, Default)]
pub(crate) struct Reasons {
    groups: Vec<(Reason, UidSet)>,
    reported: UidSet,
    last: Option<ArchiveError>,
}

/// A reason that messages share.
#[derive(Debug)]
enum Reason {
    Error(ArchiveError, String),
    Untried,
    PutOff,
    Other,
}

impl Reason {
    fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Error(_, one), Self::Error(_, other)) => one == other,
            (Self::Untried, Self::Untried) | (Self::PutOff, Self::PutOff) => true,
            _ => false,
        }
    }

    fn left_out(&self) -> LeftOut<'_> {
        match self {
            Self::Error(error, _) => LeftOut::Error(error),
            Self::Untried => LeftOut::Untried,
            Self::PutOff => LeftOut::PutOff,
            Self::Other => LeftOut::Other,
        }
    }
}

impl Reasons {
    /// Notes the reason of a message.
    pub(crate) fn add(&mut self, uid: Uid, error: &ArchiveError) {
        self.add_all(&UidSet::range(uid, uid), Reason::Error(error.clone(), error.to_string()));
        self.last = Some(error.clone());
    }

    /// Notes messages that were not asked for because too many others failed.
    pub(crate) fn add_untried(&mut self, uids: &UidSet) {
        if !uids.is_empty() {
            self.add_all(uids, Reason::Untried);
        }
    }

    /// Notes messages that failed in earlier runs and are asked for in a later one.
    pub(crate) fn add_put_off(&mut self, uids: &UidSet) {
        if !uids.is_empty() {
            self.add_all(uids, Reason::PutOff);
        }
    }

    /// The last failure at a message.
    pub(crate) fn last(&self) -> Option<&ArchiveError> {
        self.last.as_ref()
    }

    fn add_all(&mut self, uids: &UidSet, reason: Reason) {
        let has_room = self.groups.len() < MAX_REASONS;
        let is_known = |known: &Reason| known.is_same(&reason) || (!has_room && matches!(known, Reason::Other));
        let known = self.groups.iter().position(|(known, _)| is_known(known));
        match known.and_then(|at| self.groups.get_mut(at)) {
            Some((_, set)) => add(set, uids),
            None => self.groups.push((if has_room { reason } else { Reason::Other }, uids.clone())),
        }
    }

    /// Returns those of `uids` that were not reported yet, each with its reason; from now on they are.
    pub(crate) fn report(&mut self, uids: &UidSet) -> Vec<(UidSet, LeftOut<'_>)> {
        let Self { groups, reported, .. } = self;
        let mut lines = Vec::new();
        for (reason, set) in groups {
            let new = without(&set.intersection(uids), reported);
            add(reported, &new);
            if !new.is_empty() {
                lines.push((new, reason.left_out()));
            }
        }
        lines
    }

    /// Returns those of `uids` that have no reason and were not reported yet; from now on they are.
    pub(crate) fn report_others(&mut self, uids: &UidSet) -> UidSet {
        let new = without(uids, &self.reported);
        add(&mut self.reported, &new);
        new
    }
}

/// Adds the numbers of another set.
pub(crate) fn add(set: &mut UidSet, others: &UidSet) {
    others.ranges().for_each(|(low, high)| set.insert_range(low, high));
}

/// This many are reported one by one.
const MAX_REPORTED: u64 = 20;

/// Reports the mailboxes that the server listed and nobody can read; returns how many they are.
pub(crate) fn listings(session: &mut Session, observer: &dyn Observer) -> u64 {
    let mut count = 0;
    while let Some(event) = session.next_event() {
        let Some(line) = event.response.unreadable_listing() else { continue };
        count += 1;
        if count <= MAX_REPORTED {
            observer.event(&Event::UnreadableListing { line });
        }
    }
    count
}

/// Reports what of messages cannot be read; when it is dropped, how many more there were.
pub(crate) struct Warnings<'a> {
    observer: &'a dyn Observer,
    count: u64,
}

impl<'a> Warnings<'a> {
    pub(crate) fn new(observer: &'a dyn Observer) -> Self {
        Self { observer, count: 0 }
    }

    /// Reports each item of the row of which something cannot be read. What was repaired needs no warning.
    pub(crate) fn look(&mut self, row: &Fetch, diagnostics: &[Diagnostic]) {
        let unreadable = diagnostics.iter().filter(|diagnostic| diagnostic.is_unreadable_in(row));
        unreadable.for_each(|diagnostic| self.warn(row, diagnostic));
    }

    fn warn(&mut self, row: &Fetch, diagnostic: &Diagnostic) {
        self.count += 1;
        if self.count <= MAX_REPORTED {
            self.observer.event(&Event::UnreadableItem {
                uid: row.uid,
                number: row.seq.map(|number| number.get()),
                item: diagnostic.item.to_string_lossy().into_owned(),
                reason: diagnostic.reason.to_string(),
                raw: &diagnostic.raw,
            });
        }
    }
}

impl Drop for Warnings<'_> {
    fn drop(&mut self) {
        if let Some(more @ 1..) = self.count.checked_sub(MAX_REPORTED) {
            self.observer.event(&Event::MoreUnreadableItems(more));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(text: &str) -> ArchiveError {
        ArchiveError::NoMailbox(text.to_owned())
    }

    /// The reported messages, and the texts of their reasons.
    fn texts(lines: &[(UidSet, LeftOut<'_>)]) -> Vec<(UidSet, String)> {
        lines.iter().map(|(uids, reason)| (uids.clone(), reason.to_string())).collect()
    }

    fn set(text: &str) -> UidSet {
        text.parse().unwrap()
    }

    #[test]
    fn each_message_is_reported_once_with_its_reason() {
        let mut reasons = Reasons::default();
        for (uid, reason) in [(4, "no"), (9, "lost"), (5, "no")] {
            reasons.add(Uid::new(uid).unwrap(), &failure(reason));
        }
        assert_eq!(texts(&reasons.report(&set("1:8"))), [(set("4:5"), failure("no").to_string())]);
        assert_eq!(texts(&reasons.report(&set("1:9"))), [(set("9"), failure("lost").to_string())]);
        assert_eq!(reasons.report_others(&set("4:6")), set("6"));
        assert!(reasons.report(&set("1:9")).is_empty() && reasons.report_others(&set("4:6")).is_empty());
    }

    #[test]
    fn reasons_beyond_the_limit_share_a_line() {
        let mut reasons = Reasons::default();
        (1..=100).for_each(|uid| reasons.add(Uid::new(uid).unwrap(), &failure(&format!("failed at {uid}"))));
        let lines = reasons.report(&set("1:100"));
        assert_eq!(lines.len(), MAX_REASONS + 1);
        assert!(matches!(lines.last(), Some((uids, LeftOut::Other)) if *uids == set("21:100")));
    }
}
