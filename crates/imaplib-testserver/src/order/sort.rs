//! The criteria of SORT (RFC 5256 section 3; RFC 5957 for DISPLAYFROM and DISPLAYTO).

use std::cmp::Ordering;

use super::date::sent;
use super::subject::BaseSubject;
use crate::cursor::{Cursor, Parsed, Syntax};
use crate::mailbox::Message;
use crate::mime::address::{Entry, parse_list};
use crate::mime::decode::decode_words;
use crate::mime::header;
use crate::settings::Settings;

/// More criteria than keys are of no use.
const MAX_CRITERIA: usize = 20;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Key {
    Arrival,
    Date,
    Size,
    Subject,
    /// The mailbox of the first address in a field.
    Address(&'static str),
    /// The name that is displayed for it.
    Display(&'static str),
}

/// One criterion.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Criterion {
    key: Key,
    reverse: bool,
}

/// What a message is compared by.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Value {
    Number(i64),
    Text(String),
}

/// Reads `(REVERSE DATE SUBJECT …)`.
pub(crate) fn criteria(args: &mut Cursor, settings: &Settings) -> Parsed<Vec<Criterion>> {
    let display = settings.has("SORT=DISPLAY");
    let criteria = args.list(|cursor| {
        let reverse = cursor.eat_word("REVERSE ");
        let key = match cursor.keyword()?.as_str() {
            "ARRIVAL" => Key::Arrival,
            "CC" => Key::Address("cc"),
            "DATE" => Key::Date,
            "FROM" => Key::Address("from"),
            "SIZE" => Key::Size,
            "SUBJECT" => Key::Subject,
            "TO" => Key::Address("to"),
            "DISPLAYFROM" if display => Key::Display("from"),
            "DISPLAYTO" if display => Key::Display("to"),
            other => return Err(Syntax::new(format!("unknown sort criterion {other}"))),
        };
        Ok(Criterion { key, reverse })
    })?;
    if criteria.is_empty() || criteria.len() > MAX_CRITERIA {
        return Err(Syntax::new("no sort criterion, or too many"));
    }
    Ok(criteria)
}

/// What a message is compared by, criterion by criterion.
pub(crate) fn values(criteria: &[Criterion], message: &Message) -> Vec<Value> {
    criteria.iter().map(|criterion| criterion.key.of(message)).collect()
}

/// The order of two messages; equal ones keep that of the mailbox.
pub(crate) fn compare(criteria: &[Criterion], left: &[Value], right: &[Value]) -> Ordering {
    let orders = criteria.iter().zip(left.iter().zip(right)).map(|(criterion, (left, right))| {
        let order = left.cmp(right);
        if criterion.reverse { order.reverse() } else { order }
    });
    orders.fold(Ordering::Equal, Ordering::then)
}

impl Key {
    fn of(self, message: &Message) -> Value {
        match self {
            Self::Arrival => Value::Number(message.date.unix_timestamp()),
            Self::Date => Value::Number(sent(message)),
            Self::Size => Value::Number(i64::try_from(message.size()).unwrap_or(i64::MAX)),
            Self::Subject => Value::Text(BaseSubject::of(message).text),
            Self::Address(field) => Value::Text(match first_address(message, field) {
                Some(Entry::Address { mailbox, .. } | Entry::GroupStart(mailbox)) => folded(&mailbox),
                _ => String::new(),
            }),
            Self::Display(field) => Value::Text(match first_address(message, field) {
                Some(Entry::Address { name: Some(name), .. } | Entry::GroupStart(name)) => {
                    decode_words(&name).to_lowercase()
                }
                Some(Entry::Address { name: None, mailbox, host }) => format!("{}@{}", folded(&mailbox), folded(&host)),
                _ => String::new(),
            }),
        }
    }
}

fn first_address(message: &Message, field: &str) -> Option<Entry> {
    let value = header::value(&message.structure().header_bytes(&message.content), field)?;
    parse_list(&value).into_iter().next()
}

fn folded(text: &[u8]) -> String {
    String::from_utf8_lossy(text).to_lowercase()
}
