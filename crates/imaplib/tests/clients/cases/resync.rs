//! CONDSTORE and QRESYNC: what changed since a mailbox was seen last, and changes only where nobody else made one.

use imaplib::command::{MessageSet, Resync};
use imaplib::types::{Fetch, Flag, Uid, UidSet};
use imaplib::{FetchItem, FlagChange, SelectOptions};

use super::{log_in, maybe_async, session, test};
use crate::support::{TEXT, quick, scripted, start};

fn uids(text: &str) -> UidSet {
    text.parse().unwrap()
}

fn rows(rows: &[Fetch]) -> Vec<(Option<Uid>, Option<u64>)> {
    rows.iter().map(|row| (row.uid, row.mod_seq)).collect()
}

#[maybe_async]
#[test]
async fn a_mailbox_is_opened_with_what_changed() {
    let (sent, endpoint) = scripted(|say| {
        say("* PREAUTH [CAPABILITY IMAP4rev1 ENABLE CONDSTORE QRESYNC] hi\r\n");
        say("* ENABLED QRESYNC\r\nA1 OK\r\n");
        say("* 4 EXISTS\r\n* OK [UIDVALIDITY 7]\r\n* OK [HIGHESTMODSEQ 95]\r\n* VANISHED (EARLIER) 3,5:6\r\n\
             * 2 FETCH (UID 4 FLAGS (\\Seen) MODSEQ (94))\r\nA2 OK [READ-WRITE]\r\n");
        say("* 4 EXISTS\r\n* OK [UIDVALIDITY 8]\r\n* OK [HIGHESTMODSEQ 95]\r\nA3 OK [READ-ONLY]\r\n");
        say("* 4 EXISTS\r\n* OK [UIDVALIDITY 8]\r\n* OK [HIGHESTMODSEQ 95]\r\nA4 OK [READ-WRITE]\r\n");
    });
    let mut session = session(&endpoint).await;
    let known = Resync::new(7, 90).known_uids(uids("1:9"));
    let (mailbox, selected) = session.select_with("INBOX", SelectOptions::new().resync(known.clone())).await.unwrap();
    assert_eq!((mailbox.exists(), mailbox.highest_mod_seq(), mailbox.is_read_only()), (4, Some(95), false));
    assert_eq!((selected.resynced, selected.vanished), (true, uids("3,5:6")));
    assert_eq!(rows(&selected.changed), [(Uid::new(4), Some(94))]);
    // Another UIDVALIDITY: what the client knows is void.
    let options = SelectOptions::new().read_only().resync(known);
    let (mailbox, selected) = session.select_with("INBOX", options).await.unwrap();
    assert_eq!((selected.resynced, mailbox.uid_validity(), mailbox.is_read_only()), (false, Some(8), true));
    let (_, selected) = session.select_with("INBOX", SelectOptions::new().condstore()).await.unwrap();
    assert!(!selected.resynced && selected.changed.is_empty());
    assert_eq!(
        *sent.lock().unwrap(),
        [
            "A1 ENABLE QRESYNC",
            "A2 SELECT INBOX (QRESYNC (7 90 1:9))",
            "A3 EXAMINE INBOX (QRESYNC (7 90 1:9))",
            "A4 SELECT INBOX (CONDSTORE)"
        ]
    );
}

