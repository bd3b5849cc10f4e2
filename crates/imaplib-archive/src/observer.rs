//! What happens during a run, as it happens.

use std::fmt;
use std::path::Path;
use std::time::Duration;

use imaplib::types::{Uid, UidSet};

use crate::error::ArchiveError;
use crate::restore::report::RestoreFinding;

/// Receives what happens. Closures that take an [`Event`] are observers, and `()` is one that ignores everything.
pub trait Observer {
    /// Receives an event.
    fn event(&self, event: &Event<'_>);
}

impl Observer for () {
    fn event(&self, _: &Event<'_>) {}
}

impl<F: Fn(&Event<'_>)> Observer for F {
    fn event(&self, event: &Event<'_>) {
        self(event);
    }
}

/// Something that happened. Its text is what there is to say about it; [`Begins`](Self::Begins), [`Expected`](Self::Expected)
/// and [`Arrived`](Self::Arrived) are progress alone.
#[derive(Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// The work on a mailbox begins.
    Begins {
        /// Which.
        mailbox: &'a str,
    },
    /// This many messages more are to be fetched.
    Expected(u64),
    /// A message has arrived.
    Arrived,
    /// The connection was lost, or could not be made, and another one is tried.
    Reconnecting(&'a ArchiveError),
    /// The server asks for time and gets it.
    Waiting(&'a ArchiveError, Duration),
    /// The figures of all mailboxes cannot be had at once; the mailboxes are listed without them.
    WithoutStatus(&'a ArchiveError),
    /// A mailbox cannot be brought up to date in this run.
    Failed {
        /// Which.
        mailbox: &'a str,
        /// Why.
        error: &'a ArchiveError,
    },
    /// A mailbox is listed in a way that cannot be read.
    UnreadableListing {
        /// The server's line.
        line: &'a [u8],
    },
    /// An item of a message cannot be read.
    UnreadableItem {
        /// The message's UID, if it is known.
        uid: Option<Uid>,
        /// Its number, if the UID is not known.
        number: Option<u32>,
        /// The name of the item.
        item: String,
        /// Why.
        reason: String,
        /// What the server sent for it.
        raw: &'a [u8],
    },
    /// As many items more cannot be read as were not reported one by one.
    MoreUnreadableItems(u64),
    /// Something about a mailbox and its messages.
    Of {
        /// Which mailbox.
        mailbox: &'a str,
        /// What.
        finding: Finding<'a>,
    },
    /// Something about a mailbox whose messages are sent to another account.
    Restoring {
        /// Which mailbox, by its name where the messages come from.
        mailbox: &'a str,
        /// What.
        finding: RestoreFinding<'a>,
    },
}

/// Something about a mailbox or its messages.
#[derive(Debug)]
#[non_exhaustive]
pub enum Finding<'a> {
    /// Its folder is not there any more.
    FolderMissing,
    /// A number of it that only rises has fallen: the server was set back.
    SetBack {
        /// The name of the number.
        number: &'static str,
        /// What it was.
        before: u64,
        /// What it is.
        now: u64,
    },
    /// The server does not return the UIDs of this many messages.
    Hidden(u64),
    /// This many UIDs mean other messages than before, which are fetched; the old ones are kept.
    Different(u64),
    /// The server cannot list these messages.
    NotListed(&'a UidSet, LeftOut<'a>),
    /// The server does not return dates and sizes of these stored messages, which are not compared.
    WithoutDates {
        /// Which.
        uids: &'a UidSet,
        /// Others were not asked for.
        and_others: bool,
    },
    /// These messages are left out.
    NotSent(&'a UidSet, LeftOut<'a>),
    /// The server did not send these messages, and said nothing.
    Silent(&'a UidSet),
    /// The mailbox was given up before these messages had come.
    GivenUp(&'a UidSet),
    /// These messages are stored, and shorter than the server announced.
    Short(&'a UidSet),
    /// These messages came again with the same bytes, which are fewer than the server announces.
    ShortAgain(&'a UidSet),
    /// A folder stands in the place of this message's file.
    Blocked(Uid, &'a Path),
    /// The file of this message cannot be replaced by what was fetched.
    NotReplaced(Uid, &'a ArchiveError),
    /// The files of these messages cannot be renamed or removed; it is tried again in the next run.
    Stuck {
        /// Which.
        uids: &'a UidSet,
        /// How many more there are, of messages from before the UIDVALIDITY changed.
        others: u64,
        /// Why the first of them cannot.
        reason: &'a ArchiveError,
    },
    /// It is a mailbox that had another name before.
    RenamedMailbox {
        /// That name.
        before: &'a str,
    },
    /// Files of messages that have gone cannot be moved out of the mailbox's folder: why the first of them cannot.
    NotMoved(&'a ArchiveError),
    /// Files that were found had other contents than the server's messages, and are replaced.
    Replaced(&'a UidSet),
    /// More messages are gone from the server than are removed at once.
    NotPruned {
        /// How many are gone.
        gone: u64,
        /// Of how many.
        all: u64,
    },
    /// More messages have gone within a week than are removed.
    NotPrunedOfLate {
        /// How many are gone now.
        gone: u64,
        /// How many messages the mailbox would have.
        left: u64,
        /// How many it had within the week.
        highest: u64,
    },
    /// The server lost messages by being set back to an earlier state, and none is removed.
    NotPrunedAfterSetBack {
        /// How many are gone.
        gone: u64,
    },
    /// Another program had moved this many files, which are moved back.
    MovedBack(u64),
    /// Another program had changed the flags in the names of this many files, which are set back.
    Renamed(u64),
    /// Another program had changed the flags in the name of this file, which now has its own name again.
    RenamedFile(&'a Path),
    /// This file is in the archive and is not a message that the archive knows; it is left alone.
    ExtraFile(&'a Path),
    /// There are this many such files.
    Extra(u64),
    /// This many messages were found by the names and sizes of their files alone.
    FoundByName(u64),
    /// This file has not the contents that it had.
    DamagedFile(&'a Path),
    /// The SHA-256 of this many messages was not noted before.
    SumsNoted(u64),
    /// A file with a message's name is not the server's message.
    Foreign(&'a str),
    /// The files of these messages were not there or not whole, and were fetched again.
    Repaired {
        /// Which.
        uids: &'a UidSet,
        /// The file was there.
        is_there: bool,
    },
    /// The files of these messages are not there or not whole, and could not be fetched again in this run.
    NotRepaired {
        /// Which.
        uids: &'a UidSet,
        /// The file is there.
        is_there: bool,
    },
    /// The files of these messages are not there or not whole, and the server no longer has the messages.
    Lost {
        /// Which.
        uids: &'a UidSet,
        /// The file is there.
        is_there: bool,
    },
    /// This many messages from before the UIDVALIDITY changed are missing or damaged.
    FormerLost(u64),
    /// Messages of a mailbox that is gone from the server are missing or damaged.
    GoneLost(&'a UidSet),
    /// The database's row of a message cannot be true.
    BadRow(&'a ArchiveError),
    /// The message with this UID is not in the export.
    NotExported(u32, &'a ArchiveError),
}

/// Why messages are left out.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum LeftOut<'a> {
    /// This happened when they were asked for.
    Error(&'a ArchiveError),
    /// They were not asked for after too many failures in a row.
    Untried,
    /// They failed in earlier runs, and are tried again in a later one.
    PutOff,
    /// For reasons that are too many to be listed.
    Other,
}

impl fmt::Display for LeftOut<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Error(error) => error.fmt(f),
            Self::Untried => f.write_str("not asked for after too many failures in a row"),
            Self::PutOff => f.write_str("failed in earlier runs, to be tried again in a later one"),
            Self::Other => f.write_str("for other reasons"),
        }
    }
}

/// This many bytes of what cannot be read are shown.
const SHOWN: usize = 60;

/// The beginning of what cannot be read.
fn beginning(raw: &[u8]) -> impl fmt::Display {
    raw.get(..SHOWN.min(raw.len())).unwrap_or_default().escape_ascii()
}

impl fmt::Display for Event<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Begins { mailbox } => f.write_str(mailbox),
            Self::Expected(count) => write!(f, "{} to be fetched", counted(*count)),
            Self::Arrived => f.write_str("a message has arrived"),
            Self::Reconnecting(error) => write!(f, "{error}; connecting again"),
            Self::Waiting(error, time) => write!(f, "{error}; going on in {} s", time.as_secs_f64()),
            Self::WithoutStatus(error) => write!(f, "{error}; trying without STATUS"),
            Self::Failed { mailbox, error } => write!(f, "{mailbox}: {error}"),
            Self::UnreadableListing { line } => {
                let line = line.trim_ascii_end();
                write!(f, "warning: a mailbox is listed in a way that cannot be read: {}", beginning(line))
            }
            Self::UnreadableItem { uid, number, item, reason, raw } => {
                f.write_str("warning: the message")?;
                match (uid, number) {
                    (Some(uid), _) => write!(f, " with UID {uid}")?,
                    (None, Some(number)) => write!(f, " number {number}")?,
                    (None, None) => {}
                }
                let more = if raw.len() > SHOWN { "…" } else { "" };
                write!(f, ": {item} cannot be read ({reason}): {}{more}", beginning(raw))
            }
            Self::MoreUnreadableItems(count) => write!(f, "warning: {count} more items of messages cannot be read"),
            Self::Of { mailbox, finding } => write!(f, "{mailbox}: {finding}"),
            Self::Restoring { mailbox, finding } => write!(f, "{mailbox}: {finding}"),
        }
    }
}

impl fmt::Display for Finding<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FolderMissing => f.write_str("the folder is missing in the archive"),
            Self::SetBack { number, before, now } => {
                write!(f, "the server was set back: {number} fell from {before} to {now}")
            }
            Self::Hidden(count) => write!(f, "the server does not tell the UIDs of {count} of its messages"),
            Self::Different(count) => {
                let found = counted(*count);
                write!(f, "{found} with another date or size than before: fetched, and what was there is kept")
            }
            Self::NotListed(uids, reason) => write!(f, "the server cannot list {}: {reason}", messages(uids)),
            Self::WithoutDates { uids, and_others } => {
                let others = if *and_others { " and others" } else { "" };
                write!(
                    f,
                    "the server cannot say the dates and sizes of stored messages, which are not compared: UID {uids}{others}"
                )
            }
            Self::NotSent(uids, reason) => {
                let verb = if uids.len() == 1 { "is" } else { "are" };
                write!(f, "{} {verb} left out: {reason}", messages(uids))
            }
            Self::Silent(uids) => write!(f, "the server did not send {}", messages(uids)),
            Self::GivenUp(uids) => write!(f, "given up: {} did not come: UID {uids}", counted(uids.len())),
            Self::Short(uids) => {
                write!(
                    f,
                    "stored, but shorter than the server announces (RFC822.SIZE), to be asked for again: UID {uids}"
                )
            }
            Self::ShortAgain(uids) => {
                write!(f, "came again as before, shorter than the server announces (RFC822.SIZE): UID {uids}")
            }
            Self::Blocked(uid, place) => {
                write!(f, "the message with UID {uid} is left out: {} is a folder; move it away", place.display())
            }
            Self::NotReplaced(uid, reason) => write!(f, "the message with UID {uid} is left out: {reason}"),
            Self::Stuck { uids, others, reason } => {
                f.write_str("files that cannot be changed, which is tried again in the next run: ")?;
                match (uids.is_empty(), others) {
                    (false, 0) => write!(f, "UID {uids}")?,
                    (false, _) => write!(f, "UID {uids} and {others} others")?,
                    (true, _) => write!(f, "{others}")?,
                }
                write!(f, ": {reason}")
            }
            Self::Replaced(uids) => {
                write!(f, "damaged: found with other contents than the server's message, and replaced: UID {uids}")
            }
            Self::NotPruned { gone, all } => {
                write!(f, "gone: {gone} of {}: more than are removed at once, and none is removed", counted(*all))
            }
            Self::NotPrunedOfLate { gone, left, highest } => {
                write!(
                    f,
                    "gone: {gone}, which would leave {left} of {} within a week: none is removed",
                    counted(*highest)
                )
            }
            Self::NotPrunedAfterSetBack { gone } => {
                write!(f, "gone since the server was set back: {}, and none is removed", counted(*gone))
            }
            Self::MovedBack(count) => write!(f, "another program moved {} to new: moved back", counted(*count)),
            Self::Renamed(count) => write!(f, "another program changed the flags of {}: set back", counted(*count)),
            Self::RenamedFile(path) => write!(f, "flags set back: {}", path.display()),
            Self::ExtraFile(path) => write!(f, "not of the archive, left alone: {}", path.display()),
            Self::Extra(count) => {
                let files = if *count == 1 { "file" } else { "files" };
                write!(f, "{count} {files} that the archive does not know")
            }
            Self::FoundByName(count) => {
                write!(f, "{} found by file name and size", counted(*count))
            }
            Self::DamagedFile(path) => write!(f, "damaged: {}", path.display()),
            Self::SumsNoted(count) => {
                write!(f, "{} had no SHA-256, which is noted now: damage is found from here on", counted(*count))
            }
            Self::RenamedMailbox { before } => write!(f, "was called {before} before: nothing of it is fetched again"),
            Self::NotMoved(error) => {
                write!(f, "messages that have gone stay in the folder, which is tried again in the next run: {error}")
            }
            Self::Foreign(file) => write!(f, "{file} is no message of the server's: left alone"),
            Self::Repaired { uids, is_there } => write!(f, "{}, fetched again: UID {uids}", lack(*is_there)),
            Self::NotRepaired { uids, is_there } => {
                write!(f, "{}, and not fetched again in this run: UID {uids}", lack(*is_there))
            }
            Self::Lost { uids, is_there } => {
                write!(f, "{}, no longer on the server: lost: UID {uids}", lack(*is_there))
            }
            Self::FormerLost(count) => {
                write!(f, "missing or damaged, lost: {} from before UIDVALIDITY changed", counted(*count))
            }
            Self::GoneLost(uids) => write!(f, "missing or damaged, and the mailbox is gone: UID {uids}"),
            Self::BadRow(error) => write!(f, "{error}; `imap verify DIR --repair` makes the database from the log"),
            Self::NotExported(uid, error) => write!(f, "the message with UID {uid} is left out: {error}"),
        }
    }
}

/// What is wrong with a file.
fn lack(is_there: bool) -> &'static str {
    if is_there { "damaged" } else { "missing" }
}

/// These messages in words.
fn messages(uids: &UidSet) -> String {
    match uids.len() {
        1 => format!("the message with UID {uids}"),
        _ => format!("the messages with the UIDs {uids}"),
    }
}

/// `1 message`, `2 messages`.
fn counted(messages: u64) -> String {
    if messages == 1 { "1 message".to_owned() } else { format!("{messages} messages") }
}

/// Reports something about a mailbox.
pub(crate) fn report(observer: &dyn Observer, mailbox: &str, finding: Finding<'_>) {
    observer.event(&Event::Of { mailbox, finding });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_not_several() {
        assert_eq!(Finding::Extra(1).to_string(), "1 file that the archive does not know");
        assert_eq!(Finding::Extra(2).to_string(), "2 files that the archive does not know");
    }
}
