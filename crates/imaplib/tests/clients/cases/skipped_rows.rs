//! What the server sends behind a text at which the caller left a row is not lost.

use imaplib::FetchItem;
use imaplib::types::{Flag, Section, Uid, UidSet};

use super::{maybe_async, session, test};
use crate::support::scripted;

/// More than is held of a text: it streams.
const LONG: usize = 100_000;

fn row(number: u32, behind: &str) -> String {
    format!("* {number} FETCH (UID {number} BODY[TEXT] {{{LONG}}}\r\n{}{behind})\r\n", "x".repeat(LONG))
}

#[maybe_async]
#[test]
async fn the_rest_of_a_row_that_was_left_is_there() {
    let (_sent, endpoint) = scripted(|say| {
        say("* PREAUTH [CAPABILITY IMAP4rev1] hi\r\n");
        say("* 4 EXISTS\r\nA1 OK\r\n");
        let twice = row(1, " BODY[TEXT] NIL FLAGS (\\Seen)");
        let whole = row(2, " FLAGS (\\Draft)");
        let left = row(4, " INTERNALDATE \"yesterday\" FLAGS ()");
        say(&format!("{twice}{whole}* 3 FETCH (UID 3 BODY[TEXT] {{2}}\r\nhi FLAGS ())\r\n{left}A2 OK\r\n"));
    });
    let mut session = session(&endpoint).await;
    let mut inbox = session.select("INBOX").await.unwrap();
    let items = [FetchItem::Flags, FetchItem::body_peek(Section::text())];
    let mut rows = inbox.fetch(UidSet::all(), items).unwrap();
    let mut first = rows.next().await.unwrap().unwrap();
    // It reads the text to its end, and does not ask for another.
    let text = first.next_body().await.unwrap().unwrap().to_bytes(1 << 20).await.unwrap();
    assert_eq!((text.len(), first.data().has_doubtful_text(), first.flags()), (LONG, false, None));
    assert!(rows.skipped().is_none());

    let mut second = rows.next().await.unwrap().unwrap();
    assert_eq!(second.uid(), Uid::new(2));
    second.finish().await.unwrap();
    let skipped = rows.skipped().unwrap();
    assert_eq!(skipped.data.uid, Uid::new(1));
    assert!(skipped.data.has_doubtful_text(), "the row had the text twice");
    assert!(skipped.data.flags.as_ref().is_some_and(|flags| flags.contains(&Flag::Seen)));

    assert_eq!(rows.next().await.unwrap().unwrap().uid(), Uid::new(3));
    assert!(rows.skipped().is_none(), "the second row was read to its end");
    assert_eq!(rows.next().await.unwrap().unwrap().uid(), Uid::new(4));
    assert!(rows.skipped().is_none(), "the third row was whole");
    assert!(rows.next().await.unwrap().is_none());
    let skipped = rows.skipped().unwrap();
    assert_eq!((skipped.data.uid, skipped.diagnostics.is_empty()), (Uid::new(4), false), "{skipped:?}");
    assert!(rows.next().await.unwrap().is_none() && rows.skipped().is_none());
}
