//! A text loses its transfer encoding while it streams by.

use imaplib::FetchItem;
use imaplib::mime::transfer_encoding::{Encoding, Outcome};
use imaplib::types::{Part, Section, Uid};

use super::{maybe_async, session, test};
use crate::support::scripted;

/// A line of base64: 57 bytes of `abc`.
const LINE: &str = "YWJjYWJjYWJjYWJjYWJjYWJjYWJjYWJjYWJjYWJjYWJjYWJjYWJjYWJjYWJjYWJjYWJjYWJjYWJj\r\n";

/// More than is held of a text: it streams.
const LINES: usize = 3000;

#[maybe_async]
#[test]
async fn a_body_is_decoded_as_it_arrives() {
    let (_sent, endpoint) = scripted(|say| {
        say("* PREAUTH [CAPABILITY IMAP4rev1] hi\r\n");
        say("* 3 EXISTS\r\nA1 OK\r\n");
        let long = LINE.repeat(LINES);
        say(&format!("* 1 FETCH (UID 1 BODY[1] {{{}}}\r\n{long})\r\nA2 OK\r\n", long.len()));
        say("* 2 FETCH (UID 2 BODY[1] \"no base64 at all.\")\r\nA3 OK\r\n");
        say("* 3 FETCH (UID 3 BODY[1] {11}\r\ncaf=C3=A9\r\n)\r\nA4 OK\r\n");
    });
    let mut session = session(&endpoint).await;
    let mut inbox = session.select("INBOX").await.unwrap();
    let section = || FetchItem::body_peek(Section::part(Part::new(vec![1])));

    let mut rows = inbox.fetch(Uid::new(1).unwrap(), section()).unwrap();
    let mut row = rows.next().await.unwrap().unwrap();
    let mut body = row.next_body().await.unwrap().unwrap().decoded(Encoding::Base64);
    let (mut count, mut chunks) = (0, 0);
    while let Some(chunk) = body.chunk().await.unwrap() {
        assert!(count > 0 || body.outcome().is_none());
        assert!(chunk.len() < 80 << 10, "{}", chunk.len());
        let place = b"abc".iter().cycle().skip(count % 3);
        assert!(chunk.iter().zip(place).all(|(one, other)| one == other));
        (count, chunks) = (count + chunk.len(), chunks + 1);
    }
    assert_eq!((count, body.chunk().await.unwrap(), body.outcome()), (57 * LINES, None, Some(Outcome::Whole)));
    assert!(chunks > 2, "{chunks}");
    drop(rows);

    let mut rows = inbox.fetch(Uid::new(2).unwrap(), section()).unwrap();
    let mut row = rows.next().await.unwrap().unwrap();
    let mut body = row.next_body().await.unwrap().unwrap().decoded(Encoding::Base64);
    body.to_bytes(1000).await.unwrap();
    assert_eq!(body.outcome(), Some(Outcome::NotEncoded));
    drop(rows);

    let mut rows = inbox.fetch(Uid::new(3).unwrap(), section()).unwrap();
    let mut row = rows.next().await.unwrap().unwrap();
    let mut body = row.next_body().await.unwrap().unwrap().decoded(Encoding::QuotedPrintable);
    assert!(body.to_bytes(3).await.unwrap_err().is_limit());
}
