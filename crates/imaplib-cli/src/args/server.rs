//! The arguments of the verbs about the server itself.

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
