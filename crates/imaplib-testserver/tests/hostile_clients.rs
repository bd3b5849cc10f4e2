//! Clients that send nonsense: the server neither panics nor grows.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod transcript;

use imaplib_testserver::{Connection, Settings, Store};
use transcript::{ask, session, store_with};

/// A small generator, so that the test is the same every time.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn of<'a>(&mut self, words: &[&'a str]) -> &'a str {
        words[usize::try_from(self.next() % words.len() as u64).unwrap()]
    }
}

const COMMANDS: &[&str] = &[
    "SELECT",
    "EXAMINE",
    "FETCH",
    "UID FETCH",
    "STORE",
    "UID STORE",
    "SEARCH",
    "UID SEARCH",
    "SORT",
    "UID SORT",
    "THREAD",
    "UID THREAD",
    "STATUS",
    "LIST",
    "GETQUOTA",
    "GETQUOTAROOT",
    "SETQUOTA",
    "GETMETADATA",
    "SETMETADATA",
    "NOTIFY",
    "ENABLE",
    "UNAUTHENTICATE",
    "EXPUNGE",
    "UID EXPUNGE",
    "MOVE",
    "COPY",
    "CREATE",
    "DELETE",
    "RENAME",
    "CLOSE",
    "IDLE",
    "APPEND",
    "UNSELECT",
    "NOOP",
    "COMPRESS",
];

const ARGUMENTS: &[&str] = &[
    "INBOX",
    "Sent",
    "nowhere",
    "\"\"",
    "1:*",
    "$",
    "*",
    "1:4294967295",
    "4294967295:1",
    "1,2,3:5",
    "0",
    "18446744073709551615",
    "9223372036854775807",
    "FLAGS",
    "(FLAGS UID MODSEQ)",
    "+FLAGS.SILENT",
    "(\\Deleted)",
    "(CHANGEDSINCE 1 VANISHED)",
    "(CHANGEDSINCE 1)",
    "(UNCHANGEDSINCE 3)",
    "(QRESYNC (1 1 1:4294967295 (1:4294967295 1:4294967295)))",
    "(QRESYNC (1 1))",
    "(CONDSTORE)",
    "MODSEQ",
    "\"/flags/\\\\seen\"",
    "all",
    "RETURN (SAVE ALL)",
    "RETURN (MIN MAX COUNT)",
    "RETURN",
    "(",
    ")",
    "((((((((",
    "))))))))",
    "(REVERSE DATE SUBJECT)",
    "(DISPLAYFROM TO CC SIZE)",
    "UTF-8",
    "REFERENCES",
    "ORDEREDSUBJECT",
    "OLDER",
    "YOUNGER",
    "EMAILID",
    "THREADID",
    "x",
    "SAVEDON",
    "1-Jan-2024",
    "PREVIEW (LAZY)",
    "SAVEDATE",
    "(STORAGE 1 MESSAGE 100000)",
    "(STORAGE 18446744073709551615)",
    "(DEPTH infinity)",
    "/private",
    "(/private/comment \"x\")",
    "(/shared/a NIL)",
    "SET",
    "STATUS",
    "NONE",
    "(selected (MessageNew (UID BODY.PEEK[]) MessageExpunge FlagChange))",
    "(subtree INBOX (MessageNew MessageExpunge))",
    "(personal (MailboxName SubscriptionChange MailboxMetadataChange))",
    "QRESYNC",
    "CONDSTORE",
    "(MESSAGES DELETED-STORAGE MAILBOXID APPENDLIMIT HIGHESTMODSEQ)",
    "RETURN (STATUS (MESSAGES))",
    "{3+}\r\nabc",
    "{3}\r\nabc",
    "~{2+}\r\n\0\0",
    "{99999999999999999999}",
    "{4294967295+}",
    "\"",
    "\\",
    "\0",
    "\u{fc}",
    "NOT",
    "OR",
    "ALL",
    "DEFLATE",
];

fn account() -> Store {
    let store = Store::new();
    store.add_sample_account();
    store
}

/// Sends and reads, so that nothing is left waiting; a limit, for a message can be huge.
fn exchange(connection: &mut Connection, bytes: &[u8]) {
    connection.receive(bytes);
    connection.store_changed();
    let mut sent = 0;
    while let Some(block) = connection.next_output(16 * 1024) {
        sent += block.len();
        if sent > 4_000_000 {
            break;
        }
    }
}

