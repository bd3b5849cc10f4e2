//! The items of FETCH, as JSON.

use bytes::Bytes;
use imaplib_proto::types::{
    Address, Addresses, BodySection, BodyStructure, Envelope, Extension, Fetch, Flags, ImapString, SectionBody,
};
use serde_json::{Map, Value, json};

use super::values::by_name;
use crate::output::json::{bytes, key};

/// The items by their names.
pub(crate) fn items(fetch: &Fetch) -> Value {
    let mut items: Vec<(String, Value)> = Vec::new();
    let mut add = |name: &str, value: Option<Value>| items.extend(value.map(|value| (name.to_owned(), value)));
    add("UID", fetch.uid.map(|uid| uid.get().into()));
    add("FLAGS", fetch.flags.as_ref().map(flags));
    add("INTERNALDATE", fetch.internal_date.map(|date| date.to_string().trim_start().into()));
    add("RFC822.SIZE", fetch.size.map(Value::from));
    add("MODSEQ", fetch.mod_seq.map(Value::from));
    add("ENVELOPE", fetch.envelope.as_deref().map(envelope));
    add("BODY", fetch.body.as_deref().map(structure));
    add("BODYSTRUCTURE", fetch.body_structure.as_deref().map(structure));
    items.extend(fetch.sections.iter().map(|section| {
        let value = match &section.data {
            SectionBody::Here(data) => bytes(data),
            _ => Value::Null,
        };
        (section_name(section), value)
    }));
    items.extend(fetch.binary_sizes.iter().map(|(part, size)| (format!("BINARY.SIZE[{part}]"), (*size).into())));
    items.extend(fetch.other.iter().map(|(name, value)| (key(name.as_bytes()), other(name, value))));
    Value::Object(by_name(items))
}

/// The name of a section as the server sends it, with the origin.
pub(crate) fn section_name(section: &BodySection) -> String {
    let origin = section.origin.map(|origin| format!("<{origin}>")).unwrap_or_default();
    format!("{}{origin}", section.name)
}

/// An item that the library reads only when asked, or that nobody knows: this one as it came.
fn other(name: &ImapString, value: &Bytes) -> Value {
    if value.eq_ignore_ascii_case(b"NIL") {
        return Value::Null;
    }
    let mut row = Fetch::default();
    row.other.push((name.clone(), value.clone()));
    let read = match name.as_bytes().to_ascii_uppercase().as_slice() {
        b"X-GM-LABELS" => row.labels().map(|labels| labels.iter().map(|label| Value::from(label.to_text())).collect()),
        b"EMAILID" => row.email_id().map(|id| bytes(id.as_bytes())),
        b"THREADID" => row.thread_id().map(|id| bytes(id.as_bytes())),
        b"PREVIEW" => row.preview().map(|text| bytes(text.as_bytes())),
        _ => None,
    };
    read.unwrap_or_else(|| bytes(value))
}

pub(crate) fn flags(flags: &Flags) -> Value {
    flags.iter().map(|flag| bytes(flag.as_bytes())).collect()
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
        Address::Mailbox(address) => {
            let mut fields = Map::new();
            fields.insert("name".to_owned(), text(address.name.as_ref()));
            // Nobody has sent one for decades.
            fields.extend(address.route.as_ref().map(|route| ("route".to_owned(), bytes(route.as_bytes()))));
            fields.insert("mailbox".to_owned(), text(address.mailbox.as_ref()));
            fields.insert("host".to_owned(), text(address.host.as_ref()));
            Value::Object(fields)
        }
        Address::GroupStart(name) => json!({"group": bytes(name.as_bytes())}),
        _ => json!({"group_end": true}),
    };
    list.iter().map(one).collect()
}

/// BODY and BODYSTRUCTURE. The reader has bounded the depth.
fn structure(body: &BodyStructure) -> Value {
    match body {
        BodyStructure::Single(part) => {
            let mut value = json!({
                "type": bytes(part.media_type.as_bytes()),
                "subtype": bytes(part.subtype.as_bytes()),
                "parameters": parameters(&part.parameters),
                "id": text(part.id.as_ref()),
                "description": text(part.description.as_ref()),
                "encoding": bytes(part.encoding.as_bytes()),
                "size": part.size,
            });
            if let Some(fields) = value.as_object_mut() {
                fields.extend(part.lines.map(|lines| ("lines".to_owned(), lines.into())));
                if let Some(message) = &part.message {
                    fields.insert("envelope".to_owned(), envelope(&message.envelope));
                    fields.insert("body".to_owned(), structure(&message.body));
                }
                fields.extend(part.md5.as_ref().map(|md5| ("md5".to_owned(), bytes(md5.as_bytes()))));
                extension(fields, &part.extension);
            }
            value
        }
        BodyStructure::Multi(multi) => {
            let mut value = json!({
                "type": "multipart",
                "subtype": bytes(multi.subtype.as_bytes()),
                "parts": multi.parts.iter().map(structure).collect::<Vec<_>>(),
                "parameters": parameters(&multi.parameters),
            });
            if let Some(fields) = value.as_object_mut() {
                fields
                    .extend(multi.description.as_ref().map(|text| ("description".to_owned(), bytes(text.as_bytes()))));
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
            json!({"kind": bytes(disposition.kind.as_bytes()), "parameters": parameters(&disposition.parameters)});
        fields.insert("disposition".to_owned(), value);
    }
    if !extension.language.is_empty() {
        fields.insert("language".to_owned(), extension.language.iter().map(|text| bytes(text.as_bytes())).collect());
    }
    fields.extend(extension.location.as_ref().map(|location| ("location".to_owned(), bytes(location.as_bytes()))));
}

fn parameters(pairs: &[(ImapString, ImapString)]) -> Value {
    let pair =
        |(name, value): &(ImapString, ImapString)| (key(name.as_bytes()).to_ascii_lowercase(), bytes(value.as_bytes()));
    Value::Object(by_name(pairs.iter().map(pair)))
}

fn text(text: Option<&ImapString>) -> Value {
    text.map(|text| bytes(text.as_bytes())).into()
}
