//! What is counted: how far the server has come, and how much it sends that nobody asked for.

/// How far the server has come.
///
/// The engine has no clock. The caller looks at these numbers between reads, and stops waiting when they do not change for
/// too long although bytes come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// How many responses have come to their end.
    pub responses: u64,
    /// How many pieces of answers have come, and commands have gone out.
    pub answers: u64,
}

/// The counters of a connection.
#[derive(Debug, Default)]
pub(super) struct Counters {
    pub(super) progress: Progress,
    /// How many consecutive responses were no part of an answer.
    unsolicited: u64,
}

impl Counters {
    /// Counts a response that has come to its end.
    #[inline]
    pub(super) fn response_ended(&mut self) {
        self.progress.responses += 1;
    }

    /// Counts something that the server was asked for, or a command that went out.
    #[inline]
    pub(super) fn answered(&mut self) {
        self.progress.answers += 1;
        self.unsolicited = 0;
    }

    /// Counts a response that does not belong to an answer; returns whether there are at most `limit` consecutive ones.
    pub(super) fn unsolicited(&mut self, limit: u64) -> bool {
        self.unsolicited += 1;
        self.unsolicited <= limit
    }
}
