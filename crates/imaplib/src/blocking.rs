//! The blocking client, on the standard library: sockets with timeouts, no runtime. Threads are used only where the system is
//! not a Unix, and only to try several addresses of a host at once.
//!
//! | type | what it is |
//! |---|---|
//! | [`Client`] | the connection before login |
//! | [`Session`] | after login: mailboxes by name, commands of any kind, events |
//! | [`Mailbox`] | the open mailbox: messages |
//! | [`Rows`], [`Row`], [`Body`] | the answer to a FETCH, as it comes |
//! | [`Idle`] | waiting for events |
//! | [`Watch`] | mailboxes that are watched, over lost connections |
//! | [`Transport`] | what it can run over, also streams of your own |
//!
//! ```no_run
//! use imaplib::Search;
//! use imaplib::blocking::Client;
//!
//! let mut session = Client::connect("imaps://imap.example.org")?.login("alice", "password")?;
//! println!("{} unread", session.select("INBOX")?.search(Search::unseen())?.len());
//! session.logout()?;
//! # Ok::<(), imaplib::Error>(())
//! ```
//!
//! The [guide](crate) shows each of them at work. A `Session` can be sent to another thread; for several things at once,
//! open several connections, or [pipeline](Session::start).

mod connect;
mod driver;
#[path = "front/mod.rs"]
#[allow(clippy::duplicate_mod, reason = "the text of the clients is mounted several times")]
mod front;
mod layered;
#[path = "front/opening.rs"]
#[allow(clippy::duplicate_mod, reason = "the text of the clients is mounted several times")]
mod opening;
mod transport;

#[cfg(feature = "mime")]
pub use front::Decoded;
pub use front::{Body, Client, Idle, Mailbox, Row, Rows, Session, StreamParts, Watch};
pub use transport::{NoTimeouts, Transport};

use std::io::{Read, Write};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use imaplib_macros::strip_async as maybe_async;
use imaplib_proto::client::Watchdog;

use crate::ConnectOptions;

/// Where the bytes of a message to append come from: anything that implements [`Read`].
pub trait Source: Read {}

impl<R: Read> Source for R {}

/// Where the bytes of a text are copied to: anything that implements [`Write`].
pub trait Target: Write {}

impl<W: Write + ?Sized> Target for W {}

/// Where access tokens come from: a closure will do.
pub trait Tokens {
    /// An access token. With `refresh`, the one that was returned before was refused: a fresh one is needed.
    ///
    /// # Errors
    /// If there is none to be had.
    fn token(&mut self, refresh: bool) -> std::io::Result<String>;
}

impl<P: FnMut(bool) -> std::io::Result<String>> Tokens for P {
    fn token(&mut self, refresh: bool) -> std::io::Result<String> {
        self(refresh)
    }
}

fn now() -> Instant {
    Instant::now()
}

/// The clock that this client waits by: that of the system.
#[derive(Clone)]
pub(crate) struct Clock;

impl Clock {
    fn of(_stream: &dyn Transport) -> Self {
        Self
    }

    fn sleep_until(&self, time: Instant) {
        std::thread::sleep(time.saturating_duration_since(Instant::now()));
    }
}

fn clock_of(_connect: &impl Connect) -> Clock {
    Clock
}

/// Makes a session, each time that a [`Watch`] needs one: a closure without arguments. What it logs in with may be another
/// password or token each time.
pub trait Connect {
    /// Connects and logs in.
    ///
    /// # Errors
    /// If the server cannot be reached, or refuses the login.
    fn connect(&mut self) -> crate::Result<Session>;
}

impl<F: FnMut() -> crate::Result<Session>> Connect for F {
    fn connect(&mut self) -> crate::Result<Session> {
        self()
    }
}

fn read(source: &mut impl Source, buffer: &mut [u8]) -> std::io::Result<usize> {
    source.read(buffer)
}

fn write_all(target: &mut (impl Target + ?Sized), bytes: &[u8]) -> std::io::Result<()> {
    target.write_all(bytes)
}

/// What is watched while the server is waited for.
pub(crate) struct Waiting {
    watchdog: Watchdog,
    /// Whether the caller wants no more.
    interrupt: Option<Arc<AtomicBool>>,
}

impl Waiting {
    fn new(options: &ConnectOptions, _clock: &Clock) -> Self {
        let watchdog = Watchdog::new(&options.timeouts, Instant::now());
        Self { watchdog, interrupt: options.interrupt.clone() }
    }
}
