//! The error of a client: whose fault it is, and what to do.

mod predicates;

use std::fmt;

use super::{BadArgument, ExternalFailure, TimeoutPhase};
use crate::command::Incomplete;
use crate::engine::{CommandError, EngineError};
use crate::sasl::SaslError;
use crate::types::{Capability, CopyUid, Fetch, InvalidValue, ResponseCode, StatusKind, StatusResponse, UidSet};

/// How many ranges of messages a text names.
const SHOWN_RANGES: usize = 10;

/// A result whose error is [`Error`].
pub type Result<T> = std::result::Result<T, Error>;

/// Why a call failed.
///
/// Ask [`kind`](Self::kind) or the predicates what to do next; [`Display`](fmt::Display) is for people. No error contains a
/// secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Error(Box<Details>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Details {
    reason: Reason,
    context: Context,
}

/// What is known beside the reason.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Context {
    /// Whether a command went out, at least in part, and was not answered.
    unanswered: bool,
    literal: Option<TruncatedLiteral>,
    /// The part of the answer that was received.
    rows: Vec<Fetch>,
    /// What COPY or MOVE had reported before.
    copied: Option<CopyUid>,
    /// What the server sent beside its refusal of a login.
    alert: Option<StatusResponse>,
    /// The mechanism that was refused.
    mechanism: Option<&'static str>,
    /// Whether a way to log in was not tried because others could read the password.
    withheld: bool,
    /// What the server sent within a login that it refused.
    login_reason: Option<String>,
    /// The messages that it refused to send, where it sends others.
    refused: UidSet,
}

/// A literal that was not received to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TruncatedLiteral {
    /// How many bytes were received.
    pub received: u64,
    /// How many the server had announced.
    pub announced: u64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Reason {
    Argument(BadArgument),
    Refused(StatusResponse),
    Login(StatusResponse),
    Sasl(SaslError),
    LoginDisabled,
    /// The name of the capability, and why it is missed.
    Unsupported(&'static str, MissedBecause),
    ReadOnly,
    Incomplete(Incomplete),
    Connection(EngineError),
    Timeout(TimeoutPhase),
    /// A text is longer than the caller's limit.
    TextTooLong {
        length: u64,
        limit: u64,
    },
    /// More messages than the client sorts or puts into threads.
    TooManyToOrder(u64),
    External(ExternalFailure),
}

/// Why a capability is missed, where there is more to report than its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum MissedBecause {
    NotOffered,
    /// STARTTLS on a server that greets with PREAUTH.
    Preauthenticated,
    /// STARTTLS on a server without it.
    NoStartTls,
    /// UID EXPUNGE on a server without UIDPLUS.
    NoUidExpunge,
}

impl Error {
    fn new(reason: Reason) -> Self {
        Self(Box::new(Details { reason, context: Context::default() }))
    }

    /// The call was wrong; nothing was sent.
    #[must_use]
    pub fn bad_argument(argument: BadArgument) -> Self {
        Self::new(Reason::Argument(argument))
    }

    /// The server does not offer the capability of this name; nothing was sent.
    #[must_use]
    pub fn unsupported(capability: &'static str) -> Self {
        Self::new(Reason::Unsupported(capability, MissedBecause::NotOffered))
    }

    /// The server does not offer STARTTLS; nothing was sent.
    #[must_use]
    pub fn no_start_tls() -> Self {
        Self::new(Reason::Unsupported(Capability::StartTls.name(), MissedBecause::NoStartTls))
    }

    /// The server greets with PREAUTH where STARTTLS is required; nothing was sent.
    #[must_use]
    pub fn preauthenticated_in_clear() -> Self {
        Self::new(Reason::Unsupported(Capability::StartTls.name(), MissedBecause::Preauthenticated))
    }

    /// The server has no UIDPLUS, and so cannot remove single messages; nothing was sent.
    #[must_use]
    pub fn no_uid_expunge() -> Self {
        Self::new(Reason::Unsupported(Capability::UidPlus.name(), MissedBecause::NoUidExpunge))
    }

    /// The mailbox is read-only; nothing was sent.
    #[must_use]
    pub fn read_only() -> Self {
        Self::new(Reason::ReadOnly)
    }

