//! A child process that is the connection.

use std::ffi::OsString;
use std::process::{Command, Stdio};

use imaplib_proto::client::BadArgument;

use crate::{Error, Result};

/// The command of a tunnel, and the error if it cannot be started.
pub(crate) fn command(
    words: &[String],
    withheld: &[OsString],
) -> Result<(Command, impl FnOnce(std::io::Error) -> Error)> {
    let (program, arguments) = words.split_first().ok_or(BadArgument::Tunnel("the tunnel has no command"))?;
    let mut command = Command::new(program);
    for variable in withheld {
        command.env_remove(variable);
    }
    // Pipes and not a socket pair: some servers refuse sockets as super-user.
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped());
    Ok((command, move |error| Error::unreachable(format!("cannot start {}", program.escape_debug()), error)))
}
