//! The order of messages: by the server's SORT, or here by the same rules (RFC 5256, section 3).

use std::cmp::Ordering;

use imaplib::command::{FetchItem, Search};
use imaplib::types::{Address, Addresses, Capability, DateTime, Envelope, Fetch, ImapString, Uid};
use imaplib::{SortBy, SortKey};
use unicode_normalization::UnicodeNormalization as _;

use crate::error::library::failure;
use crate::error::{Exit, Failure, Result};
use crate::mailbox::reader::Reader;
use crate::mailbox::resolve;
use crate::message::base_subject::base_subject;
use crate::message::{list, rows};
use crate::output;

/// The texts need at most this many bytes, each with what its allocation costs beside it.
const MAX_TEXTS: usize = 20 << 20;
const ALLOCATION: usize = 16;

/// The rest needs at most this many bytes.
const MAX_ROWS: usize = 28 << 20;

/// Fewer letters than this make no order.
const LEAST_COMPARED: usize = 12;

/// What is compared; messages are only ever compared by values of one kind.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Value {
    Number(i64),
    Text(Box<str>),
}

/// The keys do not fit into the memory that they may take.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct TooMany;

/// The values of all messages, one behind the other.
#[derive(Debug)]
pub(crate) struct Keys {
    /// Which of a message's values are compared in reverse.
    reverse: Vec<bool>,
    uids: Vec<Uid>,
    values: Vec<Value>,
    texts: usize,
    /// How many letters of a text are kept; `None` while all are.
    compared: Option<usize>,
}

impl Keys {
    pub(crate) fn new(reverse: Vec<bool>) -> Self {
        Self { reverse, uids: Vec::new(), values: Vec::new(), texts: 0, compared: None }
    }

    /// How many letters of each text are compared, if these are not all.
    pub(crate) fn compared(&self) -> Option<usize> {
        self.compared
    }

    /// Adds a message with as many values as there are keys. Where the texts are too much, less of each is kept.
    pub(crate) fn add(&mut self, uid: Uid, values: impl IntoIterator<Item = Value>) -> Result<(), TooMany> {
        self.uids.push(uid);
        for mut value in values.into_iter().take(self.reverse.len()) {
            if let (Value::Text(text), Some(compared)) = (&mut value, self.compared) {
                cut(text, compared);
            }
            self.texts += weight(&value);
            self.values.push(value);
        }
        while self.texts > MAX_TEXTS {
            let longest =
                self.values.iter().map(|value| if let Value::Text(text) = value { text.len() } else { 0 }).max();
            let compared = self.compared.or(longest).unwrap_or_default() / 2;
            if compared < LEAST_COMPARED {
                return Err(TooMany);
            }
            self.compared = Some(compared);
            for value in &mut self.values {
                if let Value::Text(text) = value {
                    cut(text, compared);
                }
            }
            self.texts = self.values.iter().map(weight).sum();
        }
        let rows = self.uids.len() * (size_of::<Uid>() + size_of::<u32>()) + self.values.len() * size_of::<Value>();
        if rows > MAX_ROWS { Err(TooMany) } else { Ok(()) }
    }

    /// The messages in the order of their keys; those that are equal, in the order of their UIDs.
    pub(crate) fn into_sorted(self) -> Vec<Uid> {
        let count = self.reverse.len();
        let values = |at: u32| self.values.chunks(count.max(1)).nth(at as usize).unwrap_or_default();
        let uid = |at: u32| self.uids.get(at as usize);
        let mut order: Vec<u32> = (0..).take(self.uids.len()).collect();
        order.sort_unstable_by(|a, b| compare(values(*a), values(*b), &self.reverse).then(uid(*a).cmp(&uid(*b))));
        order.into_iter().filter_map(|at| uid(at).copied()).collect()
    }
}

/// The bytes of a text, with its allocation.
fn weight(value: &Value) -> usize {
    match value {
        Value::Number(_) => 0,
        Value::Text(text) => text.len() + ALLOCATION,
    }
}

