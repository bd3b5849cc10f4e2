//! What a watch of mailboxes returns.

use std::time::Duration;

use imaplib_proto::client::MailboxChange;

use crate::Error;

/// What a watch of mailboxes returns.
#[derive(Debug)]
#[non_exhaustive]
pub enum WatchEvent {
    /// A mailbox has changed.
    Changed(Box<MailboxChange>),
    /// The connection is lost, and is made again after this time. What changes meanwhile comes afterwards.
    Lost {
        /// Why.
        error: Error,
        /// How long it is until the server is tried again.
        retry_in: Duration,
    },
}
