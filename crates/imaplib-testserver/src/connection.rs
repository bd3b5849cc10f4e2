//! One client's connection as a state machine: bytes in, bytes out.

use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};

use crate::command;
use crate::cursor::Cursor;
use crate::deflate::Deflate;
use crate::fetch::rows::Fetching;
use crate::journal::Journal;
use crate::notify::Notify;
use crate::output::{self, Verdict};
use crate::reader::{Announced, Event, MAX_LINE, Reader};
use crate::response::{Completion, Response};
use crate::session::{Mode, Session};
use crate::settings::Settings;
use crate::store::Store;
use crate::view::Numbers;

/// Before login, literals hold user names and passwords only.
const LITERAL_LIMIT_BEFORE_LOGIN: u64 = 8 * 1024;

/// How much is compressed at once, in bytes.
const PACKED: usize = 16 * 1024;

/// A server connection without I/O.
///
/// Feed what the client sent with [`receive`](Self::receive), then send all that
/// [`next_output`](Self::next_output) returns, until [`is_closed`](Self::is_closed). When the store has changed, call
/// [`store_changed`](Self::store_changed) so that a client in IDLE receives it.
///
/// ```
/// use imaplib_testserver::{Connection, Settings, Store};
///
/// let mut connection = Connection::new(Store::new(), Settings::new());
/// assert!(connection.take_output().starts_with(b"* OK"));
/// connection.receive(b"a NOOP\r\n");
/// assert!(connection.take_output().starts_with(b"a OK"));
/// ```
#[derive(Debug)]
pub struct Connection {
    session: Session,
    reader: Reader,
    /// Once both sides compress, with what is ready to be sent.
    compression: Option<(Deflate, BytesMut)>,
    journal: Option<Journal>,
}

impl Connection {
    /// A connection on a stream without TLS that cannot start TLS either. The greeting is ready to be sent.
    pub fn new(store: Store, settings: impl Into<Arc<Settings>>) -> Self {
        Self::with_transport(store, settings.into(), false, false)
    }

    /// A connection on a stream without TLS whose driver obeys [`wants_tls`](Self::wants_tls).
    pub fn with_starttls(store: Store, settings: impl Into<Arc<Settings>>) -> Self {
        Self::with_transport(store, settings.into(), false, true)
    }

    /// A connection on a stream that is protected by TLS already.
    pub fn over_tls(store: Store, settings: impl Into<Arc<Settings>>) -> Self {
        Self::with_transport(store, settings.into(), true, false)
    }

    fn with_transport(store: Store, settings: Arc<Settings>, tls: bool, tls_possible: bool) -> Self {
        let session = Session::new(store, settings, tls, tls_possible);
        let mut connection = Self { session, reader: Reader::new(), compression: None, journal: None };
        let status = if connection.session.user.is_some() { "PREAUTH" } else { "OK" };
        let capabilities = connection.session.capabilities();
        let name = connection.session.settings.name.clone();
        connection.session.say(&format!("* {status} [CAPABILITY {capabilities}] {name} ready"));
        connection
    }

    /// Accepts bytes from the client and runs the commands in them.
    ///
    /// While much is waiting to be sent, further commands wait as well; [`next_output`](Self::next_output) continues with
    /// them.
    pub fn receive(&mut self, bytes: &[u8]) {
        match &mut self.compression {
            Some((deflate, _)) => match deflate.unpack(bytes) {
                Ok(plain) => self.reader.feed(&plain),
                Err(_) => {
                    self.session.say("* BYE that is not compressed");
                    self.session.closing = true;
                }
            },
            None => self.reader.feed(bytes),
        }
        self.advance();
    }

    fn advance(&mut self) {
        while !self.session.closing
            && !self.session.wants_tls
            && !self.compresses_next()
            && !self.session.output.is_full()
        {
            if let Some(fetching) = self.session.fetching.take() {
                self.continue_fetch(fetching);
                continue;
            }
            let progress = match self.session.mode {
                Mode::Command => self.next_command(),
                Mode::Idle { .. } | Mode::Authenticate { .. } => self.next_line(),
            };
            if !progress {
                break;
            }
        }
    }