    /// The server allows no login here; nothing was sent.
    #[must_use]
    pub fn login_disabled() -> Self {
        Self::new(Reason::LoginDisabled)
    }

    /// A timeout ran out.
    #[must_use]
    pub fn timeout(phase: TimeoutPhase) -> Self {
        Self::new(Reason::Timeout(phase))
    }

    /// A text of this many bytes is longer than the caller's limit.
    #[must_use]
    pub fn text_too_long(length: u64, limit: u64) -> Self {
        Self::new(Reason::TextTooLong { length, limit })
    }

    /// This many messages are too many for the client to sort them or to put them into threads.
    #[must_use]
    pub fn too_many_to_order(messages: u64) -> Self {
        Self::new(Reason::TooManyToOrder(messages))
    }

    /// The server refused to send these messages, and sends others.
    #[must_use]
    pub fn refused_messages(status: StatusResponse, messages: UidSet) -> Self {
        let mut error = Self::new(Reason::Refused(status));
        error.0.context.refused = messages;
        error
    }

    /// Something outside the protocol failed.
    #[must_use]
    pub fn external(failure: ExternalFailure) -> Self {
        Self::new(Reason::External(failure))
    }

    /// Notes whether a command went out, at least in part, and was not answered.
    #[must_use]
    pub fn unanswered(mut self, unanswered: bool) -> Self {
        self.0.context.unanswered |= unanswered;
        self
    }

    /// Notes whether a part of the work is done: if the connection was lost then, nobody knows how much.
    #[must_use]
    pub fn after_a_part(self, done: bool) -> Self {
        let lost = !self.is_command_level();
        self.unanswered(done && lost)
    }

    /// Notes that the connection ended in the middle of a literal: how many bytes were received and how many announced.
    #[must_use]
    pub fn within_literal(mut self, literal: Option<(u64, u64)>) -> Self {
        self.0.context.literal = literal.map(|(received, announced)| TruncatedLiteral { received, announced });
        self
    }

    /// Adds received rows, behind those that are there already.
    #[must_use]
    pub fn with_rows(mut self, rows: Vec<Fetch>) -> Self {
        match self.0.context.rows.is_empty() {
            true => self.0.context.rows = rows,
            false => self.0.context.rows.extend(rows),
        }
        self
    }

    /// The rows that were received before it, taken out.
    #[cfg(feature = "mime")]
    pub(super) fn take_partial_rows(&mut self) -> Vec<Fetch> {
        std::mem::take(&mut self.0.context.rows)
    }

    /// Adds the rows of the commands before this one.
    #[must_use]
    pub fn after_rows(mut self, mut before: Vec<Fetch>) -> Self {
        before.append(&mut self.0.context.rows);
        self.0.context.rows = before;
        self
    }

    /// Adds what was reported as copied before this error.
    #[must_use]
    pub fn after_copies(mut self, before: Option<CopyUid>) -> Self {
        if let Some(mut all) = before {
            if let Some(after) = self.0.context.copied.take() {
                all.join(after);
            }
            self.0.context.copied = Some(all);
        }
        self
    }

    /// Marks a refusal as one of the login. What the server sent meanwhile may contain the reason.
    #[must_use]
    pub fn of_login<'a>(mut self, said: impl DoubleEndedIterator<Item = &'a StatusResponse> + Clone) -> Self {
        let is_alert = |status: &&StatusResponse| {
            status.kind != StatusKind::Ok || matches!(status.code, Some(ResponseCode::Alert))
        };
        let known = said.clone().find(|status| status.refusal_hint().is_some());
        self.0.context.alert = known.or_else(|| said.rev().find(is_alert)).cloned();
        if let Reason::Refused(status) = self.0.reason {
            self.0.reason = Reason::Login(status);
        }
        self
    }

    /// Notes what the server sent within a login to explain its refusal, secrets removed.
    #[must_use]
    pub fn with_login_reason(mut self, reason: Option<String>) -> Self {
        if reason.is_some() {
            self.0.context.login_reason = reason;
        }
        self
    }

    /// Notes which mechanism was refused.
    #[must_use]
    pub fn by_mechanism(mut self, mechanism: &'static str) -> Self {
        self.0.context.mechanism = Some(mechanism);
        self
    }

    /// Notes whether a way to log in was not tried because others could read the password.
    #[must_use]
    pub fn with_password_withheld(mut self, withheld: bool) -> Self {
        self.0.context.withheld = withheld;
        self
    }
}

