//! Exit codes, and errors that say what, where and what to do.

pub(crate) mod library;

use std::fmt;
use std::io;
use std::path::Path;
use std::time::Duration;

/// The exit code of the process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// All done.
    Ok = 0,
    /// Some items failed, the others are done.
    Partial = 1,
    /// The arguments are wrong.
    Usage = 2,
    /// Nothing was removed, because it would have been too much (`EX_DATAERR`).
    TooMuch = 65,
    /// There is no archive where there must be one (`EX_NOINPUT`).
    NoInput = 66,
    /// The server or the thing asked for is not there (`EX_UNAVAILABLE`).
    Unavailable = 69,
    /// Reading or writing failed (`EX_IOERR`).
    Io = 74,
    /// Try again later (`EX_TEMPFAIL`).
    Temporary = 75,
    /// The server does not speak the protocol (`EX_PROTOCOL`).
    Protocol = 76,
    /// The login was refused (`EX_NOPERM`); what is refused later, by whatever code, is not this.
    Login = 77,
    /// The configuration is wrong (`EX_CONFIG`).
    Config = 78,
    /// Ended by SIGINT, as shells report it.
    Interrupted = 130,
    /// Ended by SIGTERM.
    Terminated = 143,
}

impl Exit {
    /// The exit code of a run of which another part ended with `other`.
    #[must_use]
    pub(crate) fn and(self, other: Self) -> Self {
        if self == Self::Ok { other } else { self }
    }

    /// All done, or some items failed.
    pub(crate) fn partial_if(is_partial: bool) -> Self {
        if is_partial { Self::Partial } else { Self::Ok }
    }

    /// The worse of two exit codes: one that more has to be done about, or that ended more.
    #[must_use]
    pub(crate) fn worse(self, other: Self) -> Self {
        let rank = |exit| Self::FROM_WORST.iter().position(|known| *known == exit);
        if rank(other) < rank(self) { other } else { self }
    }

    /// All of them, the worst first.
    const FROM_WORST: [Self; 13] = [
        Self::Terminated,
        Self::Interrupted,
        Self::Io,
        Self::Config,
        Self::Usage,
        Self::Login,
        Self::Protocol,
        Self::NoInput,
        Self::Unavailable,
        Self::Temporary,
        Self::TooMuch,
        Self::Partial,
        Self::Ok,
    ];

    /// Its name in JSON.
    pub(crate) fn kind(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Partial => "partial",
            Self::Usage => "usage",
            Self::TooMuch => "too-much",
            Self::NoInput => "no-input",
            Self::Unavailable => "unavailable",
            Self::Io => "io",
            Self::Temporary => "temporary",
            Self::Protocol => "protocol",
            Self::Login => "login",
            Self::Config => "config",
            Self::Interrupted => "interrupted",
            Self::Terminated => "terminated",
        }
    }
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// What an error leaves usable, which its exit code does not show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cause {
    /// One item cannot be used; nothing else is affected.
    Item,
    /// The server refused one command; the connection can be used.
    Refusal,
    /// The connection cannot be used any more.
    Connection,
    /// The disk or the database fails: nothing more can be stored.
    Storage,
}

/// An error on its way to the user.
#[derive(Debug, Clone)]
pub(crate) struct Failure {
    exit: Exit,
    cause: Cause,
    message: String,
    hints: Vec<String>,
    quiet: bool,
    lost: bool,
    unknown: bool,
    wait: Option<Duration>,
    busy: bool,
    names_account: bool,
}

pub(crate) type Result<T, E = Failure> = std::result::Result<T, E>;

