//! The arguments of the verbs about the server itself, and of those that need none.

use std::path::PathBuf;

use clap::Args;

use super::Access;

/// Connect, log in, and show which server it is and what it supports
///
/// Shows the TLS version and certificate, the server's name, its capabilities before and after login, the
/// namespaces, its limits, and the time of a round trip. After STARTTLS the greeting is left out: it came before TLS, and
/// anybody between here and the server can have written it.
#[derive(Debug, Args)]
pub(crate) struct Check {
    #[command(flatten)]
    pub(crate) access: Access,
}

/// Talk to the server by hand
///
/// Type commands without a tag. On a terminal there is a history, and Tab completes commands. Where standard
/// input is not a terminal, its lines are read as they are. `quit` or the end of the input ends the session.
#[derive(Debug, Args)]
pub(crate) struct Raw {
    #[command(flatten)]
    pub(crate) access: Access,
}

/// Read a transcript of server bytes and print each response as JSON
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
