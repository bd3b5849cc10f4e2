//! Extensions that no server of the conformance suite has: Gmail's, and servers that stop in the middle (RFC 9738).

use imaplib::types::{MailboxAttribute, MailboxName, MessageUrl, SeqNum, SeqSet, Uid, UidSet};
use imaplib::{ErrorKind, FetchItem, FlagChange, LabelChange, Search, SearchReturn, command};

use super::{maybe_async, session, test};
use crate::support::scripted;

const SELECTED: &str = "* 6 EXISTS\r\n* OK [UIDVALIDITY 1] x\r\nA1 OK [READ-WRITE] done\r\n";

fn uids(text: &str) -> UidSet {
    text.parse().unwrap()
}

#[maybe_async]
#[test]
async fn what_gmail_knows_of_a_message() {
    let (sent, endpoint) = scripted(|say| {
        say("* PREAUTH [CAPABILITY IMAP4rev1 X-GM-EXT-1] hi\r\n");
        say(SELECTED);
        say("* SEARCH 7\r\nA2 OK\r\n");
        say("* 1 FETCH (UID 7 X-GM-MSGID 1278455344230334865 X-GM-THRID 1266894439832287888 \
             X-GM-LABELS (\\Inbox \"a &- b\" NIL))\r\nA3 OK\r\n");
        say("A4 OK\r\n");
        say("A5 OK\r\n");
    });
    let mut session = session(&endpoint).await;
    let mut inbox = session.select("INBOX").await.unwrap();
    let found = inbox.search(Search::unseen().gmail_raw("has:attachment in:x").gmail_label("x")).await.unwrap();
    let items = [FetchItem::GmailMessageId, FetchItem::GmailThreadId, FetchItem::GmailLabels];
    let rows = inbox.fetch_all(&found, items).await.unwrap();
    assert_eq!(rows[0].gmail_message_id(), Some(1_278_455_344_230_334_865));
    assert_eq!(rows[0].gmail_thread_id(), Some(1_266_894_439_832_287_888));
    let labels: Vec<String> = rows[0].labels().unwrap().iter().map(MailboxName::to_string).collect();
    assert_eq!(labels, ["\\Inbox", "a & b"]);
    inbox.store_labels(&found, LabelChange::Add, &["\\Important", "a & b"]).await.unwrap();
    inbox.store_labels(&found, LabelChange::Remove, &["x"]).await.unwrap();
    let sent = sent.lock().unwrap();
    assert_eq!(sent[1], r#"A2 UID SEARCH UNSEEN X-GM-RAW "has:attachment in:x" X-GM-LABELS x"#);
    assert_eq!(sent[3], r#"A4 UID STORE 7 +X-GM-LABELS.SILENT ("\\Important" "a &- b")"#);
    assert_eq!(sent[4], "A5 UID STORE 7 -X-GM-LABELS.SILENT (x)");
}

#[maybe_async]
#[test]
async fn a_search_goes_on_where_the_server_stopped() {
    let (sent, endpoint) = scripted(|say| {
        say("* PREAUTH [CAPABILITY IMAP4rev1 ESEARCH MESSAGELIMIT=2] hi\r\n");
        say(SELECTED);
        say("* ESEARCH (TAG \"A2\") UID ALL 5:6\r\nA2 OK [MESSAGELIMIT 2 5] the rest is left\r\n");
        say("* ESEARCH (TAG \"A3\") UID ALL 4\r\nA3 OK [MESSAGELIMIT 2 3] the rest is left\r\n");
        say("* ESEARCH (TAG \"A4\") UID ALL 1\r\nA4 OK done\r\n");
        say("* ESEARCH (TAG \"A5\") UID MAX 6 COUNT 2\r\nA5 OK [MESSAGELIMIT 2 5] the rest is left\r\n");
        say("* ESEARCH (TAG \"A6\") UID MIN 2 MAX 4 COUNT 3\r\nA6 OK done\r\n");
    });
    let mut session = session(&endpoint).await;
    let mut inbox = session.select("INBOX").await.unwrap();
    assert_eq!(inbox.search(Search::unseen()).await.unwrap(), uids("1,4:6"));
    let wanted = [SearchReturn::Min, SearchReturn::Max, SearchReturn::Count];
    let found = inbox.search_return(Search::unseen(), &wanted).await.unwrap();
    assert_eq!((found.min, found.max, found.count), (Some(2), Some(6), Some(5)));
    let sent = sent.lock().unwrap();
    assert_eq!(sent[2], "A3 UID SEARCH RETURN (ALL) UNSEEN UID 1:4");
    assert_eq!(sent[3], "A4 UID SEARCH RETURN (ALL) UNSEEN UID 1:4 UID 1:2");
    assert_eq!(sent[5], "A6 UID SEARCH RETURN (MIN MAX COUNT) UNSEEN UID 1:4");
}

#[maybe_async]
#[test]
async fn commands_go_on_where_the_server_stopped() {
    let (sent, endpoint) = scripted(|say| {
        say("* PREAUTH [CAPABILITY IMAP4rev1 MOVE MESSAGELIMIT=2] hi\r\n");
        say(SELECTED);
        say("* 6 FETCH (UID 6 RFC822.SIZE 1)\r\n* 5 FETCH (UID 5 RFC822.SIZE 1)\r\nA2 OK [MESSAGELIMIT 2 5] x\r\n");
        say("* 4 FETCH (UID 4 RFC822.SIZE 1)\r\nA3 OK done\r\n");
        say("* 6 FETCH (UID 6 RFC822.SIZE 1)\r\nA4 OK [MESSAGELIMIT 2 5] x\r\n");
        say("* 3 FETCH (UID 3 RFC822.SIZE 1)\r\nA5 OK done\r\n");
        say("* 6 FETCH (UID 6 FLAGS (\\Seen))\r\nA6 OK [MESSAGELIMIT 2 5] x\r\n");
        say("* 3 FETCH (UID 3 FLAGS (\\Seen))\r\nA7 OK done\r\n");
        say("* OK [COPYUID 9 6 16] x\r\n* 6 EXPUNGE\r\nA8 OK [MESSAGELIMIT 1 6] x\r\n");
        say("* OK [COPYUID 9 1 17] x\r\n* 1 EXPUNGE\r\nA9 OK done\r\n");
        say("A10 OK [MESSAGELIMIT 2 5] x\r\n");
    });
    let mut session = session(&endpoint).await;
    let mut inbox = session.select("INBOX").await.unwrap();
    let mut rows = inbox.fetch(UidSet::all(), FetchItem::Size).unwrap();
    let mut found = Vec::new();
    while let Some(row) = rows.next().await.unwrap() {
        found.push(row.uid().unwrap().get());
    }
    drop(rows);
    assert_eq!(found, [6, 5, 4]);
    assert_eq!(inbox.fetch_all(UidSet::all(), FetchItem::Size).await.unwrap().len(), 2);
    assert_eq!(inbox.store(uids("1:6"), FlagChange::add(imaplib::types::Flag::Seen)).await.unwrap().rows.len(), 2);
    let moved = inbox.move_messages(uids("1,6"), "Other").await.unwrap().copied.into_value().unwrap();
    assert_eq!((moved.source.to_set(), moved.target.to_set()), (uids("1,6"), uids("16:17")));
    // By sequence number, nobody knows which were left.
    let error = inbox.fetch_all("1:6".parse::<SeqSet>().unwrap(), FetchItem::Size).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Protocol, "{error}");
    let sent = sent.lock().unwrap();
    assert_eq!(sent[2], "A3 UID FETCH 1:4 (RFC822.SIZE UID)");
    assert_eq!(sent[4], "A5 UID FETCH 1:4 (RFC822.SIZE UID)");
    assert_eq!(sent[6], "A7 UID STORE 1:4 +FLAGS (\\Seen)");
    assert_eq!(sent[8], "A9 UID MOVE 1 Other");
}

#[maybe_async]
#[test]
async fn special_uses_are_found_by_xlist() {
    let (sent, endpoint) = scripted(|say| {
        say("* PREAUTH [CAPABILITY IMAP4rev1 XLIST] hi\r\n");
        say(
            "* XLIST (\\HasNoChildren \\Inbox) \"/\" \"Posteingang\"\r\n* XLIST (\\HasNoChildren \\Spam) \"/\" \"Werbung\"\r\n\
             * XLIST (\\HasNoChildren) \"/\" \"x\"\r\n* XLIST (\\Trash) \"/\" \"Papierkorb\"\r\nA1 OK\r\n",
        );
    });
    let mut session = session(&endpoint).await;
    let found = session.list_special_use("*").await.unwrap();
    let names: Vec<String> = found.iter().map(|listing| listing.name.to_string()).collect();
    assert_eq!(names, ["Werbung", "Papierkorb"]);
    assert!(found[0].has(&MailboxAttribute::Junk) && found[1].has(&MailboxAttribute::Trash));
    assert_eq!(sent.lock().unwrap()[0], r#"A1 XLIST "" *"#);
}

#[maybe_async]
#[test]
async fn what_is_listed_nowhere_else() {
    let (sent, endpoint) = scripted(|say| {
        say(
            "* PREAUTH [CAPABILITY IMAP4rev1 ENABLE FILTERS SAVELIMIT=500 URLAUTH URLAUTH=BINARY URL-PARTIAL UTF8=ONLY \
             METADATA-SERVER] hi\r\n",
        );
        say("* ENABLED UTF8=ACCEPT\r\nA1 OK\r\n");
        say("* METADATA \"\" (/shared/admin \"mailto:a@example.org\")\r\nA2 OK\r\n");
        say("* URLFETCH \"x\" (BODYPARTSTRUCTURE NIL) (BINARY ~{2}\r\nhi)\r\nA3 OK\r\n");
        say(&SELECTED.replace("A1", "A4"));
        say("A5 NO [UNDEFINED-FILTER on-the-road] there is none\r\n");
    });
    let mut session = session(&endpoint).await;
    assert_eq!(session.capabilities().save_limit(), Some(500));
    session.enable(&["UTF8=ACCEPT"]).await.unwrap();
    assert!(session.utf8_enabled());
    let found = session.get_metadata("", &["/shared/admin"]).await.unwrap();
    assert_eq!(found[0].value.as_deref(), Some(&b"mailto:a@example.org"[..]));
    let url = MessageUrl::new(&MailboxName::inbox(), Uid::MIN).section("1").partial(0, Some(2)).to_string();
    let fetched = session.run(command::UrlFetch::new([url]).binary()).await.unwrap().value;
    assert_eq!(fetched[0].body.as_deref(), Some(&b"hi"[..]), "{fetched:?}");
    let mut inbox = session.select("INBOX").await.unwrap();
    let error = inbox.search(Search::new().filter("on-the-road")).await.unwrap_err();
    assert!(error.is_no(), "{error}");
    let sent = sent.lock().unwrap();
    assert_eq!(sent[2], "A3 URLFETCH (\"/INBOX/;UID=1/;SECTION=1/;PARTIAL=0.2\" BINARY)");
    assert_eq!(sent[4], "A5 UID SEARCH FILTER on-the-road");
}

#[maybe_async]
#[test]
async fn a_server_of_rfc_1730() {
    let (sent, endpoint) = scripted(|say| {
        say("* PREAUTH [CAPABILITY IMAP4] hi\r\n");
        say(SELECTED);
        say("* 1 FETCH (RFC822.TEXT {5}\r\nhello)\r\nA2 OK\r\n");
    });
    let mut session = session(&endpoint).await;
    let mut inbox = session.select("INBOX").await.unwrap();
    let partial = command::PartialFetch::new(SeqNum::new(1).unwrap(), FetchItem::Rfc822TextPeek, 1, 5);
    let rows = inbox.session().run(partial).await.unwrap().value;
    assert_eq!(rows[0].sections[0].data.as_bytes().unwrap().as_ref(), b"hello");
    assert_eq!(sent.lock().unwrap()[1], "A2 PARTIAL 1 RFC822.TEXT.PEEK 1 5");
}

#[maybe_async]
#[test]
async fn a_server_of_imap4rev2_alone_sends_names_in_utf8() {
    let (sent, endpoint) = scripted(|say| {
        say("* PREAUTH [CAPABILITY IMAP4rev2] hi\r\n");
        say("* LIST () \"/\" \"Entwürfe & mehr\"\r\nA1 OK\r\n");
        say("A2 OK\r\n");
    });
    let mut session = session(&endpoint).await;
    assert!(session.utf8_enabled());
    let found = session.list("*").await.unwrap();
    assert_eq!(found[0].name.to_text(), "Entwürfe & mehr");
    session.create("Ärger & Co").await.unwrap();
    assert_eq!(sent.lock().unwrap()[1], "A2 CREATE \"Ärger & Co\"");
}

#[maybe_async]
#[test]
async fn imap4rev2_is_enabled_where_something_is_gained() {
    let (sent, endpoint) = scripted(|say| {
        say("* PREAUTH [CAPABILITY IMAP4rev1 IMAP4rev2] hi\r\n");
        say("* ENABLED IMAP4rev2\r\nA1 OK\r\n");
    });
    let session = session(&endpoint).await;
    assert!(session.enabled().has_name("IMAP4rev2") && session.utf8_enabled());
    assert_eq!(*sent.lock().unwrap(), ["A1 ENABLE IMAP4rev2"]);
}
