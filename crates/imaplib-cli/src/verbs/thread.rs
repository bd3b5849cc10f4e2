//! `imap thread ACCOUNT MAILBOX [KEY…]`

use std::path::Path;

use imaplib::ThreadAlgorithm;
use imaplib::types::{Capabilities, Fetch, ThreadNode, Threads, Uid};

use crate::args::{Thread, ThreadBy};
use crate::error::{Exit, Result};
use crate::mailbox::reader::Reader;
use crate::mailbox::search;
use crate::message::list::{self, BATCH, Batch, Cells, Lines, SUBJECT};
use crate::message::object;
use crate::message::threads::threads;
use crate::output::Output;
use crate::verbs::frame::in_mailbox;

/// The ways to find conversations, the best first.
const WAYS: [(ThreadBy, ThreadAlgorithm); 3] = [
    (ThreadBy::Refs, ThreadAlgorithm::Refs),
    (ThreadBy::References, ThreadAlgorithm::References),
    (ThreadBy::Orderedsubject, ThreadAlgorithm::OrderedSubject),
];

/// Deeper answers are not moved further to the right.
const MAX_INDENTED: usize = 20;

pub(crate) fn run(args: &Thread, config: Option<&Path>, out: &mut Output) -> Result<Exit> {
    let query = search::query(&args.conditions)?;
    in_mailbox(&args.at.access, config, &args.at.mailbox, |reader| {
        let algorithm = algorithm(reader.mailbox()?.session().capabilities(), args.by);
        let (threads, exit) = threads(reader, algorithm, query)?;
        let skipped = args.limit.map_or(0, |limit| threads.count().saturating_sub(limit));
        Ok(exit.and(print(reader, &threads, skipped, out)?))
    })
}

/// Prints the threads but for the first ones.
fn print(reader: &mut Reader<'_>, threads: &Threads, skipped: usize, out: &mut Output) -> Result<Exit> {
    let numbers: Vec<u32> = threads.iter().map(|node| node.number.unwrap_or_default()).collect();
    let mut lines = Lines::new();
    let mut thread = 0;
    let mut exit = Exit::Ok;
    let mut nodes = threads.iter();
    loop {
        let part: Vec<ThreadNode> = nodes.by_ref().take(BATCH).collect();
        if part.is_empty() {
            break;
        }
        let uids = part.iter().filter_map(|node| node.number.and_then(Uid::new));
        let mut batch =
            if last_thread(thread, &part) > skipped { Batch::fetch(reader, uids)? } else { Batch::default() };
        for node in &part {
            thread += usize::from(node.parent.is_none());
            if thread <= skipped {
                continue;
            }
            let row = match node.number.and_then(Uid::new) {
                Some(uid) => batch.get(reader, uid)?,
                None => None,
            };
            let parent = node.parent.and_then(|place| numbers.get(place)).copied().filter(|number| *number > 0);
            match row {
                Some(row) if out.is_json() => out.object(&object(row, thread, node.depth, parent))?,
                Some(row) => lines.add_cells(&indented(list::cells(row), node.depth), out)?,
                // For programs, the depths of its answers show that it is missing.
                None if out.is_json() => {}
                None => lines.add_cells(&indented(missing(), node.depth), out)?,
            }
        }
        exit = exit.and(batch.finish(reader));
    }
    lines.finish(out)?;
    Ok(exit)
}

/// Counts on to the last thread of a part.
fn last_thread(before: usize, part: &[ThreadNode]) -> usize {
    before + part.iter().filter(|node| node.parent.is_none()).count()
}

/// The way that was asked for, else the best that the server has. Where it has none, the best is done here.
fn algorithm(capabilities: &Capabilities, wanted: Option<ThreadBy>) -> ThreadAlgorithm {
    let by = |wanted| WAYS.iter().find(|(by, _)| *by == wanted).map(|(_, algorithm)| *algorithm);
    let offered =
        || WAYS.map(|(_, algorithm)| algorithm).into_iter().find(|way| capabilities.has_name(way.capability()));
    wanted.and_then(by).or_else(offered).unwrap_or(ThreadAlgorithm::Refs)
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
        assert_eq!(way(&both, None), ThreadAlgorithm::References);
        assert_eq!(way(&both, Some(ThreadBy::Orderedsubject)), ThreadAlgorithm::OrderedSubject);
        assert_eq!(way(&both, Some(ThreadBy::Refs)), ThreadAlgorithm::Refs);
        assert_eq!(way(&["SORT"], None), ThreadAlgorithm::Refs);
    }

    #[test]
    fn answers_are_moved_to_the_right_within_reason() {
        let subject = |depth| indented(missing(), depth).concat();
        assert_eq!((subject(0).as_str(), subject(1).as_str(), subject(2).as_str()), ("…", "└ …", "  └ …"));
        assert_eq!(subject(1_000_000), subject(MAX_INDENTED));
    }
}
