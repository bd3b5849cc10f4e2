//! NOTIFY (RFC 5465).

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod transcript;

use imaplib_proto::types::{Flag, Uid};
use imaplib_testserver::Connection;
use transcript::{MESSAGE, ask, play, selected, session, store_with};

/// What the server sends by itself after the store was changed.
fn pushed(connection: &mut Connection) -> Vec<String> {
    connection.store_changed();
    String::from_utf8(connection.take_output()).unwrap().lines().map(str::to_owned).collect()
}

fn uid(number: u32) -> Uid {
    Uid::new(number).unwrap()
}

#[test]
fn the_selected_mailbox() {
    let store = store_with(2);
    let account = store.account("ann");
    let mut connection = selected(&store, &["NOTIFY"]);
    account.append("INBOX", MESSAGE).unwrap();
    assert_eq!(pushed(&mut connection), [""; 0]);
    play(
        &mut connection,
        "C: a NOTIFY SET (SELECTED (MessageNew (UID BODY.PEEK[HEADER.FIELDS (SUBJECT)]) MessageExpunge FlagChange))
         S: * 3 EXISTS
         S: * 3 RECENT
         S: a OK NOTIFY done",
    );
    account.append("INBOX", MESSAGE).unwrap();
    assert_eq!(
        pushed(&mut connection),
        ["* 4 EXISTS", "* 4 RECENT", "* 4 FETCH (UID 4 BODY[HEADER.FIELDS (SUBJECT)] {14}", "Subject: a", "", ")"]
    );
    account.set_flags("INBOX", uid(2), [Flag::Seen]).unwrap();
    account.expunge("INBOX", uid(1)).unwrap();
    assert_eq!(pushed(&mut connection), ["* 1 EXPUNGE", "* 1 FETCH (UID 2 FLAGS (\\Seen \\Recent))"]);
    play(&mut connection, "C: b NOTIFY NONE\nS: b OK NOTIFY done");
    account.append("INBOX", MESSAGE).unwrap();
    assert_eq!(pushed(&mut connection), [""; 0]);
    // Not even a command brings it, but for what the client has done itself.
    play(
        &mut connection,
        "C: c NOOP
         S: c OK NOOP done
         C: d STORE 1 +FLAGS (\\Deleted)
         S: * 1 FETCH (FLAGS (\\Deleted \\Seen \\Recent))
         S: d OK STORE done
         C: e EXPUNGE
         S: * 1 EXPUNGE
         S: * 3 EXISTS
         S: * 3 RECENT
         S: e OK EXPUNGE done",
    );
}

#[test]
fn delayed_expunges_and_flags_of_no_interest() {
    let store = store_with(3);
    let account = store.account("ann");
    let mut connection = selected(&store, &["NOTIFY"]);
    play(
        &mut connection,
        "C: a NOTIFY SET (SELECTED-DELAYED (MessageNew MessageExpunge))
         S: a OK NOTIFY done",
    );
    account.set_flags("INBOX", uid(3), [Flag::Seen]).unwrap();
    account.expunge("INBOX", uid(1)).unwrap();
    account.append("INBOX", MESSAGE).unwrap();
    assert_eq!(pushed(&mut connection), ["* 4 EXISTS", "* 4 RECENT"]);
    play(
        &mut connection,
        "C: b NOOP
         S: * 1 EXPUNGE
         S: b OK NOOP done
         C: c NOTIFY SET (SELECTED (MessageNew MessageExpunge FlagChange))
         S: * 2 FETCH (UID 3 FLAGS (\\Seen \\Recent))
         S: c OK NOTIFY done",
    );
}

