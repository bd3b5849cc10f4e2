//! APPEND, FETCH, SEARCH, STORE, COPY, MOVE, EXPUNGE.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod client;

use client::Client;
use imaplib_testserver::Server;

const MESSAGE: &str = "Date: Thu, 1 Feb 2024 12:00:00 +0000\r\nFrom: Ann <ann@example.org>\r\nSubject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?=\r\n\
    Message-ID: <1@example.org>\r\nContent-Transfer-Encoding: base64\r\n\r\nAAEC\r\n";

fn with_messages(count: usize) -> (Server, Client) {
    let server = Server::builder().user("ann", "x").start().unwrap();
    for _ in 0..count {
        server.store().account("ann").append("INBOX", MESSAGE).unwrap();
    }
    let mut client = Client::login(server.plain_addr(), "ann", "x");
    client.ok("SELECT INBOX");
    (server, client)
}

#[test]
fn appends() {
    let (server, mut client) = with_messages(0);
    client.send(b"a APPEND nowhere {5}\r\n");
    assert!(client.line().starts_with("a NO [TRYCREATE]"));
    client.send(b"b APPEND INBOX (\\Flagged $Work) \"17-Jul-1996 02:44:25 -0700\" {5}\r\n");
    assert!(client.line().starts_with("+ "));
    client.send(b"A: b\n\r\n");
    assert_eq!(client.line(), "* 1 EXISTS");
    assert_eq!(client.line(), "* 1 RECENT");
    assert!(client.line().starts_with("b OK [APPENDUID 17"));
    assert_eq!(
        client.ok("FETCH 1 (FLAGS INTERNALDATE RFC822.SIZE)"),
        ["* 1 FETCH (FLAGS (\\Flagged $Work \\Recent) INTERNALDATE \"17-Jul-1996 02:44:25 -0700\" RFC822.SIZE 5)"]
    );
    client.send(b"c APPEND INBOX {2+}\r\nxy (\\Seen) {2+}\r\nyz ~{1+}\r\n\0\r\n");
    assert_eq!(client.line(), "* 4 EXISTS");
    client.line();
    let end = client.line();
    assert!(end.contains(" 2:4] "), "{end}");
    for bad in [
        "APPEND INBOX",
        "APPEND INBOX (\\Recent) {1+}\r\nx",
        "APPEND INBOX {1+}\r\n\0",
        "APPEND INBOX \"1-Jan-2020\" {1+}\r\nx",
    ] {
        assert!(client.end(bad).starts_with("BAD"), "{bad}");
    }
    assert!(client.end("APPEND INBOX {0+}\r\n").starts_with("NO"));
    assert_eq!(server.store().account("ann").messages("inbox").unwrap().len(), 4);
}

#[test]
fn literals_over_the_limit_are_refused() {
    let server = Server::builder().user("ann", "x").settings(|settings| settings.literal_limit(100)).start().unwrap();
    let mut client = Client::login(server.plain_addr(), "ann", "x");
    client.send(b"a APPEND INBOX {1000}\r\n");
    assert!(client.line().starts_with("a NO [TOOBIG]"));
    client.send(b"b APPEND INBOX {200+}\r\n");
    client.send(&[b'x'; 200]);
    client.send(b"\r\nc NOOP\r\n");
    assert!(client.line().starts_with("b NO [TOOBIG]"));
    assert!(client.line().starts_with("c OK"));
}

