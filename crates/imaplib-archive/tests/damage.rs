//! Whatever happens to the files of an archive is found and named, is repaired as far as that is possible, and is never made
//! worse.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use imaplib::blocking::Client;
use imaplib::types::Uid;
use imaplib::{ConnectOptions, Endpoint};
use imaplib_archive::{Archive, ArchiveError, Cancel, Check, FileFault, LogFault, Options, Repaired, Report};
use imaplib_testserver::Server;

struct Place {
    server: Server,
    folder: tempfile::TempDir,
}

impl Place {
    /// Two mailboxes; of one a message has gone.
    fn new() -> Self {
        let server = Server::builder().user("alice", "secret").start().unwrap();
        let account = server.store().account("alice");
        account.create("Work").unwrap();
        for (mailbox, count) in [("INBOX", 6), ("Work", 3)] {
            for number in 0..count {
                account.append(mailbox, format!("Subject: {mailbox} {number}\r\n\r\n{number}\r\n")).unwrap();
            }
        }
        let place = Self { server, folder: tempfile::tempdir().unwrap() };
        place.backup(false);
        account.expunge("INBOX", Uid::new(6).unwrap()).unwrap();
        place.backup(false);
        place
    }

    fn root(&self) -> &Path {
        self.folder.path()
    }

    fn backup(&self, verify: bool) {
        let report = self.report(verify);
        assert!(!report.has_failures() || verify, "{report:?}");
    }

    fn report(&self, verify: bool) -> Report {
        let endpoint = Endpoint::insecure("127.0.0.1", self.server.plain_addr().port());
        let mut connect = || Client::connect_with(&endpoint, &ConnectOptions::new())?.login("alice", "secret");
        let mut archive = Archive::open(self.root(), "alice@localhost").unwrap();
        archive.backup(&mut connect, &Options::new().verify(verify), &(), &Cancel::new()).unwrap()
    }

    /// The files of messages with their contents.
    fn messages(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let (mut files, mut open) = (BTreeMap::new(), vec![self.root().to_owned()]);
        while let Some(folder) = open.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    open.push(path);
                } else if path.parent().unwrap().ends_with("cur") {
                    files.insert(path.clone(), fs::read(&path).unwrap());
                }
            }
        }
        files
    }

    fn file(&self, mark: &str) -> PathBuf {
        self.messages().into_keys().find(|path| path.to_str().unwrap().contains(mark)).unwrap()
    }

    /// What a check finds, and which files it names.
    fn check(&self) -> (Check, Vec<(FileFault, PathBuf)>) {
        let archive = Archive::open_any(self.root()).unwrap();
        let mut named = Vec::new();
        let check = archive.check(&mut |file| named.push((file.fault, file.path.clone())), &Cancel::new()).unwrap();
        named.sort_by(|one, other| one.1.cmp(&other.1));
        (check, named)
    }

    fn repair(&self) -> Repaired {
        Archive::open_to_repair(self.root()).unwrap().repair(&Cancel::new()).unwrap()
    }

    fn assert_whole(&self, before: &BTreeMap<PathBuf, Vec<u8>>) {
        let (check, named) = self.check();
        assert!(check.is_whole() && named.is_empty(), "{check:?} {named:?}");
        assert_eq!(&self.messages(), before);
    }
}

#[test]
fn a_flipped_byte_and_a_removed_file_are_named_and_fetched_again() {
    for (damage, fault) in [(true, FileFault::Changed), (false, FileFault::Missing)] {
        let place = Place::new();
        let before = place.messages();
        let file = place.file("U2.imap,");
        if damage {
            let mut text = before[&file].clone();
            text[20] ^= 1;
            fs::write(&file, text).unwrap();
        } else {
            fs::remove_file(&file).unwrap();
        }
        assert_eq!(place.check().1, [(fault, file.clone())]);
        // Nothing here has the bytes: nothing is changed.
        let damaged = place.messages();
        assert_eq!(place.repair(), Repaired::default());
        assert_eq!(place.messages(), damaged);
        place.backup(true);
        place.assert_whole(&before);
    }
}

#[test]
fn an_extra_file_is_named_and_left_alone() {
    let place = Place::new();
    let extra = place.root().join("INBOX/cur/1.M1P1.other:2,");
    fs::write(&extra, "another program's").unwrap();
    let before = place.messages();
    assert_eq!(place.check().1, [(FileFault::Extra, extra)]);
    assert_eq!(place.repair(), Repaired::default());
    place.backup(true);
    assert_eq!(place.messages(), before);
}

#[test]
fn a_changed_flag_and_a_file_in_another_place_are_named_and_have_their_names_again() {
    let place = Place::new();
    let before = place.messages();
    let (flagged, moved) = (place.file("U2.imap,"), place.file(".gone/INBOX/cur/"));
    let names = [
        (flagged.clone(), PathBuf::from(format!("{}FT", flagged.display()))),
        (moved.clone(), place.root().join("INBOX/cur").join(moved.file_name().unwrap())),
    ];
    for (from, to) in &names {
        fs::rename(from, to).unwrap();
    }
    let (check, named) = place.check();
    assert!(check.is_whole() && check.renamed == 2, "{check:?}");
    assert!(names.iter().all(|(_, to)| named.contains(&(FileFault::Renamed, to.clone()))), "{named:?}");
    assert_eq!(place.repair().renamed, 2);
    place.assert_whole(&before);
}

