//! What is sent to another account, and how.

use std::time::Duration;

use crate::error::{ArchiveError, Result};
use crate::messages::ArchivedMessage;
use crate::pattern;
use crate::restore::origin::OriginMailbox;

/// So long it is waited after a connection was lost until what the server had received is taken for not there.
const SETTLING: Duration = Duration::from_secs(10);

/// Which messages are sent to another account, and how.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct RestoreOptions {
    pub(crate) mailboxes: Vec<String>,
    pub(crate) map: Vec<(String, String)>,
    pub(crate) since: Option<i64>,
    pub(crate) with_gone: bool,
    pub(crate) is_again: bool,
    pub(crate) longest_pause: Option<Duration>,
    pub(crate) settling: Duration,
}

impl Default for RestoreOptions {
    fn default() -> Self {
        Self {
            mailboxes: Vec::new(),
            map: Vec::new(),
            since: None,
            with_gone: false,
            is_again: false,
            longest_pause: None,
            settling: SETTLING,
        }
    }
}

impl RestoreOptions {
    /// All messages that had not gone when they were last seen.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Only mailboxes that match one of these: see [`pattern::matches`].
    #[must_use]
    pub fn mailboxes(mut self, patterns: Vec<String>) -> Self {
        self.mailboxes = patterns;
        self
    }

    /// The mailbox `from`, and all below it, is called `to` on the target.
    #[must_use]
    pub fn map(mut self, from: impl Into<String>, to: impl Into<String>) -> Self {
        self.map.push((from.into(), to.into()));
        self
    }

    /// Only messages that arrived then or later, in seconds since 1970, and those of which the date is not known.
    #[must_use]
    pub fn since(mut self, since: Option<i64>) -> Self {
        self.since = since;
        self
    }

    /// Whether to send messages, too, that had gone from the server.
    #[must_use]
    pub fn gone(mut self, gone: bool) -> Self {
        self.with_gone = gone;
        self
    }

    /// Whether to send messages again that an earlier run had sent, and that are not there any more.
    #[must_use]
    pub fn again(mut self, again: bool) -> Self {
        self.is_again = again;
        self
    }

    /// The longest wait before another connection is made, unless the server asks for more; some seconds otherwise.
    #[must_use]
    pub fn longest_pause(mut self, pause: Duration) -> Self {
        self.longest_pause = Some(pause);
        self
    }

    /// How long, after a lost connection or an interrupted run, messages are looked for that were sent and are not there: a server
    /// may still be at work on them. Ten seconds unless it is set.
    #[must_use]
    pub fn settling(mut self, time: Duration) -> Self {
        self.settling = time;
        self
    }

    /// Whether a mailbox is chosen.
    pub(crate) fn chooses(&self, mailbox: &OriginMailbox) -> bool {
        let matches = |wanted: &String| pattern::matches(wanted, &mailbox.name, mailbox.delimiter);
        let is_chosen = self.mailboxes.is_empty() || self.mailboxes.iter().any(matches);
        is_chosen && (self.with_gone || !mailbox.is_gone)
    }

    /// Whether a message of such a mailbox is chosen.
    pub(crate) fn wants(&self, mailbox: &OriginMailbox, message: &ArchivedMessage) -> bool {
        let is_gone = message.is_gone || message.uid_validity != mailbox.uid_validity;
        let is_late = |date: i64| self.since.is_none_or(|since| date >= since);
        (self.with_gone || !is_gone) && message.internal_date.is_none_or(is_late)
    }

    /// Fails where patterns or names are wrong.
    pub(crate) fn check(&self, mailboxes: &[OriginMailbox]) -> Result<()> {
        let unknown = self.map.iter().find(|(from, _)| {
            !mailboxes.iter().any(|mailbox| {
                let below = mailbox.name.strip_prefix(from.as_str());
                below.is_some_and(|rest| rest.is_empty() || rest.chars().next() == mailbox.delimiter)
            })
        });
        match unknown {
            Some((from, _)) => Err(ArchiveError::NoMailbox(from.clone())),
            None => Ok(()),
        }
    }
}
