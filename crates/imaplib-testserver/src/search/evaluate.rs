//! Whether a message matches a search key, and which of the selected mailbox do.

use std::cell::OnceCell;
use std::time::Instant;

use imaplib_proto::types::{Date, Flag};

use super::key::{DateOf, Key};
use super::results::Hit;
use crate::cursor::{Cursor, Parsed};
use crate::mailbox::Message;
use crate::mime::decode::{charset_decode, decode_words, transfer_decode};
use crate::mime::header;
use crate::mime::part::{Kind, Part};
use crate::response::Completion;
use crate::session::Session;
use crate::store::Store;
use crate::store_error::StoreError;
use crate::view::{MessageSet, View};
use crate::{clock, object_id};

/// Of a synthetic message, this much of the body is searched; the rest repeats it.
const SYNTHETIC_TEXT: u64 = 400;
/// Of a text, this much is searched, as it is encoded.
const MAX_SEARCHED: usize = 32 * 1024 * 1024;
/// So many messages are taken from the store at once.
const PIECE: usize = 256;

/// A message with what the session knows of it.
pub(crate) struct Candidate<'a> {
    pub(crate) message: &'a Message,
    /// Its place in the view, from 0.
    pub(crate) place: usize,
    pub(crate) recent: bool,
    store: &'a Store,
    /// The message to be read, once it was needed; `None` if it cannot be read.
    open: OnceCell<Option<Message>>,
}

impl<'a> Candidate<'a> {
    pub(crate) fn new(store: &'a Store, message: &'a Message, place: usize, recent: bool) -> Self {
        Self { message, place, recent, store, open: OnceCell::new() }
    }

    /// Whether something of the message matches; one that cannot be read does not.
    fn reads(&self, matches: impl FnOnce(&Message) -> bool) -> bool {
        match self.message.content.closed_file() {
            None => matches(self.message),
            Some(_) => {
                self.open.get_or_init(|| self.store.open_message(self.message).ok()).as_ref().is_some_and(matches)
            }
        }
    }

    /// Whether the message was to be read, and could not be.
    fn is_unreadable(&self) -> bool {
        self.open.get().is_some_and(|open| open.as_ref().is_none_or(|open| open.content.has_failed()))
    }
}

/// Whether the message matches; `in_set` answers for message sets, which need the whole view.
pub(crate) fn matches(key: &Key, candidate: &Candidate<'_>, in_set: &dyn Fn(&MessageSet, usize) -> bool) -> bool {
    let message = candidate.message;
    match key {
        Key::All => true,
        Key::And(keys) => keys.iter().all(|key| matches(key, candidate, in_set)),
        Key::Or(left, right) => matches(left, candidate, in_set) || matches(right, candidate, in_set),
        Key::Not(key) => !matches(key, candidate, in_set),
        Key::Flag(flag) => message.flags.contains(flag),
        Key::Recent => candidate.recent,
        Key::New => candidate.recent && !message.flags.contains(&Flag::Seen),
        Key::Header { field, text } => candidate.reads(|message| header_holds(message, field, text)),
        Key::Body(text) => candidate.reads(|message| body_holds(message, text)),
        Key::Text(text) => candidate
            .reads(|message| contains(&decode_words(&message.header_bytes()), text) || body_holds(message, text)),
        Key::Before(of, date) => is_dated(candidate, *of, |own| own.to_days() < date.to_days()),
        Key::On(of, date) => is_dated(candidate, *of, |own| own.to_days() == date.to_days()),
        Key::Since(of, date) => is_dated(candidate, *of, |own| own.to_days() >= date.to_days()),
        Key::Larger(size) => message.size() > *size,
        Key::Smaller(size) => message.size() < *size,
        Key::Set(set) => in_set(set, candidate.place),
        Key::Older(seconds) => age(message) >= *seconds,
        Key::Younger(seconds) => age(message) <= *seconds,
        Key::EmailId(id) => candidate.reads(|message| object_id::of_message(message) == *id),
        Key::ThreadId(id) => candidate.reads(|message| object_id::of_thread(message).as_ref() == Some(id)),
        Key::ModSeq(least) => message.modseq >= *least,
    }
}

/// How many seconds ago the message arrived.
fn age(message: &Message) -> i64 {
    clock::seconds().saturating_sub(message.date.unix_timestamp())
}

/// Searches without regard to case, in all of Unicode.
fn contains(text: &str, wanted: &str) -> bool {
    text.to_lowercase().contains(&wanted.to_lowercase())
}

fn header_holds(message: &Message, field: &str, text: &str) -> bool {
    let header_bytes = message.header_bytes();
    header::fields(&header_bytes)
        .iter()
        .filter(|found| found.name.eq_ignore_ascii_case(field.as_bytes()))
        .any(|found| contains(&decode_words(&found.unfolded()), text))
}

fn body_holds(message: &Message, text: &str) -> bool {
    if message.content.is_synthetic() {
        let body = message.structure().body.0;
        let sample = message.content.slice(body, body + SYNTHETIC_TEXT).prefix(usize::MAX);
        return contains(&String::from_utf8_lossy(&sample), text);
    }
    part_holds(message, &message.structure(), text)
}

