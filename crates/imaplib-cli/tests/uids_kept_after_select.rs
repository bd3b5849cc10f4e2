//! Servers that keep the UIDs of a session only after SELECT: the archive grows by what is new and by nothing else, and what
//! the server does not keep is not trusted.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod support;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use support::little::{Little, deliver, remove, texts};
use support::{message, summary, tree};

/// Three runs store nothing twice; then a message that takes the place of another one is there.
fn three_runs_and_a_message_in_anothers_place(server: &Little) {
    let folder = tempfile::tempdir().unwrap();
    for number in 1..=5 {
        deliver(&server.maildir, &number.to_string(), &message(number), number as u64);
    }
    for run in 0..3 {
        let total = summary(&server.backup(folder.path(), &[]).ok());
        assert_eq!(total["new"], if run == 0 { 5 } else { 0 }, "run {run}: {total}");
        assert_eq!(tree(folder.path()).len(), 5, "run {run}");
    }
    // m6 and m7 come and are saved; m6 goes by another program's hand; m8 comes.
    deliver(&server.maildir, "6", &message(6), 6);
    deliver(&server.maildir, "7", &message(7), 7);
    assert_eq!(summary(&server.backup(folder.path(), &[]).ok())["new"], 2);
    remove(&server.maildir, "6");
    deliver(&server.maildir, "8", &message(8), 8);
    assert_eq!(summary(&server.backup(folder.path(), &[]).ok())["new"], 1);
    let mut expected: Vec<Vec<u8>> = (1..=8).map(message).collect();
    expected.sort();
    assert_eq!(texts(folder.path()), expected);
    let again = summary(&server.backup(folder.path(), &[]).ok());
    assert_eq!((&again["new"], &again["flags"], &again["replaced"]), (&0.into(), &0.into(), &0.into()), "{again}");
    // Nothing of it was marked as read.
    let names: Vec<String> = ["new", "cur"]
        .iter()
        .flat_map(|part| fs::read_dir(server.maildir.join(part)).unwrap())
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert!(names.len() == 7 && names.iter().all(|name| !name.contains(":2,S")), "{names:?}");
}

#[test]
fn courier_stores_nothing_twice_and_loses_nothing() {
    if let Some(server) = Little::courier() {
        three_runs_and_a_message_in_anothers_place(&server);
    }
}

#[test]
fn mailutils_stores_nothing_twice_and_loses_nothing() {
    if let Some(server) = Little::mailutils() {
        three_runs_and_a_message_in_anothers_place(&server);
    }
}

/// A message that the server cannot read: the run ends, the others are there once, and it comes when it can be read.
///
/// `sent_empty` says that the server sends an empty text of no size for it, which nothing tells from an empty message.
fn an_unreadable_message_costs_itself_alone(server: &Little, sent_empty: bool) {
    let folder = tempfile::tempdir().unwrap();
    let files: Vec<PathBuf> =
        (1..=3).map(|number| deliver(&server.maildir, &number.to_string(), &message(number), number as u64)).collect();
    fs::set_permissions(&files[1], fs::Permissions::from_mode(0o000)).unwrap();
    let began = Instant::now();
    for run in 0..2 {
        let run = (run, server.backup(folder.path(), &["--timeout", "5"]));
        assert_eq!(run.1.code, if sent_empty { 0 } else { 1 }, "{run:?}");
        assert_eq!(tree(folder.path()).len(), 2 + usize::from(sent_empty), "{run:?}");
    }
    assert!(began.elapsed() < Duration::from_secs(120), "{:?}", began.elapsed());
    let moved =
        fs::read_dir(server.maildir.join("cur")).unwrap().chain(fs::read_dir(server.maildir.join("new")).unwrap());
    for entry in moved {
        fs::set_permissions(entry.unwrap().path(), fs::Permissions::from_mode(0o600)).unwrap();
    }
    server.backup(folder.path(), &[]).ok();
    assert_eq!(texts(folder.path()), [message(1), message(2), message(3)]);
}

#[test]
fn courier_with_an_unreadable_message() {
    if let Some(server) = Little::courier() {
        an_unreadable_message_costs_itself_alone(&server, false);
    }
}

#[test]
fn mailutils_with_an_unreadable_message() {
    if let Some(server) = Little::mailutils() {
        an_unreadable_message_costs_itself_alone(&server, true);
    }
}

/// A stored message that the server cannot read any more: its date and size are not needed to fetch what is new, and the
/// others are still compared.
#[test]
fn courier_with_a_stored_message_that_cannot_be_read() {
    let Some(server) = Little::courier() else { return };
    let folder = tempfile::tempdir().unwrap();
    for number in 1..=4 {
        deliver(&server.maildir, &number.to_string(), &message(number), number as u64);
    }
    server.backup(folder.path(), &[]).ok();
    let files: Vec<PathBuf> =
        fs::read_dir(server.maildir.join("cur")).unwrap().map(|entry| entry.unwrap().path()).collect();
    let file = |name: &str| files.iter().find(|path| path.to_str().unwrap().contains(name)).unwrap();
    fs::set_permissions(file(".M1P2.test"), fs::Permissions::from_mode(0o000)).unwrap();
    // Another message in the place of the third.
    fs::write(file(".M1P3.test"), String::from_utf8(message(33)).unwrap().replace("\r\n", "\n")).unwrap();
    deliver(&server.maildir, "5", &message(5), 5);
    let run = server.backup(folder.path(), &["--timeout", "5"]).ok();
    let total = summary(&run);
    assert_eq!((&total["new"], &total["replaced"]), (&2.into(), &1.into()), "{run:?}");
    assert!(run.stderr.contains("cannot say the dates and sizes"), "{run:?}");
    let mut expected: Vec<Vec<u8>> = [1, 2, 3, 4, 5, 33].map(message).to_vec();
    expected.sort();
    assert_eq!(texts(folder.path()), expected);
}
