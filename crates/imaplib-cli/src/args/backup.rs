//! The arguments of `imap backup` and `imap watch`.

use std::path::PathBuf;

use clap::{Arg, Args};

use super::{Access, Fleet};

/// Copy the account into a folder of Maildirs, and keep it up to date
///
/// Every mailbox becomes a Maildir beneath DIR. Messages are kept byte for byte, with their flags in the file names
/// and the date of arrival as the file's date. Another run transfers what is new, updates flags, and notes what is
/// no longer on the server: those messages are moved to DIR/.gone, unless --mirror is given. An interrupted run loses
/// nothing, and the next one continues where it stopped.
///
/// A mailbox's folder has its name, one folder a level. What could not be a file name safely is written as %XX (the
/// hexadecimal value of the byte): a level that begins with a dot or is called cur, new or tmp, the characters
/// / \ : * ? " < > | % and control characters; a name that differs from another one by upper and lower case only
/// has its letters written so. A very long name is cut and ends in %~ and a hash. The true names are in
/// the files .mailbox.json.
#[derive(Debug, Args)]
#[command(mut_arg("account", optional_account))]
pub(crate) struct Backup {
    #[command(flatten)]
    pub(crate) access: Access,
    /// The archive; it is made if it is not there. It can be left out where the configuration file has an `archive` for the account
    #[arg(value_name = "DIR", index = 2)]
    pub(crate) dir: Option<PathBuf>,
    /// Only mailboxes that match, such as INBOX or 'Lists/*' (* anything, % within one level); can be repeated
    #[arg(long, value_name = "PATTERN")]
    pub(crate) mailbox: Vec<String>,
    /// Leave out mailboxes that match; can be repeated
    #[arg(long, value_name = "PATTERN")]
    pub(crate) exclude: Vec<String>,
    /// Make the archive a mirror: remove messages that are no longer on the server. Where these are more than one and more
    /// than a fifth of a mailbox, or more than a hundred, or the server was set back, or the mailbox would lose more than a
    /// fifth or 300 messages within a week, none is removed, and the exit code is 65; see --keep-gone
    #[arg(long, alias = "prune")]
    pub(crate) mirror: bool,
    /// With --mirror: keep for good what is gone from the server now. Nothing of it is removed, in later runs either, and
    /// the exit code is 65 no more
    #[arg(long, requires = "mirror", conflicts_with = "allow_mass_changes")]
    pub(crate) keep_gone: bool,
    /// Believe what is more likely a mistake of the server: many messages to be removed by --mirror, no mailbox listed,
    /// every mailbox empty or recreated at once
    #[arg(long)]
    pub(crate) allow_mass_changes: bool,
    /// Exit with 66 where DIR holds no archive, as when its disk is not mounted, and make none
    #[arg(long, conflicts_with = "adopt")]
    pub(crate) must_exist: bool,
    /// Exit with 1 also for notable changes that are no failures: messages or mailboxes that have gone from the server, a server that was
    /// set back or has recreated a mailbox, UIDs that mean other messages, files that other programs changed or left
    #[arg(long)]
    pub(crate) strict: bool,
    /// Print only failures and notable changes: for cron. Exit codes are the same
    #[arg(short, long)]
    pub(crate) quiet: bool,
    /// Forget a mailbox of the archive, by its name; its files stay. Does nothing else; can be repeated
    #[arg(long, value_name = "MAILBOX", conflicts_with_all = ["mirror", "verify", "mailbox", "exclude"])]
    pub(crate) forget: Vec<String>,
    /// Forget the messages that earlier runs reported as lost: missing or damaged, and no longer on the server. Does nothing
    /// else
    #[arg(long, conflicts_with_all = ["mirror", "verify", "mailbox", "exclude", "forget"])]
    pub(crate) forget_lost: bool,
    /// Look at every file of the archive, compare it with its SHA-256, and fetch again what is missing or damaged; exit
    /// with 1 if something had to be fetched again or is lost. Files that the archive does not know are named and left
    /// alone. Files that were found without a database (--adopt) are
    /// fetched once and compared: until then only their names and sizes speak for them
    #[arg(long)]
    pub(crate) verify: bool,
    /// The longest wait before another connection is made, in milliseconds: for tests
    #[arg(long, hide = true, value_name = "MILLISECONDS")]
    pub(crate) longest_pause: Option<u64>,
    /// Of no effect: the archive's database always has a SHA-256 of each message
    #[arg(long, hide = true)]
    pub(crate) checksums: bool,
    /// Make the archive this account's: one that has lost its database, or whose account has moved to another server.
    /// Without a database the files are taken for the messages that their names say, if the sizes are right: run with
    /// --verify to compare their contents with the server's
    #[arg(long)]
    pub(crate) adopt: bool,
    #[command(flatten)]
    pub(crate) fleet: Fleet,
}

/// The account, which --all stands for. Its place has to be named, for it is the last one that is defined.
fn optional_account(account: Arg) -> Arg {
    account.index(1).required(false).required_unless_present("all").default_value("").hide_default_value(true)
}

/// Wait for changes and print a line for each
///
/// One connection a mailbox; lost connections are made again. Ends with Ctrl-C.
///
/// The changes are: new (a message has arrived), expunged (one has gone), flags (a message's flags have changed) and
/// alert (the server has a message for its users); and about the watch itself: watching, and lost.
///
/// Each has the message's UID, if it is known: always for new, and for the others in mailboxes of up to 100,000
/// messages, unless several changes arrived at once and it is not clear which message the server meant.
#[derive(Debug, Args)]
pub(crate) struct Watch {
    #[command(flatten)]
    pub(crate) access: Access,
    /// The mailboxes to watch
    #[arg(value_name = "MAILBOX", default_value = "INBOX")]
    pub(crate) mailboxes: Vec<String>,
    /// Run this program for each change
    ///
    /// The command is split into words and run without a shell. It gets the change in the environment variables
    /// IMAP_ACCOUNT, IMAP_EVENT, IMAP_MAILBOX, IMAP_UID, IMAP_SEQ, IMAP_COUNT, IMAP_FLAGS, and as last arguments: the
    /// event and the mailbox.
    #[arg(long, value_name = "CMD")]
    pub(crate) exec: Option<String>,
    /// Stop after this many changes
    #[arg(long, value_name = "N")]
    pub(crate) count: Option<u64>,
    /// Stop after this many seconds
    #[arg(long = "for", value_name = "SECONDS")]
    pub(crate) duration: Option<u64>,
}
