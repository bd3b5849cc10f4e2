//! What a watching thread reports, and which mailboxes were watched at all, which decides how a watch ends.

use std::collections::BTreeMap;

use crate::error::{Exit, Failure};
use crate::output::diagnostics;

/// How far the watch of each mailbox has come.
pub(super) struct Begun(BTreeMap<String, State>);

struct State {
    was_watched: bool,
    /// Whether something of it could not be read.
    is_partial: bool,
    /// Why it is not watched, once that is known.
    failure: Option<Failure>,
}

impl Begun {
    pub(super) fn of(mailboxes: &[String]) -> Self {
        let state = |mailbox: &String| {
            (name(mailbox).to_owned(), State { was_watched: false, is_partial: false, failure: None })
        };
        Self(mailboxes.iter().map(state).collect())
    }

    pub(super) fn watched(&mut self, mailbox: &str) {
        if let Some(state) = self.0.get_mut(mailbox) {
            (state.was_watched, state.failure) = (true, None);
        }
    }

    /// It is not watched yet.
    pub(super) fn late(&mut self, mailbox: &str, failure: Failure) {
        if let Some(state) = self.0.get_mut(mailbox) {
            state.failure = Some(failure.context(mailbox));
        }
    }

    /// Some of its changes are not reported.
    pub(super) fn partial(&mut self, mailbox: &str) {
        if let Some(state) = self.0.get_mut(mailbox) {
            state.is_partial = true;
        }
    }

    /// It is watched no longer.
    pub(super) fn ended(&mut self, mailbox: &str, failure: Failure) {
        if let Some(state) = self.0.get_mut(mailbox) {
            (state.was_watched, state.failure) = (false, Some(failure));
        }
    }

    /// Whether there is a mailbox that is not watched for no reason that is known.
    pub(super) fn is_unknown(&self) -> bool {
        self.0.values().any(|state| !state.was_watched && state.failure.is_none())
    }

    /// Reports the mailboxes of which nothing is known when the time is over.
    pub(super) fn report_late(&mut self) {
        for (mailbox, state) in self.0.iter_mut().filter(|(_, state)| !state.was_watched && state.failure.is_none()) {
            let failure = Failure::new(Exit::Temporary, format!("{mailbox}: the server did not answer in time"));
            let failure = failure.hint("give it more time with --for SECONDS");
            diagnostics::report(&failure);
            state.failure = Some(failure);
        }
    }

    /// How the watch ends: as what went wrong, if no mailbox was watched to the end.
    pub(super) fn exit(&self) -> Exit {
        let failed = self.0.values().filter_map(|state| state.failure.as_ref()).next_back();
        match failed {
            None => Exit::partial_if(self.0.values().any(|state| state.is_partial)),
            Some(_) if self.0.values().any(|state| state.was_watched) => Exit::Partial,
            Some(failure) => failure.exit(),
        }
    }
}

/// INBOX has one name in whatever case it was typed (RFC 9051, section 5.1): programs compare it.
pub(super) fn name(mailbox: &str) -> &str {
    if mailbox.eq_ignore_ascii_case("INBOX") { "INBOX" } else { mailbox }
}

/// A change in a mailbox.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) event: &'static str,
    pub(super) mailbox: String,
    pub(super) seq: Option<u32>,
    pub(super) uid: Option<u32>,
    pub(super) count: Option<u32>,
    /// Several messages at once.
    pub(super) uids: Option<String>,
    pub(super) flags: Option<Vec<String>>,
    pub(super) text: Option<String>,
}

/// What a watching thread reports.
pub(super) enum Said {
    Change(Change),
    /// A mailbox is not watched yet, for this reason.
    Late(String, Failure),
    /// Some of a mailbox's new messages cannot be read in the server's list of them, which was reported.
    Partial(String),
    /// The watch of a mailbox has ended.
    Ended(String, Failure),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mailbox_of_which_nothing_came_in_time_is_a_temporary_failure() {
        let mut begun = Begun::of(&["INBOX".to_owned(), "Work".to_owned()]);
        assert!(begun.is_unknown());
        begun.watched("INBOX");
        begun.report_late();
        assert!(!begun.is_unknown());
        assert_eq!(begun.exit(), Exit::Partial);
        let mut begun = Begun::of(&["INBOX".to_owned()]);
        begun.report_late();
        assert_eq!(begun.exit(), Exit::Temporary);
        begun.watched("INBOX");
        assert_eq!(begun.exit(), Exit::Ok);
    }
}
