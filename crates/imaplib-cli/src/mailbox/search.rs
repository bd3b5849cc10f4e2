//! Which messages the user asks for, as a search of the server; one that it cannot do at once is done in parts: a
//! message that it fails at costs itself alone.

use imaplib::blocking::Mailbox;
use imaplib::command::{FetchItem, Search, Search as Query};
use imaplib::types::{Flag, SeqNum, SeqSet, Uid, UidSet};
use imaplib_archive::isolation::{Isolation, without};

use crate::args::{Conditions, values};
use crate::error::library::failure;
use crate::error::{Cause, Exit, Failure, Result};
use crate::mailbox::left_out::LeftOut;
use crate::mailbox::reader::{Passing, Reader};
use crate::mailbox::resolve::{self, SET_BYTES};
use crate::output;

type AddText = fn(Query, String) -> Query;
type AddWord = fn(Query) -> Query;

/// The search that the arguments stand for.
pub(crate) fn query(args: &Conditions) -> Result<Query> {
    let mut query = keys(&args.keys)?;
    let texts: [(&[String], AddText); 6] = [
        (&args.from, Query::from),
        (&args.to, Query::to),
        (&args.cc, Query::cc),
        (&args.subject, Query::subject),
        (&args.text, Query::text),
        (&args.body, Query::body),
    ];
    for (values, add) in texts {
        query = values.iter().fold(query, |query, value| add(query, value.clone()));
    }
    let words: [(bool, AddWord); 4] = [
        (args.unread, Query::and_unseen),
        (args.read, Query::and_seen),
        (args.flagged, Query::and_flagged),
        (args.answered, Query::and_answered),
    ];
    query = words.into_iter().filter(|(wanted, _)| *wanted).fold(query, |query, (_, add)| add(query));
    if let Some(day) = &args.since {
        query = query.since(values::day("--since", day)?);
    }
    if let Some(day) = &args.before {
        query = query.before(values::day("--before", day)?);
    }
    if let Some(day) = &args.on {
        query = query.on(values::day("--on", day)?);
    }
    for keyword in &args.keyword {
        query = query.keyword(Flag::keyword(keyword).map_err(|error| Failure::usage(format!("--keyword: {error}")))?);
    }
    if let Some(size) = &args.larger {
        query = query.larger(values::size("--larger", size)?);
    }
    if let Some(size) = &args.smaller {
        query = query.smaller(values::size("--smaller", size)?);
    }
    Ok(query)
}

/// Search keys in IMAP's words. Words that the shell has kept together stay together.
fn keys(words: &[String]) -> Result<Query> {
    let text = match words {
        [one] => one.clone(),
        _ => words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" "),
    };
    text.parse().map_err(|error| {
        Failure::usage(format!("the search is not understood: {error}"))
            .hint("keys are such as UNSEEN, FROM bob, SINCE 14-Mar-2026, OR KEY KEY, NOT KEY; or use options: `imap help search`")
    })
}

fn quoted(word: &str) -> String {
    let grouped = word.starts_with('(') || word.ends_with(')') || word.starts_with('"');
    if !word.is_empty() && (grouped || !word.contains([' ', '\t', '"', '(', ')'])) {
        return word.to_owned();
    }
    format!("\"{}\"", word.replace('\\', "\\\\").replace('"', "\\\""))
}

/// The UIDs of this many messages fit into one response.
const MAX_AT_ONCE: u32 = 500_000;

/// What is found in the parts is held in this many ranges at most.
const MAX_RANGES: usize = 2_000_000;

