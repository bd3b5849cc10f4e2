//! The way in: responses to the command that they belong to, or to the events.

use std::ops::Range;

use bytes::Bytes;

use super::{
    Engine, EngineError, Event, Finished, Flight, IdleState, NameEncoding, Row, RowState, ServerProfile, State, Step,
};
use crate::command::{GoOn, Role};
use crate::response::{self, Note, Parsed, Response, StatusKind, StatusResponse, Tail, Untagged};
use crate::types::{Fetch, ResponseCode, SeqNum, Text};
use crate::wire::{Found, Fragment};

/// About how many octets the value takes that is made of a response, beside the octets of the response and its lists.
const VALUE_SIZE: usize = 256;

/// Shorter ones stand in every text by chance.
const SHORTEST_SECRET: usize = 4;

/// How many remarks on the answer to one command are kept.
const MAX_NOTES: usize = 1000;

/// The remark on a number that no message has.
fn beyond(seq: SeqNum) -> Note {
    let reason = "the number of a message beyond the end of the mailbox";
    Note { position: 0, reason, item: Text::default(), raw: seq.to_string().into() }
}

impl Engine {
    /// What the received octets mean, one step at a time.
    ///
    /// # Errors
    /// If the connection cannot be used any more; the same error comes each time.
    pub fn poll(&mut self) -> Result<Step, EngineError> {
        loop {
            if let Some(error) = &self.failed {
                return Err(error.clone());
            }
            if self.compressing {
                return Err(self.fail(EngineError::NotCompressed));
            }
            if self.working {
                match self.work() {
                    Some(step) => return Ok(step),
                    None => continue,
                }
            }
            let context = self.context();
            let flights = &self.flights;
            let within_row = self.row != RowState::None;
            let wanted = |head: &Bytes| {
                if within_row {
                    let (tail, _) = response::read_tail(head, &mut Fetch::default(), &context);
                    return matches!(tail, Tail::Streamed(_));
                }
                let row = response::read_head(head, &context);
                let taker = row.and_then(|(row, _)| flights.iter().find(|flight| flight.command.claims(&row)));
                taker.is_some_and(|flight| matches!(flight.role, Role::Rows { .. }))
            };
            let found = match self.framer.find(wanted) {
                Ok(Some(found)) => found,
                Ok(None) => return Ok(Step::Blocked),
                Err(error) => return Err(self.fail(EngineError::Frame(error))),
            };
            self.progress.responses += u64::from(matches!(found, Found::Response(_)));
            let step = match found {
                Found::Chunk(octets) => (self.row == RowState::Given).then_some(Step::Chunk(octets)),
                Found::Head(octets, _) => {
                    self.trace_received(&octets);
                    self.row_part(&octets, true)
                }
                Found::Response(place) if self.row != RowState::None => {
                    let octets = self.framer.octets(place);
                    self.trace_received(&octets);
                    self.row_part(&octets, false)
                }
                Found::Response(place) if self.expects_rows() => self.row_or_other(place),
                Found::Response(place) => self.response(place),
            };
            if let Some(step) = step {
                if !matches!(step, Step::Event) {
                    self.answered();
                }
                return Ok(step);
            }
        }
    }

    /// Notes that the server has said something that it was asked for.
    pub(super) fn answered(&mut self) {
        self.progress.answers += 1;
        self.unasked = 0;
    }

    /// Counts a row for the command at this place; says whether there are not too many.
    #[inline]
    pub(super) fn takes_row(&mut self, at: usize) -> bool {
        let limit = self.limits.surplus_rows;
        let exists = self.view.as_ref().map_or(0, |view| u64::from(view.exists));
        let Some(flight) = self.flights.get_mut(at) else { return false };
        flight.rows += 1;
        if flight.rows.saturating_sub(exists) <= limit {
            return true;
        }
        self.fail(EngineError::TooManyRows { limit });
        false
    }