    /// Sends a client in IDLE what has changed in its mailbox, and a client that has used NOTIFY what it asked for.
    pub fn store_changed(&mut self) {
        let request = self.session.notify.as_ref().map(|notify| &notify.request).filter(|request| request.is_active());
        let may_expunge = match (&self.session.mode, request) {
            (Mode::Idle { .. }, _) => true,
            (Mode::Command, Some(request)) => request.selected.as_ref().is_some_and(|selected| !selected.delayed),
            _ => return,
        };
        if self.session.closing || self.session.fetching.is_some() {
            return;
        }
        if request.is_some() && self.session.output.is_full() {
            self.session.say("* OK [NOTIFICATIONOVERFLOW] too much is waiting to be sent");
            self.session.notify = Some(Notify::default());
            return;
        }
        self.session.sync(may_expunge, false);
        command::context::update(&mut self.session);
        self.session.sync_others();
    }

    /// The next bytes for the client, at most `max` of them; `None` if there are none now.
    ///
    /// Large messages are made piece by piece: take the next block when the last one is sent.
    pub fn next_output(&mut self, max: usize) -> Option<Bytes> {
        let block = match &mut self.compression {
            Some((deflate, packed)) => {
                if packed.is_empty() {
                    let plain = self.session.output.next_block(PACKED)?;
                    packed.extend_from_slice(&deflate.pack(&plain).unwrap_or_default());
                }
                let most = if self.session.output.writes_one_byte() { 1 } else { max.max(1) };
                Some(packed.split_to(most.min(packed.len())).freeze())
            }
            None => self.session.output.next_block(max),
        };
        let all_sent =
            self.session.output.is_empty() && self.compression.as_ref().is_none_or(|(_, packed)| packed.is_empty());
        if all_sent && !self.session.wants_compression {
            self.compression = None;
        } else if all_sent && self.compression.is_none() {
            self.compression = Some((Deflate::new(), BytesMut::new()));
        }
        self.advance();
        block
    }

    /// Whether both sides are to compress as soon as all is sent that waits.
    fn compresses_next(&self) -> bool {
        self.session.wants_compression && self.compression.is_none()
    }

    /// All bytes for the client. Not for large messages: see [`next_output`](Self::next_output).
    pub fn take_output(&mut self) -> Vec<u8> {
        let mut all = Vec::new();
        while let Some(block) = self.next_output(64 * 1024) {
            all.extend_from_slice(&block);
        }
        all
    }

    /// Whether the client is to be disconnected: all is said and sent.
    pub fn is_closed(&self) -> bool {
        let packed = matches!(&self.compression, Some((_, packed)) if !packed.is_empty());
        (self.session.closing && self.session.output.is_empty() && !packed) || self.session.output.is_cut()
    }

    /// Whether somebody has logged in.
    pub fn is_logged_in(&self) -> bool {
        self.session.user.is_some()
    }

    /// How many logins were refused on this connection.
    pub fn failed_logins(&self) -> u32 {
        self.session.failed_logins
    }

    pub(crate) fn store(&self) -> &Store {
        &self.session.store
    }

    pub(crate) fn is_cut(&self) -> bool {
        self.session.output.is_cut()
    }

    /// Whether TLS is to be started now: STARTTLS was accepted and the answer is sent.
    pub fn wants_tls(&self) -> bool {
        self.session.wants_tls && self.session.output.is_empty()
    }

    /// Reports that TLS is up. Bytes received in clear after STARTTLS are forgotten.
    pub fn tls_started(&mut self) {
        self.session.wants_tls = false;
        self.session.tls = true;
        self.reader.clear();
    }

    /// Sets what ties a login to the TLS connection, 32 bytes that TLS exports (RFC 9266): without it no login can be.
    pub fn set_channel_binding(&mut self, exported: impl Into<Vec<u8>>) {
        self.session.channel_binding = Some(exported.into());
    }

    /// How long to wait before each write, if [`Fault::Delay`](crate::Fault::Delay) demands it.
    pub fn delay(&self) -> Option<Duration> {
        self.session.output.delay()
    }

    fn next_command(&mut self) -> bool {
        match self.reader.next_command() {
            None => return false,
            Some(Event::TooLong) => self.session.say("* BAD command line too long"),
            Some(Event::BareLineFeed) => self.session.say("* BAD lines end with CRLF"),
            Some(Event::Literal(announced)) => self.answer_literal(announced),
            Some(Event::Command(command)) => self.run(command),
        }
        true
    }

