//! `imap copy` and `imap move`

use std::path::Path;

use imaplib::blocking::Session;
use imaplib::types::{CopyUid, UidSet};
use serde_json::json;

use crate::args::{Copy, Move};
use crate::error::{Exit, Result};
use crate::mailbox::resolve;
use crate::output::{self, Output};
use crate::verbs::frame::in_session;
use crate::verbs::transfer::Transfer;

pub(crate) fn copy(args: &Copy, config: Option<&Path>, out: &mut Output) -> Result<Exit> {
    let uids = resolve::uids(&args.at.uids)?;
    in_session(&args.at.access, config, |session| transfer(session, &args.at.mailbox, &uids, &args.target, false, out))
}

pub(crate) fn move_to(args: &Move, config: Option<&Path>, out: &mut Output) -> Result<Exit> {
    let uids = resolve::uids(&args.at.uids)?;
    in_session(&args.at.access, config, |session| transfer(session, &args.at.mailbox, &uids, &args.target, true, out))
}

fn transfer(
    session: &mut Session,
    from: &str,
    uids: &UidSet,
    target: &str,
    is_move: bool,
    out: &mut Output,
) -> Result<Exit> {
    // Told before anything is changed, with similar names.
    let target = resolve::find(session, target)?;
    let mut mailbox = if is_move { resolve::select(session, from)? } else { resolve::examine(session, from)? };
    let (uids, exit) = resolve::existing(&mut mailbox, uids, from)?;
    let transfer = Transfer { verb: if is_move { "move" } else { "copy" }, is_move };
    let done = transfer.run(&mut mailbox, &uids, &target)?;
    if out.is_json() {
        let pairs = done.copies.iter().flat_map(CopyUid::pairs).map(|(old, new)| json!([old.get(), new.get()]));
        out.object(&json!({
            "change": transfer.done(),
            "mailbox": from,
            "uids": done.uids.to_string(),
            "messages": done.uids.len(),
            "target": target.to_text(),
            "new_uids": pairs.collect::<Vec<_>>(),
        }))?;
    } else if out.is_terminal() {
        out.line(&format!("{} {} to {target}", output::count(done.uids.len(), "message"), transfer.done()))?;
    }
    Ok(exit.and(done.exit))
}
