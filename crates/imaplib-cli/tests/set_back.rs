//! A server that was set back to an earlier state gives its UIDs again: the archive takes no new message for an old one,
//! overwrites nothing, and stores nothing twice.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod support;

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use realservers::Dovecot;
use support::little::{deliver, texts};
use support::real::Account;
use support::{message, summary, tree};

/// Copies a folder with owners and times.
fn copy(from: &Path, to: &Path) {
    let done = Command::new("cp").arg("-a").arg(from).arg(to).status().unwrap();
    assert!(done.success());
}

struct Place {
    _server: Dovecot,
    account: Account,
    maildir: std::path::PathBuf,
    folder: tempfile::TempDir,
}

impl Place {
    /// A mailbox with five messages, saved.
    fn new() -> Option<Self> {
        let server = Dovecot::start().unwrap()?;
        let account = Account::new(&server, "imap+insecure", "anna");
        account.run(&["search", "INBOX", "ALL"]).ok();
        let maildir = server.maildir("anna");
        let place = Self { _server: server, account, maildir, folder: tempfile::tempdir().unwrap() };
        place.deliver(1..=5, 0);
        place.backup(&[]);
        Some(place)
    }

    fn deliver(&self, numbers: std::ops::RangeInclusive<usize>, second: u64) {
        for number in numbers {
            deliver(&self.maildir, &number.to_string(), &message(number), second + number as u64);
        }
    }

    fn backup(&self, extra: &[&str]) -> serde_json::Value {
        let archive = self.archive();
        let mut arguments = vec!["backup", archive.to_str().unwrap(), "--json"];
        arguments.extend(extra);
        summary(&self.account.run(&arguments).ok())
    }

    fn archive(&self) -> std::path::PathBuf {
        self.folder.path().join("archive")
    }

    fn take_snapshot(&self) {
        // What was delivered is indexed.
        self.account.run(&["search", "INBOX", "ALL"]).ok();
        copy(&self.maildir, &self.folder.path().join("snapshot"));
    }

    fn set_back(&self) {
        std::fs::remove_dir_all(&self.maildir).unwrap();
        copy(&self.folder.path().join("snapshot"), &self.maildir);
    }

    /// Each of these is there exactly once.
    #[track_caller]
    fn assert_has(&self, numbers: std::ops::RangeInclusive<usize>) {
        let expected: BTreeSet<Vec<u8>> = numbers.map(message).collect();
        let found = texts(&self.archive());
        assert_eq!(found.len(), expected.len());
        assert_eq!(found.into_iter().collect::<BTreeSet<_>>(), expected);
    }
}

/// As many messages come as were lost: every figure of the mailbox is what it was.
#[test]
fn without_a_run_in_between_all_is_in_the_archive() {
    let Some(place) = Place::new() else { return };
    place.take_snapshot();
    place.deliver(6..=7, 0);
    assert_eq!(place.backup(&[])["new"], 2);
    place.set_back();
    place.deliver(8..=9, 0);
    let total = place.backup(&[]);
    assert_eq!((&total["new"], &total["replaced"]), (&2.into(), &2.into()), "{total}");
    place.assert_has(1..=9);
    let again = place.backup(&[]);
    assert_eq!((&again["new"], &again["replaced"], &again["flags"]), (&0.into(), &0.into(), &0.into()), "{again}");
    place.assert_has(1..=9);
}

#[test]
fn with_a_run_in_between_all_is_in_the_archive() {
    let Some(place) = Place::new() else { return };
    place.take_snapshot();
    place.deliver(6..=7, 0);
    assert_eq!(place.backup(&[])["new"], 2);
    place.set_back();
    let total = place.backup(&[]);
    assert_eq!((&total["new"], &total["expunged"]), (&0.into(), &2.into()), "{total}");
    place.deliver(8..=9, 0);
    let total = place.backup(&[]);
    assert_eq!((&total["new"], &total["replaced"]), (&2.into(), &2.into()), "{total}");
    place.assert_has(1..=9);
}

