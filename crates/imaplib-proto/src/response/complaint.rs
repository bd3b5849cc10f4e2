//! What refusals mean that say so only in their text.

use std::time::Duration;

use super::{StatusKind, StatusResponse};

/// No server is waited for longer than this, whatever it asks for.
const LONGEST_DELAY: Duration = Duration::from_secs(5 * 60);

/// What a refusal is about, in the words of known servers that have no response code for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Complaint {
    /// Too much was asked for in too short a time (Microsoft 365). How long to wait, if the server says: at most five
    /// minutes.
    Throttled(Option<Duration>),
    /// The login is right, but the account has no mailbox or no licence for one (Microsoft 365).
    NotConnected,
    /// Some of the messages are gone; what was said of the others holds (Exchange).
    MessagesGone,
    /// The server wants to know the client by ID before it opens a mailbox (163.com, 126.com).
    UnknownClient,
}

impl StatusResponse {
    /// What the refusal is about, if its text says so in the words of a known server.
    ///
    /// ```
    /// use imaplib_proto::response::{Complaint, Context, Response, read};
    /// # use std::time::Duration;
    /// let line = b"A1 BAD Request is throttled. Suggested Backoff Time: 5000 milliseconds\r\n";
    /// let Response::Tagged(_, status) = read(&line[..].into(), &Context::default()).response else { panic!() };
    /// assert_eq!(status.complaint(), Some(Complaint::Throttled(Some(Duration::from_secs(5)))));
    /// ```
    #[must_use]
    pub fn complaint(&self) -> Option<Complaint> {
        if !matches!(self.kind, StatusKind::No | StatusKind::Bad) {
            return None;
        }
        let text = self.text.to_string_lossy();
        let text = text.as_ref();
        if text.starts_with("Request is throttled.") {
            return Some(Complaint::Throttled(delay(text)));
        }
        if text.starts_with("User is authenticated but not connected") {
            return Some(Complaint::NotConnected);
        }
        if text.starts_with("Some of the requested messages no longer exist") {
            return Some(Complaint::MessagesGone);
        }
        text.contains("Unsafe Login").then_some(Complaint::UnknownClient)
    }
}

/// Reads `Suggested Backoff Time: 5000 milliseconds`.
fn delay(text: &str) -> Option<Duration> {
    let (_, time) = text.split_once("Backoff Time:")?;
    let milliseconds = time.split_ascii_whitespace().next()?.parse().ok()?;
    Some(Duration::from_millis(milliseconds).min(LONGEST_DELAY))
}
