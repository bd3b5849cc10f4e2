//! The database of an archive, rebuilt from the log, equals the one before, row by row.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use imaplib::blocking::Client;
use imaplib::types::{DateTime, Flag, Flags, Uid};
use imaplib::{ConnectOptions, Endpoint};
use imaplib_archive::{Archive, ArchiveError, Cancel, LogFault, Options, Report};
use imaplib_testserver::{AccountHandle, Server};
use rusqlite::Connection;

const DATABASE: &str = ".imap-backup.sqlite";

struct Place {
    server: Server,
    folder: tempfile::TempDir,
}

impl Place {
    /// An account with mailboxes that differ by case alone, forty keywords, and a moved, an expunged and a recreated one.
    fn new() -> Self {
        let server = Server::builder().user("alice", "secret").start().unwrap();
        let place = Self { server, folder: tempfile::tempdir().unwrap() };
        let account = place.account();
        for mailbox in ["Foo", "foo", "Lists/rust", "Recreated", "Gone"] {
            account.create(mailbox).unwrap();
        }
        for number in 0..40_i64 {
            let keyword: Flag = format!("keyword-{number}").parse().unwrap();
            let flags: Flags = [Flag::Seen, keyword].into_iter().collect();
            let date = DateTime::from_unix(1_500_000_000 + number).unwrap();
            account.append_with("INBOX", flags, date, format!("Subject: {number}\r\n\r\n{number}\r\n")).unwrap();
        }
        for mailbox in ["Foo", "foo", "Lists/rust", "Recreated", "Gone"] {
            for number in 0..3 {
                account.append(mailbox, format!("Subject: {mailbox}\r\n\r\n{number}\r\n")).unwrap();
            }
        }
        place
    }

    fn account(&self) -> AccountHandle {
        self.server.store().account("alice")
    }

    fn root(&self) -> &Path {
        self.folder.path()
    }

    fn backup(&self, options: &Options) -> Report {
        let endpoint = Endpoint::insecure("127.0.0.1", self.server.plain_addr().port());
        let mut connect = || Client::connect_with(&endpoint, &ConnectOptions::new())?.login("alice", "secret");
        let mut archive = Archive::open(self.root(), "alice@localhost").unwrap();
        archive.backup(&mut connect, options, &(), &Cancel::new()).unwrap()
    }

    /// Two runs, between which everything happens that can happen to a message.
    fn fill(&self) {
        let account = self.account();
        self.backup(&Options::new());
        let uid = |number| Uid::new(number).unwrap();
        account.set_flags("INBOX", uid(1), [Flag::Flagged]).unwrap();
        account.expunge("INBOX", uid(2)).unwrap();
        account.renew_uid_validity("Recreated").unwrap();
        account.delete("Gone").unwrap();
        account.append("foo", "Subject: new\r\n\r\nnew\r\n").unwrap();
        self.backup(&Options::new());
    }
}

/// Every table with its rows.
fn dump(root: &Path) -> BTreeMap<String, Vec<String>> {
    let database = Connection::open(root.join(DATABASE)).unwrap();
    let mut names = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").unwrap();
    let names: Vec<String> = names.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    let rows = |name: &String| {
        let mut query = database.prepare(&format!("SELECT * FROM {name}")).unwrap();
        let columns: Vec<String> = query.column_names().map(str::to_owned).collect();
        let row = |row: &rusqlite::Row<'_>| {
            let value = |(number, name): (usize, &String)| format!("{name}={:?}", row.get_ref(number).unwrap());
            Ok(columns.iter().enumerate().map(value).collect::<Vec<_>>().join(" "))
        };
        let mut rows: Vec<String> = query.query_map([], row).unwrap().map(Result::unwrap).collect();
        rows.sort_unstable();
        rows
    };
    names.iter().map(|name| (name.clone(), rows(name))).collect()
}

fn log_files(root: &Path) -> Vec<std::path::PathBuf> {
    let mut files: Vec<_> = fs::read_dir(root.join(".log")).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort_unstable();
    files
}

