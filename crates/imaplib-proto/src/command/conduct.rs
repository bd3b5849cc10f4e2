//! What a command does to the connection, as facts that can be combined.

use crate::types::{MailboxName, Untagged};

/// What a command does to the connection (RFC 9051, section 5.5): facts, which extensions combine.
///
/// A command of which nothing else is said may run beside any other that allows it.
///
/// ```
/// use imaplib_proto::command::{Conduct, Effect};
/// use imaplib_proto::types::MailboxName;
///
/// // SELECT with QRESYNC: it selects a mailbox, and rows belong to its answer.
/// let conduct = Conduct::new().selects(MailboxName::inbox(), false).streams_rows();
/// assert!(conduct.is_exclusive() && conduct.effect == Effect::None);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Conduct {
    /// The mailbox that it selects.
    pub selects: Option<Selection>,
    /// Its answer is a stream of rows, which the caller receives one by one.
    pub streams_rows: bool,
    /// It sends a message whose bytes the caller has: only callers that have them can run it.
    pub sends_message: bool,
    /// How it names messages.
    pub numbering: Numbering,
    /// The name of the responses to it, where they cannot be told from the responses to another command of that name.
    pub answers_as: Option<&'static str>,
    /// No other command may run beside it.
    pub runs_alone: bool,
    /// Responses belong to it after its completion, until its result is taken: CONTEXT (RFC 5267), NOTIFY (RFC 5465).
    pub outlives_completion: bool,
    /// What else changes when the server answers OK.
    pub effect: Effect,
    /// What the server's OK means where the command collected nothing, as if the server had said it.
    pub implies: Option<Box<Untagged>>,
}

/// The mailbox that a command selects.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Selection {
    /// Its name.
    pub mailbox: MailboxName,
    /// Whether nothing of it can be changed: EXAMINE.
    pub read_only: bool,
}

/// How a command names messages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Numbering {
    /// By UID, or not at all.
    #[default]
    Uid,
    /// By sequence number.
    Sequence {
        /// Whether messages may be expunged while it runs: not during FETCH, STORE and SEARCH.
        expunge_allowed: bool,
    },
}

/// What changes of the connection when a command succeeds, beside the selected mailbox.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Effect {
    /// Nothing.
    #[default]
    None,
    /// No mailbox is selected any more.
    LeavesMailbox,
    /// Somebody is logged in.
    LogsIn,
    /// Nobody is logged in any more (RFC 8437).
    Unauthenticates,
    /// TLS begins.
    StartsTls,
    /// Compression begins.
    StartsCompression,
    /// Extensions are switched on.
    Enables,
    /// The server reports changes until it is sent DONE.
    Idles,
    /// The server reports changes by itself from now on, or no longer (RFC 5465).
    Notifies {
        /// Whether messages can be removed from the open mailbox at any time: commands with sequence numbers are refused then.
        expunge_at_any_time: bool,
    },
    /// The connection ends.
    LogsOut,
}

impl Conduct {
    /// A command that may be pipelined with any other.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A command that must run alone.
    #[must_use]
    pub fn alone() -> Self {
        Self { runs_alone: true, ..Self::default() }
    }

    /// A command with this effect.
    #[must_use]
    pub fn with_effect(effect: Effect) -> Self {
        Self { effect, ..Self::default() }
    }

    /// Its responses cannot be told from those to another command that has responses of this name.
    #[must_use]
    pub fn answers_as(mut self, name: &'static str) -> Self {
        self.answers_as = Some(name);
        self
    }

    /// It names messages by sequence number, and no message is expunged while it runs: FETCH, STORE, SEARCH.
    #[must_use]
    pub fn by_sequence(mut self) -> Self {
        self.numbering = Numbering::Sequence { expunge_allowed: false };
        self
    }

    /// It names messages by sequence number, and messages may be expunged while it runs, by others or by itself: COPY, MOVE,
    /// UID SEARCH. It is not for a command that expunges and names no numbers.
    #[must_use]
    pub fn by_sequence_expunging(mut self) -> Self {
        self.numbering = Numbering::Sequence { expunge_allowed: true };
        self
    }

    /// Its answer is a stream of rows.
    #[must_use]
    pub fn streams_rows(mut self) -> Self {
        self.streams_rows = true;
        self
    }

    /// It sends a message whose bytes the caller has.
    #[must_use]
    pub fn sends_message(mut self) -> Self {
        self.sends_message = true;
        self
    }

    /// It selects this mailbox, `read_only` if by EXAMINE.
    #[must_use]
    pub fn selects(mut self, mailbox: MailboxName, read_only: bool) -> Self {
        self.selects = Some(Selection { mailbox, read_only });
        self
    }

    /// Responses belong to it after its completion.
    #[must_use]
    pub fn outlives_completion(mut self) -> Self {
        self.outlives_completion = true;
        self
    }

    /// The server's OK means this where the command collected nothing.
    #[must_use]
    pub fn implies(mut self, response: Untagged) -> Self {
        self.implies = Some(Box::new(response));
        self
    }

    /// Whether nothing else may be in flight together with the command.
    #[must_use]
    pub fn is_exclusive(&self) -> bool {
        self.runs_alone || self.selects.is_some() || self.effect != Effect::None
    }

    /// Whether the command can run while `earlier` runs.
    pub(crate) fn may_follow(&self, earlier: &Self) -> bool {
        if self.is_exclusive() || earlier.is_exclusive() {
            return false;
        }
        // Only these cannot have a message expunged under them (RFC 9051, section 5.5).
        let safe = Numbering::Sequence { expunge_allowed: false };
        if self.numbering != Numbering::Uid && (self.numbering, earlier.numbering) != (safe, safe) {
            return false;
        }
        self.answers_as.is_none() || self.answers_as != earlier.answers_as
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_run_beside_what() {
        let (any, list, search) =
            (Conduct::new(), Conduct::new().answers_as("LIST"), Conduct::new().answers_as("SEARCH"));
        let by_number = Conduct::new().by_sequence();
        let search_by_number = by_number.clone().answers_as("SEARCH");
        let copy_by_number = Conduct::new().by_sequence_expunging();
        for (next, earlier, may) in [
            (&any, &any, true),
            (&list, &list, false),
            (&list, &search, true),
            (&search, &search_by_number, false),
            (&by_number, &by_number, true),
            (&by_number, &search_by_number, true),
            (&search_by_number, &search_by_number, false),
            (&by_number, &any, false),
            (&by_number, &copy_by_number, false),
            (&copy_by_number, &by_number, false),
            (&any, &copy_by_number, true),
            (&any, &by_number, true),
            (&Conduct::alone(), &any, false),
            (&any, &Conduct::with_effect(Effect::Enables), false),
            (&any, &Conduct::new().selects(MailboxName::inbox(), true), false),
        ] {
            assert_eq!(next.may_follow(earlier), may, "{next:?} after {earlier:?}");
        }
    }
}