fn part_holds(message: &Message, part: &Part, text: &str) -> bool {
    match &part.kind {
        Kind::Multipart(children) => children.iter().any(|child| part_holds(message, child, text)),
        Kind::Message(inner) => {
            contains(&decode_words(&inner.header_bytes(&message.content)), text) || part_holds(message, inner, text)
        }
        Kind::Single if part.is("text", None) => {
            let body = part.body_content(&message.content).prefix(MAX_SEARCHED);
            let decoded = transfer_decode(&part.encoding, &body).unwrap_or_else(|| body.to_vec());
            contains(&charset_decode(part.parameter("charset").unwrap_or(b"utf-8"), &decoded), text)
        }
        Kind::Single => false,
    }
}

fn is_dated(candidate: &Candidate<'_>, of: DateOf, fits: impl Fn(Date) -> bool) -> bool {
    let message = candidate.message;
    match of {
        DateOf::Arrival => fits(message.date.date()),
        DateOf::Saved => fits(message.saved.unwrap_or(message.date).date()),
        DateOf::Header => candidate.reads(|message| {
            let value = header::value(&message.header_bytes(), "date");
            value.and_then(|value| header_date(&String::from_utf8_lossy(&value))).is_some_and(fits)
        }),
    }
}

/// The day of `Thu, 1 Feb 2024 12:00:00 +0000`, in its own zone.
fn header_date(value: &str) -> Option<Date> {
    let without_weekday = value.split_once(',').map_or(value, |(_, rest)| rest);
    let mut words = without_weekday.split_ascii_whitespace();
    let (day, month, year) = (words.next()?, words.next()?, words.next()?);
    format!("{day}-{month}-{year}").parse().ok()
}

/// Reads a charset that is known.
pub(crate) fn charset(args: &mut Cursor) -> Result<(), Completion> {
    let charset = args.astring()?;
    if charset.eq_ignore_ascii_case(b"US-ASCII") || charset.eq_ignore_ascii_case(b"UTF-8") {
        return Ok(());
    }
    Completion::no("[BADCHARSET (US-ASCII UTF-8)] charset not supported")
}

/// What `keep` makes of each message that matches, in the order of the mailbox.
pub(crate) fn find<T>(
    session: &mut Session,
    key: &Key,
    mut keep: impl FnMut(Hit, &Message) -> T,
) -> Result<Vec<T>, Completion> {
    let asks_modseq = uses_modseq(key);
    if asks_modseq {
        session.enable_condstore();
    }
    let end = session.settings.search_time.and_then(|limit| Instant::now().checked_add(limit));
    let user = session.logged_in()?;
    let Some(view) = &session.view else { return Completion::bad("no mailbox is selected") };
    check_sets(key, view)?;
    let in_set = |set: &MessageSet, place: usize| view.contains(set, place);
    let (mut found, mut unreadable, mut place) = (Vec::new(), 0_u32, 0);
    // A piece at a time, so that the store is not held while messages are read.
    for entries in view.entries.chunks(PIECE) {
        let messages: Vec<Option<Message>> = session.store.with(&user, |account| {
            let mailbox = account.by_id(view.mailbox_id).ok_or(StoreError::NoSuchMailbox)?;
            Ok::<_, StoreError>(entries.iter().map(|entry| mailbox.message(entry.uid).cloned()).collect())
        })?;
        for (entry, message) in entries.iter().zip(messages) {
            place += 1;
            let Some(message) = message else { continue };
            let candidate = Candidate::new(&session.store, &message, place - 1, entry.recent);
            let is_found = matches(key, &candidate, &in_set);
            if candidate.is_unreadable() {
                unreadable += 1;
            } else if is_found {
                let modseq = asks_modseq.then_some(message.modseq);
                let seq = u32::try_from(place).unwrap_or(u32::MAX);
                found.push(keep(Hit { seq, uid: entry.uid, modseq }, &message));
            }
            if end.is_some_and(|end| Instant::now() > end) {
                return Completion::no("[LIMIT] the search takes too long");
            }
        }
    }
    if unreadable > 0 {
        session.say(&format!("* NO {unreadable} of the messages cannot be read and were not searched"));
    }
    Ok(found)
}

/// Refuses sequence numbers that the mailbox does not have.
fn check_sets(key: &Key, view: &View) -> Parsed<()> {
    match key {
        Key::And(keys) => keys.iter().try_for_each(|key| check_sets(key, view)),
        Key::Or(left, right) => check_sets(left, view).and_then(|()| check_sets(right, view)),
        Key::Not(key) => check_sets(key, view),
        Key::Set(set) if !view.entries.is_empty() => view.check(set),
        _ => Ok(()),
    }
}

fn uses_modseq(key: &Key) -> bool {
    match key {
        Key::And(keys) => keys.iter().any(uses_modseq),
        Key::Or(left, right) => uses_modseq(left) || uses_modseq(right),
        Key::Not(key) => uses_modseq(key),
        Key::ModSeq(_) => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn header_dates() {
        let date = |year, month, day| Date::new(year, month, day).ok().map(Date::to_days);
        let cases = [
            ("Thu, 1 Feb 2024 12:00:00 +0000", date(2024, 2, 1)),
            ("01 Feb 2024 12:00 +0100 (CET)", date(2024, 2, 1)),
            ("nonsense", None),
        ];
        for (value, expected) in cases {
            assert_eq!(header_date(value).map(Date::to_days), expected, "{value}");
        }
    }
}