#[test]
fn fetches() {
    let (_server, mut client) = with_messages(3);
    let header = "Subject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?=";
    assert_eq!(
        client.ok("FETCH 2 BODY.PEEK[HEADER.FIELDS (SUBJECT X)]"),
        ["* 2 FETCH (BODY[HEADER.FIELDS (SUBJECT X)] {40}", header, "", ")"]
    );
    assert_eq!(client.ok("FETCH 2 BODY.PEEK[]<6.3>"), ["* 2 FETCH (BODY[]<6> {3}", "Thu)"]);
    assert_eq!(client.ok("FETCH 2 BODY.PEEK[]<9999.3>"), ["* 2 FETCH (BODY[]<9999> {0}", ")"]);
    assert_eq!(client.ok("FETCH 2 BINARY.PEEK[1]"), ["* 2 FETCH (BINARY[1] ~{3}", "\0\u{1}\u{2})"]);
    assert_eq!(client.ok("FETCH 2 BINARY.PEEK[1]<1.1>"), ["* 2 FETCH (BINARY[1]<1> {1}", "\u{1})"]);
    assert_eq!(client.ok("FETCH 2 BINARY.SIZE[1]"), ["* 2 FETCH (BINARY.SIZE[1] 3)"]);
    assert_eq!(client.ok("FETCH 2 BODY.PEEK[2]"), ["* 2 FETCH (BODY[2] NIL)"]);
    assert_eq!(client.ok("FETCH 2 FLAGS"), ["* 2 FETCH (FLAGS (\\Recent))"]);
    assert_eq!(
        client.ok("UID FETCH 2 RFC822.TEXT"),
        ["* 2 FETCH (UID 2 RFC822.TEXT {6}", "AAEC", " FLAGS (\\Seen \\Recent))"]
    );
    assert_eq!(client.ok("FETCH 3,1 UID"), ["* 1 FETCH (UID 1)", "* 3 FETCH (UID 3)"]);
    assert_eq!(client.ok("UID FETCH 100:* UID"), ["* 3 FETCH (UID 3)"]);
    assert_eq!(client.ok("UID FETCH 100:200 UID"), [""; 0]);
    assert_eq!(client.ok("FETCH 1:* FAST").len(), 3);
    let full = client.ok("FETCH 1 FULL").join("");
    assert!(
        full.contains(
            "ENVELOPE (\"Thu, 1 Feb 2024 12:00:00 +0000\" \"=?utf-8?Q?Gr=C3=BC=C3=9Fe?=\" ((\"Ann\" NIL \"ann\""
        ),
        "{full}"
    );
    for bad in [
        "FETCH 4 UID",
        "FETCH 0 UID",
        "FETCH 1 (FAST)",
        "FETCH 1 ()",
        "FETCH 1 BODY[",
        "FETCH 1 BODY[]<0.0>",
        "FETCH 1 BODY[]<5>",
        "FETCH 1 BINARY[1.]",
        "FETCH 1 BINARY.SIZE[1.2.]",
        "FETCH 1",
        "FETCH x UID",
        "FETCH 1 NONSENSE",
        "FETCH 1 MODSEQ",
        "FETCH 1  UID",
        "FETCH 1 (UID  FLAGS)",
    ] {
        assert!(client.end(bad).starts_with("BAD"), "{bad}");
    }
}

#[test]
fn searches() {
    let (server, mut client) = with_messages(3);
    let uid = server.store().account("ann").append("INBOX", "Subject: other\r\n\r\nneedle in a haystack\r\n").unwrap();
    assert_eq!(uid.get(), 4);
    client.ok("NOOP");
    client.ok("STORE 2 +FLAGS.SILENT (\\Flagged Work)");
    for (command, expected) in [
        ("SEARCH ALL", "* SEARCH 1 2 3 4"),
        ("SEARCH FLAGGED", "* SEARCH 2"),
        ("SEARCH NOT KEYWORD work", "* SEARCH 1 3 4"),
        ("SEARCH OR 1 UID 4", "* SEARCH 1 4"),
        ("SEARCH (2:3 UNFLAGGED)", "* SEARCH 3"),
        ("SEARCH BODY NEEDLE", "* SEARCH 4"),
        ("SEARCH CHARSET UTF-8 SUBJECT {8+}\r\n\u{47}\u{72}\u{fc}\u{df}e\u{20}", "* SEARCH"),
        ("SEARCH CHARSET UTF-8 SUBJECT {7+}\r\ngr\u{fc}\u{df}e", "* SEARCH 1 2 3"),
        ("SEARCH HEADER Message-ID \"\"", "* SEARCH 1 2 3"),
        ("SEARCH SENTON 1-Feb-2024", "* SEARCH 1 2 3"),
        ("SEARCH SINCE 2-Jan-2024", "* SEARCH"),
        ("SEARCH LARGER 100 SMALLER 100000", "* SEARCH 1 2 3"),
        ("SEARCH *", "* SEARCH 4"),
        ("SEARCH TEXT ann@example.org NEW", "* SEARCH 1 2 3"),
        ("UID SEARCH RETURN (MIN MAX COUNT) ALL", ""),
    ] {
        let lines = client.ok(command);
        if expected.is_empty() {
            assert!(
                lines[0].starts_with("* ESEARCH (TAG \"t") && lines[0].ends_with("\") UID MIN 1 MAX 4 COUNT 4"),
                "{lines:?}"
            );
        } else {
            assert_eq!(lines, [expected], "{command}");
        }
    }
    assert!(client.ok("SEARCH RETURN () 2:4")[0].ends_with(" ALL 2:4"));
    assert!(client.end("SEARCH CHARSET KOI8-R ALL").starts_with("NO [BADCHARSET"));
    assert!(client.end("SEARCH 5").starts_with("BAD"));
}

