//! The connection as a state machine, without a socket and without a clock.
//!
//! An [`Engine`] is driven by whoever owns the transport. The rule is short:
//!
//! 1. [`start`](Engine::start) commands; each gives a [`Ticket`].
//! 2. Write what [`transmit`](Engine::transmit) gives, say how much went out ([`sent`](Engine::sent)), until it gives
//!    nothing.
//! 3. Call [`poll`](Engine::poll) until it says [`Step::Blocked`], then read octets into [`recv_buffer`](Engine::recv_buffer) and say
//!    how many they are ([`advance`](Engine::advance)), and go on at 2.
//! 4. When [`Step::Finished`] names a ticket, [`take`](Engine::take) its result.
//!
//! ```text
//!             OK greeting                    LOGIN / AUTHENTICATE OK              SELECT OK
//!  Greeting ──────────────▶ NotAuthenticated ───────────────────────▶ Authenticated ◀──────▶ Selected
//!      │ PREAUTH greeting ───────────────────────────────────────────────▲   CLOSE, UNSELECT, failed SELECT
//!      └──── BYE ────▶ Logout ◀──── LOGOUT, BYE from every state
//! ```
//!
//! Data that belong to no command become [`Event`]s, in order. A command that was given up
//! ([`abandon`](Engine::abandon)) goes on in silence, so that the connection stays usable.

mod about;
mod answers;
mod error;
mod event;
mod flight;
mod learn;
mod limits;
mod plain_row;
mod profile;
mod progress;
mod receive;
mod redact;
mod role;
mod rows;
mod send;
mod trace;
mod transport;
mod view;

use std::any::Any;
use std::collections::VecDeque;
use std::marker::PhantomData;

use bytes::Bytes;
use zeroize::Zeroize;

use crate::command::{Command, FetchCommand, Reply, Role};
use crate::parse::Context;
use crate::types::{
    Capabilities, Capability, Diagnostic, Envelope, Fetch, ImapString, NameEncoding, StatusKind, StatusResponse,
};
use crate::wire::{Encoder, Encoding, Fragment, FrameLimits, Framer, wipe};

pub use error::{CommandError, EngineError};
pub use event::Event;
use event::EventQueue;
use flight::{Finished, Flight, IdleState, RowState, Waiting};
pub use limits::Limits;
pub use profile::ServerProfile;
pub use progress::Progress;
pub use send::Transmit;
pub use trace::Trace;
pub use view::SelectedMailbox;

/// Where the connection stands (RFC 9051, section 3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum State {
    /// The server has not spoken yet.
    #[default]
    Greeting,
    /// Nobody has logged in.
    NotAuthenticated,
    /// Somebody has, and no mailbox is open.
    Authenticated,
    /// A mailbox is open.
    Selected,
    /// The connection is about to end.
    Logout,
}

/// Names a command in flight.
#[derive(Debug)]
pub struct Ticket<C> {
    id: u64,
    command: PhantomData<fn() -> C>,
}

impl<C> Ticket<C> {
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
    /// Nothing until more octets are received or sent.
    Blocked,
    /// The command with this number is over: take its result.
    Finished(u64),
    /// The server is ready: it has greeted, IDLE has begun, or it waits for the caller's message.
    Ready,
    /// A row of the command whose answer is a stream of rows, or more of the row before.
    Row(Row),
    /// Octets of the last section of the row.
    Chunk(Bytes),
    /// Something came that belongs to no command: it waits among the events.
    Event,
    /// A login needs more time for hashing the password, of which each call of [`poll`](Engine::poll) takes about a
    /// millisecond: who drives more than this connection can see to the others in between.
    InProgress,
}

