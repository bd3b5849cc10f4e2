//! Conversations: by the server's THREAD, or here by the same rules (RFC 5256, section 3).

mod forest;
mod ids;
mod links;
mod subjects;

use imaplib::ThreadAlgorithm;
use imaplib::command::{FetchItem, Search};
use imaplib::types::{Envelope, Fetch, ImapString, Section, Threads, UidSet};

use self::forest::{Forest, Message, ThreadOrder};
use self::ids::{Ids, MessageId};
use self::links::{Links, TooMany};
use self::subjects::Subject;
use crate::error::library::failure;
use crate::error::{Exit, Failure, Result};
use crate::mailbox::reader::Reader;
use crate::mailbox::resolve;
use crate::message::base_subject::base_and_kind;
use crate::message::list;
use crate::message::rows::{self, beginning};
use crate::message::sort::{MOST_READ, fold};
use crate::output;

/// More messages are not put into threads here, because what is known of them needs too much memory.
const MAX_MESSAGES: u64 = 250_000;

/// Of a longer field with references the beginning is read.
const MAX_REFERENCES: usize = 64 << 10;

/// The threads of the messages that meet the conditions, and whether some cannot be had.
pub(crate) fn threads(
    reader: &mut Reader<'_>,
    algorithm: ThreadAlgorithm,
    conditions: Search,
) -> Result<(Threads, Exit)> {
    let mut mailbox = reader.mailbox()?;
    if mailbox.session().capabilities().has_name(algorithm.capability()) {
        match mailbox.thread(algorithm, conditions.clone()) {
            Ok(threads) => {
                let messages = threads.iter().filter(|node| node.number.is_some()).count();
                resolve::can_be_there(&mailbox, messages as u64)?;
                return Ok((threads, Exit::Ok));
            }
            Err(error) => {
                // It may be about one message, or the answer may be too long.
                let reason = reader.recover(failure(&error).context("thread"))?;
                output::note(&format!("{}; finding the threads here", reason.message()));
            }
        }
    }
    threads_here(reader, algorithm, &conditions)
}

fn threads_here(reader: &mut Reader<'_>, algorithm: ThreadAlgorithm, conditions: &Search) -> Result<(Threads, Exit)> {
    let (found, exit) = reader.search(conditions)?;
    let too_many = |_: TooMany| {
        let text = format!("{} are too many to be put into threads here", output::count(found.len(), "message"));
        Failure::new(Exit::Unavailable, text)
            .hint("the server does not do it; name conditions that fewer messages meet, such as --since")
    };
    if found.len() > MAX_MESSAGES {
        return Err(too_many(TooMany));
    }
    let ids = Ids::default();
    let (known, here) = know(reader, &found, &ids, algorithm)?;
    let mut exit = exit.and(here);
    let messages: Vec<Message> = known.iter().map(|known| known.message.clone()).collect();
    let subjects: Vec<Subject> = known.iter().map(|known| known.subject).collect();
    if algorithm == ThreadAlgorithm::OrderedSubject {
        return Ok((subjects::ordered(&messages, &subjects).threads(&messages, ThreadOrder::First), exit));
    }
    let (mut forest, here) = by_references(reader, known, &ids, &too_many)?;
    exit = exit.and(here);
    if algorithm == ThreadAlgorithm::Refs {
        return Ok((forest.threads(&messages, ThreadOrder::Latest), exit));
    }
    subjects::join(&mut forest, &messages, &subjects);
    Ok((forest.threads(&messages, ThreadOrder::First), exit))
}

/// What is known of a message without its references.
struct Known {
    message: Message,
    subject: Subject,
    id: Option<MessageId>,
    /// The message that it answers, if it has no references.
    answers: Option<MessageId>,
}

/// Fetches what threads are made of, by UID.
fn know(reader: &mut Reader<'_>, found: &UidSet, ids: &Ids, algorithm: ThreadAlgorithm) -> Result<(Vec<Known>, Exit)> {
    let mut known = Vec::with_capacity(usize::try_from(found.len()).unwrap_or_default());
    let outcome = rows::fetch(reader, found, &[FetchItem::InternalDate, FetchItem::Envelope], |row| {
        let Some(uid) = row.uid else { return Ok(()) };
        let envelope = row.envelope.as_deref();
        let subject = match algorithm {
            ThreadAlgorithm::Refs => Subject { base: None, is_answer: false },
            _ => subject(row, ids),
        };
        known.push(Known {
            message: Message { uid, date: list::date(row).unwrap_or_default() },
            subject,
            id: envelope.and_then(Envelope::message_id).and_then(|field| ids.first(field.as_bytes())),
            answers: envelope.and_then(Envelope::in_reply_to).and_then(|field| ids.first(field.as_bytes())),
        });
        Ok(())
    })?;
    known.sort_unstable_by_key(|known| known.message.uid);
    Ok((known, Exit::partial_if(outcome.is_partial).and(list::still_there(reader, &outcome.missing))))
}

fn subject(row: &Fetch, ids: &Ids) -> Subject {
    let text =
        row.envelope.as_deref().and_then(Envelope::subject).as_ref().map(ImapString::decoded).unwrap_or_default();
    let (base, is_answer) = base_and_kind(&text.chars().take(MOST_READ).collect::<String>());
    Subject { base: (!base.is_empty()).then(|| ids.text(&fold(&base))), is_answer }
}

/// Links messages by the references in their headers; where they have none, by what they answer.
fn by_references(
    reader: &mut Reader<'_>,
    known: Vec<Known>,
    ids: &Ids,
    too_many: &dyn Fn(TooMany) -> Failure,
) -> Result<(Forest, Exit)> {
    let mut links = Links::new(known.iter().map(|known| known.id)).map_err(too_many)?;
    for (number, known) in (0..).zip(&known) {
        links.refer(number, known.answers.into_iter()).map_err(too_many)?;
    }
    let uids: Vec<_> = known.into_iter().map(|known| known.message.uid).collect();
    let wanted: UidSet = uids.iter().copied().collect();
    let section = Section::header_fields(["References"]);
    let fetched = reader.fetch(&wanted, FetchItem::body_peek(section.clone()), &output::note, |row| {
        let Some(uid) = row.uid() else { return Ok(false) };
        let (mut field, mut has_come) = (Vec::new(), false);
        while let Some(mut body) = row.next_body().map_err(|error| failure(&error))? {
            has_come |= rows::is_nothing(&body, &section);
            if !has_come && rows::is_whole(&body, &section) {
                field = beginning(&mut body, MAX_REFERENCES)?;
                has_come = true;
            }
        }
        let number = uids.binary_search(&uid).ok().and_then(|number| u32::try_from(number).ok());
        if let Some(number) = number.filter(|_| ids.first(&field).is_some()) {
            links.refer(number, ids.all(&field)).map_err(too_many)?;
        }
        Ok(has_come)
    })?;
    let missing = fetched.missing(&wanted);
    let exit = Exit::partial_if(!fetched.unsendable.is_empty()).and(list::still_there(reader, &missing));
    Ok((links.forest(), exit))
}