/// What a server has lost is not removed from the archive, which may have the only copies.
#[test]
fn what_the_server_lost_is_not_pruned() {
    let Some(place) = Place::new() else { return };
    place.deliver(6..=40, 0);
    place.backup(&["--prune"]);
    place.take_snapshot();
    place.deliver(41..=43, 0);
    assert_eq!(place.backup(&["--prune"])["new"], 3);
    place.set_back();
    let archive = place.archive();
    let arguments = ["backup", archive.to_str().unwrap(), "--prune", "--json"];
    for _ in 0..2 {
        let run = place.account.run(&arguments);
        let total = summary(&run);
        assert_eq!((run.code, &total["pruned"], &total["unpruned"]), (65, &0.into(), &3.into()), "{run:?}");
        place.assert_has(1..=43);
    }
    // Neither when other messages have taken their numbers, and no number is below the last one any more.
    place.deliver(44..=46, 0);
    for _ in 0..2 {
        place.account.run(&arguments);
        place.assert_has(1..=46);
    }
    // The way out removes nothing.
    let total = place.backup(&["--mirror", "--keep-gone"]);
    assert_eq!(total["unpruned"], 0, "{total}");
    for extra in [&["--mirror"][..], &["--mirror", "--verify"], &["--mirror", "--allow-mass-changes"]] {
        let total = place.backup(extra);
        assert_eq!((&total["unpruned"], &total["pruned"]), (&0.into(), &0.into()), "{total}");
        place.assert_has(1..=46);
    }
    assert_eq!(place.backup(&["--prune"])["unpruned"], 0);
}

/// New messages that came in the same second as the old ones and are as long: nothing in the list tells them apart, but
/// their neighbours do.
#[test]
fn equal_dates_and_sizes_are_not_trusted_beside_others_that_differ() {
    let Some(place) = Place::new() else { return };
    place.take_snapshot();
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs() - 1_700_000_000;
    place.deliver(6..=8, now - 100);
    assert_eq!(place.backup(&[])["new"], 3);
    place.set_back();
    // 16 and 18 in the places of 6 and 8: one byte longer.
    deliver(&place.maildir, "16", &message(6).repeat(2), now - 100 + 6);
    let text = String::from_utf8(message(7)).unwrap().replace("number 7", "number X");
    deliver(&place.maildir, "17", text.as_bytes(), now - 100 + 7);
    deliver(&place.maildir, "18", &message(8), now - 100 + 8);
    let total = place.backup(&[]);
    assert_eq!((&total["replaced"], &total["unchanged"]), (&2.into(), &1.into()), "{total}");
    let found = texts(&place.archive());
    assert_eq!(found.len(), 10);
    assert!(found.contains(&text.into_bytes()) && found.contains(&message(7)) && found.contains(&message(6)));
}

/// A few mailboxes show that the server was set back; then all of them are looked at.
#[test]
fn every_mailbox_of_a_server_that_was_set_back_is_looked_at() {
    let Some(place) = Place::new() else { return };
    let names: Vec<String> = (1..=12).map(|number| format!("Box{number}")).collect();
    names.iter().for_each(|name| drop(place.account.run(&["create", name]).ok()));
    let deliver_to_all = |number: usize| {
        for name in &names {
            let folder = place.maildir.join(format!(".{name}"));
            deliver(&folder, &number.to_string(), &message(number), number as u64);
            place.account.run(&["search", name, "ALL"]).ok();
        }
    };
    deliver_to_all(1);
    place.backup(&[]);
    place.take_snapshot();
    deliver_to_all(2);
    // The same message for all of them, under one name, which is Dovecot's identifier: it is in the archive already.
    let total = place.backup(&[]);
    assert_eq!((&total["new"], &total["linked"]), (&0.into(), &12.into()), "{total}");
    place.set_back();
    deliver_to_all(3);
    let total = place.backup(&[]);
    assert_eq!((&total["new"], &total["replaced"]), (&12.into(), &12.into()), "{total}");
    assert_eq!(texts(&place.archive()).len(), 5 + 12 * 3);
}

