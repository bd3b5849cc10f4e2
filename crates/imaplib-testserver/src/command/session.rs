//! Commands about the connection itself: CAPABILITY, LOGIN, AUTHENTICATE, STARTTLS, IDLE and the like.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;

use crate::auth::{Exchange, Site, Step};
use crate::completion::{Completion, Handled};
use crate::connection::{Connection, Mode};
use crate::cursor::Cursor;
use crate::response::Response;

pub(crate) fn capability(connection: &mut Connection, args: &Cursor) -> Handled {
    args.end()?;
    let line = format!("* CAPABILITY {}", connection.capabilities());
    connection.say(&line);
    Completion::ok("CAPABILITY done")
}

pub(crate) fn noop(args: &Cursor) -> Handled {
    args.end()?;
    Completion::ok("NOOP done")
}

pub(crate) fn logout(connection: &mut Connection, args: &Cursor) -> Handled {
    args.end()?;
    connection.view = None;
    connection.say("* BYE logging out");
    connection.closing = true;
    Completion::ok("LOGOUT done")
}

pub(crate) fn id(connection: &mut Connection, args: &mut Cursor) -> Handled {
    args.space()?;
    if !args.eat_word("NIL") {
        let mut index = 0;
        args.list(|cursor| {
            index += 1;
            if index % 2 == 1 { cursor.string().map(Some) } else { cursor.nstring() }
        })?;
    }
    args.end()?;
    connection.say(concat!("* ID (\"name\" \"imaplib-testserver\" \"version\" \"", env!("CARGO_PKG_VERSION"), "\")"));
    Completion::ok("ID done")
}

pub(crate) fn start_tls(connection: &mut Connection, args: &Cursor) -> Handled {
    args.end()?;
    if connection.user.is_some() {
        return Completion::bad("STARTTLS is possible before login only");
    }
    if !connection.can_start_tls() {
        return Completion::bad("TLS cannot be started on this connection");
    }
    connection.wants_tls = true;
    Completion::ok("begin TLS now")
}

pub(crate) fn compress(connection: &mut Connection, args: &mut Cursor) -> Handled {
    args.space()?;
    if !args.eat_word("DEFLATE") {
        return Completion::bad("DEFLATE is the only mechanism");
    }
    args.end()?;
    if connection.user.is_none() {
        return Completion::bad("COMPRESS is possible after login only");
    }
    match connection.compress() {
        true => Completion::ok("DEFLATE from here on"),
        false => Completion::no("[COMPRESSIONACTIVE] DEFLATE is active"),
    }
}

fn not_logged_in(connection: &Connection) -> Result<(), Completion> {
    if connection.user.is_some() { Completion::bad("already logged in") } else { Ok(()) }
}

fn welcome(connection: &mut Connection, user: String) -> Completion {
    connection.user = Some(user);
    Completion::Ok(format!("[CAPABILITY {}] logged in", connection.capabilities()))
}

pub(crate) fn login(connection: &mut Connection, args: &mut Cursor) -> Handled {
    args.space()?;
    let user = args.astring()?;
    args.space()?;
    let password = args.astring()?;
    args.end()?;
    not_logged_in(connection)?;
    if connection.login_disabled() {
        return Completion::no("[PRIVACYREQUIRED] LOGIN is disabled");
    }
    let user = String::from_utf8_lossy(&user).into_owned();
    match connection.store.password(&user) {
        Some(known) if known.as_bytes() == password => Ok(welcome(connection, user)),
        _ => Completion::no("[AUTHENTICATIONFAILED] invalid credentials"),
    }
}

pub(crate) fn authenticate(connection: &mut Connection, tag: &Bytes, args: &mut Cursor) -> Handled {
    args.space()?;
    let mechanism = args.keyword()?;
    let initial = if args.eat(b' ') {
        if !connection.settings.has("SASL-IR") {
            return Completion::bad("initial responses are not accepted");
        }
        Some(args.take_while(|byte| byte.is_ascii_graphic()))
    } else {
        None
    };
    args.end()?;
    not_logged_in(connection)?;
    let offered = connection.settings.has(&format!("AUTH={mechanism}"));
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
            let settings = connection.settings.clone();
            exchange.initial_response(&Site { store: &connection.store, settings: &settings }, &response)
        }
    };
    Ok(after_step(connection, tag.clone(), exchange, step))
}

/// Handles a line of the client during AUTHENTICATE.
pub(crate) fn authenticate_line(
    connection: &mut Connection,
    tag: Bytes,
    mut exchange: Exchange,
    line: &[u8],
) -> Completion {
    if line == b"*" {
        return Completion::Bad("AUTHENTICATE was cancelled".to_owned());
    }
    let Ok(response) = STANDARD.decode(line) else {
        return Completion::Bad("the response is not base64".to_owned());
    };
    let settings = connection.settings.clone();
    let step = exchange.step(&Site { store: &connection.store, settings: &settings }, &response);
    after_step(connection, tag, exchange, step)
}

fn after_step(connection: &mut Connection, tag: Bytes, exchange: Exchange, step: Step) -> Completion {
    match step {
        Step::Challenge(challenge) => {
            connection.say(&format!("+ {}", STANDARD.encode(challenge)));
            connection.mode = Mode::Authenticate { tag, exchange };
            Completion::Pending
        }
        Step::Success(user) => welcome(connection, user),
        Step::Failure(text) => Completion::No(text),
    }
}

/// The extensions that ENABLE can switch on (RFC 5161).
const ENABLEABLE: &[&str] = &["CONDSTORE"];

pub(crate) fn enable(connection: &mut Connection, args: &mut Cursor) -> Handled {
    let mut names = Vec::new();
    while args.eat(b' ') {
        names.push(args.keyword()?);
    }
    args.end()?;
    if names.is_empty() {
        return Completion::bad("ENABLE needs the name of a capability");
    }
    connection.logged_in()?;
    let mut response = Response::untagged();
    response.text("ENABLED");
    for name in names {
        if ENABLEABLE.contains(&name.as_str())
            && connection.settings.has(&name)
            && connection.enabled.insert(name.clone())
        {
            response.text(" ").text(&name);
        }
    }
    connection.send(response);
    Completion::ok("ENABLE done")
}

pub(crate) fn idle(connection: &mut Connection, tag: &Bytes, args: &Cursor) -> Handled {
    args.end()?;
    connection.logged_in()?;
    connection.mode = Mode::Idle { tag: tag.clone() };
    connection.say("+ idling");
    connection.sync(true, false);
    Ok(Completion::Pending)
}
