//! What an extension does is done without it, or refused.

use std::time::Duration;

use imaplib::types::{Capability, Flag, SeqNum, SeqSet, StatusItem, UidSet};
use imaplib::{AppendMessage, ConnectOptions, FetchItem, Timeouts, command};

use super::{Client, log_in, maybe_async, test};
use crate::support::{TEXT, quick, scripted, start};

#[maybe_async]
#[test]
async fn a_server_of_rfc_1730() {
    let (sent, endpoint) = scripted(|say| {
        say("* OK IMAP4 server ready\r\n");
        say("* CAPABILITY IMAP4 AUTH=KERBEROS_V4\r\nA1 OK done\r\n");
        say("A2 OK you are alice\r\n");
        say("* CAPABILITY IMAP4 AUTH=KERBEROS_V4\r\nA3 OK done\r\n");
        say("* FLAGS (\\Answered \\Deleted \\Seen)\r\n* 2 EXISTS\r\n* 1 RECENT\r\nA4 OK SELECT completed\r\n");
        say(
            "* 1 FETCH (UID 7 FLAGS (\\Seen) INTERNALDATE \" 1-Jan-99 10:00:00 PST\" RFC822.HEADER {14}\r\nSubject: x\r\n\r\n RFC822 {17}\r\nSubject: x\r\n\r\ny\r\n)\r\nA5 OK done\r\n",
        );
        say("* 1 FETCH (RFC822 {4}\r\nject)\r\nA6 OK done\r\n");
        say("* 1 STORE (FLAGS (\\Deleted \\Seen))\r\nA7 OK done\r\n");
        say("A8 BAD command unknown\r\n");
    });
    let client = Client::connect_with(&endpoint, &ConnectOptions::default()).await.unwrap();
    assert!(client.capabilities().has(Capability::Imap4) && !client.capabilities().has(Capability::Imap4Rev1));
    let mut session = client.login("alice", "secret").await.unwrap();
    let mut inbox = session.select("INBOX").await.unwrap();
    assert_eq!((inbox.exists(), inbox.uid_validity(), inbox.is_read_only()), (2, None, false));
    let lines = FetchItem::Rfc822HeaderLines(vec!["Subject".into()]);
    let items = [FetchItem::Flags, FetchItem::InternalDate, lines, FetchItem::Rfc822Peek];
    let rows = inbox.fetch_all(SeqNum::MIN, items).await.unwrap();
    assert_eq!(rows[0].internal_date.unwrap().unix_timestamp(), 915_213_600);
    assert_eq!(rows[0].sections.len(), 2);
    let part = command::PartialFetch::new(SeqNum::MIN, FetchItem::Rfc822, 4, 4);
    let part = inbox.session().run(part).await.unwrap().value;
    assert_eq!(&part[0].sections[0].data.as_bytes().unwrap()[..], b"ject");
    let rows = inbox.store(SeqNum::MIN, imaplib::FlagChange::add(Flag::Deleted)).await.unwrap().rows;
    assert!(rows[0].flags.as_ref().unwrap().contains(&Flag::Deleted));
    assert!(session.status("INBOX", &[StatusItem::Messages]).await.unwrap_err().is_bad());
    let sent = sent.lock().unwrap();
    assert_eq!(
        sent[4..6],
        ["A5 FETCH 1 (FLAGS INTERNALDATE UID RFC822.HEADER.LINES (Subject) RFC822.PEEK)", "A6 PARTIAL 1 RFC822 4 4"]
    );
}

#[maybe_async]
#[test]
async fn a_server_without_idle_is_asked() {
    let (server, endpoint) = start(|builder| builder.without("IDLE"));
    let mut timeouts = Timeouts::default();
    timeouts.idle_polling = Duration::from_millis(100);
    let mut session = log_in(&endpoint, &ConnectOptions::new().timeouts(timeouts)).await.unwrap();
    let mut inbox = session.select("INBOX").await.unwrap();
    server.store().account("alice").append("INBOX", TEXT).unwrap();
    let mut idle = inbox.idle();
    assert!(idle.next(Some(Duration::from_secs(5))).await.unwrap().is_some());
    idle.done().await.unwrap();
    assert!(!server.commands().iter().any(|command| command == "IDLE"));
}

