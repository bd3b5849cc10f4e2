//! What a whole client does about the quirks of known servers: the rows of the table in `imaplib-proto/tests/quirks`
//! that no single response shows.

use std::time::{Duration, Instant};

use imaplib::types::{Capability, SectionBody, SectionName, StatusItem, Uid, UidSet};
use imaplib::{ConnectOptions, FetchItem, Search};

use super::{Client, maybe_async, session, test};
use crate::support::scripted;

const FOUND: &str = "* LIST (\\HasNoChildren \\Sent) \"/\" Sent\r\n";

#[maybe_async]
#[test]
async fn a_charset_that_is_refused_is_left_out() {
    let (sent, endpoint) = scripted(|say| {
        say("* PREAUTH [CAPABILITY IMAP4rev1 LITERAL+] hi\r\n");
        say("* 1 EXISTS\r\nA1 OK\r\n");
        say("A2 NO [BADCHARSET (US-ASCII)] The specified charset is not supported.\r\n");
        say("");
        say("* SEARCH 7\r\nA3 OK\r\n");
        say("");
        // Where that is refused too, the first refusal says why.
        say("A4 NO [BADCHARSET (US-ASCII)] The specified charset is not supported.\r\n");
        say("");
        say("A5 BAD\r\n");
        say("");
        // Another refusal is no reason to try again.
        say("A6 NO\r\n");
    });
    let mut session = session(&endpoint).await;
    let mut inbox = session.select("INBOX").await.unwrap();
    assert_eq!(inbox.search(Search::new().subject("ü")).await.unwrap().to_string(), "7");
    let error = inbox.search_seq(Search::new().subject("ü")).await.unwrap_err();
    assert!(error.to_string().contains("BADCHARSET"), "{error}");
    assert!(inbox.search(Search::all()).await.is_err());
    let sent = sent.lock().unwrap();
    let commands: Vec<&str> = sent.iter().map(String::as_str).filter(|line| line.starts_with('A')).collect();
    let expected = [
        "A1 SELECT INBOX",
        "A2 UID SEARCH CHARSET UTF-8 SUBJECT {2+}",
        "A3 UID SEARCH SUBJECT {2+}",
        "A4 SEARCH CHARSET UTF-8 SUBJECT {2+}",
        "A5 SEARCH SUBJECT {2+}",
        "A6 UID SEARCH ALL",
    ];
    assert_eq!(commands, expected);
}

#[maybe_async]
#[test]
async fn refusals_say_what_to_do() {
    let (_sent, endpoint) = scripted(|say| {
        say("* PREAUTH [CAPABILITY IMAP4rev1] hi\r\n");
        say("A1 BAD User is authenticated but not connected.\r\n");
        say("A2 BAD Request is throttled. Suggested Backoff Time: 5000 milliseconds\r\n");
        say("Server Unavailable. 15\r\n");
        say("A4 NO no\r\n");
    });
    let mut session = session(&endpoint).await;
    let error = session.select("INBOX").await.unwrap_err();
    assert!(error.is_authentication() && error.is_bad(), "{error}");
    let error = session.noop().await.unwrap_err();
    assert!(error.is_temporary(), "{error}");
    assert_eq!(error.retry_after(), Some(Duration::from_secs(5)));
    let error = session.noop().await.unwrap_err();
    assert!(error.is_temporary() && error.is_bad() && error.retry_after().is_none(), "{error}");
    let error = session.noop().await.unwrap_err();
    assert!(!error.is_temporary() && !error.is_authentication(), "{error}");
}

