//! The arguments of `imap restore` and `imap copy`.

use std::path::PathBuf;

use clap::Args;

use super::Access;
use crate::error::{Failure, Result};

/// Put the messages of an archive of `imap backup` into an account
///
/// Mailboxes that are missing are made, with their special uses and subscriptions where the server can; messages get their
/// flags, keywords and dates of arrival. What is there already, with the same size, date and Message-ID, is left alone, and
/// nothing on the server is changed or removed.
///
/// Each message is noted in the archive before it is sent and once it is there. A restore that was interrupted is continued by
/// the same command, which sends nothing twice; repeated, it sends nothing. What the server refused, or did not keep as it was
/// sent, is named, and the exit code is 1. Files of the archive that are damaged are named and not sent.
#[derive(Debug, Args)]
pub(crate) struct Restore {
    /// The archive
    #[arg(value_name = "DIR")]
    pub(crate) dir: PathBuf,
    #[command(flatten)]
    pub(crate) access: Access,
    #[command(flatten)]
    pub(crate) what: What,
    /// Messages, too, that had gone from the server when the archive was last brought up to date
    #[arg(long)]
    pub(crate) gone: bool,
}

/// Which messages are sent to another account, and how.
#[derive(Debug, Args)]
pub(crate) struct What {
    /// Only mailboxes that match, such as INBOX or 'Lists/*' (* anything, % within one level); can be repeated
    #[arg(long = "mailbox", value_name = "PATTERN")]
    pub(crate) only: Vec<String>,
    /// Give the mailbox A, and all below it, the name B; can be repeated
    #[arg(long, value_name = "A=B")]
    pub(crate) map: Vec<String>,
    /// Only messages that arrived on this day or later, such as 2026-03-14 or 7d
    #[arg(long, value_name = "DATE")]
    pub(crate) since: Option<String>,
    /// Print what would be done, and do nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Send messages again that an earlier run has sent, and that are not there any more
    #[arg(long)]
    pub(crate) again: bool,
    /// Begin although the account has not enough room (QUOTA)
    #[arg(long)]
    pub(crate) despite_quota: bool,
    /// The longest wait before another connection is made, in milliseconds: for tests
    #[arg(long, hide = true, value_name = "MILLISECONDS")]
    pub(crate) longest_pause: Option<u64>,
}

/// Copy messages to another mailbox, or a whole account to another one
///
/// With four words: the messages with these UIDs of a mailbox to TARGET, another mailbox of the same account.
///
/// With two: all mailboxes of ACCOUNT, with their messages, flags and dates, to the account TO, as `imap restore` does it from an
/// archive. ACCOUNT is opened with EXAMINE and not changed. What was sent is noted in a ledger: a copy that was interrupted is
/// continued by the same command, and repeated, it sends what is new.
#[derive(Debug, Args)]
#[command(override_usage = "imap copy [OPTIONS] ACCOUNT MAILBOX UIDS TARGET\n       imap copy [OPTIONS] ACCOUNT TO")]
pub(crate) struct Copy {
    #[command(flatten)]
    pub(crate) access: Access,
    /// MAILBOX UIDS TARGET, or the account TO
    #[arg(value_name = "MAILBOX UIDS TARGET | TO", required = true, num_args = 1..=3)]
    pub(crate) words: Vec<String>,
    #[command(flatten)]
    pub(crate) what: What,
    /// What was copied is noted in this file; else in a file of the two accounts' names in $XDG_STATE_HOME/imap
    /// (~/.local/state/imap)
    #[arg(long, value_name = "FILE")]
    pub(crate) ledger: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) to: ToAccess,
}

/// How the account is reached to which another one is copied.
#[derive(Debug, Args)]
pub(crate) struct ToAccess {
    /// The user name at TO
    #[arg(long, value_name = "NAME", help_heading = "Login at TO")]
    pub(crate) to_user: Option<String>,
    /// As --password-command, for TO
    #[arg(long, value_name = "CMD", help_heading = "Login at TO", conflicts_with = "to_password_file")]
    pub(crate) to_password_command: Option<String>,
    /// As --password-file, for TO
    #[arg(long, value_name = "FILE", help_heading = "Login at TO")]
    pub(crate) to_password_file: Option<PathBuf>,
    /// As --auth, for TO
    #[arg(long, value_name = "MECHANISM", help_heading = "Login at TO")]
    pub(crate) to_auth: Option<String>,
    /// As --token-command, for TO
    #[arg(long, value_name = "CMD", help_heading = "Login at TO")]
    pub(crate) to_token_command: Option<String>,
    /// As --ca-file, for TO
    #[arg(long, value_name = "FILE", help_heading = "Login at TO")]
    pub(crate) to_ca_file: Option<PathBuf>,
    /// As --pin, for TO
    #[arg(long, value_name = "SHA256", help_heading = "Login at TO")]
    pub(crate) to_pin: Option<String>,
}

impl Copy {
    /// Refuses the options of a copy of accounts where messages are copied.
    pub(crate) fn refuse_options_of_accounts(&self) -> Result<()> {
        let What { only, map, since, dry_run, again, despite_quota, .. } = &self.what;
        let is_set = [
            !only.is_empty() || !map.is_empty() || since.is_some() || *dry_run || *again || *despite_quota,
            self.ledger.is_some(),
            self.to.to_user.is_some() || self.to.to_password_command.is_some() || self.to.to_password_file.is_some(),
            self.to.to_auth.is_some() || self.to.to_token_command.is_some(),
            self.to.to_ca_file.is_some() || self.to.to_pin.is_some(),
        ];
        match is_set.contains(&true) {
            true => Err(Failure::usage("copy: these options are for the copy of an account to another one")),
            false => Ok(()),
        }
    }

    /// The account that is copied to.
    pub(crate) fn to_access(&self, account: &str) -> Access {
        Access {
            account: account.to_owned(),
            user: self.to.to_user.clone(),
            password_command: self.to.to_password_command.clone(),
            password_file: self.to.to_password_file.clone(),
            auth: self.to.to_auth.clone(),
            token_command: self.to.to_token_command.clone(),
            proxy: self.access.proxy.clone(),
            ca_file: self.to.to_ca_file.clone(),
            pin: self.to.to_pin.clone(),
            client_cert: None,
            client_key: None,
            timeout: self.access.timeout,
        }
    }
}
