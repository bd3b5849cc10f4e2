//! What server bytes say, as JSON: for `imap parse`.

mod code;
mod message;
mod untagged;

use imaplib_proto::response::{Note, Parsed, Response, StatusResponse, Untagged};
use serde_json::{Map, Value, json};

use crate::output::json::octets;

/// One response as a JSON object, and whether all of it was understood.
pub(crate) fn object(parsed: &Parsed) -> (Value, bool) {
    let mut fields = Map::new();
    let mut understood = true;
    match &parsed.response {
        Response::Continuation(text) => {
            fields.insert("kind".to_owned(), "CONTINUATION".into());
            fields.insert("text".to_owned(), octets(text.as_bytes()).into());
        }
        Response::Tagged(tag, status) => {
            fields.insert("kind".to_owned(), status.kind.to_string().into());
            fields.insert("tag".to_owned(), octets(tag.as_bytes()).into());
            insert_status(&mut fields, status);
        }
        Response::Untagged(Untagged::Status(status)) => {
            fields.insert("kind".to_owned(), status.kind.to_string().into());
            insert_status(&mut fields, status);
        }
        Response::Untagged(Untagged::Unknown { number, keyword, raw }) => {
            understood = false;
            fields.insert("kind".to_owned(), "UNKNOWN".into());
            if let Some(number) = number {
                fields.insert("seq".to_owned(), (*number).into());
            }
            if !keyword.is_empty() {
                fields.insert("keyword".to_owned(), octets(keyword.as_bytes()).into());
            }
            fields.insert("raw".to_owned(), octets(raw).into());
        }
        Response::Untagged(data) => untagged::insert(&mut fields, data),
        _ => {
            understood = false;
            fields.insert("kind".to_owned(), "UNKNOWN".into());
        }
    }
    understood &= insert_notes(&mut fields, &parsed.notes);
    (Value::Object(fields), understood)
}

fn insert_status(fields: &mut Map<String, Value>, status: &StatusResponse) {
    if let Some(code) = &status.code {
        fields.insert("code".to_owned(), code.name().into_owned().into());
        if let Some(argument) = code::argument(code) {
            fields.insert("argument".to_owned(), argument);
        }
    }
    fields.insert("text".to_owned(), octets(status.text.as_bytes()).into());
}

/// Says what was repaired and what was not understood; true if nothing is missing from the values.
fn insert_notes(fields: &mut Map<String, Value>, notes: &[Note]) -> bool {
    if notes.is_empty() {
        return true;
    }
    let items = fields.get("items").and_then(Value::as_object);
    let has = |name: &str| items.is_none_or(|items| items.keys().any(|key| key.eq_ignore_ascii_case(name)));
    let lost: Vec<&Note> =
        notes.iter().filter(|note| !note.item.is_empty() && !has(&note.item.to_string_lossy())).collect();
    let raw: Vec<Value> = lost.iter().map(|note| octets(&note.raw).into()).collect();
    let understood = raw.is_empty();
    let notes: Vec<Value> = notes.iter().map(note).collect();
    fields.insert("notes".to_owned(), notes.into());
    if !understood && !fields.contains_key("raw") {
        fields.insert("raw".to_owned(), if let [one] = raw.as_slice() { one.clone() } else { raw.into() });
    }
    understood
}

fn note(note: &Note) -> Value {
    let mut value = json!({"reason": note.reason, "position": note.position});
    if let Some(fields) = value.as_object_mut() {
        if !note.item.is_empty() {
            fields.insert("item".to_owned(), octets(note.item.as_bytes()).into());
        }
        if !note.raw.is_empty() {
            fields.insert("raw".to_owned(), octets(&note.raw).into());
        }
    }
    value
}

/// Ranges as the protocol writes them: `1:3,7`.
fn set(ranges: impl IntoIterator<Item = (u32, u32)>) -> String {
    let parts =
        ranges.into_iter().map(|(low, high)| if low == high { low.to_string() } else { format!("{low}:{high}") });
    parts.collect::<Vec<_>>().join(",")
}
