//! Mail that is kept elsewhere, in files: what is served of it, what is held of it, and that nothing of it is changed.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod transcript;

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use imaplib_proto::types::{DateTime, Flags, Uid};
use imaplib_testserver::{
    BackedMailbox, BackedMessage, Backing, Connection, Content, Figures, MessageFile, Settings, Store,
};
use transcript::ask;

const NESTED: &str = "Subject: nested\r\nFrom: Ann <ann@example.org>\r\nDate: Thu, 1 Feb 2024 12:00:00 +0000\r\n\
    Content-Type: multipart/mixed; boundary=b\r\n\r\npreamble\r\n--b\r\n\r\nfirst\r\n--b\r\n\
    Content-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\nwithin\r\n--b--\r\n";

/// Messages in a folder of their own, which goes with it.
#[derive(Debug)]
struct Kept {
    folder: PathBuf,
    messages: Mutex<Vec<(u32, &'static str, u64)>>,
    has_changed: Mutex<bool>,
    reads: AtomicUsize,
}

#[derive(Debug)]
struct Stored(PathBuf, u64);

impl MessageFile for Stored {
    fn size(&self) -> u64 {
        self.1
    }

    fn open(&self) -> io::Result<File> {
        File::open(&self.0)
    }
}

impl Kept {
    fn new(name: &str, texts: &[&str]) -> Arc<Self> {
        let folder = std::env::temp_dir().join(format!("imaplib-backed-{name}-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let messages = Mutex::default();
        let kept = Self { folder, messages, has_changed: Mutex::new(true), reads: AtomicUsize::new(0) };
        for (uid, text) in (1..).zip(texts) {
            kept.add(uid * 10, "", text);
        }
        Arc::new(kept)
    }

    fn path(&self, uid: u32) -> PathBuf {
        self.folder.join(uid.to_string())
    }

    fn add(&self, uid: u32, flags: &'static str, text: &str) {
        fs::write(self.path(uid), text).unwrap();
        self.messages.lock().unwrap().push((uid, flags, text.len() as u64));
        *self.has_changed.lock().unwrap() = true;
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

impl Backing for Kept {
    fn mailboxes(&self) -> io::Result<Option<Vec<BackedMailbox>>> {
        let has_changed = std::mem::take(&mut *self.has_changed.lock().unwrap());
        Ok(has_changed.then(|| vec![BackedMailbox::new(7, "Work/Old", 42, 100)]))
    }

    fn messages(&self, mailbox: &BackedMailbox) -> io::Result<Vec<BackedMessage>> {
        assert_eq!(mailbox.key, 7);
        self.reads.fetch_add(1, Ordering::SeqCst);
        let message = |&(uid, flags, size): &(u32, &str, u64)| {
            let content = Content::file(Arc::new(Stored(self.path(uid), size)));
            let flags: Flags = flags.parse().unwrap();
            BackedMessage::new(Uid::new(uid).unwrap(), flags, DateTime::from_unix(1_700_000_000).unwrap(), content)
        };
        Ok(self.messages.lock().unwrap().iter().map(message).collect())
    }

    fn figures(&self, _mailbox: &BackedMailbox) -> io::Result<Figures> {
        let mut figures = Figures::default();
        for (_, _, size) in self.messages.lock().unwrap().iter() {
            figures.messages += 1;
            figures.unseen += 1;
            figures.size += size;
        }
        Ok(figures)
    }
}

fn store_of(kept: &Arc<Kept>) -> Store {
    let store = Store::new();
    store.add_backed_user("ann", "secret", Arc::clone(kept) as Arc<dyn Backing>).unwrap();
    store
}

fn open(store: &Store) -> Connection {
    let mut connection = Connection::new(store.clone(), Settings::new().preauthenticated("ann").read_only());
    let _ = connection.take_output();
    connection
}

#[test]
fn a_mailbox_is_in_memory_while_it_is_open() {
    let kept = Kept::new("memory", &["Subject: a\r\n\r\none\r\n", NESTED]);
    let store = store_of(&kept);
    let mut connection = open(&store);
    let said = ask(&mut connection, "LIST \"\" \"*\"");
    let expected = "* LIST (\\HasNoChildren) \"/\" INBOX\r\n* LIST (\\Noselect \\HasChildren) \"/\" Work\r\n\
                    * LIST (\\HasNoChildren) \"/\" Work/Old\r\nq OK LIST done\r\n";
    assert_eq!(said, expected);
    let size = "Subject: a\r\n\r\none\r\n".len() + NESTED.len();
    let figures = format!("* STATUS Work/Old (MESSAGES 2 UNSEEN 2 UIDNEXT 100 UIDVALIDITY 42 SIZE {size})\r\n");
    let status = "STATUS Work/Old (MESSAGES UNSEEN UIDNEXT UIDVALIDITY SIZE)";
    assert_eq!(ask(&mut connection, status), format!("{figures}q OK STATUS done\r\n"));
    assert_eq!(kept.reads.load(Ordering::SeqCst), 0, "nothing is read for that");
    let said = ask(&mut connection, "SELECT Work/Old");
    assert!(said.contains("* 2 EXISTS\r\n* 0 RECENT\r\n") && said.contains("[UIDVALIDITY 42]"), "{said}");
    assert!(said.contains("[PERMANENTFLAGS ()]") && said.ends_with("q OK [READ-ONLY] SELECT done\r\n"), "{said}");
    assert_eq!(ask(&mut connection, status), format!("{figures}q OK STATUS done\r\n"));
    let mut second = open(&store);
    ask(&mut second, "EXAMINE Work/Old");
    assert_eq!(kept.reads.load(Ordering::SeqCst), 1);
    // Once nobody has it open it is forgotten.
    drop(second);
    ask(&mut connection, "UNSELECT");
    store.follow().unwrap();
    ask(&mut connection, "SELECT Work/Old");
    assert_eq!(kept.reads.load(Ordering::SeqCst), 2);
}

#[test]
fn files_answer_as_messages_in_memory_do() {
    let long = format!("Subject: long\r\n\r\n{}", "0123456789 abcdef\r\n".repeat(20_000));
    let texts = ["Subject: a\r\n\r\none\r\n", NESTED, &long, "", "no header at all", "Subject: x\n\nline feeds\n"];
    let kept = Kept::new("answers", &texts);
    let mut of_files = open(&store_of(&kept));
    let memory = Store::new();
    memory.add_user("ann", "secret");
    for text in texts {
        let date = DateTime::from_unix(1_700_000_000).unwrap();
        memory.account("ann").append_with("INBOX", Flags::new(), date, text.to_owned()).unwrap();
    }
    let mut of_memory = Connection::new(memory, Settings::new().preauthenticated("ann"));
    let _ = of_memory.take_output();
    ask(&mut of_files, "SELECT Work/Old");
    ask(&mut of_memory, "EXAMINE INBOX");
    for command in [
        "FETCH 1:* (INTERNALDATE RFC822.SIZE ENVELOPE BODYSTRUCTURE)",
        "FETCH 1:* BODY[]",
        "FETCH 1:* (BODY[HEADER] BODY[TEXT] BODY[1] BODY[2.HEADER] BODY[2.1.MIME] BODY[2.TEXT])",
        "FETCH 1:* (RFC822 RFC822.HEADER RFC822.TEXT BODY[HEADER.FIELDS (Subject)])",
        "FETCH 3 BODY[]<100000.70000>",
        "FETCH 1:* (BINARY[1] BINARY.SIZE[2])",
        "SEARCH TEXT within",
        "SEARCH OR SUBJECT long BODY first",
        "SEARCH SENTSINCE 1-Feb-2024 NOT BODY nothing",
        "SEARCH LARGER 20",
        "FETCH 7 FLAGS",
    ] {
        assert_eq!(ask(&mut of_files, command), ask(&mut of_memory, command), "{command}");
    }
}

#[test]
fn one_bad_file_costs_its_message() {
    let kept = Kept::new("bad", &["Subject: a\r\n\r\none\r\n", "Subject: b\r\n\r\ntwo\r\n", "Subject: c\r\n\r\n3\r\n"]);
    let mut connection = open(&store_of(&kept));
    ask(&mut connection, "SELECT Work/Old");
    fs::remove_file(kept.path(10)).unwrap();
    fs::write(kept.path(20), "cut").unwrap();
    let said = ask(&mut connection, "FETCH 1:* BODY[TEXT]");
    assert_eq!(said, "* 3 FETCH (BODY[TEXT] {3}\r\n3\r\n)\r\nq NO [CORRUPTION] 2 messages cannot be read\r\n");
    let said = ask(&mut connection, "UID FETCH 10:20 (FLAGS RFC822.SIZE)");
    assert_eq!(said.lines().count(), 3, "{said}");
    assert!(said.ends_with("q OK FETCH done\r\n"), "{said}");
    let said = ask(&mut connection, "SEARCH SUBJECT c");
    assert!(said.starts_with("* NO 2 of the messages cannot be read") && said.contains("* SEARCH 3\r\n"), "{said}");
}

#[test]
fn what_changes_elsewhere_is_followed() {
    let kept = Kept::new("follows", &["Subject: a\r\n\r\none\r\n", "Subject: b\r\n\r\ntwo\r\n"]);
    let store = store_of(&kept);
    let mut connection = open(&store);
    ask(&mut connection, "SELECT Work/Old");
    connection.receive(b"i IDLE\r\n");
    assert_eq!(connection.take_output(), b"+ idling\r\n");
    assert!(!store.follow().unwrap());
    kept.messages.lock().unwrap()[1].1 = "\\Seen work";
    kept.add(120, "", "Subject: new\r\n\r\nthree\r\n");
    kept.messages.lock().unwrap().remove(0);
    assert!(store.follow().unwrap());
    connection.store_changed();
    let said = String::from_utf8(connection.take_output()).unwrap();
    let expected = "* 1 EXPUNGE\r\n* 1 FETCH (FLAGS (\\Seen work))\r\n* 2 EXISTS\r\n* 0 RECENT\r\n";
    assert_eq!(said, expected);
    connection.receive(b"DONE\r\n");
    let said = ask(&mut connection, "UID FETCH 1:* BODY[TEXT]");
    assert!(said.contains("* 2 FETCH (UID 120 BODY[TEXT] {7}\r\nthree\r\n)\r\n"), "{said}");
}

#[test]
fn nothing_is_changed() {
    let kept = Kept::new("unchanged", &["Subject: a\r\n\r\none\r\n"]);
    let mut connection = open(&store_of(&kept));
    let before = ask(&mut connection, "LIST \"\" \"*\" RETURN (SUBSCRIBED STATUS (MESSAGES UNSEEN UIDNEXT))");
    ask(&mut connection, "SELECT Work/Old");
    for (command, code) in [
        ("STORE 1 +FLAGS \\Deleted", "READ-ONLY"),
        ("UID STORE 10 FLAGS ()", "READ-ONLY"),
        ("EXPUNGE", "READ-ONLY"),
        ("UID EXPUNGE 10", "READ-ONLY"),
        ("MOVE 1 INBOX", "READ-ONLY"),
        ("UID MOVE 10 INBOX", "READ-ONLY"),
        ("COPY 1 INBOX", "NOPERM"),
        ("UID COPY 10 INBOX", "NOPERM"),
        ("CREATE new", "NOPERM"),
        ("DELETE Work/Old", "NOPERM"),
        ("RENAME Work/Old Other", "NOPERM"),
        ("SUBSCRIBE INBOX", "NOPERM"),
        ("UNSUBSCRIBE Work/Old", "NOPERM"),
        ("APPEND INBOX {3+}\r\nabc", "NOPERM"),
        ("APPEND INBOX {3000}", "NOPERM"),
    ] {
        let said = ask(&mut connection, command);
        assert_eq!(said, format!("q NO [{code}] nothing can be changed here\r\n"), "{command}");
    }
    let said = ask(&mut connection, "FETCH 1 (FLAGS BODY[])");
    assert!(said.contains("FLAGS ()") && said.ends_with("q OK FETCH done\r\n"), "{said}");
    ask(&mut connection, "CLOSE");
    let after = ask(&mut connection, "LIST \"\" \"*\" RETURN (SUBSCRIBED STATUS (MESSAGES UNSEEN UIDNEXT))");
    assert_eq!(before, after);
    assert_eq!(fs::read(Path::new(&kept.path(10))).unwrap(), b"Subject: a\r\n\r\none\r\n");
}

#[test]
fn rows_wait_until_those_before_are_sent() {
    let text = format!("Subject: long\r\n\r\n{}", "x".repeat(60_000));
    let kept = Kept::new("waits", &vec![&*text; 400]);
    let mut connection = open(&store_of(&kept));
    ask(&mut connection, "SELECT Work/Old");
    connection.receive(b"q FETCH 1:* BODY[]\r\n");
    // What was not made yet can be refused.
    fs::remove_file(kept.path(4000)).unwrap();
    let said = connection.take_output();
    assert!(said.len() > 399 * 60_000 && said.ends_with(b"q NO [CORRUPTION] 1 message cannot be read\r\n"));
}