#[test]
fn swapped_files_are_found_by_their_contents() {
    for (one, other) in [("INBOX/cur", "Work/cur"), ("INBOX/cur", ".gone/INBOX/cur")] {
        let place = Place::new();
        let before = place.messages();
        let (one, other) = (place.root().join(one), place.root().join(other));
        let of = |folder: &Path| before.keys().find(|path| path.parent() == Some(folder)).unwrap().clone();
        let (one, other) = (of(&one), of(&other));
        fs::write(&one, &before[&other]).unwrap();
        fs::write(&other, &before[&one]).unwrap();
        let (check, named) = place.check();
        assert_eq!(check.changed, 2, "{named:?}");
        let repaired = place.repair();
        assert_eq!(repaired.found, 2, "{repaired:?}");
        place.assert_whole(&before);
        assert_eq!(place.repair(), Repaired::default());
    }
}

#[test]
fn a_message_under_a_strange_name_is_found_by_its_contents() {
    let place = Place::new();
    let before = place.messages();
    let file = place.file("U3.imap,");
    fs::rename(&file, file.with_file_name("somebody-renamed-this")).unwrap();
    let (check, _) = place.check();
    assert_eq!((check.missing, check.extra), (1, 1));
    assert_eq!(place.repair().found, 1);
    place.assert_whole(&before);
}

#[test]
fn a_database_that_was_cut_is_made_from_the_log() {
    let place = Place::new();
    let before = place.messages();
    let database = place.root().join(".imap-backup.sqlite");
    let length = fs::metadata(&database).unwrap().len();
    fs::File::options().write(true).open(&database).unwrap().set_len(length / 2).unwrap();
    let failure = Archive::open_any(place.root()).map(|archive| archive.check(&mut |_| {}, &Cancel::new()));
    assert!(
        matches!(failure, Err(ArchiveError::Damaged { .. }) | Ok(Err(ArchiveError::Damaged { .. }))),
        "{failure:?}"
    );
    assert!(place.repair().database);
    place.assert_whole(&before);
}

#[test]
fn a_log_that_was_cut_is_named_and_continued() {
    let place = Place::new();
    let before = place.messages();
    let (check, _) = place.check();
    let log = place.root().join(".log/000001.jsonl");
    let text = fs::read(&log).unwrap();
    fs::write(&log, &text[..text.len() - 100]).unwrap();
    let (cut, named) = place.check();
    assert!(!cut.is_whole() && named.is_empty(), "{cut:?}");
    assert_eq!(cut.log_damage.unwrap().fault, LogFault::Short);
    assert_eq!(fs::read(&log).unwrap().len(), text.len() - 100);
    assert!(place.repair().log);
    place.assert_whole(&before);
    let (repaired, _) = place.check();
    assert!(repaired.has_old_log_damage && repaired.seal.0 > check.seal.0 && repaired.seal.1 != check.seal.1);
    place.backup(false);
    place.assert_whole(&before);
}

#[test]
fn the_seal_stands_for_everything_that_was_noted() {
    let place = Place::new();
    let seal = place.check().0.seal;
    assert_eq!(place.check().0.seal, seal);
    let account = place.server.store().account("alice");
    account.append("INBOX", "Subject: new\r\n\r\nnew\r\n").unwrap();
    place.backup(false);
    let next = place.check().0.seal;
    assert!(next.0 > seal.0 && next.1 != seal.1 && next.1.len() == 64);
    let log = fs::read_to_string(place.root().join(".log/000001.jsonl")).unwrap();
    assert!(log.contains(&format!("{{\"chain\":\"{}\"}}\n", seal.1)) && log.ends_with(&format!("\"{}\"}}\n", next.1)));
}

/// Rows that another hand has changed, behind the log's back.
#[test]
fn a_damaged_row_is_named_costs_its_message_and_is_made_from_the_log() {
    for change in [
        "file = '../../../etc/passwd'",
        "file = x'00ff'",
        "file = replace(file, 'U2.', 'U9.')",
        "flags = x'00'",
        "size = 'x'",
        "sha256 = 'x'",
        "sha256 = x'00'",
        "internaldate = 'x'",
        "expunged = 'x'",
        "announced = 'x'",
        "uid = 'x'",
        "uid = -1",
    ] {
        let place = Place::new();
        let before = place.messages();
        let database = place.root().join(".imap-backup.sqlite");
        let connection = rusqlite::Connection::open(&database).unwrap();
        let sql = format!("UPDATE messages SET {change} WHERE uid = 2 AND mailbox = 1");
        assert_eq!(connection.execute(&sql, []).unwrap(), 1, "{change}");
        drop(connection);
        let (check, named) = place.check();
        assert!(!check.is_whole() && check.bad_rows == 1 && check.messages >= 8, "{change}: {check:?}");
        assert!(named.iter().any(|(fault, _)| *fault == FileFault::BadRow), "{change}: {named:?}");
        // A damaged file is found beside it.
        let damaged = before.keys().find(|path| path.starts_with(place.root().join("Work"))).unwrap();
        fs::write(damaged, "other").unwrap();
        assert!(place.check().1.contains(&(FileFault::Changed, damaged.clone())), "{change}");
        fs::write(damaged, &before[damaged]).unwrap();
        // A run notices it, and brings what is new.
        let account = place.server.store().account("alice");
        account.append("INBOX", "Subject: new\r\n\r\nnew\r\n").unwrap();
        account.append("Work", "Subject: new\r\n\r\nnew\r\n").unwrap();
        let report = place.report(false);
        assert!(report.has_failures(), "{change}: {report:?}");
        assert_eq!(report.mailboxes["Work"].new, 1, "{change}: {report:?}");
        assert!(place.repair().database, "{change}");
        let (check, named) = place.check();
        assert!(check.bad_rows == 0 && named.is_empty(), "{change}: {check:?} {named:?}");
        place.backup(false);
        let after = place.messages();
        assert_eq!(after.len(), before.len() + 2, "{change}");
        assert!(before.iter().all(|(path, text)| after.get(path) == Some(text)), "{change}");
    }
}
