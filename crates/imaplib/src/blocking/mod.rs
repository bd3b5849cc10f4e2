//! The blocking client, on the standard library: sockets with time-outs, no threads, no runtime.
//!
//! | type | what it is |
//! |---|---|
//! | [`Client`] | the connection before login |
//! | [`Session`] | after login: mailboxes by name, commands of any kind, news |
//! | [`Mailbox`] | the open mailbox: messages |
//! | [`Rows`], [`Row`], [`Body`] | the answer to a FETCH, as it comes |
//! | [`Idle`] | waiting for news |
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

mod connection;
mod transport;

use std::collections::VecDeque;
use std::io::Read;
use std::thread;
use std::time::{Duration, Instant};

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
pub use transport::{NoTimeouts, Transport};

/// Where the octets of a message to append come from: anything that implements [`Read`].
pub trait Source: Read {}

impl<R: Read> Source for R {}

macro_rules! wait {
    ($($call:tt)*) => { $($call)* };
}

front_types!();
client_methods!();
append_methods!();
session_methods!();
mailbox_methods!();
row_methods!();
idle_methods!();

impl Client {
    /// Speaks IMAP over a stream that the caller brings.
    ///
    /// `private` says that nobody can read it on its way, so that passwords may be sent over it as they are.
    ///
    /// # Errors
    /// If the other side is no IMAP server, or the stream fails.
    pub fn over(stream: impl Transport + 'static, private: bool, options: &ConnectOptions) -> Result<Self> {
        let mut connection = Connection::new(Box::new(stream), private, options);
        connection.greet()?;
        connection.know_capabilities()?;
        Ok(Self { connection })
    }
}

impl Read for Body<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let Some(chunk) = self.chunk().map_err(std::io::Error::other)? else { return Ok(0) };
        let count = chunk.len().min(buffer.len());
        if let (Some(target), Some(octets)) = (buffer.get_mut(..count), chunk.get(..count)) {
            target.copy_from_slice(octets);
        }
        self.here = Some(chunk.slice(count..));
        Ok(count)
    }
}

impl Body<'_> {
    /// Copies the whole text to `target`, and says how many octets it was.
    ///
    /// # Errors
    /// If the connection fails or the target cannot be written to.
    pub fn copy_to(&mut self, target: &mut (impl std::io::Write + ?Sized)) -> Result<u64> {
        self.is_whole()?;
        self.taking = true;
        let mut count = 0;
        while let Some(chunk) = self.next_chunk()? {
            target.write_all(&chunk).map_err(|error| Error::new(Reason::Output(error)))?;
            count += chunk.len() as u64;
        }
        self.taking = false;
        Ok(count)
    }
}

/// The moment that lies so far ahead.
fn after(span: Duration) -> Instant {
    Instant::now() + span.min(front::FOREVER)
}

fn sleep_until(time: Instant) {
    thread::sleep(time.saturating_duration_since(Instant::now()));
}
