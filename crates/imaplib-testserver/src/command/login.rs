//! LOGIN and AUTHENTICATE (RFC 3501 sections 6.2.2 and 6.2.3, RFC 4959 SASL-IR).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;

use crate::auth::{Exchange, Lookup, Step};
use crate::completion::{Completion, Handled};
use crate::cursor::Cursor;
use crate::session::{Mode, Session};

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
    match session.store.password(&user) {
        Some(known) if known.as_bytes() == password => Ok(welcome(session, user)),
        _ => Completion::no("[AUTHENTICATIONFAILED] invalid credentials"),
    }
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
            exchange.initial_response(&Lookup { store: &session.store, settings: &settings }, &response)
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
    let step = exchange.step(&Lookup { store: &session.store, settings: &settings }, &response);
    after_step(session, tag, exchange, step)
}

fn after_step(session: &mut Session, tag: Bytes, exchange: Exchange, step: Step) -> Completion {
    match step {
        Step::Challenge(challenge) => {
            session.say(&format!("+ {}", STANDARD.encode(challenge)));
            session.mode = Mode::Authenticate { tag, exchange };
            Completion::Pending
        }
        Step::Success(user) => welcome(session, user),
        Step::Failure(text) => Completion::No(text),
    }
}
