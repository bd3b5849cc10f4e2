//! Why a proxy failed.

use std::fmt;

/// Why the server could not be reached through a proxy, from [`Error::proxy_failure`](crate::Error::proxy_failure).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ProxyFailure {
    /// What answers does not speak the protocol of this proxy.
    NotAProxy,
    /// The proxy closed the connection before it answered in full.
    Closed,
    /// The proxy requires a login, or another kind of login.
    LoginRequired,
    /// The proxy refuses the user name or the password.
    LoginRefused,
    /// The user name or password cannot be sent to this kind of proxy: over SOCKS5 each has 1 to 255 bytes, over HTTP they
    /// have no control characters, and the user name no colon.
    BadLogin,
    /// The name of the server cannot be sent to this kind of proxy: over SOCKS5 it has at most 255 bytes.
    BadHost,
    /// The proxy does not allow this connection.
    Forbidden,
    /// The proxy cannot find or reach the server.
    HostUnreachable,
    /// The server refused the proxy's connection.
    ConnectionRefused,
    /// The proxy does not support connections of this kind, or to this kind of address.
    Unsupported,
    /// The proxy answered with another status of HTTP.
    Status {
        /// The status code (RFC 9110, section 15).
        code: u16,
    },
    /// The header of the proxy's answer is longer than 16 KiB.
    HeaderTooLong,
    /// The proxy reports a failure without a reason.
    General,
}

impl fmt::Display for ProxyFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotAProxy => "what answers there is not a proxy of this kind",
            Self::Closed => "it closed the connection without an answer",
            Self::LoginRequired => "it requires a login",
            Self::LoginRefused => "it refuses the user name or the password",
            Self::BadLogin => "the user name or the password cannot be sent to a proxy of this kind",
            Self::BadHost => "the name of the server cannot be sent to a proxy of this kind",
            Self::Forbidden => "it does not allow this connection",
            Self::HostUnreachable => "it cannot reach the server",
            Self::ConnectionRefused => "the server refuses the connection",
            Self::Unsupported => "it does not support this kind of connection",
            Self::Status { code } => return write!(f, "it answered with the HTTP status {code}"),
            Self::HeaderTooLong => "the header of its answer is too long",
            Self::General => "it failed without a reason",
        })
    }
}

impl std::error::Error for ProxyFailure {}
