//! APPEND (RFC 3501 section 6.3.11, RFC 3502 MULTIAPPEND, RFC 4315 APPENDUID, RFC 3516 literal8).

use bytes::Bytes;
use imaplib_proto::types::{DateTime, Flags, UidSet};

use crate::clock;
use crate::completion::{Completion, Handled, try_create};
use crate::content::Content;
use crate::cursor::{Cursor, Parsed, Syntax};
use crate::mailbox::Draft;
use crate::quota::Usage;
use crate::session::Session;

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
