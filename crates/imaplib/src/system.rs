//! What clients that open sockets ask of the operating system: the options of a socket, the command of a tunnel.

use std::ffi::OsString;
use std::process::{Command, Stdio};
use std::time::Duration;

use imaplib_proto::client::BadArgument;
use socket2::{SockRef, TcpKeepalive};

use crate::{Error, Result, Timeouts};

/// How long the other side has for an answer before it is asked again whether it is there.
const AGAIN: Duration = Duration::from_secs(15);

/// How often it is asked.
const QUESTIONS: u32 = 4;

/// Sends what is written at once, and finds out when the other side is gone without a word.
pub(crate) fn set_up_socket<'a>(socket: impl Into<SockRef<'a>>, timeouts: &Timeouts) -> Result<()> {
    let socket = socket.into();
    let failed = |error| Error::system("cannot set up the socket", error);
    socket.set_tcp_nodelay(true).map_err(failed)?;
    if timeouts.keep_alive.is_zero() {
        return Ok(());
    }
    // Systems count in whole seconds, and know no more than 32,767 of them.
    let first = timeouts.keep_alive.clamp(Duration::from_secs(1), Duration::from_secs(32_767));
    let keep_alive = TcpKeepalive::new().with_time(first);
    // Others have an interval and a number of their own.
    #[cfg(any(target_os = "linux", target_os = "android", target_os = "freebsd", target_os = "macos", windows))]
    let keep_alive = keep_alive.with_interval(AGAIN).with_retries(QUESTIONS);
    socket.set_tcp_keepalive(&keep_alive).map_err(failed)
}

/// The command of a tunnel, and the error if it cannot be started.
pub(crate) fn tunnel_command(
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