/// Keeps the first letters.
fn cut(text: &mut Box<str>, letters: usize) {
    if let Some((end, _)) = text.char_indices().nth(letters) {
        *text = text.get(..end).unwrap_or_default().into();
    }
}

fn compare(values: &[Value], others: &[Value], reverse: &[bool]) -> Ordering {
    for ((value, other), reverse) in values.iter().zip(others).zip(reverse) {
        let ordering = if *reverse { other.cmp(value) } else { value.cmp(other) };
        if ordering.is_ne() {
            return ordering;
        }
    }
    Ordering::Equal
}

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
pub(crate) struct Order(Vec<(SortKey, bool)>);

impl Order {
    /// Reads `from,-date`.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let key = |word: &str| {
            let name = word.strip_prefix('-').unwrap_or(word);
            let known = NAMES.iter().find(|(known, _)| name.eq_ignore_ascii_case(known));
            known.map(|(_, key)| (*key, word.starts_with('-'))).ok_or_else(|| {
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
        let order = self.0.iter().map(|(key, reverse)| if *reverse { SortBy::reverse(*key) } else { (*key).into() });
        let found = match mailbox.sort_lossy(order, conditions.clone()) {
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
        Ok((sorted, exit))
    }

    fn sort_here(&self, reader: &mut Reader<'_>, conditions: Search) -> Result<(Vec<Uid>, Exit)> {
        let (found, exit) = reader.search(&conditions)?;
        let mut keys = Keys::new(self.0.iter().map(|(_, reverse)| *reverse).collect());
        let outcome = rows::fetch(reader, &found, &self.items(), |row| {
            let Some(uid) = row.uid else { return Ok(()) };
            keys.add(uid, self.0.iter().map(|(key, _)| value(*key, row))).map_err(|_| {
                let message = format!("{} are too many to be sorted here", output::count(found.len(), "message"));
                Failure::new(Exit::Unavailable, message)
                    .hint("the server cannot sort them; name conditions that fewer messages meet, such as --since")
            })
        })?;
        let exit = exit.and(Exit::partial_if(outcome.is_partial));
        let exit = exit.and(list::still_there(reader, &outcome.missing));
        if let Some(letters) = keys.compared() {
            output::note(&format!("too many texts to hold: compared by their first {letters} letters"));
        }
        Ok((keys.into_sorted(), exit))
    }

    /// What must be known of the messages.
    fn items(&self) -> Vec<FetchItem> {
        let mut items = Vec::new();
        for (key, _) in &self.0 {
            items.extend_from_slice(match key {
                SortKey::Arrival => &[FetchItem::InternalDate],
                SortKey::Size => &[FetchItem::Size],
                SortKey::Date => &[FetchItem::InternalDate, FetchItem::Envelope],
                _ => &[FetchItem::Envelope],
            });
        }
        let mut once: Vec<FetchItem> = Vec::new();
        for item in items {
            if !once.contains(&item) {
                once.push(item);
            }
        }
        once
    }
}

fn value(key: SortKey, row: &Fetch) -> Value {
    let envelope = row.envelope.as_deref();
    let first = |field: fn(&Envelope) -> Addresses<'_>| {
        Value::Text(envelope.map(|envelope| who(field(envelope))).unwrap_or_default().into())
    };
    match key {
        SortKey::Arrival => Value::Number(row.internal_date.map(DateTime::unix_timestamp).unwrap_or_default()),
        SortKey::Date => Value::Number(list::date(row).unwrap_or_default()),
        SortKey::Size => Value::Number(i64::try_from(row.size.unwrap_or_default()).unwrap_or(i64::MAX)),
        SortKey::Cc => first(Envelope::cc),
        SortKey::From => first(Envelope::from),
        SortKey::To => first(Envelope::to),
        _ => {
            let subject = envelope.and_then(Envelope::subject).as_ref().map(ImapString::decoded);
            // Finding the base takes the square of the length, where it is all marks of answers and lists.
            let subject: String = subject.unwrap_or_default().chars().take(MOST_READ).collect();
            Value::Text(fold(&base_subject(&subject)).into())
        }
    }
}

/// What stands before the `@` of the first address; the name of a group that comes first.
fn who(addresses: Addresses<'_>) -> String {
    let name = match addresses.first() {
        Some(Address::Mailbox(address)) => address.mailbox,
        Some(Address::GroupStart(name)) => Some(name),
        _ => None,
    };
    name.map(|name| fold(&name.to_string_lossy())).unwrap_or_default()
}

/// This many letters of a subject are looked at.
pub(crate) const MOST_READ: usize = 4_000;

/// Texts that differ only behind so many letters are equal.
const MOST_COMPARED: usize = 1_000;

/// Letters are compared without case, and those with marks stand beside those without (i;unicode-casemap: RFC 5051).
pub(crate) fn fold(text: &str) -> String {
    text.to_uppercase().nfkd().take(MOST_COMPARED).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uid(number: u32) -> Uid {
        Uid::new(number).unwrap()
    }

    #[test]
    fn a_later_key_decides_where_the_first_is_equal() {
        let mut keys = Keys::new(vec![false, true]);
        for (number, name, size) in [(1, "ANN", 1), (2, "BOB", 9), (3, "ANN", 9), (5, "ANN", 1), (4, "ANN", 1)] {
            keys.add(uid(number), [Value::Text(name.into()), Value::Number(size)]).unwrap();
        }
        assert_eq!(keys.into_sorted(), [3, 1, 4, 5, 2].map(uid));
    }

    #[test]
    fn less_of_each_text_is_kept_where_there_are_many() {
        let mut keys = Keys::new(vec![false]);
        for number in 1..=100_000 {
            let text = format!("{:06}{}", 200_000 - number, "é".repeat(497));
            keys.add(uid(number), [Value::Text(text.into())]).unwrap();
            assert!(keys.texts <= MAX_TEXTS);
        }
        assert!(keys.compared().is_some_and(|letters| letters >= LEAST_COMPARED));
        let sorted = keys.into_sorted();
        assert_eq!(sorted.len(), 100_000);
        assert!(sorted.iter().rev().map(|uid| uid.get()).eq(1..=100_000));
    }

    #[test]
    fn more_than_fits_is_refused() {
        let mut keys = Keys::new(vec![false]);
        let refused = (1..3_000_000).find(|number| keys.add(uid(*number), [Value::Number(0)]).is_err());
        assert!(refused.is_some_and(|number| number > 1_000_000), "{refused:?}");
        let mut keys = Keys::new(vec![false; 2]);
        let text = || Value::Text("x".repeat(100).into());
        assert!((1..3_000_000).any(|number| keys.add(uid(number), [text(), text()]).is_err()));
    }

    #[test]
    fn orders_are_words_with_commas() {
        assert_eq!(Order::parse("date").unwrap(), Order(vec![(SortKey::Date, false)]));
        assert_eq!(Order::parse("From, -SIZE").unwrap(), Order(vec![(SortKey::From, false), (SortKey::Size, true)]));
        for wrong in ["", "dates", "date,", "--date", "date size"] {
            assert_eq!(Order::parse(wrong).unwrap_err().exit(), Exit::Usage, "{wrong}");
        }
    }

    #[test]
    fn only_what_is_compared_is_fetched() {
        let items = |text| Order::parse(text).unwrap().items();
        assert_eq!(items("-size"), [FetchItem::Size]);
        assert_eq!(items("date,subject,from"), [FetchItem::InternalDate, FetchItem::Envelope]);
    }

    #[test]
    fn letters_are_compared_without_case_and_beside_their_marks() {
        assert!(fold("ann") < fold("Bob") && fold("ANN") == fold("ann") && fold("é") == fold("É"));
        assert!(fold("e") < fold("é") && fold("é") < fold("f"));
    }
}
