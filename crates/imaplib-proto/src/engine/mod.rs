//! The connection as a state machine, without a socket and without a clock.
//!
//! An [`Engine`] is driven by whoever owns the transport. The rule is short:
//!
//! 1. [`start`](Engine::start) commands; each returns a [`Ticket`].
//! 2. Write what [`transmit`](Engine::transmit) returns, and report how much went out ([`sent`](Engine::sent)), until it
//!    returns nothing.
//! 3. Call [`poll`](Engine::poll) until it returns [`Step::Blocked`], then read bytes into
//!    [`recv_buffer`](Engine::recv_buffer), report how many they are ([`advance`](Engine::advance)), and go back to 2.
//! 4. When [`Step::Finished`] names a ticket, [`take`](Engine::take) its result.
//!
//! ```text
//!             OK greeting                    LOGIN / AUTHENTICATE OK              SELECT OK
//!  Greeting ──────────────▶ NotAuthenticated ───────────────────────▶ Authenticated ◀──────▶ Selected
//!      │ PREAUTH greeting ──────────────────────────────────────────────▲    CLOSE, UNSELECT, failed SELECT
//!      │                 NotAuthenticated ◀──── UNAUTHENTICATE ──── Authenticated, Selected
//!      └──── BYE ────▶ Logout ◀──── LOGOUT, BYE from every state
//! ```
//!
//! Data that belong to no command become [`Event`]s, in order. An abandoned command ([`abandon`](Engine::abandon)) is
//! drained: its answer is received and dropped, so that the connection stays usable.
//!
//! The engine consists of parts, one file each: what waits to be sent (`Outbound`), what was received (`Inbound`), what is
//! known of the session (`SessionState`), the commands that are not over (`InFlight`), and `Counters`. The other files
//! are what happens between them.

mod completion;
mod error;
mod events;
mod in_flight;
mod inbound;
mod lifecycle;
mod limits;
mod outbound;
mod receive;
mod rows;
mod selected_mailbox;
mod send;
mod server_quirks;
mod session_state;
mod trace;

use std::any::Any;
use std::marker::PhantomData;

use bytes::Bytes;

use crate::command::{Command, Conduct, Effect, Numbering, Reply, Tag};
use crate::parse::Context;
use crate::redact::Redactor;
use crate::types::{Diagnostic, Fetch, ImapString, InvalidValue, StatusKind, StatusResponse};
use crate::wire::Encoder;

pub use error::{CommandError, EngineError};
pub use events::Event;
use events::EventQueue;
use in_flight::{Finished, InFlight};
use inbound::{Inbound, RowState};
use limits::Counters;
pub use limits::{Limits, Progress};
use outbound::{Outbound, Waiting};
pub use selected_mailbox::SelectedMailbox;
pub use send::Transmit;
pub use server_quirks::ServerProfile;
use session_state::SessionState;
pub use session_state::State;
pub use trace::Trace;

/// Names a command in flight.
#[derive(Debug)]
pub struct Ticket<C> {
    id: u64,
    command: PhantomData<fn() -> C>,
}

impl<C> Ticket<C> {
    /// The tag that the command is sent with.
    #[must_use]
    pub fn tag(&self) -> Tag {
        Tag::new(self.id)
    }

    /// The number by which [`Step::Finished`] and [`Engine::abandon`] name the command.
    #[must_use]
    pub fn id(&self) -> u64 {
        self.id
    }
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Step {
    /// Nothing until more bytes are received or sent.
    Blocked,
    /// The command with this number is over: take its result.
    Finished(u64),
    /// The server is ready: it has greeted, IDLE has begun, or it waits for the caller's message.
    Ready,
    /// A row of the command whose answer is a stream of rows, or more of the row before.
    Row(Row),
    /// Bytes of the last section of the row.
    Chunk(Bytes),
    /// The command with this number, which outlives its completion, has taken a response: look at it with
    /// [`Engine::lasting`].
    Updated(u64),
    /// Something came that belongs to no command: it waits among the events.
    Event,
    /// A login needs more time for hashing the password, of which each call of [`poll`](Engine::poll) uses about a
    /// millisecond: who drives more than this connection can see to the others in between.
    InProgress,
}

/// A row of an answer, or a part of one.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Row {
    /// What it contains; of a continuation, what it adds.
    pub fetch: Box<Fetch>,
    /// What was repaired or not understood.
    pub diagnostics: Vec<Diagnostic>,
    /// Whether this adds to the row before.
    pub continues: bool,
    /// Whether the last section follows in chunks, and the rest of the row after them.
    pub open: bool,
}

