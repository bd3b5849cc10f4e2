//! Commands about the connection itself: CAPABILITY, NOOP, LOGOUT, UNAUTHENTICATE, ID, STARTTLS, COMPRESS, ENABLE, IDLE.

use std::collections::BTreeSet;

use bytes::Bytes;

use crate::completion::{Completion, Handled};
use crate::cursor::Cursor;
use crate::response::Response;
use crate::session::{Mode, Session};

pub(crate) fn capability(session: &mut Session, args: &Cursor) -> Handled {
    args.end()?;
    let line = format!("* CAPABILITY {}", session.capabilities());
    session.say(&line);
    Completion::ok("CAPABILITY done")
}

pub(crate) fn noop(args: &Cursor) -> Handled {
    args.end()?;
    Completion::ok("NOOP done")
}

pub(crate) fn logout(session: &mut Session, args: &Cursor) -> Handled {
    args.end()?;
    session.view = None;
    session.say("* BYE logging out");
    session.closing = true;
    Completion::ok("LOGOUT done")
}

/// Forgets everything but TLS (RFC 8437).
pub(crate) fn unauthenticate(session: &mut Session, args: &Cursor) -> Handled {
    args.end()?;
    session.logged_in()?;
    session.user = None;
    session.view = None;
    session.notify = None;
    session.enabled.clear();
    session.wants_compression = false;
    Completion::ok(format!("[CAPABILITY {}] UNAUTHENTICATE done", session.capabilities()))
}

pub(crate) fn id(session: &mut Session, args: &mut Cursor) -> Handled {
    args.space()?;
    if !args.eat_word("NIL") {
        let mut index = 0;
        args.list(|cursor| {
            index += 1;
            if index % 2 == 1 { cursor.string().map(Some) } else { cursor.nstring() }
        })?;
    }
    args.end()?;
    session.say(concat!("* ID (\"name\" \"imaplib-testserver\" \"version\" \"", env!("CARGO_PKG_VERSION"), "\")"));
    Completion::ok("ID done")
}

pub(crate) fn start_tls(session: &mut Session, args: &Cursor) -> Handled {
    args.end()?;
    if session.user.is_some() {
        return Completion::bad("STARTTLS is possible before login only");
    }
    if !session.can_start_tls() {
        return Completion::bad("TLS cannot be started on this connection");
    }
    session.wants_tls = true;
    Completion::ok("begin TLS now")
}

pub(crate) fn compress(session: &mut Session, args: &mut Cursor) -> Handled {
    args.space()?;
    if !args.eat_word("DEFLATE") {
        return Completion::bad("DEFLATE is the only mechanism");
    }
    args.end()?;
    if session.user.is_none() {
        return Completion::bad("COMPRESS is possible after login only");
    }
    if session.wants_compression {
        return Completion::no("[COMPRESSIONACTIVE] DEFLATE is active");
    }
    session.wants_compression = true;
    Completion::ok("DEFLATE from here on")
}

pub(crate) fn enable(session: &mut Session, args: &mut Cursor) -> Handled {
    let mut names = BTreeSet::new();
    while args.eat(b' ') {
        names.insert(args.keyword()?);
    }
    args.end()?;
    if names.is_empty() {
        return Completion::bad("ENABLE needs the name of a capability");
    }
    session.logged_in()?;
    let mut response = Response::untagged();
    response.text("ENABLED");
    let mut modseq = false;
    for name in names {
        let offered = match name.as_str() {
            "CONDSTORE" => session.settings.has_condstore(),
            "QRESYNC" => session.settings.has("QRESYNC"),
            _ => false,
        };
        if offered && !session.enabled.contains(&name) {
            response.text(" ").text(&name);
            modseq = true;
            if name != "CONDSTORE" {
                session.enabled.insert(name);
            }
        }
    }
    session.send(response);
    if modseq {
        session.enable_condstore();
    }
    Completion::ok("ENABLE done")
}

pub(crate) fn idle(session: &mut Session, tag: &Bytes, args: &Cursor) -> Handled {
    args.end()?;
    session.logged_in()?;
    session.mode = Mode::Idle { tag: tag.clone() };
    session.say("+ idling");
    session.sync(true, false);
    Ok(Completion::Pending)
}
