//! Messages that were moved or copied are known again by the server's identifiers, and the same bytes are stored once.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use imaplib::blocking::{Client, Session};
use imaplib::types::{DateTime, Flags, Uid, UidSet};
use imaplib::{ConnectOptions, Endpoint};
use imaplib_archive::{Archive, Cancel, Options, Report};
use imaplib_testserver::Server;

struct Place {
    server: Server,
    port: u16,
    folder: tempfile::TempDir,
}

fn text(number: u32) -> String {
    format!("Subject: {number:03}\r\n\r\nThis is number {number:03}.\r\n")
}

impl Place {
    fn new(capabilities: &[&str]) -> Self {
        let builder = Server::builder().user("alice", "secret").with("CONDSTORE").without("OBJECTID");
        let builder = capabilities.iter().fold(builder, |builder, capability| builder.with(capability));
        let server = builder.start().unwrap();
        let account = server.store().account("alice");
        account.create("Archive").unwrap();
        for number in 1..=20 {
            account.append("INBOX", text(number)).unwrap();
        }
        let port = server.plain_addr().port();
        Self { server, port, folder: tempfile::tempdir().unwrap() }
    }

    fn session(&self) -> Session {
        let endpoint = Endpoint::insecure("127.0.0.1", self.port);
        Client::connect_with(&endpoint, &ConnectOptions::new()).unwrap().login("alice", "secret").unwrap()
    }

    fn move_to(&self, from: &str, uids: &str, to: &str) {
        let mut session = self.session();
        session.select(from).unwrap().move_messages(uids.parse::<UidSet>().unwrap(), to).unwrap();
    }

    fn run(&self, options: &Options) -> Report {
        let mut archive = Archive::open(self.folder.path(), "alice@localhost").unwrap();
        let report = archive.backup(&mut || Ok(self.session()), options, &(), &Cancel::new()).unwrap();
        assert!(!report.has_failures() && report.ended_by.is_none() && report.not_believed.is_none(), "{report:?}");
        report
    }

    /// The files of a mailbox that begin with the words of a message, each with its text.
    fn files(&self, folder: &str) -> Vec<(PathBuf, String)> {
        let entries = fs::read_dir(self.folder.path().join(folder).join("cur")).unwrap();
        let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
        files.sort_unstable();
        files.into_iter().map(|path| (path.clone(), fs::read_to_string(path).unwrap())).collect()
    }

    fn assert_whole(&self) {
        let archive = Archive::open_any(self.folder.path()).unwrap();
        let check = archive.check(&mut |file| panic!("{file:?}"), &Cancel::new()).unwrap();
        assert!(check.is_whole(), "{check:?}");
    }
}

fn inode(path: &Path) -> u64 {
    path.metadata().unwrap().ino()
}

#[test]
fn what_has_moved_is_not_fetched_again() {
    let place = Place::new(&["OBJECTID"]);
    assert_eq!(place.run(&Options::new()).total().new, 20);
    place.move_to("INBOX", "3:9", "Archive");
    place.session().select("INBOX").unwrap().copy("12".parse::<UidSet>().unwrap(), "Archive").unwrap();
    place.server.store().account("alice").append("Archive", text(99)).unwrap();
    place.server.store().account("alice").expunge("INBOX", Uid::new(1).unwrap()).unwrap();
    let total = place.run(&Options::new()).total();
    assert_eq!((total.linked, total.new, total.moved, total.expunged), (8, 1, 7, 1), "{total:?}");
    assert_eq!(total.bytes, text(99).len() as u64);
    let archived = place.files("Archive");
    let texts: Vec<&str> = archived.iter().map(|(_, text)| text.as_str()).collect();
    for number in (3..=9).chain([12, 99]) {
        assert!(texts.contains(&text(number).as_str()), "{number}");
    }
    // One file, also with the copy that is kept of what has gone.
    let inodes: Vec<u64> = place.files(".gone/INBOX").iter().map(|(path, _)| inode(path)).collect();
    assert_eq!(archived.iter().filter(|(path, _)| inodes.contains(&inode(path))).count(), 7);
    place.assert_whole();
    drop(Archive::rebuild(place.folder.path()).unwrap());
    assert_eq!(place.run(&Options::new()).total().arrived(), 0);
    place.assert_whole();
}

