//! A message as a JSON object, from what the server lists of it.

use imaplib::types::{Address, Addresses, EmailAddress, Envelope, Fetch, Text, Uid};
use serde_json::{Map, Value, json};

use crate::output::json::bytes;
use crate::{mime, when};

/// UID, flags, size, dates and the fields of the envelope.
pub(crate) fn object(row: &Fetch) -> Value {
    let envelope = row.envelope.as_deref();
    let addresses = |pick: fn(&Envelope) -> Addresses<'_>| {
        envelope.map(|envelope| address_list(pick(envelope))).unwrap_or_else(|| Value::Array(Vec::new()))
    };
    let text = |pick: fn(&Envelope) -> Option<Text>| envelope.and_then(pick);
    json!({
        "uid": row.uid.map(Uid::get),
        // That of the message alone: where it cannot be read there is none. When it came is `received`.
        "date": envelope.and_then(mime::date).and_then(when::utc),
        "received": row.internal_date.and_then(|date| when::utc(date.unix_timestamp())),
        "from": addresses(Envelope::from),
        "reply_to": addresses(Envelope::reply_to),
        "to": addresses(Envelope::to),
        "cc": addresses(Envelope::cc),
        "bcc": addresses(Envelope::bcc),
        "subject": text(Envelope::subject).as_ref().map(mime::decode),
        "message_id": text(Envelope::message_id).map(|id| bytes(id.as_bytes())),
        "in_reply_to": text(Envelope::in_reply_to).map(|ids| bytes(ids.as_bytes())),
        "size": row.size,
        "flags": row.flags.as_ref().map(|flags| flags.iter().map(|flag| bytes(flag.as_bytes())).collect::<Vec<_>>()),
    })
}

/// Each address with its name apart: in one string a name could pass for the address.
pub(crate) fn address_list(addresses: Addresses<'_>) -> Value {
    let mut list = Vec::new();
    let mut group = None;
    for address in addresses.iter() {
        match address {
            Address::GroupStart(name) => group = Some(mime::decode(&name)),
            Address::GroupEnd => group = None,
            Address::Mailbox(email) => list.push(one(&email, group.as_deref())),
            _ => {}
        }
    }
    list.into()
}

fn one(email: &EmailAddress, group: Option<&str>) -> Value {
    let name = email.name.as_ref().map(mime::decode).filter(|name| !name.trim().is_empty());
    let mut fields = Map::new();
    fields.insert("name".to_owned(), name.into());
    fields.insert("address".to_owned(), email.address().into());
    fields.extend(group.map(|group| ("group".to_owned(), group.into())));
    fields.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn email(name: Option<&str>, mailbox: &str, host: &str) -> Address {
        let text = |text: &str| Text::from(text);
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
            Address::GroupStart(Text::from("=?utf-8?q?Fr=C3=BChst=C3=BCck?=")),
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