impl std::error::Error for Error {}

impl From<CommandError> for Error {
    fn from(error: CommandError) -> Self {
        Self::new(match error {
            CommandError::Invalid(invalid) => Reason::Argument(invalid.into()),
            CommandError::Refused(status) => Reason::Refused(*status),
            CommandError::Incomplete(incomplete) => Reason::Incomplete(incomplete),
            CommandError::Sasl(error) => Reason::Sasl(error),
            CommandError::Withheld(command) => Reason::Unsupported(command, MissedBecause::NotOffered),
            CommandError::Connection(error) => Reason::Connection(error),
        })
    }
}

impl From<EngineError> for Error {
    fn from(error: EngineError) -> Self {
        Self::new(Reason::Connection(error))
    }
}

impl From<Incomplete> for Error {
    fn from(incomplete: Incomplete) -> Self {
        Self::new(Reason::Incomplete(incomplete))
    }
}

impl From<BadArgument> for Error {
    fn from(argument: BadArgument) -> Self {
        Self::bad_argument(argument)
    }
}

impl From<InvalidValue> for Error {
    fn from(invalid: InvalidValue) -> Self {
        Self::bad_argument(invalid.into())
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
        self.0.reason.fmt(f)?;
        if let Some(literal) = &self.0.context.literal {
            literal.fmt(f)?;
        }
        match &self.0.context.refused {
            refused if refused.is_empty() => Ok(()),
            refused => fmt_refused(refused, f),
        }
    }
}

/// The end of a sentence: how many messages were refused, and which are the first of them.
fn fmt_refused(refused: &UidSet, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let (count, first) = (refused.len(), refused.ranges().take(SHOWN_RANGES).collect::<Vec<_>>());
    let more = if refused.ranges().len() > SHOWN_RANGES { " and others" } else { "" };
    let first: UidSet = first.into_iter().map(|(low, high)| low..=high).collect();
    write!(f, " (of {count} of the messages found: UID {first}{more})")
}

impl fmt::Display for TruncatedLiteral {
    /// The end of a sentence.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { received, announced } = self;
        write!(f, ", in the middle of a literal: {received} of its {announced} bytes were received")
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let refusal = |f: &mut fmt::Formatter<'_>, what: &str, status: &StatusResponse| {
            write!(f, "{what}: {}", status.kind)?;
            if let Some(code) = &status.code {
                write!(f, " [{}]", code.name())?;
            }
            write!(f, " {}", status.text)
        };
        match self {
            Self::Argument(argument) => argument.fmt(f),
            Self::Refused(status) => refusal(f, "the server refused", status),
            Self::Login(status) => refusal(f, "the server refused the login", status),
            Self::Sasl(error) => write!(f, "the login was cancelled: {error}"),
            Self::LoginDisabled => {
                f.write_str("the server allows no login here (LOGINDISABLED): it may require TLS or another mechanism")
            }
            Self::ReadOnly => f.write_str("the mailbox is read-only: nothing in it can be changed"),
            Self::Unsupported(capability, because) => write!(f, "the server does not offer {capability}{because}"),
            Self::Incomplete(error) => error.fmt(f),
            Self::Connection(error) => error.fmt(f),
            Self::Timeout(phase) => write!(f, "timed out: {phase}"),
            Self::TextTooLong { length, limit } => {
                write!(f, "the text is {length} bytes long, more than the limit of {limit}")
            }
            Self::TooManyToOrder(messages) => write!(
                f,
                "{messages} messages are too many to be sorted or put into threads by the client: search with conditions \
                 that fewer of them meet"
            ),
            Self::External(failure) => failure.fmt(f),
        }
    }
}

impl fmt::Display for MissedBecause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotOffered => "",
            Self::Preauthenticated => ", for it greets with PREAUTH: somebody may be tampering",
            Self::NoUidExpunge => ": single messages cannot be removed safely, only all that are marked (expunge)",
            Self::NoStartTls => ": use imaps:// (implicit TLS, port 993) if it has that",
        })
    }
}
