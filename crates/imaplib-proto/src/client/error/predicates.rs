//! What a program asks an error.

use std::time::Duration;

use super::{Error, Reason, TruncatedLiteral};
use crate::client::{BadArgument, ErrorKind, ExternalFailure, TimeoutPhase};
use crate::engine::EngineError;
use crate::types::{CopyUid, Fetch, RefusalHint, ResponseCode, StatusKind, StatusResponse, UidSet};

impl Error {
    /// What kind of failure it is.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match &self.0.reason {
            Reason::Argument(_) | Reason::External(ExternalFailure::CertificateFile) => ErrorKind::BadArgument,
            Reason::Refused(_) | Reason::Login(_) if self.is_temporary() => ErrorKind::Unavailable,
            Reason::Refused(status) => of_code(status.code.as_ref()),
            Reason::Login(_) | Reason::Sasl(_) | Reason::LoginDisabled => ErrorKind::Authentication,
            Reason::Unsupported(..) => ErrorKind::Unsupported,
            Reason::ReadOnly => ErrorKind::ReadOnly,
            Reason::Incomplete(_) => ErrorKind::Protocol,
            Reason::Connection(EngineError::Closed(_)) => ErrorKind::ConnectionLost,
            Reason::Connection(error) if error.is_limit() => ErrorKind::Limit,
            Reason::Connection(_) => ErrorKind::Protocol,
            Reason::Timeout(_) => ErrorKind::Timeout,
            Reason::TextTooLong { .. } | Reason::TooManyToOrder(_) => ErrorKind::Limit,
            Reason::External(ExternalFailure::Unreachable) => ErrorKind::Unreachable,
            Reason::External(ExternalFailure::Connection) => ErrorKind::ConnectionLost,
            Reason::External(ExternalFailure::Tls) => ErrorKind::Tls,
            Reason::External(ExternalFailure::Source | ExternalFailure::Target | ExternalFailure::Token) => {
                ErrorKind::CallerIo
            }
        }
    }

    /// The server sent NO: it understood, and did not do it.
    #[must_use]
    pub fn is_no(&self) -> bool {
        self.status().is_some_and(|status| status.kind == StatusKind::No)
    }

    /// The server sent BAD: it did not understand.
    #[must_use]
    pub fn is_bad(&self) -> bool {
        self.status().is_some_and(|status| status.kind == StatusKind::Bad)
    }

    /// The login was refused: wrong user or password, a mechanism that does not work here, or an account without a
    /// mailbox, which Microsoft 365 reports only to the command that follows.
    #[must_use]
    pub fn is_authentication(&self) -> bool {
        let of_login = matches!(self.0.reason, Reason::Login(_) | Reason::Sasl(_) | Reason::LoginDisabled);
        of_login || self.refusal_hint() == Some(RefusalHint::NotConnected)
    }

    /// The mechanism that the server refused; `LOGIN` is also the command of that name.
    #[must_use]
    pub fn refused_mechanism(&self) -> Option<&'static str> {
        self.0.context.mechanism
    }

    /// What the server sent within the login to explain its refusal: of XOAUTH2 and OAUTHBEARER a JSON object with the fields
    /// `status`, and perhaps `scope`, `schemes` and `openid-configuration` (RFC 7628, section 3.2.2). It is the server's
    /// text as it came, without the token.
    #[must_use]
    pub fn login_reason(&self) -> Option<&str> {
        self.0.context.login_reason.as_deref()
    }

    /// The server offers a way to log in that was not tried, because whoever can read the connection would learn the
    /// password. The refusal of the others does not show that the password is wrong: there are servers that offer
    /// mechanisms without being set up for them.
    #[must_use]
    pub fn is_password_withheld(&self) -> bool {
        self.0.context.withheld
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

    /// What the refusal is about, where only its text, or that of an [alert](Self::alert) beside it, contains the reason in
    /// the words of a known server.
    #[must_use]
    pub fn refusal_hint(&self) -> Option<RefusalHint> {
        let hint = self.status().and_then(StatusResponse::refusal_hint);
        hint.or_else(|| self.alert().and_then(StatusResponse::refusal_hint))
    }

    /// What the server sent in a response of its own before it refused the login: some give the reason only there.
    #[must_use]
    pub fn alert(&self) -> Option<&StatusResponse> {
        self.0.context.alert.as_ref()
    }

    /// The connection is lost or was closed: imaplib's `abort`. A new connection may help; whether a command was carried
    /// out is what [`is_outcome_unknown`](Self::is_outcome_unknown) returns.
    #[must_use]
    pub fn is_connection_lost(&self) -> bool {
        matches!(self.kind(), ErrorKind::ConnectionLost | ErrorKind::Timeout | ErrorKind::Unreachable)
    }

    /// The command was sent, at least in part, and no answer was received: the server may have carried it out or not, or in
    /// part. Look before you repeat one that changes something, such as APPEND, COPY, MOVE and STORE: nothing is ever
    /// repeated by itself.
    ///
    /// An error without this mark means that the server did nothing of what was asked for, or has answered.
    #[must_use]
    pub fn is_outcome_unknown(&self) -> bool {
        self.0.context.unanswered
    }

    /// The literal in whose middle the connection ended or fell silent: what was received of it is not the whole.
    #[must_use]
    pub fn truncated_literal(&self) -> Option<TruncatedLiteral> {
        self.0.context.literal
    }

    /// The rows that were received before the call failed, in the order in which they were received: a server that cannot
    /// read one message sends NO behind the rows of the others. They are from calls that collect rows, `fetch_all` and
    /// `store`, and from commands that do, such as [`FetchAll`](crate::command::FetchAll); a stream of rows has returned
    /// them already.
    #[must_use]
    pub fn partial_rows(&self) -> &[Fetch] {
        &self.0.context.rows
    }

    /// The same, taken out.
    #[must_use]
    pub fn into_partial_rows(self) -> Vec<Fetch> {
        self.0.context.rows
    }

    /// What the server reported as copied before the call failed: by `move_messages` on a server with MOVE, these messages
    /// have gone from the mailbox; on one without, and by `copy`, there are copies of them.
    #[must_use]
    pub fn partial_copy(&self) -> Option<&CopyUid> {
        self.0.context.copied.as_ref()
    }

    /// The messages that the server refused to send, if it was found out which they are: it sends the others.
    #[must_use]
    pub fn messages_refused(&self) -> &UidSet {
        &self.0.context.refused
    }

    /// The server does not follow the protocol: what it sent cannot be understood or must not be trusted.
    #[must_use]
    pub fn is_protocol(&self) -> bool {
        match &self.0.reason {
            Reason::Incomplete(_) => true,
            Reason::Connection(error) => !matches!(error, EngineError::Closed(_)),
            _ => false,
        }
    }

    /// In which phase of the connection a timeout ran out, if one did.
    #[must_use]
    pub fn timeout_phase(&self) -> Option<TimeoutPhase> {
        match self.0.reason {
            Reason::Timeout(phase) => Some(phase),
            _ => None,
        }
    }

    /// An argument cannot be used; nothing was sent.
    #[must_use]
    pub fn is_bad_argument(&self) -> bool {
        self.kind() == ErrorKind::BadArgument
    }

    /// What is wrong with the call, if that is what failed.
    #[must_use]
    pub fn argument(&self) -> Option<&BadArgument> {
        match &self.0.reason {
            Reason::Argument(argument) => Some(argument),
            _ => None,
        }
    }

    /// A limit was reached.
    #[must_use]
    pub fn is_limit(&self) -> bool {
        self.kind() == ErrorKind::Limit
    }

    /// The name of the capability that the server does not offer, such as `STARTTLS`, where something requires one.
    #[must_use]
    pub fn missing_capability(&self) -> Option<&'static str> {
        match self.0.reason {
            Reason::Unsupported(capability, _) => Some(capability),
            _ => None,
        }
    }

    /// The server forbids passwords in clear text (LOGINDISABLED), and offers no mechanism to log in by: nothing was sent.
    #[must_use]
    pub fn is_login_disabled(&self) -> bool {
        matches!(self.0.reason, Reason::LoginDisabled)
    }

    /// The mailbox is read-only, and the change was not sent or not made: imaplib's `readonly`. It may have been opened so,
    /// or become so since.
    #[must_use]
    pub fn is_read_only(&self) -> bool {
        matches!(self.0.reason, Reason::ReadOnly) || matches!(self.code(), Some(ResponseCode::ReadOnly))
    }

    /// It is about the command alone: the connection stays usable, and so do the commands beside it.
    #[must_use]
    pub fn is_command_level(&self) -> bool {
        match &self.0.reason {
            Reason::Refused(status) | Reason::Login(status) => matches!(status.kind, StatusKind::No | StatusKind::Bad),
            Reason::Argument(_)
            | Reason::Unsupported(..)
            | Reason::ReadOnly
            | Reason::LoginDisabled
            | Reason::TextTooLong { .. }
            | Reason::TooManyToOrder(_)
            | Reason::External(ExternalFailure::CertificateFile) => true,
            _ => false,
        }
    }

    /// Why the connection is over, if the engine found out.
    #[must_use]
    pub fn engine_error(&self) -> Option<&EngineError> {
        match &self.0.reason {
            Reason::Connection(error) => Some(error),
            _ => None,
        }
    }

    /// The response code with which the server refused.
    #[must_use]
    pub fn code(&self) -> Option<&ResponseCode> {
        self.status().and_then(|status| status.code.as_ref())
    }

    /// The response with which the server refused, or closed the connection.
    #[must_use]
    pub fn status(&self) -> Option<&StatusResponse> {
        match &self.0.reason {
            Reason::Refused(status) | Reason::Login(status) => Some(status),
            Reason::Connection(EngineError::Closed(Some(bye))) => Some(bye),
            _ => None,
        }
    }

    /// What outside the protocol failed, if that is the reason.
    #[must_use]
    pub fn external_failure(&self) -> Option<ExternalFailure> {
        match self.0.reason {
            Reason::External(failure) => Some(failure),
            _ => None,
        }
    }
}

/// The kind of a refusal with this response code.
fn of_code(code: Option<&ResponseCode>) -> ErrorKind {
    match code {
        Some(ResponseCode::NonExistent | ResponseCode::TryCreate) => ErrorKind::NoSuchMailbox,
        Some(ResponseCode::AlreadyExists) => ErrorKind::AlreadyExists,
        Some(ResponseCode::OverQuota) => ErrorKind::OverQuota,
        Some(ResponseCode::NoPerm) => ErrorKind::PermissionDenied,
        Some(ResponseCode::ReadOnly) => ErrorKind::ReadOnly,
        Some(ResponseCode::Limit) => ErrorKind::Limit,
        _ => ErrorKind::Refused,
    }
}