    /// Whether a row of a FETCH is what most likely comes next, and nobody else is to hear of it.
    fn expects_rows(&self) -> bool {
        let first = self.flights.first();
        let trusted = matches!(self.state, State::Authenticated | State::Selected);
        trusted && self.trace.is_none() && first.is_some_and(|flight| matches!(flight.role, Role::Rows { .. }))
    }

    /// Takes the short way for a row of the first command in flight: it is read into memory that was a row before.
    fn row_or_other(&mut self, place: Range<usize>) -> Option<Step> {
        let size = place.len();
        let mut fetch = self.spare.take().unwrap_or_default();
        let (frame, context) = (self.framer.frame(&place), self.context());
        let Some((notes, weight)) = response::read_row(frame, &context, &mut fetch, &mut self.spare_envelope) else {
            self.recycle(fetch);
            return self.response(place);
        };
        match self.flights.first() {
            Some(flight) if flight.command.claims(&fetch) => {
                let abandoned = flight.abandoned;
                if !self.takes_row(0) || abandoned {
                    self.recycle(fetch);
                    return None;
                }
                Some(Step::Row(Row { fetch, notes, continues: false, open: false }))
            }
            _ => {
                let row = std::mem::take(&mut *fetch);
                self.spare = Some(fetch);
                self.untagged(Untagged::Fetch(row), notes, size.saturating_add(weight))
            }
        }
    }

    fn response(&mut self, place: Range<usize>) -> Option<Step> {
        let parsed = response::read_frame(self.framer.frame(&place), &self.context());
        if self.trace.is_some() {
            self.trace_response(&self.framer.octets(place.clone()), &parsed.response);
        }
        self.respond(parsed, place)
    }

    /// The beginning of a row of which a section streams, or what follows such a section.
    fn row_part(&mut self, octets: &Bytes, open: bool) -> Option<Step> {
        let context = self.context();
        let continues = self.row != RowState::None;
        let (fetch, notes) = if continues {
            let mut fetch = Fetch::default();
            let (_, notes) = response::read_tail(octets, &mut fetch, &context);
            (fetch, notes)
        } else {
            let (fetch, notes) = response::read_head(octets, &context)?;
            let taker = self.flights.iter().position(|flight| flight.command.claims(&fetch));
            if taker.is_some_and(|at| !self.takes_row(at)) {
                return None;
            }
            let taker = taker.and_then(|at| self.flights.get(at));
            let wanted = taker.is_some_and(|flight| !flight.abandoned && matches!(flight.role, Role::Rows { .. }));
            self.row = if wanted { RowState::Given } else { RowState::Dropped };
            (fetch, notes)
        };
        let given = self.row == RowState::Given;
        if !open {
            self.row = RowState::None;
        }
        given.then(|| Step::Row(Row { fetch: Box::new(fetch), notes, continues, open }))
    }

    fn respond(&mut self, parsed: Parsed, place: Range<usize>) -> Option<Step> {
        if self.state == State::Greeting {
            return self.greet(parsed.response, self.framer.octets(place));
        }
        match parsed.response {
            Response::Continuation(text) => self.continuation(text, self.framer.octets(place)),
            Response::Tagged(tag, status) => self.completion(tag, status, self.framer.octets(place), parsed.notes),
            Response::Untagged(untagged) => {
                self.untagged(untagged, parsed.notes, place.len().saturating_add(parsed.weight))
            }
        }
    }

    fn greet(&mut self, response: Response, octets: Bytes) -> Option<Step> {
        // Blank lines before the greeting are harmless.
        if octets.trim_ascii().is_empty() {
            return None;
        }
        let status = match response {
            Response::Untagged(Untagged::Status(status)) => status,
            // A refusal whose tag is missing, where there is none to be had.
            Response::Tagged(tag, status) if tag.is_empty() => status,
            _ => {
                self.fail(EngineError::NoGreeting(octets));
                return None;
            }
        };
        self.state = match status.kind {
            StatusKind::Ok => State::NotAuthenticated,
            StatusKind::PreAuth => State::Authenticated,
            StatusKind::Bye | StatusKind::No | StatusKind::Bad => {
                self.bye = Some(status.clone());
                self.fail(EngineError::Closed(Some(Box::new(status))));
                return None;
            }
        };
        if let Some(ResponseCode::Capability(list)) = &status.code {
            self.learn_capabilities(list);
        }
        self.profile = ServerProfile::by_greeting(&status.text.to_string_lossy());
        self.greeting = Some(status);
        self.apply_limits();
        Some(Step::Ready)
    }

