//! Untagged data that only looks as if it ended in the announcement of a literal swallows nothing of what follows it, and
//! data that announces one takes exactly its bytes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

use imaplib_proto::command::{List, Noop};
use imaplib_proto::engine::{Engine, EngineError, Step};
use imaplib_proto::types::{Listing, MailboxName, Untagged};

/// The events that come of these bytes, received in parts of `step` bytes, and whether the command was completed.
fn events(bytes: &str, step: usize) -> (Vec<Untagged>, bool) {
    let mut engine = Engine::default();
    engine.push(b"* PREAUTH [CAPABILITY IMAP4rev1] hi\r\n");
    let noop = engine.start(Noop).unwrap();
    for part in format!("{bytes}A1 OK done\r\n").as_bytes().chunks(step) {
        engine.push(part);
        while engine.poll().unwrap_or_else(|error| panic!("{bytes:?}: {error}")) != Step::Blocked {}
    }
    let done = engine.take(&noop).is_some();
    (std::iter::from_fn(|| engine.next_event()).map(|event| event.response).collect(), done)
}

#[test]
fn data_that_ends_like_a_literal_swallows_nothing() {
    for line in [
        "LIST () \"/\" Foo {5}",
        "LIST (\\HasNoChildren) \"/\" My Foo {5}",
        "LIST () \"/\" Foo {5} ",
        "LIST () \"/\" Foo {40+}",
        "LIST () \"/\" Foo ~{5}",
        "LIST () NIL Foo {5}",
        "LIST () \"/\" Foo (bar {5}",
        "LSUB () \"/\" Foo {5}",
        "XLIST () \"/\" Foo {5}",
        "STATUS Foo {5}",
        "QUOTA User quota {5}",
        "CAPABILITY IMAP4rev1 {5}",
        "ENABLED X {5}",
        "FLAGS {5}",
        "SEARCH 1 2 {5}",
        "SORT 1 2 {5}",
        "THREAD (1) {5}",
        "VANISHED 1:2 {5}",
        "ESEARCH (TAG \"A1\") UID {5}",
        "ID NIL {5}",
        "NAMESPACE NIL NIL NIL {5}",
        "9 EXISTS {5}",
        "9 RECENT {5}",
        "9 EXPUNGE {5}",
        "OK text {5}",
        "NO [ALERT] text {5}",
        "BAD {5}",
    ] {
        let bytes = format!("* {line}\r\n* 7 EXISTS\r\n* 8 EXISTS\r\n");
        for step in [1, 7, bytes.len() + 20] {
            let (found, done) = events(&bytes, step);
            assert!(done, "{line}: {found:?}");
            assert!(found.ends_with(&[Untagged::Exists(7), Untagged::Exists(8)]), "{line}: {found:?}");
        }
    }
}

#[test]
fn where_a_list_is_open_the_connection_ends() {
    for line in ["LIST (\\Marked {5}", "FLAGS (\\Seen {5}", "THREAD (1 {5}"] {
        let mut engine = Engine::default();
        engine.push(b"* PREAUTH [CAPABILITY IMAP4rev1] hi\r\n");
        engine.push(format!("* {line}\r\n* 7 EXISTS\r\n").as_bytes());
        let error = loop {
            match engine.poll() {
                Ok(Step::Blocked) => panic!("{line}"),
                Ok(_) => {}
                Err(error) => break error,
            }
        };
        assert_eq!(error, EngineError::FramingLost, "{line}");
        assert!(
            !std::iter::from_fn(|| engine.next_event()).any(|event| event.response == Untagged::Exists(7)),
            "{line}"
        );
    }
}

#[test]
fn literals_of_data_are_read() {
    for line in [
        "LIST () \"/\" {5}\r\n* 1 {",
        "LIST () {1}\r\n/ Foo",
        "LIST () \"/\" Foo (OLDNAME ({5}\r\n* 1 {))",
        "LIST () \"/\" Foo (CHILDINFO (A {5}\r\n* 1 {))",
        "STATUS {5}\r\n* 1 { (MESSAGES 3)",
        "QUOTA {5}\r\n* 1 { (STORAGE 1 2)",
        "QUOTAROOT INBOX {5}\r\n* 1 {",
        "ACL INBOX {5}\r\n* 1 { lrs",
        "NAMESPACE ((\"\" {1}\r\n/)) NIL NIL",
        "ID (\"name\" {5}\r\n* 1 {)",
        "ESEARCH (TAG {2}\r\nA1) UID COUNT 3",
        "METADATA \"\" (/shared/comment {5}\r\n* 1 {)",
        "X-NEW word {5}\r\n* 1 {",
    ] {
        let bytes = format!("* {line}\r\n* 7 EXISTS\r\n");
        for step in [1, 7, bytes.len() + 20] {
            let (found, done) = events(&bytes, step);
            assert!(done && found.last() == Some(&Untagged::Exists(7)), "{line}: {found:?}");
        }
    }
}

#[test]
fn an_unquoted_name_that_ends_like_a_literal_is_the_name() {
    let mut engine = Engine::default();
    engine.push(b"* PREAUTH [CAPABILITY IMAP4rev1] hi\r\n");
    let list = engine.start(List::new(MailboxName::new("").unwrap(), MailboxName::new("*").unwrap())).unwrap();
    engine.push(
        b"* LIST () \"/\" Foo {5}\r\n* LIST () \"/\" {5}\r\nInner\r\n* LIST () \"/\" a b {300}\r\n* LIST () \"/\" Last\r\nA1 OK done\r\n",
    );
    while engine.poll().unwrap() != Step::Blocked {}
    let reply = engine.take(&list).unwrap().unwrap();
    let names: Vec<String> = reply.value.iter().map(|listing: &Listing| listing.name.to_text().into_owned()).collect();
    assert_eq!(names, ["Foo {5}", "Inner", "a b {300}", "Last"]);
    // Each name that should be quoted has its diagnostic.
    assert_eq!(reply.diagnostics.len(), 2, "{:?}", reply.diagnostics);
}
