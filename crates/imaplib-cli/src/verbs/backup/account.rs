//! One account, brought up to date: what that ended with, for the user and for the figures.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use imaplib::blocking::Session;
use imaplib_archive::{Archive, ArchiveError, Report, Source, SourceError};

use super::errors::{failure_of, source_error};
use super::interrupt::Interrupt;
use super::report::{self, Events, Notes};
use super::setup;
use crate::account::connector::Connector;
use crate::account::logins::Logins;
use crate::args::Backup;
use crate::error::{Exit, Failure, Result};
use crate::output::Output;

/// What the work on an account ended with.
pub(super) struct Outcome {
    /// The account, as the user names it.
    pub(super) account: String,
    pub(super) begun: SystemTime,
    pub(super) duration: Duration,
    /// What was done, if it came to that.
    pub(super) report: Option<Report>,
    /// Why it ended; what is done beside that stands in the report.
    pub(super) result: Result<Exit>,
}

impl Outcome {
    /// The outcome of an account that was not worked on.
    pub(super) fn of_failure(account: &str, failure: Failure) -> Self {
        let (begun, duration) = (SystemTime::now(), Duration::ZERO);
        Self { account: account.to_owned(), begun, duration, report: None, result: Err(failure) }
    }

    pub(super) fn exit(&self) -> Exit {
        match &self.result {
            Ok(exit) => *exit,
            Err(failure) => failure.exit(),
        }
    }

    fn was_interrupted(&self) -> bool {
        matches!(self.exit(), Exit::Interrupted | Exit::Terminated)
    }

    /// Prints what was done; `names` is whether with the name of the account.
    pub(super) fn print(&self, args: &Backup, root: &Path, names: bool, out: &mut Output) -> Result<()> {
        let account = names.then_some(self.account.as_str());
        match &self.report {
            // "Nothing new" would be wrong of mailboxes that were not looked at.
            Some(report) if self.was_interrupted() && report::is_quiet(report) && !out.is_json() => Ok(()),
            Some(report) if !args.quiet || report.has_notable_changes() || self.exit() != Exit::Ok => {
                report::print(report, out, root, account)
            }
            _ => Ok(()),
        }
    }
}

/// Brings the archive up to date. `begin` is called after the first login, when nobody is asked for anything any more.
pub(super) fn bring_up_to_date(
    args: &Backup,
    (archive, connector): (&mut Archive, &Connector),
    notes: &Notes,
    interrupt: &Interrupt,
    begin: impl FnOnce() -> Result<()>,
) -> Outcome {
    let account = connector.account.label.clone();
    let (begun, clock) = (SystemTime::now(), Instant::now());
    let mut report = None;
    let result = work(args, (archive, connector), notes, interrupt, begin, &mut report);
    notes.finish();
    Outcome { account, begun, duration: clock.elapsed(), report, result }
}

fn work(
    args: &Backup,
    (archive, connector): (&mut Archive, &Connector),
    notes: &Notes,
    interrupt: &Interrupt,
    begin: impl FnOnce() -> Result<()>,
    done: &mut Option<Report>,
) -> Result<Exit> {
    let mut logins = Logins::new(connector);
    let first = Some(logins.session()?);
    let mut connections = Connections { connector, logins, first };
    begin()?;
    let unmatched = Arc::<Mutex<Vec<String>>>::default();
    let options = setup::options(args, &unmatched);
    let result = archive.backup(&mut connections, &options, &Events::new(notes, args.quiet), interrupt.cancel());
    let report = match result {
        Err(ArchiveError::NothingSelected) => {
            notes.note("no mailbox matches: `imap folders` lists them");
            return Ok(Exit::Unavailable);
        }
        Err(ArchiveError::Cancelled) => return Err(interrupt.failure()),
        result => done.insert(result.map_err(|error| failure_of(&error))?),
    };
    let unmatched = std::mem::take(&mut *unmatched.lock().unwrap_or_else(PoisonError::into_inner));
    for pattern in &unmatched {
        notes.note(&format!("{pattern}: the server lists no such mailbox; `imap folders` shows what it lists"));
    }
    match (&report.ended_by, &report.not_believed) {
        (Some(ArchiveError::Cancelled), _) => Err(interrupt.failure()),
        (Some(error), _) => {
            Err(failure_of(error).also_hint("what had arrived is kept: the same command continues from there"))
        }
        (None, Some(error)) => Err(failure_of(error)),
        (None, None) if report.has_unpruned() => Ok(Exit::TooMuch),
        (None, None) if report.has_failures() || !unmatched.is_empty() => Ok(Exit::Partial),
        (None, None) if args.strict && (report.has_notable_changes() || report.total().expunged > 0) => {
            Ok(Exit::Partial)
        }
        (None, None) => Ok(Exit::Ok),
    }
}

/// The connections of a run: the first was made before, and after a lost one a token that may have expired is asked for again.
pub(in crate::verbs) struct Connections<'a> {
    pub(in crate::verbs) connector: &'a Connector,
    pub(in crate::verbs) logins: Logins<'a>,
    pub(in crate::verbs) first: Option<Session>,
}

impl Source for Connections<'_> {
    fn connect(&mut self) -> Result<Session, SourceError> {
        match self.first.take() {
            Some(session) => Ok(session),
            None => self.logins.session().map_err(|failure| source_error(failure, self.connector.has_token())),
        }
    }
}