#[test]
fn a_mirror_follows_a_mass_that_has_moved_and_no_mass_that_is_gone() {
    let place = Place::new(&["OBJECTID"]);
    place.run(&Options::new());
    place.move_to("INBOX", "1:15", "Archive");
    let mirror = || Options::new().prune(true);
    let report = place.run(&mirror());
    let total = report.total();
    assert_eq!((total.linked, total.moved, total.pruned, total.unpruned, total.bytes), (15, 15, 0, 0, 0), "{total:?}");
    assert_eq!((place.files("INBOX").len(), place.files("Archive").len()), (5, 15));
    // What was moved does not count as lost later either, and what is gone does.
    let account = place.server.store().account("alice");
    account.expunge("INBOX", Uid::new(16).unwrap()).unwrap();
    assert_eq!(place.run(&mirror()).total().pruned, 1);
    for uid in 1..=4 {
        account.expunge("Archive", Uid::new(uid).unwrap()).unwrap();
    }
    assert_eq!(place.run(&mirror()).total().unpruned, 4);
    place.assert_whole();
}

#[test]
fn the_same_bytes_are_stored_once_whatever_the_server_calls_them() {
    let place = Place::new(&[]);
    let account = place.server.store().account("alice");
    for number in 1..=5 {
        account.append("Archive", text(number)).unwrap();
    }
    account.append("Archive", text(5)).unwrap();
    let other = DateTime::from_unix(1_000_000_000).unwrap();
    account.append_with("Archive", Flags::new(), other, text(6)).unwrap();
    let total = place.run(&Options::new()).total();
    assert_eq!((total.new, total.linked), (27, 0));
    let mut inodes: Vec<u64> =
        [place.files("INBOX"), place.files("Archive")].concat().iter().map(|(path, _)| inode(path)).collect();
    inodes.sort_unstable();
    inodes.dedup();
    // The date is the file's: another one needs a file of its own.
    assert_eq!(inodes.len(), 21);
    place.assert_whole();
}

/// Between the client and the server, whose identifiers all become one.
fn one_identifier(server: u16) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for mut client in listener.incoming().map_while(Result::ok) {
            let mut server = TcpStream::connect(("127.0.0.1", server)).unwrap();
            let (mut from, mut to) = (client.try_clone().unwrap(), server.try_clone().unwrap());
            std::thread::spawn(move || drop(std::io::copy(&mut from, &mut to)));
            std::thread::spawn(move || {
                let mut block = vec![0; 64 << 10];
                while let Ok(length) = server.read(&mut block)
                    && length > 0
                {
                    let mark = b"EMAILID (M";
                    for place in 0..length.saturating_sub(mark.len()) {
                        if block[place..].starts_with(mark) {
                            let id = block[place + mark.len()..length].iter_mut().take_while(|byte| **byte != b')');
                            id.for_each(|byte| *byte = b'0');
                        }
                    }
                    if client.write_all(&block[..length]).is_err() {
                        break;
                    }
                }
                let _ = client.shutdown(Shutdown::Both);
            });
        }
    });
    port
}

#[test]
fn an_identifier_that_two_messages_share_is_not_believed() {
    let mut place = Place::new(&["OBJECTID"]);
    place.port = one_identifier(place.port);
    place.run(&Options::new());
    let account = place.server.store().account("alice");
    account.append("Archive", text(77)).unwrap();
    account.append("Archive", "Subject: of another size\r\n\r\n").unwrap();
    let total = place.run(&Options::new()).total();
    assert_eq!((total.new, total.linked), (2, 0), "{total:?}");
    assert!(place.files("Archive").iter().any(|(_, found)| *found == text(77)));
    place.assert_whole();
}

#[test]
fn a_file_that_is_damaged_is_no_source() {
    let place = Place::new(&["OBJECTID"]);
    place.run(&Options::new());
    let (path, found) = place.files("INBOX").swap_remove(4);
    fs::write(&path, found.replace("This", "Thus")).unwrap();
    let name = path.file_name().unwrap().to_string_lossy().into_owned();
    let uid = name.split_once('U').unwrap().1.split_once('.').unwrap().0.to_owned();
    place.session().select("INBOX").unwrap().copy(uid.parse::<UidSet>().unwrap(), "Archive").unwrap();
    let total = place.run(&Options::new()).total();
    assert_eq!((total.new, total.linked), (1, 0), "{total:?}");
    assert_eq!(place.files("Archive")[0].1, found);
}
