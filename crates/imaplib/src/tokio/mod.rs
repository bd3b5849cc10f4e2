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

mod connection;
mod transport;

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use ::tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf};
use ::tokio::time::Instant;
use bytes::{Bytes, BytesMut};
use imaplib_proto::command::{
    self, AclChange, Command, FetchItems, MessageSet, Reply, Role, Search, SearchReturn, SortBy, Store, ThreadAlgorithm,
};
use imaplib_proto::engine::{EngineError, Event, SelectedMailbox, State, Step, Ticket, Trace, Transmit};
use imaplib_proto::sasl::Mechanism;
use imaplib_proto::types::{
    Acl, Annotation, AppendUid, BodyStructure, Capabilities, Capability, CopyUid, DateTime, Diagnostic, Envelope,
    ExtendedSearch, Fetch, Flag, Flags, Id, ImapString, IntoMailboxName, ListRights, Listing, MailboxName,
    MailboxStatus, MyRights, Namespaces, Quota, QuotaRoots, ResponseCode, Rights, SectionBody, SectionName, SeqNum,
    SeqSet, StatusItem, StatusResponse, Threads, Uid, UidSet,
};

use crate::endpoint::Way;
use crate::error::Reason;
use crate::front::{
    self, Copied, FromReply, RowsState, append_methods, client_methods, command_methods, front_types, idle_methods,
    mailbox_methods, row_methods, session_methods,
};
use crate::login::{self, Attempt};
use crate::{AppendMessage, ConnectOptions, Endpoint, Error, Result, TimeoutPhase, TlsInfo};

use connection::Connection;
pub use transport::Transport;

/// Where the octets of a message to append come from: anything that implements [`AsyncRead`].
pub trait Source: AsyncRead + Unpin {}

impl<R: AsyncRead + Unpin> Source for R {}

macro_rules! wait {
    ($($call:tt)*) => { $($call)*.await };
}

front_types!();
client_methods!(async);
append_methods!(async);
session_methods!(async);
mailbox_methods!(async);
row_methods!(async);
idle_methods!(async);

impl Client {
    /// Speaks IMAP over a stream that the caller brings.
    ///
    /// `private` says that nobody can read it on its way, so that passwords may be sent over it as they are.
    ///
    /// # Errors
    /// If the other side is no IMAP server, or the stream fails.
    pub async fn over(stream: impl Transport + 'static, private: bool, options: &ConnectOptions) -> Result<Self> {
        let mut connection = Connection::new(Box::new(stream), private, options);
        connection.greet().await?;
        connection.know_capabilities().await?;
        Ok(Self { connection })
    }
}

impl AsyncRead for Body<'_> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<std::io::Result<()>> {
        let body = self.get_mut();
        body.is_whole().map_err(std::io::Error::other)?;
        loop {
            if let Some(here) = body.here.as_mut().filter(|here| !here.is_empty()) {
                let count = here.len().min(buffer.remaining());
                buffer.put_slice(&here.split_to(count));
                return Poll::Ready(Ok(()));
            }
            if body.coming == 0 {
                return Poll::Ready(Ok(()));
            }
            let step = ready!(body.connection.poll_step(cx)).map_err(std::io::Error::other)?;
            body.receive(step).map_err(std::io::Error::other)?;
        }
    }
}

impl Body<'_> {
    /// Copies the whole text to `target`, and says how many octets it was.
    ///
    /// # Errors
    /// If the connection fails or the target cannot be written to.
    pub async fn copy_to(&mut self, target: &mut (impl AsyncWrite + Unpin + ?Sized)) -> Result<u64> {
        self.is_whole()?;
        self.taking = true;
        let mut count = 0;
        while let Some(chunk) = self.next_chunk().await? {
            target.write_all(&chunk).await.map_err(|error| Error::new(Reason::Output(error)))?;
            count += chunk.len() as u64;
        }
        self.taking = false;
        Ok(count)
    }
}

use ::tokio::time::sleep_until;

/// The moment that lies so far ahead.
fn after(span: Duration) -> Instant {
    Instant::now() + span.min(front::FOREVER)
}
