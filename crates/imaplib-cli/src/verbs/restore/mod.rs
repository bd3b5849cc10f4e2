//! `imap restore DIR ACCOUNT`, and what `imap copy ACCOUNT TO` shares with it: a plan, what comes of it, and how it ends.

mod report;

use std::collections::HashSet;
use std::path::Path;
use std::time::Duration;

use imaplib_archive::{Archive, ArchiveError, DatabaseFault, Observer, Plan, RestoreOptions};

use self::report::Events;
use crate::account::connector::Connector;
use crate::account::logins::Logins;
use crate::args::{Restore, What, values};
use crate::error::{Exit, Failure, Result};
use crate::output::diagnostics::Progress;
use crate::output::{self, Output};
use crate::verbs::backup::interrupt::Interrupt;
use crate::verbs::backup::{Connections, failure_of};

pub(crate) fn run(args: &Restore, config: Option<&Path>, out: &mut Output) -> Result<Exit> {
    let interrupt = Interrupt::default();
    let options = options(&args.what)?.gone(args.gone);
    // The archive first: that there is none is reported before a password is asked for.
    let archive = match args.what.dry_run {
        true => Archive::open_any(&args.dir),
        false => Archive::open_to_repair(&args.dir),
    };
    let archive = archive.map_err(|error| failure_of(&error))?;
    if let Some(damage) = archive.log_damage() {
        output::note(&format!("the log of the archive: {damage}; `imap verify` shows what is whole"));
    }
    let connector = Connector::to(&args.access, config)?.ended_by(interrupt.cancel().flag());
    let mut logins = Logins::new(&connector);
    let first = Some(logins.session()?);
    let mut target = Connections { connector: &connector, logins, first };
    interrupt.install()?;
    let transfer = Transfer { what: &args.what, interrupt: &interrupt };
    let account = connector.account.identity();
    transfer
        .carry_out(out, |observer| archive.plan_restore(&account, &mut target, &options, observer, interrupt.cancel()))
}

/// How a plan is shown and carried out.
pub(in crate::verbs) struct Transfer<'a> {
    pub(in crate::verbs) what: &'a What,
    pub(in crate::verbs) interrupt: &'a Interrupt,
}

impl Transfer<'_> {
    /// Makes the plan and does what it states, or prints it.
    pub(in crate::verbs) fn carry_out<'p>(
        &self,
        out: &mut Output,
        plan: impl FnOnce(&dyn Observer) -> Result<Plan<'p>, ArchiveError>,
    ) -> Result<Exit> {
        let progress = Progress::messages(0);
        let events = Events { progress: &progress };
        let plan = match plan(&events) {
            Err(ArchiveError::NothingSelected) => {
                return Err(Failure::new(Exit::Unavailable, "no mailbox matches"));
            }
            Err(ArchiveError::Cancelled) => return Err(self.interrupted()),
            result => result.map_err(|error| explained(&error))?,
        };
        if let Some(lacking) = plan.lacks() {
            let text = format!("the account has not enough room (QUOTA): {} more are needed", output::size(lacking));
            if !self.what.dry_run && !self.what.despite_quota {
                let hint = "--mailbox and --since send less, --despite-quota begins all the same";
                return Err(Failure::new(Exit::Unavailable, text).hint(hint));
            }
            output::note(&text);
        }
        if self.what.dry_run {
            progress.finish();
            report::print_plan(&plan, out)?;
            return Ok(Exit::Ok);
        }
        let result = plan.run(&events, self.interrupt.cancel());
        progress.finish();
        let report = match result {
            Err(ArchiveError::Cancelled) => return Err(self.interrupted()),
            result => result.map_err(|error| explained(&error))?,
        };
        report::print(&report, out)?;
        match &report.ended_by {
            Some(ArchiveError::Cancelled) => Err(self.interrupted()),
            Some(error) => {
                Err(explained(error).also_hint("what was sent is noted: the same command continues from there"))
            }
            None => Ok(Exit::partial_if(report.has_failures())),
        }
    }

    fn interrupted(&self) -> Failure {
        self.interrupt.failure_with("interrupted: what was sent is noted, run the same command again")
    }
}

/// What an error of the file is to the user in which it is noted what was copied.
pub(in crate::verbs) fn of_ledger(path: &Path, error: &ArchiveError) -> Failure {
    match error {
        ArchiveError::Damaged { .. }
        | ArchiveError::BadRow { .. }
        | ArchiveError::Database { fault: DatabaseFault::Other, .. } => Failure::new(
            Exit::Io,
            format!("{} is damaged, or is not a ledger of what was copied", path.display()),
        )
        .hint(
            "name another file with --ledger, or move this one away: messages that were copied are then looked up by \
                 size, date and Message-ID",
        ),
        error => explained(error),
    }
}

/// What an error is to the user here.
pub(in crate::verbs) fn explained(error: &ArchiveError) -> Failure {
    match error {
        ArchiveError::NoMailbox(name) => {
            Failure::usage(format!("there is no mailbox {name:?} that --map could give another name"))
        }
        ArchiveError::LedgerInUse { .. } => {
            Failure::new(Exit::Temporary, error.to_string()).hint("wait for it to end, then run this again")
        }
        ArchiveError::OtherLedger { .. } => Failure::usage(error.to_string()).hint("give another file with --ledger"),
        error => failure_of(error),
    }
}

/// The options that restoring and copying share.
pub(in crate::verbs) fn options(what: &What) -> Result<RestoreOptions> {
    let since = what.since.as_ref().map(|since| values::day("--since", since)).transpose()?;
    let since = since.map(|day| day.to_days().saturating_mul(24 * 60 * 60));
    let mut options = RestoreOptions::new().mailboxes(what.only.clone()).since(since).again(what.again);
    let mut mapped = HashSet::new();
    for pair in &what.map {
        let Some((from, to)) = pair.split_once('=').filter(|(from, to)| !from.is_empty() && !to.is_empty()) else {
            return Err(Failure::usage(format!("--map {pair:?} is not a pair of names"))
                .hint("write --map OLD=NEW, such as --map 'Sent Items=Sent'"));
        };
        // INBOX alone is the same in any case.
        let from = if from.eq_ignore_ascii_case("INBOX") { "INBOX" } else { from };
        if !mapped.insert(from) {
            return Err(Failure::usage(format!("--map gives {from:?} two names")).hint("give each mailbox one name"));
        }
        options = options.map(from, to);
    }
    if let Some(pause) = what.longest_pause {
        let pause = Duration::from_millis(pause);
        options = options.longest_pause(pause).settling(pause);
    }
    Ok(options)
}