#[maybe_async]
#[test]
async fn messages_that_changed_are_fetched_with_those_that_vanished() {
    let (sent, endpoint) = scripted(|say| {
        say("* PREAUTH [CAPABILITY IMAP4rev1 ENABLE CONDSTORE QRESYNC] hi\r\n");
        say("* 4 EXISTS\r\n* OK [HIGHESTMODSEQ 95]\r\nA1 OK [READ-WRITE]\r\n");
        say("* 2 FETCH (UID 4 FLAGS () MODSEQ (94))\r\nA2 OK\r\n");
        say("* ENABLED QRESYNC\r\nA3 OK\r\n");
        say(
            "* VANISHED (EARLIER) 3\r\n* VANISHED (EARLIER) 8:9\r\n* 2 FETCH (UID 4 FLAGS () MODSEQ (94))\r\nA4 OK\r\n",
        );
    });
    let mut session = session(&endpoint).await;
    let mut inbox = session.select("INBOX").await.unwrap();
    let mut changed = inbox.fetch_changed_since(UidSet::all(), FetchItem::Flags, 90).unwrap();
    assert_eq!(changed.next().await.unwrap().unwrap().data().mod_seq, Some(94));
    assert!(changed.next().await.unwrap().is_none() && changed.vanished().is_empty());
    drop(changed);
    inbox.session().enable(&["QRESYNC"]).await.unwrap();
    let mut changed = inbox.fetch_changed_since(UidSet::all(), FetchItem::Flags, 90).unwrap();
    assert_eq!(changed.next().await.unwrap().unwrap().uid(), Uid::new(4));
    assert!(changed.next().await.unwrap().is_none());
    assert_eq!(*changed.vanished(), uids("3,8:9"));
    drop(changed);
    let sent = sent.lock().unwrap();
    assert_eq!(sent[1], "A2 UID FETCH 1:* (FLAGS UID) (CHANGEDSINCE 90)");
    assert_eq!(sent[3], "A4 UID FETCH 1:* (FLAGS UID) (CHANGEDSINCE 90 VANISHED)");
}

#[maybe_async]
#[test]
async fn flags_change_only_where_nobody_else_changed_them() {
    let (sent, endpoint) = scripted(|say| {
        say("* PREAUTH [CAPABILITY IMAP4rev1 CONDSTORE] hi\r\n");
        say("* 4 EXISTS\r\n* OK [HIGHESTMODSEQ 95]\r\nA1 OK [READ-WRITE]\r\n");
        say("* 1 FETCH (UID 3 FLAGS (\\Seen) MODSEQ (96))\r\nA2 OK [MODIFIED 4,7:9] done\r\n");
    });
    let mut session = session(&endpoint).await;
    let mut inbox = session.select("INBOX").await.unwrap();
    let outcome = inbox.store_unchanged_since(uids("3:9"), FlagChange::add(Flag::Seen), 95).await.unwrap();
    assert_eq!(rows(&outcome.rows), [(Uid::new(3), Some(96))]);
    assert_eq!(outcome.modified, MessageSet::Uids(uids("4,7:9")));
    assert_eq!(sent.lock().unwrap()[1], "A2 UID STORE 3:9 (UNCHANGEDSINCE 95) +FLAGS (\\Seen)");
}

#[maybe_async]
#[test]
async fn a_server_without_the_extensions_is_sent_nothing() {
    let (server, endpoint) = start(|builder| builder.without("CONDSTORE").without("QRESYNC"));
    server.store().account("alice").append("INBOX", TEXT).unwrap();
    let mut session = log_in(&endpoint, &quick()).await.unwrap();
    let options = SelectOptions::new().resync(Resync::new(1, 1));
    let error = session.select_with("INBOX", options).await.unwrap_err();
    assert_eq!(error.missing_capability(), Some("QRESYNC"));
    let error = session.select_with("INBOX", SelectOptions::new().condstore()).await.unwrap_err();
    assert_eq!(error.missing_capability(), Some("CONDSTORE"));
    let mut inbox = session.select("INBOX").await.unwrap();
    let count = server.commands().len();
    let error = inbox.fetch_changed_since(UidSet::all(), FetchItem::Flags, 1).err().unwrap();
    assert_eq!(error.missing_capability(), Some("CONDSTORE"));
    let stored = inbox.store_unchanged_since(UidSet::all(), FlagChange::add(Flag::Seen), 1).await;
    assert_eq!(stored.unwrap_err().missing_capability(), Some("CONDSTORE"));
    assert_eq!(server.commands().len(), count);
}
