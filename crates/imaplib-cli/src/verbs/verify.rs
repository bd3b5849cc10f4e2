//! `imap verify DIR`: an archive of `imap backup` against itself, without a server.

use imaplib_archive::{Archive, Cancel, FaultyFile, FileFault};
use serde_json::json;

use super::backup::failure_of;
use crate::args::Verify;
use crate::error::{Exit, Result};
use crate::output::{self, Output};

pub(crate) fn run(args: &Verify, out: &mut Output) -> Result<Exit> {
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
    if out.is_json() {
        out.object(&json!({
            "summary": true,
            "archive": archive.root().to_string_lossy(),
            "mailboxes": check.mailboxes,
            "messages": check.messages,
            "missing": check.missing,
            "changed": check.changed,
            "extra": check.extra,
            "without_sum": check.without_sum,
        }))?;
    } else {
        let counts = [
            (check.missing, "missing"),
            (check.changed, "changed"),
            (check.extra, "not of the archive"),
            (check.without_sum, "without a SHA-256"),
        ];
        let words: Vec<String> =
            counts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")).collect();
        let words = if words.is_empty() { "all are as they were stored".to_owned() } else { words.join(", ") };
        let mailboxes = if check.mailboxes == 1 { "1 mailbox" } else { &format!("{} mailboxes", check.mailboxes) };
        out.line(&format!("{} in {mailboxes}: {words}", output::count(check.messages, "message")))?;
    }
    Ok(Exit::partial_if(!check.is_whole()))
}

fn print(file: &FaultyFile, out: &mut Output) -> Result<()> {
    let fault = match file.fault {
        FileFault::Missing => "missing",
        FileFault::Changed => "changed",
        _ => "extra",
    };
    match out.is_json() {
        true => out.object(&json!({
            "mailbox": file.mailbox,
            "fault": fault,
            "file": file.path.to_string_lossy(),
            "uid": file.uid,
        })),
        false => out.line(&format!("{fault}: {}", file.path.display())),
    }
}
