//! METADATA, and what LIST returns of it and of rights (RFC 5464, RFC 9590, RFC 8440).

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod transcript;

use transcript::{ask, play, session, store_with};

#[test]
fn entries_are_set_and_returned() {
    play(
        &mut session(&store_with(0), &["METADATA"]),
        "C: a GETMETADATA INBOX /private/comment
         S: * METADATA INBOX (/private/comment NIL)
         S: a OK GETMETADATA done
         C: b SETMETADATA INBOX (/PRIVATE/Comment \"a\" /private/vendor/x/y \"bcd\" /shared/binary ~{2+}
         C: ab)
         S: b OK SETMETADATA done
         C: c GETMETADATA INBOX (/private/comment /private/nothing)
         S: * METADATA INBOX (/private/comment \"a\" /private/nothing NIL)
         S: c OK GETMETADATA done
         C: d GETMETADATA (DEPTH 1) INBOX /private
         S: * METADATA INBOX (/private/comment \"a\")
         S: d OK GETMETADATA done
         C: e GETMETADATA INBOX (DEPTH infinity) (/private /shared)
         S: * METADATA INBOX (/private/comment \"a\" /private/vendor/x/y \"bcd\" /shared/binary \"ab\")
         S: e OK GETMETADATA done
         C: f GETMETADATA (DEPTH infinity) INBOX /private/comm
         S: f OK GETMETADATA done
         C: g GETMETADATA (MAXSIZE 2) INBOX (/private/vendor/x/y /private/comment)
         S: * METADATA INBOX (/private/comment \"a\")
         S: g OK [METADATA LONGENTRIES 3] GETMETADATA done
         C: h GETMETADATA (MAXSIZE 0 DEPTH infinity) INBOX /private
         S: h OK [METADATA LONGENTRIES 3] GETMETADATA done
         C: i SETMETADATA INBOX (/private/comment NIL)
         S: i OK SETMETADATA done
         C: j GETMETADATA INBOX /private/comment
         S: * METADATA INBOX (/private/comment NIL)
         S: j OK GETMETADATA done
         C: k SETMETADATA nowhere (/private/comment \"a\")
         S: k NO [NONEXISTENT] no such mailbox
         C: l SETMETADATA \"\" (/shared/admin \"a b\")
         S: l OK SETMETADATA done
         C: m GETMETADATA \"\" /shared/admin
         S: * METADATA \"\" (/shared/admin \"a b\")
         S: m OK GETMETADATA done",
    );
}

#[test]
fn names_and_values_have_limits() {
    let mut connection = session(&store_with(0), &["METADATA"]);
    for name in [
        "comment",
        "/other/x",
        "/private*",
        "/private/a%",
        "/private//a",
        "/private/",
        "/privatex",
        "\"/private/\u{fc}\"",
    ] {
        let said = ask(&mut connection, &format!("SETMETADATA INBOX ({name} \"a\")"));
        assert!(said.starts_with("q BAD "), "{name}: {said}");
    }
    let value = "x".repeat(65_537);
    let said = ask(&mut connection, &format!("SETMETADATA INBOX (/private/a \"b\" /private/c {{65537+}}\r\n{value})"));
    assert_eq!(said, "q NO [METADATA MAXSIZE 65536] a value is too large\r\n");
    // All entries are set or none.
    assert_eq!(ask(&mut connection, "GETMETADATA (DEPTH 1) INBOX /private"), "q OK GETMETADATA done\r\n");
    for number in 0..100 {
        assert_eq!(
            ask(&mut connection, &format!("SETMETADATA INBOX (/private/{number} \"\")")),
            "q OK SETMETADATA done\r\n"
        );
    }
    let said = ask(&mut connection, "SETMETADATA INBOX (/private/100 \"\")");
    assert_eq!(said, "q NO [METADATA TOOMANY] too many entries\r\n");
}

#[test]
fn a_change_is_a_change_of_the_mailbox() {
    play(
        &mut session(&store_with(0), &["METADATA", "CONDSTORE"]),
        "C: a SETMETADATA INBOX (/private/comment \"a\")
         S: a OK SETMETADATA done
         C: b SETMETADATA INBOX (/private/comment \"a\")
         S: b OK SETMETADATA done
         C: c STATUS INBOX (HIGHESTMODSEQ)
         S: * STATUS INBOX (HIGHESTMODSEQ 2)
         S: c OK STATUS done",
    );
}

#[test]
fn annotations_of_the_server_alone() {
    play(
        &mut session(&store_with(0), &["METADATA-SERVER"]),
        "C: a SETMETADATA \"\" (/private/a \"b\")
         S: a OK SETMETADATA done
         C: b GETMETADATA INBOX /private/a
         S: b BAD annotations of mailboxes are not supported",
    );
    let mut connection = session(&store_with(0), &[]);
    assert_eq!(ask(&mut connection, "GETMETADATA \"\" /private/a"), "q BAD unknown command GETMETADATA\r\n");
}

#[test]
fn lists_with_rights_and_entries() {
    let store = store_with(0);
    store.account("ann").create("below/it").unwrap();
    store.account("ann").subscribe("below/it", true).unwrap();
    play(
        &mut session(&store, &["METADATA", "LIST-METADATA", "LIST-MYRIGHTS"]),
        "C: a SETMETADATA INBOX (/shared/comment \"x\")
         S: a OK SETMETADATA done
         C: b LIST \"\" % RETURN (MYRIGHTS METADATA (/shared/comment) STATUS (MESSAGES))
         S: * LIST (\\HasNoChildren) \"/\" INBOX
         S: * STATUS INBOX (MESSAGES 0)
         S: * MYRIGHTS INBOX lrswipkxtecda
         S: * METADATA INBOX (/shared/comment \"x\")
         S: * LIST (\\HasChildren) \"/\" below
         S: * STATUS below (MESSAGES 0)
         S: * MYRIGHTS below lrswipkxtecda
         S: * METADATA below (/shared/comment NIL)
         S: b OK LIST done
         C: c LIST (SUBSCRIBED RECURSIVEMATCH) \"\" b% RETURN (MYRIGHTS)
         S: * LIST (\\HasChildren) \"/\" below (CHILDINFO (\"SUBSCRIBED\"))
         S: c OK LIST done",
    );
}
