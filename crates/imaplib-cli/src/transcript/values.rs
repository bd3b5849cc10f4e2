//! Values that several kinds of responses have, and the argument of a response code, as JSON.

use imaplib_proto::types::ResponseCode;
use serde_json::{Map, Value, json};

use crate::output::json::bytes;

/// Names with their values. One that is there more than once has a list of all its values.
pub(super) fn by_name(pairs: impl IntoIterator<Item = (String, Value)>) -> Map<String, Value> {
    let mut names = Map::new();
    for (name, value) in pairs {
        if let Value::Array(values) = names.entry(name).or_insert_with(|| Value::Array(Vec::new())) {
            values.push(value);
        }
    }
    for value in names.values_mut() {
        if let Value::Array(values) = value
            && values.len() == 1
        {
            *value = values.pop().unwrap_or_default();
        }
    }
    names
}

/// Ranges as the protocol writes them: `1:3,7`.
pub(super) fn set(ranges: impl IntoIterator<Item = (u32, u32)>) -> String {
    use std::fmt::Write as _;
    let mut text = String::new();
    for (low, high) in ranges {
        let comma = if text.is_empty() { "" } else { "," };
        // A string can always be written to.
        let _ = if low == high { write!(text, "{comma}{low}") } else { write!(text, "{comma}{low}:{high}") };
    }
    text
}

/// The argument, if the code has one.
pub(crate) fn argument(code: &ResponseCode) -> Option<Value> {
    let texts =
        |texts: &[imaplib_proto::types::ImapString]| Value::from_iter(texts.iter().map(|text| bytes(text.as_bytes())));
    Some(match code {
        ResponseCode::AppendUid(appended) => {
            json!({"uidvalidity": appended.uid_validity, "uids": appended.uids.to_string()})
        }
        ResponseCode::CopyUid(copied) => json!({
            "uidvalidity": copied.uid_validity,
            "source": copied.source.to_string(),
            "target": copied.target.to_string(),
        }),
        ResponseCode::Capability(list) => Value::from_iter(list.iter().map(|name| bytes(name.as_bytes()))),
        ResponseCode::PermanentFlags(flags) => Value::from_iter(flags.iter().map(|flag| bytes(flag.as_bytes()))),
        ResponseCode::BadCharset(list) | ResponseCode::BadEvent(list) | ResponseCode::Referral(list) => texts(list),
        ResponseCode::Downgraded(uids) => uids.to_string().into(),
        ResponseCode::Modified(ranges) => set(ranges.iter().copied()).into(),
        ResponseCode::HighestModSeq(number)
        | ResponseCode::MaxConvertMessages(number)
        | ResponseCode::MaxConvertParts(number) => (*number).into(),
        ResponseCode::UidNext(number) | ResponseCode::UidValidity(number) => (*number).into(),
        ResponseCode::Unseen(number) => number.map(imaplib_proto::types::SeqNum::get).into(),
        ResponseCode::InProgress { tag, done, goal } => {
            json!({"tag": tag.as_ref().map(|tag| bytes(tag.as_bytes())), "done": done, "goal": goal})
        }
        ResponseCode::MessageLimit { limit, uid } => {
            json!({"limit": limit, "uid": uid.map(imaplib_proto::types::Uid::get)})
        }
        ResponseCode::ObjectIds(ids) => {
            ids.iter().map(|(kind, id)| (kind.to_owned(), bytes(id.as_bytes()))).collect::<Map<_, _>>().into()
        }
        ResponseCode::NewName(old, new) => json!([bytes(old.as_bytes()), bytes(new.as_bytes())]),
        ResponseCode::Annotate(text)
        | ResponseCode::Annotations(text)
        | ResponseCode::BadUrl(text)
        | ResponseCode::MailboxId(text)
        | ResponseCode::Metadata(text)
        | ResponseCode::NoUpdate(text)
        | ResponseCode::UndefinedFilter(text)
        | ResponseCode::UrlMech(text)
        | ResponseCode::WebAlert(text) => bytes(text.as_bytes()),
        ResponseCode::Other(other) if !other.argument.is_empty() => bytes(&other.argument),
        _ => return None,
    })
}
