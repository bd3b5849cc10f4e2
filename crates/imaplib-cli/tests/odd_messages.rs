//! Messages as real programs write them, against the standards in every way that was seen: the texts, names and contents
//! that the tool finds are those that are stored, and those that Python's `email` finds, but for differences with a reason.
//!
//! The messages are in `odd`, what is right in `odd/expected.json`. `UPDATE_ODD_MESSAGES=1` writes that file anew.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use support::{fetch_peer, imap_as_alice};

/// Where Python finds something else: why ours is right, and in which messages what differs.
const DIFFERENCES: &[(&str, &[(&str, &str)])] = &[
    (
        "The text of HTML is shown without its tags.",
        &[("attach-related-image", "text"), ("text-html-entities", "text"), ("text-html-meta-charset", "text")],
    ),
    (
        "What is not base64 is saved as it came: letters of a sentence are not digits.",
        &[("base64-is-plain-text", "contents")],
    ),
    (
        "Padding ends a quantum, not the text (RFC 2045, section 6.8): each block belongs to the file.",
        &[("base64-padded-blocks", "contents"), ("base64-padded-blocks-one-line", "contents")],
    ),
    ("A date of digits alone is day, month, year where dots are between them.", &[("date-dots", "date")]),
    (
        "A forwarded message should not be encoded; if it is, it is decoded and taken apart all the same.",
        &[("forward-in-base64", "names"), ("forward-in-base64", "contents")],
    ),
    ("`GMT+01:00` is an hour east of Greenwich; Python reads the GMT alone.", &[("date-gmt-offset", "date")]),
    (
        "The name of an encoding is read as it is meant.",
        &[
            ("encoding-name-1", "text"),
            ("encoding-name-1", "contents"),
            ("encoding-name-2", "text"),
            ("encoding-name-2", "contents"),
            ("encoding-name-3", "text"),
            ("encoding-name-3", "contents"),
            ("encoding-name-4", "text"),
            ("encoding-name-4", "contents"),
            ("encoding-quoted-printable-spaced", "text"),
        ],
    ),
    (
        "Where a message has no text of its own, that of the first forwarded message is shown.",
        &[("forward-digest", "text"), ("forward-only", "text")],
    ),
    (
        "Python writes the message anew, with other line ends and line feeds; ours are its bytes.",
        &[("forward-of-a-forward", "contents"), ("report-bounce", "contents")],
    ),
    (
        "The pieces of a name are joined before its encoded words are decoded.",
        &[("name-encoded-word-in-pieces", "names")],
    ),
    ("Where a name was folded there was one blank.", &[("name-folded-four-spaces", "names")]),
    (
        "A quotation mark within a name does not end it, nor does a blank.",
        &[("name-quotes-inside", "names"), ("name-unquoted-with-blanks", "names")],
    ),
    ("A name is in some charset, though it does not say in which.", &[("name-raw-latin1", "names")]),
    ("`filename*` is the better of two names (RFC 6266, section 4.3).", &[("name-rfc2231-beats-plain", "names")]),
    ("Windows writes its paths without escapes: the last component is the name.", &[("name-windows-path", "names")]),
    (
        "A multipart in which no part is found is text, and a boundary that the header does not name is one all the same.",
        &[
            ("structure-multipart-without-parts", "names"),
            ("structure-multipart-without-parts", "contents"),
            ("structure-no-boundary", "text"),
            ("structure-no-boundary", "names"),
            ("structure-no-boundary", "contents"),
            ("structure-wrong-boundary", "text"),
            ("structure-wrong-boundary", "names"),
            ("structure-wrong-boundary", "contents"),
        ],
    ),
    (
        "A boundary behind the end of the inner multipart belongs to the outer one.",
        &[
            ("structure-same-boundary-twice", "text"),
            ("structure-same-boundary-twice", "names"),
            ("structure-same-boundary-twice", "contents"),
        ],
    ),
    (
        "`gb2312` and `ks_c_5601-1987` are said of their supersets, GB 18030 and code page 949.",
        &[
            ("text-charset-gb2312-is-gb18030", "text"),
            ("words-charset-gb2312", "subject"),
            ("words-charset-cp949", "subject"),
        ],
    ),
    (
        "Charsets that Python does not know by these names.",
        &[
            ("text-charset-hebrew-implicit", "text"),
            ("text-charset-in-quotes", "text"),
            ("text-charset-windows-31j", "text"),
            ("text-charset-x-sjis", "text"),
            ("text-unknown-charset", "text"),
        ],
    ),
    ("`iso-8859-1` is said of windows-1252, as browsers know.", &[("text-charset-iso8859-1-is-cp1252", "text")]),
    (
        "Bytes without a charset, or with a wrong one, are text in some other.",
        &[
            ("text-no-charset-cyrillic", "text"),
            ("text-no-charset-jis", "text"),
            ("text-no-charset-utf8", "text"),
            ("text-us-ascii-is-latin1", "text"),
            ("text-us-ascii-is-utf8", "text"),
            ("text-utf8-is-latin1", "text"),
            ("words-raw-jis", "subject"),
            ("words-raw-koi8", "subject"),
            ("words-raw-latin1", "subject"),
        ],
    ),
    ("Base64 that is cut inside a quantum goes on in the next encoded word.", &[("words-split-quantum", "subject")]),
];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/odd")
}

