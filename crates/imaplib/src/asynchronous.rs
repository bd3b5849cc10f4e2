//! The async client, on tokio: what differs from the blocking one. Its types are at the root of the crate.

#[path = "front/mod.rs"]
#[allow(clippy::duplicate_mod, reason = "the text of the clients is mounted several times")]
mod front;
#[path = "front/opening.rs"]
#[allow(clippy::duplicate_mod, reason = "the text of the clients is mounted several times")]
mod opening;
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
pub use transport::Transport;

use std::future::Future;

use imaplib_macros::keep_async as maybe_async;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use crate::Result;
pub(crate) use polled::Waiting;
pub(crate) use timer::{Alarm, Clock, clock_of, now};
pub(crate) use tokio::task::yield_now;
pub(crate) use transport::{poll_flush, poll_read, poll_write};

/// Where the bytes of a message to append come from: anything that implements [`AsyncRead`].
pub trait Source: AsyncRead + Unpin {}

impl<R: AsyncRead + Unpin> Source for R {}

/// Where the bytes of a text are copied to: anything that implements [`AsyncWrite`].
pub trait Target: AsyncWrite + Unpin {}

impl<W: AsyncWrite + Unpin + ?Sized> Target for W {}

/// Makes a session, each time that a [`Watch`] needs one: an async closure without arguments. What it logs in with may be
/// another password or token each time.
pub trait Connect {
    /// Connects and logs in.
    fn connect(&mut self) -> impl Future<Output = Result<Session>>;
}

impl<F: AsyncFnMut() -> Result<Session>> Connect for F {
    async fn connect(&mut self) -> Result<Session> {
        self().await
    }
}

/// Where access tokens come from: a closure that returns a future will do.
pub trait Tokens: Send {
    /// An access token. With `refresh`, the one that was returned before was refused: a fresh one is needed.
    fn token(&mut self, refresh: bool) -> impl Future<Output = std::io::Result<String>> + Send;
}

impl<P: FnMut(bool) -> F + Send, F: Future<Output = std::io::Result<String>> + Send> Tokens for P {
    fn token(&mut self, refresh: bool) -> impl Future<Output = std::io::Result<String>> + Send {
        self(refresh)
    }
}

async fn read(source: &mut impl Source, buffer: &mut [u8]) -> std::io::Result<usize> {
    source.read(buffer).await
}

async fn write_all(target: &mut (impl Target + ?Sized), bytes: &[u8]) -> std::io::Result<()> {
    target.write_all(bytes).await
}
