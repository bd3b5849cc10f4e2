//! What changed in a mailbox since it was seen last, found in three ways.

use imaplib::types::{Flag, UidSet};
use imaplib::{Changes, KnownMailbox, Restart, SelectOptions, SyncWay, Synced};
use imaplib_testserver::Builder;

use super::{Session, log_in, maybe_async, session, test};
use crate::support::{TEXT, quick, scripted, start};

fn uids(text: &str) -> UidSet {
    text.parse().unwrap()
}

type SetUp = fn(Builder) -> Builder;

/// The servers of each way.
const WAYS: [(SyncWay, SetUp); 3] = [
    (SyncWay::Resync, |builder| builder.with_all()),
    (SyncWay::CondStore, |builder| builder.with_all().without("QRESYNC")),
    (SyncWay::Compared, |builder| builder.with_all().without("QRESYNC").without("CONDSTORE")),
];

fn changed(synced: Synced) -> Changes {
    match synced {
        Synced::Changed(changes) => changes,
        other => panic!("{other:?}"),
    }
}

fn flags(changes: &Changes) -> Vec<String> {
    changes.flags.iter().map(|(uid, flags)| format!("{uid} {flags}")).collect()
}

#[maybe_async]
async fn look(session: &mut Session, known: &KnownMailbox) -> Synced {
    let (mut inbox, _) = session.select_with("INBOX", SelectOptions::new().for_changes()).await.unwrap();
    inbox.changes(known).await.unwrap()
}

#[maybe_async]
#[test]
async fn each_way_finds_the_same() {
    for (way, builder) in WAYS {
        let (server, endpoint) = start(builder);
        let account = server.store().account("alice");
        for _ in 0..9 {
            account.append("INBOX", TEXT).unwrap();
        }
        let uid = |number| imaplib::types::Uid::new(number).unwrap();
        let mut session = log_in(&endpoint, &quick()).await.unwrap();
        let first = changed(look(&mut session, &KnownMailbox::new()).await);
        assert_eq!((first.new.uids(), first.vanished.len(), first.flags.len()), (&uids("1:9"), 0, 0), "{way:?}");
        let known = KnownMailbox::from_bytes(&first.known.to_bytes()).unwrap();
        let unchanged = look(&mut session, &known).await;
        assert!(unchanged.is_unchanged(), "{unchanged:?}");
        account.set_flags("INBOX", uid(4), [Flag::Seen, Flag::JUNK]).unwrap();
        account.set_flags("INBOX", uid(5), [Flag::Draft]).unwrap();
        account.expunge("INBOX", uid(2)).unwrap();
        account.expunge("INBOX", uid(9)).unwrap();
        for number in 10..13 {
            account.append("INBOX", TEXT).unwrap();
            account.set_flags("INBOX", uid(number), [Flag::Flagged]).unwrap();
        }
        account.expunge("INBOX", uid(11)).unwrap();
        let next = changed(look(&mut session, &known).await);
        assert_eq!((next.way, &next.vanished), (way, &uids("2,9")));
        assert_eq!(flags(&next), ["4 \\Seen $Junk", "5 \\Draft"], "{way:?}");
        let new: Vec<String> = next.new.iter().map(|(uid, flags)| format!("{uid} {flags}")).collect();
        assert_eq!(new, ["10 \\Flagged", "12 \\Flagged"], "{way:?}");
        assert_eq!((next.known.uids(), next.set_back), (&uids("1,3:8,10,12"), None));
        // In the mailbox that stays open, what others changed meanwhile is found, too, and nothing twice.
        let mut inbox = session.mailbox().unwrap();
        let again = inbox.changes(&next.known).await.unwrap();
        assert!(again.is_unchanged(), "{way:?}: {again:?}");
        account.expunge("INBOX", uid(1)).unwrap();
        account.append("INBOX", TEXT).unwrap();
        account.set_flags("INBOX", uid(12), []).unwrap();
        let last = changed(inbox.changes(&next.known).await.unwrap());
        assert_eq!((last.new.uids(), &last.vanished), (&uids("13"), &uids("1")), "{way:?}");
        assert_eq!(flags(&last), ["12 "], "{way:?}");
        assert!(inbox.changes(&last.known).await.unwrap().is_unchanged(), "{way:?}");
        // All gone, and nothing left to ask for.
        for number in last.known.uids().iter() {
            account.expunge("INBOX", number).unwrap();
        }
        let gone = changed(look(&mut session, &last.known).await);
        assert_eq!((&gone.vanished, gone.known.uids().len()), (last.known.uids(), 0), "{way:?}");
    }
}