#[test]
fn a_database_made_anew_is_equal_row_by_row() {
    let place = Place::new();
    place.fill();
    let before = dump(place.root());
    assert!(before["messages"].len() == 40 + 5 * 3 + 3 + 1 && before["mailboxes"].len() == 7, "{before:#?}");
    let archive = Archive::rebuild(place.root()).unwrap();
    assert_eq!((archive.log_damage(), archive.count().unwrap()), (None, 59));
    drop(archive);
    assert_eq!(dump(place.root()), before);
    // Nothing is fetched again.
    let report = place.backup(&Options::new());
    assert_eq!((report.total().arrived(), report.total().adopted), (0, 0));
}

#[test]
fn a_database_that_is_missing_or_old_is_brought_up_when_the_archive_is_opened() {
    let place = Place::new();
    place.backup(&Options::new());
    let old = fs::read(place.root().join(DATABASE)).unwrap();
    place.fill();
    let before = dump(place.root());
    for database in [None, Some(Vec::new()), Some(old)] {
        match database {
            None => fs::remove_file(place.root().join(DATABASE)).unwrap(),
            Some(bytes) => fs::write(place.root().join(DATABASE), bytes).unwrap(),
        }
        drop(Archive::open_any(place.root()).unwrap());
        assert_eq!(dump(place.root()), before);
    }
}

#[test]
fn a_log_that_is_damaged_is_named_and_written_once_more() {
    // A byte, the end, the whole file.
    for (damage, fault) in [(0, LogFault::Chain), (1, LogFault::Short), (2, LogFault::Missing)] {
        let place = Place::new();
        place.fill();
        let before = dump(place.root());
        let file = log_files(place.root()).remove(0);
        let mut bytes = fs::read(&file).unwrap();
        match damage {
            0 => {
                let end = bytes.len() - 20;
                bytes[end] ^= 1;
                fs::write(&file, &bytes).unwrap();
            }
            1 => fs::write(&file, &bytes[..bytes.len() / 2]).unwrap(),
            _ => fs::remove_file(&file).unwrap(),
        }
        // Who only looks leaves it as it is.
        let found = Archive::open_any(place.root()).unwrap().log_damage().cloned();
        assert!(
            found.is_some_and(|found| found.fault == fault)
                && log_files(place.root()).len() == if damage == 2 { 0 } else { 1 }
        );
        let archive = Archive::open(place.root(), "alice@localhost").unwrap();
        let found = archive.log_damage().unwrap().clone();
        assert_eq!((found.fault, &found.file), (fault, &file));
        assert!(found.to_string().contains("000001.jsonl"), "{found}");
        drop(archive);
        // What was left of it stays as it is, and a second file has everything.
        let after = dump(place.root());
        assert!(after.iter().all(|(name, rows)| name == "log_position" || rows == &before[name]));
        assert_eq!(log_files(place.root()).len(), if damage == 2 { 1 } else { 2 });
        let archive = Archive::rebuild(place.root()).unwrap();
        assert_eq!(archive.log_damage(), None);
        drop(archive);
        assert_eq!(dump(place.root()), after);
    }
}

#[test]
fn without_the_database_a_damaged_log_counts_as_far_as_it_can_be_read() {
    let place = Place::new();
    place.fill();
    fs::remove_file(place.root().join(DATABASE)).unwrap();
    let file = log_files(place.root()).remove(0);
    let mut bytes = fs::read(&file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 4;
    fs::write(&file, &bytes).unwrap();
    let archive = Archive::rebuild(place.root()).unwrap();
    assert!(archive.log_damage().is_some());
    drop(archive);
    // The next run makes it whole, and removes nothing.
    let report = place.backup(&Options::new());
    assert!(!report.has_failures(), "{report:?}");
    let uids = |mailbox: &str| {
        let archive = Archive::open_any(place.root()).unwrap();
        let mailbox = archive.mailboxes().into_iter().find(|found| found.name == mailbox).unwrap();
        archive.messages(&mailbox, None, 100).unwrap().len()
    };
    assert_eq!((uids("INBOX"), uids("foo"), uids("Lists/rust")), (40, 4, 3));
}

#[test]
fn a_folder_without_a_log_is_not_rebuilt() {
    let folder = tempfile::tempdir().unwrap();
    let refused = Archive::rebuild(folder.path()).unwrap_err();
    assert!(matches!(refused, ArchiveError::NoArchive { .. }), "{refused}");
}
