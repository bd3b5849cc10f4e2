//! The arguments of the verbs that look for messages.

use clap::{Args, ValueEnum};

use super::{Access, InMailbox};

/// Which messages; all conditions must hold.
#[derive(Debug, Args)]
pub(crate) struct Conditions {
    /// IMAP search keys
    #[arg(value_name = "KEY")]
    pub(crate) keys: Vec<String>,
    /// The sender's name or address holds this text
    #[arg(long, value_name = "TEXT", help_heading = "Conditions")]
    pub(crate) from: Vec<String>,
    /// A recipient's name or address holds this text
    #[arg(long, value_name = "TEXT", help_heading = "Conditions")]
    pub(crate) to: Vec<String>,
    /// A Cc recipient's name or address holds this text
    #[arg(long, value_name = "TEXT", help_heading = "Conditions")]
    pub(crate) cc: Vec<String>,
    /// The subject holds this text
    #[arg(long, value_name = "TEXT", help_heading = "Conditions")]
    pub(crate) subject: Vec<String>,
    /// The headers or the body hold this text
    #[arg(long, value_name = "TEXT", help_heading = "Conditions")]
    pub(crate) text: Vec<String>,
    /// The body holds this text
    #[arg(long, value_name = "TEXT", help_heading = "Conditions")]
    pub(crate) body: Vec<String>,
    /// Arrived on this day or later: 2026-03-14, today, yesterday, or an age such as 12h, 7d, 2w, 3m, 1y (whole days)
    #[arg(long, value_name = "WHEN", help_heading = "Conditions")]
    pub(crate) since: Option<String>,
    /// Arrived before this day
    #[arg(long, value_name = "WHEN", help_heading = "Conditions")]
    pub(crate) before: Option<String>,
    /// Arrived on this day
    #[arg(long, value_name = "WHEN", help_heading = "Conditions")]
    pub(crate) on: Option<String>,
    /// Not read yet
    #[arg(long, help_heading = "Conditions", conflicts_with = "read")]
    pub(crate) unread: bool,
    /// Read
    #[arg(long, help_heading = "Conditions")]
    pub(crate) read: bool,
    /// Flagged (starred)
    #[arg(long, help_heading = "Conditions")]
    pub(crate) flagged: bool,
    /// Answered
    #[arg(long, help_heading = "Conditions")]
    pub(crate) answered: bool,
    /// Has this keyword, such as $Junk
    #[arg(long, value_name = "NAME", help_heading = "Conditions")]
    pub(crate) keyword: Vec<String>,
    /// Larger than this: 100k, 1M, 1.5G
    #[arg(long, value_name = "SIZE", help_heading = "Conditions", allow_negative_numbers = true)]
    pub(crate) larger: Option<String>,
    /// Smaller than this
    #[arg(long, value_name = "SIZE", help_heading = "Conditions", allow_negative_numbers = true)]
    pub(crate) smaller: Option<String>,
}

/// Search a mailbox
///
/// Prints a table of the messages found, the newest last; `imap sort` prints them in another order. All conditions must
/// hold. KEYs are IMAP search keys, such as: UNSEEN   OR FROM bob FROM carol   NOT LARGER 100000   HEADER List-Id rust
#[derive(Debug, Args)]
pub(crate) struct Search {
    #[command(flatten)]
    pub(crate) access: Access,
    /// The mailbox to search
    #[arg(value_name = "MAILBOX")]
    pub(crate) mailbox: String,
    #[command(flatten)]
    pub(crate) conditions: Conditions,
    /// Print the UIDs only, one a line
    #[arg(long)]
    pub(crate) uids: bool,
    /// Print at most this many, the newest ones
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<usize>,
}

/// List messages in an order
///
/// ORDER is one word or several with commas between: date (when it was sent), arrival, from, to, cc, subject (without
/// Re: and its like), size. A minus reverses one. Messages that are equal by the first are ordered by the next:
///
/// imap sort work INBOX from,-date --since 7d
///
/// People are compared by what stands before the @ of the first address. The server sorts if it has SORT; else the
/// sorting is done here, by the same rules.
#[derive(Debug, Args)]
pub(crate) struct Sort {
    #[command(flatten)]
    pub(crate) at: InMailbox,
    /// By what: date, arrival, from, to, cc, subject, size; -size for the largest first
    #[arg(value_name = "ORDER", allow_hyphen_values = true)]
    pub(crate) order: String,
    #[command(flatten)]
    pub(crate) conditions: Conditions,
    /// Print the UIDs only, one a line
    #[arg(long)]
    pub(crate) uids: bool,
    /// Print at most this many, the first ones
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<usize>,
}

/// Show conversations as trees
///
/// Prints the messages found, each below the one that it answers. A line of dots stands for a message that is not among
/// them but has answers that are. The server finds the conversations if it has THREAD; else this is done here, by the
/// same rules. With --json, each message has the number of its conversation, counted from 1, its depth, and the UID of the
/// message that it answers.
#[derive(Debug, Args)]
pub(crate) struct Thread {
    #[command(flatten)]
    pub(crate) at: InMailbox,
    #[command(flatten)]
    pub(crate) conditions: Conditions,
    /// How messages are put together; else the first of these that the server has
    #[arg(long, value_name = "WAY")]
    pub(crate) by: Option<ThreadBy>,
    /// Print at most this many conversations, the last ones
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<usize>,
}

/// How conversations are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ThreadBy {
    /// By the messages that each message refers to; the conversation with the latest message last
    Refs,
    /// The same, and then subjects; the conversation with the latest first message last
    References,
    /// Subjects and dates alone
    Orderedsubject,
}
