//! One client's connection as a state machine: bytes in, bytes out.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};

use crate::auth::Exchange;
use crate::command;
use crate::completion::Completion;
use crate::content::Content;
use crate::cursor::Cursor;
use crate::deflate::Deflate;
use crate::fault::{self, Verdict};
use crate::journal::Journal;
use crate::mailbox::Mailbox;
use crate::output::Output;
use crate::reader::{Announced, Event, MAX_LINE, Reader};
use crate::response::Response;
use crate::settings::Settings;
use crate::store::{Store, StoreError};
use crate::view::View;

/// Before login, literals hold user names and passwords only.
const LITERAL_LIMIT_BEFORE_LOGIN: u64 = 8 * 1024;

/// How much is compressed at once, in bytes.
const PACKED: usize = 16 * 1024;

/// While so many pieces of responses wait to be sent, no further command is run.
const MAX_WAITING: usize = 4096;

/// What the next line of the client is.
#[derive(Debug)]
pub(crate) enum Mode {
    Command,
    /// IDLE waits for DONE.
    Idle {
        tag: Bytes,
    },
    /// AUTHENTICATE waits for a response.
    Authenticate {
        tag: Bytes,
        exchange: Exchange,
    },
}

/// Whether the two sides compress.
#[derive(Debug)]
enum Compression {
    None,
    /// They do as soon as the answer to COMPRESS is sent.
    Next,
    /// They do; these octets are ready to be sent.
    Active(Deflate, BytesMut),
}

