//! A message as a JSON object: from what the server lists of it, and from the message itself.

use imaplib::mime::address::Person;
use imaplib::types::{Address, Addresses, EmailAddress, Envelope, Fetch, Flags, ImapString, Uid};
use serde_json::{Map, Value, json};

use crate::message::mime::{self, Readable};
use crate::output::json::bytes;
use crate::output::utc_time;

/// UID, flags, size, dates and the fields of the envelope.
pub(crate) fn object(row: &Fetch) -> Value {
    let envelope = row.envelope.as_deref();
    let addresses = |pick: fn(&Envelope) -> Addresses<'_>| {
        envelope.map(|envelope| address_list(pick(envelope))).unwrap_or_else(|| Value::Array(Vec::new()))
    };
    let text = |pick: fn(&Envelope) -> Option<ImapString>| envelope.and_then(pick);
    json!({
        "uid": row.uid.map(Uid::get),
        // That of the message alone: where it cannot be read there is none. When it came is `received`.
        "date": envelope.and_then(mime::date).and_then(utc_time),
        "received": row.internal_date.and_then(|date| utc_time(date.unix_timestamp())),
        "from": addresses(Envelope::from),
        "reply_to": addresses(Envelope::reply_to),
        "to": addresses(Envelope::to),
        "cc": addresses(Envelope::cc),
        "bcc": addresses(Envelope::bcc),
        "subject": text(Envelope::subject).as_ref().map(ImapString::decoded),
        "message_id": text(Envelope::message_id).map(|id| bytes(id.as_bytes())),
        "in_reply_to": text(Envelope::in_reply_to).map(|ids| bytes(ids.as_bytes())),
        "size": row.size,
        "flags": row.flags.as_ref().map(flag_list),
    })
}

/// The flags, and the contents of the message itself, decoded; its headers were all read.
pub(crate) fn of_readable(uid: Uid, flags: &Flags, size: u64, message: &Readable) -> Value {
    let header = |name: &str| message.headers.iter().find(|header| header.name.eq_ignore_ascii_case(name));
    let text = |name: &str| header(name).map(mime::Header::text);
    let people = |name: &str| match header(name).map(|header| &header.value) {
        Some(mime::Value::People(people)) => people.iter().map(person).collect(),
        _ => Value::Array(Vec::new()),
    };
    let date = match header("Date").map(|header| &header.value) {
        Some(mime::Value::Date(_, date)) => *date,
        _ => None,
    };
    let attachments = message.attachments.iter().map(|attachment| {
        json!({
            "part": attachment.part.to_string(),
            "name": attachment.name,
            "type": attachment.media_type,
            "size": attachment.size,
        })
    });
    json!({
        "uid": uid.get(),
        "date": date.and_then(utc_time),
        "from": people("From"),
        "reply_to": people("Reply-To"),
        "to": people("To"),
        "cc": people("Cc"),
        "bcc": people("Bcc"),
        "subject": text("Subject"),
        "message_id": text("Message-ID"),
        "in_reply_to": text("In-Reply-To"),
        "references": text("References").iter().flat_map(|ids| ids.split_ascii_whitespace()).collect::<Vec<_>>(),
        "size": size,
        "flags": flag_list(flags),
        "headers": message.headers.iter().map(|header| json!({"name": header.name, "value": header.text()})).collect::<Vec<_>>(),
        "text": message.text,
        "from_html": message.from_html,
        "is_cut": message.is_cut,
        "attachments": attachments.collect::<Vec<_>>(),
    })
}

fn flag_list(flags: &Flags) -> Vec<Value> {
    flags.iter().map(|flag| bytes(flag.as_bytes())).collect()
}

/// Each address with its name apart: in one string a name could pass for the address.
pub(crate) fn address_list(addresses: Addresses<'_>) -> Value {
    let mut list = Vec::new();
    let mut group = None;
    for address in addresses.iter() {
        match address {
            Address::GroupStart(name) => group = Some(name.decoded()),
            Address::GroupEnd => group = None,
            Address::Mailbox(email) => list.push(one(&email, group.as_deref())),
            _ => {}
        }
    }
    list.into()
}

fn one(email: &EmailAddress, group: Option<&str>) -> Value {
    let name = email.display_name();
    address_object(name.as_deref(), &email.address(), group)
}

fn person(person: &Person) -> Value {
    let name = person.name.as_deref().filter(|name| !name.trim().is_empty());
    address_object(name, person.address.as_deref().unwrap_or_default(), person.group.as_deref())
}

fn address_object(name: Option<&str>, address: &str, group: Option<&str>) -> Value {
    let mut fields = Map::new();
    fields.insert("name".to_owned(), name.into());
    fields.insert("address".to_owned(), address.into());
    fields.extend(group.map(|group| ("group".to_owned(), group.into())));
    fields.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn email(name: Option<&str>, mailbox: &str, host: &str) -> Address {
        let text = |text: &str| ImapString::from(text);
        Address::Mailbox(EmailAddress {
            name: name.map(text),
            route: None,
            mailbox: Some(text(mailbox)),
            host: Some(text(host)),
        })
    }

    #[test]
    fn a_name_cannot_pass_for_an_address() {
        let from = vec![email(Some("CEO <ceo@bank.example>"), "evil", "evil.example")];
        let to = vec![
            Address::GroupStart(ImapString::from("=?utf-8?q?Fr=C3=BChst=C3=BCck?=")),
            email(Some("=?utf-8?q?J=C3=BCrgen?="), "j", "example.org"),
            Address::GroupEnd,
            email(None, "ann", "example.org"),
        ];
        let texts = Default::default();
        let envelope = Envelope::new(texts, [from, vec![], vec![], to, vec![], vec![]]);
        assert_eq!(
            address_list(envelope.from()),
            json!([{"name": "CEO <ceo@bank.example>", "address": "evil@evil.example"}])
        );
        assert_eq!(
            address_list(envelope.to()),
            json!([
                {"name": "Jürgen", "address": "j@example.org", "group": "Frühstück"},
                {"name": null, "address": "ann@example.org"},
            ])
        );
    }
}