#[test]
fn other_mailboxes() {
    let store = store_with(1);
    let account = store.account("ann");
    for name in ["one", "two", "two/below"] {
        account.create(name).unwrap();
    }
    let mut connection = session(&store, &["NOTIFY"]);
    play(
        &mut connection,
        "C: a NOTIFY SET STATUS (mailboxes (one nowhere) (MessageNew MessageExpunge)) (subtree two (messageNew messageExpunge FlagChange))
         S: * STATUS one (MESSAGES 0 UIDNEXT 1 UIDVALIDITY 1700000002)
         S: * STATUS two (MESSAGES 0 UIDNEXT 1 UIDVALIDITY 1700000003)
         S: * STATUS two/below (MESSAGES 0 UIDNEXT 1 UIDVALIDITY 1700000004)
         S: a OK NOTIFY done",
    );
    account.append("INBOX", MESSAGE).unwrap();
    assert_eq!(pushed(&mut connection), [""; 0]);
    account.append("one", MESSAGE).unwrap();
    account.append("two/below", MESSAGE).unwrap();
    assert_eq!(
        pushed(&mut connection),
        ["* STATUS one (MESSAGES 1 UIDNEXT 2)", "* STATUS two/below (MESSAGES 1 UIDNEXT 2 UNSEEN 1)"]
    );
    account.set_flags("one", uid(1), [Flag::Seen]).unwrap();
    account.set_flags("two/below", uid(1), [Flag::Seen]).unwrap();
    assert_eq!(pushed(&mut connection), ["* STATUS two/below (UNSEEN 0)"]);
    account.expunge("one", uid(1)).unwrap();
    assert_eq!(pushed(&mut connection), ["* STATUS one (MESSAGES 0 UIDNEXT 2)"]);
    account.renew_uid_validity("two").unwrap();
    assert_eq!(pushed(&mut connection), ["* STATUS two (UIDVALIDITY 1700000005)"]);
    ask(&mut connection, "SELECT one");
    account.append("one", MESSAGE).unwrap();
    // Of the selected mailbox nothing is wanted.
    assert_eq!(pushed(&mut connection), [""; 0]);
}

#[test]
fn with_mod_sequences() {
    let store = store_with(0);
    let account = store.account("ann");
    account.create("one").unwrap();
    let mut connection = session(&store, &["NOTIFY", "CONDSTORE"]);
    play(
        &mut connection,
        "C: a ENABLE CONDSTORE
         S: * ENABLED CONDSTORE
         S: a OK ENABLE done
         C: b NOTIFY SET STATUS (inboxes (MessageNew MessageExpunge FlagChange))
         S: * STATUS INBOX (MESSAGES 0 UIDNEXT 1 UIDVALIDITY 1700000001 HIGHESTMODSEQ 1)
         S: * STATUS one (MESSAGES 0 UIDNEXT 1 UIDVALIDITY 1700000002 HIGHESTMODSEQ 1)
         S: b OK NOTIFY done",
    );
    account.append("one", MESSAGE).unwrap();
    assert_eq!(
        pushed(&mut connection),
        ["* STATUS one (MESSAGES 1 UIDNEXT 2 UIDVALIDITY 1700000002 UNSEEN 1 HIGHESTMODSEQ 2)"]
    );
    account.set_flags("one", uid(1), [Flag::Flagged]).unwrap();
    assert_eq!(pushed(&mut connection), ["* STATUS one (UIDVALIDITY 1700000002 HIGHESTMODSEQ 3)"]);
}

