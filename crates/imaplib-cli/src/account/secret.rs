//! Passwords and tokens: where they come from. They are never arguments and never printed.

use std::env::VarError;
use std::fmt;
use std::fs::File;
use std::io::{self, IsTerminal as _, Read as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zeroize::Zeroizing;

use crate::account::first_line::{self, Unusable};
use crate::error::{Exit, Failure, Result};
use crate::output;

/// A password or token; its memory is cleared afterwards.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Secret(Zeroizing<String>);

impl Secret {
    pub(crate) fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// One that nobody can guess: 128 random bits.
    pub(crate) fn random() -> Result<Self> {
        let mut bytes = Zeroizing::new([0_u8; 16]);
        getrandom::fill(&mut *bytes)
            .map_err(|error| Failure::new(Exit::Unavailable, format!("no random bytes: {error}")))?;
        Ok(Self(Zeroizing::new(URL_SAFE_NO_PAD.encode(*bytes))))
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

/// The first line that a shell command prints. It is waited for until the command ends, and not for what it left running.
pub(crate) fn from_command(option: &str, command: &str) -> Result<Secret> {
    let (shell, flag) = if cfg!(windows) { ("cmd", "/C") } else { ("sh", "-c") };
    let cannot_run = |error: io::Error| Failure::config(format!("{option}: cannot run `{command}`: {error}"));
    let mut child = Command::new(shell)
        .arg(flag)
        .arg(command)
        .env_remove(VARIABLE)
        .stdin(terminal())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .map_err(cannot_run)?;
    let Some(mut printed) = child.stdout.take() else { return Err(cannot_run(io::ErrorKind::BrokenPipe.into())) };
    let line = first_line::read(&mut printed);
    let endless = Arc::new(AtomicBool::new(matches!(line, Err(Unusable::TooLong))));
    if endless.load(Ordering::Relaxed) {
        drop(printed);
        // It may not notice that nobody reads.
        let _ = child.kill();
    } else {
        // What else it prints must not stop it, unless that has no end.
        let endless = Arc::clone(&endless);
        std::thread::spawn(move || {
            let rest = io::copy(&mut (&mut printed).take(first_line::MOST), &mut io::sink());
            endless.store(rest.is_ok_and(|rest| rest == first_line::MOST), Ordering::Relaxed);
        });
    }
    let status = child.wait().map_err(cannot_run)?;
    let hint = "run it by hand: its first line must be the secret";
    match line {
        _ if !status.success() && endless.load(Ordering::Relaxed) => {
            let text = format!("{option}: `{command}` printed more than {} KiB", first_line::MOST >> 10);
            Err(Failure::config(text).hint(hint))
        }
        _ if !status.success() => Err(Failure::config(format!("{option}: `{command}` failed ({status})")).hint(hint)),
        Ok(line) => Ok(Secret(line)),
        Err(Unusable::Empty) => {
            Err(Failure::config(format!("{option}: `{command}` printed nothing that could be used")).hint(hint))
        }
        Err(unusable) => Err(Failure::config(format!("{option}: `{command}`: {}", unusable.reason())).hint(hint)),
    }
}

/// Where a command can ask for a passphrase. What stands on standard input is for the verb: a message, or commands.
fn terminal() -> Stdio {
    if io::stdin().is_terminal() {
        return Stdio::inherit();
    }
    #[cfg(unix)]
    if let Ok(terminal) = File::options().read(true).write(true).open("/dev/tty") {
        return terminal.into();
    }
    Stdio::null()
}

/// The first line of a file, or of a pipe.
pub(crate) fn from_file(path: &Path) -> Result<Secret> {
    let mut file = File::open(path).map_err(|error| {
        Failure::config(format!("password file {}: {error}", path.display())).hint("give the path of a readable file")
    })?;
    warn_if_open(path);
    first_line::read(&mut file)
        .map(Secret)
        .map_err(|unusable| Failure::config(format!("password file {}: {}", path.display(), unusable.reason())))
}

/// The environment variable with the password. No program that is run is given it.
pub(crate) const VARIABLE: &str = "IMAP_PASSWORD";

/// The password in the environment.
pub(crate) fn from_environment() -> Result<Option<Secret>> {
    match std::env::var(VARIABLE) {
        Ok(value) => Ok(Some(value).filter(|value| !value.is_empty()).map(Secret::new)),
        Err(VarError::NotPresent) => Ok(None),
        Err(VarError::NotUnicode(_)) => {
            Err(Failure::config(format!("the environment variable {VARIABLE} is not UTF-8"))
                .hint("passwords are sent as UTF-8: set it in a UTF-8 locale, or use --password-file"))
        }
    }
}

/// Asks on the terminal, without echo.
pub(crate) fn ask(account: &str) -> Result<Secret> {
    if !io::stdin().is_terminal() && !io::stderr().is_terminal() {
        return Err(no_password());
    }
    let prompt = format!("Password for {}: ", output::terminal::line(account));
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
    fn a_secret_is_not_shown() {
        assert_eq!(format!("{:?}", Secret::new("x".to_owned())), "Secret(…)");
    }

    #[test]
    #[cfg(unix)]
    fn a_command_that_fails_is_an_error() {
        assert_eq!(from_command("--password-command", "printf 'pw\\nmore'").unwrap().reveal(), "pw");
        assert!(from_command("--password-command", "exit 3").is_err());
        assert!(from_command("--password-command", "true").is_err());
        assert!(from_command("--password-command", "echo wrong; exit 3").is_err());
    }
}
