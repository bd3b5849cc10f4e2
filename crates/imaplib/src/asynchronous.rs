//! The async client, on tokio.
//!
//! | type | what it is |
//! |---|---|
//! | [`Client`] | the connection before login |
//! | [`Session`] | after login: mailboxes by name, commands of any kind, news |
//! | [`Mailbox`] | the open mailbox: messages |
//! | [`Rows`], [`Row`], [`Body`] | the answer to a FETCH, as it comes |
//! | [`Idle`] | waiting for news |
//! | [`Transport`] | what it can run over: any `AsyncRead + AsyncWrite` |
//!
//! ```no_run
//! # async fn unread() -> imaplib::Result<()> {
//! use imaplib::Search;
//! use imaplib::tokio::Client;
//!
//! let mut session = Client::connect("imaps://imap.example.org").await?.login("alice", "password").await?;
//! println!("{} unread", session.select("INBOX").await?.search(Search::unseen()).await?.len());
//! session.logout().await?;
//! # Ok(())
//! # }
//! ```
//!
//! The [guide](crate) shows each of them at work, with the blocking client, whose methods are the same.
//!
//! Futures can be dropped at any point: the command they were about is given up, what is left of its answer is received
//! and dropped when the next one is sent, and the session stays usable. The exceptions are [`Session::append`] and
//! [`Session::append_all`], for nothing can be sent after half a message, and `Session::compress`, for nothing can be read
//! by who does not know that it is compressed: the connection is then over, and says so.

mod body;
mod driver;
#[path = "front/mod.rs"]
#[allow(clippy::duplicate_mod, reason = "the text of both clients is mounted twice")]
mod front;
mod transport;

pub use front::{Body, Client, Idle, Mailbox, Row, Rows, Session};
pub use transport::Transport;

// What the text of both clients finds here.
use ::tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use ::tokio::time::{Instant, sleep_until};
use driver::Waiting;
use imaplib_macros::keep_async as maybe_async;

/// Where the octets of a message to append come from: anything that implements [`AsyncRead`].
pub trait Source: AsyncRead + Unpin {}

impl<R: AsyncRead + Unpin> Source for R {}

/// Where the octets of a text are copied to: anything that implements [`AsyncWrite`].
pub trait Target: AsyncWrite + Unpin {}

impl<W: AsyncWrite + Unpin + ?Sized> Target for W {}

async fn read(source: &mut impl Source, buffer: &mut [u8]) -> std::io::Result<usize> {
    source.read(buffer).await
}

async fn write_all(target: &mut (impl Target + ?Sized), octets: &[u8]) -> std::io::Result<()> {
    target.write_all(octets).await
}
