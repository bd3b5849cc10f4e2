//! Plays a scenario to whoever connects.

use std::io;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use super::certificate::Identity;
use super::outcome::{Heard, PASSWORD, TOKEN, USER};
use super::scenario::{Channel, Scenario};
use super::script::Say;
use super::wire::Wire;
use crate::{Connection, Settings, Store};

/// How much of a flood is sent at once.
const BLOCK: usize = 32 << 10;

const MESSAGE: &str = "From: Mallory <mallory@example.org>\r\nTo: alice@example.org\r\nSubject: hello\r\n\
    Date: Sat, 14 Mar 2026 09:26:53 +0000\r\nMessage-ID: <1@example.org>\r\n\r\nThe true message.\r\n";

/// A server that plays one scenario, as often as clients connect; it stops when dropped.
#[derive(Debug)]
pub struct Hostile {
    port: u16,
    ca_pem: String,
    heard: Arc<Mutex<Heard>>,
    stop: Arc<AtomicBool>,
    listener: Option<JoinHandle<()>>,
}

impl Hostile {
    /// Starts the server on a free port of the loopback address.
    ///
    /// # Errors
    /// If there is no port, or no certificate can be made.
    pub fn start(scenario: &Scenario) -> io::Result<Self> {
        let identity = Identity::of(scenario.certificate)?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let port = listener.local_addr()?.port();
        let (heard, stop) = (Arc::<Mutex<Heard>>::default(), Arc::<AtomicBool>::default());
        let site = Site {
            scenario: scenario.clone(),
            tls: identity.config,
            heard: Arc::clone(&heard),
            stop: Arc::clone(&stop),
        };
        let thread = thread::Builder::new().name("hostile listener".to_owned());
        let listener = Some(thread.spawn(move || site.listen(&listener))?);
        Ok(Self { port, ca_pem: identity.ca_pem, heard, stop, listener })
    }

    /// The port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The certificate authority that the client is to trust, in PEM.
    #[must_use]
    pub fn ca_pem(&self) -> &str {
        &self.ca_pem
    }

    /// What all clients have said so far.
    #[must_use]
    pub fn heard(&self) -> Heard {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Hostile {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        // Wakes the listener.
        drop(TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)));
        if let Some(listener) = self.listener.take() {
            let _ = listener.join();
        }
    }
}

struct Site {
    scenario: Scenario,
    tls: Arc<rustls::ServerConfig>,
    heard: Arc<Mutex<Heard>>,
    stop: Arc<AtomicBool>,
}

impl Site {
    fn listen(self, listener: &TcpListener) {
        let site = Arc::new(self);
        for stream in listener.incoming().map_while(Result::ok) {
            if site.stop.load(Ordering::Relaxed) {
                return;
            }
            let site = Arc::clone(&site);
            // A client that leaves in the middle is what this is about.
            let play = move || drop(site.play(stream));
            let _ = thread::Builder::new().name("hostile connection".to_owned()).spawn(play);
        }
    }

    fn play(&self, stream: TcpStream) -> io::Result<()> {
        let mut wire = Wire::new(stream, Arc::clone(&self.heard), Arc::clone(&self.stop))?;
        let over_tls = self.scenario.channel == Channel::Tls;
        if over_tls && self.scenario.speaks_tls {
            wire.begin_tls(&self.tls)?;
        }
        let connection = if over_tls {
            Connection::over_tls(store(), self.settings())
        } else {
            Connection::with_starttls(store(), self.settings())
        };
        Play { site: self, wire, connection, lines: Vec::new() }.run()
    }

    fn settings(&self) -> Settings {
        let scenario = &self.scenario;
        let settings = scenario.capabilities.iter().fold(Settings::new().token(TOKEN), |all, name| all.with(name));
        scenario.without.iter().fold(settings, |all, name| all.without(name))
    }
}

fn store() -> Store {
    let store = Store::new();
    store.add_user(USER, PASSWORD);
    let account = store.account(USER);
    // Neither can fail for a new account.
    let _ = account.append("INBOX", MESSAGE);
    let _ = account.create("Copies");
    store
}

/// One connection: an honest server, and what is said in its place.
struct Play<'a> {
    site: &'a Site,
    wire: Wire,
    connection: Connection,
    /// What was received and not looked at.
    lines: Vec<u8>,
}

