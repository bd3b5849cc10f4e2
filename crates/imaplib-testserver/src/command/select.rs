//! SELECT, EXAMINE, CHECK, CLOSE, UNSELECT (RFC 3501 sections 6.3.1, 6.3.2, 6.4.1, 6.4.2; RFC 3691; RFC 7162).

use imaplib_proto::types::Flag;

use super::qresync::Known;
use crate::completion::{Completion, Handled};
use crate::cursor::{Cursor, Syntax};
use crate::object_id;
use crate::response::Response;
use crate::session::Session;
use crate::store_error::StoreError;
use crate::view::View;

const SYSTEM_FLAGS: &str = "\\Answered \\Flagged \\Deleted \\Seen \\Draft";

pub(crate) fn select(session: &mut Session, args: &mut Cursor, read_only: bool) -> Handled {
    args.space()?;
    let name = args.mailbox()?;
    let mut condstore = false;
    let mut known = None;
    let with_modseq = session.settings.has_condstore();
    if args.eat(b' ') {
        let qresync = session.qresync_enabled();
        args.list(|cursor| match cursor.keyword()?.as_str() {
            "CONDSTORE" if with_modseq => {
                condstore = true;
                Ok(())
            }
            "QRESYNC" if qresync => {
                cursor.space()?;
                known = Some(Known::parse(cursor)?);
                Ok(())
            }
            "QRESYNC" => Err(Syntax::new("QRESYNC is not enabled")),
            other => Err(Syntax::new(format!("unknown parameter {other}"))),
        })?;
    }
    args.end()?;
    let user = session.logged_in()?;
    // A failed SELECT leaves no mailbox selected.
    if session.view.take().is_some() && with_modseq {
        session.say("* OK [CLOSED] the previous mailbox is closed");
    }
    let with_id = session.settings.has("OBJECTID");
    let (view, lines, changes) = session.store.with(&user, |account| {
        let mailbox = account.mailbox_mut(&name)?;
        let view = View::open(mailbox, read_only);
        let keywords: String = mailbox.keywords().iter().map(|keyword| format!(" {keyword}")).collect();
        let mut lines = vec![
            format!("* FLAGS ({SYSTEM_FLAGS}{keywords})"),
            if read_only {
                "* OK [PERMANENTFLAGS ()] read-only".to_owned()
            } else {
                format!("* OK [PERMANENTFLAGS ({SYSTEM_FLAGS}{keywords} \\*)] flags that are kept")
            },
            format!("* {} EXISTS", view.entries.len()),
            format!("* {} RECENT", view.recent()),
        ];
        if let Some(unseen) = mailbox.messages.iter().position(|message| !message.flags.contains(&Flag::Seen)) {
            lines.push(format!("* OK [UNSEEN {}] first unseen", unseen + 1));
        }
        lines.push(format!("* OK [UIDVALIDITY {}] UIDs are valid", mailbox.uid_validity));
        lines.push(format!("* OK [UIDNEXT {}] predicted next UID", mailbox.uid_next));
        if with_modseq {
            lines.push(format!("* OK [HIGHESTMODSEQ {}] highest", mailbox.modseq));
        }
        if with_id {
            lines.push(format!("* OK [MAILBOXID ({})] identifier", object_id::of_mailbox(mailbox)));
        }
        let changes = known.map(|known| known.changes(mailbox, &view)).unwrap_or_default();
        Ok::<_, StoreError>((view, lines, changes))
    })?;
    if condstore {
        session.enable_condstore();
    }
    session.view = Some(view);
    for line in lines {
        session.output.push(Response::line(&line));
    }
    for change in changes {
        session.output.push(change);
    }
    Completion::ok(if read_only { "[READ-ONLY] EXAMINE done" } else { "[READ-WRITE] SELECT done" })
}

pub(crate) fn check(session: &mut Session, args: &Cursor) -> Handled {
    args.end()?;
    session.with_selected(|_, _| Ok(()))?;
    Completion::ok("CHECK done")
}

pub(crate) fn close(session: &mut Session, args: &Cursor) -> Handled {
    args.end()?;
    session.with_selected(|mailbox, view| {
        if !view.read_only {
            mailbox.expunge(|message| message.flags.contains(&Flag::Deleted));
        }
        Ok(())
    })?;
    session.view = None;
    session.store.notify();
    Completion::ok("CLOSE done")
}

pub(crate) fn unselect(session: &mut Session, args: &Cursor) -> Handled {
    args.end()?;
    session.with_selected(|_, _| Ok(()))?;
    session.view = None;
    Completion::ok("UNSELECT done")
}
