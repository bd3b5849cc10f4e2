//! What was done to send messages to another account, and what was found on the way.

use std::collections::BTreeMap;
use std::fmt;

use imaplib::types::UidSet;

use crate::error::ArchiveError;

/// What was done with one mailbox.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RestoredMailbox {
    /// What it is called where the messages come from.
    pub mailbox: String,
    /// What it is called on the target.
    pub target: String,
    /// Messages that were sent in this run and are there.
    pub sent: u64,
    /// The bytes of these.
    pub bytes: u64,
    /// Messages that were there already, though no run had sent them.
    pub there: u64,
    /// Messages that earlier runs had sent.
    pub before: u64,
    /// Messages that earlier runs had sent, and that are not there any more.
    pub gone: u64,
    /// Messages that the target has not kept as they were sent.
    pub changed: u64,
    /// Messages of which the target cannot keep all flags.
    pub without_flags: u64,
    /// Messages that the target refused.
    pub refused: u64,
    /// Messages that could not be read, or that the target accepted and does not have.
    pub failed: u64,
    /// Whether it was not worked on to its end.
    pub is_incomplete: bool,
}

/// What was done in a run.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct RestoreReport {
    /// The mailboxes, by their names where the messages come from.
    pub mailboxes: BTreeMap<String, RestoredMailbox>,
    /// How many mailboxes could not be worked on to their end.
    pub failed_mailboxes: u64,
    /// Why the run ended before all was done.
    pub ended_by: Option<ArchiveError>,
}

impl RestoreReport {
    /// Whether something is not on the target as it was: a message was refused, changed or lost flags, or a mailbox failed.
    #[must_use]
    pub fn has_failures(&self) -> bool {
        let total = self.total();
        self.failed_mailboxes > 0 || total.refused + total.failed + total.changed + total.without_flags > 0
    }

    /// The sums over all mailboxes.
    #[must_use]
    pub fn total(&self) -> RestoredMailbox {
        let mut total = RestoredMailbox::default();
        for one in self.mailboxes.values() {
            total.sent += one.sent;
            total.bytes += one.bytes;
            total.there += one.there;
            total.before += one.before;
            total.gone += one.gone;
            total.changed += one.changed;
            total.without_flags += one.without_flags;
            total.refused += one.refused;
            total.failed += one.failed;
        }
        total
    }

    pub(crate) fn of(&mut self, mailbox: &str) -> &mut RestoredMailbox {
        self.mailboxes
            .entry(mailbox.to_owned())
            .or_insert_with(|| RestoredMailbox { mailbox: mailbox.to_owned(), ..RestoredMailbox::default() })
    }
}

/// What the target did not keep of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Change {
    /// It has another size.
    Size {
        /// The bytes that were sent.
        sent: u64,
        /// What the target announces (RFC822.SIZE).
        there: u64,
    },
    /// The header has other bytes.
    Header,
    /// The date of arrival (INTERNALDATE) is another one.
    Date,
    /// Flags that the target accepted are not set.
    Flags,
}

