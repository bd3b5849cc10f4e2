//! Plays transcripts of the protocol against connections in memory, and compares every byte.

#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use imaplib_testserver::{Connection, Settings, Store};

/// A message of 20 bytes.
pub(crate) const MESSAGE: &str = "Subject: a\r\n\r\ntext\r\n";

/// A store with the user `ann`, whose INBOX holds `count` messages.
pub(crate) fn store_with(count: usize) -> Store {
    let store = Store::new();
    store.add_user("ann", "x");
    for _ in 0..count {
        store.account("ann").append("INBOX", MESSAGE).unwrap();
    }
    store
}

/// A session of `ann` on a server with these capabilities beside the default ones.
pub(crate) fn session(store: &Store, capabilities: &[&str]) -> Connection {
    let settings = Settings::new().preauthenticated("ann");
    let settings = capabilities.iter().fold(settings, |settings, name| settings.with(name));
    let mut connection = Connection::new(store.clone(), settings);
    connection.take_output();
    connection
}

/// As [`session`], with INBOX selected.
pub(crate) fn selected(store: &Store, capabilities: &[&str]) -> Connection {
    let mut connection = session(store, capabilities);
    connection.receive(b"s SELECT INBOX\r\n");
    let said = String::from_utf8(connection.take_output()).unwrap();
    assert!(said.contains("\r\ns OK "), "{said}");
    connection
}

/// The lines of a transcript with which SELECT answers, or EXAMINE, up to those of extensions.
pub(crate) fn opening(read_only: bool, exists: u32, uid_validity: u32, uid_next: u32) -> String {
    let permanent = match read_only {
        true => "()] read-only",
        false => "(\\Answered \\Flagged \\Deleted \\Seen \\Draft \\*)] flags that are kept",
    };
    format!(
        "S: * FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)
         S: * OK [PERMANENTFLAGS {permanent}
         S: * {exists} EXISTS
         S: * {exists} RECENT
         S: * OK [UNSEEN 1] first unseen
         S: * OK [UIDVALIDITY {uid_validity}] UIDs are valid
         S: * OK [UIDNEXT {uid_next}] predicted next UID"
    )
}

/// Sends the lines that begin with `C: `; what the server sends then must be the lines that follow with `S: `.
pub(crate) fn play(connection: &mut Connection, transcript: &str) {
    let mut lines = transcript.lines().map(str::trim_start).filter(|line| !line.is_empty()).peekable();
    while let Some(line) = lines.next() {
        let sent = line.strip_prefix("C: ").unwrap_or_else(|| panic!("not a line of the client: {line}"));
        connection.receive(sent.as_bytes());
        connection.receive(b"\r\n");
        let said = String::from_utf8_lossy(&connection.take_output()).into_owned();
        let mut expected = String::new();
        while let Some(line) = lines.next_if(|line| !line.starts_with("C: ")) {
            expected.push_str(line.strip_prefix("S: ").unwrap_or_else(|| panic!("neither C: nor S: {line}")));
            expected.push_str("\r\n");
        }
        assert_eq!(said.replace("\r\n", "\n"), expected.replace("\r\n", "\n"), "after {sent}");
    }
}

/// What the server sends to one command, its completion included.
pub(crate) fn ask(connection: &mut Connection, command: &str) -> String {
    connection.receive(format!("q {command}\r\n").as_bytes());
    String::from_utf8_lossy(&connection.take_output()).into_owned()
}
