//! What the server answers to a command itself: continuation requests, and the completion.

use std::borrow::Cow;

use super::in_flight::{Finished, Flight, IdleState};
use super::receive::Origin;
use super::{Engine, EngineError, Step};
use crate::command::{Continue, Dialog, Effect};
use crate::redact::Redactor;
use crate::types::{Diagnostic, ImapString, StatusKind, StatusResponse, Untagged};
use crate::wire::wipe;

impl Engine {
    pub(super) fn continuation(&mut self, text: ImapString, origin: &Origin) -> Option<Step> {
        if self.outbound.may_go_ahead() {
            self.send_ready();
            self.pump();
            // The caller's turn: it has the bytes.
            return self.awaits_literal().then_some(Step::Ready);
        }
        let limit = self.limits.auth_rounds;
        let answer = match self.in_flight.flights.last_mut() {
            Some(flight) if flight.sent => {
                flight.rounds = flight.rounds.saturating_add(1);
                match dialog(flight).map_or(Continue::Unexpected, |dialog| dialog.on_continuation(&text)) {
                    Continue::Send(_) | Continue::InProgress if flight.rounds > limit => {
                        self.close_with(EngineError::TooManyRounds { limit });
                        return None;
                    }
                    answer => answer,
                }
            }
            _ => Continue::Unexpected,
        };
        self.answer(answer, origin)
    }

    /// Lets the newest command compute the answer that it owes.
    pub(super) fn compute_more(&mut self) -> Option<Step> {
        self.in_flight.computing = false;
        let newest = self.in_flight.flights.last_mut();
        let answer = newest.and_then(dialog).map_or(Continue::Unexpected, |dialog| dialog.compute_more());
        self.answer(answer, &Origin::Block(0..0))
    }

    /// Does what a command answered to a continuation request, which was these bytes.
    fn answer(&mut self, answer: Continue, origin: &Origin) -> Option<Step> {
        match answer {
            Continue::InProgress => {
                self.in_flight.computing = true;
                Some(Step::InProgress)
            }
            Continue::Send(mut line) => {
                self.counters.answered();
                let secret = 0..line.len();
                wipe::append(&mut line, b"\r\n");
                self.put(line, &[secret]);
                None
            }
            Continue::Ready if matches!(self.in_flight.idle, IdleState::Requested | IdleState::DoneWanted) => {
                let before = std::mem::replace(&mut self.in_flight.idle, IdleState::Accepted);
                if before == IdleState::DoneWanted {
                    self.end_idle();
                }
                Some(Step::Ready)
            }
            // A server that says so again has nothing new to say.
            Continue::Unexpected | Continue::Ready => {
                // Exchange waits for an empty line in the middle of a command.
                if let [flight] = self.in_flight.flights.as_mut_slice()
                    && flight.sent
                    && std::mem::take(&mut flight.answers_request)
                {
                    self.put(b"\r\n".to_vec().into(), &[]);
                }
                let raw = self.bytes(origin);
                let response = Untagged::Unknown { number: None, keyword: ImapString::from("+"), raw };
                self.event(response, Vec::new(), origin.len())
            }
        }
    }

    /// Sends DONE for the IDLE that is in flight, whichever waits behind it, as soon as the server is ready for it.
    pub(super) fn end_idle(&mut self) {
        match self.in_flight.idle {
            IdleState::Requested => self.in_flight.idle = IdleState::DoneWanted,
            IdleState::Accepted => {
                self.in_flight.idle = IdleState::Done;
                self.put(b"DONE\r\n".to_vec().into(), &[]);
            }
            _ => {}
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
        let Some(at) = self.in_flight.of_tag(&tag) else {
            // Not ours: a stray line, which must not be taken for success of anything.
            let raw = self.bytes(origin);
            return self.event(Untagged::Unknown { number: None, keyword: tag, raw }, diagnostics, size);
        };
        self.counters.completed();
        let mut flight = self.in_flight.flights.remove(at);
        let ok = status.kind == StatusKind::Ok;
        if !flight.sent {
            if ok {
                self.close_with(EngineError::PrematureCompletion);
                return None;
            }
            self.outbound.cut_at_go_ahead();
        }
        if let Cow::Owned(clean) = Redactor::of_long(flight.command.secrets()).redact(status.text.as_bytes()) {
            status.text = String::from_utf8_lossy(&clean).as_ref().into();
        }
        if status.kind == StatusKind::Bye {
            self.session.bye = Some(status.clone());
        }
        self.take_effect(&mut flight, &status);
        if !ok && flight.command.accepts_refusal(&status) {
            let reason = "a refusal that is about some of the messages alone";
            let raw = self.bytes(origin);
            flight.diagnostics.push(Diagnostic::new(0, reason, ImapString::default(), raw));
        }
        flight.diagnostics.extend(diagnostics);
        let step = (!flight.abandoned).then(|| {
            let Flight { id, command, diagnostics, collected, .. } = flight;
            let collects = ok && flight.conduct.outlives_completion;
            let finished = Finished { id, command, completion: status, collects, collected, diagnostics };
            self.in_flight.finished.push(finished);
            Step::Finished(id)
        });
        self.pump();
        step
    }

    /// What the end of a command does to the connection.
    fn take_effect(&mut self, flight: &mut Flight, status: &StatusResponse) {
        let ok = status.kind == StatusKind::Ok;
        if flight.conduct.selects.is_some() {
            self.session.selected_by = flight.id;
        }
        // A server that did not prove what it must prove has not logged anybody in.
        if !ok || dialog(flight).is_none_or(|dialog| dialog.server_verified()) {
            self.session.end(&flight.conduct, status);
        }
        if let (true, 0, Some(implied)) = (ok, flight.collected, &flight.conduct.implies) {
            self.session.learn(implied);
        }
        match flight.conduct.effect {
            Effect::LogsIn => self.apply_limits(),
            Effect::Unauthenticates if ok => self.forget_user(),
            Effect::Idles => self.in_flight.idle = IdleState::None,
            Effect::StartsCompression => self.inbound.compressing |= ok,
            Effect::Unauthenticates
            | Effect::LeavesMailbox
            | Effect::StartsTls
            | Effect::Enables
            | Effect::LogsOut
            | Effect::Notifies { .. }
            | Effect::None => {}
        }
    }
}

fn dialog(flight: &mut Flight) -> Option<&mut dyn Dialog> {
    flight.command.dialog()
}
