//! What the hostile server sends, as a script.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

/// Without end.
pub(super) const ENDLESS: u64 = u64::MAX;

/// One thing that the server does.
#[derive(Clone)]
pub(super) enum Say {
    /// Sends bytes; `<tag>` is the tag of the command.
    Bytes(Cow<'static, [u8]>),
    /// Sends the same bytes so often.
    Repeat(Cow<'static, [u8]>, u64),
    /// Sends bytes made from the numbers 1 up to this one.
    Numbered(fn(u64) -> String, u64),
    /// Sends the bytes one by one, again and again, with pauses.
    Drip(&'static [u8], Duration),
    /// Sends bytes made from the client's last line.
    Reply(fn(&[u8]) -> Vec<u8>),
    /// Waits for a line of the client.
    Hear,
    /// Does nothing for a while.
    Wait(Duration),
    /// Does nothing until the client leaves.
    Silence,
    /// Ends the connection as if a cable were pulled.
    Cut,
    /// Ends the connection in order.
    Close,
    /// Begins TLS.
    Tls,
    /// Compresses all that follows, and expects the same of the client.
    Deflate,
    /// Sends bytes as they are from now on, whatever was begun.
    Raw(Cow<'static, [u8]>),
}

impl fmt::Debug for Say {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Bytes(_) => "Bytes",
            Self::Repeat(..) => "Repeat",
            Self::Numbered(..) => "Numbered",
            Self::Drip(..) => "Drip",
            Self::Reply(_) => "Reply",
            Self::Hear => "Hear",
            Self::Wait(_) => "Wait",
            Self::Silence => "Silence",
            Self::Cut => "Cut",
            Self::Close => "Close",
            Self::Tls => "Tls",
            Self::Deflate => "Deflate",
            Self::Raw(_) => "Raw",
        })
    }
}

/// What the server does when a command comes.
#[derive(Debug, Clone)]
pub(super) struct Rule {
    /// The name that the command begins with, in upper case.
    pub(super) command: &'static str,
    pub(super) say: Vec<Say>,
    /// Whether the true answer follows.
    pub(super) answers: bool,
}

impl Rule {
    /// Whether it is about this line of the client, which begins with a tag. Some clients leave `UID` out.
    pub(super) fn is_about(&self, line: &[u8]) -> bool {
        let text = String::from_utf8_lossy(line);
        let command = text.split_once(' ').map(|(_, command)| command.trim_end().to_ascii_uppercase());
        command.is_some_and(|command| {
            let rest = without_uid(&command).strip_prefix(without_uid(self.command));
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
        })
    }
}

fn without_uid(command: &str) -> &str {
    command.strip_prefix("UID ").unwrap_or(command)
}

/// Sends this text.
pub(super) fn say(text: impl Into<String>) -> Say {
    Say::Bytes(text.into().into_bytes().into())
}

/// Sends these bytes.
pub(super) fn bytes(bytes: impl Into<Vec<u8>>) -> Say {
    Say::Bytes(bytes.into().into())
}

/// Sends this text so often.
pub(super) fn repeat(text: impl Into<String>, count: u64) -> Say {
    Say::Repeat(text.into().into_bytes().into(), count)
}
