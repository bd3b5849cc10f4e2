//! What the server reports about itself and a mailbox as a whole: LANGUAGE and COMPARATOR (RFC 5255), GETJMAPACCESS (RFC
//! 9698), UIDBATCHES (RFC 10022).

use bytes::Bytes;

use crate::cursor::Cursor;
use crate::response::{Completion, Handled, Response};
use crate::session::Session;

/// Its texts are in English, which it also calls by the name of the default.
const LANGUAGES: &[&str] = &["en", "i-default"];

const COMPARATOR: &str = "i;unicode-casemap";

pub(crate) fn language(session: &mut Session, args: &mut Cursor) -> Handled {
    let wanted = words(args)?;
    session.logged_in()?;
    if wanted.is_empty() {
        session.say(&format!("* LANGUAGE ({})", LANGUAGES.join(" ")));
        return Completion::ok("LANGUAGE done");
    }
    let known = |word: &String| {
        let is = |language: &&&str| language.eq_ignore_ascii_case(word) || word.eq_ignore_ascii_case("default");
        LANGUAGES.iter().find(is)
    };
    match wanted.iter().find_map(known) {
        Some(language) => session.say(&format!("* LANGUAGE ({language})")),
        None => return Completion::no("no such language"),
    }
    Completion::ok("LANGUAGE done")
}

pub(crate) fn comparator(session: &mut Session, args: &mut Cursor) -> Handled {
    let wanted = words(args)?;
    session.logged_in()?;
    if !wanted.is_empty() && !wanted.iter().any(|word| word == COMPARATOR || word == "*") {
        return Completion::no("[BADCOMPARATOR] no such comparator");
    }
    session.say(&format!("* COMPARATOR {COMPARATOR}"));
    Completion::ok("COMPARATOR done")
}

pub(crate) fn jmap_access(session: &mut Session, args: &Cursor) -> Handled {
    args.end()?;
    session.logged_in()?;
    session.say("* JMAPACCESS \"https://jmap.example.org/session\"");
    Completion::ok("GETJMAPACCESS done")
}

/// The least size of a batch (RFC 10022: a server accepts 500).
const LEAST: u64 = 500;

pub(crate) fn uid_batches(session: &mut Session, tag: &Bytes, args: &mut Cursor) -> Handled {
    args.space()?;
    let size = args.nonzero()?;
    let (mut first, mut last) = (1, u64::MAX);
    if args.eat(b' ') {
        first = args.nonzero()?;
        args.need(b':')?;
        last = args.nonzero()?;
    }
    args.end()?;
    if size < LEAST {
        return Completion::no(format!("[TOOFEW] at least {LEAST}"));
    }
    let size = usize::try_from(size).unwrap_or(usize::MAX);
    let uids: Vec<u32> = session.with_selected(|_, view| {
        Ok::<_, Completion>(view.entries.iter().rev().map(|entry| entry.uid.get()).collect())
    })?;
    let batches: Vec<String> = uids
        .chunks(size)
        .zip(1u64..)
        .filter(|(_, number)| (first..=last).contains(number))
        .filter_map(|(batch, _)| Some(format!("{}:{}", batch.first()?, batch.last()?)))
        .collect();
    let mut response = Response::untagged();
    response.text("UIDBATCHES (TAG ").string(tag).text(")");
    if !batches.is_empty() {
        response.text(&format!(" {}", batches.join(",")));
    }
    session.send(response);
    Completion::ok("UIDBATCHES done")
}

fn words(args: &mut Cursor) -> Result<Vec<String>, Completion> {
    let mut words = Vec::new();
    while args.eat(b' ') {
        words.push(String::from_utf8_lossy(&args.astring()?).into_owned());
    }
    args.end()?;
    Ok(words)
}