impl Failure {
    pub(crate) fn new(exit: Exit, message: impl Into<String>) -> Self {
        let cause = Cause::Item;
        let (quiet, lost, unknown, busy, names_account) = (false, false, false, false, false);
        let (message, hints) = (message.into(), Vec::new());
        Self { exit, cause, message, hints, quiet, lost, unknown, wait: None, busy, names_account }
    }

    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, message)
    }

    pub(crate) fn config(message: impl Into<String>) -> Self {
        Self::new(Exit::Config, message)
    }

    /// Adds what the user can do about it.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints = vec![hint.into()];
        self
    }

    /// Adds another hint.
    pub(crate) fn also_hint(mut self, hint: &str) -> Self {
        self.hints.push(hint.to_owned());
        self
    }

    /// Adds in front what was being done.
    pub(crate) fn context(mut self, what: impl fmt::Display) -> Self {
        self.message = format!("{what}: {}", self.message);
        self
    }

    /// Adds in front whose error it is, unless it has that already.
    pub(crate) fn of_account(self, account: &str) -> Self {
        if self.names_account { self } else { Self { names_account: true, ..self.context(account) } }
    }

    /// A file or folder that could not be read or written.
    pub(crate) fn file(doing: &str, path: &Path, error: &io::Error) -> Self {
        let mut failure = Self::io(error);
        failure.message = format!("cannot {doing} {}: {}", path.display(), failure.message);
        failure
    }

    /// An error of the operating system.
    pub(crate) fn io(error: &io::Error) -> Self {
        let mut failure = Self::new(Exit::Io, error.to_string());
        if is_disk_full(error) {
            failure = failure.hint("the disk is full: make room, then run the same command again");
        }
        // A reader that went away (`| head`) needs no message.
        failure.quiet = error.kind() == io::ErrorKind::BrokenPipe;
        if is_storage_failure(error) { failure.cause(Cause::Storage) } else { failure }
    }

    /// Notes what the error leaves usable.
    pub(crate) fn cause(mut self, cause: Cause) -> Self {
        self.cause = cause;
        self
    }

    /// Notes whether the connection was lost.
    pub(crate) fn lost(mut self, lost: bool) -> Self {
        self.lost = lost;
        self
    }

    /// Notes that it is not known whether the server carried out the command.
    pub(crate) fn unknown(mut self, unknown: bool) -> Self {
        self.unknown = unknown;
        self
    }

    /// Notes how long the server asks to wait before the next attempt.
    pub(crate) fn wait(mut self, wait: Option<Duration>) -> Self {
        self.wait = wait;
        self
    }

    /// Notes whether the server is there, and refuses for now only.
    pub(crate) fn busy(mut self, busy: bool) -> Self {
        self.busy = busy;
        self
    }

    /// What follows for a change that was asked for.
    pub(crate) fn of_change(self) -> Self {
        if self.unknown {
            self.also_hint("it is not known whether the server did it: look before you do it again")
        } else if self.lost {
            self.also_hint("nothing of it was sent")
        } else {
            self
        }
    }

    pub(crate) fn with_exit(mut self, exit: Exit) -> Self {
        self.exit = exit;
        self
    }

    pub(crate) fn exit(&self) -> Exit {
        self.exit
    }

    /// What the error leaves usable.
    pub(crate) fn leaves(&self) -> Cause {
        self.cause
    }

    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    /// The text of an error that does not end the command.
    pub(crate) fn with_hints(&self) -> String {
        let mut text = self.message.clone();
        self.hints.iter().for_each(|hint| text.extend(["; ", hint]));
        text
    }

    /// True if the connection was lost, so that another one may do better.
    pub(crate) fn is_lost(&self) -> bool {
        self.lost
    }

    /// True if the server is there, and refuses for now only.
    pub(crate) fn is_busy(&self) -> bool {
        self.busy
    }

    /// How long the server asks to wait, if it does nothing for now because it was asked for too much.
    pub(crate) fn asked_to_wait(&self) -> Option<Duration> {
        self.wait
    }

    /// What the user can do about it.
    pub(crate) fn hints(&self) -> &[String] {
        &self.hints
    }

    /// True if it needs no message.
    pub(crate) fn is_quiet(&self) -> bool {
        self.quiet
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// True for a full disk and a full quota.
pub(crate) fn is_disk_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}

/// True if the disk as a whole cannot be used, and not only one file or folder.
fn is_storage_failure(error: &io::Error) -> bool {
    use io::ErrorKind::{ReadOnlyFilesystem, StaleNetworkFileHandle};
    /// `EIO` and `ENODEV`, which have no kind of their own.
    const FAILING_DEVICE: [i32; 2] = [5, 19];
    is_disk_full(error)
        || matches!(error.kind(), ReadOnlyFilesystem | StaleNetworkFileHandle)
        || cfg!(unix) && error.raw_os_error().is_some_and(|code| FAILING_DEVICE.contains(&code))
}

impl std::error::Error for Failure {}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::io(&error)
    }
}
