//! `imap archive`: what is done with an archive of `imap backup` alone, without a server.

use std::path::Path;

use imaplib_archive::Archive;
use serde_json::json;

use super::backup::failure_of;
use crate::args::{ArchiveArgs, ArchiveVerb};
use crate::error::{Exit, Result};
use crate::output::{self, Output};

pub(crate) fn run(args: &ArchiveArgs, out: &mut Output) -> Result<Exit> {
    match &args.verb {
        ArchiveVerb::Rebuild { dir } => rebuild(dir, out),
    }
}

fn rebuild(dir: &Path, out: &mut Output) -> Result<Exit> {
    let archive = Archive::rebuild(dir).map_err(|error| failure_of(&error))?;
    let mailboxes = archive.mailboxes().len() as u64;
    let messages = archive.count().map_err(|error| failure_of(&error))?;
    let damage = archive.log_damage();
    if let Some(damage) = damage {
        output::note(&format!("the log: {damage}; the next backup compares everything with the server"));
    }
    match out.is_json() {
        true => out.object(&json!({
            "rebuilt": archive.root().to_string_lossy(),
            "mailboxes": mailboxes,
            "messages": messages,
            "log_damage": damage.map(ToString::to_string),
        }))?,
        false => out.line(&format!(
            "the database is rebuilt from the log: {} in {}",
            output::count(messages, "message"),
            if mailboxes == 1 { "1 mailbox".to_owned() } else { format!("{mailboxes} mailboxes") },
        ))?,
    }
    Ok(Exit::partial_if(damage.is_some()))
}