#[maybe_async]
#[test]
async fn a_new_uid_validity_is_no_loss() {
    for (way, builder) in WAYS {
        let (server, endpoint) = start(builder);
        let account = server.store().account("alice");
        account.create("Work").unwrap();
        account.append("Work", TEXT).unwrap();
        let mut session = log_in(&endpoint, &quick()).await.unwrap();
        let known = {
            let (mut work, _) = session.select_with("Work", SelectOptions::new().for_changes()).await.unwrap();
            changed(work.changes(&KnownMailbox::new()).await.unwrap()).known
        };
        session.rename("Work", "Done").await.unwrap();
        session.create("Work").await.unwrap();
        account.append("Work", TEXT).unwrap();
        account.append("Work", TEXT).unwrap();
        let (mut work, _) = session.select_with("Work", SelectOptions::new().for_changes()).await.unwrap();
        match work.changes(&known).await.unwrap() {
            Synced::Restarted(restart, changes) => {
                assert_eq!(restart, Restart::OtherMailbox, "{way:?}");
                assert_eq!((changes.new.uids(), changes.vanished.len()), (&uids("1:2"), 0));
            }
            other => panic!("{other:?}"),
        }
        let name = session.find_renamed(&known).await.unwrap().unwrap();
        assert_eq!(name.to_text(), "Done");
        let (mut done, _) = session.select_with(&name, SelectOptions::new().for_changes()).await.unwrap();
        assert!(done.changes(&known).await.unwrap().is_unchanged());
    }
}

/// The known state of INBOX with UIDVALIDITY 7, UIDNEXT 10 and the messages 1 to 4; with modification sequence 90 if there
/// are any.
#[maybe_async]
async fn known(mod_seqs: bool) -> KnownMailbox {
    let (_, endpoint) = scripted(move |say| {
        let (condstore, highest, mod_seq) = match mod_seqs {
            true => (" CONDSTORE", "* OK [HIGHESTMODSEQ 90]\r\n", " MODSEQ (5)"),
            false => ("", "", ""),
        };
        say(&format!("* PREAUTH [CAPABILITY IMAP4rev1{condstore}] hi\r\n"));
        say(&format!("* 4 EXISTS\r\n* OK [UIDVALIDITY 7]\r\n* OK [UIDNEXT 10]\r\n{highest}A1 OK [READ-WRITE]\r\n"));
        let row = |uid| format!("* {uid} FETCH (UID {uid} FLAGS (){mod_seq})\r\n");
        say(&format!("{}A2 OK\r\n", (1..5).map(row).collect::<String>()));
    });
    let mut session = session(&endpoint).await;
    changed(look(&mut session, &KnownMailbox::new()).await).known
}

#[maybe_async]
#[test]
async fn numbers_that_fall_are_a_server_that_was_set_back() {
    let known = known(true).await;
    assert_eq!((known.uid_validity(), known.uid_next(), known.mod_seq()), (Some(7), Some(10), Some(90)));
    let (sent, endpoint) = scripted(|say| {
        say("* PREAUTH [CAPABILITY IMAP4rev1 CONDSTORE] hi\r\n");
        say("* 3 EXISTS\r\n* OK [UIDVALIDITY 7]\r\n* OK [UIDNEXT 4]\r\n* OK [HIGHESTMODSEQ 60]\r\nA1 OK\r\n");
        say("* STATUS INBOX (UIDNEXT 4 HIGHESTMODSEQ 60)\r\nA2 OK\r\n");
        say("* 1 FETCH (UID 1 FLAGS () MODSEQ (9))\r\n* 2 FETCH (UID 2 FLAGS () MODSEQ (9))\r\n\
             * 3 FETCH (UID 3 FLAGS () MODSEQ (9))\r\nA3 OK\r\n");
    });
    let changes = changed(look(&mut session(&endpoint).await, &known).await);
    let set_back = changes.set_back.unwrap();
    assert_eq!((set_back.uid_next, set_back.mod_seq), (Some((10, 4)), Some((90, 60))));
    // Which flags are others cannot be known: they are all reported.
    assert_eq!((changes.vanished, changes.flags.uids(), changes.way), (uids("4"), &uids("1:3"), SyncWay::Compared));
    assert_eq!((changes.known.uid_next(), changes.known.mod_seq()), (Some(4), Some(60)));
    assert_eq!(
        sent.lock().unwrap()[1..],
        ["A2 STATUS INBOX (UIDNEXT HIGHESTMODSEQ)", "A3 UID FETCH 1:* (FLAGS MODSEQ UID)"]
    );
}

#[maybe_async]
#[test]
async fn a_view_that_is_older_than_what_is_known_is_no_set_back() {
    let known = known(true).await;
    let (_, endpoint) = scripted(|say| {
        say("* PREAUTH [CAPABILITY IMAP4rev1 CONDSTORE] hi\r\n");
        say("* 3 EXISTS\r\n* OK [UIDVALIDITY 7]\r\n* OK [UIDNEXT 4]\r\n* OK [HIGHESTMODSEQ 60]\r\nA1 OK\r\n");
        say("* 4 EXISTS\r\n* STATUS INBOX (UIDNEXT 10 HIGHESTMODSEQ 95)\r\nA2 OK\r\n");
        say("* 4 FETCH (UID 4 FLAGS (\\Seen) MODSEQ (95))\r\nA3 OK\r\n");
    });
    let changes = changed(look(&mut session(&endpoint).await, &known).await);
    assert_eq!(
        (changes.set_back, changes.way, flags(&changes)),
        (None, SyncWay::CondStore, vec!["4 \\Seen".to_owned()])
    );
    assert_eq!((changes.known.uid_next(), changes.known.mod_seq()), (Some(10), Some(95)));
}