#[test]
fn stores_and_expunges() {
    let (_server, mut client) = with_messages(4);
    assert_eq!(client.ok("STORE 1:2 +FLAGS (\\Deleted)").len(), 2);
    assert_eq!(client.ok("UID STORE 3 FLAGS.SILENT \\Deleted \\Seen"), [""; 0]);
    assert_eq!(client.ok("UID EXPUNGE 2"), ["* 2 EXPUNGE"]);
    assert_eq!(client.ok("EXPUNGE"), ["* 1 EXPUNGE", "* 1 EXPUNGE"]);
    assert_eq!(client.ok("FETCH 1 (UID FLAGS)"), ["* 1 FETCH (UID 4 FLAGS (\\Recent))"]);
    for bad in ["STORE 1 FLAGS (\\Recent)", "STORE 1 FLAGS", "STORE 1 XFLAGS (a)", "STORE 1 FLAGS (a", "EXPUNGE 1"] {
        assert!(client.end(bad).starts_with("BAD"), "{bad}");
    }
    client.ok("EXAMINE INBOX");
    assert!(client.end("STORE 1 FLAGS (\\Seen)").starts_with("NO [READ-ONLY]"));
    assert!(client.end("EXPUNGE").starts_with("NO [READ-ONLY]"));
}

#[test]
fn copies_and_moves() {
    let (server, mut client) = with_messages(3);
    assert!(client.end("COPY 1 target").starts_with("NO [TRYCREATE]"));
    client.ok("CREATE target");
    let end = client.end("COPY 1,3 target");
    assert!(end.starts_with("OK [COPYUID ") && end.contains(" 1,3 1:2]"), "{end}");
    let lines = client.ok("UID MOVE 2 target");
    assert!(lines[0].starts_with("* OK [COPYUID ") && lines[0].contains(" 2 3]"), "{lines:?}");
    assert_eq!(lines[1], "* 2 EXPUNGE");
    assert!(client.end("UID MOVE 77 target").starts_with("OK"));
    let account = server.store().account("ann");
    assert_eq!(account.messages("target").unwrap().len(), 3);
    assert_eq!(account.messages("INBOX").unwrap().len(), 2);
}

#[test]
fn condstore_when_it_is_on() {
    let server = Server::builder().user("ann", "x").with("CONDSTORE").start().unwrap();
    let account = server.store().account("ann");
    account.append("INBOX", MESSAGE).unwrap();
    account.append("INBOX", MESSAGE).unwrap();
    let mut client = Client::login(server.plain_addr(), "ann", "x");
    assert!(client.ok("SELECT INBOX (CONDSTORE)").iter().any(|line| line.starts_with("* OK [HIGHESTMODSEQ 3]")));
    assert_eq!(
        client.ok("STORE 1 (UNCHANGEDSINCE 2) +FLAGS (\\Seen)"),
        ["* 1 FETCH (UID 1 MODSEQ (4) FLAGS (\\Seen \\Recent))"]
    );
    assert!(client.end("STORE 1,2 (UNCHANGEDSINCE 3) +FLAGS (\\Draft)").starts_with("OK [MODIFIED 1]"));
    assert_eq!(client.ok("FETCH 1:* (FLAGS) (CHANGEDSINCE 4)"), ["* 2 FETCH (FLAGS (\\Draft \\Recent) MODSEQ (5))"]);
    assert_eq!(client.ok("SEARCH MODSEQ 5"), ["* SEARCH 2 (MODSEQ 5)"]);
}
