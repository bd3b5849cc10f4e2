//! `imap thread ACCOUNT MAILBOX [KEY…]`

use std::path::Path;

use imaplib::ThreadAlgorithm;
use imaplib::types::{Capabilities, Fetch, ThreadNode, Uid};

use crate::account::connector::Connector;
use crate::account::logins::Logins;
use crate::args::{Thread, ThreadBy};
use crate::error::library::failure;
use crate::error::unsupported;
use crate::error::{Exit, Result};
use crate::mailbox::query;
use crate::mailbox::reader::Reader;
use crate::mailbox::resolve;
use crate::message::list::{self, BATCH, Batch, Cells, Lines, SUBJECT};
use crate::message::object;
use crate::output::Output;

/// The ways to find conversations, the best first, by their names in capabilities.
const WAYS: [(ThreadBy, &str, ThreadAlgorithm); 3] = [
    (ThreadBy::Refs, "REFS", ThreadAlgorithm::Refs),
    (ThreadBy::References, "REFERENCES", ThreadAlgorithm::References),
    (ThreadBy::Orderedsubject, "ORDEREDSUBJECT", ThreadAlgorithm::OrderedSubject),
];

/// Deeper answers are not moved further to the right.
const MAX_INDENTED: usize = 20;

pub(crate) fn run(args: &Thread, config: Option<&Path>, out: &mut Output) -> Result<Exit> {
    let query = query::query(&args.conditions)?;
    let connector = Connector::to(&args.at.access, config)?;
    let mut logins = Logins::new(&connector);
    let session = logins.session()?;
    let algorithm = algorithm(session.capabilities(), args.by)?;
    let mut reader = Reader::on(logins, session, &args.at.mailbox)?;
    let mut mailbox = reader.mailbox()?;
    let threads = mailbox.thread(algorithm, query).map_err(|error| failure(&error).context("thread"))?;
    let messages = threads.iter().filter(|node| node.number.is_some()).count();
    resolve::can_be_there(&mailbox, messages as u64)?;
    let nodes: Vec<ThreadNode> = threads.iter().collect();
    let skipped = args.limit.map_or(0, |limit| threads.count().saturating_sub(limit));
    let mut lines = Lines::new();
    let mut thread = 0;
    let mut exit = Exit::Ok;
    for part in nodes.chunks(BATCH) {
        let uids = part.iter().filter_map(|node| node.number.and_then(Uid::new));
        let mut batch =
            if last_thread(thread, part) > skipped { Batch::fetch(&mut reader, uids)? } else { Batch::default() };
        for node in part {
            thread += usize::from(node.parent.is_none());
            if thread <= skipped {
                continue;
            }
            let row = match node.number.and_then(Uid::new) {
                Some(uid) => batch.get(&mut reader, uid)?,
                None => None,
            };
            let parent = node.parent.and_then(|place| nodes.get(place)).and_then(|parent| parent.number);
            match row {
                Some(row) if out.is_json() => out.object(&object(row, thread, node.depth, parent))?,
                Some(row) => lines.add_cells(&indented(list::cells(row), node.depth), out)?,
                // For programs, its answers say how deep they lie.
                None if out.is_json() => {}
                None => lines.add_cells(&indented(missing(), node.depth), out)?,
            }
        }
        exit = exit.and(batch.finish(&mut reader));
    }
    lines.finish(out)?;
    reader.logout();
    Ok(exit)
}

/// Counts on to the last thread of a part.
fn last_thread(before: usize, part: &[ThreadNode]) -> usize {
    before + part.iter().filter(|node| node.parent.is_none()).count()
}

/// The way that was asked for, else the best that the server has.
fn algorithm(capabilities: &Capabilities, wanted: Option<ThreadBy>) -> Result<ThreadAlgorithm> {
    let offered = |name: &str| capabilities.values("THREAD").any(|value| value.eq_ignore_ascii_case(name));
    let mut suitable = WAYS.iter().filter(|(by, _, _)| wanted.is_none_or(|wanted| *by == wanted));
    if let Some((_, _, algorithm)) = suitable.clone().find(|(_, name, _)| offered(name)) {
        return Ok(*algorithm);
    }
    let missing = match (wanted, suitable.next()) {
        (Some(_), Some((_, name, _))) => unsupported::missing(&format!("THREAD={name}")),
        _ => unsupported::missing("THREAD"),
    };
    let others: Vec<String> =
        WAYS.iter().filter(|(_, name, _)| offered(name)).map(|(_, name, _)| name.to_ascii_lowercase()).collect();
    Err(missing.hint(if others.is_empty() {
        "`imap sort ACCOUNT MAILBOX subject,date` puts messages with the same subject together".to_owned()
    } else {
        format!("it knows --by {}", others.join(", --by "))
    }))
}

fn indented(mut cells: Cells, depth: usize) -> Cells {
    if let (Some(levels), Some(subject)) = (depth.min(MAX_INDENTED).checked_sub(1), cells.get_mut(SUBJECT)) {
        *subject = format!("{}└ {subject}", "  ".repeat(levels));
    }
    cells
}

/// The line for a message that is not here, or not any more, and may have answers that are.
fn missing() -> Cells {
    let mut cells = Cells::default();
    if let Some(subject) = cells.get_mut(SUBJECT) {
        *subject = "…".to_owned();
    }
    cells
}

fn object(row: &Fetch, thread: usize, depth: usize, parent: Option<u32>) -> serde_json::Value {
    let mut value = object::object(row);
    if let Some(fields) = value.as_object_mut() {
        fields.insert("thread".to_owned(), thread.into());
        fields.insert("depth".to_owned(), depth.into());
        fields.insert("parent".to_owned(), parent.into());
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_way_that_the_server_has_is_taken() {
        let way = |names: &[&str], wanted| algorithm(&names.iter().copied().collect(), wanted);
        let both = ["THREAD=ORDEREDSUBJECT", "thread=references"];
        assert_eq!(way(&both, None).unwrap(), ThreadAlgorithm::References);
        assert_eq!(way(&both, Some(ThreadBy::Orderedsubject)).unwrap(), ThreadAlgorithm::OrderedSubject);
        let refused = way(&both, Some(ThreadBy::Refs)).unwrap_err();
        assert!(refused.message().contains("THREAD=REFS"), "{refused}");
        assert_eq!(way(&["SORT"], None).unwrap_err().exit(), Exit::Unavailable);
    }

    #[test]
    fn answers_are_moved_to_the_right_within_reason() {
        let subject = |depth| indented(missing(), depth).concat();
        assert_eq!((subject(0).as_str(), subject(1).as_str(), subject(2).as_str()), ("…", "└ …", "  └ …"));
        assert_eq!(subject(1_000_000), subject(MAX_INDENTED));
    }
}