/// A row of an answer, or a part of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// What it says; of a continuation, what it adds.
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
    framer: Framer,
    limits: Limits,
    state: State,
    greeting: Option<StatusResponse>,
    profile: ServerProfile,
    capabilities: Capabilities,
    /// Whether the list is that of the present state; else the server must be asked.
    capabilities_known: bool,
    enabled: Capabilities,
    names: NameEncoding,
    /// Encoded commands that wait for their turn.
    waiting: VecDeque<Waiting>,
    /// What is left of the command that is being sent.
    sending: VecDeque<Fragment>,
    /// The number of that command.
    sending_id: u64,
    /// Octets that are ready to go out, and how many of them went.
    out: Vec<u8>,
    gone: usize,
    /// Whether a secret is among them.
    out_is_secret: bool,
    /// How many octets were ever given to the caller to be sent.
    queued: u64,
    flights: Vec<Flight>,
    finished: Vec<Finished>,
    view: Option<SelectedMailbox>,
    /// The server agreed to compress, and the caller has not begun.
    compressing: bool,
    /// Counts the mailboxes that were opened and left.
    selection: u64,
    /// The view of the mailbox that is being selected.
    next_view: Option<SelectedMailbox>,
    events: EventQueue,
    progress: Progress,
    /// How many responses in a row were no part of an answer.
    unasked: u64,
    row: RowState,
    /// The number of the command whose row that is.
    row_of: u64,
    /// Memory for the next row.
    spare: Option<Box<Fetch>>,
    /// How many rows in a row were not plain.
    misses: u8,
    /// Memory for the next envelope.
    spare_envelope: Option<Box<Envelope>>,
    idle: IdleState,
    /// Whether the newest command has an answer to make before anything else is looked at.
    working: bool,
    bye: Option<StatusResponse>,
    failed: Option<EngineError>,
    last_id: u64,
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
            framer: Framer::default(),
            events: EventQueue::new(&limits),
            limits,
            state: State::default(),
            greeting: None,
            profile: ServerProfile::default(),
            capabilities: Capabilities::default(),
            capabilities_known: false,
            enabled: Capabilities::default(),
            names: NameEncoding::default(),
            waiting: VecDeque::new(),
            sending: VecDeque::new(),
            sending_id: 0,
            out: Vec::new(),
            gone: 0,
            out_is_secret: false,
            queued: 0,
            flights: Vec::new(),
            finished: Vec::new(),
            view: None,
            compressing: false,
            selection: 0,
            next_view: None,
            progress: Progress::default(),
            unasked: 0,
            row: RowState::None,
            row_of: 0,
            spare: None,
            misses: 0,
            spare_envelope: None,
            idle: IdleState::None,
            working: false,
            bye: None,
            failed: None,
            last_id: 0,
            trace: None,
        };
        engine.apply_limits();
        engine
    }

    /// Is told of each line from now on.
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
        if self.state == State::Logout {
            return Err(CommandError::Connection(self.closed()));
        }
        if self.profile.no_namespace && command.role() == Role::Named("NAMESPACE") {
            return Err(CommandError::Withheld("NAMESPACE"));
        }
        command.limit(&self.limits);
        self.misses = 0;
        let mut encoder = Encoder::new(self.encoding());
        command.encode(&mut encoder);
        let fragments = encoder.finish().map_err(CommandError::Invalid)?;
        let role = role::role(command.role(), &fragments, self.names).map_err(CommandError::Invalid)?;
        self.last_id += 1;
        let id = self.last_id;
        let plain = (&command as &dyn Any).downcast_ref::<FetchCommand>().and_then(FetchCommand::plain_claim);
        self.waiting.push_back(Waiting { id, role, plain, command: Box::new(command), fragments });
        self.pump();
        Ok(Ticket { id, command: PhantomData })
    }

    /// The result of a command, once it has finished.
    pub fn take<C: Command>(&mut self, ticket: &Ticket<C>) -> Option<Result<Reply<C::Output>, CommandError>> {
        let at = self.finished.iter().position(|finished| finished.id == ticket.id)?;
        let Finished { command, completion, diagnostics, .. } = self.finished.swap_remove(at);
        let failure = command.failure();
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

    /// The rows that a command had collected which failed: the server refused it, or the connection is over. Take them
    /// before the [result](Self::take). None for a command that succeeded: its output has them.
    pub fn take_partial_rows<C: Command>(&mut self, ticket: &Ticket<C>) -> Vec<Fetch> {
        if let Some(finished) = self.finished.iter_mut().find(|finished| finished.id == ticket.id) {
            let Finished { command, completion, .. } = finished;
            let succeeded = completion.kind == StatusKind::Ok || command.accepts_refusal(completion);
            return if succeeded { Vec::new() } else { command.take_rows() };
        }
        let flight = self.flights.iter_mut().find(|flight| flight.id == ticket.id);
        flight.map(|flight| flight.command.take_rows()).unwrap_or_default()
    }

    /// Gives a command up: its answer is received and dropped. One that was not sent yet never will be.
    ///
    /// One of which the caller still owes octets cannot be given up: the connection is over then.
    pub fn abandon(&mut self, id: u64) {
        let owes = self.sending.iter().any(|fragment| matches!(fragment, Fragment::Stream(_)));
        if self.sending_id == id && owes {
            self.close_with(EngineError::TruncatedLiteral);
        }
        self.waiting.retain(|waiting| waiting.id != id);
        self.finished.retain(|finished| finished.id != id);
        let mut idle = false;
        for flight in self.flights.iter_mut().filter(|flight| flight.id == id) {
            flight.abandoned = true;
            if flight.role == Role::Idle {
                idle = true;
            }
            if self.row_of == id && self.row == RowState::Given {
                self.row = RowState::Dropped;
            }
        }
        if idle {
            self.end_idle();
        }
        self.pump();
    }

    /// Gives a row back that is not needed any more: the next one is read into its memory.
    #[inline]
    pub fn reuse_row(&mut self, mut row: Box<Fetch>) {
        if let Some(mut envelope) = row.envelope.take() {
            envelope.clear();
            self.spare_envelope = Some(envelope);
        }
        row.clear();
        self.spare = Some(row);
    }

    /// Ends IDLE: sends DONE as soon as the server is ready for it. The command finishes some time later.
    pub fn idle_done(&mut self) {
        // One that is not sent yet need not be.
        if let Some(at) = self.waiting.iter().position(|waiting| waiting.role == Role::Idle) {
            if let Some(Waiting { id, command, .. }) = self.waiting.remove(at) {
                let completion = StatusResponse { kind: StatusKind::Ok, code: None, text: ImapString::default() };
                self.finished.push(Finished { id, command, completion, diagnostics: Vec::new() });
            }
            self.pump();
            return;
        }
        self.end_idle();
    }

    /// Ends the IDLE that is in flight, whichever waits behind it.
    pub(super) fn end_idle(&mut self) {
        match self.idle {
            IdleState::Requested => self.idle = IdleState::DoneWanted,
            IdleState::Accepted => {
                self.idle = IdleState::Done;
                self.put(b"DONE\r\n".to_vec(), &[]);
            }
            _ => {}
        }
    }

    fn closed(&self) -> EngineError {
        EngineError::Closed(self.bye.clone().map(Box::new))
    }

    fn encoding(&self) -> Encoding {
        let has = |capability| self.capabilities.has(capability);
        let small = has(Capability::LiteralMinus) || has(Capability::Imap4Rev2);
        let non_sync = if has(Capability::LiteralPlus) { Some(u64::MAX) } else { small.then_some(4096) };
        Encoding { names: self.names, non_sync }
    }

    fn context(&self) -> Context {
        Context { names: self.names, max_depth: self.limits.depth }
    }

    fn apply_limits(&mut self) {
        let trusted = matches!(self.state, State::Authenticated | State::Selected);
        let response = if trusted { self.limits.response } else { self.limits.response_before_login };
        let Limits { line, number_list_line: numbers, stream_threshold, .. } = self.limits;
        self.framer.set_limits(FrameLimits { response, line, numbers, stream_threshold });
    }

    fn forget_capabilities(&mut self) {
        self.capabilities = Capabilities::default();
        self.capabilities_known = false;
    }

    /// Takes a list of capabilities for that of the server, unless it cannot be one: each has a version of the protocol.
    fn learn_capabilities(&mut self, list: &Capabilities) {
        let is_version =
            |name: &ImapString| name.as_bytes().get(..5).is_some_and(|name| name.eq_ignore_ascii_case(b"IMAP4"));
        if !list.iter().any(is_version) {
            return;
        }
        self.capabilities = list.clone();
        self.capabilities_known = true;
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        if self.out_is_secret {
            self.out.zeroize();
        }
        wipe::fragments(&mut self.sending);
        self.waiting.iter_mut().for_each(|waiting| wipe::fragments(&mut waiting.fragments));
    }
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").field("state", &self.state).field("view", &self.view).finish_non_exhaustive()
    }
}
