//! APPEND (RFC 3501 section 6.3.11, RFC 3502 MULTIAPPEND, RFC 4315 APPENDUID, RFC 3516 literal8), COPY and MOVE (RFC
//! 3501 section 6.4.7, RFC 6851, RFC 4315 COPYUID), STORE (RFC 3501 section 6.4.6) with UNCHANGEDSINCE (RFC 7162),
//! EXPUNGE and UID EXPUNGE (RFC 3501 section 6.4.3, RFC 4315).

use bytes::Bytes;
use imaplib_proto::types::{DateTime, Flag, Flags, SeqNum, SeqSet, Uid, UidSet};

use crate::annotations::Usage;
use crate::clock;
use crate::content::Content;
use crate::cursor::{Cursor, Parsed, Syntax};
use crate::mailbox::{Draft, Message};
use crate::response::{Completion, Handled, try_create};
use crate::session::Session;
use crate::store_error::StoreError;
use crate::view::{MessageSet, Numbers, change_row};

pub(crate) fn append(session: &mut Session, args: &mut Cursor) -> Handled {
    args.space()?;
    let name = args.mailbox()?;
    let mut drafts = Vec::new();
    while args.eat(b' ') {
        drafts.push(message(args, session.settings.has("BINARY"))?);
    }
    args.end()?;
    let user = session.logged_in()?;
    match drafts.len() {
        0 => return Completion::bad("APPEND needs a message"),
        1 => {}
        _ if session.settings.has("MULTIAPPEND") => {}
        _ => return Completion::bad("one message at a time"),
    }
    if drafts.iter().any(|draft| draft.content.is_empty()) {
        return Completion::no("APPEND was cancelled by an empty message");
    }
    let (uid_validity, uids) = session.store.with(&user, |account| {
        account.mailbox(&name).map_err(try_create)?;
        account.check_quota(Usage::sum(drafts.iter().map(|draft| draft.content.len())))?;
        let mailbox = account.mailbox_mut(&name).map_err(try_create)?;
        let uids: Option<UidSet> = drafts.into_iter().map(|draft| mailbox.append(draft)).collect();
        match uids {
            Some(uids) => Ok((mailbox.uid_validity, uids)),
            None => Completion::no("[OVERQUOTA] the mailbox has no UIDs left"),
        }
    })?;
    session.store.notify();
    if session.settings.has("UIDPLUS") {
        Completion::ok(format!("[APPENDUID {uid_validity} {uids}] APPEND done"))
    } else {
        Completion::ok("APPEND done")
    }
}

/// Whether a literal is a message that is larger than APPEND accepts (RFC 7889).
pub(crate) fn exceeds_limit(session: &Session, partial: &Bytes, size: u64) -> bool {
    let mut cursor = Cursor::new(partial.clone());
    let command = cursor.tag().and_then(|_| cursor.space()).and_then(|()| cursor.keyword());
    command.is_ok_and(|command| command == "APPEND")
        && session.settings.append_limit().is_some_and(|limit| size > limit)
}

/// Refuses an APPEND before its literal is sent, so that the client need not send it in vain.
pub(crate) fn refuse_early(session: &Session, partial: &Bytes) -> Option<Completion> {
    let mut cursor = Cursor::new(partial.clone());
    cursor.tag().ok()?;
    cursor.space().ok()?;
    if cursor.keyword().ok()? != "APPEND" {
        return None;
    }
    let user = match session.logged_in() {
        Ok(user) => user,
        Err(refusal) => return Some(refusal),
    };
    if session.settings.is_read_only {
        return Some(Completion::No("[NOPERM] nothing can be changed here".to_owned()));
    }
    cursor.space().ok()?;
    let name = cursor.mailbox().ok()?;
    session.store.with(&user, |account| account.mailbox(&name).map(|_| ()).map_err(try_create)).err()
}

fn message(args: &mut Cursor, binary: bool) -> Parsed<Draft> {
    let mut flags = Flags::new();
    if args.peek() == Some(b'(') {
        flags = args.flag_list()?;
        args.space()?;
    }
    let mut date = None;
    if args.peek() == Some(b'"') {
        date = Some(date_time(&args.string()?)?);
        args.space()?;
    }
    let literal8 = args.eat(b'~');
    if literal8 && !binary {
        return Err(Syntax::new("literal8 is not accepted"));
    }
    let data = args.literal()?;
    if !literal8 && data.contains(&0) {
        return Err(Syntax::new("NUL in a message"));
    }
    let date = match date {
        Some(date) => date,
        None => clock::now().ok_or_else(|| Syntax::new("the clock is wrong"))?,
    };
    Ok(Draft { flags, date, content: Content::memory(data) })
}

/// Reads `dd-Mon-yyyy hh:mm:ss +zzzz`; nothing else is a date here.
fn date_time(text: &[u8]) -> Parsed<DateTime> {
    let text = String::from_utf8_lossy(text);
    let date: DateTime = text.parse().map_err(|_| Syntax::new("not a valid date-time"))?;
    let canonical = date.to_string();
    let padded = text.strip_prefix('0').map(|rest| format!(" {rest}"));
    if canonical.eq_ignore_ascii_case(padded.as_deref().unwrap_or(&text)) {
        Ok(date)
    } else {
        Err(Syntax::new("the date-time is not in its strict form"))
    }
}

