//! The one error of the clients: whose fault it is, and what to do.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use imaplib_proto::command::Incomplete;
use imaplib_proto::engine::{CommandError, EngineError};
use imaplib_proto::sasl::SaslError;
use imaplib_proto::types::{Capability, Fetch, InvalidValue, RefusalHint, ResponseCode, StatusKind, StatusResponse};

use crate::tls_failure::ClientCertificate;
use crate::{TimeoutPhase, TlsFailure};

/// A result whose error is [`Error`].
pub type Result<T> = std::result::Result<T, Error>;

/// Why a call failed.
///
/// Ask the predicates what to do next; [`Display`](fmt::Display) is for people. No error holds a secret.
pub struct Error(Box<Details>);

#[derive(Debug)]
struct Details {
    reason: Reason,
    /// Whether a command went out, at least in part, and was not answered.
    unanswered: bool,
    literal: Option<TruncatedLiteral>,
    /// What had come of the answer.
    rows: Vec<Fetch>,
    /// What the server said beside its refusal.
    alert: Option<StatusResponse>,
}

/// A literal of which not all octets came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TruncatedLiteral {
    /// How many octets had come.
    pub received: u64,
    /// How many the server had announced.
    pub announced: u64,
}

#[derive(Debug)]
pub(crate) enum Reason {
    Argument(String),
    /// A file of certificates or keys.
    File(PathBuf, Box<dyn std::error::Error + Send + Sync>),
    Refused(StatusResponse),
    Login(StatusResponse),
    Sasl(SaslError),
    LoginDisabled,
    /// The name of the capability, and what else there is to say.
    NotOffered(&'static str, &'static str),
    /// The mailbox is open for reading only.
    ReadOnly,
    Incomplete(Incomplete),
    Connection(EngineError),
    Tls(TlsFailure, rustls::Error),
    Timeout(TimeoutPhase),
    Limit(String),
    Io(&'static str, io::Error),
    Unreachable(String, io::Error),
    /// The caller's source of a message.
    Input(io::Error),
    /// The caller's target of a text.
    Output(io::Error),
}

impl Error {
    pub(crate) fn new(reason: Reason) -> Self {
        Self(Box::new(Details { reason, unanswered: false, literal: None, rows: Vec::new(), alert: None }))
    }

    /// Notes that a command went out, at least in part, and was not answered.
    pub(crate) fn unanswered(mut self, unanswered: bool) -> Self {
        self.0.unanswered |= unanswered;
        self
    }

    /// Notes that a part of what was to be done is done.
    pub(crate) fn after_a_part(self, done: bool) -> Self {
        let lost = !self.is_command_level() && !self.is_read_only();
        self.unanswered(done && lost)
    }

    /// Notes that the connection ended in the middle of a literal: how many octets had come, and how many were announced.
    pub(crate) fn within_literal(mut self, literal: Option<(u64, u64)>) -> Self {
        self.0.literal = literal.map(|(received, announced)| TruncatedLiteral { received, announced });
        self
    }

    /// Adds what had come of the answer, behind what is there already.
    pub(crate) fn with_rows(mut self, rows: Vec<Fetch>) -> Self {
        match self.0.rows.is_empty() {
            true => self.0.rows = rows,
            false => self.0.rows.extend(rows),
        }
        self
    }

    /// Adds what the commands before this one brought.
    pub(crate) fn after_rows(mut self, mut before: Vec<Fetch>) -> Self {
        before.append(&mut self.0.rows);
        self.0.rows = before;
        self
    }

    pub(crate) fn argument(text: impl Into<String>) -> Self {
        Self::new(Reason::Argument(text.into()))
    }

    /// A file of certificates or keys that cannot be used.
    pub(crate) fn file(path: &Path, error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::new(Reason::File(path.to_owned(), error.into()))
    }

    pub(crate) fn not_offered(capability: Capability) -> Self {
        Self::new(Reason::NotOffered(capability.name(), ""))
    }

    pub(crate) fn io(phase: TimeoutPhase, error: io::Error) -> Self {
        if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) {
            return Self::timeout(phase);
        }
        // What the layers between the engine and the network found out.
        let inner = error.get_ref();
        let (tls, engine) =
            (inner.and_then(|inner| inner.downcast_ref()), inner.and_then(|inner| inner.downcast_ref()));
        match (tls, engine) {
            (Some(tls), _) => Self::tls(rustls::Error::clone(tls)),
            (None, Some(limit)) => Self::from(EngineError::clone(limit)),
            (None, None) => Self::new(Reason::Io(phase.failed(), error)),
        }
    }

