//! The criteria of SORT (RFC 5256 section 3; RFC 5957 for DISPLAYFROM and DISPLAYTO).

use imaplib_proto::command::{SortBy, SortKey};
use imaplib_proto::order::{BaseSubject, SortKeys, SortValue, TooMany};

use crate::cursor::{Cursor, Parsed, Syntax};
use crate::mailbox::Message;
use crate::mime::address::{Entry, parse_list};
use crate::mime::decode::decode_words;
use crate::mime::header;
use crate::response::Completion;
use crate::settings::Settings;

/// More criteria than keys are of no use.
const MAX_CRITERIA: usize = 20;

/// Reads `(REVERSE DATE SUBJECT …)`.
pub(crate) fn criteria(args: &mut Cursor, settings: &Settings) -> Parsed<Vec<SortBy>> {
    let display = settings.has("SORT=DISPLAY");
    let criteria = args.list(|cursor| {
        let reverse = cursor.eat_word("REVERSE ");
        let key = match cursor.keyword()?.as_str() {
            "ARRIVAL" => SortKey::Arrival,
            "CC" => SortKey::Cc,
            "DATE" => SortKey::Date,
            "FROM" => SortKey::From,
            "SIZE" => SortKey::Size,
            "SUBJECT" => SortKey::Subject,
            "TO" => SortKey::To,
            "DISPLAYFROM" if display => SortKey::DisplayFrom,
            "DISPLAYTO" if display => SortKey::DisplayTo,
            other => return Err(Syntax::new(format!("unknown sort criterion {other}"))),
        };
        Ok(if reverse { SortBy::reverse(key) } else { key.into() })
    })?;
    if criteria.is_empty() || criteria.len() > MAX_CRITERIA {
        return Err(Syntax::new("no sort criterion, or too many"));
    }
    Ok(criteria)
}

/// What a message is compared by, criterion by criterion.
pub(crate) fn values(criteria: &[SortBy], message: &Message) -> Vec<SortValue> {
    criteria.iter().map(|by| value(by.key(), message)).collect()
}

/// Messages in this order; equal ones keep that of the mailbox, in which they come.
pub(crate) fn sorted<T: Copy>(order: &[SortBy], messages: Vec<(Vec<SortValue>, T)>) -> Result<Vec<T>, Completion> {
    let mut keys = SortKeys::new(order);
    let mut found = Vec::with_capacity(messages.len());
    for (place, (values, message)) in messages.into_iter().enumerate() {
        keys.add(place, values).map_err(too_many)?;
        found.push(message);
    }
    Ok(keys.into_sorted().into_iter().filter_map(|place| found.get(place).copied()).collect())
}

pub(crate) fn too_many(reason: TooMany) -> Completion {
    Completion::No(reason.to_string())
}

fn value(key: SortKey, message: &Message) -> SortValue {
    match key {
        SortKey::Arrival => SortValue::number(message.date.unix_timestamp()),
        SortKey::Date => SortValue::number(sent(message)),
        SortKey::Size => SortValue::number(i64::try_from(message.size()).unwrap_or(i64::MAX)),
        SortKey::Cc => mailbox(message, "cc"),
        SortKey::From => mailbox(message, "from"),
        SortKey::To => mailbox(message, "to"),
        SortKey::DisplayFrom => displayed(message, "from"),
        SortKey::DisplayTo => displayed(message, "to"),
        _ => SortValue::text(subject(message).text()),
    }
}

/// The mailbox of the first address in a field.
fn mailbox(message: &Message, name: &str) -> SortValue {
    SortValue::text(&match first_address(message, name) {
        Some(Entry::Address { mailbox, .. } | Entry::GroupStart(mailbox)) => text(&mailbox),
        _ => String::new(),
    })
}

/// The name that is displayed for it (RFC 5957).
fn displayed(message: &Message, name: &str) -> SortValue {
    SortValue::text(&match first_address(message, name) {
        Some(Entry::Address { name: Some(name), .. } | Entry::GroupStart(name)) => decode_words(&name),
        Some(Entry::Address { name: None, mailbox, host }) => format!("{}@{}", text(&mailbox), text(&host)),
        _ => String::new(),
    })
}

fn first_address(message: &Message, name: &str) -> Option<Entry> {
    parse_list(&field(message, name)).into_iter().next()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The moment of the Date field, in seconds since 1970; without a valid one, the internal date (RFC 5256, section 2.2).
pub(crate) fn sent(message: &Message) -> i64 {
    let date = mail_parser::DateTime::parse_rfc822(&String::from_utf8_lossy(&field(message, "date")));
    match date.filter(mail_parser::DateTime::is_valid) {
        Some(date) => date.to_timestamp(),
        None => message.date.unix_timestamp(),
    }
}

/// The subject without `Re:` and its like (RFC 5256, section 2.1).
pub(crate) fn subject(message: &Message) -> BaseSubject {
    BaseSubject::of(&decode_words(&field(message, "subject")))
}

/// The value of a header field; empty if there is none.
pub(crate) fn field(message: &Message, name: &str) -> Vec<u8> {
    header::value(&message.header_bytes(), name).unwrap_or_default()
}
