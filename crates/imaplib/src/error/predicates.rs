//! What a program asks an error.

use std::time::Duration;

use imaplib_proto::client::{BadArgument, ErrorKind, TimeoutPhase, TruncatedLiteral};
use imaplib_proto::types::{CopyUid, Fetch, RefusalHint, ResponseCode, StatusResponse, UidSet};

use super::Error;

impl Error {
    /// What kind of failure it is.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.core().kind()
    }

    /// The server sent NO: it understood, and did not do it.
    #[must_use]
    pub fn is_no(&self) -> bool {
        self.core().is_no()
    }

    /// The server sent BAD: it did not understand.
    #[must_use]
    pub fn is_bad(&self) -> bool {
        self.core().is_bad()
    }

    /// The login was refused: wrong user or password, a mechanism that does not work here, or an account without a
    /// mailbox, which Microsoft 365 reports only to the command that follows.
    #[must_use]
    pub fn is_authentication(&self) -> bool {
        self.core().is_authentication()
    }

    /// The mechanism that the server refused; `LOGIN` is also the command of that name.
    #[must_use]
    pub fn refused_mechanism(&self) -> Option<&'static str> {
        self.core().refused_mechanism()
    }

    /// What the server sent within the login to explain its refusal: of XOAUTH2 and OAUTHBEARER a JSON object with the fields
    /// `status`, and perhaps `scope`, `schemes` and `openid-configuration` (RFC 7628, section 3.2.2). It is the server's
    /// text as it came, without the token.
    #[must_use]
    pub fn login_reason(&self) -> Option<&str> {
        self.core().login_reason()
    }

    /// The server offers a way to log in that was not tried, because whoever can read the connection would learn the
    /// password. The refusal of the others does not show that the password is wrong: there are servers that offer
    /// mechanisms without being set up for them.
    #[must_use]
    pub fn is_password_withheld(&self) -> bool {
        self.core().is_password_withheld()
    }

    /// The server cannot do it now: the same may succeed later, on a new connection if this one was closed.
    #[must_use]
    pub fn is_temporary(&self) -> bool {
        self.core().is_temporary()
    }

    /// How long the server asks to wait before the next attempt, at most five minutes.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.core().retry_after()
    }

    /// What the refusal is about, where only its text, or that of an [alert](Self::alert) beside it, contains the reason in
    /// the words of a known server.
    #[must_use]
    pub fn refusal_hint(&self) -> Option<RefusalHint> {
        self.core().refusal_hint()
    }

    /// What the server sent in a response of its own before it refused the login: some give the reason only there.
    #[must_use]
    pub fn alert(&self) -> Option<&StatusResponse> {
        self.core().alert()
    }

    /// The connection is lost or was closed: imaplib's `abort`. A new connection may help; whether a command was carried
    /// out is what [`is_outcome_unknown`](Self::is_outcome_unknown) returns.
    #[must_use]
    pub fn is_connection_lost(&self) -> bool {
        self.core().is_connection_lost()
    }

    /// The command was sent, at least in part, and no answer was received: the server may have carried it out or not, or in
    /// part. Look before you repeat one that changes something, such as APPEND, COPY, MOVE and STORE: nothing is ever
    /// repeated by itself.
    ///
    /// An error without this mark means that the server did nothing of what was asked for, or has answered.
    #[must_use]
    pub fn is_outcome_unknown(&self) -> bool {
        self.core().is_outcome_unknown()
    }

    /// The literal in whose middle the connection ended or fell silent: what was received of it is not the whole.
    #[must_use]
    pub fn truncated_literal(&self) -> Option<TruncatedLiteral> {
        self.core().truncated_literal()
    }

    /// The rows that were received before the call failed, in the order in which they were received: a server that cannot
    /// read one message sends NO behind the rows of the others. They are from calls that collect rows, `fetch_all` and
    /// `store`, and from commands that do, such as [`FetchAll`](imaplib_proto::command::FetchAll); a stream of rows has returned
    /// them already.
    #[must_use]
    pub fn partial_rows(&self) -> &[Fetch] {
        self.core().partial_rows()
    }

    /// The same, taken out.
    #[must_use]
    pub fn into_partial_rows(self) -> Vec<Fetch> {
        self.into_core().into_partial_rows()
    }

    /// What the server reported as copied before the call failed: by `move_messages` on a server with MOVE, these messages
    /// have gone from the mailbox; on one without, and by `copy`, there are copies of them.
    #[must_use]
    pub fn partial_copy(&self) -> Option<&CopyUid> {
        self.core().partial_copy()
    }

    /// The messages that the server refused to send, if it was found out which they are: it sends the others.
    #[must_use]
    pub fn messages_refused(&self) -> &UidSet {
        self.core().messages_refused()
    }

    /// The server does not follow the protocol: what it sent cannot be understood or must not be trusted.
    #[must_use]
    pub fn is_protocol(&self) -> bool {
        self.core().is_protocol()
    }

    /// In which phase of the connection a timeout ran out, if one did.
    #[must_use]
    pub fn timeout_phase(&self) -> Option<TimeoutPhase> {
        self.core().timeout_phase()
    }

    /// An argument cannot be used; nothing was sent.
    #[must_use]
    pub fn is_bad_argument(&self) -> bool {
        self.core().is_bad_argument()
    }

    /// What is wrong with the call, if that is what failed.
    #[must_use]
    pub fn argument(&self) -> Option<&BadArgument> {
        self.core().argument()
    }

    /// A limit was reached.
    #[must_use]
    pub fn is_limit(&self) -> bool {
        self.core().is_limit()
    }

    /// The name of the capability that the server does not offer, such as `STARTTLS`, where something requires one.
    #[must_use]
    pub fn missing_capability(&self) -> Option<&'static str> {
        self.core().missing_capability()
    }

    /// The server forbids passwords in clear text (LOGINDISABLED), and offers no mechanism to log in by: nothing was sent.
    #[must_use]
    pub fn is_login_disabled(&self) -> bool {
        self.core().is_login_disabled()
    }

    /// The mailbox is read-only, and the change was not sent or not made: imaplib's `readonly`. It may have been opened so,
    /// or become so since.
    #[must_use]
    pub fn is_read_only(&self) -> bool {
        self.core().is_read_only()
    }

    /// It is about the command alone: the connection stays usable, and so do the commands beside it.
    #[must_use]
    pub fn is_command_level(&self) -> bool {
        self.core().is_command_level()
    }

    /// The response code with which the server refused.
    #[must_use]
    pub fn code(&self) -> Option<&ResponseCode> {
        self.core().code()
    }

    /// The response with which the server refused, or closed the connection.
    #[must_use]
    pub fn status(&self) -> Option<&StatusResponse> {
        self.core().status()
    }
}