#[test]
fn names_subscriptions_and_annotations() {
    let store = store_with(0);
    let account = store.account("ann");
    account.create("old").unwrap();
    let mut connection = session(&store, &["NOTIFY", "METADATA"]);
    let events = "MailboxName SubscriptionChange MailboxMetadataChange ServerMetadataChange";
    ask(&mut connection, &format!("NOTIFY SET (personal ({events}))"));
    account.create("new").unwrap();
    assert_eq!(pushed(&mut connection), ["* LIST (\\HasNoChildren) \"/\" new"]);
    account.subscribe("new", true).unwrap();
    assert_eq!(pushed(&mut connection), ["* LIST (\\HasNoChildren \\Subscribed) \"/\" new"]);
    account.subscribe("new", false).unwrap();
    assert_eq!(pushed(&mut connection), ["* LIST (\\HasNoChildren) \"/\" new"]);
    account.delete("new").unwrap();
    assert_eq!(pushed(&mut connection), ["* LIST (\\NonExistent) \"/\" new"]);
    let mut other = session(&store, &["METADATA"]);
    ask(&mut other, "RENAME old newer");
    assert_eq!(pushed(&mut connection), ["* LIST (\\HasNoChildren) \"/\" newer (\"OLDNAME\" (old))"]);
    ask(&mut other, "SETMETADATA newer (/private/comment \"a\" /shared/comment \"b\")");
    assert_eq!(pushed(&mut connection), ["* METADATA newer /private/comment /shared/comment"]);
    ask(&mut other, "SETMETADATA newer (/private/comment NIL)");
    ask(&mut other, "SETMETADATA \"\" (/shared/admin \"x\")");
    assert_eq!(pushed(&mut connection), ["* METADATA newer /private/comment", "* METADATA \"\" /shared/admin"]);
}

#[test]
fn what_is_subscribed_decides() {
    let store = store_with(0);
    let account = store.account("ann");
    account.create("one").unwrap();
    let mut connection = session(&store, &["NOTIFY"]);
    ask(&mut connection, "NOTIFY SET (subscribed (MessageNew MessageExpunge))");
    account.append("one", MESSAGE).unwrap();
    account.append("INBOX", MESSAGE).unwrap();
    assert_eq!(pushed(&mut connection), ["* STATUS INBOX (MESSAGES 1 UIDNEXT 2)"]);
    account.subscribe("one", true).unwrap();
    account.append("one", MESSAGE).unwrap();
    assert_eq!(pushed(&mut connection), ["* STATUS one (MESSAGES 2 UIDNEXT 3)"]);
}

#[test]
fn requests_that_are_not_valid() {
    let mut connection = session(&store_with(0), &["NOTIFY"]);
    for bad in [
        "NOTIFY",
        "NOTIFY SET",
        "NOTIFY SET ()",
        "NOTIFY SOME",
        "NOTIFY NONE x",
        "NOTIFY SET (selected (MessageNew))",
        "NOTIFY SET (selected (FlagChange))",
        "NOTIFY SET (selected (MailboxName))",
        "NOTIFY SET (personal (MessageNew (UID) MessageExpunge))",
        "NOTIFY SET (mailboxes () (MailboxName))",
        "NOTIFY SET (selected NONE) (selected-delayed NONE)",
        "NOTIFY SET (all NONE)",
    ] {
        let said = ask(&mut connection, bad);
        assert!(said.starts_with("q BAD "), "{bad}: {said}");
    }
    assert_eq!(
        ask(&mut connection, "NOTIFY SET (personal (AnnotationChange MessageNew MessageExpunge))"),
        "q NO [BADEVENT (MessageNew MessageExpunge FlagChange MailboxName SubscriptionChange MailboxMetadataChange \
         ServerMetadataChange)] an event is not supported\r\n"
    );
    assert_eq!(ask(&mut connection, "NOTIFY SET (personal NONE)"), "q OK NOTIFY done\r\n");
    assert_eq!(ask(&mut session(&store_with(0), &[]), "NOTIFY NONE"), "q BAD unknown command NOTIFY\r\n");
}

#[test]
fn a_client_that_does_not_read() {
    let store = store_with(1);
    let account = store.account("ann");
    let mut connection = selected(&store, &["NOTIFY"]);
    ask(&mut connection, "NOTIFY SET (selected (MessageNew (UID) MessageExpunge))");
    for _ in 0..3000 {
        account.append("INBOX", MESSAGE).unwrap();
        connection.store_changed();
    }
    let said = String::from_utf8(connection.take_output()).unwrap();
    assert!(said.ends_with("* OK [NOTIFICATIONOVERFLOW] too much is waiting to be sent\r\n"));
    assert!(said.lines().count() < 4200, "{}", said.lines().count());
}
