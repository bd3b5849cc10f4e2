//! Conversations: by the server's THREAD, or here by the same rules (RFC 5256, section 3).

use imaplib::ThreadAlgorithm;
use imaplib::command::{FetchItem, Search};
use imaplib::order::{ThreadMessage, Threading, TooMany, items_to_thread};
use imaplib::types::{Section, Threads, UidSet};

use crate::error::library::failure;
use crate::error::{Exit, Failure, Result};
use crate::mailbox::reader::Reader;
use crate::mailbox::resolve;
use crate::message::list;
use crate::message::rows::{self, beginning};
use crate::output;

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
        let all = resolve::All::of(&mailbox, &conditions);
        match mailbox.thread(algorithm, conditions.clone()) {
            Ok(threads) => {
                let messages = threads.iter().filter(|node| node.number.is_some()).count();
                resolve::can_be_there(&mailbox, messages as u64)?;
                let exit = all.are_found(&mailbox, messages as u64);
                return Ok((threads, exit));
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
    if found.len() > Threading::MAX_MESSAGES {
        return Err(too_many(TooMany));
    }
    let mut threading = Threading::new(algorithm);
    let mut came = UidSet::new();
    let outcome = rows::fetch(reader, &found, &items_to_thread(false), |row| {
        let Some(message) = ThreadMessage::of(row) else { return Ok(()) };
        row.uid.into_iter().for_each(|uid| came.insert(uid));
        threading.add(&message).map_err(too_many)
    })?;
    let mut exit = exit.and(Exit::partial_if(outcome.is_partial)).and(list::still_there(reader, &outcome.missing));
    if threading.by_references() {
        exit = exit.and(refer(reader, &mut threading, &came, &too_many)?);
    }
    Ok((threading.finish(), exit))
}

/// Adds the references in the headers of messages.
fn refer(
    reader: &mut Reader<'_>,
    threading: &mut Threading,
    wanted: &UidSet,
    too_many: &dyn Fn(TooMany) -> Failure,
) -> Result<Exit> {
    let section = Section::header_fields(["References"]);
    let fetched = reader.fetch(wanted, FetchItem::body_peek(section.clone()), &output::note, |row| {
        let Some(uid) = row.uid() else { return Ok(false) };
        let (mut field, mut has_come) = (Vec::new(), false);
        while let Some(mut body) = row.next_body().map_err(|error| failure(&error))? {
            has_come |= rows::is_nothing(&body, &section);
            if !has_come && rows::is_whole(&body, &section) {
                field = beginning(&mut body, MAX_REFERENCES)?;
                has_come = true;
            }
        }
        threading.refer(uid.get(), &field).map_err(too_many)?;
        Ok(has_come)
    })?;
    let missing = fetched.missing(wanted);
    Ok(Exit::partial_if(!fetched.unsendable.is_empty()).and(list::still_there(reader, &missing)))
}
