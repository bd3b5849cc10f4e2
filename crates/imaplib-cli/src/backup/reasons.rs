//! Why messages are left out: each is reported once, and those that share a reason share a line.

use imaplib::types::{Uid, UidSet};

use crate::exit::Failure;
use crate::isolation::{UNTRIED, without};

/// So many reasons are kept; a server may word each refusal differently.
const MAX_REASONS: usize = 20;

/// The reason of all those that come after [`MAX_REASONS`].
const OTHER: &str = "for other reasons";

/// The reasons of the messages that cannot be had.
#[derive(Debug, Default)]
pub(crate) struct Reasons {
    groups: Vec<(String, UidSet)>,
    reported: UidSet,
    last: Option<Failure>,
}

impl Reasons {
    /// Notes the reason of a message.
    pub(crate) fn add(&mut self, uid: Uid, failure: &Failure) {
        self.add_all(&UidSet::range(uid, uid), failure.message());
        self.last = Some(failure.clone());
    }

    /// Notes messages that were not asked for because too many others failed.
    pub(crate) fn add_untried(&mut self, uids: &UidSet) {
        if !uids.is_empty() {
            self.add_all(uids, UNTRIED);
        }
    }

    /// Notes messages that failed in earlier runs and are asked for in a later one.
    pub(super) fn add_put_off(&mut self, uids: &UidSet) {
        if !uids.is_empty() {
            self.add_all(uids, PUT_OFF);
        }
    }

    /// The last failure at a message.
    pub(crate) fn last(&self) -> Option<&Failure> {
        self.last.as_ref()
    }

    fn add_all(&mut self, uids: &UidSet, reason: &str) {
        let has_room = self.groups.len() < MAX_REASONS;
        let known = self.groups.iter().position(|(text, _)| text == reason || (!has_room && text == OTHER));
        match known.and_then(|at| self.groups.get_mut(at)) {
            Some((_, set)) => add(set, uids),
            None => self.groups.push((if has_room { reason } else { OTHER }.to_owned(), uids.clone())),
        }
    }

    /// Returns those of `uids` that were not reported yet, each with its reason; from now on they are.
    pub(crate) fn report(&mut self, uids: &UidSet) -> Vec<(UidSet, &str)> {
        let Self { groups, reported, .. } = self;
        let mut lines = Vec::new();
        for (reason, set) in groups {
            let new = without(&set.intersection(uids), reported);
            add(reported, &new);
            if !new.is_empty() {
                lines.push((new, reason.as_str()));
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

/// Why a message is left out that is not asked for in each run.
const PUT_OFF: &str = "failed in earlier runs, to be tried again in a later one";

/// Adds the numbers of another set.
pub(crate) fn add(set: &mut UidSet, others: &UidSet) {
    others.ranges().for_each(|(low, high)| set.insert_range(low, high));
}

/// These messages in words, and the verb for them.
pub(crate) fn subject(uids: &UidSet) -> (String, &'static str) {
    match uids.len() {
        1 => (format!("the message with UID {uids}"), "is"),
        _ => (format!("the messages with the UIDs {uids}"), "are"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exit::Exit;

    fn failure(text: &str) -> Failure {
        Failure::new(Exit::Partial, text)
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
        assert_eq!(reasons.report(&set("1:8")), [(set("4:5"), "no")]);
        assert_eq!(reasons.report(&set("1:9")), [(set("9"), "lost")]);
        assert_eq!(reasons.report_others(&set("4:6")), set("6"));
        assert!(reasons.report(&set("1:9")).is_empty() && reasons.report_others(&set("4:6")).is_empty());
    }

    #[test]
    fn reasons_beyond_the_limit_share_a_line() {
        let mut reasons = Reasons::default();
        (1..=100).for_each(|uid| reasons.add(Uid::new(uid).unwrap(), &failure(&format!("failed at {uid}"))));
        let lines = reasons.report(&set("1:100"));
        assert_eq!(lines.len(), MAX_REASONS + 1);
        assert_eq!(lines.last(), Some(&(set("21:100"), OTHER)));
    }
}
