//! The one error of the clients: that of the protocol core, and what a socket, TLS or a file adds to it.

mod predicates;

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use imaplib_proto::client::{self, BadArgument, ErrorKind, ExternalFailure, TimeoutPhase};
use imaplib_proto::command::Incomplete;
use imaplib_proto::engine::{CommandError, EngineError};
use imaplib_proto::types::{Capability, Fetch, InvalidValue, StatusResponse};

use crate::tls_failure::{ClientCertificate, fingerprint};
use crate::{ProxyFailure, TlsFailure};

/// A result whose error is [`Error`].
pub type Result<T> = std::result::Result<T, Error>;

/// Why a call failed.
///
/// Ask [`kind`](Self::kind) or the predicates what to do next; [`Display`](fmt::Display) is for people. No error contains a
/// secret.
pub struct Error(Box<Details>);

#[derive(Debug)]
struct Details {
    core: client::Error,
    cause: Option<Cause>,
}

/// The cause of a failure outside the protocol.
#[derive(Debug)]
enum Cause {
    /// A file of certificates or keys.
    #[cfg_attr(not(any(feature = "native-tls", feature = "rustls")), allow(dead_code))]
    File(PathBuf, Box<dyn std::error::Error + Send + Sync>),
    /// Why, the error of the TLS library, and the certificates that were not trusted.
    Tls(TlsFailure, Box<dyn std::error::Error + Send + Sync>, Vec<Vec<u8>>),
    /// The caller's provider of access tokens.
    Token(io::Error),
    /// What failed, and how.
    Io(&'static str, io::Error),
    Unreachable(String, io::Error),
    /// What cannot be reached, and why.
    Proxy(String, ProxyFailure),
    /// The caller's source of a message.
    Source(io::Error),
    /// The caller's target of a text.
    Target(io::Error),
}

impl Error {
    fn external(cause: Cause) -> Self {
        let failure = ExternalFailure::from(&cause);
        Self(Box::new(Details { core: client::Error::external(failure), cause: Some(cause) }))
    }

    pub(crate) fn core(&self) -> &client::Error {
        &self.0.core
    }

    fn into_core(self) -> client::Error {
        self.0.core
    }

    /// The same with more or other context.
    pub(crate) fn map(self, change: impl FnOnce(client::Error) -> client::Error) -> Self {
        let Details { core, cause } = *self.0;
        Self(Box::new(Details { core: change(core), cause }))
    }

    pub(crate) fn unanswered(self, unanswered: bool) -> Self {
        self.map(|core| core.unanswered(unanswered))
    }

    pub(crate) fn within_literal(self, literal: Option<(u64, u64)>) -> Self {
        self.map(|core| core.within_literal(literal))
    }

    pub(crate) fn with_rows(self, rows: Vec<Fetch>) -> Self {
        self.map(|core| core.with_rows(rows))
    }

    pub(crate) fn of_login<'a>(self, said: impl DoubleEndedIterator<Item = &'a StatusResponse> + Clone) -> Self {
        self.map(|core| core.of_login(said))
    }

    pub(crate) fn with_login_reason(self, reason: Option<String>) -> Self {
        self.map(|core| core.with_login_reason(reason))
    }

    /// Why the connection is over, if the engine found out.
    pub(crate) fn engine_error(&self) -> Option<&EngineError> {
        self.core().engine_error()
    }

    pub(crate) fn address(text: impl Into<String>) -> Self {
        BadArgument::Address(text.into()).into()
    }

    /// A file of certificates or keys that cannot be used.
    #[cfg(any(feature = "native-tls", feature = "rustls"))]
    pub(crate) fn file(path: &Path, error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::external(Cause::File(path.to_owned(), error.into()))
    }

    pub(crate) fn not_offered(capability: Capability) -> Self {
        client::Error::unsupported(capability.name()).into()
    }

    pub(crate) fn timeout(phase: TimeoutPhase) -> Self {
        client::Error::timeout(phase).into()
    }

