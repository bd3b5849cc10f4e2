//! SELECT, EXAMINE, CHECK, CLOSE, UNSELECT (RFC 3501 sections 6.3.1, 6.3.2, 6.4.1, 6.4.2; RFC 3691).

use imaplib_proto::types::Flag;

use crate::completion::{Completion, Handled};
use crate::connection::Connection;
use crate::cursor::{Cursor, Syntax};
use crate::response::Response;
use crate::store::StoreError;
use crate::view::View;

const SYSTEM_FLAGS: &str = "\\Answered \\Flagged \\Deleted \\Seen \\Draft";

pub(crate) fn select(connection: &mut Connection, args: &mut Cursor, read_only: bool) -> Handled {
    args.space()?;
    let name = args.mailbox()?;
    let mut condstore = false;
    if args.eat(b' ') {
        let offered = connection.settings.has("CONDSTORE");
        args.list(|cursor| match cursor.keyword()?.as_str() {
            "CONDSTORE" if offered => {
                condstore = true;
                Ok(())
            }
            other => Err(Syntax::new(format!("unknown parameter {other}"))),
        })?;
    }
    args.end()?;
    let user = connection.logged_in()?;
    // A failed SELECT leaves no mailbox selected.
    connection.view = None;
    let with_modseq = connection.settings.has("CONDSTORE");
    let (view, lines) = connection.store.with(&user, |account| {
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
        Ok::<_, StoreError>((view, lines))
    })?;
    if condstore {
        connection.enabled.insert("CONDSTORE".to_owned());
    }
    connection.view = Some(view);
    for line in lines {
        connection.output.push(Response::line(&line));
    }
    Completion::ok(if read_only { "[READ-ONLY] EXAMINE done" } else { "[READ-WRITE] SELECT done" })
}

pub(crate) fn check(connection: &mut Connection, args: &Cursor) -> Handled {
    args.end()?;
    connection.with_selected(|_, _| Ok(()))?;
    Completion::ok("CHECK done")
}

pub(crate) fn close(connection: &mut Connection, args: &Cursor) -> Handled {
    args.end()?;
    connection.with_selected(|mailbox, view| {
        if !view.read_only {
            mailbox.expunge(|message| message.flags.contains(&Flag::Deleted));
        }
        Ok(())
    })?;
    connection.view = None;
    connection.store.notify();
    Completion::ok("CLOSE done")
}

pub(crate) fn unselect(connection: &mut Connection, args: &Cursor) -> Handled {
    args.end()?;
    connection.with_selected(|_, _| Ok(()))?;
    connection.view = None;
    Completion::ok("UNSELECT done")
}
