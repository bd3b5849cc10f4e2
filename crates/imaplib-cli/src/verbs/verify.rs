//! `imap verify DIR`: an archive of `imap backup` against itself, without a server.

use imaplib_archive::{Archive, Cancel, FaultyFile, FileFault};
use serde_json::json;

use super::backup::failure_of;
use crate::args::Verify;
use crate::error::{Exit, Result};
use crate::output::{self, Output};

pub(crate) fn run(args: &Verify, out: &mut Output) -> Result<Exit> {
    if args.repair {
        repair(args, out)?;
    }
    let archive = Archive::open_any(&args.dir).map_err(|error| failure_of(&error))?;
    let mut printed = Ok(());
    let cancel = Cancel::new();
    let check = archive.check(
        &mut |file| {
            if printed.is_ok() {
                printed = print(file, out);
            }
            // Nobody reads on.
            if printed.is_err() {
                cancel.cancel();
            }
        },
        &cancel,
    );
    printed?;
    let check = check.map_err(|error| failure_of(&error))?;
    for mailbox in &check.interrupted {
        output::note(&format!("{mailbox}: the last backup was interrupted; the next one adds what it left"));
    }
    if let Some(damage) = &check.log_damage {
        output::note(&format!("the log: {damage}; --repair continues it with all that the database has"));
    }
    if check.has_old_log_damage {
        output::note("the log was damaged before, and is whole from where it was continued");
    }
    let (batch, chain) = &check.seal;
    if out.is_json() {
        out.object(&json!({
            "summary": true,
            "archive": archive.root().to_string_lossy(),
            "mailboxes": check.mailboxes,
            "messages": check.messages,
            "missing": check.missing,
            "changed": check.changed,
            "extra": check.extra,
            "renamed": check.renamed,
            "bad_rows": check.bad_rows,
            "without_sum": check.without_sum,
            "log_damage": check.log_damage.as_ref().map(ToString::to_string),
            "seal": { "batch": batch, "chain": chain },
        }))?;
    } else {
        let counts = [
            (check.missing, "missing"),
            (check.changed, "changed"),
            (check.extra, "not of the archive"),
            (check.renamed, "with another name or place"),
            (check.bad_rows, "with a damaged row in the database"),
            (check.without_sum, "without a SHA-256"),
        ];
        let words: Vec<String> =
            counts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")).collect();
        let words = if words.is_empty() { "all are as they were stored".to_owned() } else { words.join(", ") };
        let mailboxes = if check.mailboxes == 1 { "1 mailbox" } else { &format!("{} mailboxes", check.mailboxes) };
        out.line(&format!("{} in {mailboxes}: {words}", output::count(check.messages, "message")))?;
        if args.seal {
            out.line(&format!("seal: {batch} {chain}"))?;
        }
    }
    Ok(Exit::partial_if(!check.is_whole()))
}

/// Repairs what can be repaired without a server, and prints what it was.
fn repair(args: &Verify, out: &mut Output) -> Result<()> {
    let mut archive = Archive::open_to_repair(&args.dir).map_err(|error| failure_of(&error))?;
    let repaired = archive.repair(&Cancel::new()).map_err(|error| failure_of(&error))?;
    if out.is_json() {
        return out.object(&json!({
            "repaired": true,
            "renamed": repaired.renamed,
            "found": repaired.found,
            "database": repaired.database,
            "log": repaired.log,
        }));
    }
    let done = [
        (repaired.database, "the database was made from the log".to_owned()),
        (repaired.log, "the log was continued with all that the database has".to_owned()),
        (repaired.renamed > 0, format!("{} had another name or place", output::count(repaired.renamed, "file"))),
        (repaired.found > 0, format!("{} found by contents", output::count(repaired.found, "file"))),
    ];
    done.iter().filter(|(is_done, _)| *is_done).try_for_each(|(_, what)| out.line(&format!("repaired: {what}")))
}

fn print(file: &FaultyFile, out: &mut Output) -> Result<()> {
    let fault = match file.fault {
        FileFault::Missing => "missing",
        FileFault::Changed => "changed",
        FileFault::Renamed => "renamed",
        FileFault::BadRow => "row",
        _ => "extra",
    };
    match out.is_json() {
        true => out.object(&json!({
            "mailbox": file.mailbox,
            "fault": fault,
            "file": file.path.to_string_lossy(),
            "uid": file.uid,
        })),
        false if file.fault == FileFault::BadRow => {
            let which = file.uid.map_or_else(|| "a message".to_owned(), |uid| format!("UID {uid}"));
            out.line(&format!(
                "damaged row in the database: {which} of {}; --repair makes it from the log",
                file.mailbox
            ))
        }
        false => out.line(&format!("{fault}: {}", file.path.display())),
    }
}
