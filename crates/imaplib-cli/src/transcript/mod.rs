//! Responses of a server as JSON: for `imap parse`.

mod message;
mod reader;
mod streamed;
mod untagged;
mod values;

use bytes::Bytes;
use imaplib_proto::parse::{self, Context, Parsed};
use imaplib_proto::types::{Diagnostic, Fetch, ImapString, Response, ResponseCode, StatusResponse, Untagged};
use serde_json::{Map, Value, json};

use self::message::section_name;
pub(crate) use self::reader::{Outcome, Reader};
use crate::output::json::{bytes, key};

/// The response in `frame` as a JSON object, and whether all of it was understood.
pub(crate) fn object(frame: &Bytes, context: &Context) -> (Value, bool) {
    let (value, understood, _) = read(frame, context);
    (value, understood)
}

/// The same, and whether what follows may belong to the response.
fn read(frame: &Bytes, context: &Context) -> (Value, bool, bool) {
    let parsed = parse::read(frame, context);
    let (value, understood) = parsed_object(&parsed, frame);
    (value, understood, parsed.framing_lost)
}

fn parsed_object(parsed: &Parsed, frame: &Bytes) -> (Value, bool) {
    object_of(&parsed.response, &parsed.diagnostics, Some(frame))
}

/// A row of which a text is not there: its other items, and the diagnostics.
fn row(row: Fetch, diagnostics: &[Diagnostic]) -> Value {
    object_of(&Response::Untagged(Untagged::Fetch(row)), diagnostics, None).0
}

/// The response as a JSON object, with its bytes if it was not understood and they are there.
fn object_of(response: &Response, diagnostics: &[Diagnostic], frame: Option<&Bytes>) -> (Value, bool) {
    let mut fields = Map::new();
    let mut understood = true;
    match response {
        Response::Continuation(text) => {
            fields.insert("kind".to_owned(), "CONTINUATION".into());
            fields.insert("text".to_owned(), bytes(text.as_bytes()));
        }
        Response::Tagged(tag, status) => {
            fields.insert("kind".to_owned(), status.kind.to_string().into());
            fields.insert("tag".to_owned(), bytes(tag.as_bytes()));
            insert_status(&mut fields, status);
        }
        Response::Untagged(Untagged::Status(status)) => {
            fields.insert("kind".to_owned(), status.kind.to_string().into());
            insert_status(&mut fields, status);
        }
        Response::Untagged(Untagged::Unknown { number, keyword, .. }) => {
            understood = false;
            fields.insert("kind".to_owned(), "UNKNOWN".into());
            fields.extend(number.map(|number| ("seq".to_owned(), number.into())));
            if !keyword.is_empty() {
                fields.insert("keyword".to_owned(), bytes(keyword.as_bytes()));
            }
        }
        Response::Untagged(data) => understood = untagged::insert(&mut fields, data),
        _ => {
            understood = false;
            fields.insert("kind".to_owned(), "UNKNOWN".into());
        }
    }
    for name in unparsed(response, diagnostics) {
        understood = false;
        for place in ["items", "status"] {
            if let Some(Value::Object(values)) = fields.get_mut(place) {
                values.shift_remove(&name);
            }
        }
    }
    if !diagnostics.is_empty() {
        understood = false;
        fields.insert("notes".to_owned(), diagnostics.iter().map(note).collect());
    }
    // A name that is no UTF-8 cannot be told from another one without its bytes.
    if let Some(frame) = frame
        && (!understood || (std::str::from_utf8(frame).is_err() && fields.values().any(has_replacement)))
    {
        fields.insert("raw".to_owned(), bytes(frame));
    }
    (Value::Object(fields), understood)
}

/// Whether a byte was replaced by U+FFFD anywhere.
fn has_replacement(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains(char::REPLACEMENT_CHARACTER),
        Value::Array(values) => values.iter().any(has_replacement),
        Value::Object(fields) => fields.values().any(has_replacement),
        _ => false,
    }
}

/// The items that were kept as bytes because their values are malformed.
fn unparsed(response: &Response, diagnostics: &[Diagnostic]) -> Vec<String> {
    let kept: Vec<&ImapString> = match response {
        Response::Untagged(Untagged::Fetch(row)) => row.other.iter().map(|(name, _)| name).collect(),
        Response::Untagged(Untagged::MailboxStatus(status)) => status.other.iter().map(|(name, _)| name).collect(),
        Response::Tagged(_, status) | Response::Untagged(Untagged::Status(status)) => match &status.code {
            Some(ResponseCode::Other(code)) => vec![&code.name],
            _ => Vec::new(),
        },
        _ => Vec::new(),
    };
    let noted = |name: &ImapString| diagnostics.iter().any(|note| note.item.eq_ignore_ascii_case(name));
    kept.into_iter().filter(|name| noted(name)).map(|name| key(name.as_bytes())).collect()
}

fn insert_status(fields: &mut Map<String, Value>, status: &StatusResponse) {
    if let Some(code) = &status.code {
        fields.insert("code".to_owned(), code.name().into_owned().into());
        if let Some(argument) = values::argument(code) {
            fields.insert("argument".to_owned(), argument);
        }
    }
    fields.insert("text".to_owned(), bytes(status.text.as_bytes()));
}

