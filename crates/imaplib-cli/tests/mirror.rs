//! `imap backup --mirror`: what is not removed at once is not removed bit by bit either, and there is a way out that removes
//! nothing.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod support;

use imaplib_proto::types::Uid;
use imaplib_testserver::{AccountHandle, Server};
use rusqlite::Connection;
use support::{Run, assert_complete, fill, imap_as_alice, server, summary, tree};

struct Place {
    _server: Server,
    account: AccountHandle,
    url: String,
    folder: tempfile::TempDir,
}

impl Place {
    /// A hundred messages, and a mailbox that stays as it is.
    fn new() -> Self {
        let (server, account, url) = server();
        account.create("Other").unwrap();
        fill(&account, "INBOX", 0..100);
        let place = Self { _server: server, account, url, folder: tempfile::tempdir().unwrap() };
        place.backup(&["--mirror"]).ok();
        place
    }

    fn backup(&self, extra: &[&str]) -> Run {
        let mut arguments = vec!["backup", &self.url, self.folder.path().to_str().unwrap(), "--json"];
        arguments.extend(extra);
        imap_as_alice(&arguments)
    }

    fn expunge(&self, uids: std::ops::RangeInclusive<u32>) {
        uids.for_each(|uid| self.account.expunge("INBOX", Uid::new(uid).unwrap()).unwrap());
    }

    /// The exit code, and how many messages were removed and not removed.
    fn mirror(&self, extra: &[&str]) -> (i32, u64, u64) {
        let run = self.backup(&[&["--mirror"], extra].concat());
        let total = summary(&run);
        (run.code, total["pruned"].as_u64().unwrap(), total["unpruned"].as_u64().unwrap())
    }
}

#[test]
fn a_server_that_loses_a_fifth_each_night_is_not_followed() {
    let place = Place::new();
    place.expunge(1..=20);
    assert_eq!(place.mirror(&[]), (0, 20, 0));
    place.expunge(21..=36);
    let run = place.backup(&["--mirror"]);
    assert!(run.code == 65 && run.stderr.contains("leave 64 of 100 messages within a week"), "{run:?}");
    assert_eq!((place.mirror(&[]), tree(place.folder.path()).len()), ((65, 0, 16), 80));
    // Mail that comes in place of what goes is as usual.
    fill(&place.account, "INBOX", 100..120);
    place.backup(&[]).ok();
    assert_eq!(place.mirror(&[]), (0, 16, 0));
    assert_complete(&place.account, "INBOX", place.folder.path());
    // After a week the mailbox is as large as it is.
    place.expunge(37..=50);
    assert_eq!(place.mirror(&[]), (65, 0, 14));
    let database = Connection::open(place.folder.path().join(".imap-backup.sqlite")).unwrap();
    assert!(database.execute("UPDATE levels SET day = day - 7", []).unwrap() > 0);
    drop(database);
    assert_eq!(place.mirror(&[]), (0, 14, 0));
    // What is confirmed is not held against the next removal.
    place.expunge(51..=80);
    assert_eq!([place.mirror(&[]), place.mirror(&["--allow-mass-changes"])], [(65, 0, 30), (0, 30, 0)]);
    place.expunge(81..=82);
    assert_eq!(place.mirror(&[]), (0, 2, 0));
    assert_complete(&place.account, "INBOX", place.folder.path());
}

#[test]
fn what_is_too_much_can_be_kept_for_good() {
    let place = Place::new();
    place.expunge(1..=50);
    assert_eq!(place.mirror(&[]), (65, 0, 50));
    let run = place.backup(&["--mirror", "--keep-gone"]).ok();
    assert_eq!(summary(&run)["expunged"], 50, "{run:?}");
    // What is kept counts no more: this is more than a fifth of the rest.
    place.expunge(62..=73);
    assert_eq!(place.mirror(&[]), (65, 0, 12));
    fill(&place.account, "INBOX", 100..112);
    place.backup(&[]).ok();
    place.backup(&["--mirror", "--keep-gone"]).ok();
    place.expunge(60..=61);
    for expected in [(0, 2, 0), (0, 0, 0)] {
        assert_eq!((place.mirror(&[]), tree(place.folder.path()).len()), (expected, 110));
    }
    // Also where everything is said to be believed.
    assert_eq!((place.mirror(&["--allow-mass-changes"]), tree(place.folder.path()).len()), ((0, 0, 0), 110));
    assert_eq!(place.backup(&["--keep-gone"]).code, 2);
}

#[test]
fn an_archive_that_must_exist_is_not_made() {
    let place = Place::new();
    let disk = place.folder.path().join("disk");
    for _ in 0..2 {
        let run = imap_as_alice(&["backup", &place.url, disk.to_str().unwrap(), "--must-exist"]);
        assert!(
            run.code == 66 && run.stderr.contains("holds no archive") && run.stderr.contains("is the disk mounted?"),
            "{run:?}"
        );
        assert!(!disk.exists());
    }
    place.backup(&["--must-exist"]).ok();
}

#[test]
fn a_quiet_run_prints_what_failed_or_is_news() {
    let place = Place::new();
    let archive = place.folder.path().to_str().unwrap();
    let run = |extra: &[&str]| imap_as_alice(&[&["backup", &place.url, archive], extra].concat());
    fill(&place.account, "INBOX", 100..102);
    for json in [&["--quiet"][..], &["--quiet", "--json"]] {
        let quiet = run(json).ok();
        assert_eq!((quiet.stdout.as_str(), quiet.stderr.as_str()), ("", ""));
    }
    let file = place.folder.path().join(&tree(place.folder.path())[0]);
    std::fs::remove_file(file).unwrap();
    let failed = run(&["--quiet"]);
    assert!(failed.code == 1 && failed.stdout.contains("1 repaired"), "{failed:?}");
    fill(&place.account, "Other", 0..2);
    place.backup(&[]).ok();
    place.account.delete("Other").unwrap();
    let gone = run(&["--quiet"]).ok();
    assert!(gone.stdout.contains("Other: no longer on the server"), "{gone:?}");
    run(&["--quiet"]).ok();
}

#[test]
fn a_strict_run_fails_on_news() {
    let place = Place::new();
    place.backup(&["--strict"]).ok();
    fill(&place.account, "INBOX", 100..102);
    place.backup(&["--strict"]).ok();
    place.expunge(1..=1);
    assert_eq!(place.backup(&["--strict"]).code, 1);
    place.backup(&["--strict"]).ok();
    place.account.renew_uid_validity("Other").unwrap();
    place.backup(&["--strict"]).ok();
    place.account.renew_uid_validity("INBOX").unwrap();
    fill(&place.account, "Other", 0..2);
    assert_eq!(place.backup(&["--strict", "--allow-mass-changes"]).code, 1);
    place.backup(&["--strict"]).ok();
}