#[maybe_async]
#[test]
async fn rfc822_without_data_is_asked_for_as_body() {
    let (sent, endpoint) = scripted(|say| {
        say("* PREAUTH [CAPABILITY IMAP4rev1] hi\r\n");
        say("* 1 EXISTS\r\nA1 OK\r\n");
        say("* 1 FETCH (UID 7)\r\nA2 OK\r\n");
        say("* 1 FETCH (UID 7 BODY[] {2}\r\nhi)\r\nA3 OK\r\n");
        say("A4 OK\r\n");
        say("* 1 FETCH (UID 7 BODY[HEADER] {2}\r\nhi)\r\nA5 OK\r\n");
        say("* 1 FETCH (UID 7 RFC822 {2}\r\nhi)\r\nA6 OK\r\n");
    });
    let mut session = session(&endpoint).await;
    let mut inbox = session.select("INBOX").await.unwrap();
    let uid = Uid::new(7).unwrap();
    let mut rows = inbox.fetch(uid, FetchItem::Rfc822).unwrap();
    let mut row = rows.next().await.unwrap().unwrap();
    let mut body = row.next_body().await.unwrap().unwrap();
    assert_eq!(body.to_bytes(10).await.unwrap(), "hi");
    assert!(rows.next().await.unwrap().is_none());
    drop(rows);
    let rows = inbox.fetch_all(uid, FetchItem::Rfc822Header).await.unwrap();
    assert_eq!(rows[0].sections[0].data, SectionBody::Here("hi".into()));
    let rows = inbox.fetch_all(uid, FetchItem::Rfc822).await.unwrap();
    assert_eq!(rows[0].sections[0].name, SectionName::Rfc822);
    let sent = sent.lock().unwrap();
    let expected = [
        "A2 UID FETCH 7 (UID RFC822)",
        "A3 UID FETCH 7 (UID BODY[])",
        "A4 UID FETCH 7 (UID RFC822.HEADER)",
        "A5 UID FETCH 7 (UID BODY.PEEK[HEADER])",
        "A6 UID FETCH 7 (UID RFC822)",
    ];
    assert_eq!(sent[1..], expected);
}

#[maybe_async]
#[test]
async fn the_client_tells_who_it_is_where_it_must() {
    let (sent, endpoint) = scripted(|say| {
        say("* OK [CAPABILITY IMAP4rev1 ID] Coremail System IMap Server Ready(163com[b62aaa])\r\n");
        say("A1 OK LOGIN completed\r\n");
        say("* CAPABILITY IMAP4rev1 ID\r\nA2 OK\r\n");
        say("* ID (\"name\" \"Coremail\")\r\nA3 OK\r\n");
        say("* 1 EXISTS\r\nA4 OK\r\n");
    });
    let client = Client::connect_with(&endpoint, &ConnectOptions::default()).await.unwrap();
    let mut session = client.login_command("alice", "secret").await.unwrap();
    session.select("INBOX").await.unwrap();
    let sent = sent.lock().unwrap();
    let commands = [sent[1].as_str(), &sent[2], &sent[3]];
    let id = concat!("A3 ID (\"name\" \"imaplib\" \"version\" \"", env!("CARGO_PKG_VERSION"), "\")");
    assert_eq!(commands, ["A2 CAPABILITY", id, "A4 SELECT INBOX"]);
}

#[maybe_async]
#[test]
async fn a_command_that_kills_the_server_is_not_offered() {
    let (_sent, endpoint) = scripted(|say| {
        say(
            "* PREAUTH [CAPABILITY IMAP4rev1 NAMESPACE] Microsoft Exchange Server 2003 IMAP4rev1 server version 6.5\r\n",
        );
        say("A1 OK\r\n");
    });
    let mut session = session(&endpoint).await;
    let error = session.namespace().await.unwrap_err();
    assert!(error.is_unsupported() && error.to_string().contains("NAMESPACE"), "{error}");
    session.noop().await.unwrap();
}