impl Reader<'_> {
    /// The messages that meet the conditions. Partial where there are others that cannot be read or searched, which is
    /// reported.
    pub(crate) fn search(&mut self, conditions: &Search) -> Result<(UidSet, Exit)> {
        let reason = match resolve::search(&mut self.mailbox()?, conditions.clone()) {
            Ok(found) => return Ok(found),
            Err(failure) => self.recover(failure)?,
        };
        let mut mailbox = self.mailbox()?;
        if reason.leaves() == Cause::Connection {
            // The response may have been longer than this program accepts.
            let parts = match mailbox.exists() > MAX_AT_ONCE {
                true => windows(&mut mailbox)?,
                false => return Err(reason),
            };
            return self.search_in_parts(conditions, &parts, reason, Exit::Ok);
        }
        // A search that the server refuses for no message, too, is not refused because of a message.
        let next = mailbox.uid_next().and_then(|next| u32::try_from(next).ok()).and_then(Uid::new);
        let none = next.unwrap_or(Uid::MAX);
        if resolve::search(&mut mailbox, within(UidSet::range(none, none), conditions)).is_err() {
            return Err(reason);
        }
        let Ok((all, exit)) = resolve::search(&mut mailbox, Search::all()) else { return Err(reason) };
        self.search_in_parts(conditions, &all.split(SET_BYTES), reason, exit)
    }

    /// Searches parts of the mailbox, and smaller parts of those in which the search fails.
    fn search_in_parts(
        &mut self,
        conditions: &Search,
        parts: &[UidSet],
        reason: Failure,
        mut exit: Exit,
    ) -> Result<(UidSet, Exit)> {
        output::note(&format!("{}; searching in parts", reason.message()));
        let mut isolation = Isolation::default();
        let mut left_out = LeftOut::new(&output::note);
        let (mut found, mut waits, mut answers) = (UidSet::new(), 0, 0_u64);
        for part in parts {
            let mut done = UidSet::new();
            isolation.begin(part);
            while let Some(set) = isolation.next_part() {
                let failure = match resolve::search(&mut self.mailbox()?, within(set.clone(), conditions)) {
                    Ok((here, completeness)) => {
                        here.intersection(&set).ranges().for_each(|(low, high)| found.insert_range(low, high));
                        set.ranges().for_each(|(low, high)| done.insert_range(low, high));
                        exit = exit.and(completeness);
                        answers += 1;
                        if found.ranges().len() > MAX_RANGES {
                            return Err(too_many(&found));
                        }
                        isolation.succeeded();
                        continue;
                    }
                    Err(failure) => failure,
                };
                match self.passes(failure, &mut waits, &output::note)? {
                    Passing::Waited => isolation.begin(&without(part, &done)),
                    Passing::Failed(failure) => {
                        if let Some(uid) = isolation.failed(&set) {
                            left_out.add(uid, &failure);
                        }
                        self.connect_after(&failure, &output::note)?;
                    }
                }
            }
        }
        if answers == 0 {
            return Err(reason);
        }
        left_out.finish("cannot search", isolation.untried().len());
        let is_partial = !isolation.bad().is_empty() || !isolation.untried().is_empty();
        resolve::can_be_there(&self.mailbox()?, found.len())?;
        Ok((found, Exit::partial_if(is_partial).and(exit)))
    }
}

fn too_many(found: &UidSet) -> Failure {
    let text = format!("the server found more than {}", output::count(found.len(), "message"));
    Failure::new(Exit::Unavailable, text).hint("name conditions that fewer messages meet, such as --since")
}

/// The conditions on these messages alone. Servers that look at one condition after the other open no other message.
fn within(uids: UidSet, conditions: &Search) -> Search {
    match *conditions == Search::all() {
        true => Search::new().uids(uids),
        false => Search::new().uids(uids).and(conditions.clone()),
    }
}

/// Divides the mailbox: one FETCH by sequence numbers returns the UIDs at the bounds.
fn windows(mailbox: &mut Mailbox<'_>) -> Result<Vec<UidSet>> {
    let numbers = (MAX_AT_ONCE..mailbox.exists()).step_by(MAX_AT_ONCE as usize);
    let asked: SeqSet = numbers.filter_map(SeqNum::new).collect();
    let mut lasts = UidSet::new();
    let mut rows = mailbox.fetch(&asked, [FetchItem::Uid]).map_err(|error| failure(&error))?;
    while let Some(row) = rows.next().map_err(|error| failure(&error))? {
        if let (true, Some(uid)) = (row.sequence_number().is_some_and(|number| asked.contains(number)), row.uid()) {
            lasts.insert(uid);
        }
    }
    let mut first = Uid::MIN;
    let mut windows = Vec::new();
    for last in lasts.iter().filter(|uid| *uid < Uid::MAX) {
        windows.push(UidSet::range(first, last));
        first = last.get().checked_add(1).and_then(Uid::new).unwrap_or(Uid::MAX);
    }
    windows.push(UidSet::range(first, Uid::MAX));
    Ok(windows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Exit;

    fn words(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn words_of_the_shell_stay_together() {
        assert_eq!(
            keys(&words(&["SUBJECT", "two words", "UNSEEN"])).unwrap(),
            Query::new().subject("two words").and_unseen()
        );
        assert_eq!(keys(&words(&["FROM bob UNSEEN"])).unwrap(), Query::new().from("bob").and_unseen());
        assert_eq!(
            keys(&words(&["OR", "(SEEN", "DRAFT)", "FLAGGED"])).unwrap(),
            Query::seen().and_draft().or(Query::flagged())
        );
        assert_eq!(keys(&words(&[])).unwrap(), Query::all());
        assert_eq!(keys(&words(&["FROM", "nobody", "XYZZY"])).unwrap_err().exit(), Exit::Usage);
    }
}
