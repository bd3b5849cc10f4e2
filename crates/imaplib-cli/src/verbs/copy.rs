//! `imap copy` and `imap move`

use std::path::Path;

use imaplib::blocking::Session;
use imaplib::types::{CopyUid, UidSet};
use serde_json::json;

use crate::args::{Copy, Move};
use crate::error::library::failure;
use crate::error::{Exit, Result};
use crate::mailbox::resolve;
use crate::output::{self, Output};
use crate::verbs::frame::in_session;

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
    let what = if is_move { "move" } else { "copy" };
    let copied = if is_move { mailbox.move_messages(&uids, &target) } else { mailbox.copy(&uids, &target) };
    let copied = copied.map_err(|error| failure(&error).context(what).of_change())?;
    if out.is_json() {
        let pairs: Vec<_> =
            copied.iter().flat_map(CopyUid::pairs).map(|(old, new)| json!([old.get(), new.get()])).collect();
        out.object(&json!({
            "change": if is_move { "moved" } else { "copied" },
            "mailbox": from,
            "uids": uids.to_string(),
            "messages": uids.len(),
            "target": target.to_text(),
            "new_uids": pairs,
        }))?;
    } else if out.is_terminal() {
        let done = if is_move { "moved" } else { "copied" };
        out.line(&format!("{} {done} to {target}", output::count(uids.len(), "message")))?;
    }
    Ok(exit)
}