    /// A failure of the stream in this phase.
    pub(crate) fn io(phase: TimeoutPhase, error: io::Error) -> Self {
        if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) {
            return Self::timeout(phase);
        }
        // What the layers between the engine and the network found out.
        match error.get_ref().and_then(|inner| inner.downcast_ref()) {
            Some(limit) => Self::from(EngineError::clone(limit)),
            None => Self::of_tls(error).unwrap_or_else(|error| Self::system(phase.failed(), error)),
        }
    }

    /// A failure of the TLS library in the handshake.
    pub(crate) fn handshake(error: io::Error) -> Self {
        match error.get_ref() {
            None => Self::system(TimeoutPhase::TlsHandshake.failed(), error),
            Some(_) => Self::of_tls(error).unwrap_or_else(|error| Self::tls_because(TlsFailure::Other, error)),
        }
    }

    /// A failure of TLS whose reason is known.
    fn of_tls(error: io::Error) -> std::result::Result<Self, io::Error> {
        let inner = error.get_ref();
        #[cfg(feature = "rustls")]
        if let Some(tls) = inner.and_then(|inner| inner.downcast_ref()) {
            return Ok(Self::tls(rustls::Error::clone(tls)));
        }
        match inner.and_then(|inner| inner.downcast_ref()) {
            Some(failure) => Ok(Self::tls_because(*failure, error)),
            None => Err(error),
        }
    }

    /// A failure of the operating system; `what` failed.
    pub(crate) fn system(what: &'static str, error: io::Error) -> Self {
        Self::external(Cause::Io(what, error))
    }

    pub(crate) fn source(error: io::Error) -> Self {
        Self::external(Cause::Source(error))
    }

    pub(crate) fn target(error: io::Error) -> Self {
        Self::external(Cause::Target(error))
    }

    #[cfg(feature = "rustls")]
    pub(crate) fn tls(error: rustls::Error) -> Self {
        Self::tls_because(TlsFailure::of(&error), error)
    }

    pub(crate) fn tls_because(failure: TlsFailure, error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::external(Cause::Tls(failure, error.into(), Vec::new()))
    }

    /// Finds out which failures of TLS are about a client certificate.
    #[cfg_attr(not(feature = "rustls"), allow(unused_mut, unused_variables))]
    pub(crate) fn with_client_certificate(mut self, certificate: ClientCertificate) -> Self {
        #[cfg(feature = "rustls")]
        if let Some(Cause::Tls(failure, error, _)) = &mut self.0.cause
            && let Some(error) = error.downcast_ref()
        {
            *failure = failure.with_client_certificate(error, certificate);
        }
        self
    }

    /// Adds the certificates that were not trusted.
    #[cfg(feature = "rustls")]
    pub(crate) fn with_peer_certificates(mut self, untrusted: Vec<Vec<u8>>) -> Self {
        if let Some(Cause::Tls(_, _, certificates)) = &mut self.0.cause {
            *certificates = untrusted;
        }
        self
    }

    pub(crate) fn token(error: io::Error) -> Self {
        Self::external(Cause::Token(error))
    }

    pub(crate) fn unreachable(what: String, error: io::Error) -> Self {
        Self::external(Cause::Unreachable(what, error))
    }

    pub(crate) fn proxy(what: String, failure: ProxyFailure) -> Self {
        Self::external(Cause::Proxy(what, failure))
    }

    /// The server could not be reached at all.
    #[must_use]
    pub fn is_unreachable(&self) -> bool {
        self.kind() == ErrorKind::Unreachable
    }

    /// A file or stream of the caller failed, not the connection; see [`io_error`](Self::io_error).
    #[must_use]
    pub fn is_caller_io(&self) -> bool {
        self.kind() == ErrorKind::CallerIo
    }

    /// A timeout ran out; [`timeout_phase`](Self::timeout_phase) returns which.
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        self.timeout_phase().is_some()
    }

    /// The server does not offer what was asked for; nothing was sent.
    #[must_use]
    pub fn is_unsupported(&self) -> bool {
        self.missing_capability().is_some()
    }

    /// TLS failed: a certificate that is not trusted, or no common version; [`tls_failure`](Self::tls_failure) returns
    /// which.
    #[must_use]
    pub fn is_tls(&self) -> bool {
        self.tls_failure().is_some()
    }

    /// Why TLS failed, if it did.
    #[must_use]
    pub fn tls_failure(&self) -> Option<TlsFailure> {
        match self.0.cause {
            Some(Cause::Tls(failure, ..)) => Some(failure),
            _ => None,
        }
    }

    /// The certificates that the server showed and that were not trusted, its own first, each in DER; empty if TLS failed for
    /// another reason. A program can show them to somebody who decides whether to trust the server from now on, and
    /// [pin](crate::ConnectOptions::pin) the first one's [fingerprint](Self::peer_fingerprint).
    #[must_use]
    pub fn peer_certificates(&self) -> &[Vec<u8>] {
        match &self.0.cause {
            Some(Cause::Tls(_, _, certificates)) => certificates,
            _ => &[],
        }
    }

    /// The SHA-256 hash of the server's certificate that was not trusted, as
    /// [`ConnectOptions::pin`](crate::ConnectOptions::pin) accepts it.
    #[must_use]
    pub fn peer_fingerprint(&self) -> Option<[u8; 32]> {
        fingerprint(self.peer_certificates())
    }

    /// Why the server could not be reached through the proxy, if that is what failed.
    #[must_use]
    pub fn proxy_failure(&self) -> Option<ProxyFailure> {
        match self.0.cause {
            Some(Cause::Proxy(_, failure)) => Some(failure),
            _ => None,
        }
    }

    /// The file of certificates or keys that cannot be used, if that is what failed.
    #[must_use]
    pub fn unusable_file(&self) -> Option<&Path> {
        match &self.0.cause {
            Some(Cause::File(path, _)) => Some(path),
            _ => None,
        }
    }

    /// The error of the operating system, if it was one.
    #[must_use]
    pub fn io_error(&self) -> Option<&io::Error> {
        match &self.0.cause {
            Some(
                Cause::Io(_, error)
                | Cause::Unreachable(_, error)
                | Cause::Source(error)
                | Cause::Target(error)
                | Cause::Token(error),
            ) => Some(error),
            _ => None,
        }
    }
}

