//! STORE (RFC 3501 section 6.4.6) with UNCHANGEDSINCE (RFC 7162).

use imaplib_proto::types::{Flags, SeqNum, SeqSet};

use crate::completion::{Completion, Handled};
use crate::cursor::{Cursor, Parsed, Syntax};
use crate::session::Session;
use crate::view::{MessageSet, Numbers, change_row};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Change {
    Replace,
    Add,
    Remove,
}

pub(crate) fn store(session: &mut Session, args: &mut Cursor, numbers: Numbers) -> Handled {
    args.space()?;
    let set = MessageSet::read(args, numbers, &session.settings)?;
    args.space()?;
    let unchanged_since = unchanged_since(args, session.settings.has_condstore())?;
    let (change, silent) = item(args)?;
    args.space()?;
    let flags = flags(args)?;
    args.end()?;
    if unchanged_since.is_some() {
        session.enable_condstore();
    }
    let with_modseq = session.condstore_enabled();

    let mut modified = SeqSet::new();
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
                let number =
                    if numbers == Numbers::Uid { Some(entry.uid.get()) } else { u32::try_from(place + 1).ok() };
                modified.extend(number.and_then(SeqNum::new));
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
                let with_uid = with_modseq || numbers == Numbers::Uid;
                responses.push(change_row(place, message, with_uid, with_modseq, (!silent).then_some(entry.recent)));
            }
        }
        Ok(responses)
    })?;
    session.store.notify();
    for response in responses {
        session.send(response);
    }
    // MODIFIED is sent in any case: a client cannot find out otherwise (RFC 7162 section 3.1.3).
    match (gone && numbers == Numbers::Sequence, modified.is_empty()) {
        (false, true) => Completion::ok("STORE done"),
        (false, false) => Completion::ok(format!("[MODIFIED {modified}] some messages had changed")),
        (true, true) => Completion::no("[EXPUNGEISSUED] some messages are gone"),
        (true, false) => Completion::no(format!("[MODIFIED {modified}] some messages are gone, others had changed")),
    }
}

fn unchanged_since(args: &mut Cursor, offered: bool) -> Parsed<Option<u64>> {
    if args.peek() != Some(b'(') {
        return Ok(None);
    }
    args.need(b'(')?;
    if !(offered && args.eat_word("UNCHANGEDSINCE ")) {
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