    pub(crate) fn tls(error: rustls::Error) -> Self {
        Self::new(Reason::Tls(TlsFailure::of(&error), error))
    }

    /// Says which failures of TLS are about a client certificate.
    pub(crate) fn with_client_certificate(mut self, certificate: ClientCertificate) -> Self {
        if let Reason::Tls(failure, error) = &mut self.0.reason {
            *failure = failure.with_client_certificate(error, certificate);
        }
        self
    }

    pub(crate) fn unreachable(address: &crate::endpoint::Address, error: io::Error) -> Self {
        Self::new(Reason::Unreachable(format!("cannot reach {} port {}", address.host, address.port), error))
    }

    #[cfg(unix)]
    pub(crate) fn no_socket(path: &Path, error: io::Error) -> Self {
        Self::new(Reason::Unreachable(format!("cannot reach the socket {}", path.display()), error))
    }

    pub(crate) fn no_tunnel(program: &str, error: io::Error) -> Self {
        Self::new(Reason::Unreachable(format!("cannot start {}", program.escape_debug()), error))
    }

    pub(crate) fn timeout(phase: TimeoutPhase) -> Self {
        Self::new(Reason::Timeout(phase))
    }

    /// Marks a refusal as one of the login. What the server said meanwhile may have the reason.
    pub(crate) fn of_login<'a>(mut self, said: impl DoubleEndedIterator<Item = &'a StatusResponse> + Clone) -> Self {
        let is_alert = |status: &&StatusResponse| {
            status.kind != StatusKind::Ok || matches!(status.code, Some(ResponseCode::Alert))
        };
        let known = said.clone().find(|status| status.refusal_hint().is_some());
        self.0.alert = known.or_else(|| said.rev().find(is_alert)).cloned();
        if let Reason::Refused(status) = self.0.reason {
            self.0.reason = Reason::Login(status);
        }
        self
    }

    /// The server said NO: it understood, and did not do it.
    #[must_use]
    pub fn is_no(&self) -> bool {
        self.status().is_some_and(|status| status.kind == StatusKind::No)
    }

    /// The server said BAD: it did not understand.
    #[must_use]
    pub fn is_bad(&self) -> bool {
        self.status().is_some_and(|status| status.kind == StatusKind::Bad)
    }

    /// The login was refused: wrong user or password, a mechanism that does not work here, or an account without a
    /// mailbox, which Microsoft 365 says only to the command that follows.
    #[must_use]
    pub fn is_authentication(&self) -> bool {
        matches!(self.0.reason, Reason::Login(_) | Reason::Sasl(_) | Reason::LoginDisabled)
            || self.refusal_hint() == Some(RefusalHint::NotConnected)
    }

    /// The server cannot do it now: the same may succeed later, on a new connection if this one was closed.
    #[must_use]
    pub fn is_temporary(&self) -> bool {
        matches!(self.code(), Some(ResponseCode::Unavailable | ResponseCode::InUse))
            || matches!(self.refusal_hint(), Some(RefusalHint::Throttled(_) | RefusalHint::TooManyConnections))
    }

    /// How long the server asks to wait before the next attempt, at most five minutes.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self.refusal_hint() {
            Some(RefusalHint::Throttled(delay)) => delay,
            _ => None,
        }
    }

    /// What the refusal is about, where only its text, or that of an [alert](Self::alert) beside it, says so in the words
    /// of a known server.
    #[must_use]
    pub fn refusal_hint(&self) -> Option<RefusalHint> {
        let complaint = self.status().and_then(StatusResponse::refusal_hint);
        complaint.or_else(|| self.alert().and_then(StatusResponse::refusal_hint))
    }

    /// What the server said in a line of its own before it refused the login: some tell only there why.
    #[must_use]
    pub fn alert(&self) -> Option<&StatusResponse> {
        self.0.alert.as_ref()
    }

    /// The connection is lost or was closed: imaplib's `abort`. A new connection may help; whether a command was carried out
    /// tells [`is_outcome_unknown`](Self::is_outcome_unknown).
    #[must_use]
    pub fn is_connection_lost(&self) -> bool {
        matches!(
            self.0.reason,
            Reason::Connection(EngineError::Closed(_)) | Reason::Timeout(_) | Reason::Io(..) | Reason::Unreachable(..)
        )
    }

    /// The command went out, at least in part, and no answer came: the server may have carried it out or not, or in part.
    /// Look before you repeat one that changes something, such as APPEND, COPY, MOVE and STORE: nothing is ever repeated
    /// by itself.
    ///
    /// An error without this mark says that the server did nothing of what was asked for, or has answered.
    #[must_use]
    pub fn is_outcome_unknown(&self) -> bool {
        self.0.unanswered
    }

    /// The literal in whose middle the connection ended or fell silent: what came of it is not the whole.
    #[must_use]
    pub fn truncated_literal(&self) -> Option<TruncatedLiteral> {
        self.0.literal
    }

    /// The rows that had come before the call failed, in the order in which they came: a server that cannot read one
    /// message says NO behind the rows of the others. They are from calls that collect rows, `fetch_all` and `store`, and
    /// from commands that do, such as [`FetchAll`](imaplib_proto::command::FetchAll); a stream of rows has given them out.
    #[must_use]
    pub fn partial_rows(&self) -> &[Fetch] {
        &self.0.rows
    }

    /// The same, taken out.
    #[must_use]
    pub fn into_partial_rows(self) -> Vec<Fetch> {
        self.0.rows
    }

    /// The server could not be reached at all.
    #[must_use]
    pub fn is_unreachable(&self) -> bool {
        matches!(self.0.reason, Reason::Unreachable(..))
    }

    /// A file or stream of the caller failed, not the connection; see [`io_error`](Self::io_error).
    #[must_use]
    pub fn is_caller_io(&self) -> bool {
        matches!(self.0.reason, Reason::Input(_) | Reason::Output(_))
    }

    /// The server does not speak the protocol: what it sent cannot be understood or must not be trusted.
    #[must_use]
    pub fn is_protocol(&self) -> bool {
        match &self.0.reason {
            Reason::Incomplete(_) => true,
            Reason::Connection(error) => !matches!(error, EngineError::Closed(_)),
            _ => false,
        }
    }

    /// A timeout ran out; [`timeout_phase`](Self::timeout_phase) returns which.
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        self.timeout_phase().is_some()
    }

    /// In which phase of the connection a timeout ran out, if one did.
    #[must_use]
    pub fn timeout_phase(&self) -> Option<TimeoutPhase> {
        match self.0.reason {
            Reason::Timeout(phase) => Some(phase),
            _ => None,
        }
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
        match self.0.reason {
            Reason::Tls(failure, _) => Some(failure),
            _ => None,
        }
    }

    /// An argument cannot be used; nothing was sent.
    #[must_use]
    pub fn is_bad_argument(&self) -> bool {
        matches!(self.0.reason, Reason::Argument(_) | Reason::File(..))
    }

    /// The file of certificates or keys that cannot be used, if that is what failed.
    #[must_use]
    pub fn unusable_file(&self) -> Option<&Path> {
        match &self.0.reason {
            Reason::File(path, _) => Some(path),
            _ => None,
        }
    }

    /// A limit was reached.
    #[must_use]
    pub fn is_limit(&self) -> bool {
        match &self.0.reason {
            Reason::Limit(_) => true,
            Reason::Connection(error) => error.is_limit(),
            _ => false,
        }
    }

    /// The server does not offer what was asked for; nothing was sent.
    #[must_use]
    pub fn is_unsupported(&self) -> bool {
        self.missing_capability().is_some()
    }

    /// The name of the capability that the server does not offer, such as `STARTTLS`, where something needs one.
    #[must_use]
    pub fn missing_capability(&self) -> Option<&'static str> {
        match self.0.reason {
            Reason::NotOffered(capability, _) => Some(capability),
            _ => None,
        }
    }

    /// The server forbids passwords in clear text (LOGINDISABLED), and offers no mechanism to log in by: nothing was sent.
    #[must_use]
    pub fn is_login_disabled(&self) -> bool {
        matches!(self.0.reason, Reason::LoginDisabled)
    }

    /// The mailbox is read-only, and the change was not sent or not made: imaplib's `readonly`. It may have been opened so,
    /// or turned so since.
    #[must_use]
    pub fn is_read_only(&self) -> bool {
        matches!(self.0.reason, Reason::ReadOnly) || matches!(self.code(), Some(ResponseCode::ReadOnly))
    }

    /// It is about the command alone: the connection goes on, and so do the commands beside it.
    pub(crate) fn is_command_level(&self) -> bool {
        self.is_no() || self.is_bad() || self.is_bad_argument() || self.is_unsupported()
    }

    /// The response code with which the server refused.
    #[must_use]
    pub fn code(&self) -> Option<&ResponseCode> {
        self.status().and_then(|status| status.code.as_ref())
    }

    /// What the server said when it refused, or when it closed the connection.
    #[must_use]
    pub fn status(&self) -> Option<&StatusResponse> {
        match &self.0.reason {
            Reason::Refused(status) | Reason::Login(status) => Some(status),
            Reason::Connection(EngineError::Closed(Some(bye))) => Some(bye),
            _ => None,
        }
    }

    /// The error of the operating system, if it was one.
    #[must_use]
    pub fn io_error(&self) -> Option<&io::Error> {
        match &self.0.reason {
            Reason::Io(_, error) | Reason::Unreachable(_, error) | Reason::Input(error) | Reason::Output(error) => {
                Some(error)
            }
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
        let refusal = |f: &mut fmt::Formatter<'_>, what: &str, status: &StatusResponse| {
            write!(f, "{what}: {}", status.kind)?;
            if let Some(code) = &status.code {
                write!(f, " [{}]", code.name())?;
            }
            write!(f, " {}", status.text)
        };
        match &self.0.reason {
            Reason::Argument(text) | Reason::Limit(text) => f.write_str(text),
            Reason::File(path, error) => write!(f, "cannot use {}: {error}", path.display()),
            Reason::Refused(status) => refusal(f, "the server refused", status),
            Reason::Login(status) => refusal(f, "the server refused the login", status),
            Reason::Sasl(error) => write!(f, "the login was cancelled: {error}"),
            Reason::LoginDisabled => {
                f.write_str("the server allows no login here (LOGINDISABLED): it may want TLS or another mechanism")
            }
            Reason::ReadOnly => f.write_str("the mailbox is open for reading only: nothing in it can be changed"),
            Reason::NotOffered(capability, more) => write!(f, "the server does not offer {capability}{more}"),
            Reason::Incomplete(error) => error.fmt(f),
            Reason::Connection(error) => error.fmt(f),
            Reason::Tls(failure, error) if failure.is_general() => write!(f, "TLS failed: {failure} ({error})"),
            Reason::Tls(failure, _) => write!(f, "TLS failed: {failure}"),
            Reason::Timeout(phase) => write!(f, "time ran out: {phase}"),
            Reason::Io(what, error) => write!(f, "{what}: {error}"),
            Reason::Unreachable(what, error) => write!(f, "{what}: {error}"),
            Reason::Input(error) => write!(f, "the message cannot be read: {error}"),
            Reason::Output(error) => write!(f, "the text cannot be written: {error}"),
        }?;
        match &self.0.literal {
            Some(TruncatedLiteral { received, announced }) => {
                write!(f, ", in the middle of a literal: {received} of its {announced} octets had come")
            }
            None => Ok(()),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.0.reason {
            Reason::Tls(_, error) => Some(error),
            Reason::File(_, error) => Some(&**error),
            _ => self.io_error().map(|error| error as _),
        }
    }
}

impl From<CommandError> for Error {
    fn from(error: CommandError) -> Self {
        Self::new(match error {
            CommandError::Invalid(invalid) => Reason::Argument(invalid.to_string()),
            CommandError::Refused(status) => Reason::Refused(*status),
            CommandError::Incomplete(incomplete) => Reason::Incomplete(incomplete),
            CommandError::Sasl(error) => Reason::Sasl(error),
            CommandError::Withheld(command) => Reason::NotOffered(command, ""),
            CommandError::Connection(error) => Reason::Connection(error),
            other => Reason::Argument(other.to_string()),
        })
    }
}

impl From<EngineError> for Error {
    fn from(error: EngineError) -> Self {
        Self::new(Reason::Connection(error))
    }
}

impl From<InvalidValue> for Error {
    fn from(invalid: InvalidValue) -> Self {
        Self::argument(invalid.to_string())
    }
}
