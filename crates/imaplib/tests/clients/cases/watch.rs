//! Mailboxes that are watched: each change once, whatever the connection does.

use std::time::Duration;

use imaplib::types::{Flag, MailboxName, Uid, UidSet};
use imaplib::{Changes, Endpoint, KnownMailbox, Synced, Timeouts, WatchEvent};
use imaplib_testserver::Builder;

use super::super::Watch;
use super::{Client, Session, maybe_async, test};
use crate::support::{TEXT, quick, start};

const PATIENCE: Option<Duration> = Some(Duration::from_secs(10));

fn uids(text: &str) -> UidSet {
    text.parse().unwrap()
}

/// NOTIFY and IDLE, IDLE alone, and neither; the last one has no modification sequences either.
const SERVERS: [fn(Builder) -> Builder; 3] = [
    |builder| builder.with_all(),
    |builder| builder.with_all().without("NOTIFY"),
    |builder| builder.with_all().without("NOTIFY").without("IDLE").without("QRESYNC").without("CONDSTORE"),
];

#[maybe_async]
async fn connect(endpoint: &Endpoint) -> imaplib::Result<Session> {
    let timeouts = Timeouts::all(Duration::from_secs(5)).idle_polling(Duration::from_millis(50));
    Client::connect_with(endpoint, &quick().timeouts(timeouts)).await?.login("alice", "secret").await
}

/// The changes of an event, and the mailbox.
fn changed(event: Option<WatchEvent>) -> (String, Changes) {
    match event {
        Some(WatchEvent::Changed(change)) => match change.synced {
            Synced::Changed(changes) => (change.mailbox.to_text().into_owned(), changes),
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}

macro_rules! watch {
    ($endpoint:expr) => {
        Watch::new(super::super::connector!($endpoint, connect))
            .mailbox("INBOX", KnownMailbox::new())
            .unwrap()
            .mailbox("Work", KnownMailbox::new())
            .unwrap()
    };
}

#[maybe_async]
#[test]
async fn changes_of_all_mailboxes_come_once() {
    for builder in SERVERS {
        let (server, endpoint) = start(builder);
        let account = server.store().account("alice");
        account.create("Work").unwrap();
        account.append("INBOX", TEXT).unwrap();
        let mut watch = watch!(&endpoint);
        let (name, changes) = changed(watch.next(PATIENCE).await.unwrap());
        assert_eq!((name.as_str(), changes.new.uids()), ("INBOX", &uids("1")));
        assert!(watch.next(Some(Duration::from_millis(200))).await.unwrap().is_none());
        account.append("Work", TEXT).unwrap();
        let (name, changes) = changed(watch.next(PATIENCE).await.unwrap());
        assert_eq!((name.as_str(), changes.new.uids()), ("Work", &uids("1")));
        account.append("INBOX", TEXT).unwrap();
        account.append("INBOX", TEXT).unwrap();
        let mut new = UidSet::new();
        while new.len() < 2 {
            let (name, changes) = changed(watch.next(PATIENCE).await.unwrap());
            assert_eq!(name, "INBOX");
            assert!(changes.new.uids().intersection(&new).is_empty());
            new = new.union(changes.new.uids());
        }
        assert_eq!(new, uids("2:3"));
        account.set_flags("INBOX", Uid::MIN, [Flag::Seen]).unwrap();
        let (_, changes) = changed(watch.next(PATIENCE).await.unwrap());
        assert!(changes.flags.get(Uid::MIN).unwrap().contains(&Flag::Seen) && changes.flags.len() == 1);
        account.expunge("Work", Uid::MIN).unwrap();
        let (name, changes) = changed(watch.next(PATIENCE).await.unwrap());
        assert_eq!((name.as_str(), changes.vanished), ("Work", uids("1")));
        assert!(watch.next(Some(Duration::from_millis(200))).await.unwrap().is_none());
        assert_eq!(watch.known(&MailboxName::inbox()).unwrap().uids(), &uids("1:3"));
    }
}

#[maybe_async]
#[test]
async fn what_changes_while_the_connection_is_lost_comes_afterwards() {
    let (server, endpoint) = start(|builder| builder.with_all());
    let account = server.store().account("alice");
    account.create("Work").unwrap();
    account.append("INBOX", TEXT).unwrap();
    let mut watch = watch!(&endpoint);
    changed(watch.next(PATIENCE).await.unwrap());
    server.disconnect_all();
    account.append("INBOX", TEXT).unwrap();
    match watch.next(PATIENCE).await.unwrap() {
        Some(WatchEvent::Lost { error, retry_in }) => {
            assert!(error.is_connection_lost() && retry_in == Duration::from_secs(1), "{error} {retry_in:?}");
        }
        other => panic!("{other:?}"),
    }
    let (_, changes) = changed(watch.next(PATIENCE).await.unwrap());
    assert_eq!((changes.new.uids(), changes.flags.len(), changes.vanished.len()), (&uids("2"), 0, 0));
}

#[maybe_async]
#[test]
async fn a_first_connection_that_fails_and_a_mailbox_that_is_missing_are_errors() {
    let (server, endpoint) = start(|builder| builder.with_all());
    server.store().account("alice").append("INBOX", TEXT).unwrap();
    let mut watch = watch!(&endpoint);
    changed(watch.next(PATIENCE).await.unwrap());
    // There is no mailbox Work; INBOX is watched all the same.
    assert!(watch.next(PATIENCE).await.unwrap_err().is_no());
    server.store().account("alice").append("INBOX", TEXT).unwrap();
    let (name, _) = changed(watch.next(PATIENCE).await.unwrap());
    assert_eq!(name, "INBOX");
    let nowhere = Endpoint::insecure("127.0.0.1", 1);
    let mut watch = watch!(&nowhere);
    assert!(watch.next(PATIENCE).await.unwrap_err().is_connection_lost());
}