fn note(note: &Diagnostic) -> Value {
    let mut value = json!({"reason": note.reason, "position": note.position});
    if let Some(fields) = value.as_object_mut() {
        if !note.item.is_empty() {
            fields.insert("item".to_owned(), bytes(note.item.as_bytes()));
        }
        if !note.raw.is_empty() {
            fields.insert("raw".to_owned(), bytes(&note.raw));
        }
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the lines are as JSON, without the kind, and whether all was understood.
    fn read(line: &str) -> (String, bool) {
        let (mut value, understood) = object(&Bytes::copy_from_slice(line.as_bytes()), &Context::default());
        let fields = value.as_object_mut().unwrap();
        fields.shift_remove("kind");
        fields.shift_remove("raw");
        (value.to_string(), understood)
    }

    #[test]
    fn all_that_was_sent_is_there() {
        for (line, expected) in [
            (
                "* 1 FETCH (ENVELOPE (NIL NIL ((\"n\" \"@a,@b\" \"m\" \"h\")) NIL NIL NIL NIL NIL NIL NIL))\r\n",
                r#"{"name":"n","route":"@a,@b","mailbox":"m","host":"h"}"#,
            ),
            (
                "* NAMESPACE ((\"\" \"/\" \"X-PARAM\" (\"a\" \"b\"))) NIL NIL\r\n",
                r#"[{"prefix":"","delimiter":"/","extensions":[["X-PARAM",["a","b"]]]}]"#,
            ),
            ("* 1 FETCH (X-A 1 X-A (2))\r\n", r#"{"X-A":["1","(2)"]}"#),
            ("* 1 FETCH (X-GM-LABELS (\\Inbox \"a b\" &AOk-))\r\n", r#"{"X-GM-LABELS":["\\Inbox","a b","é"]}"#),
            ("* 1 FETCH (PREVIEW \"a \\\"b\\\"\")\r\n", r#"{"PREVIEW":"a \"b\""}"#),
            ("* 1 FETCH (PREVIEW {3}\r\na)b)\r\n", r#"{"PREVIEW":"a)b"}"#),
            (
                "* 1 FETCH (PREVIEW NIL EMAILID (M1) THREADID NIL)\r\n",
                r#"{"PREVIEW":null,"EMAILID":"M1","THREADID":null}"#,
            ),
            ("* 1 FETCH (X-GM-MSGID 1278455344230334865)\r\n", r#"{"X-GM-MSGID":"1278455344230334865"}"#),
            ("* ID (\"a\" \"1\" \"a\" \"2\" \"b\" NIL)\r\n", r#"{"fields":{"a":["1","2"],"b":null}}"#),
            ("* ACL x a lr a w\r\n", r#"{"mailbox":"x","rights":{"a":["lr","w"]}}"#),
            (
                "* 1 FETCH (BODY (\"A\" \"B\" (\"NAME\" \"x\" \"name\" \"y\") NIL NIL \"7BIT\" 5))\r\n",
                r#""parameters":{"name":["x","y"]}"#,
            ),
            (
                "* LIST () \"/\" x (\"X-A\" (1) mailbox (forged))\r\n",
                r#"{"attributes":[],"delimiter":"/","mailbox":"x","extended":[["X-A","(1)"],["mailbox","(forged)"]]}"#,
            ),
            ("* LIST () \"/\" \"NCPN & BUGB\"\r\n", r#""mailbox":"NCPN & BUGB","mailbox_raw":"NCPN \\x26 BUGB"}"#),
            ("* ESEARCH COUNT 2 X-A 5 X-A 6\r\n", r#""count":2,"other":[["X-A","5"],["X-A","6"]]}"#),
            ("* STATUS x (X-A 5 X-A 6)\r\n", r#"{"X-A":["5","6"]}"#),
        ] {
            let (value, understood) = read(line);
            assert!(understood && value.contains(expected), "{line} {value}");
        }
    }

    #[test]
    fn what_is_left_out_is_said() {
        for line in [
            "* 1 FETCH (RFC822.SIZE 5 RFC822.SIZE 6)\r\n",
            "* 1 FETCH (BODY[1] \"a\" BODY[1] \"b\")\r\n",
            "* 1 FETCH (ENVELOPE (NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL) UID 5 ENVELOPE (NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL))\r\n",
            "* 1 FETCH (BODYSTRUCTURE (\"A\" \"B\" NIL NIL NIL \"7BIT\" 5 NIL NIL NIL NIL \"more\"))\r\n",
            "* STATUS x (MESSAGES 5 MESSAGES 6)\r\n",
            "* ESEARCH COUNT 5 COUNT 6\r\n",
            "* ESEARCH (TAG \"a\" TAG \"b\") COUNT 5\r\n",
            "* LIST () \"/\" x (CHILDINFO (a) CHILDINFO (b))\r\n",
            "* SEARCH 1 (MODSEQ 5) (MODSEQ 6)\r\n",
        ] {
            let (value, understood) = read(line);
            assert!(!understood && value.contains("notes"), "{line} {value}");
        }
    }

    #[test]
    fn what_stays_unparsed_is_raw_and_told() {
        for (line, understood, raw) in [
            ("* 1 FETCH (UID 5 FLAGS ())\r\n", true, false),
            ("* 3 FETCH (X-GM-MSGID 5 UID 9)\r\n", true, false),
            ("* 2 FETCH (INTERNALDATE NIL UID 5)\r\n", false, true),
            ("* OK [UIDNEXT abc] x\r\n", false, true),
            ("* STATUS a (MESSAGES -1 UNSEEN 2)\r\n", false, true),
            ("* XYZZY\r\n", false, true),
            ("* 1 FETCH (UID 3 ENVELOPE (NIL \r\n", false, true),
            ("* 2 FETCH (FLAGS (\\Seen) UID 5\r\n", false, true),
            ("* LIST () \"/\" caf\u{e9}\r\n", true, false),
        ] {
            let (value, all) = object(&Bytes::copy_from_slice(line.as_bytes()), &Context::default());
            assert_eq!((all, value.get("raw").is_some()), (understood, raw), "{value}");
            assert!(
                value["items"].get("INTERNALDATE").is_none() && value["status"].get("MESSAGES").is_none(),
                "{value}"
            );
        }
    }
}