impl fmt::Debug for Error {
    /// As [`Display`](fmt::Display), for this is what a `main` that returns an error prints; with `{:#?}` all that is
    /// known.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match f.alternate() {
            true => f.debug_tuple("Error").field(&self.0).finish(),
            false => fmt::Display::fmt(self, f),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(cause) = &self.0.cause else { return self.core().fmt(f) };
        match cause {
            Cause::File(path, error) => write!(f, "cannot use {}: {error}", path.display()),
            Cause::Tls(failure, error, _) if failure.is_general() => write!(f, "TLS failed: {failure} ({error})"),
            Cause::Tls(failure, ..) => write!(f, "TLS failed: {failure}"),
            Cause::Io(what, error) => write!(f, "{what}: {error}"),
            Cause::Unreachable(what, error) => write!(f, "{what}: {error}"),
            Cause::Proxy(what, failure) => write!(f, "{what}: {failure}"),
            Cause::Source(error) | Cause::Target(error) | Cause::Token(error) => {
                write!(f, "{}: {error}", ExternalFailure::from(cause))
            }
        }?;
        match self.truncated_literal() {
            Some(literal) => literal.fmt(f),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.0.cause {
            Some(Cause::Tls(_, error, _) | Cause::File(_, error)) => Some(&**error),
            Some(Cause::Proxy(_, failure)) => Some(failure),
            Some(_) => self.io_error().map(|error| error as _),
            None => std::error::Error::source(self.core()),
        }
    }
}

impl From<&Cause> for ExternalFailure {
    fn from(cause: &Cause) -> Self {
        match cause {
            Cause::File(..) => Self::CertificateFile,
            Cause::Tls(..) => Self::Tls,
            Cause::Io(..) => Self::Connection,
            Cause::Unreachable(..) | Cause::Proxy(..) => Self::Unreachable,
            Cause::Source(_) => Self::Source,
            Cause::Target(_) => Self::Target,
            Cause::Token(_) => Self::Token,
        }
    }
}

impl From<Error> for io::Error {
    /// With the nearest kind, and the error itself inside: [`io::Error::get_ref`] and `downcast` return it.
    fn from(error: Error) -> Self {
        let inner = error.io_error().map(io::Error::kind).filter(|kind| {
            // What a reader would try again.
            !matches!(kind, io::ErrorKind::Interrupted | io::ErrorKind::WouldBlock | io::ErrorKind::Other)
        });
        Self::new(inner.unwrap_or_else(|| error.kind().to_io()), error)
    }
}

impl From<client::Error> for Error {
    fn from(core: client::Error) -> Self {
        Self(Box::new(Details { core, cause: None }))
    }
}

impl From<CommandError> for Error {
    fn from(error: CommandError) -> Self {
        client::Error::from(error).into()
    }
}

impl From<EngineError> for Error {
    fn from(error: EngineError) -> Self {
        client::Error::from(error).into()
    }
}

impl From<Incomplete> for Error {
    fn from(incomplete: Incomplete) -> Self {
        client::Error::from(incomplete).into()
    }
}

impl From<BadArgument> for Error {
    fn from(argument: BadArgument) -> Self {
        client::Error::from(argument).into()
    }
}

impl From<InvalidValue> for Error {
    fn from(invalid: InvalidValue) -> Self {
        client::Error::from(invalid).into()
    }
}
