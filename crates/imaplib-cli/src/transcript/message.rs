//! What FETCH says about a message, as JSON.

use imaplib_proto::types::{Address, Addresses, BodyStructure, Envelope, Extension, Fetch, Flags, Octets, Text};
use serde_json::{Map, Value, json};

use crate::output::json::octets;

/// The items by their names.
pub(crate) fn items(fetch: &Fetch) -> Value {
    let mut items = Map::new();
    let mut add = |name: String, value: Option<Value>| {
        items.extend(value.map(|value| (name, value)));
    };
    add("UID".to_owned(), fetch.uid.map(|uid| uid.get().into()));
    add("FLAGS".to_owned(), fetch.flags.as_ref().map(flags));
    add("INTERNALDATE".to_owned(), fetch.internal_date.map(|date| date.to_string().trim_start().into()));
    add("RFC822.SIZE".to_owned(), fetch.size.map(Value::from));
    add("MODSEQ".to_owned(), fetch.mod_seq.map(Value::from));
    add("ENVELOPE".to_owned(), fetch.envelope.as_deref().map(envelope));
    add("BODY".to_owned(), fetch.body.as_deref().map(structure));
    add("BODYSTRUCTURE".to_owned(), fetch.body_structure.as_deref().map(structure));
    for section in &fetch.sections {
        let origin = section.origin.map(|origin| format!("<{origin}>")).unwrap_or_default();
        let value = match &section.data {
            Octets::Here(data) => octets(data).into(),
            _ => Value::Null,
        };
        add(format!("{}{origin}", section.name), Some(value));
    }
    for (part, size) in &fetch.binary_sizes {
        add(format!("BINARY.SIZE[{part}]"), Some((*size).into()));
    }
    for (name, value) in &fetch.other {
        add(octets(name.as_bytes()), Some(octets(value).into()));
    }
    Value::Object(items)
}

pub(crate) fn flags(flags: &Flags) -> Value {
    flags.iter().map(|flag| octets(flag.as_bytes())).collect()
}

/// ENVELOPE; texts are as they stand in the message.
pub(crate) fn envelope(envelope: &Envelope) -> Value {
    json!({
        "date": text(envelope.date().as_ref()),
        "subject": text(envelope.subject().as_ref()),
        "from": addresses(envelope.from()),
        "sender": addresses(envelope.sender()),
        "reply_to": addresses(envelope.reply_to()),
        "to": addresses(envelope.to()),
        "cc": addresses(envelope.cc()),
        "bcc": addresses(envelope.bcc()),
        "in_reply_to": text(envelope.in_reply_to().as_ref()),
        "message_id": text(envelope.message_id().as_ref()),
    })
}

fn addresses(list: Addresses<'_>) -> Value {
    let one = |address: Address| match address {
        Address::Mailbox(address) => json!({
            "name": text(address.name.as_ref()),
            "mailbox": text(address.mailbox.as_ref()),
            "host": text(address.host.as_ref()),
        }),
        Address::GroupStart(name) => json!({"group": octets(name.as_bytes())}),
        _ => json!({"group_end": true}),
    };
    list.iter().map(one).collect()
}

/// BODY and BODYSTRUCTURE. The reader has bounded the depth.
fn structure(body: &BodyStructure) -> Value {
    match body {
        BodyStructure::Single(part) => {
            let mut value = json!({
                "type": octets(part.media_type.as_bytes()),
                "subtype": octets(part.subtype.as_bytes()),
                "parameters": parameters(&part.parameters),
                "id": text(part.id.as_ref()),
                "description": text(part.description.as_ref()),
                "encoding": octets(part.encoding.as_bytes()),
                "size": part.size,
            });
            if let Some(fields) = value.as_object_mut() {
                fields.extend(part.lines.map(|lines| ("lines".to_owned(), lines.into())));
                if let Some(message) = &part.message {
                    fields.insert("envelope".to_owned(), envelope(&message.envelope));
                    fields.insert("body".to_owned(), structure(&message.body));
                }
                fields.extend(part.md5.as_ref().map(|md5| ("md5".to_owned(), octets(md5.as_bytes()).into())));
                extension(fields, &part.extension);
            }
            value
        }
        BodyStructure::Multi(multi) => {
            let mut value = json!({
                "type": "multipart",
                "subtype": octets(multi.subtype.as_bytes()),
                "parts": multi.parts.iter().map(structure).collect::<Vec<_>>(),
                "parameters": parameters(&multi.parameters),
            });
            if let Some(fields) = value.as_object_mut() {
                extension(fields, &multi.extension);
            }
            value
        }
        _ => Value::Null,
    }
}

fn extension(fields: &mut Map<String, Value>, extension: &Extension) {
    if let Some(disposition) = &extension.disposition {
        let value =
            json!({"kind": octets(disposition.kind.as_bytes()), "parameters": parameters(&disposition.parameters)});
        fields.insert("disposition".to_owned(), value);
    }
    if !extension.language.is_empty() {
        fields.insert("language".to_owned(), extension.language.iter().map(|text| octets(text.as_bytes())).collect());
    }
    fields.extend(
        extension.location.as_ref().map(|location| ("location".to_owned(), octets(location.as_bytes()).into())),
    );
}

fn parameters(pairs: &[(Text, Text)]) -> Value {
    pairs
        .iter()
        .map(|(name, value)| (octets(name.as_bytes()).to_ascii_lowercase(), Value::from(octets(value.as_bytes()))))
        .collect::<Map<_, _>>()
        .into()
}

fn text(text: Option<&Text>) -> Value {
    text.map(|text| octets(text.as_bytes())).into()
}
