//! The way out: which command may go, and what of it.

use std::ops::Range;

use zeroize::Zeroize;

use super::{Engine, Flight, IdleState, Waiting};
use crate::command::Role;
use crate::types::MailboxName;
use crate::wire::{Fragment, wipe};

/// What is to be written next.
#[derive(PartialEq, Eq)]
pub enum Transmit<'a> {
    /// Nothing.
    Nothing,
    /// These octets. They may hold a secret.
    Octets(&'a [u8]),
    /// Octets that the caller has: a message of APPEND. Say how many went with [`Engine::streamed`].
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
            Self::Octets(octets) => write!(f, "Octets({})", octets.len()),
            Self::Stream { command, left } => write!(f, "Stream({command}, {left})"),
        }
    }
}

impl Engine {
    /// What is to be written next.
    pub fn transmit(&mut self) -> Transmit<'_> {
        if self.gone < self.out.len() {
            return Transmit::Octets(self.out.get(self.gone..).unwrap_or_default());
        }
        match self.sending.front() {
            Some(Fragment::Stream(left)) => Transmit::Stream { command: self.sending_id, left: *left },
            _ => Transmit::Nothing,
        }
    }

    /// Tells that so many of the octets were written.
    pub fn sent(&mut self, count: usize) {
        self.gone = self.gone.saturating_add(count).min(self.out.len());
        if self.gone == self.out.len() {
            if std::mem::take(&mut self.out_is_secret) {
                self.out.zeroize();
            }
            self.out.clear();
            self.gone = 0;
        }
    }

    /// Tells that the caller wrote so many octets of its own.
    pub fn streamed(&mut self, count: u64) {
        if let Some(Fragment::Stream(left)) = self.sending.front_mut() {
            *left = left.saturating_sub(count);
            if *left == 0 {
                self.sending.pop_front();
                self.go_on_sending();
                self.pump();
            }
        }
    }

    /// Sends commands as far as the ones before them allow.
    pub(super) fn pump(&mut self) {
        while self.sending.is_empty() && self.may_send_next() {
            let Some(Waiting { id, role, plain, command, mut fragments }) = self.waiting.pop_front() else { return };
            if let Some(Fragment::Bytes(octets, secrets)) = fragments.first_mut() {
                let tag = format!("A{id} ");
                let mut tagged = Vec::with_capacity(tag.len() + octets.len());
                tagged.extend_from_slice(tag.as_bytes());
                tagged.extend_from_slice(octets);
                if !secrets.is_empty() {
                    octets.zeroize();
                }
                *octets = tagged;
                for range in secrets {
                    *range = range.start + tag.len()..range.end + tag.len();
                }
            }
            match &role {
                Role::Select { mailbox, read_only } => self.begin_select(mailbox.clone(), *read_only),
                Role::Idle => self.idle = IdleState::Requested,
                // The list may change by it: what comes from now on counts.
                Role::Authenticate => self.capabilities_known = false,
                _ => {}
            }
            let octets = size(&fragments);
            let answers_request = bears_empty_line(&role, &fragments);
            let (collected, rows, rounds, diagnostics) = (0, 0, 0, Vec::new());
            let (sent, abandoned) = (false, false);
            let begins = self.queued;
            let flight = Flight {
                id,
                role,
                plain,
                command,
                octets,
                begins,
                collected,
                diagnostics,
                rows,
                rounds,
                sent,
                abandoned,
                answers_request,
            };
            self.flights.push(flight);
            self.answered();
            self.sending_id = id;
            self.sending.extend(fragments);
            self.go_on_sending();
        }
    }

    fn may_send_next(&self) -> bool {
        let Some(next) = self.waiting.front() else { return false };
        let unanswered: usize = self.flights.iter().map(|flight| flight.octets).sum();
        let fits = self.flights.is_empty() || unanswered + size(&next.fragments) <= self.limits.pipeline_bytes;
        fits && self.flights.iter().all(|flight| next.role.may_follow(&flight.role))
    }

    fn begin_select(&mut self, mailbox: MailboxName, read_only: bool) {
        self.next_view = Some(super::SelectedMailbox::new(mailbox, read_only));
    }

    /// Moves what needs no waiting from the command that is being sent to the octets that go out.
    pub(super) fn go_on_sending(&mut self) {
        while let Some(Fragment::Bytes(..)) = self.sending.front() {
            if let Some(Fragment::Bytes(octets, secrets)) = self.sending.pop_front() {
                self.put(octets, &secrets);
            }
        }
        if let (true, Some(flight)) = (self.sending.is_empty(), self.flights.last_mut()) {
            flight.sent = true;
        }
    }

    /// Queues octets, and traces them without their secrets.
    pub(super) fn put(&mut self, mut octets: Vec<u8>, secrets: &[Range<usize>]) {
        if let Some(trace) = &mut self.trace {
            let (mut shown, mut from) = (Vec::with_capacity(octets.len()), 0);
            for range in secrets {
                shown.extend_from_slice(octets.get(from..range.start).unwrap_or_default());
                shown.extend_from_slice(b"<secret>");
                from = range.end;
            }
            shown.extend_from_slice(octets.get(from..).unwrap_or_default());
            trace.sent(&shown);
        }
        self.queued = self.queued.saturating_add(octets.len() as u64);
        if self.out.is_empty() {
            self.out = octets;
        } else if secrets.is_empty() && !self.out_is_secret {
            self.out.extend_from_slice(&octets);
        } else {
            wipe::append(&mut self.out, &octets);
            octets.zeroize();
        }
        self.out_is_secret |= !secrets.is_empty();
    }
}

/// Whether an empty line can do no harm behind the command: it changes nothing about the connection, and has no literal,
/// whose announcement some servers answer though they need not.
fn bears_empty_line(role: &Role, fragments: &[Fragment]) -> bool {
    let has_literal = match fragments {
        [Fragment::Bytes(octets, _)] => memchr::memmem::find(octets, b"+}\r\n").is_some(),
        _ => true,
    };
    let changes = matches!(role, Role::Authenticate | Role::StartTls | Role::Compress | Role::Idle | Role::Logout);
    !has_literal && !changes
}

/// A message counts so many times less than a command: what comes back of it is one short line.
const MESSAGE_SHARE: u64 = 128;

/// How many octets a command counts for the window.
fn size(fragments: &[Fragment]) -> usize {
    let octets = |fragment: &Fragment| match fragment {
        Fragment::Bytes(octets, _) => octets.len(),
        Fragment::GoAhead => 0,
        Fragment::Stream(length) => usize::try_from(*length / MESSAGE_SHARE).unwrap_or(usize::MAX),
    };
    fragments.iter().map(octets).fold(0, usize::saturating_add)
}
