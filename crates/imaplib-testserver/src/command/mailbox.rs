//! CREATE, DELETE, RENAME, SUBSCRIBE, UNSUBSCRIBE (RFC 3501 sections 6.3.3 to 6.3.7), STATUS (section 6.3.10), LIST
//! with its extensions, LSUB, NAMESPACE (section 6.3.8, RFC 5258, RFC 5819, RFC 6154, RFC 8440, RFC 9590, RFC 2342).

use std::collections::BTreeSet;

use super::metadata;
use crate::account::Account;
use crate::cursor::{Cursor, Parsed, Syntax};
use crate::listing::{self, Item, attributes};
use crate::response::{Completion, Handled, Response};
use crate::session::Session;
use crate::settings::Settings;
use crate::store_error::StoreError;
use crate::{name, object_id};

/// The attributes that CREATE can give (RFC 6154).
const USES: &[&str] = &["\\All", "\\Archive", "\\Drafts", "\\Flagged", "\\Junk", "\\Sent", "\\Trash"];

pub(crate) fn create(session: &mut Session, args: &mut Cursor) -> Handled {
    args.space()?;
    let name = args.mailbox()?;
    let mut uses = Vec::new();
    if args.eat(b' ') {
        if !session.settings.has("CREATE-SPECIAL-USE") {
            return Completion::bad("CREATE takes no parameters here");
        }
        args.need(b'(')?;
        if !args.eat_word("USE ") {
            return Completion::bad("unknown parameter of CREATE");
        }
        uses = args.list(|cursor| {
            cursor.need(b'\\')?;
            let atom = cursor.atom()?;
            let known = USES
                .iter()
                .find(|known| known.as_bytes().get(1..).is_some_and(|name| name.eq_ignore_ascii_case(&atom)));
            known.map(|known| (*known).to_owned()).ok_or_else(|| Syntax::new("unknown special use"))
        })?;
        args.need(b')')?;
    }
    args.end()?;
    let user = session.logged_in()?;
    let compound = session.settings.has("OBJECTID+");
    let id = session.store.with(&user, |account| {
        account.create(&name)?;
        let mailbox = account.mailbox_mut(name.trim_end_matches(name::DELIMITER))?;
        mailbox.special_use = uses;
        Ok::<_, StoreError>(match compound {
            true => object_id::all_of_mailbox(mailbox),
            false => format!("MAILBOXID ({})", object_id::of_mailbox(mailbox)),
        })
    })?;
    session.store.notify();
    if compound || session.settings.has("OBJECTID") {
        return Completion::ok(format!("[{id}] CREATE done"));
    }
    Completion::ok("CREATE done")
}

pub(crate) fn delete(session: &mut Session, args: &mut Cursor) -> Handled {
    args.space()?;
    let name = args.mailbox()?;
    args.end()?;
    let user = session.logged_in()?;
    let id = session.store.with(&user, |account| {
        let id = account.mailboxes.get(&name).map(|mailbox| mailbox.id);
        account.delete(&name).map(|()| id)
    })?;
    if session.view.as_ref().map(|view| view.mailbox_id) == id {
        session.view = None;
    }
    session.store.notify();
    Completion::ok("DELETE done")
}

pub(crate) fn rename(session: &mut Session, args: &mut Cursor) -> Handled {
    args.space()?;
    let from = args.mailbox()?;
    args.space()?;
    let to = args.mailbox()?;
    args.end()?;
    let user = session.logged_in()?;
    session.store.with(&user, |account| account.rename(&from, &to))?;
    session.store.notify();
    Completion::ok("RENAME done")
}

pub(crate) fn subscribe(session: &mut Session, args: &mut Cursor, subscribed: bool) -> Handled {
    args.space()?;
    let name = args.mailbox()?;
    args.end()?;
    let user = session.logged_in()?;
    session.store.with(&user, |account| {
        if subscribed {
            account.subscribe(name)?;
        } else if !account.subscriptions.remove(&name) {
            return Completion::no("[NONEXISTENT] not subscribed");
        }
        Ok(())
    })?;
    session.store.notify();
    Completion::ok(if subscribed { "SUBSCRIBE done" } else { "UNSUBSCRIBE done" })
}

