//! How an account is reached: the options that all verbs with an account share.

use std::path::PathBuf;

/// The account, and what is needed to get into it.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Access {
    /// A URL such as imaps://alice@imap.example.org, or a name from the configuration file
    #[arg(value_name = "ACCOUNT")]
    pub(crate) account: String,
    /// The user name, where the account does not say it
    #[arg(long, value_name = "NAME", help_heading = "Login")]
    pub(crate) user: Option<String>,
    /// Run this shell command; the first line that it prints is the password
    #[arg(long, value_name = "CMD", help_heading = "Login", conflicts_with = "password_file")]
    pub(crate) password_command: Option<String>,
    /// The first line of this file is the password
    #[arg(long, value_name = "FILE", help_heading = "Login")]
    pub(crate) password_file: Option<PathBuf>,
    /// Use this mechanism: login, plain, cram-md5, scram-sha-1, scram-sha-256, scram-sha-512, scram-sha-1-plus, scram-sha-256-plus, scram-sha-512-plus, xoauth2, oauthbearer, external, anonymous
    #[arg(long, value_name = "MECHANISM", help_heading = "Login")]
    pub(crate) auth: Option<String>,
    /// Run this shell command; the first line that it prints is the OAuth access token. It is run again for a connection
    /// that is made after another one was lost
    #[arg(long, value_name = "CMD", help_heading = "Login")]
    pub(crate) token_command: Option<String>,
    /// Reach the server through this proxy: socks5://HOST:PORT or http://HOST:PORT, or `none` for none although
    /// ALL_PROXY names one
    #[arg(long, value_name = "URL", help_heading = "Connection")]
    pub(crate) proxy: Option<String>,
    /// Trust the certificates in this PEM file in place of the system's
    #[arg(long, value_name = "FILE", help_heading = "Connection")]
    pub(crate) ca_file: Option<PathBuf>,
    /// Accept the server's certificate if it has this SHA-256 fingerprint (64 hexadecimal digits, colons allowed)
    #[arg(long, value_name = "SHA256", help_heading = "Connection")]
    pub(crate) pin: Option<String>,
    /// Show the server this certificate (PEM file)
    #[arg(long, value_name = "FILE", help_heading = "Connection", requires = "client_key")]
    pub(crate) client_cert: Option<PathBuf>,
    /// The private key of --client-cert (PEM file)
    #[arg(long, value_name = "FILE", help_heading = "Connection", requires = "client_cert")]
    pub(crate) client_key: Option<PathBuf>,
    /// Give up when the server is silent for so long
    ///
    /// Give up when the server sends nothing for so long; when it sends other things than the answer to a command for five
    /// times as long; and when a whole answer needs more than a hundred times as long and a second for each 64 bytes of it.
    #[arg(long, value_name = "SECONDS", help_heading = "Connection", value_parser = clap::value_parser!(u32).range(1..=86_400))]
    pub(crate) timeout: Option<u32>,
}

/// A mailbox of an account.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct InMailbox {
    #[command(flatten)]
    pub(crate) access: Access,
    /// The mailbox
    #[arg(value_name = "MAILBOX")]
    pub(crate) mailbox: String,
}

/// Messages of a mailbox.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Messages {
    #[command(flatten)]
    pub(crate) access: Access,
    /// The mailbox
    #[arg(value_name = "MAILBOX")]
    pub(crate) mailbox: String,
    /// UIDs: 17, 1:9, 3,5,8:*
    #[arg(value_name = "UIDS")]
    pub(crate) uids: String,
}
