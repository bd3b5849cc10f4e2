//! `imap backup ACCOUNT DIR`: an account into a folder of Maildirs, and kept up to date.

mod errors;
mod interrupt;
mod report;

use std::collections::HashSet;
use std::error::Error;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use imaplib::blocking::Session;
use imaplib::types::{Listing, MailboxName};
use imaplib_archive::{Archive, ArchiveError, Options, Selection, Source, SourceError, pattern};
use serde_json::json;

pub(super) use self::errors::failure_of;
use self::errors::source_error;
use self::interrupt::Interrupt;
use self::report::Events;
use crate::account::connector::Connector;
use crate::account::logins::Logins;
use crate::args::Backup;
use crate::error::{Exit, Result};
use crate::mailbox::forms::{self, Forms};
use crate::output::diagnostics::Progress;
use crate::output::{self, Output};

pub(crate) fn run(args: &Backup, config: Option<&Path>, out: &mut Output) -> Result<Exit> {
    let interrupt = Interrupt::default();
    let connector = Connector::to(&args.access, config)?.ended_by(interrupt.cancel().flag());
    // The archive first: a full or foreign folder is reported before a password is asked for.
    let mut archive = open(args, &connector.account.identity())?;
    if !args.forget.is_empty() {
        return forget(&mut archive, &args.forget, out);
    }
    if args.forget_lost {
        return forget_lost(&mut archive, out);
    }
    let mut logins = Logins::new(&connector);
    let first = Some(logins.session()?);
    let mut connections = Connections { connector: &connector, logins, first };
    // Not before: at the prompt for the password the signals end the process as ever.
    interrupt.install()?;
    let progress = Progress::messages(0);
    let unmatched = Arc::<Mutex<Vec<String>>>::default();
    let options = options(args, &unmatched);
    let result = archive.backup(&mut connections, &options, &Events::new(&progress, args.quiet), interrupt.cancel());
    progress.finish();
    let report = match result {
        Err(ArchiveError::NothingSelected) => {
            output::note("no mailbox matches: `imap folders` lists them");
            return Ok(Exit::Unavailable);
        }
        Err(ArchiveError::Cancelled) => return Err(interrupt.failure()),
        result => result.map_err(|error| failure_of(&error))?,
    };
    let unmatched = std::mem::take(&mut *unmatched.lock().unwrap_or_else(PoisonError::into_inner));
    for pattern in &unmatched {
        output::note(&format!("{pattern}: the server lists no such mailbox; `imap folders` shows what it lists"));
    }
    let result = match (&report.ended_by, &report.not_believed) {
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
    };
    if !args.quiet || report.has_notable_changes() || !matches!(result, Ok(Exit::Ok)) {
        report::print(&report, out, archive.root())?;
    }
    result
}

fn open(args: &Backup, identity: &str) -> Result<Archive> {
    let archive = match (args.adopt, args.must_exist) {
        (true, _) => Archive::adopt(&args.dir, identity),
        (false, true) => Archive::open_existing(&args.dir, identity),
        (false, false) => Archive::open(&args.dir, identity),
    };
    let archive = archive.map_err(|error| failure_of(&error))?;
    if let Some(damage) = archive.log_damage() {
        output::note(&format!("the log: {damage}; what the database has is written to a new file of it"));
    }
    let (exposure, root) = (archive.exposure(), archive.root().display());
    if exposure.closed > 0 {
        output::note(&format!(
            "other users could look into {root}: now only you can (modes 700 and 600, {} changed)",
            exposure.closed
        ));
    }
    if let Some((path, error)) = &exposure.open {
        output::note(&format!("warning: others may be able to read {}: {error}", path.display()));
    }
    Ok(archive)
}

/// The mailboxes that are chosen, and the patterns that match none.
type Chosen = (HashSet<MailboxName>, Vec<String>);

/// The options of the run; patterns of mailboxes that match nothing are added to `unmatched`.
fn options(args: &Backup, unmatched: &Arc<Mutex<Vec<String>>>) -> Options {
    let options = Options::new().verify(args.verify).prune(args.mirror).keep_gone(args.keep_gone);
    let options = options.allow_mass_changes(args.allow_mass_changes);
    let options = match args.longest_pause {
        Some(pause) => options.longest_pause(Duration::from_millis(pause)),
        None => options,
    };
    if args.mailbox.is_empty() && args.exclude.is_empty() {
        return options;
    }
    let (included, excluded) = (args.mailbox.clone(), args.exclude.clone());
    let unmatched = Arc::clone(unmatched);
    options.selection(Selection::by(move |listed| {
        let ((wanted, missing), (unwanted, _)) = (chosen(&included, listed)?, chosen(&excluded, listed)?);
        *unmatched.lock().unwrap_or_else(PoisonError::into_inner) = missing;
        let is_chosen = |name: &MailboxName| (included.is_empty() || wanted.contains(name)) && !unwanted.contains(name);
        let names = listed.iter().map(|listing| &listing.name).filter(|name| is_chosen(name));
        Ok(names.cloned().collect())
    }))
}

/// The connections of a run: the first was made before, and after a lost one a token that may have expired is asked for again.
struct Connections<'a> {
    connector: &'a Connector,
    logins: Logins<'a>,
    first: Option<Session>,
}

impl Source for Connections<'_> {
    fn connect(&mut self) -> Result<Session, SourceError> {
        match self.first.take() {
            Some(session) => Ok(session),
            None => self.logins.session().map_err(|failure| source_error(failure, self.connector.has_token())),
        }
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

/// Which of the listed mailboxes the patterns match, and which patterns match none: a name without wildcards means one of
/// them, in any of its forms.
fn chosen(patterns: &[String], listed: &[Listing]) -> Result<Chosen, Box<dyn Error + Send + Sync>> {
    let (mut chosen, mut unmatched) = (HashSet::new(), Vec::new());
    let forms = Forms::of_all(listed.iter().map(|listing| &listing.name));
    for pattern in patterns {
        if !pattern.contains(['*', '%']) {
            match forms::resolve(pattern, listed)? {
                Some(listing) => drop(chosen.insert(listing.name.clone())),
                None => unmatched.push(pattern.clone()),
            }
            continue;
        }
        let matches = |name: &str, listing: &Listing| pattern::matches(pattern, name, listing.delimiter);
        let is_match = |listing: &&Listing| {
            matches(&listing.name.to_text(), listing) || matches(&forms.of(&listing.name), listing)
        };
        let mut all = listed.iter().filter(is_match).peekable();
        if all.peek().is_none() {
            unmatched.push(pattern.clone());
        }
        chosen.extend(all.map(|listing| listing.name.clone()));
    }
    Ok((chosen, unmatched))
}