    fn continuation(&mut self, text: Text, octets: Bytes) -> Option<Step> {
        if self.sending.front() == Some(&Fragment::GoAhead) {
            self.sending.pop_front();
            self.go_on_sending();
            self.pump();
            // The caller's turn: it has the octets.
            return self.is_mid_literal().then_some(Step::Ready);
        }
        let limit = self.limits.rounds;
        let answer = match self.flights.last_mut() {
            Some(flight) if flight.sent => {
                flight.rounds = flight.rounds.saturating_add(1);
                match flight.command.go_on(&text) {
                    GoOn::Send(_) if flight.rounds > limit => {
                        self.fail(EngineError::TooManyRounds { limit });
                        return None;
                    }
                    answer => answer,
                }
            }
            _ => GoOn::Unexpected,
        };
        self.go_on(answer, octets)
    }

    /// Goes on with the answer that the newest command has to make.
    fn work(&mut self) -> Option<Step> {
        self.working = false;
        let answer = self.flights.last_mut().map_or(GoOn::Unexpected, |flight| flight.command.work());
        self.go_on(answer, Bytes::new())
    }

    /// Does what a command answered to a request to go on, which was these octets.
    fn go_on(&mut self, answer: GoOn, octets: Bytes) -> Option<Step> {
        match answer {
            GoOn::Working => {
                self.working = true;
                Some(Step::Working)
            }
            GoOn::Send(mut line) => {
                self.answered();
                let secret = 0..line.len();
                line.extend_from_slice(b"\r\n");
                self.put(line, &[secret]);
                None
            }
            GoOn::Ready => {
                if self.idle == IdleState::DoneWanted {
                    self.idle = IdleState::Accepted;
                    self.end_idle();
                } else if self.idle == IdleState::Requested {
                    self.idle = IdleState::Accepted;
                }
                Some(Step::Ready)
            }
            GoOn::Unexpected => {
                // Exchange waits for an empty line in the middle of a command.
                if let [flight] = self.flights.as_mut_slice()
                    && flight.sent
                    && std::mem::take(&mut flight.answers_request)
                {
                    self.put(b"\r\n".to_vec(), &[]);
                }
                let size = octets.len();
                self.event(Untagged::Unknown { number: None, keyword: Text::from("+"), raw: octets }, Vec::new(), size)
            }
        }
    }

