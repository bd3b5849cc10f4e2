//! A call that collects rows and fails keeps what had come: the rows are with the error.

use imaplib::types::{Fetch, Flag, Uid, UidSet};
use imaplib::{FetchItem, FlagChange};

use super::{maybe_async, session, test};
use crate::support::scripted;

fn uids(rows: &[Fetch]) -> Vec<u32> {
    rows.iter().filter_map(|row| row.uid).map(Uid::get).collect()
}

/// So many odd UIDs that they take two commands.
fn in_two_parts() -> UidSet {
    (0..2_000).filter_map(|n| Uid::new(1_000_001 + 2 * n)).collect()
}

#[maybe_async]
#[test]
async fn rows_before_a_refusal_are_with_the_error() {
    let (_sent, endpoint) = scripted(|say| {
        say("* PREAUTH [CAPABILITY IMAP4rev1] hi\r\n");
        say("* 4 EXISTS\r\nA1 OK\r\n");
        say("* 1 FETCH (UID 7 BODY[] {2}\r\nhi)\r\n* 2 FETCH (UID 8 BODY[] {2}\r\nho)\r\nA2 NO cannot read UID 9\r\n");
        say("* 1 FETCH (UID 7 FLAGS (\\Seen))\r\nA3 NO some of them\r\n");
        say("* 1 FETCH (UID 7 FLAGS ())\r\nA4 OK\r\n");
    });
    let mut session = session(&endpoint).await;
    let mut inbox = session.select("INBOX").await.unwrap();
    let error = inbox.fetch_all(UidSet::all(), FetchItem::message()).await.unwrap_err();
    assert!(error.is_no(), "{error}");
    assert_eq!(uids(error.partial_rows()), [7, 8]);
    let rows = error.into_partial_rows();
    assert_eq!(rows[1].sections[0].data.as_bytes().map(|bytes| &bytes[..]), Some(&b"ho"[..]));
    let error = inbox.store(UidSet::all(), FlagChange::add(Flag::Seen)).await.unwrap_err();
    assert!(error.is_no() && uids(error.partial_rows()) == [7], "{error}");
    // A call that succeeds has its rows where they belong, and the connection goes on.
    assert_eq!(uids(&inbox.fetch_all(UidSet::all(), FetchItem::Flags).await.unwrap()), [7]);
}

#[maybe_async]
#[test]
async fn rows_before_the_connection_was_lost_are_with_the_error() {
    let (_sent, endpoint) = scripted(|say| {
        say("* PREAUTH [CAPABILITY IMAP4rev1] hi\r\n");
        say("* 2 EXISTS\r\nA1 OK\r\n");
        say("* 1 FETCH (UID 7 FLAGS ())\r\n* 2 FETCH (UID 8 FL");
    });
    let mut session = session(&endpoint).await;
    let mut inbox = session.select("INBOX").await.unwrap();
    let error = inbox.fetch_all(UidSet::all(), FetchItem::Flags).await.unwrap_err();
    assert!(error.is_connection_lost(), "{error}");
    assert_eq!(uids(error.partial_rows()), [7]);
}

#[maybe_async]
#[test]
async fn rows_of_the_commands_before_come_first() {
    let (sent, endpoint) = scripted(|say| {
        say("* PREAUTH [CAPABILITY IMAP4rev1] hi\r\n");
        say("* 5000 EXISTS\r\nA1 OK\r\n");
        say("* 1 FETCH (UID 1000001 FLAGS ())\r\nA2 OK\r\n");
        say("* 1500 FETCH (UID 1002999 FLAGS ())\r\nA3 NO\r\n");
    });
    let mut session = session(&endpoint).await;
    let mut inbox = session.select("INBOX").await.unwrap();
    let error = inbox.fetch_all(in_two_parts(), FetchItem::Flags).await.unwrap_err();
    assert!(error.is_no(), "{error}");
    assert_eq!(uids(error.partial_rows()), [1_000_001, 1_002_999], "{:?}", sent.lock().unwrap().len());
}
