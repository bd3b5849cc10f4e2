//! QRESYNC (RFC 7162 section 3.2).

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod transcript;

use imaplib_proto::types::{Flag, Uid};
use imaplib_testserver::{Connection, Store};
use transcript::{ask, opening, play, session, store_with};

fn uid(number: u32) -> Uid {
    Uid::new(number).unwrap()
}

fn enabled(store: &Store) -> Connection {
    let mut connection = session(store, &["QRESYNC"]);
    play(
        &mut connection,
        "C: e ENABLE QRESYNC CONDSTORE X-OTHER
         S: * ENABLED CONDSTORE QRESYNC
         S: e OK ENABLE done",
    );
    connection
}

/// What EXAMINE with this parameter reports of changes.
fn resync(store: &Store, known: &str) -> Vec<String> {
    let said = ask(&mut enabled(store), &format!("EXAMINE INBOX (QRESYNC ({known}))"));
    assert!(said.ends_with("q OK [READ-ONLY] EXAMINE done\r\n"), "{said}");
    said.lines().filter(|line| line.contains("VANISHED") || line.contains("FETCH")).map(str::to_owned).collect()
}

/// Six messages, of which 2 and 5 are expunged and 3 has a new flag: HIGHESTMODSEQ was 7 and is 10.
fn changed_store() -> Store {
    let store = store_with(6);
    let account = store.account("ann");
    account.expunge("INBOX", uid(2)).unwrap();
    account.expunge("INBOX", uid(5)).unwrap();
    account.set_flags("INBOX", uid(3), [Flag::Seen]).unwrap();
    store
}

const ROW: &str = "* 2 FETCH (UID 3 MODSEQ (10) FLAGS (\\Seen \\Recent))";

#[test]
fn select_reports_what_has_changed() {
    let store = changed_store();
    for (known, expected) in [
        ("1700000001 7", &["* VANISHED (EARLIER) 2,5", ROW][..]),
        ("1700000001 7 1:6", &["* VANISHED (EARLIER) 2,5", ROW]),
        ("1700000001 8", &["* VANISHED (EARLIER) 5", ROW]),
        ("1700000001 9 1:6", &[ROW]),
        ("1700000001 10", &[]),
        ("1700000001 7 3:4,6", &[ROW]),
        ("1700000001 7 5:6", &["* VANISHED (EARLIER) 5"]),
        // The sample shows that the client knows of the first expunge.
        ("1700000001 7 1:6 (1:2 1,3)", &["* VANISHED (EARLIER) 5", ROW]),
        ("1700000001 7 (1,4 1,6)", &[ROW]),
        ("1700000001 7 (1,2 1,2)", &["* VANISHED (EARLIER) 2,5", ROW]),
        // Another UIDVALIDITY: nothing that the client knows counts.
        ("1700000002 7 1:6", &[]),
    ] {
        assert_eq!(resync(&store, known), expected, "{known}");
    }
}

#[test]
fn what_is_forgotten_is_reported_as_missing() {
    let store = changed_store();
    store.account("ann").forget_expunged("INBOX").unwrap();
    assert_eq!(resync(&store, "1700000001 9"), ["* VANISHED (EARLIER) 2,5", ROW]);
    assert_eq!(resync(&store, "1700000001 9 1:4000000000"), ["* VANISHED (EARLIER) 2,5", ROW]);
    assert_eq!(resync(&store, "1700000001 9 1:6 (2 3)"), ["* VANISHED (EARLIER) 5", ROW]);
    assert_eq!(resync(&store, "1700000001 10"), [""; 0]);
    store.account("ann").expunge("INBOX", uid(6)).unwrap();
    assert_eq!(resync(&store, "1700000001 10"), ["* VANISHED (EARLIER) 6"]);
}

