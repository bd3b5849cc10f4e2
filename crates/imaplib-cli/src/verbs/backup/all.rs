//! `imap backup --all`: each account of the configuration file, several at a time, with one report and one exit code.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Mutex, PoisonError};
use std::thread;

use serde_json::json;

use super::account::{Outcome, bring_up_to_date};
use super::interrupt::Interrupt;
use super::metrics;
use super::report::Notes;
use super::setup::open;
use super::shared_archives;
use crate::account::Account;
use crate::account::connector::Connector;
use crate::args::Backup;
use crate::error::{Exit, Result};
use crate::output::diagnostics::{self, Progress};
use crate::output::{self, Output};

/// An account that is to be backed up.
type Chosen = (String, Result<Account>);

pub(super) fn run(args: &Backup, config: Option<&Path>, out: &mut Output) -> Result<Exit> {
    args.fleet.metrics.as_deref().map_or(Ok(()), metrics::check)?;
    let mut accounts = Account::with_archives(&args.access, config)?;
    // Those of other machines too: they may use the folder at the same time.
    shared_archives::refuse(&mut accounts);
    accounts.retain(|(name, _)| args.fleet.shard.is_none_or(|shard| shard.contains(name)));
    let names: Vec<String> = accounts.iter().map(|(name, _)| name.clone()).collect();
    let jobs = usize::from(args.fleet.jobs).min(accounts.len());
    let interrupt = Interrupt::default();
    interrupt.install()?;
    let progress = Progress::messages(0);
    let (sender, outcomes) = channel();
    let waiting = Mutex::new(accounts.into_iter());
    let mut tally = Tally::default();
    let printed = thread::scope(|scope| {
        for _ in 0..jobs {
            let (sender, waiting, interrupt, progress) = (sender.clone(), &waiting, &interrupt, &progress);
            scope.spawn(move || {
                while !interrupt.cancel().is_cancelled() {
                    let next = waiting.lock().unwrap_or_else(PoisonError::into_inner).next();
                    let Some(chosen) = next else { break };
                    let outcome = back_up(args, chosen, progress, interrupt);
                    if sender.send(outcome).is_err() {
                        break;
                    }
                }
            });
        }
        drop(sender);
        let printed = tally.receive(args, &outcomes, out);
        if printed.is_err() {
            // Nobody reads it any more; what has arrived is kept.
            interrupt.cancel().cancel();
        }
        printed
    });
    progress.finish();
    printed?;
    let is_done = |name: &String| tally.outcomes.iter().any(|outcome| outcome.account == *name);
    tally.not_begun = names.into_iter().filter(|name| !is_done(name)).collect();
    let not_begun = tally.not_begun.iter().map(|name| Outcome::of_failure(name, interrupt.failure()));
    tally.outcomes.extend(not_begun);
    tally.outcomes.sort_by(|one, other| one.account.cmp(&other.account));
    let written = match &args.fleet.metrics {
        Some(file) => metrics::write(file, &tally.outcomes),
        None => Ok(()),
    };
    tally.print(args, out)?;
    written?;
    let exit = tally.outcomes.iter().map(Outcome::exit).fold(Exit::Ok, Exit::worse);
    match exit {
        Exit::Interrupted | Exit::Terminated => Err(interrupt.failure()),
        exit => Ok(exit),
    }
}

/// Backs up one of the accounts; whatever goes wrong is its outcome.
fn back_up(args: &Backup, (name, account): Chosen, progress: &Progress, interrupt: &Interrupt) -> (Outcome, PathBuf) {
    let notes = Notes::new(progress.clone(), Some(&name));
    let begin = || -> Result<_> {
        let account = account?;
        let root = account.archive.clone().unwrap_or_default();
        let connector = Connector::new(account)?.ended_by(interrupt.cancel().flag());
        let archive = open(args, &root, &connector.account.identity(), &notes)?;
        Ok((archive, connector))
    };
    match begin() {
        Ok((mut archive, connector)) => {
            let outcome = bring_up_to_date(args, (&mut archive, &connector), &notes, interrupt, || Ok(()));
            (outcome, archive.root().to_owned())
        }
        Err(failure) => (Outcome::of_failure(&name, failure), PathBuf::new()),
    }
}

/// What has become of the accounts.
#[derive(Default)]
struct Tally {
    outcomes: Vec<Outcome>,
    /// Those that were not begun, because the run was interrupted.
    not_begun: Vec<String>,
}

impl Tally {
    /// Prints each outcome as it comes.
    fn receive(&mut self, args: &Backup, outcomes: &Receiver<(Outcome, PathBuf)>, out: &mut Output) -> Result<()> {
        for (outcome, root) in outcomes {
            outcome.print(args, &root, true, out)?;
            // Before what stands on standard error: both may go to one file.
            out.flush()?;
            if let Err(failure) = &outcome.result {
                diagnostics::report(&failure.clone().of_account(&outcome.account));
            }
            self.outcomes.push(outcome);
        }
        Ok(())
    }

    /// Prints what was done altogether.
    fn print(&self, args: &Backup, out: &mut Output) -> Result<()> {
        let is_failed = |outcome: &&Outcome| outcome.exit() != Exit::Ok && !self.not_begun.contains(&outcome.account);
        let failed: Vec<&str> = self.outcomes.iter().filter(is_failed).map(|of| of.account.as_str()).collect();
        let totals = || self.outcomes.iter().filter_map(|outcome| Some(outcome.report.as_ref()?.total()));
        let (new, bytes) = totals().fold((0, 0), |(new, bytes), total| (new + total.new, bytes + total.bytes));
        if out.is_json() {
            return out.object(&json!({
                "all": true,
                "accounts": self.outcomes.len(),
                "new": new,
                "bytes": bytes,
                "failed_accounts": failed,
                "not_begun": self.not_begun,
            }));
        }
        if args.quiet && failed.is_empty() && self.not_begun.is_empty() {
            return Ok(());
        }
        let mut line = format!("{}: {new} new", output::count(self.outcomes.len() as u64, "account"));
        if bytes > 0 {
            line += &format!(" ({})", output::size(bytes));
        }
        for (names, what) in
            [(&failed, "not complete"), (&self.not_begun.iter().map(String::as_str).collect(), "not begun")]
        {
            if !names.is_empty() {
                line += &format!("; {} {what}: {}", names.len(), names.join(", "));
            }
        }
        out.line(&line)
    }
}