#[test]
fn random_commands_with_all_extensions() {
    let store = account();
    let random = &mut Random(0x9E37_79B9_7F4A_7C15);
    for round in 0..400 {
        let settings = Settings::new().preauthenticated("demo").with_all();
        let mut connection = Connection::new(store.clone(), settings);
        exchange(&mut connection, b"e ENABLE QRESYNC\r\ns SELECT Sent\r\n");
        for number in 0..random.next() % 30 {
            let mut line = format!("t{number} {}", random.of(COMMANDS));
            for _ in 0..random.next() % 7 {
                line.push(' ');
                line.push_str(random.of(ARGUMENTS));
            }
            line.push_str("\r\n");
            // Some lines are cut, or have a byte changed.
            let mut bytes = line.into_bytes();
            let place = usize::try_from(random.next()).unwrap() % bytes.len();
            match random.next() % 6 {
                0 => bytes.truncate(place),
                1 => bytes[place] = random.next().to_le_bytes()[0],
                _ => {}
            }
            exchange(&mut connection, &bytes);
        }
        if round % 20 == 0 {
            store.add_sample_account();
        }
    }
    assert!(ask(&mut session(&store_with(1), &[]), "NOOP").starts_with("q OK"));
}

#[test]
fn literals_that_are_cut() {
    let store = account();
    for command in [
        "SETMETADATA INBOX (/private/comment {5+}\r\n",
        "SEARCH CHARSET UTF-8 SUBJECT {9+}\r\n",
        "SORT (DATE) UTF-8 BODY {9+}\r\n",
        "NOTIFY SET (mailboxes {5+}\r\n",
        "GETMETADATA (MAXSIZE 1) {5+}\r\n",
        "SELECT {5+}\r\n",
    ] {
        let settings = Settings::new().preauthenticated("demo").with_all();
        let mut connection = Connection::new(store.clone(), settings);
        exchange(&mut connection, format!("a {command}abc").as_bytes());
        exchange(&mut connection, b"\r\n\r\n)))\r\n\r\n");
        let said = ask(&mut connection, "NOOP");
        assert!(said.ends_with("q OK NOOP done\r\n"), "{command}: {said}");
    }
}

#[test]
fn huge_sets_cost_nothing() {
    let mut connection = session(&store_with(3), &["QRESYNC", "SEARCHRES"]);
    ask(&mut connection, "ENABLE QRESYNC");
    let holes: Vec<String> = (1..10_000).map(|number| (number * 2).to_string()).collect();
    let holes = holes.join(",");
    for known in [
        "1700000001 1 1:4294967295".to_owned(),
        "1700000001 1 1:4294967295 (1:4294967295 1:4294967295)".to_owned(),
        format!("1700000001 1 {holes}"),
    ] {
        let said = ask(&mut connection, &format!("SELECT INBOX (QRESYNC ({known}))"));
        assert!(said.ends_with("q OK [READ-WRITE] SELECT done\r\n") && said.len() < 2000, "{said}");
    }
    for set in ["1:4294967295", "4294967295", "*:1", &holes] {
        let said = ask(&mut connection, &format!("UID FETCH {set} UID (CHANGEDSINCE 1 VANISHED)"));
        assert!(said.ends_with("q OK FETCH done\r\n") && said.len() < 2000, "{said}");
        let said = ask(&mut connection, &format!("UID SEARCH RETURN (SAVE ALL) UID {set}"));
        assert!(said.ends_with("q OK SEARCH done\r\n") && said.len() < 2000, "{said}");
    }
}

#[test]
fn subscriptions_are_limited() {
    let store = store_with(0);
    let mut connection = session(&store, &[]);
    for number in 1..10_000 {
        assert_eq!(ask(&mut connection, &format!("SUBSCRIBE {number}")), "q OK SUBSCRIBE done\r\n");
    }
    assert_eq!(ask(&mut connection, "SUBSCRIBE more"), "q NO [OVERQUOTA] the account is full\r\n");
    let name = "x".repeat(1001);
    assert_eq!(ask(&mut connection, &format!("SUBSCRIBE {name}")), "q NO [CANNOT] not a valid mailbox name\r\n");
}

#[test]
fn long_chains_of_references() {
    let store = store_with(0);
    let account = store.account("ann");
    for number in 0..2000 {
        let references: String = (0..300).map(|before| format!(" <{}@x>", number * 7 + before)).collect();
        account.append("INBOX", format!("Message-ID: <{number}@x>\r\nReferences:{references}\r\n\r\n")).unwrap();
    }
    let mut connection = session(&store, &["THREAD=REFERENCES"]);
    ask(&mut connection, "SELECT INBOX");
    let said = ask(&mut connection, "THREAD REFERENCES UTF-8 ALL");
    let numbers: usize = said
        .lines()
        .next()
        .unwrap()
        .split(|letter: char| !letter.is_ascii_digit())
        .filter(|word| !word.is_empty())
        .count();
    assert_eq!(numbers, 2000);
}
