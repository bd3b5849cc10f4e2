//! CONDSTORE (RFC 7162 section 3.1).

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod transcript;

use imaplib_proto::types::{Flag, Uid};
use transcript::{ask, opening, play, selected, session, store_with};

#[test]
fn select_and_status_return_the_highest_mod_sequence() {
    let store = store_with(2);
    play(
        &mut session(&store, &["CONDSTORE"]),
        &format!(
            "C: a SELECT INBOX (CONDSTORE)
             {}
             S: * OK [HIGHESTMODSEQ 3] highest
             S: a OK [READ-WRITE] SELECT done
             C: b STORE 1 +FLAGS.SILENT (\\Seen)
             S: * 1 FETCH (UID 1 MODSEQ (4))
             S: b OK STORE done
             C: c STATUS INBOX (HIGHESTMODSEQ UIDNEXT)
             S: * STATUS INBOX (HIGHESTMODSEQ 4 UIDNEXT 3)
             S: c OK STATUS done
             C: d EXAMINE nowhere
             S: * OK [CLOSED] the previous mailbox is closed
             S: d NO [NONEXISTENT] no such mailbox",
            opening(false, 2, 1_700_000_001, 3)
        ),
    );
}

#[test]
fn each_enabling_command_enables_it() {
    for (command, answer) in [
        ("FETCH 1 MODSEQ", "* 1 FETCH (MODSEQ (2))"),
        ("FETCH 1 UID (CHANGEDSINCE 9)", ""),
        ("SEARCH MODSEQ 9", "* SEARCH"),
        ("STATUS INBOX (HIGHESTMODSEQ)", "* STATUS INBOX (HIGHESTMODSEQ 2)"),
        ("STORE 1 (UNCHANGEDSINCE 1) +FLAGS (\\Seen)", ""),
        ("ENABLE CONDSTORE", "* ENABLED CONDSTORE"),
    ] {
        let store = store_with(1);
        let mut connection = selected(&store, &["CONDSTORE"]);
        let lines = ask(&mut connection, command);
        let lines: Vec<&str> = lines.lines().filter(|line| line.starts_with("* ")).collect();
        assert!(lines.contains(&"* OK [HIGHESTMODSEQ 2] MODSEQ from here on"), "{command}: {lines:?}");
        assert!(answer.is_empty() || lines.contains(&answer), "{command}: {lines:?}");
        store.account("ann").set_flags("INBOX", Uid::new(1).unwrap(), [Flag::Flagged]).unwrap();
        play(
            &mut connection,
            "C: n NOOP
             S: * 1 FETCH (UID 1 MODSEQ (3) FLAGS (\\Flagged \\Recent))
             S: n OK NOOP done",
        );
    }
    let store = store_with(1);
    let mut connection = selected(&store, &["CONDSTORE"]);
    store.account("ann").set_flags("INBOX", Uid::new(1).unwrap(), [Flag::Flagged]).unwrap();
    play(
        &mut connection,
        "C: n NOOP
         S: * 1 FETCH (FLAGS (\\Flagged \\Recent))
         S: n OK NOOP done",
    );
}

#[test]
fn store_on_condition() {
    let store = store_with(4);
    let mut connection = selected(&store, &["CONDSTORE"]);
    play(
        &mut connection,
        "C: a STORE 1,2,3 (UNCHANGEDSINCE 3) +FLAGS.SILENT (\\Deleted)
         S: * OK [HIGHESTMODSEQ 5] MODSEQ from here on
         S: * 1 FETCH (UID 1 MODSEQ (6))
         S: * 2 FETCH (UID 2 MODSEQ (7))
         S: a OK [MODIFIED 3] some messages had changed
         C: b STORE 1:4 (UNCHANGEDSINCE 4) +FLAGS (\\Seen)
         S: * 3 FETCH (UID 3 MODSEQ (8) FLAGS (\\Seen \\Recent))
         S: b OK [MODIFIED 1:2,4] some messages had changed
         C: c UID STORE 4 (UNCHANGEDSINCE 0) FLAGS ()
         S: c OK [MODIFIED 4] some messages had changed
         C: d STORE 1 +FLAGS (\\Deleted)
         S: * 1 FETCH (UID 1 MODSEQ (6) FLAGS (\\Deleted \\Recent))
         S: d OK STORE done",
    );
    // A change by another session is reported with the refusal.
    store.account("ann").set_flags("INBOX", Uid::new(4).unwrap(), [Flag::Draft]).unwrap();
    play(
        &mut connection,
        "C: e STORE 4 (UNCHANGEDSINCE 5) +FLAGS (\\Answered)
         S: * 4 FETCH (UID 4 MODSEQ (9) FLAGS (\\Draft \\Recent))
         S: e OK [MODIFIED 4] some messages had changed",
    );
}

