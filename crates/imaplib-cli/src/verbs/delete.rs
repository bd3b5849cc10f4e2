//! `imap delete ACCOUNT MAILBOX UIDS`

use std::path::Path;

use imaplib::blocking::{Mailbox, Session};
use imaplib::command::{FlagChange, Search};
use imaplib::types::{Capability, Flag, MailboxAttribute, MailboxName, UidSet};
use serde_json::json;

use crate::args::Delete;
use crate::error::library::failure;
use crate::error::{Exit, Failure, Result};
use crate::mailbox::resolve;
use crate::output::{self, Output};
use crate::verbs::copy::{MARKED, Transfer};
use crate::verbs::frame::in_session;

/// What the Trash is called where the server does not say which mailbox it is.
const USUAL: [&str; 6] =
    ["Trash", "INBOX.Trash", "Deleted Items", "Deleted Messages", "[Gmail]/Trash", "[Google Mail]/Trash"];

pub(crate) fn run(args: &Delete, config: Option<&Path>, out: &mut Output) -> Result<Exit> {
    let uids = resolve::uids(&args.at.uids)?;
    in_session(&args.at.access, config, |session| {
        let trash = if args.expunge { None } else { Some(trash(session)?) };
        let can_expunge_uids = session.capabilities().supports(Capability::UidPlus);
        let from = resolve::find(session, &args.at.mailbox)?;
        if trash.as_ref() == Some(&from) {
            return Err(
                Failure::usage(format!("{from} is the Trash already")).hint("--expunge removes the messages for good")
            );
        }
        let mut mailbox = session.select(&from).map_err(|error| failure(&error).context(&args.at.mailbox))?;
        let (uids, exit) = resolve::existing(&mut mailbox, &uids, &args.at.mailbox)?;
        let (done, end) = match &trash {
            Some(trash) => {
                let done = Transfer { verb: "delete", is_move: true }.run(&mut mailbox, &uids, trash)?;
                (done.uids, done.exit)
            }
            None if can_expunge_uids => expunge(&mut mailbox, &uids)?,
            None => {
                return Err(Failure::new(
                    Exit::Unavailable,
                    "this server cannot remove single messages (it has no UIDPLUS)",
                )
                .hint(
                    "nothing was changed; `imap flag ACCOUNT MAILBOX UIDS +Deleted` marks them for the next expunge",
                ));
            }
        };
        if out.is_json() {
            let target = trash.as_ref().map(|trash| trash.to_text().into_owned());
            out.object(&json!({
                "change": if args.expunge { "expunged" } else { "moved" },
                "mailbox": args.at.mailbox,
                "uids": done.to_string(),
                "messages": done.len(),
                "target": target,
            }))?;
        } else if out.is_terminal() {
            let how = trash.map(|trash| format!("moved to {trash}")).unwrap_or_else(|| "removed".to_owned());
            out.line(&format!("{} {how}", output::count(done.len(), "message")))?;
        }
        Ok(exit.and(end))
    })
}

/// Removes messages for good; returns those that are gone. The others are reported.
fn expunge(mailbox: &mut Mailbox<'_>, uids: &UidSet) -> Result<(UidSet, Exit)> {
    let explain = |error: imaplib::Error| failure(&error).context("delete").of_change();
    mailbox.store(uids, FlagChange::add(Flag::Deleted).silent()).map_err(explain)?;
    mailbox.expunge_uids(uids).map_err(|error| explain(error).also_hint(MARKED))?;
    // How many have gone does not show which: others may have removed them meanwhile, or different ones.
    let mut left = UidSet::new();
    for set in uids.split(resolve::SET_BYTES) {
        let (found, _) = resolve::search(mailbox, Search::new().uids(set.clone()))?;
        found.intersection(&set).ranges().for_each(|(low, high)| left.insert_range(low, high));
    }
    if !left.is_empty() {
        output::note(&format!("delete: the server did not remove the {}", output::some_messages_with(&left)));
    }
    let gone = uids.iter().filter(|uid| !left.contains(*uid)).collect();
    Ok((gone, Exit::partial_if(!left.is_empty())))
}

/// The mailbox for deleted messages: by special use, else by its usual names.
fn trash(session: &mut Session) -> Result<MailboxName> {
    let listed = resolve::list(session)?;
    let by_use = listed.iter().find(|listing| listing.has(&MailboxAttribute::Trash) && listing.is_selectable());
    let usual = || {
        USUAL.iter().find_map(|name| {
            listed.iter().find(|listing| listing.is_selectable() && listing.name.to_text().eq_ignore_ascii_case(name))
        })
    };
    let found = by_use.or_else(usual).map(|listing| listing.name.clone());
    found.ok_or_else(|| {
        Failure::new(Exit::Unavailable, "the server does not say which mailbox is the Trash")
            .hint("`imap move ACCOUNT MAILBOX UIDS TARGET` moves them where you want, `imap delete --expunge` removes them for good")
    })
}