#[maybe_async]
#[test]
async fn nothing_is_taken_for_gone_that_a_search_finds() {
    let known = known(false).await;
    let (sent, endpoint) = scripted(|say| {
        say("* PREAUTH [CAPABILITY IMAP4rev1] hi\r\n");
        say("* 5 EXISTS\r\n* OK [UIDVALIDITY 7]\r\n* OK [UIDNEXT 11]\r\nA1 OK\r\n");
        // The rows of the messages 2 and 10 cannot be read, or are not there.
        say("* 1 FETCH (UID 1 FLAGS ())\r\n* 2 FETCH (FLAGS (\\Seen))\r\n* 3 FETCH (UID 3 FLAGS ())\r\nA2 OK\r\n");
        say("* SEARCH 1 2 3 10\r\nA3 OK\r\n");
        say("A4 OK\r\n");
    });
    let changes = changed(look(&mut session(&endpoint).await, &known).await);
    assert_eq!((&changes.vanished, changes.new.uids()), (&uids("4"), &uids("10")));
    assert_eq!((changes.flags.len(), changes.known.uids()), (0, &uids("1:3,10")));
    assert_eq!(sent.lock().unwrap()[2..], ["A3 UID SEARCH ALL", "A4 UID FETCH 10 (FLAGS UID)"]);
}

/// Yahoo carries each command out for the 1,000 newest messages alone, with OK (RFC 9738).
#[maybe_async]
#[test]
async fn a_server_that_stops_at_a_limit_is_asked_for_the_rest() {
    let known = known(false).await;
    let (sent, endpoint) = scripted(|say| {
        say("* PREAUTH [CAPABILITY IMAP4rev1 MESSAGELIMIT=2] hi\r\n");
        say("* 5 EXISTS\r\n* OK [UIDVALIDITY 7]\r\n* OK [UIDNEXT 11]\r\nA1 OK\r\n");
        say("* 5 FETCH (UID 10 FLAGS ())\r\n* 4 FETCH (UID 4 FLAGS ())\r\nA2 OK [MESSAGELIMIT 2 4] part\r\n");
        say("* 3 FETCH (UID 3 FLAGS ())\r\nA3 OK [MESSAGELIMIT 2 2] part\r\n");
        say("* 1 FETCH (UID 1 FLAGS ())\r\nA4 OK\r\n");
        say("* SEARCH 4 10\r\nA5 OK [MESSAGELIMIT 2 4] part\r\n");
        say("* SEARCH 2 3\r\nA6 OK [MESSAGELIMIT 2 2] part\r\n");
        say("* SEARCH 1\r\nA7 OK\r\n");
    });
    let changes = changed(look(&mut session(&endpoint).await, &known).await);
    assert_eq!((changes.vanished.len(), changes.new.uids(), changes.flags.len()), (0, &uids("10"), 0));
    assert_eq!(
        sent.lock().unwrap()[1..],
        [
            "A2 UID FETCH 1:* (FLAGS UID)",
            "A3 UID FETCH 1:3 (FLAGS UID)",
            "A4 UID FETCH 1 (FLAGS UID)",
            "A5 UID SEARCH ALL",
            "A6 UID SEARCH UID 1:3",
            "A7 UID SEARCH UID 1"
        ]
    );
}

#[maybe_async]
#[test]
async fn a_large_mailbox_is_asked_for_in_parts() {
    for (way, builder) in WAYS {
        let expected = if way == SyncWay::Compared { 6 } else { 8 };
        let (server, endpoint) = start(builder);
        let account = server.store().account("alice");
        for _ in 0..25 {
            account.append("INBOX", TEXT).unwrap();
        }
        // Room for ten messages at a time.
        let options = quick().limits(imaplib::Limits::default().collected(10 << 10));
        let mut session = log_in(&endpoint, &options).await.unwrap();
        let known = changed(look(&mut session, &KnownMailbox::new()).await).known;
        assert_eq!(known.uids(), &uids("1:25"));
        for uid in known.uids().iter() {
            account.set_flags("INBOX", uid, [Flag::Seen]).unwrap();
        }
        account.expunge("INBOX", imaplib::types::Uid::new(13).unwrap()).unwrap();
        let changes = changed(look(&mut session, &known).await);
        assert_eq!((changes.flags.len(), &changes.vanished), (24, &uids("13")));
        let fetches = server.commands().iter().filter(|line| line.contains("UID FETCH")).count();
        // In parts, what changed meanwhile is asked for once more.
        assert_eq!(fetches, expected);
    }
}