/// A server connection without I/O.
///
/// Feed what the client sent with [`receive`](Self::receive), then send all that
/// [`next_output`](Self::next_output) gives, until [`is_closed`](Self::is_closed). When the store has changed, call
/// [`store_changed`](Self::store_changed) so that a client in IDLE hears of it.
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
    pub(crate) store: Store,
    pub(crate) settings: Arc<Settings>,
    pub(crate) output: Output,
    reader: Reader,
    pub(crate) mode: Mode,
    pub(crate) user: Option<String>,
    pub(crate) view: Option<View>,
    pub(crate) enabled: BTreeSet<String>,
    pub(crate) tls: bool,
    tls_possible: bool,
    pub(crate) wants_tls: bool,
    pub(crate) closing: bool,
    compression: Compression,
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
        let output = Output::new(settings.faults.clone());
        let user = settings.preauthenticated.clone();
        let mut connection = Self {
            store,
            settings,
            output,
            reader: Reader::new(),
            mode: Mode::Command,
            user,
            view: None,
            enabled: BTreeSet::new(),
            tls,
            tls_possible,
            wants_tls: false,
            closing: false,
            compression: Compression::None,
            journal: None,
        };
        let status = if connection.user.is_some() { "PREAUTH" } else { "OK" };
        let capabilities = connection.capabilities();
        connection.say(&format!("* {status} [CAPABILITY {capabilities}] imaplib-testserver ready"));
        connection
    }

    /// Takes bytes from the client and runs the commands in them.
    ///
    /// While much is waiting to be sent, further commands wait as well; [`next_output`](Self::next_output) goes on with
    /// them.
    pub fn receive(&mut self, bytes: &[u8]) {
        match &mut self.compression {
            Compression::Active(deflate, _) => match deflate.unpack(bytes) {
                Ok(plain) => self.reader.feed(&plain),
                Err(_) => {
                    self.say("* BYE that is not compressed");
                    self.closing = true;
                }
            },
            _ => self.reader.feed(bytes),
        }
        self.advance();
    }

    fn advance(&mut self) {
        while !self.closing && !self.wants_tls && !self.compresses_next() && self.output.len() < MAX_WAITING {
            let progress = match self.mode {
                Mode::Command => self.next_command(),
                Mode::Idle { .. } | Mode::Authenticate { .. } => self.next_line(),
            };
            if !progress {
                break;
            }
        }
    }

    /// Sends a client in IDLE what has changed in its mailbox.
    pub fn store_changed(&mut self) {
        if matches!(self.mode, Mode::Idle { .. }) && !self.closing {
            self.sync(true, false);
        }
    }

    /// The next bytes for the client, at most `max` of them; `None` if there are none now.
    ///
    /// Large messages are made piece by piece: take the next block when the last one is sent.
    pub fn next_output(&mut self, max: usize) -> Option<Bytes> {
        let block = match &mut self.compression {
            Compression::Active(deflate, packed) => {
                if packed.is_empty() {
                    let plain = self.output.next_block(PACKED)?;
                    packed.extend_from_slice(&deflate.pack(&plain).unwrap_or_default());
                }
                let most = if self.output.writes_one_byte() { 1 } else { max.max(1) };
                Some(packed.split_to(most.min(packed.len())).freeze())
            }
            _ => self.output.next_block(max),
        };
        if self.compresses_next() && self.output.is_empty() {
            self.compression = Compression::Active(Deflate::new(), BytesMut::new());
        }
        self.advance();
        block
    }

    /// Whether both sides are to compress as soon as all is sent that waits.
    fn compresses_next(&self) -> bool {
        matches!(self.compression, Compression::Next)
    }

    /// Compresses as soon as the answer is sent; says whether that was not done before.
    pub(crate) fn compress(&mut self) -> bool {
        let first = matches!(self.compression, Compression::None);
        if first {
            self.compression = Compression::Next;
        }
        first
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
        let packed = matches!(&self.compression, Compression::Active(_, packed) if !packed.is_empty());
        (self.closing && self.output.is_empty() && !packed) || self.output.is_cut()
    }

    pub(crate) fn is_cut(&self) -> bool {
        self.output.is_cut()
    }

    /// Whether TLS is to be started now: STARTTLS was accepted and the answer is sent.
    pub fn wants_tls(&self) -> bool {
        self.wants_tls && self.output.is_empty()
    }

    /// Says that TLS is up. Bytes received in clear after STARTTLS are forgotten.
    pub fn tls_started(&mut self) {
        self.wants_tls = false;
        self.tls = true;
        self.reader.clear();
    }

    /// How long to wait before each write, if [`Fault::Delay`](crate::Fault::Delay) demands it.
    pub fn delay(&self) -> Option<Duration> {
        self.output.delay()
    }

    pub(crate) fn say(&mut self, line: &str) {
        self.output.push(Response::line(line));
    }

    pub(crate) fn send(&mut self, response: Response) {
        self.output.push(response.finish());
    }

    pub(crate) fn capabilities(&self) -> String {
        let mut hidden = Vec::new();
        if self.tls || !self.tls_possible {
            hidden.push("STARTTLS");
        }
        if self.tls {
            hidden.push("LOGINDISABLED");
        }
        self.settings.announced(self.user.is_some(), &hidden)
    }

    /// Whether LOGIN is refused: a server that demands TLS does so until TLS is up.
    pub(crate) fn login_disabled(&self) -> bool {
        !self.tls && self.settings.has("LOGINDISABLED")
    }

    pub(crate) fn can_start_tls(&self) -> bool {
        self.tls_possible && !self.tls && self.settings.has("STARTTLS")
    }

    fn next_command(&mut self) -> bool {
        match self.reader.next_command() {
            None => return false,
            Some(Event::TooLong) => self.say("* BAD command line too long"),
            Some(Event::BareLineFeed) => self.say("* BAD lines end with CRLF"),
            Some(Event::Literal(announced)) => self.answer_literal(announced),
            Some(Event::Command(command)) => self.run(command),
        }
        true
    }

    fn next_line(&mut self) -> bool {
        match self.reader.next_line() {
            None => return false,
            Some(Err(())) => {
                self.say("* BYE line too long");
                self.closing = true;
            }
            Some(Ok(line)) => match std::mem::replace(&mut self.mode, Mode::Command) {
                Mode::Command => {}
                Mode::Idle { tag } => {
                    let end = if line.eq_ignore_ascii_case(b"DONE") {
                        Completion::Ok("IDLE done".to_owned())
                    } else {
                        Completion::Bad("expected DONE".to_owned())
                    };
                    self.sync(true, false);
                    self.complete(&tag, end);
                }
                Mode::Authenticate { tag, exchange } => {
                    let end = command::session::authenticate_line(self, tag.clone(), exchange, &line);
                    self.complete(&tag, end);
                }
            },
        }
        true
    }

    fn answer_literal(&mut self, announced: Announced) {
        let limit = if self.user.is_some() { self.settings.literal_limit } else { LITERAL_LIMIT_BEFORE_LOGIN };
        let allowed = announced.synchronizing
            || self.settings.has("LITERAL+")
            || (self.settings.has("LITERAL-") && announced.size <= 4096);
        let partial = self.reader.partial_command();
        let total = announced.size.saturating_add(partial.len() as u64);
        // Long literals are not copied to look at the beginning of the command.
        let partial = Bytes::copy_from_slice(partial.get(..partial.len().min(MAX_LINE)).unwrap_or_default());
        let refusal = if !allowed {
            Some(Completion::Bad("non-synchronizing literals are not accepted".to_owned()))
        } else if total > limit {
            Some(Completion::No("[TOOBIG] literal too large".to_owned()))
        } else if announced.synchronizing {
            command::append::refuse_early(self, &partial)
        } else {
            None
        };
        if let Some(refusal) = refusal {
            self.reader.refuse_literal();
            match Cursor::new(partial).tag() {
                Ok(tag) => self.complete(&tag, refusal),
                Err(_) => self.say("* BAD malformed command"),
            }
            return;
        }
        self.reader.accept_literal();
        if announced.synchronizing {
            self.say("+ go ahead");
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
            self.say("* BAD expected a tag");
            return;
        };
        let name = match cursor.space().and_then(|()| command_name(&mut cursor)) {
            Ok(name) => name,
            Err(syntax) => return self.complete(&tag, syntax.into()),
        };
        match fault::verdict(self.output.faults(), &name) {
            Verdict::Run => {}
            Verdict::Ignore => return,
            Verdict::Close => {
                self.closing = true;
                return;
            }
            Verdict::Refuse(with) => {
                let mut response = Response::default();
                response.bytes(&tag).text(" ").text(&with);
                return self.send(response);
            }
        }
        let end = command::execute(self, &tag, &name, &mut cursor).unwrap_or_else(|refusal| refusal);
        // Sequence numbers must stay what they are while these commands are answered.
        let may_expunge = !matches!(name.as_str(), "FETCH" | "STORE" | "SEARCH");
        if end != Completion::Pending {
            self.sync(may_expunge, name.starts_with("UID "));
        }
        self.complete(&tag, end);
    }

    fn complete(&mut self, tag: &[u8], end: Completion) {
        let (status, text) = match end {
            Completion::Ok(text) => ("OK", text),
            Completion::No(text) => ("NO", text),
            Completion::Bad(text) => ("BAD", text),
            Completion::Pending => return,
        };
        let mut response = Response::default();
        response.bytes(tag).text(" ").text(status).text(" ").text(&text);
        self.send(response);
    }

    /// Brings the view of the selected mailbox up to date and tells the client.
    pub(crate) fn sync(&mut self, may_expunge: bool, with_uid: bool) {
        let (Some(user), Some(view)) = (&self.user, &mut self.view) else { return };
        let with_modseq = self.enabled.contains("CONDSTORE");
        let result: Result<_, StoreError> = self.store.with(user, |account| {
            let mailbox = account.by_id(view.mailbox_id).ok_or(StoreError::NoSuchMailbox)?;
            Ok(view.sync(mailbox, may_expunge, with_uid, with_modseq))
        });
        match result {
            Ok(responses) => responses.into_iter().for_each(|response: Vec<Content>| self.output.push(response)),
            Err(_) => {
                self.view = None;
                self.closing = true;
                self.say("* BYE the selected mailbox is gone");
            }
        }
    }

    /// The user who is logged in.
    pub(crate) fn logged_in(&self) -> Result<String, Completion> {
        self.user.clone().ok_or_else(|| Completion::Bad("log in first".to_owned()))
    }

    /// Works on the selected mailbox and the session's view of it.
    pub(crate) fn with_selected<T>(
        &mut self,
        work: impl FnOnce(&mut Mailbox, &mut View) -> Result<T, Completion>,
    ) -> Result<T, Completion> {
        let user = self.logged_in()?;
        let Some(view) = &mut self.view else {
            return Completion::bad("no mailbox is selected");
        };
        self.store.with(&user, |account| {
            let mailbox = account.by_id(view.mailbox_id).ok_or(StoreError::NoSuchMailbox)?;
            work(mailbox, view)
        })
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
