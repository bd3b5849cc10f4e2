//! The arguments of each verb.

use std::path::PathBuf;

use clap::Args;

use super::{Access, InMailbox, Messages};

/// Connect, log in, and tell what the server is and can do
///
/// Shows the TLS version and certificate, the server's name, its capabilities before and after login, the
/// namespaces, its limits, and the time of a round trip. After STARTTLS the greeting is left out: it came before TLS, and
/// anybody between here and the server can have written it.
#[derive(Debug, Args)]
pub(crate) struct Check {
    #[command(flatten)]
    pub(crate) access: Access,
}

/// List the mailboxes
///
/// PATTERN is a mailbox name in which * stands for anything and % for anything within one level.
#[derive(Debug, Args)]
pub(crate) struct Folders {
    #[command(flatten)]
    pub(crate) access: Access,
    /// Only mailboxes that match, such as 'Archive*' or '%'
    #[arg(value_name = "PATTERN", default_value = "*")]
    pub(crate) pattern: String,
    /// Only those that the user subscribes to, also if they are not there any more
    #[arg(long)]
    pub(crate) subscribed: bool,
    /// Show the number of messages and of unread ones, and the size where the server knows it
    #[arg(long)]
    pub(crate) status: bool,
}

/// Show a message: its headers and its text
///
/// Does not mark the message as read.
#[derive(Debug, Args)]
pub(crate) struct Show {
    #[command(flatten)]
    pub(crate) at: InMailbox,
    /// The message's UID, as `imap search` prints it
    #[arg(value_name = "UID")]
    pub(crate) uid: String,
    /// Show every header, not only the usual ones
    #[arg(long)]
    pub(crate) all_headers: bool,
}

/// Get messages, byte for byte
///
/// A single message goes to standard output, several go into the folder given with -o as UID.eml. Files are never
/// overwritten: a number is added to the name.
#[derive(Debug, Args)]
pub(crate) struct Get {
    #[command(flatten)]
    pub(crate) at: Messages,
    /// Write files into this folder; it is made if it is not there
    #[arg(short, long, value_name = "DIR")]
    pub(crate) output: Option<PathBuf>,
    /// Only this MIME part, as the server holds it, such as 2 or 1.2
    #[arg(long, value_name = "N", conflicts_with_all = ["headers", "attachments"])]
    pub(crate) part: Option<String>,
    /// Only the headers
    #[arg(long, conflicts_with = "attachments")]
    pub(crate) headers: bool,
    /// Only the attachments, decoded, under their own names (with -o)
    ///
    /// An attachment is a part that its sender calls one, that has a file name, or that is not text to be read; a forwarded
    /// message is one, and so are its attachments. A message without any is named on standard error, and is not an error.
    /// What is not in the encoding that it is said to be in is saved as it was sent, and named.
    #[arg(long, requires = "output")]
    pub(crate) attachments: bool,
}

/// Add messages to a mailbox
///
/// The files hold one message each. Line ends are made CR LF where they are not.
#[derive(Debug, Args)]
pub(crate) struct Append {
    #[command(flatten)]
    pub(crate) at: InMailbox,
    /// Message files; - is standard input
    #[arg(value_name = "FILE", required = true)]
    pub(crate) files: Vec<PathBuf>,
    /// Set this flag: seen, flagged, answered, draft, or a keyword
    #[arg(long, value_name = "FLAG")]
    pub(crate) flag: Vec<String>,
    /// The date of arrival, such as 2026-03-14 or 2026-03-14T09:26:53Z; else now
    #[arg(long, value_name = "DATE")]
    pub(crate) date: Option<String>,
}

/// Set and take away flags
///
/// imap flag work INBOX 17 +Seen -Flagged '+$Junk'
#[derive(Debug, Args)]
pub(crate) struct Flag {
    #[command(flatten)]
    pub(crate) at: Messages,
    /// +FLAG sets, -FLAG takes away: seen, flagged, answered, draft, deleted, or a keyword
    #[arg(value_name = "±FLAG")]
    pub(crate) changes: Vec<String>,
    /// What -FLAG is rewritten to before the options are read
    #[arg(long, value_name = "FLAG", hide = true)]
    pub(crate) remove: Vec<String>,
}

/// Copy messages to another mailbox
#[derive(Debug, Args)]
pub(crate) struct Copy {
    #[command(flatten)]
    pub(crate) at: Messages,
    /// Where to
    #[arg(value_name = "TARGET")]
    pub(crate) target: String,
}