    fn next_line(&mut self) -> bool {
        match self.reader.next_line() {
            None => return false,
            Some(Err(())) => {
                self.session.say("* BYE line too long");
                self.session.closing = true;
            }
            Some(Ok(line)) => match std::mem::replace(&mut self.session.mode, Mode::Command) {
                Mode::Command => {}
                Mode::Idle { tag } => {
                    let end = if line.eq_ignore_ascii_case(b"DONE") {
                        Completion::Ok("IDLE done".to_owned())
                    } else {
                        Completion::Bad("expected DONE".to_owned())
                    };
                    self.session.sync(true, false);
                    command::context::update(&mut self.session);
                    self.session.complete(&tag, end);
                }
                Mode::Authenticate { tag, exchange } => {
                    let end = command::connection::authenticate_line(&mut self.session, tag.clone(), exchange, &line);
                    self.session.complete(&tag, end);
                }
            },
        }
        true
    }

    fn answer_literal(&mut self, announced: Announced) {
        let limit =
            if self.session.user.is_some() { self.session.settings.literal_limit } else { LITERAL_LIMIT_BEFORE_LOGIN };
        let allowed = announced.synchronizing
            || self.session.settings.has("LITERAL+")
            || (self.session.settings.has("LITERAL-") && announced.size <= 4096);
        let partial = self.reader.partial_command();
        let total = announced.size.saturating_add(partial.len() as u64);
        // Long literals are not copied to look at the beginning of the command.
        let partial = Bytes::copy_from_slice(partial.get(..partial.len().min(MAX_LINE)).unwrap_or_default());
        let refusal = if !allowed {
            Some(Completion::Bad("non-synchronizing literals are not accepted".to_owned()))
        } else if total > limit || command::change::exceeds_limit(&self.session, &partial, announced.size) {
            Some(Completion::No("[TOOBIG] literal too large".to_owned()))
        } else if announced.synchronizing {
            command::change::refuse_early(&self.session, &partial)
        } else {
            None
        };
        if let Some(refusal) = refusal {
            self.reader.refuse_literal();
            match Cursor::new(partial).tag() {
                Ok(tag) => self.session.complete(&tag, refusal),
                Err(_) => self.session.say("* BAD malformed command"),
            }
            return;
        }
        self.reader.accept_literal();
        if announced.synchronizing {
            self.session.say("+ go ahead");
        }
    }

    /// Writes the commands that arrive into a journal.
    pub(crate) fn record(&mut self, journal: Journal) {
        self.journal = Some(journal);
    }

    fn run(&mut self, command: Bytes) {
        if let Some(journal) = &self.journal {
            journal.add(&command);
        }
        let mut cursor = Cursor::new(command);
        let Ok(tag) = cursor.tag() else {
            self.session.say("* BAD expected a tag");
            return;
        };
        let name = match cursor.space().and_then(|()| command_name(&mut cursor)) {
            Ok(name) => name,
            Err(syntax) => return self.session.complete(&tag, syntax.into()),
        };
        match output::verdict(self.session.output.faults(), &name) {
            Verdict::Run => {}
            Verdict::Ignore => return,
            Verdict::Close => {
                self.session.closing = true;
                return;
            }
            Verdict::Refuse(with) => {
                let mut response = Response::default();
                response.bytes(&tag).text(" ").text(&with);
                return self.session.send(response);
            }
        }
        let end = command::execute(&mut self.session, &tag, &name, &mut cursor).unwrap_or_else(|refusal| refusal);
        self.end(&tag, &name, end);
    }

    /// Sends a row of the FETCH that has begun, or its end.
    fn continue_fetch(&mut self, mut fetching: Fetching) {
        match command::fetch::next_row(&mut self.session, &mut fetching) {
            None => self.session.fetching = Some(fetching),
            Some(end) => {
                let name = if fetching.numbers == Numbers::Uid { "UID FETCH" } else { "FETCH" };
                self.end(&fetching.tag, name, end.unwrap_or_else(|refusal| refusal));
            }
        }
    }

    /// Reports what has changed meanwhile, and that a command has ended.
    fn end(&mut self, tag: &[u8], name: &str, end: Completion) {
        // Sequence numbers must stay what they are while these commands are answered.
        let may_expunge = !matches!(name, "FETCH" | "STORE" | "SEARCH" | "SORT" | "THREAD");
        if end != Completion::Pending {
            self.session.sync(may_expunge, name.starts_with("UID "));
            command::context::update(&mut self.session);
            self.session.sync_others();
        }
        self.session.complete(tag, end);
    }
}

fn command_name(cursor: &mut Cursor) -> Result<String, crate::cursor::Syntax> {
    let name = cursor.keyword()?;
    if name != "UID" {
        return Ok(name);
    }
    cursor.space()?;
    Ok(format!("UID {}", cursor.keyword()?))
}
