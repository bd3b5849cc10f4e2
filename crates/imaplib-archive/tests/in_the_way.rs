//! What is no regular file in place of a message's file is neither waited for nor followed: it costs that message alone.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use std::fs;
use std::io::Read as _;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use imaplib::blocking::{Client, Session};
use imaplib::{ConnectOptions, Endpoint};
use imaplib_archive::{
    Archive, ArchiveError, Cancel, ExportOptions, FileFault, Options, Reader, Report, RestoreOptions,
};
use imaplib_testserver::Server;

fn connect(server: &Server) -> Result<Session, imaplib::Error> {
    let endpoint = Endpoint::insecure("127.0.0.1", server.plain_addr().port());
    Client::connect_with(&endpoint, &ConnectOptions::new())?.login("alice", "secret")
}

fn backup(server: &Server, root: &Path, verify: bool) -> Report {
    let mut archive = Archive::open(root, "alice@h").unwrap();
    archive.backup(&mut || connect(server), &Options::new().verify(verify), &(), &Cancel::new()).unwrap()
}

/// Puts something in place of a file; beside it, in `aside`, is what a link leads to.
type Put = fn(&Path, &Path);

const PUTS: [(&str, Put); 5] = [
    ("a FIFO", |file, _| assert!(Command::new("mkfifo").arg(file).status().unwrap().success())),
    ("a folder", |file, _| fs::create_dir(file).unwrap()),
    ("a link to the message", |file, aside| symlink(aside, file).unwrap()),
    ("a link to a device", |file, _| symlink("/dev/zero", file).unwrap()),
    ("a socket", |file, _| drop(std::os::unix::net::UnixListener::bind(file).unwrap())),
];

fn file_of(root: &Path, mark: &str) -> PathBuf {
    let entries = fs::read_dir(root.join("INBOX/cur")).unwrap().map(|entry| entry.unwrap().path());
    entries.into_iter().find(|path| path.to_str().unwrap().contains(mark)).unwrap()
}

/// Ends with a failure where it is waited for ever.
fn in_time(what: &'static str, work: impl FnOnce() + Send + 'static) {
    let (sender, done) = channel();
    let thread = thread::spawn(move || {
        work();
        let _ = sender.send(());
    });
    if let Err(std::sync::mpsc::RecvTimeoutError::Timeout) = done.recv_timeout(Duration::from_secs(60)) {
        panic!("{what} is waited for");
    }
    assert!(thread.join().is_ok(), "{what}");
}

#[test]
fn what_stands_in_place_of_a_file_costs_its_message_alone() {
    for (what, put) in PUTS {
        in_time(what, move || costs_its_message_alone(what, put));
    }
}

fn costs_its_message_alone(what: &str, put: Put) {
    let server = Server::builder().user("alice", "secret").start().unwrap();
    let account = server.store().account("alice");
    for number in 1..=3 {
        account.append("INBOX", format!("Subject: {number}\r\n\r\n{number}\r\n")).unwrap();
    }
    let folder = tempfile::Builder::new().prefix("a").tempdir().unwrap();
    let (root, aside) = (folder.path().join("ar"), folder.path().join("aside"));
    backup(&server, &root, false);
    let file = file_of(&root, "U2.imap,");
    fs::rename(&file, &aside).unwrap();
    put(&file, &aside);

    let archive = Archive::open_any(&root).unwrap();
    let mailbox = archive.mailboxes().remove(0);
    let messages = archive.messages(&mailbox, None, 10).unwrap();
    let reader = Reader::open(&root).unwrap();
    for message in &messages {
        let outcomes =
            [archive.read(&mailbox, message), reader.read(mailbox.number(), message.uid_validity, message.uid)];
        for outcome in outcomes {
            match outcome {
                Ok(mut file) => {
                    let mut text = String::new();
                    file.read_to_string(&mut text).unwrap();
                    assert_eq!(text, format!("Subject: {0}\r\n\r\n{0}\r\n", message.uid), "{what}");
                }
                Err(ArchiveError::NotAFile { path, is_link }) => {
                    assert_eq!((message.uid, &path, is_link), (2, &file, what.starts_with("a link")), "{what}");
                }
                Err(error) => panic!("{what}: {error}"),
            }
        }
    }
    drop(reader);
    let mut named = Vec::new();
    let check = archive.check(&mut |file| named.push((file.fault, file.path.clone())), &Cancel::new()).unwrap();
    assert!(!check.is_whole() && named.iter().any(|(_, path)| *path == file), "{what}: {named:?}");
    assert!(named.iter().all(|(fault, _)| *fault != FileFault::BadRow), "{what}: {named:?}");
    let exported = archive.export_eml(folder.path().join("out"), &ExportOptions::new(), &(), &Cancel::new()).unwrap();
    assert!(format!("{exported:?}").contains("failed: 1"), "{what}: {exported:?}");

    let target = Server::builder().user("alice", "secret").start().unwrap();
    let pause = Duration::from_millis(1);
    let options = RestoreOptions::new().longest_pause(pause).settling(pause);
    let (mut to_target, cancel) = (|| connect(&target), Cancel::new());
    let plan = archive.plan_restore("alice@target", &mut to_target, &options, &(), &cancel).unwrap();
    let report = plan.run(&(), &cancel).unwrap();
    assert!(report.ended_by.is_none() && report.total().sent == 2 && report.has_failures(), "{what}: {report:?}");
    drop(archive);

    // It is fetched again, or stays reported while something is where it belongs; nothing is written through a link.
    let before = fs::read(&aside).unwrap();
    let report = backup(&server, &root, true);
    assert!(report.ended_by.is_none(), "{what}: {report:?}");
    assert_eq!(fs::read(&aside).unwrap(), before, "{what}");
}
