//! The async client, on tokio: what differs from the blocking one. Its types are at the root of the crate.

mod body;
mod clock;
mod driver;
#[path = "front/mod.rs"]
#[allow(clippy::duplicate_mod, reason = "the text of both clients is mounted twice")]
mod front;
mod transport;
mod waiting;

pub use front::{Body, Client, Idle, Mailbox, Row, Rows, Session};
pub use transport::Transport;

// What the text of both clients finds here.
use clock::{now, sleep_until};
use imaplib_macros::keep_async as maybe_async;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use waiting::Waiting;

/// Where the bytes of a message to append come from: anything that implements [`AsyncRead`].
pub trait Source: AsyncRead + Unpin {}

impl<R: AsyncRead + Unpin> Source for R {}

/// Where the bytes of a text are copied to: anything that implements [`AsyncWrite`].
pub trait Target: AsyncWrite + Unpin {}

impl<W: AsyncWrite + Unpin + ?Sized> Target for W {}

async fn read(source: &mut impl Source, buffer: &mut [u8]) -> std::io::Result<usize> {
    source.read(buffer).await
}

async fn write_all(target: &mut (impl Target + ?Sized), bytes: &[u8]) -> std::io::Result<()> {
    target.write_all(bytes).await
}
