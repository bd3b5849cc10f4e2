//! What a future that is dropped leaves behind.

use std::time::Duration;

use imaplib::mime::transfer_encoding::Encoding;
use imaplib::types::UidSet;
use imaplib::{AppendMessage, Client, ConnectOptions, Error, FetchItem};
use imaplib_testserver::Fault;

use super::cases::log_in;
use crate::support::{TEXT, quick, start};

/// A message whose source stalls is given up with the connection: the next one must not be put behind it.
#[tokio::test]
async fn a_message_that_was_cut_ends_the_connection() {
    use tokio::io::AsyncWriteExt;
    let (server, endpoint) = start(|builder| builder);
    let mut session = log_in(&endpoint, &quick()).await.unwrap();
    let (mut source, reader) = tokio::io::duplex(64);
    source.write_all(b"AAAAAAAAAA").await.unwrap();
    let first = session.append("INBOX", AppendMessage::new(reader, 30));
    assert!(tokio::time::timeout(Duration::from_millis(200), first).await.is_err());
    let error = session.append("INBOX", AppendMessage::from("BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB")).await.unwrap_err();
    assert!(error.is_protocol(), "{error}");
    drop(session);
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(server.store().account("alice").messages("INBOX").unwrap().len(), 0);
}

/// A future that is dropped at its n-th pause leaves a session that answers rightly.
#[tokio::test]
async fn futures_can_be_dropped_at_every_pause() {
    let (server, endpoint) = start(|builder| builder.fault(Fault::OneByteWrites));
    server.store().account("alice").append("INBOX", TEXT).unwrap();
    server.store().account("alice").append_synthetic("INBOX", 1_000).unwrap();
    let mut session = log_in(&endpoint, &ConnectOptions::default()).await.unwrap();
    let mut inbox = session.select("INBOX").await.unwrap();
    for pauses in 0..150 {
        let search = inbox.search(imaplib::Search::all());
        assert!(drop_after(pauses, search).await.is_none_or(|result| result.unwrap().to_string() == "1:2"));
        let fetch = async {
            let mut rows = inbox.fetch(UidSet::all(), FetchItem::message())?;
            let mut count = 0;
            while let Some(mut row) = rows.next().await? {
                while let Some(mut body) = row.next_body().await? {
                    body.copy_to(&mut Vec::new()).await?;
                }
                count += 1;
            }
            Ok::<_, Error>(count)
        };
        assert!(drop_after(pauses, fetch).await.is_none_or(|result| result.unwrap() == 2));
        let mut idle = inbox.idle();
        drop(drop_after(pauses % 7, idle.next(Some(Duration::from_millis(5)))).await);
        drop(idle);
    }
    assert_eq!(inbox.search(imaplib::Search::all()).await.unwrap().to_string(), "1:2");
}

/// What a dropped call took of a text is gone: the next one does not give the rest for the whole.
#[tokio::test]
async fn a_text_that_was_taken_in_part_is_never_given_as_a_whole() {
    use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
    for (copies, decodes) in [(false, false), (true, false), (false, true), (true, true)] {
        let (here, there) = tokio::io::duplex(64 << 10);
        let (rest, wanted) = tokio::sync::oneshot::channel();
        let server = tokio::spawn(async move {
            let mut there = BufReader::new(there);
            there.write_all(b"* PREAUTH [CAPABILITY IMAP4rev1] hi\r\n").await.unwrap();
            there.read_line(&mut String::new()).await.unwrap();
            there.write_all(b"* 1 EXISTS\r\nA1 OK [READ-WRITE] x\r\n").await.unwrap();
            there.read_line(&mut String::new()).await.unwrap();
            there.write_all(b"* 1 FETCH (UID 1 BODY[] {200}\r\n").await.unwrap();
            there.write_all(&[b'x'; 100]).await.unwrap();
            wanted.await.unwrap();
            there.write_all(&[b'y'; 100]).await.unwrap();
            there.write_all(b")\r\nA2 OK done\r\n").await.unwrap();
            there.read_line(&mut String::new()).await.unwrap();
        });
        let options = ConnectOptions::new().limits(imaplib::Limits::default().stream_threshold(16));
        let mut session = Client::from_stream(here, true, &options).await.unwrap().into_session().await.unwrap();
        let mut inbox = session.select("INBOX").await.unwrap();
        let mut rows = inbox.fetch(UidSet::all(), FetchItem::message()).unwrap();
        let mut row = rows.next().await.unwrap().unwrap();
        let mut body = row.next_body().await.unwrap().unwrap();
        let time = Duration::from_millis(100);
        if decodes {
            let mut body = body.decoded(Encoding::Identity);
            match copies {
                true => drop(tokio::time::timeout(time, body.copy_to(&mut Vec::new())).await.unwrap_err()),
                false => drop(tokio::time::timeout(time, body.to_bytes(1_000)).await.unwrap_err()),
            }
            rest.send(()).unwrap();
            assert!(body.to_bytes(1_000).await.unwrap_err().is_bad_argument());
            assert!(body.copy_to(&mut Vec::new()).await.unwrap_err().is_bad_argument());
            assert!(body.chunk().await.unwrap_err().is_bad_argument());
            assert!(rows.next().await.unwrap().is_none());
            server.abort();
            continue;
        }
        match copies {
            true => drop(tokio::time::timeout(time, body.copy_to(&mut Vec::new())).await.unwrap_err()),
            false => drop(tokio::time::timeout(time, body.to_bytes(1_000)).await.unwrap_err()),
        }
        rest.send(()).unwrap();
        assert!(body.to_bytes(1_000).await.unwrap_err().is_bad_argument());
        assert!(body.copy_to(&mut Vec::new()).await.unwrap_err().is_bad_argument());
        assert!(body.chunk().await.unwrap_err().is_bad_argument());
        assert!(tokio::io::AsyncReadExt::read_to_end(&mut body, &mut Vec::new()).await.is_err());
        assert!(rows.next().await.unwrap().is_none());
        server.abort();
    }
}

/// Polls the future until it has paused so often, then drops it.
async fn drop_after<F: Future>(pauses: usize, future: F) -> Option<F::Output> {
    let mut future = std::pin::pin!(future);
    let mut left = pauses;
    std::future::poll_fn(move |cx| match future.as_mut().poll(cx) {
        std::task::Poll::Ready(output) => std::task::Poll::Ready(Some(output)),
        std::task::Poll::Pending if left == 0 => std::task::Poll::Ready(None),
        std::task::Poll::Pending => {
            left -= 1;
            std::task::Poll::Pending
        }
    })
    .await
}