pub(crate) fn status(session: &mut Session, args: &mut Cursor) -> Handled {
    args.space()?;
    let name = args.mailbox()?;
    args.space()?;
    let items = listing::items(args, &session.settings)?;
    args.end()?;
    let user = session.logged_in()?;
    if items.contains(&Item::HighestModSeq) {
        session.enable_condstore();
    }
    let response = session.store.with(&user, |account| {
        account.measure(&name)?;
        Ok::<_, StoreError>(listing::response(&name, account.mailbox(&name)?, &items))
    })?;
    session.send(response);
    Completion::ok("STATUS done")
}

/// How long the patterns of LIST are together at most, in bytes: each is compared with each name.
const MAX_PATTERNS: usize = 4096;

/// What a user may do with the own mailboxes: everything (RFC 4314).
const RIGHTS: &str = "lrswipkxtecda";

#[derive(Debug, Default)]
struct Request {
    subscribed: bool,
    recursive: bool,
    special_use: bool,
    return_subscribed: bool,
    status: Vec<Item>,
    my_rights: bool,
    metadata: Option<metadata::Request>,
    patterns: Vec<String>,
}

pub(crate) fn namespace(session: &mut Session, args: &Cursor) -> Handled {
    args.end()?;
    session.logged_in()?;
    session.say("* NAMESPACE ((\"\" \"/\")) NIL NIL");
    Completion::ok("NAMESPACE done")
}

pub(crate) fn list(session: &mut Session, args: &mut Cursor) -> Handled {
    args.space()?;
    let request = parse(args, &session.settings)?;
    args.end()?;
    let user = session.logged_in()?;
    if request.status.contains(&Item::HighestModSeq) {
        session.enable_condstore();
    }
    if request.patterns.iter().any(String::is_empty) {
        session.say("* LIST (\\Noselect) \"/\" \"\"");
        return Completion::ok("LIST done");
    }
    let settings = session.settings.clone();
    if !request.status.is_empty() {
        session.store.with(&user, |account| {
            let wanted = |name: &&String| request.patterns.iter().any(|pattern| name::matches(pattern, name));
            let names: Vec<String> = account.mailboxes.keys().filter(wanted).cloned().collect();
            names.iter().try_for_each(|name| account.measure(name))
        })?;
    }
    let responses = session.store.with(&user, |account| Ok::<_, StoreError>(answer(account, &request, &settings)))?;
    for response in responses {
        session.send(response);
    }
    Completion::ok("LIST done")
}

fn parse(args: &mut Cursor, settings: &Settings) -> Parsed<Request> {
    let extended = settings.has("LIST-EXTENDED");
    let mut request = Request::default();
    if args.peek() == Some(b'(') && (extended || settings.has("SPECIAL-USE")) {
        args.list(|cursor| {
            match cursor.keyword()?.as_str() {
                "SUBSCRIBED" if extended => request.subscribed = true,
                "RECURSIVEMATCH" if extended => request.recursive = true,
                "REMOTE" if extended => {}
                "SPECIAL-USE" if settings.has("SPECIAL-USE") => request.special_use = true,
                other => return Err(Syntax::new(format!("unknown selection option {other}"))),
            }
            Ok(())
        })?;
        if request.recursive && !request.subscribed && !request.special_use {
            return Err(Syntax::new("RECURSIVEMATCH cannot stand alone"));
        }
        args.space()?;
    }
    let reference = args.mailbox_or_empty()?;
    args.space()?;
    let mut room = MAX_PATTERNS;
    let mut pattern = |cursor: &mut Cursor| {
        let wire = cursor.list_mailbox()?;
        let text = name::decode(&wire).ok_or_else(|| Syntax::new("pattern is not in modified UTF-7"))?;
        room = room
            .checked_sub(text.len() + reference.len() + 1)
            .ok_or_else(|| Syntax::new("the patterns are too long"))?;
        Ok(if text.is_empty() { text } else { format!("{reference}{text}") })
    };
    request.patterns =
        if args.peek() == Some(b'(') && extended { args.list(&mut pattern)? } else { vec![pattern(args)?] };
    if args.eat_word(" RETURN ") {
        args.list(|cursor| {
            match cursor.keyword()?.as_str() {
                "SUBSCRIBED" if extended => request.return_subscribed = true,
                "CHILDREN" if extended => {}
                "SPECIAL-USE" if settings.has("SPECIAL-USE") => {}
                "MYRIGHTS" if settings.has("LIST-MYRIGHTS") => request.my_rights = true,
                "METADATA" if settings.has("LIST-METADATA") => {
                    cursor.space()?;
                    request.metadata = Some(metadata::Request::of(metadata::entries(cursor)?));
                }
                "STATUS" if settings.has("LIST-STATUS") => {
                    cursor.space()?;
                    request.status = listing::items(cursor, settings)?;
                }
                other => return Err(Syntax::new(format!("unknown return option {other}"))),
            }
            Ok(())
        })?;
    }
    Ok(request)
}