#[maybe_async]
#[test]
async fn what_an_extension_does_is_done_without_it() {
    let (server, endpoint) = start(|builder| {
        builder
            .without("MOVE")
            .without("LIST-STATUS")
            .without("ESEARCH")
            .without("UNSELECT")
            .without("LITERAL+")
            .without("SASL-IR")
    });
    let mut session = log_in(&endpoint, &ConnectOptions::default()).await.unwrap();
    assert!(!session.capabilities().has(Capability::Move));
    for _ in 0..3 {
        session.append("INBOX", AppendMessage::from(TEXT)).await.unwrap();
    }
    session.create("Target").await.unwrap();
    session.create("Größe").await.unwrap();
    let all = session.list_status("*", &[StatusItem::Messages]).await.unwrap();
    let messages: Vec<_> = all
        .iter()
        .map(|mailbox| (mailbox.listing.name.to_string(), mailbox.status.as_ref().unwrap().messages))
        .collect();
    assert!(
        messages.contains(&("INBOX".into(), Some(3))) && messages.contains(&("Größe".into(), Some(0))),
        "{messages:?}"
    );
    let mut inbox = session.select("INBOX").await.unwrap();
    let moved =
        inbox.move_messages("2".parse::<UidSet>().unwrap(), "Target").await.unwrap().copied.into_value().unwrap();
    assert_eq!(moved.target.to_string(), "1");
    assert_eq!(inbox.search(imaplib::Search::all()).await.unwrap().to_string(), "1,3");
    inbox.unselect().await.unwrap();
    let status = session.status("INBOX", &[StatusItem::Messages]).await.unwrap();
    assert_eq!(status.messages, Some(2));
    drop(server);
    // Where single messages cannot be removed safely, nothing is.
    let (_server, endpoint) = start(|builder| builder.without("MOVE").without("UIDPLUS"));
    let mut session = log_in(&endpoint, &ConnectOptions::default()).await.unwrap();
    session.append("INBOX", AppendMessage::from(TEXT)).await.unwrap();
    session.create("Target").await.unwrap();
    let mut inbox = session.select("INBOX").await.unwrap();
    assert!(inbox.move_messages(UidSet::all(), "Target").await.unwrap_err().is_unsupported());
    assert!(inbox.expunge_uids(&UidSet::all()).await.unwrap_err().is_unsupported());
}

#[maybe_async]
#[test]
async fn what_a_move_without_move_removes_was_copied() {
    let (sent, endpoint) = scripted(|says| {
        says("* PREAUTH [CAPABILITY IMAP4rev1 UIDPLUS] hi\r\n");
        says("* 1 EXISTS\r\nA1 OK\r\n");
        says("* SEARCH 7\r\nA2 OK\r\n");
        // Mail that arrives after the copy must stay.
        says("* 2 EXISTS\r\nA3 OK [COPYUID 1 7 1] copied\r\n");
        says("A4 OK\r\n");
        says("* 1 EXPUNGE\r\nA5 OK\r\n");
        // As one came, the number of messages does not show that one went.
        says("* SEARCH\r\nA6 OK\r\n");
    });
    let mut session = Client::connect_with(&endpoint, &quick()).await.unwrap().into_session().await.unwrap();
    let mut inbox = session.select("INBOX").await.unwrap();
    inbox.move_messages(UidSet::all(), "T").await.unwrap();
    let sent = sent.lock().unwrap().clone();
    let expected = [
        "A1 SELECT INBOX",
        "A2 UID SEARCH UID 1:*",
        "A3 UID COPY 7 T",
        "A4 UID STORE 7 +FLAGS.SILENT (\\Deleted)",
        "A5 UID EXPUNGE 7",
        "A6 UID SEARCH UID 7",
    ];
    assert_eq!(sent, expected);
}

#[maybe_async]
#[test]
async fn sequence_numbers_in_parts_mean_what_they_meant() {
    let (server, endpoint) = start(|builder| builder);
    let account = server.store().account("alice");
    account.create("T").unwrap();
    for _ in 0..4000 {
        account.append("INBOX", TEXT).unwrap();
    }
    let mut session = log_in(&endpoint, &ConnectOptions::default()).await.unwrap();
    let mut inbox = session.select("INBOX").await.unwrap();
    let odd: SeqSet = (1..=3999).step_by(2).filter_map(SeqNum::new).collect();
    inbox.move_messages(&odd, "T").await.unwrap();
    assert!(account.messages("INBOX").unwrap().iter().all(|message| message.uid.get() % 2 == 0));
    assert_eq!(account.messages("T").unwrap().len(), 2000);
}
