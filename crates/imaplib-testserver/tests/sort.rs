//! SORT, ESORT and THREAD (RFC 5256, RFC 5267). What is expected here is what Dovecot 2.4 sends, too.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod transcript;

use imaplib_proto::types::{DateTime, Flags};
use imaplib_testserver::{Connection, Store};
use transcript::{ask, play, selected};

const CAPABILITIES: &[&str] =
    &["SORT", "SORT=DISPLAY", "ESORT", "THREAD=REFERENCES", "THREAD=ORDEREDSUBJECT", "CONDSTORE"];

/// The references, subject, From and Date of each message.
const MAILS: [[&str; 4]; 7] = [
    ["", "b", "\"Zoe\" <a@x>", "Mon, 16 Nov 2026 10:00:00 +0000"],
    ["<1@x>", "Re: b", "\"Adam\" <c@x>", "Mon, 16 Nov 2026 10:30:00 +0200"],
    ["<9@x>", "a", "b@x", "Tue, 17 Nov 2026 10:00:00 +0000"],
    ["<9@x>", "[l] Fwd: A", "B@x", "Wed, 18 Nov 2026 10:00:00 +0000"],
    // Without a date of its own, the internal date counts, which is later than all others.
    ["", "re: c", "G: d@x, e@x;", "nonsense"],
    ["", "c", "", "Mon, 23 Nov 2026 10:00:00 +0000"],
    ["<2@x> <8@x>", "q", "q@x", "Mon, 24 Nov 2026 10:00:00 +0000"],
];

fn connection() -> Connection {
    let store = Store::new();
    store.add_user("ann", "x");
    for (place, [references, subject, from, date]) in MAILS.iter().enumerate() {
        let number = place + 1;
        let text = format!(
            "Message-ID: <{number}@x>\r\nReferences: {references}\r\nDate: {date}\r\nFrom: {from}\r\nTo: t@x\r\n\
             Subject: {subject}\r\n\r\n{}\r\n",
            "x".repeat(number)
        );
        let arrival = DateTime::from_unix(1_800_000_000 + place as i64).unwrap();
        store.account("ann").append_with("INBOX", Flags::new(), arrival, text).unwrap();
    }
    selected(&store, CAPABILITIES)
}

#[test]
fn orders() {
    let mut connection = connection();
    for (criteria, expected) in [
        ("SUBJECT", "3 4 1 2 5 6 7"),
        ("FROM", "6 1 3 4 2 5 7"),
        ("DATE", "2 1 3 4 6 7 5"),
        ("SUBJECT REVERSE DATE", "4 3 1 2 5 6 7"),
        ("ARRIVAL", "1 2 3 4 5 6 7"),
        ("REVERSE ARRIVAL", "7 6 5 4 3 2 1"),
        // Equal messages keep the order of the mailbox, also where it is reversed.
        ("REVERSE TO CC", "1 2 3 4 5 6 7"),
        ("TO CC REVERSE ARRIVAL", "7 6 5 4 3 2 1"),
        ("REVERSE SIZE", "2 4 7 1 3 6 5"),
    ] {
        let said = ask(&mut connection, &format!("SORT ({criteria}) UTF-8 ALL"));
        assert_eq!(said, format!("* SORT {expected}\r\nq OK SORT done\r\n"), "{criteria}");
    }
}

#[test]
fn displayed_names() {
    let said = ask(&mut connection(), "UID SORT (DISPLAYFROM) UTF-8 NOT 5");
    assert_eq!(said, "* SORT 6 2 3 4 7 1\r\nq OK SORT done\r\n");
}

#[test]
fn results_of_sort_in_short() {
    play(
        &mut connection(),
        "C: a UID SORT RETURN () (REVERSE DATE) UTF-8 ALL
         S: * ESEARCH (TAG \"a\") UID ALL 5,7,6,4,3,1:2
         S: a OK SORT done
         C: b SORT RETURN (MIN MAX COUNT) (REVERSE DATE) UTF-8 2:5
         S: * ESEARCH (TAG \"b\") MIN 5 MAX 2 COUNT 4
         S: b OK SORT done
         C: c SORT RETURN (ALL) (DATE) UTF-8 DELETED
         S: * ESEARCH (TAG \"c\")
         S: c OK SORT done
         C: d SORT RETURN (ALL) (DATE) UTF-8 MODSEQ 1
         S: * OK [HIGHESTMODSEQ 8] MODSEQ from here on
         S: * ESEARCH (TAG \"d\") ALL 2,1,3:4,6:7,5 MODSEQ 8
         S: d OK SORT done
         C: e SORT (DATE) US-ASCII MODSEQ 5
         S: * SORT 4 6 7 5 (MODSEQ 8)
         S: e OK SORT done
         C: f SORT (DATE) UTF-8 DELETED
         S: * SORT
         S: f OK SORT done
         C: g SORT (DATE) KOI8-R ALL
         S: g NO [BADCHARSET (US-ASCII UTF-8)] charset not supported
         C: h SORT () UTF-8 ALL
         S: h BAD no sort criterion, or too many
         C: i SORT (REVERSE) UTF-8 ALL
         S: i BAD unknown sort criterion REVERSE
         C: j SORT (DATE) UTF-8
         S: j BAD expected a space at the end of the command",
    );
}

#[test]
fn threads() {
    let mut connection = connection();
    for (command, expected) in [
        ("THREAD REFERENCES UTF-8 ALL", " (1 2 7)((3)(4))(6 5)"),
        ("THREAD ORDEREDSUBJECT UTF-8 ALL", " (2 1)(3 4)(6 5)(7)"),
        ("UID THREAD REFERENCES UTF-8 SUBJECT nowhere", ""),
        ("THREAD REFERENCES UTF-8 3:4", " ((3)(4))"),
        ("UID THREAD REFERENCES US-ASCII 5:6", " (6 5)"),
        ("THREAD REFERENCES UTF-8 OR 1 7", " (1)(7)"),
    ] {
        assert_eq!(ask(&mut connection, command), format!("* THREAD{expected}\r\nq OK THREAD done\r\n"), "{command}");
    }
    assert_eq!(ask(&mut connection, "THREAD REFS UTF-8 ALL"), "q BAD unknown algorithm REFS\r\n");
}
