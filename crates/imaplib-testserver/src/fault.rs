//! Faults that a server commits on purpose, so that clients can be tested against them.

use std::time::Duration;

/// One way in which a connection misbehaves.
///
/// Faults are given to [`Builder::fault`](crate::Builder::fault) for all connections, or to
/// [`Builder::fault_on`](crate::Builder::fault_on) for one of them. Several faults work together, in the order given.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// Closes the connection after it has sent so many bytes (before TLS), without saying goodbye on the TLS layer.
    CutAfter {
        /// How many bytes are still sent.
        bytes: u64,
    },
    /// Falls silent after it has sent so many bytes (before TLS); the connection stays open.
    StallAfter {
        /// How many bytes are still sent.
        bytes: u64,
    },
    /// Waits before each block that is written.
    Delay {
        /// How long it waits.
        before_each_write: Duration,
    },
    /// Writes every byte by itself, so that the client sees its input cut at every place.
    OneByteWrites,
    /// Sends other bytes in place of each response whose text holds `containing`.
    ///
    /// A response with literals is replaced as a whole. The text of literals is not looked at.
    ReplaceLine {
        /// The text to look for, in its exact case.
        containing: String,
        /// What is sent instead; it must bring its own CRLF.
        with: Vec<u8>,
    },
    /// Sends bytes before each response whose text holds `containing`.
    InsertBefore {
        /// The text to look for, in its exact case.
        containing: String,
        /// What is sent before it; it must bring its own CRLF.
        bytes: Vec<u8>,
    },
    /// Closes the connection when this command arrives, without an answer.
    CloseOn {
        /// The command's name, such as `FETCH` or `UID FETCH`, in any case.
        command: String,
    },
    /// Never answers this command; the connection stays open.
    Ignore {
        /// The command's name, in any case.
        command: String,
    },
    /// Answers this command with another completion and does nothing.
    Refuse {
        /// The command's name, in any case.
        command: String,
        /// What follows the tag, such as `NO [OVERQUOTA] full`.
        with: String,
    },
}

/// What a fault makes of a command.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Run,
    Close,
    Ignore,
    Refuse(String),
}

pub(crate) fn verdict(faults: &[Fault], name: &str) -> Verdict {
    for fault in faults {
        match fault {
            Fault::CloseOn { command } if command.eq_ignore_ascii_case(name) => return Verdict::Close,
            Fault::Ignore { command } if command.eq_ignore_ascii_case(name) => return Verdict::Ignore,
            Fault::Refuse { command, with } if command.eq_ignore_ascii_case(name) => {
                return Verdict::Refuse(with.clone());
            }
            _ => {}
        }
    }
    Verdict::Run
}
