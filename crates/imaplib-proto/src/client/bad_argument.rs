//! Why a call cannot be made.

use std::fmt;

use super::mechanisms::mechanism_names;
use crate::types::InvalidValue;

/// A call was wrong, and nothing was sent: a value that cannot be sent, or a call that makes no sense in this state.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BadArgument {
    /// A value cannot be sent.
    Value(InvalidValue),
    /// An address cannot be read; what is wrong with it, for people.
    Address(String),
    /// No mechanism has this name.
    UnknownMechanism(String),
    /// The command has a call of its own, whose name this is.
    OwnCall(&'static str),
    /// The command makes sense only after login, or has a call of its own.
    NotBeforeLogin,
    /// The server requires a login first.
    LoginRequired,
    /// The handle is of a mailbox that is not open any more.
    MailboxNotOpen,
    /// No mailbox is open.
    NoMailboxOpen,
    /// The command was given up: its answer was dropped.
    GivenUp,
    /// Commands were started and not finished, before a call that changes the whole connection.
    Unfinished,
    /// The connection is compressed, and the call would have to end that.
    Compressed,
    /// The connection was closed by an earlier call.
    Closed,
    /// The source of a message ended this many bytes before its length.
    ShortMessage {
        /// How many bytes are missing.
        missing: u64,
    },
    /// The text of a message was read or dropped before.
    TextGone,
    /// The text was dropped when the rest of the row was received.
    TextDropped,
    /// A part of the text went to a call that was dropped or failed.
    TextTaken,
    /// The command of a tunnel cannot be used; why, for people.
    Tunnel(&'static str),
    /// This system has no such kind of connection.
    NotOnThisSystem(&'static str),
}

impl fmt::Display for BadArgument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Value(invalid) => invalid.fmt(f),
            Self::Address(text) => f.write_str(text),
            Self::UnknownMechanism(name) => {
                let known: Vec<&str> = mechanism_names().collect();
                write!(f, "the mechanism \"{}\" is not known; known are {}", name.escape_debug(), known.join(", "))
            }
            Self::OwnCall(call) => write!(f, "this command has a call of its own: {call}"),
            Self::NotBeforeLogin => f.write_str("the command has a call of its own, or makes sense only after login"),
            Self::LoginRequired => f.write_str("the server requires a login first"),
            Self::MailboxNotOpen => {
                f.write_str("this mailbox is not open any more: another one was opened, or it was closed")
            }
            Self::NoMailboxOpen => f.write_str("no mailbox is open: select one first"),
            Self::GivenUp => f.write_str("the command was given up"),
            Self::Unfinished => f.write_str("commands were started and not finished: finish them first"),
            Self::Compressed => f.write_str("the call would have to end compression: open another connection instead"),
            Self::Closed => f.write_str("the connection is closed"),
            Self::ShortMessage { missing } => write!(f, "the message ended {missing} bytes before its length"),
            Self::TextGone => f.write_str("the text is not there any more: it was read or dropped before"),
            Self::TextDropped => f.write_str("the text was dropped when the rest of the row was received"),
            Self::TextTaken => f.write_str("a part of the text went to a call that was dropped or failed"),
            Self::Tunnel(reason) => f.write_str(reason),
            Self::NotOnThisSystem(what) => write!(f, "this system has no {what}"),
        }
    }
}

impl std::error::Error for BadArgument {}

impl From<InvalidValue> for BadArgument {
    fn from(invalid: InvalidValue) -> Self {
        Self::Value(invalid)
    }
}
