//! The stream of a connection, given back.

use bytes::Bytes;
use imaplib_proto::client::BadArgument;

use super::{Connection, Session, Transport, maybe_async};
use crate::Result;

/// The stream of a connection, and what was received on it that no one has read, from
/// [`Client::into_stream`](super::Client::into_stream) or [`Session::into_stream`].
///
/// The stream is what IMAP ran over: behind STARTTLS or with `imaps://` it encrypts, and after COMPRESS it compresses. One
/// that the caller brought, and that nothing was put on, is had again as what it was:
///
/// ```
/// # #[cfg(all(feature = "blocking", unix))]
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use std::io::Write;
/// use std::any::Any;
/// use std::os::unix::net::UnixStream;
///
/// use imaplib::ConnectOptions;
/// use imaplib::blocking::{Client, NoTimeouts};
///
/// let (ours, theirs) = UnixStream::pair()?;
/// # (&theirs).write_all(b"* PREAUTH [CAPABILITY IMAP4rev1] welcome\r\n")?;
/// let parts = Client::from_stream(NoTimeouts(ours), true, &ConnectOptions::new())?.into_stream()?;
/// let stream: Box<dyn Any> = parts.stream;
/// let NoTimeouts(socket) = *stream.downcast::<NoTimeouts<UnixStream>>().map_err(|_| "another stream")?;
/// assert!(parts.unread.is_empty() && socket.peer_addr().is_ok());
/// # Ok(())
/// # }
/// # #[cfg(not(all(feature = "blocking", unix)))]
/// # fn main() {}
/// ```
#[non_exhaustive]
pub struct StreamParts {
    /// What IMAP ran over.
    pub stream: Box<dyn Transport>,
    /// What was received and not looked at: it comes before what the stream returns next.
    pub unread: Bytes,
}

impl std::fmt::Debug for StreamParts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // What was received may be mail.
        f.debug_struct("StreamParts").field("unread", &self.unread.len()).finish_non_exhaustive()
    }
}

#[maybe_async]
impl Session {
    /// Ends the use of IMAP and returns the stream, without a word to the server. What is left of the answers to commands
    /// that were given up is received first; events that nobody has taken are dropped.
    ///
    /// # Errors
    /// If commands that were started are not finished ([`is_bad_argument`](crate::Error::is_bad_argument)), the connection
    /// is not [usable](Self::is_usable) any more, or fails. It is then closed.
    pub async fn into_stream(self) -> Result<StreamParts> {
        self.connection.into_parts().await
    }
}

#[maybe_async]
impl Connection {
    pub(super) async fn into_parts(mut self) -> Result<StreamParts> {
        self.give_up_current();
        if self.engine.has_started() {
            return Err(BadArgument::Unfinished.into());
        }
        while self.engine.is_busy() {
            self.step().await?;
        }
        let usable = self.is_usable();
        let stream = self.stream.take().filter(|_| usable).ok_or(BadArgument::Closed)?;
        Ok(StreamParts { stream: stream.into_inner(), unread: self.engine.take_unread() })
    }
}