    fn completion(&mut self, tag: Text, mut status: StatusResponse, octets: Bytes, notes: Vec<Note>) -> Option<Step> {
        let id = tag.to_str().and_then(|tag| tag.strip_prefix('A')).and_then(|id| id.parse::<u64>().ok());
        let found = match tag.is_empty() {
            // Servers answer in order: a refusal without a tag is that of the oldest command.
            true => (!self.flights.is_empty()).then_some(0),
            false => self.flights.iter().position(|flight| Some(flight.id) == id),
        };
        let Some(at) = found else {
            // Not ours: a stray line, which must not be taken for success of anything.
            let size = octets.len();
            return self.event(Untagged::Unknown { number: None, keyword: tag, raw: octets }, notes, size);
        };
        let mut flight = self.flights.remove(at);
        if !flight.sent {
            if status.kind == StatusKind::Ok {
                self.fail(EngineError::PrematureCompletion);
                return None;
            }
            // What the server was told to expect must still be sent; only what waits for its go-ahead is not.
            if let Some(at) = self.sending.iter().position(|fragment| *fragment == Fragment::GoAhead) {
                self.sending.truncate(at);
            }
        }
        for secret in flight.command.secrets().iter().filter(|secret| secret.len() >= SHORTEST_SECRET) {
            let text = status.text.to_string_lossy();
            if text.contains(secret.as_str()) {
                status.text = text.replace(secret.as_str(), "<secret>").into();
            }
        }
        if status.kind == StatusKind::Bye {
            self.bye = Some(status.clone());
        }
        // A server that did not prove what it must prove has not logged anybody in.
        if status.kind != StatusKind::Ok || flight.command.is_proved() {
            self.take_effect(&flight.role, &status);
        }
        if status.kind == StatusKind::Ok
            && let Some(implied) = flight.command.implied()
        {
            self.learn(implied);
        }
        if status.kind != StatusKind::Ok && flight.command.bears(&status) {
            let reason = "a refusal that is about some of the messages alone";
            flight.notes.push(Note { position: 0, reason, item: Text::default(), raw: octets });
        }
        flight.notes.extend(notes);
        self.compressing |= flight.role == Role::Compress && status.kind == StatusKind::Ok;
        let step = (!flight.abandoned).then(|| {
            let Flight { id, command, notes, .. } = flight;
            self.finished.push(Finished { id, command, completion: status, notes });
            Step::Finished(id)
        });
        self.pump();
        step
    }

    /// What the end of a command does to the connection.
    fn take_effect(&mut self, role: &Role, status: &StatusResponse) {
        let ok = status.kind == StatusKind::Ok;
        match role {
            Role::Authenticate if ok => {
                self.state = State::Authenticated;
                match &status.code {
                    Some(ResponseCode::Capability(list)) => self.learn_capabilities(list),
                    // Some servers list them untagged before they say OK.
                    _ if self.capabilities_known => {}
                    _ => self.forget_capabilities(),
                }
                self.apply_limits();
            }
            Role::Select { .. } => {
                self.view = self.next_view.take().filter(|_| ok);
                if let Some(view) = &mut self.view {
                    view.update_code(status);
                }
                self.selection += 1;
                if matches!(self.state, State::Authenticated | State::Selected) {
                    self.state = if self.view.is_some() { State::Selected } else { State::Authenticated };
                }
            }
            Role::Unselect if ok => self.leave_mailbox(),
            Role::Idle => self.idle = IdleState::None,
            Role::Logout if ok => self.state = State::Logout,
            _ => {
                if let Some(ResponseCode::Capability(list)) = &status.code {
                    self.learn_capabilities(list);
                }
                if let Some(view) = &mut self.view {
                    view.change_code(status);
                }
            }
        }
    }

    fn leave_mailbox(&mut self) {
        self.view = None;
        self.selection += 1;
        if self.state == State::Selected {
            self.state = State::Authenticated;
        }
    }

    /// Takes untagged data, which take about `size` octets.
    fn untagged(&mut self, response: Untagged, mut notes: Vec<Note>, size: usize) -> Option<Step> {
        if let Untagged::Expunge(seq) = response
            && self.is_beyond(seq)
        {
            notes.push(beyond(seq));
            return self.event(response, notes, size);
        }
        let response = self.learn(response)?;
        let mut offered = response;
        for (at, flight) in self.flights.iter_mut().enumerate() {
            if let Untagged::Fetch(row) = offered {
                if matches!(flight.role, Role::Rows { .. }) && flight.command.claims(&row) {
                    let row = Row { fetch: Box::new(row), notes, continues: false, open: false };
                    let given = !flight.abandoned;
                    return (self.takes_row(at) && given).then_some(Step::Row(row));
                }
                offered = Untagged::Fetch(row);
            }
            offered = match flight.command.collect(offered) {
                Some(offered) => offered,
                None => {
                    flight.collected = flight.collected.saturating_add(size).saturating_add(VALUE_SIZE);
                    let left = MAX_NOTES.saturating_sub(flight.notes.len());
                    flight.notes.extend(notes.into_iter().take(left));
                    let (collected, limit) = (flight.collected, self.limits.collected);
                    self.answered();
                    if collected > limit {
                        self.fail(EngineError::TooMuch { limit });
                    }
                    return None;
                }
            };
        }
        self.event(offered, notes, size)
    }