/// Flags that are set after the server was set back belong to the new messages, and not to the old files.
#[test]
fn flags_of_the_new_do_not_land_on_the_old() {
    let Some(place) = Place::new() else { return };
    place.take_snapshot();
    place.deliver(6..=6, 0);
    assert_eq!(place.backup(&[])["new"], 1);
    place.set_back();
    place.deliver(8..=8, 0);
    place.account.run(&["flag", "INBOX", "6", "+\\Flagged"]).ok();
    place.backup(&[]);
    let flagged: Vec<String> =
        tree(&place.archive()).into_iter().filter(|file| file.rsplit(":2,").next().unwrap().contains('F')).collect();
    assert_eq!(flagged.len(), 1, "{flagged:?}");
    assert_eq!(std::fs::read(place.archive().join(&flagged[0])).unwrap(), message(8));
    assert_eq!(texts(&place.archive()).len(), 7);
}

/// A mailbox that is not shown for once and then shown again costs a transfer, and no double.
#[test]
fn what_comes_back_is_fetched_and_not_there_twice() {
    let Some(place) = Place::new() else { return };
    let hidden = place.folder.path().join("hidden");
    std::fs::create_dir(&hidden).unwrap();
    place.account.run(&["search", "INBOX", "ALL"]).ok();
    copy(&place.maildir, &hidden);
    place.account.run(&["delete", "INBOX", "2", "--expunge"]).ok();
    assert_eq!(place.backup(&[])["expunged"], 1);
    std::fs::remove_dir_all(&place.maildir).unwrap();
    copy(&hidden.join("Maildir"), &place.maildir);
    let total = place.backup(&[]);
    assert_eq!((&total["new"], &total["unchanged"], &total["replaced"]), (&0.into(), &1.into(), &0.into()), "{total}");
    place.assert_has(1..=5);
    place.deliver(6..=6, 0);
    assert_eq!(place.backup(&["--prune"])["new"], 1);
    place.assert_has(1..=6);
}

/// A run was killed after it had renamed what it set aside, and before the database knew; an earlier version then took the
/// file for a message of the server's.
#[test]
fn what_a_killed_run_was_setting_aside_is_not_there_twice() {
    for is_noted in [false, true] {
        let Some(place) = Place::new() else { return };
        let database = rusqlite::Connection::open(place.archive().join(".imap-backup.sqlite")).unwrap();
        let file: String = database.query_row("SELECT file FROM messages WHERE uid = 3", [], |row| row.get(0)).unwrap();
        let (date, rest) = file.split_once(".V").unwrap();
        let aside = format!("{date}.V0U1.imap{}", rest.split_once(".imap").unwrap().1);
        let current = place.archive().join("INBOX/cur");
        if is_noted {
            std::fs::copy(current.join(&file), current.join(&aside)).unwrap();
            let sql =
                "INSERT INTO messages (mailbox, uidvalidity, uid, file, flags, size, internaldate, sha256, unproven)
                       SELECT mailbox, 0, 1, ?1, flags, size, internaldate, sha256, 1 FROM messages WHERE uid = 3";
            assert_eq!(database.execute(sql, [&aside]).unwrap(), 1);
        } else {
            std::fs::rename(current.join(&file), current.join(&aside)).unwrap();
            database.execute("UPDATE mailboxes SET unsettled = 1", []).unwrap();
        }
        drop(database);
        let total = place.backup(&[]);
        assert_eq!((&total["new"], &total["replaced"]), (&0.into(), &0.into()), "{total}");
        assert!(current.join(&file).exists() && !current.join(&aside).exists());
        place.assert_has(1..=5);
    }
}