#[test]
fn a_whole_resynchronization() {
    play(
        &mut enabled(&changed_store()),
        &format!(
            "C: a EXAMINE INBOX (QRESYNC (1700000001 7 1:6))
             {}
             S: * OK [HIGHESTMODSEQ 10] highest
             S: * VANISHED (EARLIER) 2,5
             S: * 2 FETCH (UID 3 MODSEQ (10) FLAGS (\\Seen \\Recent))
             S: a OK [READ-ONLY] EXAMINE done
             C: b UID FETCH 1:4 (FLAGS) (CHANGEDSINCE 7 VANISHED)
             S: * VANISHED (EARLIER) 2
             S: * 2 FETCH (UID 3 FLAGS (\\Seen \\Recent) MODSEQ (10))
             S: b OK FETCH done
             C: c UID FETCH 3:* FLAGS (VANISHED CHANGEDSINCE 8)
             S: * VANISHED (EARLIER) 5
             S: * 2 FETCH (UID 3 FLAGS (\\Seen \\Recent) MODSEQ (10))
             S: c OK FETCH done
             C: d FETCH 1 FLAGS (CHANGEDSINCE 7 VANISHED)
             S: d BAD unknown modifier VANISHED of FETCH
             C: e UID FETCH 1 FLAGS (VANISHED)
             S: e BAD the modifiers of FETCH need CHANGEDSINCE",
            opening(true, 4, 1_700_000_001, 7)
        ),
    );
}

#[test]
fn vanished_takes_the_place_of_expunge() {
    let store = store_with(6);
    store.account("ann").create("target").unwrap();
    let mut connection = enabled(&store);
    ask(&mut connection, "SELECT INBOX");
    play(
        &mut connection,
        "C: a STORE 1,3 +FLAGS.SILENT (\\Deleted)
         S: * 1 FETCH (UID 1 MODSEQ (8))
         S: * 3 FETCH (UID 3 MODSEQ (9))
         S: a OK STORE done
         C: b EXPUNGE
         S: * VANISHED 1,3
         S: b OK [HIGHESTMODSEQ 10] EXPUNGE done
         C: c EXPUNGE
         S: c OK EXPUNGE done
         C: d UID MOVE 4 target
         S: * OK [COPYUID 1700000002 4 1] moved
         S: * VANISHED 4
         S: d OK [HIGHESTMODSEQ 11] MOVE done",
    );
    store.account("ann").expunge("INBOX", uid(5)).unwrap();
    // Sequence numbers must not change yet: what the session has not heard of is not EARLIER either.
    play(
        &mut connection,
        &format!(
            "C: e FETCH 1 UID
             S: * 1 FETCH (UID 2)
             S: e OK FETCH done
             C: f UID FETCH 1:6 UID (CHANGEDSINCE 9 VANISHED)
             S: * VANISHED (EARLIER) 1,3:4
             S: * VANISHED 5
             S: f OK FETCH done
             C: g SELECT target
             S: * OK [CLOSED] the previous mailbox is closed
             {}
             S: * OK [HIGHESTMODSEQ 2] highest
             S: g OK [READ-WRITE] SELECT done",
            opening(false, 1, 1_700_000_002, 2)
        ),
    );
}

#[test]
fn parameters_that_are_not_valid() {
    let store = store_with(1);
    let mut connection = session(&store, &["QRESYNC"]);
    assert_eq!(ask(&mut connection, "SELECT INBOX (QRESYNC (1 1))"), "q BAD QRESYNC is not enabled\r\n");
    let mut connection = enabled(&store);
    for known in ["", "1", "0 1", "1 0", "1 1 *", "1 1 1:*", "1 1 (1 1:2)", "1 1 (1:* 1:*)", "1 1 1 2", "1 1 1 (1 1) 1"]
    {
        let said = ask(&mut connection, &format!("SELECT INBOX (QRESYNC ({known}))"));
        assert!(said.starts_with("q BAD "), "{known}: {said}");
    }
    // A mailbox that is empty and always was has no known UIDs.
    store.account("ann").create("new").unwrap();
    assert!(!ask(&mut connection, "SELECT new (QRESYNC (1700000002 1))").contains("VANISHED"));
}