/// The messages in the order of their names: that of their UIDs.
fn messages() -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "eml"));
    files.sort();
    let name = |path: &Path| path.file_stem().unwrap().to_str().unwrap().to_owned();
    files.iter().map(|path| (name(path), fs::read(path).unwrap())).collect()
}

fn expected() -> BTreeMap<String, Value> {
    serde_json::from_slice(&fs::read(folder().join("expected.json")).unwrap()).unwrap()
}

/// Text as it is, other bytes in base64; line ends are of no matter here.
fn content(bytes: &[u8]) -> Value {
    let mut plain = bytes.to_vec();
    plain.retain(|byte| *byte != b'\r');
    let end = plain.iter().rposition(|byte| *byte != b'\n').map_or(0, |at| at + 1);
    plain.truncate(end);
    match String::from_utf8(plain) {
        Ok(text) => text.into(),
        Err(error) => json!({ "base64": STANDARD.encode(error.as_bytes()) }),
    }
}

/// What the tool finds in a message: of the attachments the name that is shown, the name of the file, the content.
fn found(url: &str, uid: usize, dates: &BTreeMap<u64, Value>) -> Value {
    let number = uid.to_string();
    let shown = imap_as_alice(&["show", url, "INBOX", &number, "--json"]).ok().json().remove(0);
    let dir = tempfile::tempdir().unwrap();
    let get =
        imap_as_alice(&["get", url, "INBOX", &number, "--attachments", "-o", dir.path().to_str().unwrap(), "--json"]);
    let is_damaged = get.stderr.contains("is damaged: ");
    assert_eq!(get.code, i32::from(is_damaged), "{get:?}");
    let files = get.json();
    let listed = shown["attachments"].as_array().unwrap();
    assert_eq!(listed.len(), files.len(), "{number}: {shown}, {files:?}");
    let attachments: Vec<Value> = listed
        .iter()
        .zip(&files)
        .map(|(listed, saved)| {
            let path = Path::new(saved["file"].as_str().unwrap());
            let bytes = fs::read(path).unwrap();
            assert_eq!(listed["size"], bytes.len(), "{number}: {listed}");
            json!({
                "name": listed["name"],
                "file": path.file_name().unwrap().to_str().unwrap(),
                "type": listed["type"],
                "content": content(&bytes),
            })
        })
        .collect();
    json!({
        "subject": shown["subject"],
        "date": dates.get(&(uid as u64)),
        "text": shown["text"].as_str().unwrap().trim_end_matches('\n'),
        "attachments": attachments,
    })
}

/// The dates of the messages in a list.
fn dates(url: &str) -> BTreeMap<u64, Value> {
    let rows = imap_as_alice(&["search", url, "INBOX", "--json"]).ok().json();
    rows.into_iter().map(|row| (row["uid"].as_u64().unwrap(), row["date"].clone())).collect()
}