fn answer(account: &Account, request: &Request, settings: &Settings) -> Vec<Response> {
    let matched = |name: &str| request.patterns.iter().any(|pattern| name::matches(pattern, name));
    let mut names: BTreeSet<&str> = account.mailboxes.keys().map(String::as_str).collect();
    if request.subscribed {
        names.extend(account.subscriptions.iter().map(String::as_str));
    }
    let selected = |name: &str| {
        let special = account.mailboxes.get(name).is_some_and(|mailbox| !mailbox.special_use.is_empty());
        (!request.subscribed || account.subscriptions.contains(name)) && (!request.special_use || special)
    };
    let mut responses = Vec::new();
    for &name in names.iter().filter(|name| matched(name)) {
        let chosen = selected(name);
        let holds_chosen = request.recursive
            && names.iter().any(|below| name::is_below(below, name) && selected(below) && !matched(below));
        if !chosen && !holds_chosen {
            continue;
        }
        let mut response = Response::untagged();
        response
            .text("LIST (")
            .text(&attributes(account, name, request.subscribed || request.return_subscribed, settings).join(" "));
        response.text(") \"/\" ").mailbox(name);
        if holds_chosen && request.subscribed {
            response.text(" (CHILDINFO (\"SUBSCRIBED\"))");
        }
        responses.push(response);
        if let (false, Ok(mailbox)) = (request.status.is_empty(), account.mailbox(name)) {
            responses.push(listing::response(name, mailbox, &request.status));
        }
        if let (true, Ok(mailbox)) = (chosen, account.mailbox(name)) {
            if request.my_rights {
                let mut response = Response::untagged();
                response.text("MYRIGHTS ").mailbox(name).text(" ").text(RIGHTS);
                responses.push(response);
            }
            let metadata = request.metadata.as_ref();
            responses.extend(metadata.and_then(|metadata| metadata.response(name, &mailbox.annotations).0));
        }
    }
    responses
}

pub(crate) fn lsub(session: &mut Session, args: &mut Cursor) -> Handled {
    args.space()?;
    let reference = args.mailbox_or_empty()?;
    args.space()?;
    let wire = args.list_mailbox()?;
    args.end()?;
    let Some(pattern) = name::decode(&wire) else {
        return Completion::bad("pattern is not in modified UTF-7");
    };
    let pattern = format!("{reference}{pattern}");
    if pattern.len() > MAX_PATTERNS {
        return Completion::bad("the pattern is too long");
    }
    let user = session.logged_in()?;
    let lines = session.store.with(&user, |account| {
        let mut lines: BTreeSet<(String, bool)> = BTreeSet::new();
        for subscribed in &account.subscriptions {
            if name::matches(&pattern, subscribed) {
                lines.insert((subscribed.clone(), true));
            } else if pattern.ends_with('%') {
                // A level above a subscribed name is shown, though it is not subscribed itself.
                let above = name::ancestors(subscribed)
                    .find(|above| name::matches(&pattern, above) && !account.subscriptions.contains(*above));
                lines.extend(above.map(|above| (above.to_owned(), false)));
            }
        }
        Ok::<_, StoreError>(lines)
    })?;
    for (name, subscribed) in lines {
        let mut response = Response::untagged();
        response.text(if subscribed { "LSUB () \"/\" " } else { "LSUB (\\Noselect) \"/\" " }).mailbox(&name);
        session.send(response);
    }
    Completion::ok("LSUB done")
}
