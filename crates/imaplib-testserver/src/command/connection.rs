//! Commands about the connection itself: CAPABILITY, NOOP, LOGOUT, UNAUTHENTICATE, ID, STARTTLS, COMPRESS, ENABLE,
//! IDLE, NOTIFY (RFC 5465), LOGIN and AUTHENTICATE (RFC 3501 sections 6.2.2 and 6.2.3, RFC 4959 SASL-IR).

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;

use crate::auth::{Exchange, Lookup, Step};
use crate::cursor::Cursor;
use crate::notify::{Notify, Request};
use crate::response::{Completion, Handled, Response};
use crate::session::{Mode, Session};
use crate::settings::Settings;
use crate::store_error::StoreError;

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
    let version = env!("CARGO_PKG_VERSION");
    session.say(&format!("* ID (\"name\" \"{}\" \"version\" \"{version}\")", session.settings.name));
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
            "QRESYNC" | "OBJECTID+" => session.settings.has(&name),
            _ => false,
        };
        if offered && !session.enabled.contains(&name) {
            response.text(" ").text(&name);
            modseq |= name != "OBJECTID+";
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

fn not_logged_in(session: &Session) -> Result<(), Completion> {
    if session.user.is_some() { Completion::bad("already logged in") } else { Ok(()) }
}

fn welcome(session: &mut Session, user: String) -> Completion {
    session.user = Some(user);
    Completion::Ok(format!("[CAPABILITY {}] logged in", session.capabilities()))
}

pub(crate) fn login(session: &mut Session, args: &mut Cursor) -> Handled {
    args.space()?;
    let user = args.astring()?;
    args.space()?;
    let password = args.astring()?;
    args.end()?;
    not_logged_in(session)?;
    if session.login_disabled() {
        return Completion::no("[PRIVACYREQUIRED] LOGIN is disabled");
    }
    let user = String::from_utf8_lossy(&user).into_owned();
    if session.store.accepts(&user, &password) {
        return Ok(welcome(session, user));
    }
    session.count_failed_login();
    Completion::no("[AUTHENTICATIONFAILED] invalid credentials")
}

pub(crate) fn authenticate(session: &mut Session, tag: &Bytes, args: &mut Cursor) -> Handled {
    args.space()?;
    let mechanism = args.keyword()?;
    let initial = if args.eat(b' ') {
        if !session.settings.has("SASL-IR") {
            return Completion::bad("initial responses are not accepted");
        }
        Some(args.take_while(|byte| byte.is_ascii_graphic()))
    } else {
        None
    };
    args.end()?;
    not_logged_in(session)?;
    let offered = session.settings.has(&format!("AUTH={mechanism}"));
    let Some(mut exchange) = Exchange::new(&mechanism).filter(|_| offered) else {
        return Completion::no(format!("[CANNOT] mechanism {mechanism} is not offered"));
    };
    let step = match initial {
        None => Step::Challenge(exchange.first_challenge()),
        Some(encoded) => {
            let response = if encoded == "=" { Some(Vec::new()) } else { STANDARD.decode(&encoded).ok() };
            let Some(response) = response else {
                return Completion::bad("the initial response is not base64");
            };
            let settings = session.settings.clone();
            exchange.initial_response(&lookup(session, &settings), &response)
        }
    };
    Ok(after_step(session, tag.clone(), exchange, step))
}

/// Handles a line of the client during AUTHENTICATE.
pub(crate) fn authenticate_line(session: &mut Session, tag: Bytes, mut exchange: Exchange, line: &[u8]) -> Completion {
    if line == b"*" {
        return Completion::Bad("AUTHENTICATE was cancelled".to_owned());
    }
    let Ok(response) = STANDARD.decode(line) else {
        return Completion::Bad("the response is not base64".to_owned());
    };
    let settings = session.settings.clone();
    let step = exchange.step(&lookup(session, &settings), &response);
    after_step(session, tag, exchange, step)
}

fn lookup<'a>(session: &'a Session, settings: &'a Settings) -> Lookup<'a> {
    Lookup { store: &session.store, settings, channel_binding: session.channel_binding.as_deref() }
}

fn after_step(session: &mut Session, tag: Bytes, exchange: Exchange, step: Step) -> Completion {
    match step {
        Step::Challenge(challenge) => {
            session.say(&format!("+ {}", STANDARD.encode(challenge)));
            session.mode = Mode::Authenticate { tag, exchange };
            Completion::Pending
        }
        Step::Success(user) => welcome(session, user),
        Step::Failure(text) => {
            session.count_failed_login();
            Completion::No(text)
        }
    }
}

pub(crate) fn notify(session: &mut Session, args: &mut Cursor) -> Handled {
    args.space()?;
    let mut notify = Notify::new(Request::parse(args, &session.settings)?);
    let user = session.logged_in()?;
    // What has happened up to here is reported as before: NOTIFY is a NOOP, too.
    session.sync(true, false);
    let client = session.client();
    let states = session.store.with(&user, |account| Ok::<_, StoreError>(notify.start(account, client)))?;
    for state in states {
        session.send(state);
    }
    session.notify = Some(notify);
    Completion::ok("NOTIFY done")
}