pub(crate) fn copy(session: &mut Session, args: &mut Cursor, numbers: Numbers) -> Handled {
    let copied = transfer(session, args, numbers, false)?;
    Completion::ok(match copied.filter(|_| session.settings.has("UIDPLUS")) {
        Some(code) => format!("[{code}] COPY done"),
        None => "COPY done".to_owned(),
    })
}

pub(crate) fn move_(session: &mut Session, args: &mut Cursor, numbers: Numbers) -> Handled {
    let code = transfer(session, args, numbers, true)?;
    if let Some(code) = code.as_ref().filter(|_| session.settings.has("UIDPLUS")) {
        // The code comes before the EXPUNGE responses, so that clients know where the messages went.
        session.say(&format!("* OK [{code}] moved"));
    }
    Ok(session.after_expunge(code.is_some(), numbers == Numbers::Uid, "MOVE done"))
}

/// Copies messages, removes them from their mailbox if they are moved, and returns their COPYUID code, if there are any.
fn transfer(
    session: &mut Session,
    args: &mut Cursor,
    numbers: Numbers,
    remove: bool,
) -> Result<Option<String>, Completion> {
    args.space()?;
    let set = MessageSet::read(args, numbers, &session.settings)?;
    args.space()?;
    let target = args.mailbox()?;
    args.end()?;
    let chosen: Vec<Uid> = session.with_selected(|_, view| {
        if remove && view.read_only {
            return Completion::no("[READ-ONLY] the mailbox is read-only");
        }
        let places = view.resolve(&set)?;
        Ok(places.into_iter().filter_map(|place| view.entries.get(place)).map(|entry| entry.uid).collect())
    })?;
    let user = session.logged_in()?;
    let source_id = session.view.as_ref().map_or(0, |view| view.mailbox_id);
    let code = session.store.with(&user, |account| {
        let source = account.by_id(source_id).ok_or(StoreError::NoSuchMailbox)?;
        let messages: Vec<Message> = chosen.iter().filter_map(|uid| source.message(*uid)).cloned().collect();
        if messages.len() < chosen.len() && numbers == Numbers::Sequence {
            return Completion::no("[EXPUNGEISSUED] some messages are gone");
        }
        account.mailbox(&target).map_err(try_create)?;
        // What is moved stays within the account.
        if !remove {
            account.check_quota(Usage::sum(messages.iter().map(Message::size)))?;
        }
        let target = account.mailbox_mut(&target).map_err(try_create)?;
        let mut sources = UidSet::new();
        let mut copies = UidSet::new();
        for message in &messages {
            let Some(copy) = target.copy_in(message) else {
                return Completion::no("[OVERQUOTA] the mailbox has no UIDs left");
            };
            sources.insert(message.uid);
            copies.insert(copy);
        }
        let code = format!("COPYUID {} {sources} {copies}", target.uid_validity);
        if remove && let Some(source) = account.by_id(source_id) {
            source.expunge(|message| sources.contains(message.uid));
        }
        Ok((!messages.is_empty()).then_some(code))
    })?;
    session.store.notify();
    Ok(code)
}

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

pub(crate) fn expunge(session: &mut Session, args: &Cursor) -> Handled {
    args.end()?;
    remove(session, None, false)
}

pub(crate) fn uid_expunge(session: &mut Session, args: &mut Cursor) -> Handled {
    args.space()?;
    let set = MessageSet::read(args, Numbers::Uid, &session.settings)?;
    args.end()?;
    remove(session, Some(&set), true)
}

fn remove(session: &mut Session, among: Option<&MessageSet>, with_uid: bool) -> Handled {
    let removed = session.with_selected(|mailbox, view| {
        if view.read_only {
            return Completion::no("[READ-ONLY] the mailbox is read-only");
        }
        let chosen = match among {
            None => None,
            Some(set) => {
                let places = view.resolve(set)?;
                Some(
                    places
                        .into_iter()
                        .filter_map(|place| view.entries.get(place))
                        .map(|entry| entry.uid)
                        .collect::<Vec<_>>(),
                )
            }
        };
        Ok(mailbox.expunge(|message| {
            message.flags.contains(&Flag::Deleted)
                && chosen.as_ref().is_none_or(|chosen| chosen.binary_search(&message.uid).is_ok())
        }))
    })?;
    session.store.notify();
    Ok(session.after_expunge(removed > 0, with_uid, "EXPUNGE done"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_strict() {
        for good in ["17-Jul-1996 02:44:25 -0700", " 7-jul-1996 02:44:25 +0000", "07-Jul-1996 02:44:25 +0000"] {
            assert!(date_time(good.as_bytes()).is_ok(), "{good}");
        }
        for bad in [
            "7-Jul-1996 02:44:25 +0000",
            "17-Jul-96 02:44:25 +0000",
            "17-Jul-1996 02:44:25 GMT",
            "",
            "32-Jul-1996 02:44:25 +0000",
        ] {
            assert!(date_time(bad.as_bytes()).is_err(), "{bad}");
        }
    }
}
