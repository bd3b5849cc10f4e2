//! What an interrupted run leaves in a folder, by the archive's public interface and its database.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use std::cell::RefCell;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use imaplib::blocking::{Client, Session};
use imaplib::{ConnectOptions, Endpoint};
use imaplib_archive::{Archive, ArchivedMessage, Cancel, Event, Options, Report};
use imaplib_testserver::{AccountHandle, Server};
use rusqlite::Connection;

const TEXT: &str = "Subject: hello\r\n\r\nHello, Alice.\r\n";

struct Place {
    server: Server,
    folder: tempfile::TempDir,
}

impl Place {
    /// Five messages, and an archive of them.
    fn new() -> Self {
        let server = Server::builder().user("alice", "secret").start().unwrap();
        let place = Self { server, folder: tempfile::tempdir().unwrap() };
        for number in 0..5 {
            place.account().append("INBOX", format!("Subject: {number}\r\n\r\n{TEXT}")).unwrap();
        }
        place.backup();
        place
    }

    fn account(&self) -> AccountHandle {
        self.server.store().account("alice")
    }

    fn connect(&self) -> Result<Session, imaplib::Error> {
        let endpoint = Endpoint::insecure("127.0.0.1", self.server.plain_addr().port());
        Client::connect_with(&endpoint, &ConnectOptions::new())?.login("alice", "secret")
    }

    fn backup(&self) -> Report {
        self.backup_reporting().0
    }

    /// The report, and what was said.
    fn backup_reporting(&self) -> (Report, String) {
        let said = RefCell::new(String::new());
        let observer = |event: &Event<'_>| said.borrow_mut().push_str(&format!("{event}\n"));
        let mut archive = Archive::open(self.folder.path(), "alice@localhost").unwrap();
        let report = archive.backup(&mut || self.connect(), &Options::new(), &observer, &Cancel::new()).unwrap();
        (report, said.into_inner())
    }

    fn messages(&self) -> Vec<ArchivedMessage> {
        let archive = Archive::open(self.folder.path(), "alice@localhost").unwrap();
        archive.messages(&archive.mailboxes()[0], None, 99).unwrap()
    }

    fn sql(&self, sql: &str) -> usize {
        Connection::open(self.folder.path().join(".imap-backup.sqlite")).unwrap().execute(sql, []).unwrap()
    }

    fn files(&self) -> Vec<String> {
        let entries = fs::read_dir(self.folder.path().join("INBOX/cur")).unwrap();
        let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

/// Files that a killed run had installed, and the database does not know, become links all the same.
#[test]
fn a_killed_run_over_a_recreated_mailbox_costs_no_room() {
    let place = Place::new();
    place.account().renew_uid_validity("INBOX").unwrap();
    place.backup();
    let new = place.messages().pop().unwrap().file;
    // Some were installed as links, and one as a file of its own.
    let text = fs::read(&new).unwrap();
    fs::remove_file(&new).unwrap();
    fs::write(&new, text).unwrap();
    let validity = "(SELECT uidvalidity FROM mailboxes WHERE name = 'INBOX')";
    assert_eq!(place.sql(&format!("DELETE FROM messages WHERE uidvalidity = {validity}")), 5);
    place.sql("UPDATE mailboxes SET unsettled = 1");
    let total = place.backup().total();
    assert_eq!((total.adopted, total.same, total.damaged), (5, 5, 0));
    let messages = place.messages();
    assert_eq!(messages.len(), 10);
    for message in messages {
        assert_eq!(fs::metadata(&message.file).unwrap().nlink(), 2, "{message:?}");
    }
    assert_eq!(fs::read_dir(place.folder.path().join("INBOX/tmp")).unwrap().count(), 0);
}

/// The file beside `file` with these flags.
fn twin(file: &Path, flags: &str) -> PathBuf {
    let name = file.file_name().unwrap().to_str().unwrap();
    file.with_file_name(format!("{}:2,{flags}", name.split_once(":2,").unwrap().0))
}

/// A second file of a message goes only if the one that is noted is whole, and never if it is another message's.
#[test]
fn a_second_file_goes_only_beside_a_whole_one() {
    let place = Place::new();
    let files: Vec<PathBuf> = place.messages().into_iter().map(|message| message.file).collect();
    let texts: Vec<Vec<u8>> = files.iter().map(|file| fs::read(file).unwrap()).collect();
    // Two more of the first, one of them cut off.
    fs::write(twin(&files[0], "S"), &texts[0]).unwrap();
    fs::write(twin(&files[0], "FS"), "cut off").unwrap();
    // The noted one is cut off: the other is better than nothing.
    fs::write(twin(&files[1], "S"), &texts[1]).unwrap();
    fs::write(&files[1], "cut off").unwrap();
    // Neither is whole.
    fs::write(twin(&files[4], "S"), &texts[4][..20]).unwrap();
    fs::write(&files[4], "cut off").unwrap();
    // Not there at all.
    fs::rename(&files[2], twin(&files[2], "S")).unwrap();
    fs::write(twin(&files[2], "FS"), &texts[2]).unwrap();
    // Whole, and of another size: somebody else's.
    let name = files[3].file_name().unwrap().to_str().unwrap();
    let foreign = files[3].with_file_name(format!("{},S=7:2,S", name.split_once(",S=").unwrap().0));
    fs::write(&foreign, "foreign").unwrap();
    let before = place.files();
    assert_eq!(place.sql("UPDATE mailboxes SET unsettled = 1"), 1);
    let (report, said) = place.backup_reporting();
    let gone: Vec<&String> = before.iter().filter(|name| !place.files().contains(name)).collect();
    let name = |path: PathBuf| path.file_name().unwrap().to_str().unwrap().to_owned();
    let mut expected = [twin(&files[0], "S"), twin(&files[0], "FS")].map(name);
    expected.sort();
    assert_eq!(gone, expected.iter().collect::<Vec<_>>(), "{said}");
    assert!(said.contains(&format!("{} is no message of the server's", name(foreign))), "{said}");
    assert_eq!(report.total().failed, 0, "{said}");
}

/// When new mail last arrived decides whether a mailbox is probed.
#[test]
fn only_new_mail_makes_a_mailbox_one_in_which_mail_arrives() {
    let place = Place::new();
    let arrived = || {
        let database = Connection::open(place.folder.path().join(".imap-backup.sqlite")).unwrap();
        database
            .query_row("SELECT arrived FROM mailboxes WHERE name = 'INBOX'", [], |row| row.get::<_, i64>(0))
            .unwrap()
    };
    assert!(arrived() > 1_000_000);
    place.sql("UPDATE mailboxes SET arrived = 5");
    let uid = imaplib::types::Uid::new(1).unwrap();
    place.account().set_flags("INBOX", uid, [imaplib::types::Flag::Seen]).unwrap();
    assert_eq!((place.backup().total().flags, arrived()), (1, 5));
    place.account().append("INBOX", TEXT).unwrap();
    place.backup();
    assert!(arrived() > 1_000_000);
    // One that is empty at first counts as one, too.
    place.account().create("Empty").unwrap();
    place.backup();
    let database = Connection::open(place.folder.path().join(".imap-backup.sqlite")).unwrap();
    let sql = "SELECT arrived FROM mailboxes WHERE name = 'Empty'";
    assert!(database.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap() > 1_000_000);
}
