//! The order of messages: by the server's SORT, or here by the same rules (RFC 5256, section 3).

use imaplib::command::Search;
use imaplib::order::{SortKeys, SortValue, items_to_sort};
use imaplib::types::{Capability, Uid};
use imaplib::{SortBy, SortKey};

use crate::error::library::failure;
use crate::error::{Exit, Failure, Result};
use crate::mailbox::reader::Reader;
use crate::mailbox::resolve;
use crate::message::{list, rows};
use crate::output;

const NAMES: [(&str, SortKey); 7] = [
    ("date", SortKey::Date),
    ("arrival", SortKey::Arrival),
    ("from", SortKey::From),
    ("to", SortKey::To),
    ("cc", SortKey::Cc),
    ("subject", SortKey::Subject),
    ("size", SortKey::Size),
];

/// By what messages are ordered, the most important first.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Order(Vec<SortBy>);

impl Order {
    /// Reads `from,-date`.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let key = |word: &str| {
            let name = word.strip_prefix('-').unwrap_or(word);
            let known = NAMES.iter().find(|(known, _)| name.eq_ignore_ascii_case(known));
            let by = |key: SortKey| if word.starts_with('-') { SortBy::reverse(key) } else { key.into() };
            known.map(|(_, key)| by(*key)).ok_or_else(|| {
                Failure::usage(format!("{word:?} is not a sort key")).hint(
                    "write date, arrival, from, to, cc, subject or size, several with commas: from,-date; - reverses one",
                )
            })
        };
        text.split(',').map(|word| key(word.trim())).collect::<Result<_>>().map(Self)
    }

    /// The messages that meet the conditions, in this order, each once; and whether some cannot be had.
    pub(crate) fn messages(&self, reader: &mut Reader<'_>, conditions: Search) -> Result<(Vec<Uid>, Exit)> {
        let mut mailbox = reader.mailbox()?;
        if !mailbox.session().capabilities().has(Capability::Sort) {
            return self.sort_here(reader, conditions);
        }
        let all = resolve::All::of(&mailbox, &conditions);
        let found = match mailbox.sort_lossy(self.0.iter().copied(), conditions.clone()) {
            Ok(found) => found,
            Err(error) => {
                // It may be about one message, or the answer may be too long.
                let reason = reader.recover(failure(&error).context("sort"))?;
                output::note(&format!("{}; sorting here", reason.message()));
                return self.sort_here(reader, conditions);
            }
        };
        let exit = resolve::completeness(&found);
        let mut sorted = found.messages;
        let mut seen = std::collections::HashSet::new();
        sorted.retain(|uid| seen.insert(*uid));
        resolve::can_be_there(&mailbox, sorted.len() as u64)?;
        let exit = if exit == Exit::Ok { all.are_found(&mailbox, sorted.len() as u64) } else { exit };
        Ok((sorted, exit))
    }

    fn sort_here(&self, reader: &mut Reader<'_>, conditions: Search) -> Result<(Vec<Uid>, Exit)> {
        let (found, exit) = reader.search(&conditions)?;
        let mut keys = SortKeys::new(&self.0);
        let too_many = || {
            let message = format!("{} are too many to be sorted here", output::count(found.len(), "message"));
            Failure::new(Exit::Unavailable, message)
                .hint("the server cannot sort them; name conditions that fewer messages meet, such as --since")
        };
        if !keys.has_room_for(found.len()) {
            return Err(too_many());
        }
        let outcome = rows::fetch(reader, &found, &items_to_sort(&self.0), |row| {
            let Some(uid) = row.uid else { return Ok(()) };
            keys.add(uid, self.0.iter().map(|by| SortValue::of(by.key(), row))).map_err(|_| too_many())
        })?;
        let exit = exit.and(Exit::partial_if(outcome.is_partial));
        let exit = exit.and(list::still_there(reader, &outcome.missing));
        if let Some(letters) = keys.compared() {
            output::note(&format!("too many texts to hold: compared by their first {letters} letters"));
        }
        Ok((keys.into_sorted(), exit))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_are_words_with_commas() {
        assert_eq!(Order::parse("date").unwrap(), Order(vec![SortKey::Date.into()]));
        let order = Order(vec![SortKey::From.into(), SortBy::reverse(SortKey::Size)]);
        assert_eq!(Order::parse("From, -SIZE").unwrap(), order);
        for wrong in ["", "dates", "date,", "--date", "date size"] {
            assert_eq!(Order::parse(wrong).unwrap_err().exit(), Exit::Usage, "{wrong}");
        }
    }
}
