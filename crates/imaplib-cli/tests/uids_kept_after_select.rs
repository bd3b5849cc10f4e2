//! Servers that keep the UIDs of a session only after SELECT: the archive grows by what is new and by nothing else, and what
//! the server does not keep is not trusted.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod support;

use std::fs;

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
