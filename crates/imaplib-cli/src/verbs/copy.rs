//! `imap copy` and `imap move` of messages within an account.

use std::path::Path;

use imaplib::Error;
use imaplib::blocking::{Mailbox, Session};
use imaplib::types::{Capability, CopyUid, MailboxName, Reported, UidSet};
use imaplib_archive::isolation::without;
use serde_json::json;

use crate::args::{Copy, Move};
use crate::error::library::failure;
use crate::error::{Exit, Failure, Result};
use crate::mailbox::resolve;
use crate::output::{self, Output};
use crate::verbs::copy_account;
use crate::verbs::frame::in_session;

/// What a removal that was broken off leaves: the next EXPUNGE of any client removes these messages.
pub(super) const MARKED: &str = "the messages may be marked as deleted, and go when any program next expunges the mailbox: \
    `imap flag ACCOUNT MAILBOX UIDS -Deleted` takes the mark away";

pub(crate) fn copy(args: &Copy, config: Option<&Path>, out: &mut Output) -> Result<Exit> {
    match args.words.as_slice() {
        [to] => copy_account::run(args, to, config, out),
        [mailbox, uids, target] => {
            args.refuse_options_of_accounts()?;
            let uids = resolve::uids(uids)?;
            in_session(&args.access, config, |session| transfer(session, mailbox, &uids, target, false, out))
        }
        _ => Err(Failure::usage("copy: three words behind the account are needed, or one")
            .hint("imap copy ACCOUNT MAILBOX UIDS TARGET")
            .also_hint("imap copy ACCOUNT TO copies a whole account to another one")),
    }
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

/// The messages that were copied or moved; the others were reported.
pub(super) struct Transferred {
    pub(super) uids: UidSet,
    /// Where they are now, if the server reports it.
    pub(super) copies: Option<CopyUid>,
    pub(super) exit: Exit,
}

/// How a verb transfers messages, and what it calls that.
pub(super) struct Transfer {
    /// The name of the verb.
    pub(super) verb: &'static str,
    pub(super) is_move: bool,
}

impl Transfer {
    /// What was done to the messages.
    pub(super) fn done(&self) -> &'static str {
        if self.is_move { "moved" } else { "copied" }
    }

    /// Copies or moves these messages.
    ///
    /// By RFC 4315, what COPYUID does not name was not copied. A server that sends none is believed, unless messages that it
    /// should have moved are still there.
    pub(super) fn run(&self, mailbox: &mut Mailbox<'_>, uids: &UidSet, target: &MailboxName) -> Result<Transferred> {
        let moves_in_one = self.is_move && mailbox.session().capabilities().supports(Capability::Move);
        let result = match self.is_move {
            true => mailbox.move_messages(uids, target).map(|moved| (moved.copied, moved.stayed)),
            false => mailbox.copy(uids, target).map(|copied| (copied, UidSet::new())),
        };
        let (copied, stayed) = match result {
            Ok((Reported::Value(copied), stayed)) => {
                (Some(copied.among(uids).ok_or_else(|| self.contradiction(target))?), stayed)
            }
            Ok((Reported::Nothing, stayed)) => (None, stayed),
            Ok((_, stayed)) => {
                let done = self.done();
                output::note(&format!("{}: the server's report of what it {done} (COPYUID) cannot be read", self.verb));
                (None, stayed)
            }
            Err(error) => (Some(self.before(&error, uids, target, moves_in_one)?), UidSet::new()),
        };
        let reported = copied.as_ref().map_or_else(|| uids.clone(), |copied| copied.source.to_set());
        let rest = without(uids, &reported);
        if !rest.is_empty() {
            let rest = output::some_messages_with(&rest);
            output::note(&format!("{}: the server does not report the {rest} as {}", self.verb, self.done()));
        }
        let stayed = stayed.intersection(&reported);
        if !stayed.is_empty() {
            let messages = output::some_messages_with(&stayed);
            let copies = if copied.is_some() { "copies are in" } else { "copies may be in" };
            output::note(&format!(
                "{}: the server reports success, and still has the {messages} here; {copies} {target}",
                self.verb
            ));
        }
        let exit = Exit::partial_if(!rest.is_empty() || !stayed.is_empty());
        Ok(Transferred { uids: without(&reported, &stayed), copies: copied, exit })
    }

    /// What MOVE did before it was refused; else the failure, with what had been done.
    fn before(&self, error: &Error, uids: &UidSet, target: &MailboxName, moves_in_one: bool) -> Result<CopyUid> {
        if error.partial_copy().is_some_and(|copied| !copied.is_consistent()) {
            let nothing = "nothing was removed from the mailbox";
            return Err(if moves_in_one {
                self.contradiction(target)
            } else {
                self.contradiction(target).also_hint(nothing)
            });
        }
        let failed = failure(error).context(self.verb).of_change();
        let before = error.partial_copy().and_then(|copied| copied.among(uids));
        let Some(before) = before.filter(|before| !before.source.is_empty()) else { return Err(failed) };
        let done = output::some_messages_with(&before.source.to_set());
        match (moves_in_one, error.is_command_level()) {
            (true, true) => {
                output::note(&failed.with_hints());
                Ok(before)
            }
            (true, false) => Err(failed.also_hint(&format!("before that, the server moved the {done} to {target}"))),
            (false, _) => {
                let failed = failed.also_hint(&format!("before that, the server copied the {done} to {target}"));
                Err(if self.is_move { failed.also_hint(MARKED) } else { failed })
            }
        }
    }

    fn contradiction(&self, target: &MailboxName) -> Failure {
        let text = format!("{}: the server's report of what it {} contradicts itself", self.verb, self.done());
        Failure::new(Exit::Protocol, text).hint(format!("look into {target} before you do it again"))
    }
}