/// The connection. See the [module's documentation](self) for how to drive it.
pub struct Engine {
    outbound: Outbound,
    inbound: Inbound,
    session: SessionState,
    in_flight: InFlight,
    counters: Counters,
    events: EventQueue,
    limits: Limits,
    failed: Option<EngineError>,
    trace: Option<Box<dyn Trace>>,
}

impl Default for Engine {
    fn default() -> Self {
        Self::new(Limits::default())
    }
}

impl Engine {
    /// A connection on which nothing has happened.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        let mut engine = Self {
            outbound: Outbound::default(),
            inbound: Inbound::default(),
            session: SessionState::default(),
            in_flight: InFlight::default(),
            counters: Counters::default(),
            events: EventQueue::new(&limits),
            limits,
            failed: None,
            trace: None,
        };
        engine.apply_limits();
        engine
    }

    /// Passes each line to the trace from now on.
    pub fn set_trace(&mut self, trace: Box<dyn Trace>) {
        self.trace = Some(trace);
    }

    /// Begins a command. It is sent as soon as the commands before it allow.
    ///
    /// # Errors
    /// If an argument cannot be sent, or the connection is over. Nothing is sent then.
    pub fn start<C: Command>(&mut self, mut command: C) -> Result<Ticket<C>, CommandError> {
        if let Some(error) = &self.failed {
            return Err(CommandError::Connection(error.clone()));
        }
        if self.session.state == State::Logout {
            return Err(CommandError::Connection(self.session.closed()));
        }
        let claimed = command.conduct();
        if let Some(name) = self.session.profile.withheld(claimed.answers_as) {
            return Err(CommandError::Withheld(name));
        }
        if let Some(dialog) = command.dialog() {
            dialog.limit_iterations(self.limits.scram_iterations);
        }
        self.inbound.try_fast_again();
        let mut encoder = Encoder::new(self.session.encoding());
        command.encode(&mut encoder);
        let fragments = encoder.finish().map_err(CommandError::Invalid)?;
        let conduct = claimed.checked(&fragments, self.session.names()).map_err(CommandError::Invalid)?;
        if conduct.numbering != Numbering::Uid && self.removes_at_any_time() {
            let what =
                "command while NOTIFY lets the server remove messages at any time: name them by UID, not by number";
            return Err(CommandError::Invalid(InvalidValue::new(what, "")));
        }
        let id = self.in_flight.next_id();
        let filter = command.rows().and_then(|rows| rows.row_filter());
        self.outbound.waiting.push_back(Waiting { id, conduct, filter, command: Box::new(command), fragments });
        self.pump();
        Ok(Ticket { id, command: PhantomData })
    }

    /// The result of a command, once it has finished.
    pub fn take<C: Command>(&mut self, ticket: &Ticket<C>) -> Option<Result<Reply<C::Output>, CommandError>> {
        let Finished { mut command, completion, diagnostics, .. } = self.in_flight.take_finished(ticket.id)?;
        let failure = command.dialog().and_then(|dialog| dialog.failure());
        if completion.kind != StatusKind::Ok && !command.accepts_refusal(&completion) {
            return Some(Err(match failure {
                Some(error) => CommandError::Sasl(error),
                None => CommandError::Refused(Box::new(completion)),
            }));
        }
        let command: Box<dyn Any> = command.into_any();
        let command = command.downcast::<C>().ok()?;
        Some(match (*command).finish(&completion) {
            Ok(value) => Ok(Reply { value, code: completion.code, text: completion.text, diagnostics }),
            Err(incomplete) => Err(failure.map_or(CommandError::Incomplete(incomplete), CommandError::Sasl)),
        })
    }

    /// A command that [outlives its completion](crate::command::Conduct::outlives_completion) and still collects responses:
    /// [`Step::Updated`] names it when it has taken one. Its [result](Self::take) ends that.
    pub fn lasting<C: Command>(&mut self, ticket: &Ticket<C>) -> Option<&mut C> {
        let mut finished = self.in_flight.finished.iter_mut();
        let finished = finished.find(|finished| finished.id == ticket.id && finished.collects)?;
        finished.command.as_any_mut().downcast_mut()
    }

    /// The rows that a command had collected which failed: the server refused it, or the connection is over. Take them
    /// before the [result](Self::take). None for a command that succeeded: its output has them.
    pub fn take_partial_rows<C: Command>(&mut self, ticket: &Ticket<C>) -> Vec<Fetch> {
        let InFlight { finished, flights, .. } = &mut self.in_flight;
        if let Some(finished) = finished.iter_mut().find(|finished| finished.id == ticket.id) {
            let Finished { command, completion, .. } = finished;
            let succeeded = completion.kind == StatusKind::Ok || command.accepts_refusal(completion);
            return if succeeded { Vec::new() } else { command.take_rows() };
        }
        let flight = flights.iter_mut().find(|flight| flight.id == ticket.id);
        flight.map(|flight| flight.command.take_rows()).unwrap_or_default()
    }

    /// What the server sent within a login that it refused to explain why, without the secret. Take it before the
    /// [result](Self::take).
    pub fn take_login_reason<C: Command>(&mut self, ticket: &Ticket<C>) -> Option<String> {
        let finished = self.in_flight.finished.iter_mut().find(|finished| finished.id == ticket.id)?;
        let dialog = finished.command.dialog()?;
        let reason = dialog.server_reason()?.to_vec();
        let clean = Redactor::of_long(dialog.secrets()).redact(&reason).into_owned();
        Some(String::from_utf8_lossy(&clean).into_owned())
    }

    /// A command that is not over, or whose result was not taken.
    pub(crate) fn command_of<C: Command>(&mut self, ticket: &Ticket<C>) -> Option<&mut C> {
        let InFlight { finished, flights, .. } = &mut self.in_flight;
        let flying = flights.iter_mut().filter(|flight| flight.id == ticket.id).map(|flight| &mut flight.command);
        let over = finished.iter_mut().filter(|over| over.id == ticket.id).map(|over| &mut over.command);
        flying.chain(over).next()?.as_any_mut().downcast_mut()
    }

    /// Abandons a command: its answer is received and dropped. One that was not sent yet never will be.
    ///
    /// One of which the caller still owes bytes cannot be abandoned: the connection is over then.
    pub fn abandon(&mut self, id: u64) {
        if self.outbound.owes(id) {
            self.close_with(EngineError::TruncatedLiteral);
        }
        self.outbound.waiting.retain(|waiting| waiting.id != id);
        self.in_flight.finished.retain(|finished| finished.id != id);
        if self.inbound.row == RowState::Given(id) {
            self.inbound.row = RowState::Dropped;
        }
        let mut idle = false;
        for flight in self.in_flight.flights.iter_mut().filter(|flight| flight.id == id) {
            flight.abandoned = true;
            flight.hands_out_rows = false;
            idle |= flight.conduct.effect == Effect::Idles;
        }
        if idle {
            self.end_idle();
        }
        self.pump();
    }

    /// Hands a row back that is not needed any more: the next one is read into its memory.
    #[inline]
    pub fn reuse_row(&mut self, row: Box<Fetch>) {
        self.inbound.reuse_row(row);
    }

    /// Ends IDLE: sends DONE as soon as the server is ready for it. The command finishes some time later.
    pub fn idle_done(&mut self) {
        // One that is not sent yet need not be.
        let waiting = &mut self.outbound.waiting;
        if let Some(at) = waiting.iter().position(|waiting| waiting.conduct.effect == Effect::Idles) {
            if let Some(Waiting { id, command, .. }) = waiting.remove(at) {
                let completion = StatusResponse { kind: StatusKind::Ok, code: None, text: ImapString::default() };
                let diagnostics = Vec::new();
                let finished = Finished { id, command, completion, collects: false, collected: 0, diagnostics };
                self.in_flight.finished.push(finished);
            }
            self.pump();
            return;
        }
        self.end_idle();
    }

    /// Whether messages can be removed from the open mailbox at any time, or may be once the commands in flight are answered.
    fn removes_at_any_time(&self) -> bool {
        let will = |conduct: &Conduct| conduct.effect == Effect::Notifies { expunge_at_any_time: true };
        let mut flights = self.in_flight.flights.iter().map(|flight| &flight.conduct);
        let mut waiting = self.outbound.waiting.iter().map(|waiting| &waiting.conduct);
        self.session.expunge_at_any_time || flights.any(will) || waiting.any(will)
    }

    fn context(&self) -> Context {
        self.session.context(self.limits.depth)
    }

    fn apply_limits(&mut self) {
        self.inbound.apply(&self.limits, self.session.is_logged_in());
    }
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut debug = f.debug_struct("Engine");
        debug.field("state", &self.session.state).field("mailbox", &self.session.mailbox).finish_non_exhaustive()
    }
}
