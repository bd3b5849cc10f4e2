//! In which phase of a connection a timeout ran out.

use std::fmt;

/// In which phase a timeout ran out, from [`Error::timeout_phase`](crate::Error::timeout_phase).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TimeoutPhase {
    /// The name of the server was looked up ([`Timeouts::connect`](crate::Timeouts::connect)).
    Lookup,
    /// The TLS handshake ([`Timeouts::tls`](crate::Timeouts::tls)).
    TlsHandshake,
    /// The server accepted the connection and sent no greeting ([`Timeouts::greeting`](crate::Timeouts::greeting)).
    Greeting,
    /// The server sent nothing ([`Timeouts::silence`](crate::Timeouts::silence)).
    Silence,
    /// The server sent other things, and nothing of the answer ([`Timeouts::no_progress`](crate::Timeouts::no_progress)).
    NoProgress,
    /// The server sent its response too slowly ([`Timeouts::min_rate`](crate::Timeouts::min_rate)).
    SlowResponse,
    /// The server did not take what was sent ([`Timeouts::silence`](crate::Timeouts::silence)).
    Sending,
}

impl TimeoutPhase {
    /// What is said where an operation of this phase fails for another reason than time.
    pub(crate) fn failed(self) -> &'static str {
        match self {
            Self::Lookup => "cannot look up the name of the server",
            Self::TlsHandshake => "the TLS handshake failed",
            Self::Greeting | Self::Silence | Self::NoProgress | Self::SlowResponse => "no answer from the server",
            Self::Sending => "cannot send to the server",
        }
    }
}

impl fmt::Display for TimeoutPhase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Lookup => "the name of the server was not found in time",
            Self::TlsHandshake => "the TLS handshake took too long",
            Self::Greeting => "the server did not greet",
            Self::Silence => "no answer from the server",
            Self::NoProgress => "the server says other things and does not answer",
            Self::SlowResponse => "the server sends too slowly",
            Self::Sending => "cannot send to the server",
        })
    }
}