    /// Keeps the engine's own knowledge up to date. Gives the response back unless it must be ignored.
    fn learn(&mut self, response: Untagged) -> Option<Untagged> {
        match &response {
            Untagged::Capability(list) => self.learn_capabilities(list),
            Untagged::Enabled(_) if self.state == State::NotAuthenticated => return None,
            // More names than there are extensions mean nothing.
            Untagged::Enabled(list) if self.enabled.iter().len() + list.iter().len() < 1_000 => {
                let names = list.iter().chain(self.enabled.iter()).cloned().collect::<Vec<_>>();
                self.enabled = crate::types::Capabilities::from_names(names);
                if list.has_name("UTF8=ACCEPT") || list.has_name("UTF8=ONLY") || list.has_name("IMAP4rev2") {
                    self.names = NameEncoding::Utf8;
                }
            }
            Untagged::Status(status) => {
                if status.kind == StatusKind::Bye {
                    // Yandex says it for ever.
                    if self.bye.is_some() {
                        let error = self.closed();
                        self.fail(error);
                        return None;
                    }
                    self.bye = Some(status.clone());
                }
                match &status.code {
                    Some(ResponseCode::Capability(list)) => self.learn_capabilities(list),
                    // Before the new mailbox is open, this says that the old one is closed.
                    Some(ResponseCode::Closed) => self.leave_mailbox(),
                    _ => {}
                }
            }
            // Before login nothing else is trusted (RFC 9051, section 11.3); ID is asked for in any state.
            Untagged::Id(id) => self.profile = self.profile.or(ServerProfile::by_id(id)),
            _ if self.state == State::NotAuthenticated => return None,
            _ => {}
        }
        if let Some(view) = self.next_view.as_mut().or(self.view.as_mut()) {
            view.update(&response);
        }
        Some(response)
    }

    /// Whether no message of the open mailbox has this number.
    fn is_beyond(&self, seq: SeqNum) -> bool {
        let view = self.next_view.as_ref().or(self.view.as_ref());
        view.is_some_and(|view| seq.get() > view.exists)
    }

    fn event(&mut self, response: Untagged, mut notes: Vec<Note>, size: usize) -> Option<Step> {
        if let Untagged::Fetch(Fetch { seq: Some(seq), .. }) = response
            && self.is_beyond(seq)
        {
            notes.push(beyond(seq));
        }
        let view = self.next_view.as_ref().or(self.view.as_ref());
        let mailbox = view.map(|view| view.name.clone());
        self.unasked += 1;
        if self.unasked > self.limits.unasked {
            self.fail(EngineError::TooManyResponses { limit: self.limits.unasked });
            return None;
        }
        self.events.push(Event { mailbox, response, notes }, size);
        Some(Step::Event)
    }

    /// Traces a response; what a server says during authentication may repeat a secret.
    fn trace_response(&mut self, octets: &Bytes, response: &Response) {
        let authenticating = self.flights.iter().any(|flight| flight.role == Role::Authenticate);
        match response {
            Response::Continuation(_) if authenticating => self.trace_received(b"+ <secret>\r\n"),
            Response::Tagged(tag, status) if authenticating && status.kind != StatusKind::Ok => {
                let line = format!("{tag} {} <text hidden>\r\n", status.kind);
                self.trace_received(line.as_bytes());
            }
            Response::Untagged(Untagged::Status(status)) if authenticating && status.kind != StatusKind::Ok => {
                self.trace_received(format!("* {} <text hidden>\r\n", status.kind).as_bytes());
            }
            Response::Untagged(Untagged::Unknown { .. }) if authenticating => self.trace_received(b"<line hidden>\r\n"),
            _ => self.trace_received(octets),
        }
    }

    fn trace_received(&mut self, octets: &[u8]) {
        if let Some(trace) = &mut self.trace {
            trace.received(octets);
        }
    }
}