impl Play<'_> {
    fn run(mut self) -> io::Result<()> {
        let scenario = &self.site.scenario;
        if let Some(greeting) = &scenario.greeting {
            drop(self.connection.take_output());
            self.perform(greeting, b"")?;
        } else {
            self.answer()?;
        }
        while let Some(line) = self.line()? {
            match scenario.rules.iter().find(|rule| rule.is_about(&line)) {
                None => self.pass_on(&line)?,
                Some(rule) => {
                    self.perform(&rule.say, &line)?;
                    if rule.answers {
                        self.pass_on(&line)?;
                    }
                }
            }
        }
        Ok(())
    }

    /// The client's next line, with its end; nothing when it has left.
    fn line(&mut self) -> io::Result<Option<Vec<u8>>> {
        loop {
            if let Some(end) = self.lines.iter().position(|byte| *byte == b'\n') {
                let rest = self.lines.split_off(end + 1);
                return Ok(Some(std::mem::replace(&mut self.lines, rest)));
            }
            let bytes = self.wire.hear()?;
            if bytes.is_empty() {
                return Ok(None);
            }
            self.lines.extend(bytes);
        }
    }

    fn pass_on(&mut self, line: &[u8]) -> io::Result<()> {
        self.connection.receive(line);
        self.answer()
    }

    /// Sends what the honest server sends.
    fn answer(&mut self) -> io::Result<()> {
        while let Some(bytes) = self.connection.next_output(BLOCK) {
            self.wire.say(&bytes)?;
        }
        if self.connection.wants_tls() {
            self.lines.clear();
            self.wire.begin_tls(&self.site.tls)?;
            self.connection.tls_started();
        }
        if self.connection.is_closed() {
            self.wire.close()?;
        }
        Ok(())
    }

    fn perform(&mut self, script: &[Say], line: &[u8]) -> io::Result<()> {
        let tag = line.split(|byte| *byte == b' ').next().unwrap_or_default().to_vec();
        let mut last = line.to_vec();
        for say in script {
            match say {
                Say::Bytes(bytes) => self.wire.say(&with_tag(bytes, &tag))?,
                Say::Repeat(bytes, count) => self.repeat(bytes, *count)?,
                Say::Numbered(make, count) => self.number(*make, *count)?,
                Say::Drip(bytes, pause) => {
                    for byte in bytes.iter().cycle() {
                        self.wire.say(&[*byte])?;
                        self.wire.wait(*pause)?;
                    }
                }
                Say::Reply(make) => self.wire.say(&with_tag(&make(&last), &tag))?,
                Say::Hear => last = self.line()?.ok_or(io::ErrorKind::UnexpectedEof)?,
                Say::Wait(span) => self.wire.wait(*span)?,
                Say::Silence => self.wire.hear_to_the_end()?,
                Say::Cut => {
                    self.wire.cut();
                    return Err(io::ErrorKind::ConnectionAborted.into());
                }
                Say::Close => {
                    self.wire.close()?;
                    self.wire.hear_to_the_end()?;
                }
                Say::Tls => {
                    self.lines.clear();
                    self.wire.begin_tls(&self.site.tls)?;
                    self.connection = Connection::over_tls(store(), self.site.settings());
                    drop(self.connection.take_output());
                }
                Say::Deflate => self.wire.begin_deflate(),
                Say::Raw(bytes) => self.wire.say_raw(bytes)?,
            }
        }
        Ok(())
    }

    fn repeat(&mut self, bytes: &[u8], count: u64) -> io::Result<()> {
        let at_once = (BLOCK / bytes.len().max(1)).max(1);
        let block = bytes.repeat(at_once);
        let mut left = count;
        while left > 0 {
            let now = left.min(at_once as u64);
            let end = bytes.len() * usize::try_from(now).unwrap_or_default();
            self.wire.say(block.get(..end).unwrap_or_default())?;
            left -= now;
        }
        Ok(())
    }

    fn number(&mut self, make: fn(u64) -> String, count: u64) -> io::Result<()> {
        let mut block = String::new();
        for number in 1..=count {
            block.push_str(&make(number));
            if block.len() >= BLOCK {
                self.wire.say(block.as_bytes())?;
                block.clear();
            }
        }
        self.wire.say(block.as_bytes())
    }
}

fn with_tag(bytes: &[u8], tag: &[u8]) -> Vec<u8> {
    const MARK: &[u8] = b"<tag>";
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some(at) = rest.windows(MARK.len()).position(|window| window == MARK) {
        let (before, behind) = rest.split_at_checked(at).unwrap_or_default();
        out.extend_from_slice(before);
        out.extend_from_slice(tag);
        rest = behind.get(MARK.len()..).unwrap_or_default();
    }
    out.extend_from_slice(rest);
    out
}
