//! `imap append ACCOUNT MAILBOX PATH…`: messages from files, mbox files, Maildirs and folders.

mod content;
mod limit;
mod look;
mod maildir;
mod mbox;
mod send;
mod source;

use std::path::Path;

use imaplib::types::Flags;

use self::limit::{Limit, server_limit};
use self::send::{Sending, Target};
use self::source::collect;
use crate::account::connector::Connector;
use crate::account::logins::Logins;
use crate::args::Append;
use crate::args::values;
use crate::error::{Exit, Result};
use crate::mailbox::resolve;
use crate::output::{self, Output, diagnostics};
use crate::verbs::flag::flag;

pub(crate) fn run(args: &Append, config: Option<&Path>, out: &mut Output) -> Result<Exit> {
    let flags: Flags = args.flag.iter().map(|name| flag(name.trim_start_matches('+'))).collect::<Result<_>>()?;
    let date = args.date.as_ref().map(|date| values::date_time("--date", date)).transpose()?;
    let own = values::size("--max-size", &args.max_size)?;
    let connector = Connector::to(&args.at.access, config)?;
    let found = collect(&args.files, args.recursive, Limit { own, server: None });
    let mut failures = found.failures;
    if let (1, true, true) = (failures.len(), found.items.is_empty(), args.files.len() == 1)
        && let Some(failure) = failures.pop()
    {
        return Err(failure);
    }
    failures.iter().for_each(diagnostics::report);
    if found.items.is_empty() {
        return Ok(Exit::partial_if(!failures.is_empty()));
    }
    let mut logins = Logins::new(&connector);
    let mut session = logins.session()?;
    let mailbox = resolve::find(&mut session, &args.at.mailbox)?;
    let limit = Limit { own, server: server_limit(&mut session, &mailbox)? };
    let target = Target { mailbox, limit, flags, date };
    let failed = Sending::new(&found.items, &target, out).run(session, &mut logins)?;
    if failed > 0 && found.items.len() > 1 {
        let all = output::count(found.items.len() as u64, "message");
        output::note(&format!("not appended, or not known to be: {failed} of {all}"));
    }
    Ok(Exit::partial_if(failed > 0 || !failures.is_empty()))
}