/// Something that was found while messages were sent to another account. Its text is what there is to say about it.
#[derive(Debug)]
#[non_exhaustive]
pub enum RestoreFinding<'a> {
    /// The mailbox has another name on the target, because the name is not possible there.
    Renamed {
        /// That name.
        target: &'a str,
    },
    /// The special use of a new mailbox is not kept.
    UseNotKept {
        /// Which.
        special_use: &'a str,
        /// Why, if the server was asked.
        reason: Option<&'a ArchiveError>,
    },
    /// The mailbox could not be subscribed to.
    NotSubscribed(&'a ArchiveError),
    /// The target cannot keep these flags.
    FlagsNotKept {
        /// Which.
        flags: &'a [String],
        /// Of how many messages.
        messages: u64,
    },
    /// A message could not be read where it comes from.
    Unreadable {
        /// Its UID there.
        uid: u32,
        /// Why.
        reason: &'a ArchiveError,
    },
    /// A message is larger than the target accepts (APPENDLIMIT).
    TooLarge {
        /// Its UID where it comes from.
        uid: u32,
        /// Its bytes.
        size: u64,
        /// The most that the target accepts.
        limit: u64,
    },
    /// The target refused a message.
    Refused {
        /// Its UID where it comes from.
        uid: u32,
        /// Why.
        reason: &'a ArchiveError,
    },
    /// The target accepted a message, does not report its UID, and nothing like it is there.
    NotFound {
        /// Its UID where it comes from.
        uid: u32,
    },
    /// The connection was lost twice when this message was sent alone.
    Disconnecting {
        /// Its UID where it comes from.
        uid: u32,
    },
    /// After too many refusals in succession, messages were not tried.
    GivenUp {
        /// How many were refused in succession.
        refused: u64,
    },
    /// The target did not keep a message as it was sent.
    Changed {
        /// Its UID where it comes from.
        uid: u32,
        /// Its UID on the target.
        to: u32,
        /// What is different.
        change: Change,
    },
    /// The target accepted messages and does not have them: their UIDs there.
    Vanished(&'a UidSet),
    /// Earlier runs had sent this many messages, which are not there any more.
    Gone(u64),
    /// Messages that were sent and of which it was not known whether they came: how many did, and how many are sent again.
    Settled {
        /// Those that are there.
        there: u64,
        /// Those that are not.
        missing: u64,
    },
}

impl fmt::Display for RestoreFinding<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of = |uid: u32| format!("the message with UID {uid}");
        match self {
            Self::Renamed { target } => write!(f, "the target cannot have this name: it is called {target} there"),
            Self::UseNotKept { special_use, reason: Some(reason) } => {
                write!(f, "its special use {special_use} is not kept: {reason}")
            }
            Self::UseNotKept { special_use, reason: None } => {
                write!(
                    f,
                    "its special use {special_use} is not kept: the target cannot set it, or has another such mailbox"
                )
            }
            Self::NotSubscribed(reason) => write!(f, "not subscribed to: {reason}"),
            Self::FlagsNotKept { flags, messages } => {
                write!(f, "the target cannot keep the flags {} (of {})", flags.join(" "), counted(*messages))
            }
            Self::Unreadable { uid, reason } => write!(f, "{} cannot be read: {reason}", of(*uid)),
            Self::TooLarge { uid, size, limit } => {
                let uid = of(*uid);
                write!(f, "{uid} has {size} bytes, and the target accepts no more than {limit} (APPENDLIMIT)")
            }
            Self::Refused { uid, reason } => write!(f, "{} was refused: {reason}", of(*uid)),
            Self::NotFound { uid } => write!(f, "the target accepted {} and does not have it", of(*uid)),
            Self::Disconnecting { uid } => {
                write!(f, "{} is left out: the connection was lost each time that it was sent", of(*uid))
            }
            Self::GivenUp { refused } => {
                write!(f, "given up after {refused} refusals in succession: the others were not sent")
            }
            Self::Changed { uid, to, change } => {
                write!(f, "{} was changed by the target (UID {to} there): ", of(*uid))?;
                match change {
                    Change::Size { sent, there } => write!(f, "{sent} bytes were sent, it has {there}"),
                    Change::Header => f.write_str("its header has other bytes"),
                    Change::Date => f.write_str("it has another date of arrival"),
                    Change::Flags => f.write_str("flags are missing"),
                }
            }
            Self::Vanished(uids) => {
                write!(f, "the target accepted {} and does not have them: UID {uids} there", counted(uids.len()))
            }
            Self::Gone(count) => {
                write!(f, "{} that earlier runs had sent: not there any more, and not sent again", counted(*count))
            }
            Self::Settled { there, missing } => {
                let total = counted(there + missing);
                write!(f, "of {total} that were on the way when the connection or the run ended, {there} had come")
            }
        }
    }
}

/// `1 message`, `2 messages`.
fn counted(messages: u64) -> String {
    if messages == 1 { "1 message".to_owned() } else { format!("{messages} messages") }
}
