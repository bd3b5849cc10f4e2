//! STORE (RFC 3501 section 6.4.6) with UNCHANGEDSINCE (RFC 7162).

use imaplib_proto::types::Flags;

use crate::completion::{Completion, Handled};
use crate::cursor::{Cursor, Parsed, Syntax};
use crate::response::Response;
use crate::session::Session;
use crate::view::{MessageSet, Numbers, write_flags};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Change {
    Replace,
    Add,
    Remove,
}

pub(crate) fn store(session: &mut Session, args: &mut Cursor, numbers: Numbers) -> Handled {
    args.space()?;
    let set = MessageSet::parse(&args.set_text()?, numbers)?;
    args.space()?;
    let unchanged_since = unchanged_since(args, session.settings.has("CONDSTORE"))?;
    let (change, silent) = item(args)?;
    args.space()?;
    let flags = flags(args)?;
    args.end()?;
    if unchanged_since.is_some() {
        session.enabled.insert("CONDSTORE".to_owned());
    }
    let with_modseq = session.enabled.contains("CONDSTORE");

    let mut modified = Vec::new();
    let mut gone = false;
    let responses = session.with_selected(|mailbox, view| {
        let places = view.resolve(&set)?;
        if view.read_only {
            return Completion::no("[READ-ONLY] the mailbox is read-only");
        }
        let mut responses = Vec::new();
        for place in places {
            let Some(entry) = view.entries.get_mut(place) else { continue };
            let Some(message) = mailbox.message(entry.uid) else {
                gone = true;
                continue;
            };
            if unchanged_since.is_some_and(|limit| message.modseq > limit) {
                modified.push(if numbers == Numbers::Uid { entry.uid.to_string() } else { (place + 1).to_string() });
                continue;
            }
            let mut new = message.flags.clone();
            match change {
                Change::Replace => new = flags.clone(),
                Change::Add => new.extend(flags.iter()),
                Change::Remove => flags.iter().for_each(|flag| {
                    new.remove(&flag);
                }),
            }
            let before = message.modseq;
            let Some(message) = mailbox.set_flags(entry.uid, new) else { continue };
            // A silent change hides only itself: what another session changed before is still to be told.
            if !silent || entry.modseq == before {
                entry.modseq = message.modseq;
            }
            if !silent || with_modseq {
                let mut response = Response::untagged();
                response.text(&format!("{} FETCH (", place + 1));
                if numbers == Numbers::Uid {
                    response.text(&format!("UID {} ", entry.uid));
                }
                if with_modseq {
                    response.text(&format!("MODSEQ ({})", message.modseq));
                }
                if !silent {
                    response.text(if with_modseq { " " } else { "" });
                    write_flags(&mut response, message, entry.recent);
                }
                response.text(")");
                responses.push(response);
            }
        }
        Ok(responses)
    })?;
    session.store.notify();
    for response in responses {
        session.send(response);
    }
    if gone && numbers == Numbers::Sequence {
        return Completion::no("[EXPUNGEISSUED] some messages are gone");
    }
    if !modified.is_empty() {
        return Completion::ok(format!("[MODIFIED {}] some messages had changed", modified.join(",")));
    }
    Completion::ok("STORE done")
}

fn unchanged_since(args: &mut Cursor, offered: bool) -> Parsed<Option<u64>> {
    if args.peek() != Some(b'(') {
        return Ok(None);
    }
    args.need(b'(')?;
    if !offered || !args.eat_word("UNCHANGEDSINCE ") {
        return Err(Syntax::new("unknown modifier of STORE"));
    }
    let limit = args.number()?;
    args.need(b')')?;
    args.space()?;
    Ok(Some(limit))
}

fn item(args: &mut Cursor) -> Parsed<(Change, bool)> {
    let change = if args.eat(b'+') {
        Change::Add
    } else if args.eat(b'-') {
        Change::Remove
    } else {
        Change::Replace
    };
    match args.keyword()?.as_str() {
        "FLAGS" => Ok((change, false)),
        "FLAGS.SILENT" => Ok((change, true)),
        other => Err(Syntax::new(format!("unknown item {other}"))),
    }
}

fn flags(args: &mut Cursor) -> Parsed<Flags> {
    if args.peek() == Some(b'(') {
        return args.flag_list();
    }
    let mut flags = Flags::from(args.flag()?);
    while args.eat(b' ') {
        flags.insert(args.flag()?);
    }
    Ok(flags)
}
