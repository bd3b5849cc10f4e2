//! `imap backup ACCOUNT DIR`: an account into a folder of Maildirs, and kept up to date.

mod account;
mod all;
mod errors;
pub(super) mod interrupt;
mod metrics;
mod report;
mod setup;
mod shared_archives;

use std::path::Path;

use imaplib_archive::Archive;
use serde_json::json;

pub(super) use self::account::Connections;
use self::account::{Outcome, bring_up_to_date};
pub(crate) use self::errors::failure_of;
pub(super) use self::interrupt::Interrupt;
use self::report::Notes;
use self::setup::open;
use crate::account::connector::Connector;
use crate::args::Backup;
use crate::error::{Exit, Failure, Result};
use crate::output::diagnostics::Progress;
use crate::output::{self, Output};

pub(crate) fn run(args: &Backup, config: Option<&Path>, out: &mut Output) -> Result<Exit> {
    if args.fleet.all {
        return all::run(args, config, out);
    }
    args.fleet.metrics.as_deref().map_or(Ok(()), metrics::check)?;
    let interrupt = Interrupt::default();
    let connector = Connector::to(&args.access, config)?.ended_by(interrupt.cancel().flag());
    let label = &connector.account.label;
    let folder = args.dir.as_deref().or(connector.account.archive.as_deref());
    let folder = folder.ok_or_else(|| without_folder(label))?;
    let notes = Notes::new(Progress::messages(0), None);
    // The archive first: a full or foreign folder is reported before a password is asked for.
    let mut archive = match open(args, folder, &connector.account.identity(), &notes) {
        Ok(archive) => archive,
        Err(failure) => return end(args, Outcome::of_failure(label, failure)),
    };
    if !args.forget.is_empty() {
        return forget(&mut archive, &args.forget, out);
    }
    if args.forget_lost {
        return forget_lost(&mut archive, out);
    }
    // At the prompt for the password the signals end the process as ever.
    let begin = || interrupt.install();
    let outcome = bring_up_to_date(args, (&mut archive, &connector), &notes, &interrupt, begin);
    outcome.print(args, archive.root(), false, out)?;
    end(args, outcome)
}

/// The failure of a run of one account that has no folder.
fn without_folder(account: &str) -> Failure {
    Failure::usage(format!("{account}: no folder for the archive"))
        .hint("write it behind the account, or add `archive = \"FOLDER\"` to the account in the configuration file")
}

/// Writes the figures of a run, and returns what it ended with.
fn end(args: &Backup, outcome: Outcome) -> Result<Exit> {
    let written = match &args.fleet.metrics {
        Some(file) => metrics::write(file, std::slice::from_ref(&outcome)),
        None => Ok(()),
    };
    match (outcome.result, written) {
        (Ok(exit), Ok(())) => Ok(exit),
        (Ok(_), Err(failure)) => Err(failure),
        (Err(failure), Err(other)) => Err(failure.also_hint(other.message())),
        (Err(failure), Ok(())) => Err(failure),
    }
}

/// Forgets mailboxes of the archive.
fn forget(archive: &mut Archive, names: &[String], out: &mut Output) -> Result<Exit> {
    for name in names {
        let (folder, messages) = archive.forget(name).map_err(|error| failure_of(&error))?;
        let folder = folder.to_string_lossy();
        match out.is_json() {
            true => out.object(&json!({ "forgotten": name, "messages": messages, "folder": folder }))?,
            false => {
                let messages = output::count(messages, "message");
                out.line(&format!("{name}: forgotten; the files of its {messages} stay in {folder}"))?;
            }
        }
    }
    Ok(Exit::Ok)
}

/// Forgets the messages that were reported as lost.
fn forget_lost(archive: &mut Archive, out: &mut Output) -> Result<Exit> {
    let messages = archive.forget_lost().map_err(|error| failure_of(&error))?;
    match out.is_json() {
        true => out.object(&json!({ "forgotten_lost": messages }))?,
        false => out.line(&format!("{} forgotten", output::count(messages, "lost message")))?,
    }
    Ok(Exit::Ok)
}
