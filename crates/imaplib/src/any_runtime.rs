//! The async client on any runtime: over a stream of [`futures_io`] and with a timer that the caller brings. It opens no socket,
//! starts no task and needs no tokio.
//!
//! | type | what it is |
//! |---|---|
//! | [`WithTimer`] | a stream, and the timer that belongs to it |
//! | [`Client`] | the connection before login |
//! | [`Session`] | after login: mailboxes by name, commands of any kind, events |
//! | [`Mailbox`] | the open mailbox: messages |
//! | [`Rows`], [`Row`], [`Body`] | the answer to a FETCH, as it comes |
//! | [`Idle`] | waiting for events |
//! | [`Watch`] | mailboxes that are watched, over lost connections |
//!
//! On smol, to which the example `smol` adds more:
//!
//! ```no_run
//! use imaplib::any_runtime::{Client, WithTimer};
//! use imaplib::{ConnectOptions, Endpoint, Search};
//!
//! # async fn unread() -> Result<(), Box<dyn std::error::Error>> {
//! let stream = smol::net::TcpStream::connect(("imap.example.org", 993)).await?;
//! let stream = WithTimer::new(stream, smol::Timer::at);
//! let endpoint = Endpoint::tls("imap.example.org", 993);
//! let client = Client::connect_over(stream, &endpoint, &ConnectOptions::new()).await?;
//! let mut session = client.login("alice", "password").await?;
//! println!("{} unread", session.select("INBOX").await?.search(Search::unseen()).await?.len());
//! session.logout().await?;
//! # Ok(())
//! # }
//! ```
//!
//! The [guide](crate) shows each of them at work: the methods are those of the other clients.

mod clock;
#[path = "front/mod.rs"]
#[allow(clippy::duplicate_mod, reason = "the text of the clients is mounted several times")]
mod front;
#[path = "polled/mod.rs"]
#[allow(clippy::duplicate_mod, reason = "the text of the async clients is mounted several times")]
mod polled;
mod streams;
mod timer;
mod transport;

#[cfg(feature = "mime")]
pub use front::Decoded;
pub use front::{Body, Client, Idle, Mailbox, Row, Rows, Session, StreamParts, Watch};
#[cfg(feature = "stream")]
pub use polled::{EventStream, RowStream};
pub use timer::{Timer, WithTimer};
pub use transport::Transport;

use std::future::{Future, poll_fn};
use std::io;
use std::pin::Pin;
use std::task::{Poll, ready};

use futures_io::{AsyncRead, AsyncWrite};
use imaplib_macros::keep_async as maybe_async;

use crate::Result;
pub(crate) use clock::{Alarm, Clock, clock_of, now, yield_now};
pub(crate) use polled::Waiting;
pub(crate) use transport::{poll_flush, poll_read, poll_write};

/// Where the bytes of a message to append come from: anything that implements [`AsyncRead`].
pub trait Source: AsyncRead + Unpin {}

impl<R: AsyncRead + Unpin> Source for R {}

/// Where the bytes of a text are copied to: anything that implements [`AsyncWrite`].
pub trait Target: AsyncWrite + Unpin {}

impl<W: AsyncWrite + Unpin + ?Sized> Target for W {}

/// Makes a session, each time that a [`Watch`] needs one: an async closure without arguments, [with a timer](WithTimer). What it
/// logs in with may be another password or token each time.
pub trait Connect {
    /// Connects and logs in.
    fn connect(&mut self) -> impl Future<Output = Result<Session>>;

    /// What is waited by before a lost connection is made again.
    fn timer(&self) -> &std::sync::Arc<dyn Timer>;
}

impl<F: AsyncFnMut() -> Result<Session>> Connect for WithTimer<F> {
    async fn connect(&mut self) -> Result<Session> {
        (self.get_mut())().await
    }

    fn timer(&self) -> &std::sync::Arc<dyn Timer> {
        self.timer()
    }
}

/// Where access tokens come from: a closure that returns a future will do.
pub trait Tokens: Send {
    /// An access token. With `refresh`, the one that was returned before was refused: a fresh one is needed.
    fn token(&mut self, refresh: bool) -> impl Future<Output = io::Result<String>> + Send;
}

impl<P: FnMut(bool) -> F + Send, F: Future<Output = io::Result<String>> + Send> Tokens for P {
    fn token(&mut self, refresh: bool) -> impl Future<Output = io::Result<String>> + Send {
        self(refresh)
    }
}

async fn read(source: &mut impl Source, buffer: &mut [u8]) -> io::Result<usize> {
    poll_fn(|cx| Pin::new(&mut *source).poll_read(cx, buffer)).await
}

async fn write_all(target: &mut (impl Target + ?Sized), mut bytes: &[u8]) -> io::Result<()> {
    poll_fn(|cx| {
        while !bytes.is_empty() {
            match ready!(Pin::new(&mut *target).poll_write(cx, bytes))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                count => bytes = bytes.get(count..).unwrap_or_default(),
            }
        }
        Poll::Ready(Ok(()))
    })
    .await
}
