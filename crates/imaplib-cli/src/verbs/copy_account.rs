//! `imap copy ACCOUNT TO`: a whole account to another one.

use std::fs;
use std::path::{Path, PathBuf};

use imaplib_archive::CopyLedger;

use crate::account::connector::Connector;
use crate::account::logins::Logins;
use crate::args::Copy;
use crate::error::{Exit, Failure, Result};
use crate::output::Output;
use crate::verbs::backup::Connections;
use crate::verbs::backup::interrupt::Interrupt;
use crate::verbs::restore::{Transfer, of_ledger, options};

/// A longer name of a file is cut.
const LONGEST_NAME: usize = 100;

pub(super) fn run(args: &Copy, to: &str, config: Option<&Path>, out: &mut Output) -> Result<Exit> {
    let interrupt = Interrupt::default();
    let options = options(&args.what)?;
    let connect = |access: &_| Ok::<_, Failure>(Connector::to(access, config)?.ended_by(interrupt.cancel().flag()));
    let (from, to) = (connect(&args.access)?, connect(&args.to_access(to))?);
    let (from_account, to_account) = (from.account.identity(), to.account.identity());
    if from_account == to_account {
        return Err(Failure::usage(format!("{from_account} is copied to itself"))
            .hint("`imap copy ACCOUNT MAILBOX UIDS TARGET` copies messages within an account"));
    }
    let path = match &args.ledger {
        Some(path) => path.clone(),
        None => usual_ledger(&from_account, &to_account)?,
    };
    let ledger = CopyLedger::open(&path, &from_account, &to_account).map_err(|error| of_ledger(&path, &error))?;
    let (mut from_logins, mut to_logins) = (Logins::new(&from), Logins::new(&to));
    let (first, second) = (Some(from_logins.session()?), Some(to_logins.session()?));
    let mut source = Connections { connector: &from, logins: from_logins, first };
    let mut target = Connections { connector: &to, logins: to_logins, first: second };
    interrupt.install()?;
    let (counts, cancel) = (args.what.dry_run, interrupt.cancel());
    Transfer { what: &args.what, interrupt: &interrupt }
        .carry_out(out, |observer| ledger.plan(&mut source, &mut target, &options, counts, observer, cancel))
}

/// Where it is noted what was copied from one account to another. The folder is made.
fn usual_ledger(from: &str, to: &str) -> Result<PathBuf> {
    let absolute = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let state = absolute("XDG_STATE_HOME").or_else(|| Some(std::env::home_dir()?.join(".local").join("state")));
    let Some(state) = state else {
        return Err(Failure::config("there is no folder for the ledger").hint("name a file with --ledger"));
    };
    let folder = state.join("imap");
    fs::create_dir_all(&folder)
        .map_err(|error| Failure::file("make", &folder, &error).hint("name another place with --ledger"))?;
    Ok(folder.join(format!("copy-{}-to-{}.sqlite", plain(from), plain(to))))
}

/// A name as a part of a file's. That two accounts share one is noticed: the ledger has their names.
fn plain(name: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "@.-_+".contains(c);
    name.chars().map(|c| if is_plain(c) { c } else { '_' }).take(LONGEST_NAME).collect()
}
