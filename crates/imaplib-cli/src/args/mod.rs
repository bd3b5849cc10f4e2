//! The command line: what is common to all verbs, and the list of verbs.

mod access;
mod archive;
mod backup;
mod export;
mod fleet;
mod mailboxes;
mod messages;
mod restore;
mod search;
mod serve;
mod server;
pub(crate) mod values;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Parser, Subcommand};

pub(crate) use access::{Access, InMailbox, Messages};
pub(crate) use archive::{ArchiveArgs, ArchiveVerb, Verify};
pub(crate) use backup::{Backup, Watch};
pub(crate) use export::{Export, ExportFormat};
pub(crate) use fleet::Fleet;
pub(crate) use mailboxes::{Acl, AclVerb, Create, Folders, Quota, RemoveMailbox, Rename, Subscribe, Unsubscribe};
pub(crate) use messages::{Append, Delete, Flag, Get, Move, Show};
pub(crate) use restore::{Copy, Restore, What};
pub(crate) use search::{Conditions, Search, Sort, Thread, ThreadBy};
pub(crate) use serve::Serve;
pub(crate) use server::{Check, Completions, Man, Parse, Raw};

/// Look at, search, get, back up and watch mail on an IMAP server.
#[derive(Debug, Parser)]
#[command(name = "imap", version, subcommand_required = true, arg_required_else_help = true)]
#[command(override_usage = "imap VERB [ACCOUNT] …", after_help = EXAMPLES, after_long_help = LONG_EXAMPLES)]
#[command(disable_help_subcommand = false, subcommand_value_name = "VERB", subcommand_help_heading = "Verbs")]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) verb: Verb,
}

/// What every verb understands.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Global {
    /// Write JSON Lines to standard output: one object a line
    #[arg(long, global = true, help_heading = "Output")]
    pub(crate) json: bool,
    /// Write a trace of the conversation with the server to standard error; secrets are left out
    #[arg(short, long, global = true, help_heading = "Output")]
    pub(crate) verbose: bool,
    /// Read this configuration file in place of the one in the configuration folder
    #[arg(long, global = true, value_name = "FILE", help_heading = "Output")]
    pub(crate) config: Option<PathBuf>,
}

/// The verbs.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    Check(Check),
    Folders(Folders),
    Search(Box<Search>),
    Sort(Box<Sort>),
    Thread(Box<Thread>),
    Show(Show),
    Get(Get),
    Append(Append),
    Flag(Flag),
    Copy(Box<Copy>),
    Move(Move),
    Delete(Delete),
    Create(Create),
    Rename(Rename),
    RemoveMailbox(RemoveMailbox),
    Subscribe(Subscribe),
    Unsubscribe(Unsubscribe),
    Acl(Acl),
    Quota(Quota),
    Watch(Watch),
    Backup(Backup),
    Restore(Box<Restore>),
    Verify(Verify),
    Archive(ArchiveArgs),
    Export(Export),
    Serve(Serve),
    Raw(Raw),
    Parse(Parse),
    Completions(Completions),
    Man(Man),
}

const EXAMPLES: &str = "\
Try it without a server:
  imap folders demo:
  imap search demo: INBOX --unread

With your own:
  imap check imaps://alice@imap.example.org
  imap search imaps://alice@imap.example.org INBOX --from bob --since 7d
  imap backup imaps://alice@imap.example.org ~/mail-backup

`imap help VERB` describes a verb, `imap --help` about accounts and passwords.";

const LONG_EXAMPLES: &str = "\
An ACCOUNT is a URL or a name from the configuration file:
  imaps://USER@HOST[:PORT]    TLS from the first byte (port 993)
  imap://USER@HOST[:PORT]     STARTTLS (port 143); refused if the server does not have it
  imap+insecure://USER@HOST   clear text, for tests and for networks that are safe by other means
  tunnel:COMMAND              a program that speaks IMAP on its standard input and output
  unix:PATH                   a Unix socket
  archive:DIR                 an archive of `imap backup`, which is only read
  demo:                       a server with a sample account, inside this program

The password comes from --password-command, --password-file, the environment variable IMAP_PASSWORD,
the configuration file, or is asked for on the terminal. It is never an argument.

The configuration file is $XDG_CONFIG_HOME/imap/config.toml (~/.config/imap/config.toml):
  [accounts.work]
  url = \"imaps://imap.example.org\"
  user = \"alice\"
  password-command = \"pass show mail/work\"
  archive = \"~/mail/work\"    # for imap backup work, and imap backup --all
  # auth, token-command, password-file, ca-file, pin, client-cert, client-key, timeout, proxy

A proxy comes from --proxy, the configuration file, or the environment variable ALL_PROXY, which alone may contain its
password; hosts in NO_PROXY are reached without it, and so is this machine.

Exit codes:
  0 done            1 some items failed      2 usage
  65 too much to remove (backup)            66 no archive (backup)
  69 unavailable   74 input or output       75 temporary, try again
  76 protocol      77 login refused         78 configuration
  130, 143         interrupted by SIGINT, SIGTERM

Examples:
  imap folders demo:
  imap search work INBOX --from bob --since 7d
  imap sort work INBOX -size --limit 10
  imap get work INBOX 17 --attachments -o ~/Downloads
  imap watch work INBOX --exec 'notify-send Mail'
  imap backup work ~/mail-backup
  imap search work INBOX --unread --json | jq .subject";

/// Rewrites `imap flag … -Seen` so that a flag to remove is not read as a bundle of short options.
pub(crate) fn with_flag_changes(args: impl IntoIterator<Item = OsString>) -> Vec<OsString> {
    let mut out = Vec::new();
    let mut is_flag_verb = None;
    let mut options_ended = false;
    let mut is_value = false;
    for (position, arg) in args.into_iter().enumerate() {
        let text = arg.to_str().map(str::to_owned).unwrap_or_default();
        if position > 0 && is_flag_verb.is_none() && !text.starts_with('-') && !is_value {
            is_flag_verb = Some(text == "flag");
        }
        is_value = text == "--config";
        options_ended |= text == "--";
        let change = text.strip_prefix('-').filter(|rest| {
            is_flag_verb == Some(true)
                && !options_ended
                && rest.len() > 1
                && !rest.starts_with('-')
                && !rest.chars().all(|c| c == 'v')
        });
        match change {
            Some(flag) => out.push(OsString::from(format!("--remove={flag}"))),
            None => out.push(arg),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    fn strings(args: &[&str]) -> Vec<String> {
        with_flag_changes(args.iter().map(OsString::from)).into_iter().map(|a| a.into_string().unwrap()).collect()
    }

    #[test]
    fn the_definition_holds_together() {
        Cli::command().debug_assert();
    }

    #[test]
    fn minus_flags_become_removals_for_the_verb_flag_only() {
        assert_eq!(
            strings(&["imap", "flag", "demo:", "INBOX", "1", "-\\Seen", "+Flagged", "-v", "--json"]),
            ["imap", "flag", "demo:", "INBOX", "1", "--remove=\\Seen", "+Flagged", "-v", "--json"]
        );
        assert_eq!(
            strings(&["imap", "--config", "c", "flag", "-Seen"]),
            ["imap", "--config", "c", "flag", "--remove=Seen"]
        );
        // A `-` alone is no change, nor is anything behind `--`.
        let others = ["imap", "flag", "demo:", "INBOX", "-", "--", "-Seen"];
        assert_eq!(strings(&others), others);
        assert_eq!(strings(&["imap", "get", "demo:", "-odir"]), ["imap", "get", "demo:", "-odir"]);
    }
}