#[test]
fn odd_messages_are_read_as_they_are_meant() {
    let messages = messages();
    assert!(messages.len() >= 100, "{}", messages.len());
    let (_server, account, url) = support::server();
    for (_, message) in &messages {
        account.append("INBOX", message.clone()).unwrap();
    }
    let dates = dates(&url);
    let all: BTreeMap<String, Value> =
        (1..).zip(&messages).map(|(uid, (name, _))| (name.clone(), found(&url, uid, &dates))).collect();
    if std::env::var_os("UPDATE_ODD_MESSAGES").is_some() {
        fs::write(folder().join("expected.json"), serde_json::to_string_pretty(&all).unwrap() + "\n").unwrap();
    }
    let expected = expected();
    for (name, found) in &all {
        assert_eq!(Some(found), expected.get(name), "{name}");
    }
    assert_eq!(all.len(), expected.len());
}

/// A server that has no structure of its messages, and refuses to make one.
fn without_structures(messages: Vec<Vec<u8>>) -> String {
    fetch_peer::serve(messages.len(), move |command, out| {
        if command.contains("BODYSTRUCTURE") {
            return "NO the structure cannot be made".to_owned();
        }
        let uid: usize = command.split(' ').nth(2).unwrap().parse().unwrap();
        let text = &messages[uid - 1];
        let (size, partial) = (text.len(), if command.contains("]<0.") { "<0>" } else { "" });
        let row = format!("* {uid} FETCH (UID {uid} FLAGS () RFC822.SIZE {size} BODY[]{partial} {{{size}}}\r\n");
        out.extend([row.as_bytes(), text, b")\r\n"].concat());
        "OK done".to_owned()
    })
}

#[test]
fn without_a_structure_the_message_itself_is_taken_apart() {
    let messages = messages();
    let url = without_structures(messages.iter().map(|(_, message)| message.clone()).collect());
    let expected = expected();
    for (uid, (name, _)) in (1..).zip(&messages) {
        let found = found(&url, uid, &BTreeMap::new());
        for field in ["subject", "text", "attachments"] {
            assert_eq!(found[field], expected[name][field], "{name}: {field}");
        }
    }
}

#[test]
fn python_finds_the_same_but_for_what_is_explained() {
    let messages = messages();
    let files = messages.iter().map(|(name, _)| folder().join(format!("{name}.eml")));
    let run = Command::new("python3").arg(folder().join("python_email.py")).args(files).env("TZ", "UTC").output();
    let Ok(run) = run else {
        println!("there is no python3 here");
        return;
    };
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let theirs: Vec<Value> = run
        .stdout
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
        .map(|line| serde_json::from_slice(line).unwrap())
        .collect();
    assert_eq!(theirs.len(), messages.len());
    let mut wrong = Vec::new();
    let mut explained: BTreeSet<(&str, &str)> = DIFFERENCES.iter().flat_map(|(_, places)| *places).copied().collect();
    for ((name, _), theirs) in messages.iter().zip(theirs) {
        let ours = &expected()[name];
        for what in ["subject", "date", "text", "names", "contents"] {
            let (ours, theirs) = (aspect(ours, what), aspect(&theirs, what));
            let is_explained = explained.remove(&(name.as_str(), what));
            if is_explained != (ours != theirs) {
                wrong.push(format!("{name}, {what}: {ours} {theirs}"));
            }
        }
    }
    assert!(wrong.is_empty() && explained.is_empty(), "{}\n{explained:?}", wrong.join("\n"));
}

/// One side of what is found in a message.
fn aspect(found: &Value, what: &str) -> Value {
    let list = |field: &str| found["attachments"].as_array().unwrap().iter().map(|one| one[field].clone()).collect();
    match what {
        "names" => list("name"),
        "contents" => list("content"),
        "date" => seconds(&found["date"]),
        _ => found[what].clone(),
    }
}

/// The moment in seconds since 1970, from a number or from RFC 3339.
fn seconds(date: &Value) -> Value {
    let Some(text) = date.as_str() else { return date.clone() };
    let timestamp: jiff::Timestamp = text.parse().unwrap();
    timestamp.as_second().into()
}