#[maybe_async]
#[test]
async fn an_extended_list_that_finds_nothing_is_followed_by_a_plain_one() {
    let (sent, endpoint) = scripted(|say| {
        say("* PREAUTH [CAPABILITY IMAP4rev1 LIST-EXTENDED LIST-STATUS SPECIAL-USE] hi\r\n");
        say("A1 OK\r\n");
        say(&format!("{FOUND}A2 OK\r\n"));
        say("* STATUS Sent (MESSAGES 5)\r\nA3 OK\r\n");
        say("A4 OK\r\n");
        say("* LSUB () \"/\" Sent\r\nA5 OK\r\n");
        say("A6 OK\r\n");
        say(&format!("{FOUND}* LIST () \"/\" x\r\nA7 OK\r\n"));
    });
    let mut session = session(&endpoint).await;
    assert!(session.capabilities().has(Capability::ListStatus));
    let found = session.list_status("*", &[StatusItem::Messages]).await.unwrap();
    assert_eq!((found.len(), found[0].status.as_ref().unwrap().messages), (1, Some(5)));
    assert_eq!(session.list_subscribed("*").await.unwrap().len(), 1);
    let special = session.list_special_use("*").await.unwrap();
    assert_eq!((special.len(), special[0].name.to_string()), (1, "Sent".into()));
    let sent = sent.lock().unwrap();
    assert_eq!(sent[1], "A2 LIST \"\" *");
    assert_eq!(sent[3..5], ["A4 LIST (SUBSCRIBED) \"\" * RETURN (CHILDREN SPECIAL-USE)", "A5 LSUB \"\" *"]);
}

#[maybe_async]
#[test]
async fn subscriptions_come_with_their_special_uses() {
    let (sent, endpoint) = scripted(|say| {
        say("* PREAUTH [CAPABILITY IMAP4rev1 LIST-EXTENDED SPECIAL-USE] hi\r\n");
        say("* LIST (\\Subscribed \\HasNoChildren \\Sent) \"/\" Sent\r\nA1 OK\r\n");
    });
    let mut session = session(&endpoint).await;
    let found = session.list_subscribed("*").await.unwrap();
    assert!(found[0].attributes.iter().any(|attribute| attribute.is_special_use()), "{found:?}");
    assert_eq!(sent.lock().unwrap()[..1], ["A1 LIST (SUBSCRIBED) \"\" * RETURN (CHILDREN SPECIAL-USE)"]);
}

#[maybe_async]
#[test]
async fn an_extended_list_that_is_refused_is_followed_by_a_plain_one() {
    let (sent, endpoint) = scripted(|say| {
        say("* PREAUTH [CAPABILITY IMAP4rev1 LIST-EXTENDED SPECIAL-USE] hi\r\n");
        say("A1 BAD [Error offset=11]: expected space\r\n");
        say(&format!("{FOUND}* LIST () \"/\" x\r\nA2 OK\r\n"));
        say("A3 BAD [Error offset=11]: expected space\r\n");
        say("* LSUB () \"/\" x\r\nA4 OK\r\n");
        // NO is an answer.
        say("A5 NO not now\r\n");
    });
    let mut session = session(&endpoint).await;
    assert_eq!(session.list_special_use("*").await.unwrap().len(), 1);
    assert_eq!(session.list_subscribed("*").await.unwrap().len(), 1);
    assert!(session.list_special_use("*").await.unwrap_err().is_no());
    let sent = sent.lock().unwrap();
    assert_eq!(sent[..2], ["A1 LIST (SPECIAL-USE) \"\" *", "A2 LIST \"\" *"]);
}

#[maybe_async]
#[test]
async fn a_literal_that_is_too_short_ends_at_the_deadline() {
    let (_sent, endpoint) = scripted(|say| {
        say("* PREAUTH [CAPABILITY IMAP4rev1] hi\r\n");
        say("* 1 EXISTS\r\nA1 OK\r\n");
        say("* 1 FETCH (UID 7 BODY[] {100}\r\nhi UID 7)\r\nA2 OK\r\n");
    });
    let mut session = session(&endpoint).await;
    let mut inbox = session.select("INBOX").await.unwrap();
    let began = Instant::now();
    let error = inbox.fetch_all(UidSet::all(), FetchItem::message()).await.unwrap_err();
    assert!(error.is_connection_lost() && began.elapsed() < Duration::from_secs(5), "{error}");
}
