//! What is refused before anything is sent.

use imaplib::types::{Flag, MailboxName, Uid, UidSet};
use imaplib::{AppendMessage, ConnectOptions, FetchItem};

use super::{Client, log_in, maybe_async, test};
use crate::support::{TEXT, quick, scripted, start};

#[maybe_async]
#[test]
async fn a_mailbox_that_turns_read_only_refuses_the_writer() {
    let (sent, endpoint) = scripted(|say| {
        say("* PREAUTH [CAPABILITY IMAP4rev1 MOVE] hello\r\n");
        say("* 1 EXISTS\r\n* OK [PERMANENTFLAGS (\\Seen \\*)] x\r\nA1 OK [READ-WRITE] done\r\n");
        say("A2 OK done\r\n");
        say("* OK [READ-ONLY] the disk is full\r\nA3 OK done\r\n");
        say("* OK [READ-WRITE] again\r\nA4 OK done\r\n");
        say("A5 OK done\r\n");
    });
    let client = Client::connect_with(&endpoint, &ConnectOptions::default()).await.unwrap();
    let mut session = client.into_session().await.unwrap();
    let mut inbox = session.select("INBOX").await.unwrap();
    let seen = || imaplib::FlagChange::add(Flag::Seen).silent();
    inbox.store(Uid::MIN, seen()).await.unwrap();
    inbox.session().noop().await.unwrap();
    assert!(inbox.is_read_only());
    for error in [
        inbox.store(Uid::MIN, seen()).await.unwrap_err(),
        inbox.expunge().await.unwrap_err(),
        inbox.move_messages(Uid::MIN, "Trash").await.unwrap_err(),
    ] {
        assert!(error.is_read_only() && !error.is_connection_lost(), "{error}");
    }
    // The server takes it back, and nothing was sent meanwhile.
    inbox.session().noop().await.unwrap();
    inbox.expunge().await.unwrap();
    let sent = sent.lock().unwrap();
    assert_eq!(sent[1..], ["A2 UID STORE 1 +FLAGS.SILENT (\\Seen)", "A3 NOOP", "A4 NOOP", "A5 EXPUNGE"]);
}

#[maybe_async]
#[test]
async fn a_dropped_text_is_an_error_and_not_the_next_message() {
    let (server, endpoint) = start(|builder| builder);
    for _ in 0..2 {
        server.store().account("alice").append_synthetic("INBOX", 200_000).unwrap();
    }
    let mut session = log_in(&endpoint, &quick()).await.unwrap();
    let mut inbox = session.select("INBOX").await.unwrap();
    let mut rows = inbox.fetch(UidSet::all(), FetchItem::message()).unwrap();
    let mut count = 0;
    while let Some(mut row) = rows.next().await.unwrap() {
        count += 1;
        row.finish().await.unwrap();
        assert!(row.next_body().await.is_err_and(|error| error.is_bad_argument()));
    }
    assert_eq!(count, 2);
}

#[maybe_async]
#[test]
async fn a_mailbox_that_is_not_open_any_more_is_left_alone() {
    let (server, endpoint) = start(|builder| builder);
    server.store().account("alice").create("Other").unwrap();
    server.store().account("alice").append("Other", TEXT).unwrap();
    let mut session = log_in(&endpoint, &ConnectOptions::default()).await.unwrap();
    let mut inbox = session.select("INBOX").await.unwrap();
    inbox.session().select("Other").await.unwrap();
    let change = imaplib::FlagChange::add(Flag::Deleted);
    assert!(inbox.store(UidSet::all(), change).await.unwrap_err().is_bad_argument());
    assert!(inbox.expunge().await.unwrap_err().is_bad_argument());
    assert_eq!(server.store().account("alice").messages("Other").unwrap().len(), 1);
}

#[maybe_async]
#[test]
async fn commands_with_a_call_of_their_own_are_refused_elsewhere() {
    use imaplib::command;
    let (_server, endpoint) = start(|builder| builder);
    let mut client = Client::connect_with(&endpoint, &ConnectOptions::default()).await.unwrap();
    assert!(client.run(command::StartTls).await.unwrap_err().is_bad_argument());
    assert!(client.run(command::Select::new(MailboxName::inbox())).await.unwrap_err().is_bad_argument());
    let mut session = client.login("alice", "secret").await.unwrap();
    assert!(session.run(command::Append::new(MailboxName::inbox(), 1)).await.unwrap_err().is_bad_argument());
    assert!(session.run(command::Idle).await.unwrap_err().is_bad_argument());
    let fetch = command::Fetch::new(UidSet::all(), FetchItem::Flags);
    assert!(session.start(fetch).unwrap_err().is_bad_argument());
    session.noop().await.unwrap();
}

#[maybe_async]
#[test]
async fn an_empty_message_can_be_sent() {
    let (_server, endpoint) = start(|builder| builder);
    let mut session = log_in(&endpoint, &ConnectOptions::default()).await.unwrap();
    // A server refuses it (RFC 3502, section 6.3.11); the session goes on.
    let _ = session.append("INBOX", AppendMessage::from("")).await;
    session.noop().await.unwrap();
}
