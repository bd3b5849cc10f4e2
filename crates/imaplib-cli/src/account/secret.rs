//! Passwords and tokens: where they come from. They are never arguments and never printed.

use std::fmt;
use std::io::{self, IsTerminal as _};
use std::path::Path;
use std::process::{Command, Stdio};

use zeroize::Zeroizing;

use crate::error::{Exit, Failure, Result};
use crate::output;

/// A password or token; its memory is cleared afterwards.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Secret(Zeroizing<String>);

impl Secret {
    pub(crate) fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// The secret itself, for the login only.
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// The first line that a shell command prints.
pub(crate) fn from_command(option: &str, command: &str) -> Result<Secret> {
    let (shell, flag) = if cfg!(windows) { ("cmd", "/C") } else { ("sh", "-c") };
    let output = Command::new(shell).arg(flag).arg(command).stderr(Stdio::inherit()).stdin(terminal()).output();
    let output = output.map_err(|error| Failure::config(format!("{option}: cannot run `{command}`: {error}")))?;
    let printed = Zeroizing::new(output.stdout);
    if !output.status.success() {
        return Err(Failure::config(format!("{option}: `{command}` failed ({})", output.status))
            .hint("run it by hand: its first line must be the secret"));
    }
    first_line(&printed)
        .ok_or_else(|| Failure::config(format!("{option}: `{command}` printed nothing that could be used")))
}

/// Where a command can ask for a passphrase. What stands on standard input is for the verb: a message, or commands.
fn terminal() -> Stdio {
    if io::stdin().is_terminal() {
        return Stdio::inherit();
    }
    #[cfg(unix)]
    if let Ok(terminal) = std::fs::File::options().read(true).write(true).open("/dev/tty") {
        return terminal.into();
    }
    Stdio::null()
}

/// The first line of a file.
pub(crate) fn from_file(path: &Path) -> Result<Secret> {
    let read = std::fs::read(path).map_err(|error| {
        Failure::config(format!("password file {}: {error}", path.display())).hint("give the path of a readable file")
    })?;
    let bytes = Zeroizing::new(read);
    warn_if_open(path);
    first_line(&bytes)
        .ok_or_else(|| Failure::config(format!("password file {}: its first line is empty", path.display())))
}

/// The environment variable `IMAP_PASSWORD`.
pub(crate) fn from_environment() -> Option<Secret> {
    std::env::var("IMAP_PASSWORD").ok().filter(|value| !value.is_empty()).map(Secret::new)
}

/// Asks on the terminal, without echo.
pub(crate) fn ask(account: &str) -> Result<Secret> {
    if !io::stdin().is_terminal() && !io::stderr().is_terminal() {
        return Err(no_password());
    }
    let prompt = format!("Password for {}: ", output::escape::line(account));
    match rpassword::prompt_password(prompt) {
        Ok(password) if password.is_empty() => Err(Failure::new(Exit::Login, "no password was given")),
        Ok(password) => Ok(Secret::new(password)),
        Err(_) => Err(no_password()),
    }
}

fn no_password() -> Failure {
    Failure::config("no password, and no terminal to ask for it")
        .hint("use --password-command, --password-file or the environment variable IMAP_PASSWORD")
}

fn first_line(bytes: &[u8]) -> Option<Secret> {
    let line = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let text = std::str::from_utf8(line).ok()?;
    (!text.is_empty()).then(|| Secret::new(text.to_owned()))
}

#[cfg(unix)]
fn warn_if_open(path: &Path) {
    use std::os::unix::fs::MetadataExt as _;
    // Pipes and /dev/fd paths have modes that mean nothing here.
    let open = path.metadata().is_ok_and(|meta| meta.is_file() && meta.mode() & 0o077 != 0);
    if open {
        output::note(&format!("others can read {}: run chmod 600 on it", path.display()));
    }
}

#[cfg(not(unix))]
fn warn_if_open(_path: &Path) {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_the_first_line() {
        assert_eq!(first_line(b"s3cret \r\nuser: x\n").unwrap().reveal(), "s3cret ");
        assert_eq!(first_line(b"\nx"), None);
        assert_eq!(first_line(b""), None);
        assert_eq!(format!("{:?}", Secret::new("x".to_owned())), "Secret(…)");
    }

    #[test]
    #[cfg(unix)]
    fn a_command_that_fails_is_an_error() {
        assert_eq!(from_command("--password-command", "printf 'pw\\nmore'").unwrap().reveal(), "pw");
        assert!(from_command("--password-command", "exit 3").is_err());
        assert!(from_command("--password-command", "true").is_err());
    }
}
