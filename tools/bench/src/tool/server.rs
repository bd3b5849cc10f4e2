//! The server that is backed up, and what it uses.

use std::collections::HashMap;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use realservers::Dovecot;

use super::mail::Kind;
use crate::child::{self, Run, this_program};
use crate::outcome::Outcome;

/// A Dovecot in which alice has the mail, and what was made; none if it is not installed.
///
/// The mail is made by another process: what this one has in memory would be counted as its children's.
pub(super) fn start(count: u64, kind: Kind) -> Outcome<Option<(Dovecot, Run)>> {
    let Some(server) = Dovecot::start()? else { return Ok(None) };
    let made = deliver(&server, 1, count, kind)?;
    Ok(Some((server, made)))
}

/// Adds so many messages for alice, numbered from `first` on.
pub(super) fn deliver(server: &Dovecot, first: u64, count: u64, kind: Kind) -> Outcome<Run> {
    let maildir = server.maildir("alice");
    let home = maildir.parent().ok_or("no home")?.to_path_buf();
    let mut command = this_program(&["mail"])?;
    command.arg(&maildir).args([first.to_string(), count.to_string(), kind.name().to_owned()]);
    let made = child::run(command, Duration::from_secs(600))?;
    if let Some(reason) = made.failure {
        return Err(reason.into());
    }
    // As the super-user we serve in the name of another.
    let _ = Command::new("chown").args(["-R", "mail:mail"]).arg(&home).stderr(std::process::Stdio::null()).status()?;
    Ok(made)
}

/// Processor seconds that this process's children named dovecot have used, with their own children.
pub(super) fn used() -> f64 {
    let mut parents: HashMap<u32, (u32, f64, bool)> = HashMap::new();
    for entry in std::fs::read_dir("/proc").into_iter().flatten().flatten() {
        let number = entry.file_name().to_str().and_then(|name| name.parse::<u32>().ok());
        let found = number.and_then(|number| Some((number, stat(&entry.path().join("stat"))?)));
        parents.extend(found);
    }
    let own = std::process::id();
    let of_server = |mut number: u32| {
        let mut through = false;
        while let Some((parent, _, named)) = parents.get(&number) {
            through |= *named && *parent == own;
            number = *parent;
        }
        through
    };
    parents.iter().filter(|(number, _)| of_server(**number)).map(|(_, (_, ticks, _))| ticks / 100.0).sum()
}

/// The parent, the ticks used by it and by its children that have ended, and whether its name is dovecot.
fn stat(path: &Path) -> Option<(u32, f64, bool)> {
    let text = std::fs::read_to_string(path).ok()?;
    let (head, rest) = text.rsplit_once(") ")?;
    let words: Vec<&str> = rest.split(' ').collect();
    let ticks = words.get(11..15)?.iter().filter_map(|word| word.parse::<f64>().ok()).sum();
    Some((words.get(1)?.parse().ok()?, ticks, head.ends_with("(dovecot")))
}
