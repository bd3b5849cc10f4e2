//! What the server answers to a command itself: requests to go on, and the completion.

use super::receive::Origin;
use super::redact::redacted;
use super::{Engine, EngineError, Finished, Flight, IdleState, Step};
use crate::command::{Continue, Role};
use crate::types::{Diagnostic, ImapString, StatusKind, StatusResponse, Untagged};
use crate::wire::{Fragment, wipe};

impl Engine {
    pub(super) fn continuation(&mut self, text: ImapString, origin: &Origin) -> Option<Step> {
        if self.sending.front() == Some(&Fragment::GoAhead) {
            self.sending.pop_front();
            self.go_on_sending();
            self.pump();
            // The caller's turn: it has the octets.
            return self.awaits_literal().then_some(Step::Ready);
        }
        let limit = self.limits.auth_rounds;
        let answer = match self.flights.last_mut() {
            Some(flight) if flight.sent => {
                flight.rounds = flight.rounds.saturating_add(1);
                match flight.command.on_continuation(&text) {
                    Continue::Send(_) | Continue::InProgress if flight.rounds > limit => {
                        self.close_with(EngineError::TooManyRounds { limit });
                        return None;
                    }
                    answer => answer,
                }
            }
            _ => Continue::Unexpected,
        };
        self.go_on(answer, origin)
    }

    /// Goes on with the answer that the newest command has to make.
    pub(super) fn work(&mut self) -> Option<Step> {
        self.working = false;
        let answer = self.flights.last_mut().map_or(Continue::Unexpected, |flight| flight.command.compute_more());
        self.go_on(answer, &Origin::Block(0..0))
    }

    /// Does what a command answered to a request to go on, which was these octets.
    pub(super) fn go_on(&mut self, answer: Continue, origin: &Origin) -> Option<Step> {
        match answer {
            Continue::InProgress => {
                self.working = true;
                Some(Step::InProgress)
            }
            Continue::Send(mut line) => {
                self.answered();
                let secret = 0..line.len();
                wipe::append(&mut line, b"\r\n");
                self.put(line, &[secret]);
                None
            }
            Continue::Ready if matches!(self.idle, IdleState::Requested | IdleState::DoneWanted) => {
                let done = std::mem::replace(&mut self.idle, IdleState::Accepted) == IdleState::DoneWanted;
                if done {
                    self.end_idle();
                }
                Some(Step::Ready)
            }
            // A server that says so again has nothing new to say.
            Continue::Unexpected | Continue::Ready => {
                // Exchange waits for an empty line in the middle of a command.
                if let [flight] = self.flights.as_mut_slice()
                    && flight.sent
                    && std::mem::take(&mut flight.answers_request)
                {
                    self.put(b"\r\n".to_vec(), &[]);
                }
                let raw = self.octets(origin);
                self.event(
                    Untagged::Unknown { number: None, keyword: ImapString::from("+"), raw },
                    Vec::new(),
                    origin.len(),
                )
            }
        }
    }

    pub(super) fn completion(
        &mut self,
        tag: ImapString,
        mut status: StatusResponse,
        origin: &Origin,
        diagnostics: Vec<Diagnostic>,
        size: usize,
    ) -> Option<Step> {
        let id = tag.to_str().and_then(|tag| tag.strip_prefix('A')).and_then(|id| id.parse::<u64>().ok());
        let found = match tag.is_empty() {
            // Servers answer in order: a refusal without a tag is that of the oldest command.
            true => (!self.flights.is_empty()).then_some(0),
            false => self.flights.iter().position(|flight| Some(flight.id) == id),
        };
        let Some(at) = found else {
            // Not ours: a stray line, which must not be taken for success of anything.
            let raw = self.octets(origin);
            return self.event(Untagged::Unknown { number: None, keyword: tag, raw }, diagnostics, size);
        };
        let mut flight = self.flights.remove(at);
        if !flight.sent {
            if status.kind == StatusKind::Ok {
                self.close_with(EngineError::PrematureCompletion);
                return None;
            }
            // What the server was told to expect must still be sent; only what waits for its go-ahead is not.
            if let Some(at) = self.sending.iter().position(|fragment| *fragment == Fragment::GoAhead) {
                self.sending.truncate(at);
            }
        }
        if let Some(clean) = redacted(status.text.as_bytes(), &flight.command.secrets()) {
            status.text = String::from_utf8_lossy(&clean).as_ref().into();
        }
        if status.kind == StatusKind::Bye {
            self.bye = Some(status.clone());
        }
        // A server that did not prove what it must prove has not logged anybody in.
        if status.kind != StatusKind::Ok || flight.command.server_verified() {
            self.take_effect(&flight.role, &status);
        }
        if status.kind == StatusKind::Ok
            && let Some(implied) = flight.command.implied_response()
        {
            self.learn(implied);
        }
        if status.kind != StatusKind::Ok && flight.command.accepts_refusal(&status) {
            let reason = "a refusal that is about some of the messages alone";
            let raw = self.octets(origin);
            flight.diagnostics.push(Diagnostic { position: 0, reason, item: ImapString::default(), raw });
        }
        flight.diagnostics.extend(diagnostics);
        self.compressing |= flight.role == Role::Compress && status.kind == StatusKind::Ok;
        let step = (!flight.abandoned).then(|| {
            let Flight { id, command, diagnostics, .. } = flight;
            self.finished.push(Finished { id, command, completion: status, diagnostics });
            Step::Finished(id)
        });
        self.pump();
        step
    }
}
