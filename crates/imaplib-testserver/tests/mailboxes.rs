//! LIST, LSUB, STATUS, CREATE, DELETE, RENAME, SELECT.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod client;

use client::Client;
use imaplib_testserver::Server;

#[test]
fn lists() {
    let server = Server::builder().sample_account().start().unwrap();
    let mut client = Client::login(server.plain_addr(), "demo", "demo");
    let cases: &[(&str, &[&str])] = &[
        ("LIST \"\" \"\"", &["* LIST (\\Noselect) \"/\" \"\""]),
        (
            "LIST \"\" Projects/%",
            &["* LIST (\\HasNoChildren) \"/\" Projects/Builds", "* LIST (\\HasChildren) \"/\" Projects/Orchard"],
        ),
        ("LIST Projects/Orchard/ *", &["* LIST (\\HasNoChildren) \"/\" \"Projects/Orchard/Caf&AOk- Z&APw-rich\""]),
        ("LIST \"\" inbox", &["* LIST (\\HasNoChildren) \"/\" INBOX"]),
        ("LIST \"\" Entw&APw-rfe", &["* LIST (\\HasNoChildren \\Drafts) \"/\" Entw&APw-rfe"]),
        (
            "LIST (SPECIAL-USE) \"\" (A% S% T%) RETURN (STATUS (MESSAGES))",
            &[
                "* LIST (\\HasChildren \\Archive) \"/\" Archive",
                "* STATUS Archive (MESSAGES 0)",
                "* LIST (\\HasNoChildren \\Sent) \"/\" Sent",
                "* STATUS Sent (MESSAGES 15)",
                "* LIST (\\HasNoChildren \\Trash) \"/\" Trash",
                "* STATUS Trash (MESSAGES 6)",
            ],
        ),
        ("LIST (SUBSCRIBED) \"\" G*", &["* LIST (\\NonExistent \\Subscribed) \"/\" Gone"]),
        (
            "LIST (SUBSCRIBED RECURSIVEMATCH) \"\" Pro%",
            &["* LIST (\\HasChildren \\Subscribed) \"/\" Projects (CHILDINFO (\"SUBSCRIBED\"))"],
        ),
        ("LIST \"\" Shared", &["* LIST (\\Noselect \\HasChildren) \"/\" Shared"]),
        ("LSUB \"\" Pro%", &["* LSUB () \"/\" Projects"]),
        ("LSUB \"\" \"Reise &- *\"", &["* LSUB () \"/\" \"Reise &- Urlaub\""]),
        ("NAMESPACE", &["* NAMESPACE ((\"\" \"/\")) NIL NIL"]),
    ];
    for (command, expected) in cases {
        assert_eq!(client.ok(command), *expected, "{command}");
    }
    for bad in [
        "LIST",
        "LIST \"\"",
        "LIST (FOO) \"\" *",
        "LIST (RECURSIVEMATCH) \"\" *",
        "LIST \"\" a&b",
        "LIST \"\" * RETURN (X)",
    ] {
        assert!(client.end(bad).starts_with("BAD"), "{bad}");
    }
}

#[test]
fn mailboxes_come_and_go() {
    let server = Server::builder().user("ann", "x").start().unwrap();
    let mut client = Client::login(server.plain_addr(), "ann", "x");
    for (command, expected) in [
        ("CREATE a/b/", "OK"),
        ("CREATE a", "NO [ALREADYEXISTS]"),
        ("CREATE a//c", "NO [CANNOT]"),
        ("CREATE \"\"", "BAD"),
        ("RENAME a &AOk-", "OK"),
        ("STATUS &AOk-/b (MESSAGES UIDNEXT UIDVALIDITY UNSEEN RECENT SIZE DELETED)", "OK"),
        ("STATUS a (MESSAGES)", "NO [NONEXISTENT]"),
        ("STATUS INBOX ()", "BAD"),
        ("SELECT &AOk-/b", "OK [READ-WRITE]"),
        ("DELETE &AOk-/b", "OK"),
        ("FETCH 1 FLAGS", "BAD no mailbox is selected"),
        ("DELETE INBOX", "NO [CANNOT]"),
        ("SUBSCRIBE nowhere", "OK"),
        ("UNSUBSCRIBE nowhere", "OK"),
        ("UNSUBSCRIBE nowhere", "NO"),
        ("EXAMINE INBOX", "OK [READ-ONLY]"),
        ("STORE 1 FLAGS (\\Seen)", "BAD"),
        ("SELECT nowhere", "NO [NONEXISTENT]"),
        ("CHECK", "BAD no mailbox is selected"),
        ("ENABLE CONDSTORE", "OK"),
        ("ID (\"name\" \"x\" \"os\" NIL)", "OK"),
        ("ID NIL", "OK"),
    ] {
        let end = client.end(command);
        assert!(end.starts_with(expected), "{command}: {end}");
    }
    assert_eq!(server.store().account("ann").mailboxes().unwrap(), ["INBOX", "é"]);
}

#[test]
fn select_tells_the_state() {
    let server = Server::builder().sample_account().start().unwrap();
    let mut client = Client::login(server.plain_addr(), "demo", "demo");
    let lines = client.ok("SELECT Archive/2021");
    assert!(lines[0].starts_with("* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft"), "{lines:?}");
    assert!(lines.contains(&"* 7 EXISTS".to_owned()), "{lines:?}");
    assert!(lines.iter().any(|line| line.starts_with("* OK [PERMANENTFLAGS (") && line.contains("\\*)]")));
    assert!(lines.iter().any(|line| line.starts_with("* OK [UIDNEXT 9]")));
    // The first message was expunged: sequence numbers and UIDs differ.
    assert_eq!(client.ok("FETCH 1 UID"), ["* 1 FETCH (UID 2)"]);
    assert_eq!(client.ok("UID FETCH 2 UID"), ["* 1 FETCH (UID 2)"]);
}