/// Move messages to another mailbox
#[derive(Debug, Args)]
pub(crate) struct Move {
    #[command(flatten)]
    pub(crate) at: Messages,
    /// Where to
    #[arg(value_name = "TARGET")]
    pub(crate) target: String,
}

/// Delete messages: move them to the Trash, or remove them
#[derive(Debug, Args)]
pub(crate) struct Delete {
    #[command(flatten)]
    pub(crate) at: Messages,
    /// Remove them for good in place of moving them to the Trash
    #[arg(long)]
    pub(crate) expunge: bool,
}

/// Wait for changes and print a line for each
///
/// One connection a mailbox; lost connections are made again. Ends with Ctrl-C.
///
/// The changes are: new (a message has arrived), expunged (one has gone), flags (a message's flags have changed) and
/// alert (the server has something to say to people); and about the watch itself: watching, and lost.
///
/// Each tells the message's UID, if it is known: always for new, and for the others in mailboxes of up to 100,000
/// messages, unless several changes came at once and it cannot be told which message the server meant.
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

/// Copy the account into a folder of Maildirs, and keep it up to date
///
/// Every mailbox becomes a Maildir beneath DIR. Messages are kept byte for byte, with their flags in the file names
/// and the date of arrival as the file's date. Another run transfers what is new, updates flags, and notes what is
/// no longer on the server: the archive keeps those messages unless --prune is given. An interrupted run loses
/// nothing and the next one goes on where it was.
///
/// A mailbox's folder has its name, one folder a level. What could not be a file name safely is written as %XX (the
/// hexadecimal value of the byte): a level that begins with a dot or is called cur, new or tmp, the characters
/// / \ : * ? " < > | % and control characters; a name that differs from another one by upper and lower case only
/// has its letters written so. A very long name is cut and ends in %~ and a hash. The true names are in
/// DIR/.imap-backup.sqlite.
#[derive(Debug, Args)]
pub(crate) struct Backup {
    #[command(flatten)]
    pub(crate) access: Access,
    /// The archive; it is made if it is not there
    #[arg(value_name = "DIR")]
    pub(crate) dir: PathBuf,
    /// Only mailboxes that match, such as INBOX or 'Lists/*' (* anything, % within one level); can be repeated
    #[arg(long, value_name = "PATTERN")]
    pub(crate) mailbox: Vec<String>,
    /// Leave out mailboxes that match; can be repeated
    #[arg(long, value_name = "PATTERN")]
    pub(crate) exclude: Vec<String>,
    /// Remove messages from the archive that are no longer on the server; where these are more than one and more than a
    /// fifth of a mailbox, or more than a hundred, or the server was set back, none is removed, and the exit code is 65
    #[arg(long)]
    pub(crate) prune: bool,
    /// Believe what is more likely a mistake of the server: many messages to be removed by --prune, no mailbox listed,
    /// every mailbox empty or made anew at once
    #[arg(long)]
    pub(crate) allow_mass_changes: bool,
    /// Forget a mailbox of the archive, by its name; its files stay. Does nothing else; can be repeated
    #[arg(long, value_name = "MAILBOX", conflicts_with_all = ["prune", "verify", "mailbox", "exclude"])]
    pub(crate) forget: Vec<String>,
    /// Look at every file of the archive, compare it with its SHA-256, and fetch again what is missing or damaged; exit
    /// with 1 if a file is damaged or something is lost for ever. Files that were found without a database (--adopt) are
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
}

/// Talk to the server by hand
///
/// Type commands without a tag. On a terminal there is a history, and Tab completes commands. Lines are read as they
/// are when standard input is no terminal. `quit` or the end of the input ends the session.
#[derive(Debug, Args)]
pub(crate) struct Raw {
    #[command(flatten)]
    pub(crate) access: Access,
}

/// Read a transcript of server bytes and print what each response says
///
/// Prints one JSON object a line. Exits with 1 if something could not be understood, or was too long: a text of more
/// than 1 MiB, a list of numbers of more than 2 MiB, or another line of more than 320 KiB.
#[derive(Debug, Args)]
pub(crate) struct Parse {
    /// The file; - is standard input
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
}

/// Print the completion script for a shell
///
/// For example: imap completions bash > ~/.local/share/bash-completion/completions/imap
#[derive(Debug, Args)]
pub(crate) struct Completions {
    /// The shell
    #[arg(value_name = "SHELL")]
    pub(crate) shell: clap_complete::Shell,
}

/// Print the manual page (roff)
///
/// For example: imap man | man -l -
#[derive(Debug, Args)]
pub(crate) struct Man {
    /// Only this verb's page
    #[arg(value_name = "VERB")]
    pub(crate) verb: Option<String>,
}
