//! What goes out: which command may go, and what of it.

use zeroize::Zeroizing;

use super::Engine;
use super::in_flight::{Flight, IdleState};
use super::outbound::Waiting;
use crate::command::{Conduct, Effect, Tag};
use crate::wire::Fragment;

/// What is to be written next.
#[derive(PartialEq, Eq)]
pub enum Transmit<'a> {
    /// Nothing.
    Nothing,
    /// These bytes. They may hold a secret.
    Bytes(&'a [u8]),
    /// Bytes that the caller has: a message of APPEND. Report how many went with [`Engine::streamed`].
    Stream {
        /// The number of the command whose message it is: no other message may be sent instead.
        command: u64,
        /// How many are left.
        left: u64,
    },
}

impl std::fmt::Debug for Transmit<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Nothing => f.write_str("Nothing"),
            Self::Bytes(bytes) => write!(f, "Bytes({})", bytes.len()),
            Self::Stream { command, left } => write!(f, "Stream({command}, {left})"),
        }
    }
}

impl Engine {
    /// What is to be written next.
    pub fn transmit(&mut self) -> Transmit<'_> {
        if !self.outbound.is_drained() {
            return Transmit::Bytes(self.outbound.ready());
        }
        match self.outbound.stream() {
            Some((command, left)) => Transmit::Stream { command, left },
            None => Transmit::Nothing,
        }
    }

    /// Reports that `count` of the bytes were written.
    pub fn sent(&mut self, count: usize) {
        self.outbound.sent(count);
    }

    /// Reports that the caller wrote `count` bytes of its own.
    pub fn streamed(&mut self, count: u64) {
        if self.outbound.streamed(count) {
            self.send_ready();
            self.pump();
        }
    }

    /// Sends commands as far as the ones before them allow.
    pub(super) fn pump(&mut self) {
        while self.outbound.is_whole() && self.may_send_next() {
            let Some(Waiting { id, conduct, filter, command, mut fragments }) = self.outbound.waiting.pop_front()
            else {
                return;
            };
            tag(&mut fragments, id);
            self.session.begin(&conduct);
            if conduct.effect == Effect::Idles {
                self.in_flight.idle = IdleState::Requested;
            }
            self.in_flight.flights.push(Flight {
                id,
                answers_request: accepts_empty_line(&conduct, &fragments),
                hands_out_rows: conduct.streams_rows,
                conduct,
                filter,
                command,
                size: size(&fragments),
                begins: self.outbound.queued(),
                collected: 0,
                diagnostics: Vec::new(),
                rows: 0,
                rounds: 0,
                sent: false,
                abandoned: false,
            });
            self.counters.answered();
            self.outbound.begin(id, fragments);
            self.send_ready();
        }
    }

    fn may_send_next(&self) -> bool {
        let Some(next) = self.outbound.waiting.front() else { return false };
        let flights = &self.in_flight.flights;
        let fits = flights.is_empty() || self.in_flight.size() + size(&next.fragments) <= self.limits.pipeline_bytes;
        fits && flights.iter().all(|flight| next.conduct.may_follow(&flight.conduct))
    }

    /// Moves what needs no waiting from the command that is being sent to the bytes that go out.
    pub(super) fn send_ready(&mut self) {
        while let Some(ready) = self.outbound.next_bytes() {
            self.put(ready.bytes, &ready.secrets);
        }
        if let (true, Some(flight)) = (self.outbound.is_whole(), self.in_flight.flights.last_mut()) {
            flight.sent = true;
        }
    }
}

/// Writes the tag before the command.
fn tag(fragments: &mut [Fragment], id: u64) {
    let Some(Fragment::Bytes(bytes, secrets)) = fragments.first_mut() else { return };
    let tag = format!("{} ", Tag::new(id));
    let mut tagged = Zeroizing::new(Vec::with_capacity(tag.len() + bytes.len()));
    tagged.extend_from_slice(tag.as_bytes());
    tagged.extend_from_slice(bytes);
    *bytes = tagged;
    for range in secrets {
        *range = range.start + tag.len()..range.end + tag.len();
    }
}

/// Whether an empty line can do no harm behind the command: it changes nothing about the connection, and has no literal,
/// whose announcement some servers answer though they need not.
fn accepts_empty_line(conduct: &Conduct, fragments: &[Fragment]) -> bool {
    let has_literal = match fragments {
        [Fragment::Bytes(bytes, _)] => memchr::memmem::find(bytes, b"+}\r\n").is_some(),
        _ => true,
    };
    let changes_the_connection = match conduct.effect {
        Effect::None | Effect::LeavesMailbox | Effect::Enables => false,
        Effect::LogsIn
        | Effect::Unauthenticates
        | Effect::StartsTls
        | Effect::StartsCompression
        | Effect::Idles
        | Effect::Notifies { .. }
        | Effect::LogsOut => true,
    };
    !has_literal && !changes_the_connection
}

/// By how much less the bytes of a message count than those of a command: what comes back of it is one short line.
const MESSAGE_SHARE: u64 = 128;

/// How many bytes of the pipeline a command uses.
fn size(fragments: &[Fragment]) -> usize {
    let bytes = |fragment: &Fragment| match fragment {
        Fragment::Bytes(bytes, _) => bytes.len(),
        Fragment::GoAhead => 0,
        Fragment::Stream(length) => usize::try_from(*length / MESSAGE_SHARE).unwrap_or(usize::MAX),
    };
    fragments.iter().map(bytes).fold(0, usize::saturating_add)
}