#[test]
fn store_on_condition_where_messages_are_gone() {
    let store = store_with(3);
    let mut connection = selected(&store, &["CONDSTORE"]);
    store.account("ann").expunge("INBOX", Uid::new(3).unwrap()).unwrap();
    play(
        &mut connection,
        "C: a STORE 1:3 (UNCHANGEDSINCE 2) +FLAGS (\\Seen)
         S: * OK [HIGHESTMODSEQ 4] MODSEQ from here on
         S: * 1 FETCH (UID 1 MODSEQ (6) FLAGS (\\Seen \\Recent))
         S: a NO [MODIFIED 2] some messages are gone, others had changed
         C: b STORE 3 (UNCHANGEDSINCE 9) +FLAGS (\\Seen)
         S: b NO [EXPUNGEISSUED] some messages are gone
         C: c UID STORE 2:3 (UNCHANGEDSINCE 9) FLAGS.SILENT ()
         S: * 2 FETCH (UID 2 MODSEQ (3))
         S: * 3 EXPUNGE
         S: c OK STORE done",
    );
}

#[test]
fn fetch_of_what_has_changed() {
    let store = store_with(3);
    play(
        &mut selected(&store, &["CONDSTORE"]),
        "C: a UID FETCH 1:* FLAGS (CHANGEDSINCE 3)
         S: * OK [HIGHESTMODSEQ 4] MODSEQ from here on
         S: * 3 FETCH (UID 3 FLAGS (\\Recent) MODSEQ (4))
         S: a OK FETCH done
         C: b FETCH 1 RFC822.TEXT
         S: * 1 FETCH (RFC822.TEXT {6}
         S: text
         S:  UID 1 MODSEQ (5) FLAGS (\\Seen \\Recent))
         S: b OK FETCH done
         C: c FETCH 1 FLAGS (CHANGEDSINCE 0)
         S: c BAD 0 is not allowed here
         C: d FETCH 1 FLAGS (VANISHED)
         S: d BAD unknown modifier VANISHED of FETCH
         C: e FETCH 1 FLAGS (CHANGEDSINCE 9223372036854775808)
         S: e BAD number too large",
    );
}

#[test]
fn search_returns_the_highest_mod_sequence() {
    play(
        &mut selected(&store_with(4), &["CONDSTORE"]),
        "C: a SEARCH MODSEQ 3
         S: * OK [HIGHESTMODSEQ 5] MODSEQ from here on
         S: * SEARCH 2 3 4 (MODSEQ 5)
         S: a OK SEARCH done
         C: b SEARCH MODSEQ \"/flags/\\\\draft\" all 6
         S: * SEARCH
         S: b OK SEARCH done
         C: c STORE 2 +FLAGS (\\Flagged)
         S: * 2 FETCH (UID 2 MODSEQ (6) FLAGS (\\Flagged \\Recent))
         S: c OK STORE done
         C: d UID SEARCH RETURN (MIN) MODSEQ 3
         S: * ESEARCH (TAG \"d\") UID MIN 2 MODSEQ 6
         S: d OK SEARCH done
         C: e SEARCH RETURN (MAX) MODSEQ 3
         S: * ESEARCH (TAG \"e\") MAX 4 MODSEQ 5
         S: e OK SEARCH done
         C: f SEARCH RETURN (MAX COUNT) MODSEQ 3
         S: * ESEARCH (TAG \"f\") MAX 4 COUNT 3 MODSEQ 6
         S: f OK SEARCH done
         C: g SEARCH MODSEQ \"/comment\" all 6
         S: g BAD not an entry of MODSEQ",
    );
}

#[test]
fn nothing_of_it_without_the_capability() {
    let mut connection = selected(&store_with(1), &[]);
    for command in
        ["FETCH 1 MODSEQ", "FETCH 1 FLAGS (CHANGEDSINCE 1)", "SEARCH MODSEQ 1", "STATUS INBOX (HIGHESTMODSEQ)"]
    {
        assert!(ask(&mut connection, command).starts_with("q BAD "), "{command}");
    }
    let said = ask(&mut connection, "SELECT INBOX");
    assert!(!said.contains("CLOSED") && !said.contains("HIGHESTMODSEQ"), "{said}");
}
