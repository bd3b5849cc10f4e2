//! The async client, on tokio: what differs from the blocking one. Its types are at the root of the crate.

mod driver;
#[path = "front/mod.rs"]
#[allow(clippy::duplicate_mod, reason = "the text of both clients is mounted twice")]
mod front;
mod transport;

#[cfg(feature = "mime")]
pub use front::Decoded;
pub use front::{Body, Client, Idle, Mailbox, Row, Rows, Session, StreamParts, Watch};
pub use transport::Transport;

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Instant;

use imaplib_macros::keep_async as maybe_async;
use imaplib_proto::client::{Wait, Watchdog};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::Sleep;

use crate::{ConnectOptions, Error, Result};

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

/// What is watched while the server is waited for.
pub(crate) struct Waiting {
    watchdog: Watchdog,
    /// It is set again only when it rings.
    timer: Option<Pin<Box<Sleep>>>,
    /// Whether a wait has begun: between two of them the caller may take its time.
    begun: bool,
    /// Whether bytes were written that the stream may still hold back.
    unflushed: bool,
}

impl Waiting {
    fn new(options: &ConnectOptions) -> Self {
        Self { watchdog: Watchdog::new(&options.timeouts, now()), timer: None, begun: false, unflushed: false }
    }

    /// The wait for an answer begins, unless it has.
    fn begin(&mut self) {
        if !std::mem::replace(&mut self.begun, true) {
            self.watchdog.start(Wait::Answer, now());
        }
    }

    /// Ready at the deadline: with an error if the server was expected to answer.
    fn poll_deadline(&mut self, cx: &mut Context<'_>) -> Poll<Result<()>> {
        let mut end = self.watchdog.next_deadline().into();
        let timer = self.timer.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(end)));
        loop {
            if timer.as_mut().poll(cx).is_pending() && timer.deadline() <= end {
                return Poll::Pending;
            }
            end = self.watchdog.next_deadline().into();
            match self.watchdog.check(now()) {
                Ok(false) => timer.as_mut().reset(end),
                over => {
                    self.timer = None;
                    return Poll::Ready(over.map(drop).map_err(Error::timeout));
                }
            }
        }
    }
}

/// The present, by the clock of the runtime.
fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}

async fn sleep_until(time: Instant) {
    tokio::time::sleep_until(time.into()).await;
}
